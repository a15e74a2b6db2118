//! One variant of a plan.

use crate::scenario::schema::Scenario;

/// One variant: a scenario, and how it came about.
#[derive(Debug, Clone)]
pub struct Branch {
    /// Its number in the plan, from 0.
    pub id: usize,
    /// Its name; no two of a plan share one.
    pub name: String,
    /// What sets it apart from the base: path and value as in `--set`, in the order of the plan.
    pub parameters: Vec<(String, String)>,
    /// The resolved scenario; what is wrong with it where its parameters do not make one. Such a branch is reported as
    /// failed, and harms no other.
    pub scenario: Result<Scenario, String>,
}
