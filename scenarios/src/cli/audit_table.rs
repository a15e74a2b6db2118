//! The report of an audit as text.

use std::fmt::Write as _;

use crate::audit::{AuditReport, CheckReport, Verdict, WarmUpNeed};

/// The report as text.
pub(super) fn render(report: &AuditReport) -> String {
    let mut text = String::new();
    let verdict = match report.verdict {
        Verdict::Passed => "passed".to_owned(),
        Verdict::Stopped => "STOPPED: not all checks were made".to_owned(),
        Verdict::Failed => format!("{} FOUND", report.findings().count()),
    };
    let AuditReport { name, from, to, steps, events, seed, digest, tolerance, .. } = report;
    let _ = writeln!(text, "audit of {name} ({verdict})");
    let _ = writeln!(text, "  {from} .. {to}, {steps} steps, {events} events, digest {digest}");
    let _ = writeln!(text, "  seed of the audit {seed}, tolerance of warm-up and accounting {tolerance:e}\n");
    let _ = writeln!(
        text,
        "  {:<12} {:<8} {:>5} {:>12} {:>12} {:>8}  done",
        "check", "verdict", "runs", "steps rerun", "comparisons", "seconds"
    );
    for check in &report.checks {
        row(&mut text, check);
    }
    for check in &report.checks {
        details(&mut text, check);
    }
    text
}

fn row(text: &mut String, check: &CheckReport) {
    let verdict = match check.verdict {
        Verdict::Passed => "passed".to_owned(),
        Verdict::Stopped => "stopped".to_owned(),
        Verdict::Failed => format!("{} FOUND", check.findings.len()),
    };
    let _ = writeln!(
        text,
        "  {:<12} {:<8} {:>5} {:>12} {:>12} {:>8.2}  {}",
        check.check.name(),
        verdict,
        check.runs,
        check.steps_rerun,
        check.comparisons,
        check.seconds,
        check.done
    );
}

fn details(text: &mut String, check: &CheckReport) {
    if check.findings.is_empty() && check.notes.is_empty() && check.warm_up.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n  {}", check.check.name());
    for finding in &check.findings {
        let _ = writeln!(text, "  - {finding}");
    }
    for note in &check.notes {
        let _ = writeln!(text, "  note: {note}");
    }
    if !check.warm_up.is_empty() {
        warm_up(text, &check.warm_up);
    }
}

fn warm_up(text: &mut String, needs: &[WarmUpNeed]) {
    let widest = needs.iter().map(|need| need.name.len()).max().unwrap_or(0).max(4);
    let _ = writeln!(
        text,
        "    {:<8} {:<widest$} {:>10} {:>10} {:>10}",
        "", "name", "declared", "needed", "watched"
    );
    for need in needs {
        let needed = match need.needed_bars {
            _ if !need.seen => "no value".to_owned(),
            Some(bars) => bars.to_string(),
            None => "more".to_owned(),
        };
        let WarmUpNeed { kind, name, declared_bars, watched_bars, .. } = need;
        let _ = writeln!(
            text,
            "    {kind:<8} {name:<widest$} {declared_bars:>10} {needed:>10} {watched_bars:>10}"
        );
    }
}
