//! The question: what was varied, what was shared, how it ended.

use super::super::format::{Kind, UNDEFINED, bytes, duration_ms, escape, fixed, number, shorten, time};
use super::super::sections::metric;
use super::super::summary::{Status, text_of};
use super::data::{PlanData, Read as _};

/// A conspicuous mark on a plan that is not complete.
pub(super) fn banner(plan: &PlanData) -> String {
    let (word, text) = match &plan.status {
        Status::Complete => return String::new(),
        Status::Interrupted => ("INTERRUPTED", "not all branches have ended; `--resume` goes on"),
        Status::Failed => ("FAILED", "results could not be stored: what is below is partial"),
        Status::Other(_) => ("STATUS UNKNOWN", "the summary does not say that the plan is complete"),
    };
    let error = plan.text(&["error"]);
    format!(
        "<div class=\"banner\" role=\"alert\"><strong>\u{26a0} {word}</strong> <span>{text}{}</span></div>",
        if error.is_empty() { String::new() } else { format!(": <code>{}</code>", escape(&error)) }
    )
}

/// The figures at the head of the page.
pub(super) fn tiles(plan: &PlanData) -> String {
    let sort = plan.text(&["sort"]);
    let ranked = metric(&sort);
    let best = plan.get(&["best"]).and_then(|b| b.get(0));
    let value = best.and_then(|b| b.get("value")?.as_f64());
    let label = plan.comparison.as_ref().map_or_else(|| ranked.label.clone(), |c| c.label(&sort));
    let mut figures = vec![
        ("Branches".to_owned(), count(plan.number(&["branches", "total"]))),
        (format!("Best {label}"), number(value, ranked.kind)),
    ];
    if let Some(comparison) = &plan.comparison {
        let baseline = comparison.branches.iter().find(|b| b.id == comparison.baseline);
        let baseline = baseline.and_then(|b| comparison.metric(b, &sort).value);
        figures.push((format!("Baseline {label}"), number(baseline, ranked.kind)));
        let over = &comparison.overfitting;
        let deflated = over.deflated_sharpe.as_ref().and_then(|d| d.deflated);
        figures.push(("Deflated Sharpe".into(), number(deflated, Kind::Percent)));
        figures.push(("PBO".into(), number(over.pbo.as_ref().map(|p| p.pbo), Kind::Percent)));
    }
    let mut out = String::new();
    if let Some(name) = best.and_then(|b| b.get("name")) {
        out = format!(
            "<p class=\"which\">Best of the plan by {}: <strong>{}</strong></p>",
            escape(&ranked.label),
            escape(&text_of(name))
        );
    }
    out.push_str("<dl class=\"tiles\">");
    for (name, value) in figures {
        out.push_str(&format!("<div><dt>{}</dt><dd>{value}</dd></div>", escape(&name)));
    }
    out.push_str("</dl>");
    out
}

pub(super) fn count(value: Option<f64>) -> String {
    number(value, Kind::Count)
}

/// The facts of a plan.
pub(super) fn facts(plan: &PlanData) -> String {
    let mut rows: Vec<(&str, String)> = Vec::new();
    let or = |text: String| if text.is_empty() { UNDEFINED.to_owned() } else { text };
    let total = plan.number(&["branches", "total"]);
    let failed = plan.number(&["branches", "failed"]).unwrap_or(0.0);
    let mut branches =
        format!("{}, {} ran to their end", count(total), count(plan.number(&["branches", "complete"])));
    if failed > 0.0 {
        branches.push_str(&format!(", {} failed", count(Some(failed))));
    }
    rows.push(("Base scenario", or(base(plan))));
    rows.push(("Branches", branches));
    rows.push(("Baseline", or(plan.text(&["baseline"]))));
    let sort = plan.text(&["sort"]);
    let label = plan.comparison.as_ref().map_or_else(|| metric(&sort).label, |c| c.label(&sort));
    rows.push(("Ranked by", label));
    if let Some(c) = &plan.comparison {
        let s = &c.sample;
        let thinned =
            if s.thinned > 1 { format!(" of {} recorded periods each", s.thinned) } else { String::new() };
        rows.push((
            "Returns compared",
            format!(
                "{} a branch{thinned}, {} \u{2192} {} UTC; {}",
                count(Some(s.periods as f64)),
                time(s.from),
                time(s.to),
                s.conventions
            ),
        ));
        let block =
            s.bootstrap.block_length.map_or("automatic length".to_owned(), |b| format!("mean length {b}"));
        rows.push((
            "Intervals",
            format!(
                "{}%, {} paired resamples in blocks of {block}: every branch by the same blocks",
                fixed(100.0 * s.bootstrap.confidence, 0),
                count(Some(s.bootstrap.resamples as f64)),
            ),
        ));
    }
    rows.push(("Status", plan.status.word().to_owned()));
    let timing = |key| plan.number(&["timing", key]);
    let (events, alone) = (timing("events").unwrap_or(0.0), timing("alone_events").unwrap_or(0.0));
    let ratio = if events > 0.0 { format!(": {} to 1", fixed(alone / events, 1)) } else { String::new() };
    rows.push((
        "Shared",
        format!(
            "{} worlds and forks; {} market events instead of {} one by one{ratio}",
            count(timing("worlds")),
            count(Some(events)),
            count(Some(alone)),
        ),
    ));
    let ms = |key| timing(key).map_or_else(|| UNDEFINED.to_owned(), duration_ms);
    rows.push(("Time", format!("{} setup, {} run", ms("setup_ms"), ms("run_ms"))));
    rows.push(("Peak memory", timing("peak_memory_bytes").map_or_else(|| UNDEFINED.to_owned(), bytes)));
    rows.push(("Digest of all results", or(plan.text(&["digest"]))));
    rows.push(("Folder", plan.folder.clone()));
    if let Some(list) = plan.get(&["warnings"]).and_then(|w| w.as_array()) {
        rows.extend(list.iter().map(|w| ("Warning", text_of(w))));
    }
    rows.extend(plan.comparison.iter().flat_map(|c| &c.notes).map(|note| ("Note", note.clone())));
    let mut out = String::from("<div class=\"groups half\">");
    for part in rows.chunks(rows.len().div_ceil(2).max(1)) {
        out.push_str("<table class=\"facts\"><caption>Facts</caption><tbody>");
        for (name, value) in part {
            out.push_str(&format!(
                "<tr><th scope=\"row\">{name}</th><td>{}</td></tr>",
                escape(&shorten(value, 600))
            ));
        }
        out.push_str("</tbody></table>");
    }
    out.push_str("</div>");
    out
}

/// The scenario that the plan names, as it is written.
fn base(plan: &PlanData) -> String {
    let text = plan.text.as_deref().unwrap_or_default();
    let code =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let after = code.split_once("base:").map(|(_, rest)| rest.trim_start());
    after.and_then(|rest| Some(rest.strip_prefix('"')?.split_once('"')?.0.to_owned())).unwrap_or_default()
}
