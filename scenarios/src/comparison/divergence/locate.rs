//! Where two branches part: run side by side, compared by digests of all state.

use std::collections::BTreeSet;

use manyworlds_engine::SystemTrace;

use super::{Divergence, DivergenceError, Part, Parting};
use crate::audit::Watch;
use crate::audit::rerun::{Boundary, Rerun};
use crate::plan::Branch;
use crate::run::{RunPlan, Setup};

/// Steps between comparisons. Between two of them that show something new, every step is compared.
const STRIDE: u64 = 256;

/// Runs two branches side by side and finds, for every component of their worlds and for everything that they write down, the
/// first step after which it differs, and the system that made it differ.
///
/// Both are run from their beginning, so that a branch is compared with its parent however they were shared. What differs within
/// 256 steps and is the same again at their end, in every component and all that was written down, is not seen.
///
/// # Errors
/// A branch without a scenario, or that cannot be run.
pub fn diverge(a: &Branch, b: &Branch, setup: &Setup) -> Result<Divergence, DivergenceError> {
    let (plan_a, plan_b) = (prepared(a, setup)?, prepared(b, setup)?);
    let watch = Watch::default();
    let mut pair = Pair {
        one: Rerun::new(&plan_a, plan_a.blueprint().clone(), &watch)?,
        other: Rerun::new(&plan_b, plan_b.blueprint().clone(), &watch)?,
        known: BTreeSet::new(),
    };
    let settings = pair.fresh()?;
    let mut parts = Vec::new();
    while pair.advance(&mut parts)? {}
    Ok(Divergence {
        a: a.name.clone(),
        b: b.name.clone(),
        settings,
        parts,
        steps: pair.one.clock().step.max(pair.other.clock().step),
    })
}

pub(super) fn prepared(branch: &Branch, setup: &Setup) -> Result<RunPlan, DivergenceError> {
    let failed = |reason: String| DivergenceError::Branch { name: branch.name.clone(), reason };
    let scenario = branch.scenario.as_ref().map_err(|reason| failed(reason.clone()))?;
    RunPlan::new(scenario.clone(), setup).map_err(|e| failed(e.to_string()))
}

/// Two worlds side by side.
struct Pair<'a> {
    one: Rerun<'a>,
    other: Rerun<'a>,
    /// Components that have differed before.
    known: BTreeSet<String>,
}

impl Pair<'_> {
    /// The parts that differ now and have not before.
    fn fresh(&mut self) -> Result<Vec<Part>, DivergenceError> {
        let (one, other) = (self.one.mark()?, self.other.mark()?);
        let parts = one.differences(&other, false).into_iter();
        let fresh: Vec<Part> = parts
            .filter(|part| !self.known.contains(&part.component))
            .map(|part| Part { component: part.component, owner: part.owner })
            .collect();
        self.known.extend(fresh.iter().map(|part| part.component.clone()));
        Ok(fresh)
    }

    /// Both to a step, as far as their data go. Whether either went on.
    fn run_to(&mut self, step: u64) -> Result<bool, DivergenceError> {
        let before = (self.one.clock().step, self.other.clock().step);
        self.one.run_to(step)?;
        self.other.run_to(step)?;
        Ok(before != (self.one.clock().step, self.other.clock().step))
    }

    fn restore(&mut self, (one, other): &(Boundary, Boundary)) -> Result<(), DivergenceError> {
        self.one.restore(one)?;
        self.other.restore(other)?;
        Ok(())
    }

    /// A stride on. Whether there was any step.
    fn advance(&mut self, parts: &mut Vec<Parting>) -> Result<bool, DivergenceError> {
        let begun = self.one.clock().step.max(self.other.clock().step);
        let start = (self.one.boundary()?, self.other.boundary()?);
        let known = self.known.clone();
        if !self.run_to(begun + STRIDE)? {
            return Ok(false);
        }
        if self.fresh()?.is_empty() {
            return Ok(true);
        }
        self.known = known;
        self.restore(&start)?;
        let mut found: Vec<(u64, String, Vec<Part>)> = Vec::new();
        for step in begun + 1..=begun + STRIDE {
            if !self.run_to(step)? {
                break;
            }
            let fresh = self.fresh()?;
            if !fresh.is_empty() {
                let longer = if self.one.clock().step == step { &self.one } else { &self.other };
                found.push((step, longer.clock().now.to_string(), fresh));
            }
        }
        self.restore(&start)?;
        for (step, ts, fresh) in found {
            self.run_to(step - 1)?;
            let (one, other) = (self.one.fork()?.trace_step()?, self.other.fork()?.trace_step()?);
            let mut caused: Vec<(usize, Parting)> = fresh
                .into_iter()
                .map(|part| {
                    let (at, system) = culprit(&one, &other, &part.component).unzip();
                    (at.unwrap_or(usize::MAX), Parting { part, step, ts: ts.clone(), system })
                })
                .collect();
            // What the earliest system made differ is what the rest follows from.
            caused.sort_by_key(|(at, _)| *at);
            parts.extend(caused.into_iter().map(|(_, parting)| parting));
        }
        self.run_to(begun + STRIDE)?;
        Ok(true)
    }
}

/// The first system that both worlds run and after which a component differs, with its place in the one.
fn culprit(one: &[SystemTrace], other: &[SystemTrace], component: &str) -> Option<(usize, String)> {
    let mut at = 0;
    one.iter().enumerate().find_map(|(place, a)| {
        // In both the systems come in the same order, but for those that one of them does not have.
        let found = at + other[at..].iter().position(|b| b.system == a.system)?;
        at = found + 1;
        let parts = a.digest.differences(&other[found].digest);
        parts.iter().any(|(name, _)| *name == component).then(|| (place, a.system.clone()))
    })
}
