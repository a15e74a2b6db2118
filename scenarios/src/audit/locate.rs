//! Where two worlds part: the first step, and in it the first system, after which a component differs.

use manyworlds_components::time::Timestamp;

use super::error::AuditError;
use super::reference::{How, Split};
use super::rerun::{Mark, Part, Rerun, failure};

/// Where two worlds part.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Located {
    /// The first step after which they differ; 0 before the first step.
    pub step: u64,
    pub ts: Timestamp,
    pub parts: Vec<Part>,
    /// (module, system), where a system's work made them differ.
    pub system: Option<(String, String)>,
    /// What one of them failed with.
    pub error: Option<String>,
}

/// Makes a world afresh, at the step at which it begins.
pub(super) type Maker<'f, 'a> = &'f dyn Fn() -> Result<Rerun<'a>, AuditError>;

/// Two ways to what should be the same.
pub(super) struct Pair<'f, 'a> {
    pub one: Maker<'f, 'a>,
    pub other: Maker<'f, 'a>,
    pub open_end: bool,
}

/// Looks for the first difference of two worlds between the last step at which they were seen to agree and the one at which
/// they did not, step by step and then system by system. `None` if both now agree throughout.
pub(super) fn locate(pair: &Pair<'_, '_>, split: &Split) -> Result<Option<Located>, AuditError> {
    let (mut one, mut other) = begin(pair)?;
    let start = one.clock().step;
    let agreed = split.agreed.unwrap_or(start).max(start);
    // What failed may have done so on the way to the last mark.
    for world in [&mut one, &mut other] {
        if let Err(error) = world.run_to(agreed) {
            return Ok(Some(Located::failed(failure(error)?, world)));
        }
    }
    loop {
        let (a, b) = (one.mark()?, other.mark()?);
        let parts = a.differences(&b, pair.open_end);
        if !parts.is_empty() {
            let mut located =
                Located { step: a.clock.step, ts: a.clock.now, parts, system: None, error: None };
            if located.step > start {
                located.trace(pair)?;
            }
            return Ok(Some(located));
        }
        if a.clock.step >= split.by {
            return Ok(None);
        }
        let stepped = match (one.step(), other.step()) {
            (Ok(one), Ok(other)) => (one, other),
            (Err(error), _) => return Ok(Some(Located::failed(failure(error)?, &one))),
            (_, Err(error)) => return Ok(Some(Located::failed(failure(error)?, &other))),
        };
        if stepped != (true, true) {
            return Ok((stepped != (false, false)).then(|| Located::ended(&a)));
        }
    }
}

/// Both worlds, at the later of the steps at which they begin.
fn begin<'a>(pair: &Pair<'_, 'a>) -> Result<(Rerun<'a>, Rerun<'a>), AuditError> {
    let (mut one, mut other) = ((pair.one)()?, (pair.other)()?);
    let start = one.clock().step.max(other.clock().step);
    for world in [&mut one, &mut other] {
        world.run_to(start)?;
    }
    Ok((one, other))
}

impl Located {
    fn failed(error: manyworlds_engine::RunError, world: &Rerun<'_>) -> Self {
        let system = match &error {
            manyworlds_engine::RunError::System { system, .. } => Some(system.clone()),
            _ => None,
        };
        let named = |system: String| (world.world.module_of(&system).unwrap_or("engine").to_owned(), system);
        Self {
            step: world.clock().step,
            ts: world.clock().now,
            parts: Vec::new(),
            system: system.map(named),
            error: Some(error.to_string()),
        }
    }

    /// One world has no step after `last`, the other has.
    fn ended(last: &Mark) -> Self {
        let part = Part { component: "Clock".to_owned(), owner: "engine".to_owned() };
        Self {
            step: last.clock.step + 1,
            ts: last.clock.next.unwrap_or(last.clock.now),
            parts: vec![part],
            system: None,
            error: Some("one of the runs has no such step".to_owned()),
        }
    }

    /// Takes the step once more, system by system.
    fn trace(&mut self, pair: &Pair<'_, '_>) -> Result<(), AuditError> {
        let (mut one, mut other) = begin(pair)?;
        one.run_to(self.step - 1)?;
        other.run_to(self.step - 1)?;
        let (one, other) = (one.trace_step()?, other.trace_step()?);
        for (a, b) in one.iter().zip(&other) {
            let parts: Vec<Part> = a.digest.differences(&b.digest).into_iter().map(Part::from).collect();
            // Of the clock only that may differ which no world can hide: when the next event comes.
            let parts: Vec<Part> =
                parts.into_iter().filter(|p| !(pair.open_end && p.component == "Clock")).collect();
            if !parts.is_empty() {
                (self.parts, self.system) = (parts, Some((a.module.clone(), a.system.clone())));
                break;
            }
        }
        Ok(())
    }
}

/// What was seen, where the place cannot be found (again).
pub(super) fn unlocated(split: &Split, ts: Timestamp) -> Located {
    let (parts, error) = match &split.how {
        How::Differs(parts) => (parts.clone(), None),
        How::Ended => (Vec::new(), Some("one of the runs has no such step".to_owned())),
        How::Failed(error) => (Vec::new(), Some(error.to_string())),
    };
    Located { step: split.by, ts, parts, system: None, error }
}
