//! What happens in the branches, which of them failed, and the plan as it is written.

use serde_json::Value;

use super::super::format::{bytes, escape, fixed, shorten};
use super::super::plots::note;
use super::super::sections::{Cell, sortable};
use super::super::summary::text_of;
use super::data::PlanData;

/// Characters of the plan that are shown.
const SHOWN: usize = 60_000;

fn list<'a>(plan: &'a PlanData, key: &str) -> &'a [Value] {
    plan.get(&[key]).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).map_or_else(String::new, text_of)
}

/// What happens to branches at a time; `None` where nothing does.
pub(super) fn actions(plan: &PlanData) -> Option<String> {
    let actions = list(plan, "actions");
    let row = |action: &Value| {
        let names = action.get("branches").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let named: Vec<String> = names.iter().take(3).map(|n| shorten(&text_of(n), 40)).collect();
        let count = action.get("count").and_then(Value::as_f64).unwrap_or(0.0);
        let more = if count > named.len() as f64 { ", \u{2026}" } else { "" };
        vec![
            Cell::text(&text(action, "at").replace('T', " ").replace(":00Z", "").replace('Z', "")),
            Cell::text(&shorten(&text(action, "what"), 160)).titled(&text(action, "what")),
            Cell::number(Some(count), &fixed(count, 0)),
            Cell::text(&format!("{}{more}", named.join(", "))),
        ]
    };
    let columns = [("At, UTC", false), ("What happens", false), ("Branches", true), ("Which", false)];
    let rows: Vec<Vec<Cell>> = actions.iter().map(row).collect();
    (!rows.is_empty()).then(|| sortable("Interventions", &columns, &rows))
}

/// The branches that failed; `None` where none did.
pub(super) fn failed(plan: &PlanData) -> Option<String> {
    let failed = list(plan, "failed");
    let row = |branch: &Value| {
        let reason = text(branch, "reason");
        vec![
            Cell::text(&shorten(&text(branch, "name"), 60)),
            Cell::number(branch.get("id").and_then(Value::as_f64), &text(branch, "id")),
            Cell::text(&shorten(&reason, 300)).titled(&reason),
        ]
    };
    let rows: Vec<Vec<Cell>> = failed.iter().map(row).collect();
    let total = plan.number(&["branches", "failed"]).unwrap_or(0.0);
    let more = if total > rows.len() as f64 {
        note(&format!("The first {} of {}; all in branches.parquet.", rows.len(), fixed(total, 0)))
    } else {
        String::new()
    };
    let columns = [("Branch", false), ("Number", true), ("Why", false)];
    (!rows.is_empty()).then(|| {
        format!("<div class=\"long wrap\">{}</div>{more}", sortable("Failed branches", &columns, &rows))
    })
}

/// The plan's file.
pub(super) fn file(plan: &PlanData) -> Option<String> {
    let text = plan.text.as_ref()?;
    let end = text.char_indices().nth(SHOWN).map_or(text.len(), |(at, _)| at);
    let cut = if end < text.len() {
        note(&format!("Cut here; plan.ron has {}.", bytes(text.len() as f64)))
    } else {
        String::new()
    };
    Some(format!(
        "<details><summary>plan.ron: {} lines</summary><pre tabindex=\"0\"><code>{}</code></pre>{cut}</details>",
        text.lines().count(),
        escape(&text[..end])
    ))
}
