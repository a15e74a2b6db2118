//! The runner: worlds and forks side by side, every result as if its branch had run alone.
//!
//! Worlds are tasks of one pool. At a fork the world that leaves becomes a task of its own while memory lasts, else it is
//! run on the spot, depth first. A world that fails is taken apart by its lanes until the guilty one is alone: that one is
//! reported as failed, the others run again without it. Results are kept by branch, so that their order, and all else about
//! them, does not depend on threads.

mod data;
mod failure;
mod permits;
mod results;
mod worlds;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use manyworlds_components::time::{Frame, Timestamp};
use rayon::{ThreadPoolBuildError, ThreadPoolBuilder};

use super::branch::Branch;
use super::result::{BranchResult, BranchStatus};
use super::share::{Cost, Node, ShareOptions, share};
use crate::run::{Ahead, Setup};
use data::DataShelf;
use permits::Permits;
pub use results::combined_digest;

/// How a plan is run. Results depend on `sample` only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunOptions {
    /// Worlds that are run at the same time; at least 1.
    pub threads: usize,
    /// Most lanes of one world.
    pub max_lanes: usize,
    /// About how much memory worlds may take together.
    pub memory_bytes: u64,
    /// Frame at which equity is kept.
    pub sample: Frame,
}

impl Default for RunOptions {
    /// All processors, 256 lanes, 1 GiB, daily equity.
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { threads, max_lanes: 256, memory_bytes: 1 << 30, sample: Frame::DAY }
    }
}

impl RunOptions {
    /// How branches are spread.
    pub fn share(&self) -> ShareOptions {
        ShareOptions { max_lanes: self.max_lanes, threads: self.threads }
    }
}

/// Whoever follows a plan while it is run. Called from many threads.
pub trait Observer: Sync {
    /// These have ended; they will not come again. The plan stops if this fails.
    ///
    /// # Errors
    /// Whatever keeps them from being stored.
    fn finished(&self, results: &[BranchResult]) -> Result<(), String> {
        let _ = results;
        Ok(())
    }

    /// How far the plan is, in account events: market events times the accounts that live through them.
    fn progress(&self, done: u64, total: u64) {
        let _ = (done, total);
    }

    /// Whether to stop.
    fn interrupted(&self) -> bool {
        false
    }
}

/// Follows nothing.
impl Observer for () {}

/// What a plan came to.
#[derive(Debug, Clone, Default)]
pub struct PlanOutcome {
    /// In the order of ids; of an interrupted plan, those that have ended.
    pub results: Vec<BranchResult>,
    /// Whether all have.
    pub complete: bool,
    /// Why results could not be stored, if they could not.
    pub error: Option<String>,
    /// Worlds and forks that were begun, repetitions of failed ones included.
    pub worlds: u64,
    /// Market events that were worked through.
    pub events: u64,
    /// Those of all branches that ended, had each run alone.
    pub alone_events: u64,
}

/// Runs branches. Their ids need not be dense: those that an earlier run finished may be left out.
pub fn run(branches: &[Branch], setup: &Setup, options: RunOptions, observer: &dyn Observer) -> PlanOutcome {
    let threads = options.threads.max(1);
    let slots = branches.iter().map(|b| b.id + 1).max().unwrap_or(0);
    let job = Job {
        setup,
        branches,
        options,
        observer,
        slots: Mutex::new(vec![None; slots]),
        data: DataShelf::default(),
        permits: Permits::default(),
        done: AtomicU64::new(0),
        total: AtomicU64::new(0),
        events: AtomicU64::new(0),
        alone_events: AtomicU64::new(0),
        worlds: AtomicU64::new(0),
        stop: AtomicBool::new(false),
        error: Mutex::new(None),
    };
    let bad = branches.iter().filter_map(|b| {
        let reason = b.scenario.as_ref().err()?.clone();
        Some(BranchResult {
            id: b.id,
            status: BranchStatus::Failed(reason),
            digest: None,
            accounts: Vec::new(),
            series: Vec::new(),
        })
    });
    job.store(bad.collect());
    if let Err(error) = job.run_worlds(share(branches, options.share()), threads) {
        job.fail_to_store(error.to_string());
    }
    let results: Vec<BranchResult> = job
        .slots
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .into_iter()
        .flatten()
        .collect();
    let error = job.error.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    PlanOutcome {
        complete: error.is_none() && results.len() == branches.len(),
        results,
        error,
        worlds: job.worlds.into_inner(),
        events: job.events.into_inner(),
        alone_events: job.alone_events.into_inner(),
    }
}

