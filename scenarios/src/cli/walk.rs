//! The walk-forward part of `manyworlds whatif`.

use std::collections::BTreeMap;
use std::time::Instant;

use super::failure::Failure;
use super::whatif::Watch;
use crate::output::Status;
use crate::plan::run::RunOptions;
use crate::plan::store::{PlanSummary, Store, StoreError};
use crate::plan::walk::{self, WalkPlan};
use crate::plan::{BranchResult, Expansion};
use crate::run::Setup;

/// Where the results of windows are kept, and those that an earlier run left there.
pub(super) struct WalkStore {
    store: Store,
    known: BTreeMap<usize, BranchResult>,
}

impl WalkStore {
    /// The folder `walk_forward` beside the plan's results. A plan that has none leaves nothing of an earlier one.
    pub(super) fn open(
        plan: &Expansion,
        walk: Option<&WalkPlan>,
        beside: &Store,
        digest: &str,
        resume: bool,
    ) -> Result<Option<Self>, StoreError> {
        let Some(walk) = walk else {
            beside.remove(&[walk::FOLDER, walk::WINDOWS_FILE, walk::EQUITY_FILE])?;
            return Ok(None);
        };
        let path = beside.path().join(walk::FOLDER);
        let digest = walk.digest(digest);
        let store = Store::of(&path, &plan.name, &digest, walk.runs(plan));
        let known = match resume {
            true => match store.resume() {
                Err(StoreError::NothingThere { .. }) => None,
                other => Some(other?),
            },
            false => None,
        };
        let known = match known {
            Some(known) => known,
            None => {
                // Within the plan's own folder.
                store.begin(true)?;
                BTreeMap::new()
            }
        };
        Ok(Some(Self { store, known }))
    }

    /// Runs the windows, writes their tables beside the plan's, and adds them to the summary.
    pub(super) fn run(
        self,
        (plan, walk): (&Expansion, &WalkPlan),
        setup: &Setup,
        options: RunOptions,
        plans: &Watch<'_>,
        (beside, summary): (&Store, &mut PlanSummary),
    ) -> Result<(), Failure> {
        if summary.status != Status::Complete {
            return Ok(());
        }
        let watch = plans.of(&self.store, "windows", self.known.len(), walk.runs(plan));
        let began = Instant::now();
        let outcome = walk::run(plan, walk, setup, options, self.known, &watch);
        watch.end();
        summary.timing.worlds += outcome.worlds;
        summary.timing.events += outcome.events;
        summary.timing.alone_events += outcome.alone_events;
        summary.timing.run_ms += began.elapsed().as_secs_f64() * 1e3;
        let Some((record, chosen, baseline)) = outcome.whole else {
            summary.status = if outcome.error.is_some() { Status::Failed } else { Status::Interrupted };
            summary.error = outcome.error;
            return Ok(());
        };
        beside.write(walk::WINDOWS_FILE, &walk::windows_parquet(&record).map_err(Failure::run)?)?;
        let equity = walk::equity_parquet(&chosen, &baseline).map_err(Failure::run)?;
        beside.write(walk::EQUITY_FILE, &equity)?;
        summary.walk_forward = Some(record);
        Ok(())
    }
}
