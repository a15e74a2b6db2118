//! A fork goes on as the uninterrupted run does, and leaves no trace in what it was forked from; a world that is taken back to
//! an earlier step goes on as it did the first time. What is found here is state that no snapshot holds.

use super::super::bench::{Bench, Seen};
use super::super::error::AuditError;
use super::super::reference::{Reference, Split};
use super::super::report::Outcome;
use super::super::rerun::Rerun;

pub(in crate::audit) fn check(bench: &Bench<'_>, reference: &Reference) -> Result<Outcome, AuditError> {
    let steps = bench.draw_steps("forks", bench.settings.forks, bench.steps - 1);
    let rest: u64 = steps.iter().map(|step| bench.steps - step).sum();
    let back = bench.steps - steps.last().copied().unwrap_or(bench.steps);
    bench.watch.begin("fork", bench.steps + rest + back);

    let mut splits: Vec<(String, Way, Split)> = Vec::new();
    let mut carrier = bench.plain()?;
    let mut last = None;
    for step in &steps {
        carrier.run_to(*step)?;
        let mut fork = carrier.fork()?;
        let what = format!("forked after step {step}");
        splits.extend(reference.follow(&mut fork, bench.steps, false)?.map(|s| (what, Way::Fork(*step), s)));
        last = Some((*step, carrier.boundary()?));
    }
    let from = carrier.clock().step;
    splits.extend(
        reference
            .follow(&mut carrier, bench.steps, false)?
            .map(|s| ("the run that was forked from".to_owned(), Way::Forked, s)),
    );
    if let Some((step, boundary)) = &last {
        carrier.restore(boundary)?;
        let what = format!("taken back from the end to step {step}");
        splits.extend(
            reference.follow(&mut carrier, bench.steps, false)?.map(|s| (what, Way::TakenBack(*step), s)),
        );
    }
    drop(carrier);

    let plain = || bench.plain();
    let ways: Vec<Way> = splits.iter().map(|(_, way, _)| *way).collect();
    let again: Vec<_> = ways.iter().map(|way| || again(bench, *way, &steps)).collect();
    let seen = splits.into_iter().zip(&again).map(|((what, _, split), other)| Seen {
        what,
        split,
        one: &plain,
        other,
        open_end: false,
    });
    let forked: u64 = steps.iter().map(|step| reference.count(*step, bench.steps)).sum();
    let known = |step: &(u64, _)| reference.count(step.0, bench.steps);
    Ok(Outcome {
        done: format!("forked after {} steps, and taken back once", steps.len()),
        runs: steps.len() as u64 + 2,
        comparisons: forked + reference.count(from, bench.steps) + last.as_ref().map_or(0, known),
        findings: bench.findings(reference, seen.collect())?,
        ..Outcome::default()
    })
}

/// How a world came to be that must be the uninterrupted run.
#[derive(Clone, Copy)]
enum Way {
    Fork(u64),
    Forked,
    TakenBack(u64),
}

/// The same way once more.
fn again<'a>(bench: &Bench<'a>, way: Way, steps: &[u64]) -> Result<Rerun<'a>, AuditError> {
    let mut world = bench.plain()?;
    match way {
        Way::Fork(step) => {
            world.run_to(step)?;
            return world.fork();
        }
        Way::Forked => {
            for step in steps {
                world.run_to(*step)?;
                world.fork()?;
            }
        }
        Way::TakenBack(step) => {
            world.run_to(step)?;
            let boundary = world.boundary()?;
            world.run_to(u64::MAX)?;
            world.restore(&boundary)?;
        }
    }
    Ok(world)
}
