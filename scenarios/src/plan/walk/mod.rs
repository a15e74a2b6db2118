//! Walk-forward: a branch is chosen on one window and tested on the next; what was tested is stitched together.
//!
//! - Windows follow one another over the run; see [`windows`]. In each, every branch of the plan runs over the training window,
//!   as lanes of one world where the planner can; the best by the metric of its first account is run over the test window, and
//!   the baseline beside it.
//! - Both runs begin earlier than their window, by the warm-up: models and modules watch, no account decides or is
//!   recorded ([`trade_from`](crate::scenario::schema::Scenario::trade_from)). A run sees nothing after its window.
//! - Accounts start flat, with their initial cash, at the beginning of every window: a position that is open at the end of one is
//!   valued at the last price there, and not carried into the next, which pays its own entry.
//! - The stitched equity compounds the equity of the test windows, each as a multiple of the cash that it began with. Where no
//!   branch has a value of the metric (none has traded), and between windows that do not touch, it rests in cash.
//!
//! Every run is a scenario like any other, which `backtest` could run: the choice rests on nothing but the training window.

mod choose;
mod explain;
mod outcome;
mod run;
mod stitch;
mod table;
mod text;
pub mod windows;

pub use choose::choose;
pub use explain::{WalkExplanation, explain};
pub use outcome::{ChoiceCount, ParameterCount, StitchedStatistics, WalkForwardSummary, WindowRow};
pub use run::{WalkOutcome, run};
pub use stitch::{Stitched, stitch};
pub use table::{equity_parquet, windows_parquet};
pub use text::render;
pub use windows::{WalkPlan, Window};

/// Folder of the windows' results beside those of a plan.
pub const FOLDER: &str = "walk_forward";
/// The table of the windows.
pub const WINDOWS_FILE: &str = "walk_forward.parquet";
/// The stitched equity.
pub const EQUITY_FILE: &str = "walk_forward_equity.parquet";
