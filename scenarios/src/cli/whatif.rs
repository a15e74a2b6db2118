//! `manyworlds whatif`: run the branches of a plan.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use manyworlds_components::time::Timestamp;

use super::arguments::WhatifCommand;
use super::backtest::{file_name, interrupt_flag, overrides, run_into};
use super::failure::Failure;
use super::progress::Progress;
use super::walk::WalkStore;
use super::whatif_comparison;
use crate::comparison::comparison_parquet;
use crate::output::{OutputFolder, Status};
use crate::plan::run::{Observer, RunOptions, combined_digest, span};
use crate::plan::share::{Node, explain, share};
use crate::plan::store::{
    METRICS, PlanSummary, PlanTiming, Store, StoreError, branches_parquet, plan_digest,
};
use crate::plan::walk::{self, WalkPlan};
use crate::plan::{Branch, BranchResult, BranchStatus, ExpandOptions, Expansion, PlanFile};
use crate::report::plan::{COMPARISON_FILE, excerpt};
use crate::run::{MarketInput, RunPlan, Setup, peak_memory_bytes};
use crate::scenario::{Diagnostic, ScenarioError};

/// Branches that cannot run, or that failed, that are named one by one.
const NAMED: usize = 5;

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::usage(error)
    }
}

pub(super) fn run(command: &WhatifCommand) -> Result<(), Failure> {
    let began = Instant::now();
    let interrupted = interrupt_flag();
    if !METRICS.contains(&command.sort.as_str()) {
        super::words::known("--sort", &command.sort, &METRICS)?;
    }
    if command.lanes == 0 {
        return Err(Failure::usage("--lanes 0: a world has at least one"));
    }
    let setup = Setup::default();
    let overrides = overrides(&command.plan)?;
    let file = PlanFile::load(&command.plan.scenario)?;
    let mut plan = file.expand(&setup, &ExpandOptions { overrides, confirmed: command.yes })?;
    let kept = kept(&plan, &command.keep)?;
    let Some(base) = plan.branches.first().and_then(|b| b.scenario.as_ref().ok()) else {
        return Err(Failure::usage("the base scenario cannot be run"));
    };
    // What cannot run at all is said before anything is written.
    let sources = MarketInput::load(base, &setup.cache)?;
    let base = RunPlan::over(base.clone(), &setup, sources.clone())?;
    plan.hold_against(&sources, &base);
    tell(&plan, command.explain);
    if let Err(reason) = &plan.branches[plan.baseline].scenario {
        let message = format!("the branch `{}` cannot run: {reason}", file.baseline.0);
        let problem = Diagnostic::error(file.baseline.1.clone(), "baseline", message);
        return Err(ScenarioError::from(problem.with_help("name one that can")).into());
    }
    let mut options = RunOptions {
        max_lanes: command.lanes,
        memory_bytes: command.memory << 20,
        sample: plan.sample,
        ..RunOptions::default()
    };
    options.threads = command.plan.threads.unwrap_or(options.threads);
    let events = |world: &Node, from: Timestamp, to: Timestamp| {
        let span = span(world);
        sources.events_between(from.max(span.0), to.min(span.1))
    };
    if !command.diverge.is_empty() {
        return whatif_comparison::diverge(&plan, &command.diverge, &setup, command.json);
    }
    let worlds = share(&plan.branches, options.share());
    let walk = WalkPlan::of(&plan, &setup, &sources)?;
    if command.explain {
        let explained = explain(&plan.name, &plan.branches, &worlds, &events);
        let walk = walk.map(|w| walk::explain(&plan, &w, &sources, options));
        if command.json {
            let both = serde_json::json!({ "plan": explained, "walk_forward": walk });
            return super::print(&format!("{both:#}\n"));
        }
        return super::print(&format!("{explained}{}", walk.map(|w| w.to_string()).unwrap_or_default()));
    }
    drop(worlds);

    let digest = plan_digest(&plan, &sources);
    let default = || PathBuf::from("runs").join(format!("{}-{}", file_name(&plan.name), &digest[..8]));
    let store = Store::at(&command.out.clone().unwrap_or_else(default), &plan, &digest);
    let mut results = BTreeMap::new();
    if command.resume {
        results = store.resume()?;
    } else {
        store.begin(command.overwrite)?;
    }
    store.write("plan.ron", file.source.text.as_bytes())?;
    let windows = WalkStore::open(&plan, walk.as_ref(), &store, &digest, command.resume)?;
    let resumed = results.len();
    let left: Vec<Branch> = plan.branches.iter().filter(|b| !results.contains_key(&b.id)).cloned().collect();
    let silent = command.quiet || command.json;
    let watch = Watch {
        store: &store,
        interrupted: &interrupted,
        progress: Mutex::new(None),
        name: &plan.name,
        silent,
        finished: AtomicUsize::new(resumed),
        branches: plan.branches.len(),
    };
    let setup_ms = began.elapsed().as_secs_f64() * 1e3;
    let running = Instant::now();
    let outcome = crate::plan::run::run(&left, &setup, options, &watch);
    watch.end();
    let timing = PlanTiming {
        setup_ms,
        run_ms: running.elapsed().as_secs_f64() * 1e3,
        comparison_ms: 0.0,
        worlds: outcome.worlds,
        events: outcome.events,
        alone_events: outcome.alone_events,
        peak_memory_bytes: peak_memory_bytes(),
    };
    results.extend(outcome.results.into_iter().map(|r| (r.id, r)));
    let ranking = (command.sort.as_str(), command.top);
    let mut summary = PlanSummary::of(&plan, &digest, &results, ranking, resumed, timing, outcome.error);
    if summary.status == Status::Complete {
        let comparing = Instant::now();
        let comparison = whatif_comparison::compared(&plan, &results, &command.sort, options.threads)?;
        store.write("comparison.parquet", &comparison_parquet(&comparison).map_err(Failure::run)?)?;
        let excerpt = serde_json::to_vec(&excerpt(&comparison)).map_err(Failure::run)?;
        store.write(COMPARISON_FILE, &excerpt)?;
        summary.best = whatif_comparison::best(&comparison, &results, command.top);
        summary.comparison = Some(comparison.summary(command.top));
        summary.timing.comparison_ms = comparing.elapsed().as_secs_f64() * 1e3;
    }
    let table = branches_parquet(&plan.branches, &results).map_err(Failure::run)?;
    store.write("branches.parquet", &table)?;
    if let (Some(windows), Some(walk)) = (windows, &walk) {
        windows.run((&plan, walk), &setup, options, &watch, (&store, &mut summary))?;
    }
    store.write("summary.json", summary.to_json().as_bytes())?;
    if summary.status == Status::Complete {
        for id in kept {
            keep(&plan.branches[id], results.get(&id), store.path(), &setup, &interrupted)?;
        }
    }
    crate::report::write(&[store.path()], &store.path().join("report.html")).map_err(Failure::run)?;
    if command.json {
        super::print(&summary.to_json())?;
    } else if !command.quiet {
        super::print(&render(&summary, store.path()))?;
    }
    match (summary.status, summary.error) {
        // The base alone, which every plan runs, is not what was asked for.
        (Status::Complete, _)
            if !results.values().any(|r| r.id > 0 && r.status == BranchStatus::Complete) =>
        {
            Err(Failure::run("every branch of the plan failed; the reasons are in branches.parquet"))
        }
        (Status::Complete, _) => Ok(()),
        (Status::Interrupted, _) => Err(Failure::Interrupted),
        (Status::Failed, error) => Err(Failure::Run(error.unwrap_or_default())),
    }
}

