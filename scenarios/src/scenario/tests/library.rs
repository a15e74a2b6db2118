//! The scenarios that come along all load without a warning.

use std::path::Path;

use crate::plan::{ExpandOptions, PlanFile};
use crate::run::Setup;
use crate::scenario::{Environment, Loader};

#[test]
fn every_scenario_of_the_library_loads() {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("library");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&library).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("// "), "{} says what it shows", path.display());
        let loader = Loader::default()
            .files_must_exist(false)
            .environment(Environment::fixed([("MANYWORLDS_DATA", "/data")]));
        let loaded = loader.load(&path).unwrap_or_else(|e| panic!("{}", e.report(false, 120)));
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        assert_eq!(loaded.scenario.name, path.file_stem().unwrap().to_str().unwrap());
        names.push(loaded.scenario.name);
    }
    for name in ["quickstart", "btc_eth_basic", "bracket_orders", "margin_short", "three_venues"] {
        assert!(names.iter().any(|n| n == name), "{name}");
    }
}

#[test]
fn every_plan_of_the_library_makes_branches() {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("library/plans");
    for entry in std::fs::read_dir(&library).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("// "), "{} says what it shows", path.display());
        let plan = PlanFile::load(&path).unwrap_or_else(|e| panic!("{}", e.report(false, 120)));
        let expanded = plan.expand(&Setup::default(), &ExpandOptions::default());
        let expanded = expanded.unwrap_or_else(|e| panic!("{}", e.report(false, 120)));
        assert!(expanded.branches.len() > 1 && expanded.warnings.is_empty(), "{:?}", expanded.warnings);
        for branch in &expanded.branches {
            assert!(branch.scenario.is_ok(), "{}: {:?}", branch.name, branch.scenario);
        }
    }
}

#[test]
fn the_quickstart_needs_no_data() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("library/quickstart.ron");
    let scenario = Loader::default().environment(Environment::fixed([])).load(path).unwrap().scenario;
    assert!(scenario.symbols.iter().flat_map(|s| &s.data).all(|d| d.paths().is_none()));
}

#[test]
fn files_of_the_library_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = std::env::var("MANYWORLDS_DATA").map_or_else(|_| root.join("../../shared/data"), Into::into);
    if !data.is_dir() {
        println!("skipped: no market data at {}", data.display());
        return;
    }
    let data = std::path::absolute(data).unwrap();
    let environment = Environment::fixed([("MANYWORLDS_DATA", data.to_str().unwrap())]);
    for name in ["btc_eth_basic", "cross_sectional_momentum"] {
        let path = root.join("library").join(name).with_extension("ron");
        Loader::default().environment(environment.clone()).load(path).unwrap_or_else(|e| panic!("{e}"));
    }
}
