//! What all checks work with: the plan, the reference run, and the threads.

use manyworlds_components::time::Timestamp;
use manyworlds_engine::Blueprint;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::error::AuditError;
use super::finding::{Divergence, Finding};
use super::locate::{Located, Maker, Pair, locate, unlocated};
use super::reference::{Reference, Split, steps_to_mark};
use super::rerun::Rerun;
use super::settings::AuditSettings;
use super::vary::draw_share;
use super::watch::Watch;
use crate::run::RunPlan;

/// Differences of one check that are traced to their system: each costs a few runs. The others are reported as they were seen.
const MOST_LOCATED: usize = 3;

/// What all checks work with.
pub(super) struct Bench<'a> {
    pub plan: &'a RunPlan,
    pub settings: &'a AuditSettings,
    pub watch: &'a Watch,
    pub seed: u64,
    /// Steps of the run.
    pub steps: u64,
}

/// A difference that a check has seen.
pub(super) struct Seen<'f, 'a> {
    pub what: String,
    pub split: Split,
    /// How to see it again.
    pub one: Maker<'f, 'a>,
    pub other: Maker<'f, 'a>,
    pub open_end: bool,
}

impl<'a> Bench<'a> {
    /// The world of the scenario, varied or not, before its first step.
    pub fn world(&self, blueprint: Blueprint) -> Result<Rerun<'a>, AuditError> {
        Rerun::new(self.plan, blueprint, self.watch)
    }

    /// The world of the scenario as it is.
    pub fn plain(&self) -> Result<Rerun<'a>, AuditError> {
        self.world(self.plan.blueprint().clone())
    }

    /// `n` steps in `1..=last`, one drawn from each of `n` equal parts; fewer where two parts share a step.
    pub fn draw_steps(&self, what: &str, n: usize, last: u64) -> Vec<u64> {
        let step = |i: usize| {
            let share = (i as f64 + draw_share(self.seed, what, i as u64)) / n as f64;
            1 + ((last as f64 * share) as u64).min(last - 1)
        };
        let mut steps: Vec<u64> = (0..n).map(step).collect();
        steps.dedup();
        steps
    }

    /// The last steps up to which causality is held, each with steps after it.
    pub fn times(&self) -> Vec<u64> {
        self.draw_steps("times", self.settings.times, self.steps - 1)
    }

    /// The run as it is, with marks.
    pub fn reference(&self) -> Result<Reference, AuditError> {
        let marks = steps_to_mark(self.steps, self.settings, &self.times());
        Reference::take(self.plain()?, &marks)
    }

    /// Runs jobs side by side; results in their order.
    pub fn each<J: Sync, R: Send>(
        &self,
        threads: usize,
        jobs: &[J],
        run: impl Fn(&J) -> Result<R, AuditError> + Sync + Send,
    ) -> Result<Vec<R>, AuditError> {
        pool(threads)?.install(|| jobs.par_iter().map(run).collect())
    }

    /// Traces what was seen, as far as that is worth its while.
    pub fn findings(
        &self,
        reference: &Reference,
        seen: Vec<Seen<'_, 'a>>,
    ) -> Result<Vec<Finding>, AuditError> {
        let mut findings = Vec::new();
        for (i, Seen { what, split, one, other, open_end }) in seen.into_iter().enumerate() {
            let located = match i < MOST_LOCATED {
                true => locate(&Pair { one, other, open_end }, &split)?,
                false => None,
            };
            let note = (i < MOST_LOCATED && located.is_none())
                .then(|| "a second look did not show it again: what runs is not deterministic".to_owned());
            let first = located.is_some();
            let located = located.unwrap_or_else(|| unlocated(&split, self.time_of(reference, split.by)));
            findings.push(Finding::Divergence(divergence(what, located, first, note)));
        }
        Ok(findings)
    }

    fn time_of(&self, reference: &Reference, step: u64) -> Timestamp {
        let at = reference.marks.range(step..).next().or(reference.marks.last_key_value());
        at.map_or(Timestamp::MIN, |(_, mark)| mark.clock.now)
    }
}

fn divergence(what: String, located: Located, first: bool, note: Option<String>) -> Divergence {
    let Located { step, ts, parts, system, error } = located;
    let owner = parts.first().map(|part| part.owner.clone());
    let (module, system) = match system {
        Some((module, system)) => (Some(module), Some(system)),
        None => (owner, None),
    };
    let components: Vec<String> = parts.into_iter().map(|part| part.component).collect();
    Divergence {
        what,
        step,
        ts: (step > 0).then(|| ts.to_string()),
        first,
        module,
        system,
        component: components.first().cloned(),
        components,
        note: error.or(note),
    }
}

/// A pool of that many threads.
pub(super) fn pool(threads: usize) -> Result<ThreadPool, AuditError> {
    let built = ThreadPoolBuilder::new().num_threads(threads).build();
    built.map_err(|e| AuditError::Threads { threads, error: e.to_string() })
}
