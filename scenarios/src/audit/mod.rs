//! `audit`: proves or refutes, for one scenario, what every scenario promises.
//!
//! | check | what must hold |
//! |---|---|
//! | [`Check::Determinism`] | the same bits again, beside other worlds, and under the other executor |
//! | [`Check::Causality`] | what comes after T changes nothing up to T |
//! | [`Check::Fork`] | a fork goes on as the uninterrupted run, and leaves no trace |
//! | [`Check::WarmUp`] | runs that begin later agree from the declared warm-up on |
//! | [`Check::Accounting`] | cash, positions, equity and profits follow from the fills |
//!
//! The first three compare digests of all registered state, and of all that is written down, at marks along the run. A
//! difference is then looked for step by step, and in the first step that has one, system by system: the finding names
//! the step, its time, the module, the system and the component.
//!
//! An audit proves nothing about what it did not run: other seeds, other data, other settings. Its work is bounded by its
//! settings, as a multiple of one run, and the report says how many steps were rerun.

mod bench;
mod checks;
mod error;
mod finding;
mod locate;
mod reference;
mod report;
pub(crate) mod rerun;
mod settings;
mod table;
mod vary;
mod watch;

use std::cell::OnceCell;
use std::time::Instant;

use manyworlds_components::bar_series::BarSeries;
use manyworlds_engine::Kind;

pub use error::AuditError;
pub use finding::{Divergence, Finding, ShortWarmUp, WrongBooks};
pub use report::{AuditReport, CheckReport, Verdict, WarmUpNeed};
pub use settings::{AuditSettings, Check};
pub use vary::Variation;
pub use watch::{Stage, Watch};

use crate::run::RunPlan;
use bench::Bench;
use checks::{accounting, causality, determinism, fork, warm_up};
use reference::Reference;
use report::Outcome;

/// A run of fewer steps has nothing to compare.
const LEAST_STEPS: u64 = 2;

/// Audits a plan: makes the checks that the settings name, in the order of [`Check::ALL`]. `watch` tells other threads how far
/// it is, and stops it on their wish: checks that are not done by then say so in the report.
///
/// # Errors
/// What keeps the audit from being made; a run that fails by itself, without any variation, is among it. What an audit finds
/// is no error.
pub fn audit(plan: &RunPlan, settings: &AuditSettings, watch: &Watch) -> Result<AuditReport, AuditError> {
    let asked = [
        ("times", settings.times),
        ("forks", settings.forks),
        ("starts", settings.starts),
        ("threads", settings.threads),
        ("marks", usize::try_from(settings.marks).unwrap_or(usize::MAX)),
    ];
    if let Some((name, _)) = asked.iter().find(|(_, n)| *n == 0) {
        return Err(AuditError::Zero(name));
    }
    let seed = settings.seed.unwrap_or(plan.scenario.seed);
    let mut bench = Bench { plan, settings, watch, seed, steps: 0 };
    // Nobody knows how many steps there are: as many as a source has events is the next best.
    watch.begin("the run as it is", plan.events / plan.blueprint().sources.len().max(1) as u64);
    let mut run = bench.plain()?;
    let mut first = None;
    if run.step()? {
        first = Some(run.clock().now);
    }
    run.run_to(u64::MAX)?;
    let clock = run.clock().clone();
    bench.steps = clock.step;
    if bench.steps < LEAST_STEPS {
        return Err(AuditError::TooShort(bench.steps));
    }
    let count = |symbol| run.world.world().get::<BarSeries>(symbol).map(BarSeries::count);
    let bars =
        run.world.roster().entities(Kind::Symbol).iter().filter_map(|s| count(*s)).filter(|n| *n > 0).min();
    let bars_per_step = bars.unwrap_or(bench.steps) as f64 / bench.steps as f64;
    let digest = run.world.digest().to_string();
    drop(run);

    let reference = OnceCell::new();
    let mut checks = Vec::new();
    for check in Check::ALL.into_iter().filter(|check| settings.checks.contains(check)) {
        let (began, stopped) = (Instant::now(), watch.is_stopped());
        let made = match stopped {
            true => Err(AuditError::Stopped),
            false => make(&bench, check, &reference, bars_per_step),
        };
        let (steps, seconds) = (if stopped { 0 } else { watch.stage().done }, began.elapsed().as_secs_f64());
        checks.push(match made {
            Ok(outcome) => CheckReport::of(check, outcome, steps, seconds),
            Err(AuditError::Stopped) => CheckReport::stopped(check, steps, seconds),
            Err(error) => return Err(error),
        });
    }
    Ok(AuditReport {
        name: plan.scenario.name.clone(),
        version: env!("CARGO_PKG_VERSION"),
        scenario_digest: format!("{:016x}", plan.scenario.digest()),
        digest,
        seed,
        from: first.unwrap_or(clock.now).to_string(),
        to: clock.now.to_string(),
        steps: clock.step,
        events: clock.events,
        tolerance: settings.tolerance,
        verdict: Verdict::worst(checks.iter().map(|check| check.verdict)),
        checks,
    })
}

fn make(
    bench: &Bench<'_>,
    check: Check,
    reference: &OnceCell<Reference>,
    bars_per_step: f64,
) -> Result<Outcome, AuditError> {
    let reference = || -> Result<&Reference, AuditError> {
        if let Some(reference) = reference.get() {
            return Ok(reference);
        }
        bench.watch.begin("the run as it is, with marks", bench.steps);
        let taken = bench.reference()?;
        Ok(reference.get_or_init(|| taken))
    };
    match check {
        Check::Determinism => determinism::check(bench, reference()?),
        Check::Causality => causality::check(bench, reference()?),
        Check::Fork => fork::check(bench, reference()?),
        Check::WarmUp => warm_up::check(bench, bars_per_step),
        Check::Accounting => accounting::check(bench),
    }
}
