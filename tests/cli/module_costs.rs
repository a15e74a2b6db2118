//! What a module costs, and that switching it off gives it back, as `summary.json` says; for every module of the program.

use manyworlds_tests::program::Sandbox;
use serde_json::{Value, json};

use super::TINY;

/// The modules of the program, core left out, each with everything that it requires, and whether one of these reads order
/// books.
fn modules(sandbox: &Sandbox) -> Vec<(String, Vec<String>, bool)> {
    let list = sandbox.run(["modules", "--json"]).json();
    let list: Vec<Value> = list.as_array().unwrap().clone();
    let optional = |name: &Value| list.iter().find(|m| m["name"] == *name && m["core"] == false);
    let mut all = Vec::new();
    for module in list.iter().filter(|m| m["core"] == false) {
        let mut with = vec![module["name"].clone()];
        let mut at = 0;
        while let Some(found) = with.get(at).and_then(optional) {
            for required in found["requires"].as_array().unwrap() {
                if optional(required).is_some() && !with.contains(required) {
                    with.push(required.clone());
                }
            }
            at += 1;
        }
        let names: Vec<String> = with.iter().map(|n| n.as_str().unwrap().to_owned()).collect();
        let books = with.iter().filter_map(optional).any(|m| m["needs_books"] == true);
        all.push((names[0].clone(), names, books));
    }
    all
}

#[test]
fn switched_off_a_module_costs_neither_time_nor_memory() {
    let sandbox = Sandbox::new();
    let modules = modules(&sandbox);
    if modules.is_empty() {
        println!("skipped: the program has no modules yet");
    }
    // Some modules do nothing for a symbol that is alone.
    let second = TINY.lines().find(|l| l.contains("AAA")).unwrap().replace("AAA", "BBB");
    let two = TINY.replacen("    ],\n", &format!("{second}\n    ],\n"), 1);
    let book = "(symbol: \"CCC\", venue: \"sim\", data: [SyntheticBook(duration: \"2m\")]),\n    ],\n";
    for (module, needed, books) in modules {
        let two = if books { two.replacen("    ],\n", &format!("        {book}"), 1) } else { two.clone() };
        let orchestrator = format!("orchestrator: (type: configurable, modules: {needed:?}),\n    models");
        let on = two.replacen("models", &orchestrator, 1);
        let off =
            format!("toggles: [(at: \"2024-01-02\", module: \"{module}\", enabled: false)],\n    models");
        sandbox.write("on.ron", &on);
        sandbox.write("off.ron", on.replacen("models:", &format!("{off}:"), 1));
        let summary = |file: &str| sandbox.run(["backtest", file, "--json", "--out", "out"]).json();
        let of = |summary: &Value| {
            let all = summary["modules"].as_array().unwrap();
            all.iter().find(|m| m["name"] == *module).unwrap_or_else(|| panic!("{module}")).clone()
        };
        let (on, off) = (of(&summary("on.ron")), of(&summary("off.ron")));
        assert_eq!(on["enabled"], true);
        assert!(!on["systems"].as_array().unwrap().is_empty(), "{on}");
        assert!(on["ns_per_step"].as_f64().unwrap() > 0.0, "{on}");
        assert!(on["memory_bytes"].as_u64().unwrap() > 0, "{on}");
        let nothing = json!({ "name": module, "enabled": false, "systems": [], "ns_per_step": null, "memory_bytes": 0 });
        assert_eq!(off, nothing);
    }
}
