//! What an audit has found.

use serde::Serialize;

use super::finding::Finding;
use super::settings::Check;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing was found.
    Passed,
    /// Something was found.
    Failed,
    /// It was stopped before it was done, or before it began; what had been found by then is lost.
    Stopped,
}

/// What a feature or model needs, and what it says that it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WarmUpNeed {
    /// `feature` or `model`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Bars after which it says that it can be relied on.
    pub declared_bars: u64,
    /// Bars after which it had a value and agreed with a run that had begun earlier, for every symbol and beginning; null if
    /// it did not within the bars that were watched. What is masked for longer than declared is no finding.
    pub needed_bars: Option<u64>,
    /// Bars that were watched.
    pub watched_bars: u64,
    /// Whether it ever had a value while it was watched, so that the figure means something.
    pub seen: bool,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckReport {
    /// Which.
    pub check: Check,
    /// How it came out.
    pub verdict: Verdict,
    /// What was done.
    pub done: String,
    /// Runs, whole or in part.
    pub runs: u64,
    /// Steps that were rerun for it, those of the search for what was found included.
    pub steps_rerun: u64,
    /// Comparisons: of all state (causality, determinism, fork), of values (warm-up), of equations (accounting).
    pub comparisons: u64,
    /// Wall time.
    pub seconds: f64,
    /// What was found.
    pub findings: Vec<Finding>,
    /// Warm-up alone: every feature and model.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warm_up: Vec<WarmUpNeed>,
    /// What the check could not do.
    pub notes: Vec<String>,
}

/// What a check brings in, before it is known how long it took.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub done: String,
    pub runs: u64,
    pub comparisons: u64,
    pub findings: Vec<Finding>,
    pub warm_up: Vec<WarmUpNeed>,
    pub notes: Vec<String>,
}

impl CheckReport {
    pub(super) fn of(check: Check, outcome: Outcome, steps_rerun: u64, seconds: f64) -> Self {
        let Outcome { done, runs, comparisons, findings, warm_up, notes } = outcome;
        let verdict = if findings.is_empty() { Verdict::Passed } else { Verdict::Failed };
        Self { check, verdict, done, runs, steps_rerun, comparisons, seconds, findings, warm_up, notes }
    }

    pub(super) fn stopped(check: Check, steps_rerun: u64, seconds: f64) -> Self {
        let outcome = Outcome { done: "stopped before it was done".to_owned(), ..Outcome::default() };
        Self { verdict: Verdict::Stopped, ..Self::of(check, outcome, steps_rerun, seconds) }
    }
}

/// What an audit has found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditReport {
    /// Name of the scenario.
    pub name: String,
    /// Version of the program.
    pub version: &'static str,
    /// Digest of the resolved scenario.
    pub scenario_digest: String,
    /// Digest of the state at the end of the run.
    pub digest: String,
    /// Seed of what the audit drew.
    pub seed: u64,
    /// Time of the first step, ISO 8601 UTC.
    pub from: String,
    /// Time of the last step.
    pub to: String,
    /// Steps of the run.
    pub steps: u64,
    /// Market events of the run.
    pub events: u64,
    /// Relative tolerance of warm-up and accounting.
    pub tolerance: f64,
    /// How it came out: the worst of all checks.
    pub verdict: Verdict,
    /// The checks that were asked for.
    pub checks: Vec<CheckReport>,
}

impl AuditReport {
    /// Whether every check that was asked for was made, and nothing was found.
    pub fn passed(&self) -> bool {
        self.verdict == Verdict::Passed
    }

    /// All findings.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.checks.iter().flat_map(|check| &check.findings)
    }

    /// A check, if it was asked for.
    pub fn check(&self, check: Check) -> Option<&CheckReport> {
        self.checks.iter().find(|c| c.check == check)
    }

    /// As JSON with two-space indents and a final newline.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.unwrap_or_else(|e| format!("{{\"error\": \"{e}\"}}")) + "\n"
    }
}

impl Verdict {
    /// The worst of several: something found, then something not done.
    pub(super) fn worst(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts.into_iter().fold(Self::Passed, |worst, verdict| match (worst, verdict) {
            (Self::Failed, _) | (_, Self::Failed) => Self::Failed,
            (Self::Stopped, _) | (_, Self::Stopped) => Self::Stopped,
            _ => Self::Passed,
        })
    }
}
