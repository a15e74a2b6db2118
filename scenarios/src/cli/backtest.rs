//! `manyworlds backtest`: run a scenario headless and write its results.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use manyworlds_components::time::Timestamp;

use super::arguments::{BacktestCommand, ScenarioFlags};
use super::failure::Failure;
use super::progress::Progress;
use super::table;
use crate::output::{FolderError, OutputFolder, ParquetSink, RunSummary, Sink, Status};
use crate::run::{RunPlan, STEPS_PER_LOOK, Setup, Simulation};
use crate::scenario::{Loaded, Loader, Overrides};

/// What the flags lay over a scenario. Threads are set up, too.
pub(super) fn overrides(flags: &ScenarioFlags) -> Result<Overrides, Failure> {
    if let Some(threads) = flags.threads {
        if threads == 0 {
            return Err(Failure::usage("--threads 0: at least one thread is needed"));
        }
        // Fails only if the pool was started before, which nothing does.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    }
    Ok(Overrides { set: flags.set.clone(), seed: flags.seed, from: flags.from.clone(), to: flags.to.clone() })
}

/// Loads the scenario that the flags name, with their overrides. Warnings go to stderr.
pub(super) fn load(flags: &ScenarioFlags, setup: &Setup) -> Result<Loaded, Failure> {
    let loaded = loader(overrides(flags)?, setup).load(&flags.scenario)?;
    tell_warnings(&loaded);
    Ok(loaded)
}

/// Loads scenarios that may name the modules of a setup.
pub(super) fn loader(overrides: Overrides, setup: &Setup) -> Loader {
    Loader::default().overrides(overrides).catalogue(&setup.catalogue).files_must_exist(true)
}

/// Shows on stderr what is odd about a scenario.
pub(super) fn tell_warnings(loaded: &Loaded) {
    if !loaded.warnings.is_empty() {
        super::note(crate::scenario::diagnostic::report(&loaded.warnings, false, 110).trim_end());
    }
}

/// Raised by Ctrl-C and by a request to terminate.
pub(super) fn interrupt_flag() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = flag.clone();
    // A second signal ends the process at once: what is written so far says that it is partial.
    let handler = move || {
        if raised.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        tracing::warn!(%error, "interrupts end the run without a partial result");
    }
    flag
}

pub(super) fn run(command: &BacktestCommand) -> Result<(), Failure> {
    let began = Instant::now();
    let interrupted = interrupt_flag();
    let silent = command.quiet || command.json;
    let setup = Setup::default();
    let scenario = load(&command.scenario, &setup)?.scenario;
    let digest = format!("{:016x}", scenario.digest());
    let default = || PathBuf::from("runs").join(format!("{}-{}", file_name(&scenario.name), &digest[..8]));
    let path = command.out.clone().unwrap_or_else(default);
    let plan = Arc::new(RunPlan::new(scenario, &setup)?);
    let folder = OutputFolder::at(&path);
    let summary = run_into(&folder, plan.clone(), &interrupted, silent, began)?;
    show(command, &summary, &plan.warnings, &folder)?;
    match summary.status {
        Status::Complete => Ok(()),
        Status::Interrupted => Err(Failure::Interrupted),
        Status::Failed => Err(Failure::Run(summary.error.unwrap_or_default())),
    }
}

/// Runs a plan and writes its folder, the report included.
pub(super) fn run_into(
    folder: &OutputFolder,
    plan: Arc<RunPlan>,
    interrupted: &AtomicBool,
    silent: bool,
    began: Instant,
) -> Result<RunSummary, Failure> {
    // World first: a run that cannot begin leaves no folder, and the results of an earlier one as they were.
    let sink = |tables: &_| {
        folder
            .clear()
            .map_err(|e| Failure::usage(format!("{e}; name a folder that can be written with --out DIR")))?;
        // Until the run has ended, its folder says that it has not.
        write_run(folder, &plan, None).map_err(Failure::run)?;
        Ok::<_, Failure>(Sink::Parquet(ParquetSink::create(folder, tables).map_err(Failure::run)?))
    };
    let mut simulation = Simulation::new(plan.clone(), sink, began)?;
    folder.write("summary.json", simulation.summary_now().to_json().as_bytes()).map_err(Failure::run)?;

    let ran = drive(&mut simulation, interrupted, silent);
    // The tables are ended in any case: what a failed run has stored is worth having, too.
    let closed = simulation.close().map(|_| ());
    let summary = match ran.and(closed) {
        Ok(()) => simulation.summary_as(simulation.status(), None),
        Err(error) => simulation.summary_as(Status::Failed, Some(error.to_string())),
    };
    let partial = |error: &dyn std::fmt::Display| {
        Failure::Run(format!("{error}; {} holds a partial result", folder.path().display()))
    };
    // If this fails, the summary in the folder still says that the run did not end.
    let ended = write_run(folder, &plan, summary.digest.as_deref())
        .and_then(|()| folder.write("summary.json", summary.to_json().as_bytes()));
    if let Some(error) = &summary.error {
        return Err(partial(error));
    }
    ended.map_err(|e| partial(&e))?;
    let report = folder.path().join("report.html");
    crate::report::write(&[folder.path()], &report).map_err(|error| {
        let folder = folder.path().display();
        Failure::Run(format!(
            "{error}; all else is stored: `manyworlds report {folder}` makes the page again"
        ))
    })?;
    Ok(summary)
}

/// Runs to the end of the data, or until interrupted.
fn drive(
    simulation: &mut Simulation,
    interrupted: &AtomicBool,
    silent: bool,
) -> Result<(), manyworlds_engine::RunError> {
    let plan = (simulation.plan().scenario.name.clone(), simulation.plan().events);
    let mut progress = Progress::new(&plan.0, "events", plan.1, silent);
    let ran = simulation.run_watched(Timestamp::MAX, STEPS_PER_LOOK, |simulation| {
        let clock = simulation.world().clock();
        if clock.step > 0 {
            progress.update(clock.events, || clock.now.to_string());
        }
        !interrupted.load(Ordering::Relaxed)
    });
    progress.finish();
    ran
}

/// `told` are the warnings that loading the scenario has shown.
fn show(
    command: &BacktestCommand,
    summary: &RunSummary,
    told: &[String],
    folder: &OutputFolder,
) -> Result<(), Failure> {
    if command.json {
        super::print(&summary.to_json())
    } else if command.quiet {
        Ok(())
    } else {
        super::print(&table::render(summary, told, folder.path()))
    }
}

/// Writes `run.ron`: the resolved scenario, with what else is needed to tell whether another run is the same.
fn write_run(folder: &OutputFolder, plan: &RunPlan, digest: Option<&str>) -> Result<(), FolderError> {
    let mut text = format!(
        "// manyworlds {}\n// scenario digest: {:016x}\n",
        env!("CARGO_PKG_VERSION"),
        plan.scenario.digest()
    );
    for source in plan.data.sources.iter().filter(|s| !s.digest.is_empty()) {
        text += &format!("// data of {} ({}): {}\n", source.symbol, source.path, source.digest);
    }
    text +=
        &format!("// state digest at the end: {}\n", digest.unwrap_or("not known, the run has not ended"));
    text += &plan.scenario.to_ron();
    folder.write("run.ron", text.as_bytes()).map(|_| ())
}

/// A name that every file system accepts.
pub(super) fn file_name(name: &str) -> String {
    let clean: String =
        name.chars().map(|c| if c.is_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect();
    let clean = clean.trim_start_matches('.').to_owned();
    if clean.is_empty() { "run".to_owned() } else { clean }
}
