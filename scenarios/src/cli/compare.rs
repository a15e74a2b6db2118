//! `manyworlds compare`: setups side by side.

use std::path::Path;
use std::sync::atomic::Ordering;

use super::arguments::CompareCommand;
use super::backtest::{interrupt_flag, loader, tell_warnings};
use super::compare_table;
use super::failure::Failure;
use super::progress::Progress;
use crate::compare::{Candidate, Comparison, Effort, HeapMeter, Measured, measure, start_up};
use crate::output::write_whole;
use crate::run::{MarketInput, RunPlan, Setup};
use crate::scenario::{Loaded, OrchestratorSettings, Overrides, Preset, Scenario, hint};

/// Where presets are laid over if no scenario is named: it needs no data, and the program carries it along.
const QUICKSTART: &str = include_str!("../../library/quickstart.ron");

pub(super) fn run(command: &CompareCommand, heap: Option<HeapMeter>) -> Result<(), Failure> {
    let interrupted = interrupt_flag();
    let silent = command.quiet || command.json;
    let setup = Setup::default();
    let effort = Effort { builds: command.builds as usize, runs: command.runs as usize };
    let candidates = candidates(command, &setup)?;
    let startups = start_up(&candidates, &setup, effort.builds)?;
    let mut measured: Vec<Measured> = Vec::new();
    for (candidate, startup) in candidates.iter().zip(startups) {
        let total = candidate.input.events() * effort.runs as u64;
        let mut progress = Progress::new(&candidate.name, "events", total, silent);
        let watched = measure(candidate, &setup, startup, effort, heap, &mut |run, simulation| {
            let clock = simulation.world().clock();
            if clock.step > 0 {
                let done = (run as u64 - 1) * candidate.input.events() + clock.events;
                progress.update(done, || format!("run {run} of {}, {}", effort.runs, clock.now));
            }
            !interrupted.load(Ordering::Relaxed)
        });
        progress.finish();
        measured.push(watched?);
    }
    let comparison = Comparison::new(effort, measured);
    if let Some(folder) = &command.out {
        store(folder, &comparison)?;
    }
    if command.json {
        super::print(&comparison.to_json())
    } else if command.quiet {
        Ok(())
    } else {
        super::print(&compare_table::render(&comparison))
    }
}

/// Everything that is to be measured, read and found fit to run, so that a mistake in the last setup is told before the
/// first is measured.
fn candidates(command: &CompareCommand, setup: &Setup) -> Result<Vec<Candidate>, Failure> {
    let mut base: Option<(Scenario, MarketInput)> = None;
    let mut candidates: Vec<Candidate> = Vec::new();
    for (i, word) in command.setups.iter().enumerate() {
        if command.setups[..i].contains(word) {
            return Err(Failure::usage(format!("{word}: named twice; a setup is compared with others")));
        }
        let (scenario, input, is_preset) = match Preset::named(word) {
            Some(preset) => {
                if base.is_none() {
                    let scenario = base_scenario(command, setup)?.scenario;
                    let input = MarketInput::load(&scenario, &setup.cache)?;
                    base = Some((scenario, input));
                }
                let Some((scenario, input)) = &base else { continue };
                let orchestrator = OrchestratorSettings::Preset { preset };
                (Scenario { orchestrator, ..scenario.clone() }, input.clone(), true)
            }
            None => {
                let scenario = from_file(word, command, setup)?.scenario;
                let input = MarketInput::load(&scenario, &setup.cache)?;
                (scenario, input, false)
            }
        };
        let plan = RunPlan::over(scenario.clone(), setup, input.clone())?;
        // Of a file, loading has told them with their place.
        for warning in plan.warnings.iter().filter(|_| is_preset) {
            super::note(&format!("warning: {warning}"));
        }
        candidates.push(Candidate { name: label(word, &command.setups), scenario, input });
    }
    if base.is_none() && command.scenario.is_some() {
        let presets = Preset::ALL.map(Preset::name).join(", ");
        return Err(Failure::usage(format!(
            "--scenario: no preset is laid over it; name some of: {presets}"
        )));
    }
    Ok(candidates)
}

/// What a setup is called: a file by its name alone, unless another setup has the same.
fn label(word: &str, all: &[String]) -> String {
    let stem = |word: &str| Path::new(word).file_stem().map(|s| s.to_string_lossy().into_owned());
    let short = stem(word).unwrap_or_else(|| word.to_owned());
    let same = all.iter().filter(|other| stem(other).as_deref() == Some(&short)).count();
    if same > 1 { word.to_owned() } else { short }
}

fn overrides(command: &CompareCommand) -> Overrides {
    let flags = &command.change;
    Overrides { set: flags.set.clone(), seed: flags.seed, from: flags.from.clone(), to: flags.to.clone() }
}

/// The scenario over which presets are laid. What it says of modules does not matter: the presets replace it, and features
/// that it records may be of modules that they lack.
fn base_scenario(command: &CompareCommand, setup: &Setup) -> Result<Loaded, Failure> {
    let mut overrides = overrides(command);
    overrides.set.extend(["orchestrator=(type: basic)", "record.features=[]"].map(str::to_owned));
    let loader = loader(overrides, setup);
    let loaded = match &command.scenario {
        Some(path) => loader.load(path)?,
        None => loader.load_text("quickstart.ron", QUICKSTART)?,
    };
    tell_warnings(&loaded);
    Ok(loaded)
}

fn from_file(word: &str, command: &CompareCommand, setup: &Setup) -> Result<Loaded, Failure> {
    let path = Path::new(word);
    // A bare word that is no file was meant to be a preset.
    if !path.exists() && path.extension().is_none() && path.components().count() == 1 {
        let presets = Preset::ALL.map(Preset::name);
        let help = hint(word, &presets, "presets");
        return Err(Failure::usage(format!("{word}: neither a preset nor a scenario file; {help}")));
    }
    let loaded = loader(overrides(command), setup).load(path)?;
    tell_warnings(&loaded);
    Ok(loaded)
}

/// Writes `compare.json` into a folder, and leaves all else in it as it is.
fn store(folder: &Path, comparison: &Comparison) -> Result<(), Failure> {
    let file = folder.join("compare.json");
    let stored =
        std::fs::create_dir_all(folder).and_then(|()| write_whole(&file, comparison.to_json().as_bytes()));
    stored.map_err(|e| {
        Failure::usage(format!("{}: {e}; name a folder that can be written with --out DIR", file.display()))
    })
}
