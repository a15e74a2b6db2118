//! Where two branches part, and what they traded differently.

mod locate;
mod text;
mod trades;

use manyworlds_engine::RunError;
use serde::{Deserialize, Serialize};

use crate::audit::AuditError;
pub use locate::diverge;
pub use trades::trade_diff;

/// Why two branches cannot be held against each other.
#[derive(Debug, thiserror::Error)]
pub enum DivergenceError {
    /// One of them cannot be run.
    #[error("branch `{name}`: {reason}")]
    Branch {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// It fails on the way.
    #[error(transparent)]
    Run(#[from] RunError),
    /// It fails on the way.
    #[error(transparent)]
    Rerun(#[from] AuditError),
}

/// Where two branches part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Divergence {
    /// The one branch's name.
    pub a: String,
    /// The other's.
    pub b: String,
    /// Components that differ before the first step: what their settings say.
    pub settings: Vec<Part>,
    /// The first time at which each other component was seen to differ, earliest first; within a step in the order of the
    /// systems that made them differ, so that the first is what the rest follows from. What was decided, filled and how much
    /// accounts were worth are `Journal` parts.
    pub parts: Vec<Parting>,
    /// Steps that were compared.
    pub steps: u64,
}

/// A component, and the module that owns it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The component.
    pub component: String,
    /// The module.
    pub owner: String,
}

/// The first time at which a component differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parting {
    /// What differs.
    pub part: Part,
    /// After which step, from 1.
    pub step: u64,
    /// That step's time, ISO 8601 UTC.
    pub ts: String,
    /// Full name of the system after which it differs, where that is known.
    pub system: Option<String>,
}

/// What two branches traded differently.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TradeDiff {
    /// The one branch's name.
    pub a: String,
    /// The other's.
    pub b: String,
    /// Orders.
    pub orders: DiffCounts,
    /// Executions.
    pub fills: DiffCounts,
    /// Every difference, in time order.
    pub rows: Vec<DiffRow>,
}

/// Numbers of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffCounts {
    /// The same in both.
    pub same: usize,
    /// In both, with another quantity, price or fee.
    pub differing: usize,
    /// In the first only.
    pub only_a: usize,
    /// In the second only.
    pub only_b: usize,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiffRow {
    /// When, in nanoseconds since the epoch, UTC.
    pub ts: i64,
    /// `order` or `fill`.
    pub kind: String,
    /// Whose.
    pub account: String,
    /// Of what.
    pub symbol: String,
    /// `buy` or `sell`.
    pub side: String,
    /// In the first branch; `None` where it is in the second only.
    pub a: Option<Traded>,
    /// In the second.
    pub b: Option<Traded>,
}

/// What was ordered or executed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Traded {
    /// In base units; of an order, the change of position that it is meant to make.
    pub quantity: f64,
    /// In quote units; the price at the decision for an order.
    pub price: Option<f64>,
    /// In quote units, of a fill.
    pub fee: Option<f64>,
}
