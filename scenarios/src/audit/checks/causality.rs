//! What comes after a time T changes nothing up to it.
//!
//! For every T, three runs in which everything that becomes known after T is something else: scrambled (another market at the
//! same times), truncated (the data end), scaled. All state and all that is written down must agree with the run as it is at
//! every mark up to T. The runs begin at the beginning, so that what is read ahead when a world is built, or far ahead, is seen
//! as well.
//!
//! What may differ: with truncated data, the clock does not know when the next event comes (`Clock::next`); nothing else. A
//! module that copies that time into its state has seen that there is a next event, and is found. Where the clock ticks
//! without events, the truncated run ends with its last event, and is compared until there.
//!
//! What cannot be seen: a module that brings its own copy of the future, which no variation of the scenario's data reaches.
//! A look ahead that is forgotten before the next mark, and leaves no trace in decisions, orders, fills or annotations, has done
//! nothing and goes unseen too. Of a look ahead through scratch space (which no digest holds), the first system is named that
//! turns it into state.

use super::super::bench::{Bench, Seen};
use super::super::error::AuditError;
use super::super::reference::{Reference, Split};
use super::super::report::Outcome;
use super::super::vary::{Variation, vary};

/// One run: up to which step, and what comes after.
struct Job {
    until: u64,
    how: Variation,
    blueprint: manyworlds_engine::Blueprint,
    what: String,
}

pub(in crate::audit) fn check(bench: &Bench<'_>, reference: &Reference) -> Result<Outcome, AuditError> {
    let mut jobs = Vec::new();
    for (i, until) in bench.times().into_iter().enumerate() {
        let Some(ts) = reference.ts(until) else { continue };
        for how in Variation::ALL {
            let blueprint = vary(bench.plan.blueprint(), how, ts, bench.seed.wrapping_add(i as u64));
            jobs.push(Job { until, how, blueprint, what: format!("{} after {ts}", how.name()) });
        }
    }
    bench.watch.begin("causality", jobs.iter().map(|job| job.until).sum());
    let follow = |job: &Job| {
        let mut world = bench.world(job.blueprint.clone())?;
        reference.follow(&mut world, job.until, job.how == Variation::Truncated)
    };
    let splits = bench.each(bench.settings.threads, &jobs, follow)?;
    let comparisons = jobs.iter().map(|job| reference.count(0, job.until)).sum();
    let times = jobs.len() / Variation::ALL.len();
    let done = format!("scrambled, truncated and scaled after {times} times");
    let mut outcome = Outcome { done, runs: jobs.len() as u64, comparisons, ..Outcome::default() };

    let split: Vec<(&Job, Split)> = jobs.iter().zip(splits).filter_map(|(job, s)| Some((job, s?))).collect();
    let Some(latest) = split.iter().map(|(_, split)| split.by).max() else { return Ok(outcome) };
    let plain = || bench.plain();
    // A run that does not repeat itself differs without any look ahead.
    outcome.runs += 1;
    if let Some(split) = reference.follow(&mut bench.plain()?, latest.min(bench.steps), false)? {
        let what = "the same run again, so that causality cannot be judged".to_owned();
        let seen = Seen { what, split, one: &plain, other: &plain, open_end: false };
        outcome.findings = bench.findings(reference, vec![seen])?;
        return Ok(outcome);
    }
    let varied: Vec<_> = split.iter().map(|(job, _)| || bench.world(job.blueprint.clone())).collect();
    let seen = split.into_iter().zip(&varied).map(|((job, split), other)| Seen {
        what: job.what.clone(),
        split,
        one: &plain,
        other,
        open_end: job.how == Variation::Truncated,
    });
    outcome.findings = bench.findings(reference, seen.collect())?;
    Ok(outcome)
}
