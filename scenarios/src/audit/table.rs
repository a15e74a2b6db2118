//! The report of an audit as text: a table, then what was found.

use std::fmt;

use super::report::{AuditReport, CheckReport, Verdict, WarmUpNeed};

impl fmt::Display for AuditReport {
    /// The report as text of several lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Passed => "passed".to_owned(),
            Verdict::Stopped => "STOPPED: not all checks were made".to_owned(),
            Verdict::Failed => format!("{} FOUND", self.findings().count()),
        };
        let AuditReport { name, from, to, steps, events, seed, digest, tolerance, .. } = self;
        writeln!(f, "audit of {name} ({verdict})")?;
        writeln!(f, "  {from} .. {to}, {steps} steps, {events} events, digest {digest}")?;
        writeln!(f, "  seed of the audit {seed}, tolerance of warm-up and accounting {tolerance:e}\n")?;
        writeln!(
            f,
            "  {:<12} {:<8} {:>5} {:>12} {:>12} {:>8}  done",
            "check", "verdict", "runs", "steps rerun", "comparisons", "seconds"
        )?;
        for check in &self.checks {
            row(f, check)?;
        }
        for check in &self.checks {
            details(f, check)?;
        }
        Ok(())
    }
}

fn row(f: &mut fmt::Formatter<'_>, check: &CheckReport) -> fmt::Result {
    let verdict = match check.verdict {
        Verdict::Passed => "passed".to_owned(),
        Verdict::Stopped => "stopped".to_owned(),
        Verdict::Failed => format!("{} FOUND", check.findings.len()),
    };
    writeln!(
        f,
        "  {:<12} {:<8} {:>5} {:>12} {:>12} {:>8.2}  {}",
        check.check.name(),
        verdict,
        check.runs,
        check.steps_rerun,
        check.comparisons,
        check.seconds,
        check.done
    )
}

fn details(f: &mut fmt::Formatter<'_>, check: &CheckReport) -> fmt::Result {
    if check.findings.is_empty() && check.notes.is_empty() && check.warm_up.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n  {}", check.check.name())?;
    for finding in &check.findings {
        writeln!(f, "  - {finding}")?;
    }
    for note in &check.notes {
        writeln!(f, "  note: {note}")?;
    }
    if check.warm_up.is_empty() { Ok(()) } else { warm_up(f, &check.warm_up) }
}

fn warm_up(f: &mut fmt::Formatter<'_>, needs: &[WarmUpNeed]) -> fmt::Result {
    let widest = needs.iter().map(|need| need.name.len()).max().unwrap_or(0).max(4);
    writeln!(f, "    {:<8} {:<widest$} {:>10} {:>10} {:>10}", "", "name", "declared", "needed", "watched")?;
    for need in needs {
        let needed = match need.needed_bars {
            _ if !need.seen => "no value".to_owned(),
            Some(bars) => bars.to_string(),
            None => "more".to_owned(),
        };
        let WarmUpNeed { kind, name, declared_bars, watched_bars, .. } = need;
        writeln!(f, "    {kind:<8} {name:<widest$} {declared_bars:>10} {needed:>10} {watched_bars:>10}")?;
    }
    Ok(())
}
