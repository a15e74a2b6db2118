//! Runs that begin later agree with one that began earlier, from the declared warm-up on.
//!
//! A later run sees the same market from its beginning on. Bar by bar, every feature of every symbol, and every model's
//! forecast, is compared with that of the run as it is, which has been going on for at least a quarter of its length. A feature
//! needs as many bars as it takes until it has a value and never differs again by more than the tolerance, relative to the
//! larger of the two values and of its own mean size. A window needs its length. What is recursive, such as an exponential
//! mean, never forgets entirely: an EMA of n bars agrees within 1e-9 after some 10 n.
//!
//! A feature's declared warm-up is that of the schema, or longer where it is masked for longer: what waits for something to
//! happen, such as a pivot, claims nothing until then. A model declares by its forecasts: ready or not.

mod compare;

use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::Kind;
use manyworlds_systems::market::SeriesFrame;

use super::super::bench::Bench;
use super::super::error::AuditError;
use super::super::finding::{Finding, ShortWarmUp};
use super::super::report::{Outcome, WarmUpNeed};
use super::super::rerun::Rerun;
use compare::{Comparison, Need};

/// Bars that are watched if nobody says: this many times the longest declared warm-up, and some more.
const HORIZON: (u64, u64) = (12, 500);

/// What one later beginning has shown.
struct Begun {
    at: Timestamp,
    needs: Vec<Need>,
    comparisons: u64,
    /// By symbol.
    bars: Vec<u64>,
}

pub(in crate::audit) fn check(bench: &Bench<'_>, bars_per_step: f64) -> Result<Outcome, AuditError> {
    let probe = bench.plain()?;
    let features = probe.world.schema().features().iter().map(|f| f.warmup_bars);
    let models = probe.world.roster().models.len();
    let longest = features.chain(bench.plan.model_warmups.iter().copied()).max().unwrap_or(0);
    let watched = bench.settings.horizon_bars.unwrap_or(HORIZON.0 * longest + HORIZON.1);
    let horizon = (watched as f64 / bars_per_step.max(1e-9)).ceil().min(bench.steps as f64) as u64;
    let starts = starts(bench, horizon);
    let planned = |start: &u64| start + 2 * horizon.min(bench.steps - start);
    bench.watch.begin("warm_up", starts.iter().map(planned).sum());
    if probe.world.schema().features().is_empty() && models == 0 {
        return Ok(Outcome { done: "no features and no models".to_owned(), ..Outcome::default() });
    }
    let begun = bench.each(bench.settings.threads, &starts, |start| begin(bench, *start, watched))?;
    let mut outcome = Outcome {
        done: format!("{} later beginnings, watched for up to {watched} bars", starts.len()),
        runs: 2 * starts.len() as u64,
        comparisons: begun.iter().map(|b| b.comparisons).sum(),
        ..Outcome::default()
    };
    judge(&probe, &begun, &mut outcome);
    Ok(outcome)
}

/// Steps after which later runs begin: not before a quarter of the run, and early enough to be watched to the end.
fn starts(bench: &Bench<'_>, horizon: u64) -> Vec<u64> {
    let first = (bench.steps / 4).max(1);
    let room = bench.steps.saturating_sub(horizon).saturating_sub(first);
    if room == 0 {
        return vec![first];
    }
    bench.draw_steps("starts", bench.settings.starts, room).into_iter().map(|s| first + s - 1).collect()
}