/// Shows on stderr what is odd about a plan, and what of it cannot run. An explanation says the latter itself.
fn tell(plan: &Expansion, explain: bool) {
    plan.warnings.iter().for_each(|w| super::note(&format!("warning: {w}")));
    let bad = plan.branches.iter().filter_map(|b| Some((b, b.scenario.as_ref().err()?)));
    let bad: Vec<_> = bad.filter(|_| !explain).collect();
    for (branch, reason) in bad.iter().take(NAMED) {
        super::note(&format!("warning: branch {} `{}` cannot run: {reason}", branch.id, branch.name));
    }
    if bad.len() > NAMED {
        super::note(&format!("warning: ... and {} more that cannot run", bad.len() - NAMED));
    }
}

/// The branches of which everything is written.
fn kept(plan: &Expansion, wanted: &[String]) -> Result<Vec<usize>, Failure> {
    if wanted.iter().any(|w| w == "all") {
        return Ok((0..plan.branches.len()).collect());
    }
    wanted.iter().map(|word| find(plan, "--keep", word)).collect()
}

/// The branch of that name or number, as a flag says it.
pub(super) fn find(plan: &Expansion, flag: &str, word: &str) -> Result<usize, Failure> {
    let by_name = plan.branches.iter().find(|b| b.name == word).map(|b| b.id);
    let by_id = word.parse::<usize>().ok().filter(|id| *id < plan.branches.len());
    if let (Some(named), Some(numbered)) = (by_name, by_id)
        && named != numbered
    {
        let other = &plan.branches[numbered].name;
        return Err(Failure::usage(format!(
            "{flag}: `{word}` is the name of branch {named}, and the number of `{other}`: write `{named}` or `{other}`"
        )));
    }
    by_name.or(by_id).ok_or_else(|| {
        let names: Vec<&str> = plan.branches.iter().map(|b| b.name.as_str()).collect();
        let hint = crate::scenario::hint(word, &names, "branches");
        Failure::usage(format!("{flag}: there is no branch `{word}`; {hint}"))
    })
}

