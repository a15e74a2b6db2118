//! The run that all others are compared with: the scenario as it is, once, with marks on the way.

use std::collections::BTreeMap;

use super::error::AuditError;
use super::rerun::{Mark, Part, Rerun, failure};
use super::settings::AuditSettings;
use manyworlds_engine::RunError;

/// Steps right before (and at) a time T that are compared on top of those that are spread evenly: what looks a little ahead
/// and forgets it again shows nowhere else.
const NEAR_STEPS: u64 = 32;

/// Marks of the run by step, step 0 (before the first) and the last included.
pub(super) struct Reference {
    pub steps: u64,
    pub marks: BTreeMap<u64, Mark>,
}

/// Where a world left the reference.
pub(super) struct Split {
    /// The last step that was compared and agreed; `None` if even the beginning differs.
    pub agreed: Option<u64>,
    /// The step at which it was seen.
    pub by: u64,
    pub how: How,
}

/// How it was seen.
pub(super) enum How {
    /// These parts differ.
    Differs(Vec<Part>),
    /// It ended there, the reference did not (or the other way round).
    Ended,
    /// It failed, which the reference did not.
    Failed(RunError),
}

/// The steps at which all state is compared.
pub(super) fn steps_to_mark(steps: u64, settings: &AuditSettings, times: &[u64]) -> Vec<u64> {
    let marks = settings.marks.clamp(1, steps);
    // In 128 bits, since both may be large.
    let spread = (0..=marks).map(|i| (u128::from(i) * u128::from(steps) / u128::from(marks)) as u64);
    let near = times.iter().flat_map(|t| t.saturating_sub(NEAR_STEPS - 1)..=*t);
    let mut all: Vec<u64> = spread.chain(near).collect();
    all.sort_unstable();
    all.dedup();
    all
}

impl Reference {
    /// Runs a world to its end, with marks at these steps (rising).
    pub fn take(mut world: Rerun<'_>, at: &[u64]) -> Result<Self, AuditError> {
        let mut marks = BTreeMap::new();
        for step in at {
            if world.run_to(*step)? {
                marks.insert(*step, world.mark()?);
            }
        }
        world.run_to(u64::MAX)?;
        Ok(Self { steps: world.clock().step, marks })
    }

    /// The time of a marked step.
    pub fn ts(&self, step: u64) -> Option<manyworlds_components::time::Timestamp> {
        self.marks.get(&step).map(|mark| mark.clock.now)
    }

    /// Marks up to a step, from a step on.
    pub fn count(&self, from: u64, until: u64) -> u64 {
        self.marks.range(from..=until).count() as u64
    }

    /// Runs a world on from where it is until step `until`, and compares it at every mark on the way; where `until` is the
    /// last step, it must end there, too. An `open_end` is a tape that was cut off after that step.
    pub fn follow(
        &self,
        world: &mut Rerun<'_>,
        until: u64,
        open_end: bool,
    ) -> Result<Option<Split>, AuditError> {
        let (mut agreed, from) = (None, world.clock().step);
        for (step, expected) in self.marks.range(from..=until) {
            let split = |by, how| Ok(Some(Split { agreed, by, how }));
            match world.run_to(*step) {
                Ok(true) => {}
                // Where steps go on without events, a tape that was cut off ends with its last event.
                Ok(false) if open_end && self.is_spent(world, until) => return Ok(None),
                Ok(false) => return split(world.clock().step + 1, How::Ended),
                Err(error) => return split(world.clock().step, How::Failed(failure(error)?)),
            }
            let parts = expected.differences(&world.mark()?, open_end);
            if !parts.is_empty() {
                return split(*step, How::Differs(parts));
            }
            agreed = Some(*step);
        }
        let goes_on = until == self.steps && world.clock().next.is_some();
        Ok(goes_on.then_some(Split { agreed, by: until + 1, how: How::Ended }))
    }

    /// Whether a world has had all the events that the reference had by step `until`.
    fn is_spent(&self, world: &Rerun<'_>, until: u64) -> bool {
        self.marks.get(&until).is_some_and(|mark| mark.clock.events == world.clock().events)
    }
}