/// Runs a world that begins after step `start` beside one that has begun at the beginning.
fn begin(bench: &Bench<'_>, start: u64, watched: u64) -> Result<Begun, AuditError> {
    let mut early = bench.plain()?;
    early.run_to(start)?;
    // Whole bars only: a first bar that was begun in the middle is no fault of the features.
    let symbols = early.world.roster().entities(Kind::Symbol).to_vec();
    let frames = symbols.iter().filter_map(|s| early.world.world().get::<SeriesFrame>(*s));
    let frame = frames.map(|f| f.0).max_by_key(|frame| frame.nanos());
    let at = frame.map_or(early.clock().now, |frame| frame.ceil(early.clock().now));

    let mut blueprint = bench.plan.blueprint().clone();
    blueprint.span.0 = at;
    let mut late = bench.world(blueprint)?;
    let mut comparison = Comparison::new(&late.world, bench.settings.tolerance);
    let mut bars = vec![0; symbols.len()];
    while late.step()? {
        let now = late.clock().now;
        early.run_before(now + 1)?;
        if early.clock().now != now {
            continue;
        }
        for (bars, symbol) in bars.iter_mut().zip(&symbols) {
            *bars = late.world.world().get::<BarSeries>(*symbol).map_or(0, BarSeries::count);
        }
        comparison.compare(&early.world, &late.world, &bars);
        if bars.iter().all(|bars| *bars >= watched) {
            break;
        }
    }
    let comparisons = comparison.made();
    Ok(Begun { at, needs: comparison.needs(&bars), comparisons, bars })
}

/// The worst over beginnings and symbols, and what is to be said of it.
fn judge(probe: &Rerun<'_>, begun: &[Begun], outcome: &mut Outcome) {
    let schema = probe.world.schema().features();
    let roster = probe.world.roster();
    let features = schema.iter().map(|f| ("feature", &f.name, Some(f.warmup_bars)));
    let models = roster.models.iter().map(|name| ("model", name, None));
    for (i, (kind, name, declared)) in features.chain(models).enumerate() {
        let cases = begun.iter().flat_map(|b| {
            let symbols = (0..b.bars.len()).filter(|s| b.bars[*s] > 0);
            symbols.map(move |s| Case { begun: b, symbol: s, need: b.needs[i * b.bars.len() + s], declared })
        });
        let cases: Vec<Case<'_>> = cases.collect();
        let Some(worst) = cases.iter().max_by_key(|case| (case.excess(), case.need.bars)) else { continue };
        let seen = cases.iter().any(|case| case.need.seen);
        let row = WarmUpNeed {
            kind,
            name: name.clone(),
            declared_bars: worst.declared(),
            needed_bars: worst.need.bars,
            watched_bars: worst.watched(),
            seen,
        };
        let WarmUpNeed { declared_bars, needed_bars, watched_bars, .. } = row;
        if !seen {
            outcome.notes.push(format!("{kind} `{name}` never had a value while it was watched"));
        } else if needed_bars.is_none() && watched_bars <= declared_bars {
            outcome.notes.push(format!(
                "{kind} `{name}` is not judged: {watched_bars} bars are no more than it takes to be ready"
            ));
        } else if worst.excess() > 0 {
            outcome.findings.push(Finding::WarmUp(ShortWarmUp {
                of: kind,
                name: name.clone(),
                symbol: roster.symbols[worst.symbol].clone(),
                declared_bars,
                needed_bars,
                watched_bars,
                begun: worst.begun.at.to_string(),
            }));
        }
        outcome.warm_up.push(row);
    }
}

/// One feature or model, on one symbol, after one beginning.
struct Case<'b> {
    begun: &'b Begun,
    symbol: usize,
    need: Need,
    /// By the schema; models have none.
    declared: Option<u64>,
}

impl Case<'_> {
    fn watched(&self) -> u64 {
        self.begun.bars[self.symbol]
    }

    /// A model that abstains does not claim to be ready, however long it takes.
    fn declared(&self) -> u64 {
        self.declared.or(self.need.ready).unwrap_or(self.watched())
    }

    /// Bars that it needs beyond those that it declares, or beyond those for which it is masked.
    fn excess(&self) -> u64 {
        let claims = self.declared().max(self.need.ready.unwrap_or(0));
        self.need.bars.unwrap_or(u64::MAX).saturating_sub(claims)
    }
}