/// Runs a branch alone into a folder of its own. What it comes to must be what the plan says.
fn keep(
    branch: &Branch,
    result: Option<&BranchResult>,
    folder: &Path,
    setup: &Setup,
    interrupted: &AtomicBool,
) -> Result<(), Failure> {
    let (Ok(scenario), Some(BranchResult { digest: Some(digest), .. })) = (&branch.scenario, result) else {
        super::note(&format!("branch {} `{}` failed: there is nothing to keep", branch.id, branch.name));
        return Ok(());
    };
    let folder = folder.join("branches").join(branch.id.to_string());
    let plan = Arc::new(RunPlan::new(scenario.clone(), setup)?);
    let summary = run_into(&OutputFolder::at(&folder), plan, interrupted, true, Instant::now())?;
    match summary.status {
        Status::Interrupted => Err(Failure::Interrupted),
        _ if combined_digest(&summary.accounts) == *digest => Ok(()),
        _ => Err(Failure::run(format!(
            "branch {} `{}`: run alone it came to {:016x}, in the plan to {digest:016x}; please report this",
            branch.id,
            branch.name,
            combined_digest(&summary.accounts)
        ))),
    }
}

/// Stores what ends, and shows how far the plan is.
pub(super) struct Watch<'a> {
    store: &'a Store,
    interrupted: &'a AtomicBool,
    progress: Mutex<Option<Progress>>,
    name: &'a str,
    silent: bool,
    finished: AtomicUsize,
    branches: usize,
}

impl Observer for Watch<'_> {
    fn finished(&self, results: &[BranchResult]) -> Result<(), String> {
        self.store.add(results).map_err(|e| e.to_string())?;
        self.finished.fetch_add(results.len(), Ordering::Relaxed);
        Ok(())
    }

    fn progress(&self, done: u64, total: u64) {
        // Whoever comes while another is at it leaves it to that one.
        let Ok(mut progress) = self.progress.try_lock() else { return };
        let shown =
            progress.get_or_insert_with(|| Progress::new(self.name, "account events", total, self.silent));
        let finished = self.finished.load(Ordering::Relaxed);
        shown.update(done, || format!("{finished}/{} branches", self.branches));
    }

    fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

impl<'a> Watch<'a> {
    /// Another part of the same plan, whose results are kept elsewhere.
    pub(super) fn of(&self, store: &'a Store, name: &'a str, finished: usize, branches: usize) -> Self {
        let finished = AtomicUsize::new(finished);
        Self {
            store,
            interrupted: self.interrupted,
            progress: Mutex::new(None),
            name,
            silent: self.silent,
            finished,
            branches,
        }
    }

    pub(super) fn end(&self) {
        let mut progress = self.progress.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(progress) = progress.take() {
            progress.finish();
        }
    }
}

/// The ranking.
fn render(summary: &PlanSummary, folder: &Path) -> String {
    let mut text = String::new();
    let status = match summary.status {
        Status::Complete => "complete",
        Status::Interrupted => "INTERRUPTED: go on with --resume",
        Status::Failed => "FAILED: partial results",
    };
    let counts = summary.branches;
    let _ = writeln!(text, "{} ({status})", summary.name);
    let _ = write!(text, "  {} of {} branches ran to their end", counts.complete, counts.total);
    if counts.failed > 0 {
        let _ = write!(text, ", {} failed", counts.failed);
    }
    if counts.resumed > 0 {
        let _ = write!(text, ", {} were there already", counts.resumed);
    }
    let t = summary.timing;
    let shared = t.alone_events as f64 / t.events.max(1) as f64;
    let _ = writeln!(
        text,
        "\n  {} worlds and forks, {} market events instead of {} one by one ({shared:.1} to 1)",
        t.worlds, t.events, t.alone_events
    );
    let _ = writeln!(
        text,
        "  {:.0} ms setup, {:.0} ms run, {:.0} ms comparison{}",
        t.setup_ms,
        t.run_ms,
        t.comparison_ms,
        t.peak_memory_bytes.map(|b| format!(", {} MiB peak", b >> 20)).unwrap_or_default()
    );
    let _ = writeln!(text, "  digest {}\n", summary.digest.as_deref().unwrap_or("-"));
    whatif_comparison::ranking(&mut text, summary);
    for failed in summary.failed.iter().take(NAMED) {
        let _ = writeln!(text, "  failed: {} `{}`: {}", failed.id, failed.name, failed.reason);
    }
    if counts.failed > NAMED {
        let _ = writeln!(text, "  ... and {} more that failed", counts.failed - NAMED);
    }
    whatif_comparison::honesty(&mut text, summary);
    let _ = writeln!(text, "\n  (the first account of each branch; * baseline `{}`)", summary.baseline);
    summary.walk_forward.iter().for_each(|w| text.push_str(&walk::render(w)));
    let _ = writeln!(text, "  {}", folder.display());
    text
}
