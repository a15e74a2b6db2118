//! Defects of market data: what they are, what to do about each, and how many were met.
//!
//! Bad data is never repaired silently: a defect is rejected (the import stops and names the place), skipped (the row is
//! left out and counted) or flagged (the row is kept and counted).

mod check;
mod policy;
mod report;
#[cfg(test)]
mod tests;

pub(crate) use check::Ledger;
pub use check::{BarCheck, Place, RawBar, TradeCheck};
pub use policy::{Defect, Policies, Policy};
pub use report::{DefectCount, DefectReport, Example, MAX_EXAMPLES};
