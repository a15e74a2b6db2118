//! `manyworlds audit`: prove or refute what every scenario promises.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::arguments::AuditCommand;
use super::backtest::{interrupt_flag, load};
use super::failure::Failure;
use super::progress::Progress;
use super::words;
use crate::audit::{AuditError, AuditReport, AuditSettings, Check, Verdict, Watch, audit};
use crate::output::write_whole;
use crate::run::{RunPlan, Setup};

/// Time between looks at how far the audit is, and at the interrupt flag.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

pub(super) fn run(command: &AuditCommand) -> Result<(), Failure> {
    let interrupted = interrupt_flag();
    let settings = settings(command)?;
    let setup = Setup::default();
    let scenario = load(&command.scenario, &setup)?.scenario;
    let plan = RunPlan::new(scenario, &setup)?;
    if let Some(folder) = &command.out {
        // Before the work, so that it is not lost.
        let made = std::fs::create_dir_all(folder);
        made.map_err(|e| Failure::usage(format!("--out {}: {e}", folder.display())))?;
    }
    let report = make(&plan, &settings, &interrupted, command.quiet || command.json)?;
    let table = report.to_string();
    if let Some(folder) = &command.out {
        write(&folder.join("audit.json"), &report.to_json())?;
        write(&folder.join("audit.txt"), &table)?;
    }
    if command.json {
        super::print(&report.to_json())?;
    } else if !command.quiet || !report.passed() {
        super::print(&table)?;
    }
    match report.verdict {
        Verdict::Passed => Ok(()),
        Verdict::Stopped => Err(Failure::Interrupted),
        Verdict::Failed => {
            let n = report.findings().count();
            Err(Failure::Run(format!("the audit has {n} finding{}", if n == 1 { "" } else { "s" })))
        }
    }
}

fn settings(command: &AuditCommand) -> Result<AuditSettings, Failure> {
    let mut settings = AuditSettings::default();
    if !command.only.is_empty() {
        let checks = command.only.iter().map(|word| words::parse::<Check>("--only", word.trim()));
        settings.checks = checks.collect::<Result<_, _>>()?;
    }
    settings.times = command.times.unwrap_or(settings.times);
    settings.forks = command.forks.unwrap_or(settings.forks);
    settings.starts = command.starts.unwrap_or(settings.starts);
    settings.horizon_bars = command.horizon;
    settings.marks = command.marks.unwrap_or(settings.marks);
    settings.threads = command.scenario.threads.unwrap_or(settings.threads);
    if let Some(tolerance) = command.tolerance {
        if !(0.0..1.0).contains(&tolerance) {
            return Err(Failure::usage(format!("--tolerance {tolerance}: it must be from 0 to below 1")));
        }
        settings.tolerance = tolerance;
    }
    Ok(settings)
}

/// Audits on a thread of its own; this one shows how far it is and hears interrupts.
fn make(
    plan: &RunPlan,
    settings: &AuditSettings,
    interrupted: &AtomicBool,
    silent: bool,
) -> Result<AuditReport, Failure> {
    let watch = Watch::default();
    let made = std::thread::scope(|scope| {
        let work = scope.spawn(|| audit(plan, settings, &watch));
        let mut shown: Option<(String, Progress)> = None;
        while !work.is_finished() {
            std::thread::sleep(LOOK_INTERVAL);
            if interrupted.load(Ordering::Relaxed) {
                watch.stop();
            }
            let stage = watch.stage();
            let progress = match &mut shown {
                Some((what, progress)) if *what == stage.what => progress,
                _ => {
                    if let Some((_, progress)) = shown.take() {
                        progress.finish();
                    }
                    let title = format!("{}: {}", plan.scenario.name, stage.what);
                    let progress = Progress::new(&title, "steps", stage.planned, silent);
                    &mut shown.insert((stage.what, progress)).1
                }
            };
            progress.update(stage.done, || format!("{} of {} steps", stage.done, stage.planned));
        }
        if let Some((_, progress)) = shown {
            progress.finish();
        }
        work.join()
    });
    let made = made.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    made.map_err(|error| match error {
        AuditError::Prepare(error) => error.into(),
        AuditError::Stopped => Failure::Interrupted,
        AuditError::Zero(_) | AuditError::TooShort(_) => Failure::usage(error.to_string()),
        error => Failure::run(error),
    })
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_whole(path, text.as_bytes()).map_err(|e| Failure::Run(format!("{}: {e}", path.display())))
}
