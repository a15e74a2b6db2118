//! Presets as far as this program's modules go, which it asks the program itself: nothing here changes as modules arrive.

use manyworlds::scenario::Preset;
use manyworlds_tests::program::Sandbox;

use super::TINY;

/// The modules of the program, core left out.
fn modules(sandbox: &Sandbox) -> Vec<String> {
    chosen(sandbox, |_| true)
}

/// Those of them that `want` picks by what they say of themselves.
fn chosen(sandbox: &Sandbox, want: impl Fn(&serde_json::Value) -> bool) -> Vec<String> {
    let list = sandbox.run(["modules", "--json"]).json();
    let optional = list.as_array().unwrap().iter().filter(|m| m["core"] == false && want(m));
    optional.map(|m| m["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_preset_loads_what_is_built_says_once_what_is_not_and_is_refused_if_nothing_is() {
    let sandbox = Sandbox::new();
    let known = modules(&sandbox);
    for preset in Preset::ALL {
        let name = preset.name();
        let orchestrator = format!("orchestrator: (type: preset, name: \"{name}\"),\n    models");
        sandbox.write("preset.ron", TINY.replace("models", &orchestrator));
        let (there, missing): (Vec<&str>, Vec<&str>) =
            preset.modules().iter().partition(|m| known.iter().any(|k| k == *m));
        if there.is_empty() && !missing.is_empty() {
            for command in ["check", "backtest"] {
                let parts =
                    ["[preset.ron:8:", "orchestrator.name", "none of its modules is built yet", missing[0]];
                sandbox.run([command, "preset.ron"]).fails(2, &parts);
            }
            continue;
        }
        let finished = sandbox.run(["backtest", "preset.ron", "--out", "out"]);
        // Messages are wrapped to the width of a terminal.
        let words: Vec<&str> = finished.stderr.split_whitespace().filter(|w| *w != "│").collect();
        let told = |what: &str| words.join(" ").matches(what).count();
        assert_eq!(told("not built yet"), usize::from(!missing.is_empty()), "{}", finished.stderr);
        assert_eq!(told("deprecated"), usize::from(preset == Preset::Enhanced), "{}", finished.stderr);
        let text = finished.ok();
        assert!(!text.contains("warning:"), "told once, when it was loaded: {text}");
        let summary = sandbox.json("out/summary.json");
        let warnings: Vec<&str> =
            summary["warnings"].as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect();
        for module in &missing {
            assert_eq!(warnings.iter().filter(|w| w.contains(module)).count(), 1, "{module}: {warnings:?}");
        }
        let loaded: Vec<&str> =
            summary["modules"].as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap()).collect();
        // What reads order books is left out where there are none, and that is said.
        let readers = chosen(&sandbox, |m| m["needs_books"] == true);
        let (left_out, there): (Vec<&str>, Vec<&str>) =
            there.iter().partition(|m| readers.iter().any(|r| r == *m));
        assert!(there.iter().all(|m| loaded.contains(m)), "{loaded:?}");
        assert!(!left_out.iter().any(|m| loaded.contains(m)), "{loaded:?}");
        let said = warnings.iter().filter(|w| w.contains("no order books")).count();
        assert_eq!(said, usize::from(!left_out.is_empty()), "{warnings:?}");
    }
}

#[test]
fn compare_takes_every_preset_that_can_be_loaded() {
    let sandbox = Sandbox::with(&[("tiny.ron", TINY)]);
    let known = modules(&sandbox);
    let loads =
        |p: &Preset| p.modules().is_empty() || p.modules().iter().any(|m| known.iter().any(|k| k == m));
    let mut words =
        vec!["compare", "--scenario", "tiny.ron", "--builds", "1", "--runs", "1", "--json", "tiny.ron"];
    let presets: Vec<&str> = Preset::ALL.iter().filter(|p| loads(p)).map(|p| p.name()).collect();
    words.extend(&presets);
    let finished = sandbox.run(&words);
    let missing =
        Preset::ALL.iter().filter(|p| loads(p) && p.modules().iter().any(|m| !known.iter().any(|k| k == m)));
    assert_eq!(finished.stderr.matches("not built yet").count(), missing.count(), "{}", finished.stderr);
    let comparison = finished.json();
    let setups = comparison["setups"].as_array().unwrap();
    assert_eq!(setups.len(), 1 + presets.len());
    // A preset without modules is the scenario without modules.
    for key in ["digest", "accounts", "memory"] {
        assert_eq!(setups[0][key], setups[1][key], "{key}");
    }
    for preset in Preset::ALL.iter().filter(|p| !loads(p)) {
        sandbox
            .run(["compare", "basic", preset.name()])
            .fails(2, &["none of its modules is built yet", preset.name()]);
    }
}
