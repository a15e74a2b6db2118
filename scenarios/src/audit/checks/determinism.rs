//! The same scenario gives the same bits: again, beside other worlds on other threads, and under the other executor.

use manyworlds_engine::Executor;

use super::super::bench::{Bench, Seen};
use super::super::error::AuditError;
use super::super::locate::Maker;
use super::super::reference::{Reference, Split};
use super::super::report::Outcome;

/// Worlds side by side at most: each takes memory.
const MOST_WORLDS: usize = 8;

pub(in crate::audit) fn check(bench: &Bench<'_>, reference: &Reference) -> Result<Outcome, AuditError> {
    let mut counts = vec![1, 2, bench.settings.threads.min(MOST_WORLDS)];
    counts.sort_unstable();
    counts.dedup();
    let runs = 1 + counts.iter().sum::<usize>() as u64;
    bench.watch.begin("determinism", runs * bench.steps);
    let (as_is, other) = match bench.plan.blueprint().executor {
        Executor::Lean => (Executor::Lean, Executor::Stock),
        Executor::Stock => (Executor::Stock, Executor::Lean),
    };
    let world = |executor| {
        let mut blueprint = bench.plan.blueprint().clone();
        blueprint.executor = executor;
        bench.world(blueprint)
    };
    let follow = |executor: &Executor| reference.follow(&mut world(*executor)?, bench.steps, false);

    let mut splits: Vec<(String, Executor, Split)> = Vec::new();
    for count in &counts {
        let found = bench.each(*count, &vec![as_is; *count], follow)?;
        let what = match count {
            1 => "the same run again".to_owned(),
            n => format!("the same run, {n} worlds on {n} threads"),
        };
        splits.extend(found.into_iter().flatten().map(|split| (what.clone(), as_is, split)));
    }
    let what = format!("the same run under the {other:?} executor");
    splits.extend(follow(&other)?.map(|split| (what, other, split)));

    let plain = || bench.plain();
    let (lean, stock) = (|| world(Executor::Lean), || world(Executor::Stock));
    let seen = splits.into_iter().map(|(what, executor, split)| {
        let other: Maker<'_, '_> = if executor == Executor::Lean { &lean } else { &stock };
        Seen { what, split, one: &plain, other, open_end: false }
    });
    let counts: Vec<String> = counts.iter().map(ToString::to_string).collect();
    Ok(Outcome {
        done: format!("again on {} threads at once, and under the {other:?} executor", counts.join(", ")),
        runs,
        comparisons: runs * reference.count(0, bench.steps),
        findings: bench.findings(reference, seen.collect())?,
        ..Outcome::default()
    })
}
