//! Measures one setup.

use std::sync::Arc;
use std::time::Instant;

use manyworlds_components::time::Timestamp;
use manyworlds_engine::RunError;
use serde::Serialize;

use crate::output::{AccountSummary, ModuleSummary, RunSummary, Sink};
use crate::run::{MarketInput, PrepareError, RunPlan, STEPS_PER_LOOK, Setup, Simulation};
use crate::scenario::Scenario;

/// Says how many bytes of the heap are allocated now. A program that wants memory measured counts them in its global
/// allocator.
pub type HeapMeter = fn() -> u64;

/// A setup that is about to be measured: a scenario and the data that were read for it.
pub struct Candidate {
    /// What it is called in the comparison.
    pub name: String,
    /// The scenario.
    pub scenario: Scenario,
    /// Its data. Reading them is no part of what is measured.
    pub input: MarketInput,
}

/// How much is done to find the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Effort {
    /// Builds whose time is taken, at least 1. One more is made before them.
    pub builds: usize,
    /// Runs whose time is taken, at least 1.
    pub runs: usize,
}

/// What it takes until the first step can be made: modules from their settings, their systems in a schedule, entities
/// with their components. Reading data is no part of it, and neither are the buffers of output tables, which every
/// setup has alike.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Startup {
    /// Builds that were timed.
    pub builds: usize,
    /// Median time, microseconds.
    pub median_us: f64,
    /// Shortest time, microseconds.
    pub min_us: f64,
}

/// Heap that plan and world hold, market data and recorded rows left out; null where the program does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// Before the first step, bytes.
    pub after_startup_bytes: Option<u64>,
    /// After the last step, bytes.
    pub at_end_bytes: Option<u64>,
}

/// What running it takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RunCost {
    /// Runs that were timed.
    pub runs: usize,
    /// Median time from the first step to the last, milliseconds.
    pub median_ms: f64,
    /// Shortest time, milliseconds.
    pub min_ms: f64,
    /// Steps: in each, every account decides about every symbol.
    pub steps: u64,
    /// Market events.
    pub events: u64,
    /// Decisions that went to a venue.
    pub decisions: u64,
    /// Median time per step, nanoseconds; null if there was none.
    pub ns_per_step: Option<f64>,
    /// Median time of the whole run per decision that went to a venue, nanoseconds; null if there was none.
    pub ns_per_decision: Option<f64>,
}

/// What was found out about a setup. The times are all that differs from one measurement to the next.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// What it is called in the comparison.
    pub name: String,
    /// Name of its scenario.
    pub scenario: String,
    /// Digest of the resolved scenario.
    pub scenario_digest: String,
    /// Seed of all random streams.
    pub seed: u64,
    /// Digest of the state at the end.
    pub digest: Option<String>,
    /// Its modules, those left out that are always there.
    pub modules: Vec<String>,
    /// What it takes to start.
    pub startup: Startup,
    /// What it holds.
    pub memory: Memory,
    /// What it takes to run.
    pub run: RunCost,
    /// What it comes to, by account.
    pub accounts: Vec<AccountSummary>,
    /// What each module costs, the core first.
    pub module_costs: Vec<ModuleSummary>,
    /// What is to be said about it.
    pub warnings: Vec<String>,
}

/// Why a setup could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// It cannot be built.
    #[error("{setup}: {error}")]
    Prepare {
        /// Which.
        setup: String,
        /// Why.
        #[source]
        error: PrepareError,
    },
    /// It failed while it ran.
    #[error("{setup}: {error}")]
    Run {
        /// Which.
        setup: String,
        /// Why.
        #[source]
        error: RunError,
    },
    /// Two runs of one setup did not end in the same state: a module holds state that it did not register, or reads a clock.
    #[error(
        "{setup}: run {run} ended in state {second}, the first in {first}: its results cannot be reproduced"
    )]
    Diverged {
        /// Which.
        setup: String,
        /// The number of the run, from 1.
        run: usize,
        /// Digest after the first run.
        first: String,
        /// Digest after this one.
        second: String,
    },
    /// It was told to stop.
    #[error("{setup}: stopped before all was measured")]
    Stopped {
        /// Which.
        setup: String,
    },
}

/// Times how long each setup takes to start. They start in turn, so that whatever else the machine does meets all alike.
///
/// # Errors
/// See [`CompareError`].
pub fn start_up(
    candidates: &[Candidate],
    setup: &Setup,
    builds: usize,
) -> Result<Vec<Startup>, CompareError> {
    let builds = builds.max(1);
    let mut times = vec![Vec::with_capacity(builds); candidates.len()];
    for round in 0..=builds {
        for (candidate, times) in candidates.iter().zip(&mut times) {
            let prepare = |error| CompareError::Prepare { setup: candidate.name.clone(), error };
            let took = start(candidate, setup).map_err(prepare)?;
            // The first build meets caches and pages that are cold for whoever comes first.
            if round > 0 {
                times.push(took);
            }
        }
    }
    let startup = |mut times: Vec<f64>| {
        let (median_us, min_us) = median_and_min(&mut times);
        Startup { builds, median_us, min_us }
    };
    Ok(times.into_iter().map(startup).collect())
}

