//! Run facts: how the run ended, what it read, how long it took; and the figures at the head of the page.

use serde_json::Value;

use super::super::{
    format::{Kind, UNDEFINED, bytes, duration_ms, escape, fixed, number, signed_percent, span, time},
    lanes,
    model::RunData,
    summary::{Status, Summary, text_of},
};

/// A conspicuous mark on a run that is not complete; nothing on one that is.
pub(in super::super) fn banner(run: &RunData, label: &str) -> String {
    let (word, text) = match &run.summary.status {
        Status::Complete => return String::new(),
        Status::Interrupted => {
            ("INTERRUPTED", "The run was stopped before its end: everything below is partial.")
        }
        Status::Failed => {
            ("FAILED", "The run ended with an error: everything below is what it wrote before.")
        }
        Status::Other(_) => ("STATUS UNKNOWN", "The summary does not say that the run is complete."),
    };
    let error = run
        .summary
        .get(&["error"])
        .map_or_else(String::new, |e| format!(" <code>{}</code>", escape(&text_of(e))));
    format!(
        "<div class=\"banner\" role=\"alert\"><strong>\u{26a0} {word}</strong> <span>{}: {text}{error}</span></div>",
        escape(label)
    )
}

/// Five figures of the first (or best) account.
pub(in super::super) fn tiles(run: &RunData) -> String {
    let accounts = &run.summary.accounts;
    let many = accounts.len() > lanes::DRAWN_AT_MOST;
    let index = if many { lanes::ranking(accounts).first().copied().unwrap_or(0) } else { 0 };
    let Some(account) = accounts.get(index) else { return String::new() };
    let total = account.metric("total_return");
    let figures = [
        ("Total return", total.map_or_else(|| UNDEFINED.to_owned(), |v| signed_percent(v, 2))),
        ("CAGR", number(account.metric("cagr"), Kind::Percent)),
        ("Sharpe", number(account.metric("sharpe"), Kind::Ratio)),
        ("Max drawdown", number(account.metric("max_drawdown"), Kind::Percent)),
        ("Trades", number(account.metric("trades"), Kind::Count)),
    ];
    let mut out = String::new();
    if accounts.len() > 1 {
        let which = if many { "Best of" } else { "First of" };
        out = format!(
            "<p class=\"which\">{which} {} accounts: <strong>{}</strong></p>",
            fixed(accounts.len() as f64, 0),
            escape(&account.name)
        );
    }
    out.push_str("<dl class=\"tiles\">");
    for (name, value) in figures {
        out.push_str(&format!("<div><dt>{name}</dt><dd>{value}</dd></div>"));
    }
    out.push_str("</dl>");
    out
}

/// A time of the summary: ns as an integer, or text.
fn moment(value: Option<&Value>) -> (String, Option<i64>) {
    match value {
        Some(value) => match value.as_i64() {
            Some(ns) => (time(ns), Some(ns)),
            None => {
                let text = text_of(value);
                let parsed = text.parse::<jiff::Timestamp>().ok();
                let ns = parsed.and_then(|t| i64::try_from(t.as_nanosecond()).ok());
                (ns.map_or(text, time), ns)
            }
        },
        None => (UNDEFINED.to_owned(), None),
    }
}

/// One row per source of market data.
fn sources(summary: &Summary) -> Vec<(String, String)> {
    let Some(Value::Array(list)) = summary.get(&["data", "sources"]) else { return Vec::new() };
    let row = |source: &Value| {
        let text = |key: &str| source.get(key).map_or_else(String::new, text_of);
        let rows = number(source.get("rows").and_then(Value::as_f64), Kind::Count);
        let met = source.get("defects").and_then(Value::as_object);
        let met =
            met.into_iter().flatten().map(|(name, n)| format!(", {} {}", text_of(n), name.replace('_', " ")));
        let value = format!("{} ({}), {rows} rows{}", text("kind"), text("path"), met.collect::<String>());
        (format!("Data of {}", text("symbol")), value)
    };
    list.iter().map(row).collect()
}

