//! The HTML report of a what-if plan, made from its folder alone: no statistic is computed here.
//!
//! A plan's page is a run's page in other words: same frame, same style sheet, same plots. Of a plan with thousands of branches it
//! shows the best, the spread of all, and what their parameters do.

mod data;
mod differences;
mod facts;
mod fan;
mod heatmaps;
mod honesty;
mod lists;
mod page;
mod parallel;
mod ranking;
mod shapley;
mod stability;
mod walk_forward;
mod whiskers;

pub use data::{COMPARISON_FILE, excerpt};
pub(super) use data::{PlanData, is_plan};
pub(super) use page::render;