/// A plan that is being run.
struct Job<'a> {
    setup: &'a Setup,
    branches: &'a [Branch],
    options: RunOptions,
    observer: &'a dyn Observer,
    slots: Mutex<Vec<Option<BranchResult>>>,
    data: DataShelf,
    permits: Permits,
    done: AtomicU64,
    total: AtomicU64,
    events: AtomicU64,
    alone_events: AtomicU64,
    worlds: AtomicU64,
    stop: AtomicBool,
    error: Mutex<Option<String>>,
}

impl Job<'_> {
    /// Takes in results.
    fn store(&self, results: Vec<BranchResult>) {
        if results.is_empty() {
            return;
        }
        if let Err(error) = self.observer.finished(&results) {
            self.fail_to_store(error);
            return;
        }
        let mut slots = self.slots.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for result in results {
            let id = result.id;
            slots[id] = Some(result);
        }
    }

    fn fail_to_store(&self, error: String) {
        self.error.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(error);
        self.stop.store(true, Ordering::Relaxed);
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.observer.interrupted()
    }

    fn run_worlds(&self, worlds: Vec<Node>, threads: usize) -> Result<(), ThreadPoolBuildError> {
        let pool = |threads| ThreadPoolBuilder::new().num_threads(threads).build();
        self.data.expect(&worlds);
        // What the first worlds need is loaded side by side; one of them is measured then.
        pool(threads)?.in_place_scope(|scope| {
            for world in worlds.iter().take(threads) {
                scope.spawn(|_| drop(self.data.get(&world.scenario, self.setup)));
            }
        });
        self.estimate(&worlds);
        let threads = self.plan_memory(worlds.first(), threads);
        pool(threads)?.in_place_scope(|scope| {
            for world in worlds {
                scope.spawn(|scope| self.begin(scope, world, None));
            }
        });
        Ok(())
    }

    /// How much there is to do, if all worlds have as many events as the first.
    fn estimate(&self, worlds: &[Node]) {
        let Some(first) = worlds.first() else { return };
        let Ok(sources) = self.data.get(&first.scenario, self.setup) else { return };
        let cost = |world: &Node| {
            let span = span(world);
            let events =
                |from: Timestamp, to: Timestamp| sources.events_between(from.max(span.0), to.min(span.1));
            Cost::of(world, &events).account_events.max(1)
        };
        let total = worlds.iter().map(cost).sum();
        self.total.store(total, Ordering::Relaxed);
    }

    fn worked(&self, events: u64, accounts: usize) {
        self.events.fetch_add(events, Ordering::Relaxed);
        let more = events * accounts.max(1) as u64;
        let done = self.done.fetch_add(more, Ordering::Relaxed) + more;
        self.observer.progress(done, self.total.load(Ordering::Relaxed).max(done));
    }

    /// Measures a world, and says how many threads may run one each; what memory is left is for forks.
    fn plan_memory(&self, first: Option<&Node>, threads: usize) -> usize {
        /// What a world takes besides its registered state: schedule, tables of components, buffers.
        const OVERHEAD: u64 = 1 << 20;
        let sample = first.and_then(|node| {
            let sources = self.data.get(&node.scenario, self.setup).ok()?;
            let simulation = self.build(node, &sources, &Ahead::default()).ok()?;
            Some(simulation.world().modules().iter().map(|m| m.memory_bytes).sum::<u64>())
        });
        let each = sample.unwrap_or(16 << 20) + OVERHEAD;
        let worlds = (self.options.memory_bytes / each).clamp(1, 1 << 20) as usize;
        let threads = threads.min(worlds);
        self.permits.offer((worlds - threads).min(threads * 8));
        threads
    }
}

/// The span that a world replays.
pub fn span(node: &Node) -> (Timestamp, Timestamp) {
    (node.scenario.from.unwrap_or(Timestamp::MIN), node.scenario.to.unwrap_or(Timestamp::MAX))
}