/// Name and value (unescaped) of every fact of a run.
fn rows(run: &RunData) -> Vec<(String, String)> {
    let summary: &Summary = &run.summary;
    let text = |path: &[&str]| summary.get(path).map_or_else(|| UNDEFINED.to_owned(), text_of);
    let count = |path: &[&str]| number(summary.number(path), Kind::Count);
    let (from, from_ns) = moment(summary.get(&["from"]));
    let (to, to_ns) = moment(summary.get(&["to"]));
    let length =
        from_ns.zip(to_ns).map_or_else(String::new, |(a, b)| format!(" ({})", span(b.saturating_sub(a))));
    let ms = |key| summary.number(&["timing", key]).map_or_else(|| UNDEFINED.to_owned(), duration_ms);
    let mut out: Vec<(String, String)> = vec![
        ("Status".into(), summary.status.word().to_owned()),
        ("Folder".into(), run.folder.clone()),
        ("Span, UTC".into(), format!("{from} \u{2192} {to}{length}")),
        ("Seed".into(), text(&["seed"])),
        ("State digest".into(), text(&["digest"])),
        ("Steps".into(), count(&["steps"])),
        ("Events".into(), count(&["events"])),
        ("Data rows".into(), count(&["data", "rows"])),
        ("Data defects".into(), defects(summary)),
        ("Setup".into(), ms("setup_ms")),
        ("Run".into(), ms("run_ms")),
        ("Steps a second".into(), count(&["timing", "steps_per_s"])),
        ("Events a second".into(), count(&["timing", "events_per_s"])),
        (
            "Peak memory".into(),
            summary.number(&["timing", "peak_memory_bytes"]).map_or_else(|| UNDEFINED.to_owned(), bytes),
        ),
    ];
    out.extend(sources(summary));
    let interventions = summary.interventions();
    // A fact stands once under its name: what happens at one time is one of them.
    for together in interventions.chunk_by(|a, b| a.at == b.at) {
        let words: Vec<String> = together.iter().map(|i| i.words()).collect();
        out.push((format!("Intervention {}", time(together[0].at)), words.join("; ")));
    }
    const SHOWN: [&str; 15] = [
        "interventions",
        "name",
        "error",
        "status",
        "seed",
        "digest",
        "from",
        "to",
        "steps",
        "events",
        "data",
        "timing",
        "accounts",
        "modules",
        "conventions",
    ];
    let empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    let more = summary.raw.iter().filter(|(key, value)| !SHOWN.contains(&key.as_str()) && !empty(value));
    for (key, value) in more {
        out.push((key.replace('_', " "), text_of(value)));
    }
    for (section, known) in [
        ("data", ["rows", "defects", "sources"].as_slice()),
        ("timing", &["setup_ms", "run_ms", "steps_per_s", "events_per_s", "peak_memory_bytes"]),
    ] {
        if let Some(Value::Object(map)) = summary.get(&[section]) {
            for (key, value) in map.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
                out.push((format!("{section}: {}", key.replace('_', " ")), text_of(value)));
            }
        }
    }
    if !run.missing.is_empty() {
        out.push(("Not in the folder".into(), run.missing.join(", ")));
    }
    out
}

fn defects(summary: &Summary) -> String {
    match summary.get(&["data", "defects"]) {
        None => UNDEFINED.to_owned(),
        Some(Value::Object(map)) => {
            let met: Vec<String> = map
                .iter()
                .filter(|(_, v)| v.as_f64() != Some(0.0))
                .map(|(kind, v)| {
                    let count = v.as_f64().map_or_else(|| text_of(v), |n| fixed(n, 0));
                    format!("{} {count}", kind.replace('_', " "))
                })
                .collect();
            if met.is_empty() { "none".to_owned() } else { met.join(", ") }
        }
        Some(other) => text_of(other),
    }
}

/// The facts table: one column a run.
pub(in super::super) fn facts(runs: &[(&RunData, String)]) -> String {
    let columns: Vec<Vec<(String, String)>> = runs.iter().map(|(run, _)| rows(run)).collect();
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in columns.iter().flatten() {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    // One run: two short tables beside each other. Several: one table, a column a run.
    let half = if runs.len() == 1 { names.len().div_ceil(2) } else { names.len() };
    let mut out =
        String::from(if runs.len() == 1 { "<div class=\"groups half\">" } else { "<div class=\"scroll\">" });
    for part in names.chunks(half.max(1)) {
        out.push_str("<table class=\"facts\"><caption>Run facts</caption>");
        if runs.len() > 1 {
            out.push_str("<thead><tr><th scope=\"col\">Run</th>");
            for (_, label) in runs {
                out.push_str(&format!("<th scope=\"col\">{}</th>", escape(label)));
            }
            out.push_str("</tr></thead>");
        }
        out.push_str("<tbody>");
        for name in part {
            out.push_str(&format!("<tr><th scope=\"row\">{}</th>", escape(name)));
            for (column, (run, _)) in columns.iter().zip(runs) {
                let value = column.iter().find(|(n, _)| n == name).map_or(UNDEFINED, |(_, v)| v.as_str());
                let bad = *name == "Status" && run.summary.status != Status::Complete;
                let (open, close) =
                    if bad { ("<strong class=\"bad\">\u{26a0} ", "</strong>") } else { ("", "") };
                out.push_str(&format!("<td>{open}{}{close}</td>", escape(value)));
            }
            out.push_str("</tr>");
        }
        out.push_str("</tbody></table>");
    }
    out.push_str("</div>");
    out
}