/// Measures a setup; how long it takes to start is known from [`start_up`]. `heap` is read where memory is to be told; `watch` is asked at the beginning
/// of every run and every [`STEPS_PER_LOOK`] steps, with the number of the run from 1, whether to go on.
///
/// # Errors
/// See [`CompareError`].
pub fn measure(
    candidate: &Candidate,
    setup: &Setup,
    startup: Startup,
    effort: Effort,
    heap: Option<HeapMeter>,
    watch: &mut dyn FnMut(usize, &Simulation) -> bool,
) -> Result<Measured, CompareError> {
    let name = &candidate.name;
    let prepare = |error| CompareError::Prepare { setup: name.clone(), error };
    let held = |before: u64| heap.map(|heap| heap().saturating_sub(before));

    let before = heap.map_or(0, |heap| heap());
    let plan = plan(candidate, setup).map_err(prepare)?;
    let world = plan.build_world().map_err(prepare)?;
    let after_startup_bytes = held(before);
    drop((plan, world));

    let mut times = Vec::with_capacity(effort.runs.max(1));
    let mut last: Option<(RunSummary, Option<u64>)> = None;
    for run in 1..=effort.runs.max(1) {
        let (summary, at_end) = complete(candidate, setup, heap, &mut |s| watch(run, s))?;
        times.push(summary.timing.run_ms);
        if let Some((first, _)) = &last
            && first.digest != summary.digest
        {
            let digest = |s: &RunSummary| s.digest.clone().unwrap_or_default();
            let (first, second) = (digest(first), digest(&summary));
            return Err(CompareError::Diverged { setup: name.clone(), run, first, second });
        }
        last = Some((summary, at_end));
    }
    let Some((summary, at_end_bytes)) = last else { return Err(stopped(candidate)) };
    let (median_ms, min_ms) = median_and_min(&mut times);
    let per = |n: u64| (n > 0).then(|| median_ms * 1e6 / n as f64);
    let core = crate::run::core_infos();
    let modules = summary.modules.iter().filter(|m| core.iter().all(|c| c.name != m.name));
    Ok(Measured {
        name: name.clone(),
        scenario: summary.name,
        scenario_digest: summary.scenario_digest,
        seed: summary.seed,
        digest: summary.digest,
        modules: modules.map(|m| m.name.clone()).collect(),
        startup,
        memory: Memory { after_startup_bytes, at_end_bytes },
        run: RunCost {
            runs: times.len(),
            median_ms,
            min_ms,
            steps: summary.steps,
            events: summary.events,
            decisions: summary.decisions,
            ns_per_step: per(summary.steps),
            ns_per_decision: per(summary.decisions),
        },
        accounts: summary.accounts,
        module_costs: summary.modules,
        warnings: summary.warnings,
    })
}

fn plan(candidate: &Candidate, setup: &Setup) -> Result<Arc<RunPlan>, PrepareError> {
    RunPlan::over(candidate.scenario.clone(), setup, candidate.input.clone()).map(Arc::new)
}

/// Starts once. Returns the time that it took, in microseconds.
fn start(candidate: &Candidate, setup: &Setup) -> Result<f64, PrepareError> {
    let (scenario, input) = (candidate.scenario.clone(), candidate.input.clone());
    let began = Instant::now();
    let plan = RunPlan::over(scenario, setup, input)?;
    let world = plan.build_world()?;
    let took = began.elapsed();
    // Taking it down is no part of starting it.
    drop((plan, world));
    Ok(took.as_secs_f64() * 1e6)
}

/// Runs from the first step to the last. Returns the summary, and what plan and world then held.
fn complete(
    candidate: &Candidate,
    setup: &Setup,
    heap: Option<HeapMeter>,
    go_on: &mut dyn FnMut(&Simulation) -> bool,
) -> Result<(RunSummary, Option<u64>), CompareError> {
    let name = &candidate.name;
    let prepare = |error| CompareError::Prepare { setup: name.clone(), error };
    let failed = |error| CompareError::Run { setup: name.clone(), error };
    let plan = plan(candidate, setup).map_err(prepare)?;
    let nowhere = |_: &_| Ok::<_, PrepareError>(Sink::Nowhere);
    let mut simulation = Simulation::new(plan.clone(), nowhere, Instant::now()).map_err(prepare)?;
    let mut asked_to_stop = false;
    let ran = simulation.run_watched(Timestamp::MAX, STEPS_PER_LOOK, |simulation| {
        asked_to_stop = !go_on(simulation);
        !asked_to_stop
    });
    ran.map_err(failed)?;
    if asked_to_stop {
        return Err(stopped(candidate));
    }
    simulation.close().map_err(failed)?;
    let summary = simulation.summary_as(simulation.status(), None);
    let world = simulation.into_world();
    // What is freed by letting go of plan and world is what they held.
    let with = heap.map(|heap| heap());
    drop((plan, world));
    let held = heap.zip(with).map(|(heap, with)| with.saturating_sub(heap()));
    Ok((summary, held))
}

fn stopped(candidate: &Candidate) -> CompareError {
    CompareError::Stopped { setup: candidate.name.clone() }
}

/// The median (the mean of the middle two, where their number is even) and the least of some times.
fn median_and_min(times: &mut [f64]) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    let (half, n) = (times.len() / 2, times.len());
    let median = if n % 2 == 1 { times[half] } else { (times[half - 1] + times[half]) / 2.0 };
    (median, times[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_middle_two() {
        assert_eq!(median_and_min(&mut [3.0, 1.0, 2.0]), (2.0, 1.0));
        assert_eq!(median_and_min(&mut [4.0, 1.0, 3.0, 2.0]), (2.5, 1.0));
        assert_eq!(median_and_min(&mut [7.0]), (7.0, 7.0));
    }
}
