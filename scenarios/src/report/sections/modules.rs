//! Modules and what they cost.

use serde_json::Value;

use super::{
    super::{
        format::{Kind, UNDEFINED, bytes, fixed, number},
        model::RunData,
        plots::absent,
        summary::text_of,
    },
    Cell, sortable,
};

/// The module section of one run.
pub(in super::super) fn modules(run: &RunData) -> String {
    let Some(Value::Array(items)) = run.summary.get(&["modules"]) else {
        return absent("The summary lists no modules.");
    };
    if items.is_empty() {
        return absent("The run had no modules.");
    }
    let total: f64 = items.iter().filter_map(|m| m.get("ns_per_step").and_then(Value::as_f64)).sum();
    let rows: Vec<Vec<Cell>> = items
        .iter()
        .map(|module| {
            let get = |key: &str| module.get(key).filter(|v| !v.is_null());
            let text = |key: &str| get(key).map_or_else(|| UNDEFINED.to_owned(), text_of);
            let enabled = match get("enabled").and_then(Value::as_bool) {
                Some(true) => "yes".to_owned(),
                Some(false) => "no".to_owned(),
                None => text("enabled"),
            };
            let systems = match get("systems") {
                Some(Value::Array(names)) => (Some(names.len() as f64), fixed(names.len() as f64, 0)),
                _ => (get("systems").and_then(Value::as_f64), text("systems")),
            };
            let ns = get("ns_per_step").and_then(Value::as_f64);
            let share = ns.filter(|_| total > 0.0).map(|ns| ns / total);
            let memory = get("memory_bytes").and_then(Value::as_f64);
            let name = if module.is_object() { text("name") } else { text_of(module) };
            vec![
                Cell::text(&name),
                Cell::text(&enabled),
                Cell::number(systems.0, &systems.1),
                Cell::number(ns, &number(ns, Kind::Plain)),
                Cell::number(share, &number(share, Kind::Percent)),
                Cell::number(memory, &memory.map_or_else(|| UNDEFINED.to_owned(), bytes)),
            ]
        })
        .collect();
    let columns = [
        ("Module", false),
        ("Enabled", false),
        ("Systems", true),
        ("ns per step", true),
        ("Share", true),
        ("Memory", true),
    ];
    sortable("Modules and their cost", &columns, &rows)
}
