//! Scenarios that extend others.

use std::path::Path;

use super::GOOD;
use crate::scenario::{Environment, Loader, Scenario};

fn write(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn fields_merge_and_lists_replace() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "base/good.ron", GOOD);
    write(
        dir.path(),
        "child.ron",
        "Scenario(\n extends: \"base/good.ron\",\n name: \"child\",\n combine: (horizon: 5),\n)",
    );
    write(
        dir.path(),
        "grandchild.ron",
        r#"(extends: "${WHERE}", combine: (pool: Log), accounts: [(name: "other")],
            orchestrator: (modules: {"market_analysis": (lag: 1), "cob": ()}))"#,
    );
    let loader = Loader::default().environment(Environment::fixed([("WHERE", "child.ron")]));
    let s = loader.load(dir.path().join("grandchild.ron")).unwrap().scenario;
    assert_eq!((s.name.as_str(), s.combine.horizon, s.symbols.len()), ("child", 5, 2));
    assert_eq!(format!("{:?}", s.combine.pool), "Log");
    assert_eq!(s.accounts.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["other"]);
    let modules = s.orchestrator.modules();
    assert_eq!(modules[0].settings.text(), "(window: 60, lag: 1)");
    assert_eq!(modules[1].name, "cob");
}

#[test]
fn paths_are_relative_to_the_file_that_says_them() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "base/data/bars.csv", "");
    write(dir.path(), "base/good.ron", &GOOD.replacen("Synthetic()", "Bars(path: \"data/bars.csv\")", 1));
    write(dir.path(), "deep/child.ron", "(extends: \"../base/good.ron\")");
    let s = Scenario::load(dir.path().join("deep/child.ron")).unwrap();
    let path = &s.symbols[0].data[0].paths().unwrap().0[0];
    assert_eq!(*path, std::path::absolute(dir.path().join("base/data/bars.csv")).unwrap());
}

#[test]
fn errors_in_a_parent_are_found_there() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "base.ron", &GOOD.replacen("entry: 0.6", "entry: 6.0", 1));
    write(dir.path(), "child.ron", "(\n extends: \"base.ron\",\n seed: true)");
    let e = Scenario::load(dir.path().join("child.ron")).unwrap_err();
    let found: Vec<_> =
        e.diagnostics().iter().map(|d| (d.file().unwrap(), d.line().unwrap(), d.path.as_str())).collect();
    let (base, child) = (dir.path().join("base.ron"), dir.path().join("child.ron"));
    assert_eq!(
        found,
        [(base.to_str().unwrap(), 10, "accounts[0].policy.entry"), (child.to_str().unwrap(), 3, "seed"),]
    );
}

#[test]
fn circles_are_shown() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a.ron", "(\n extends: \"b.ron\")");
    write(dir.path(), "b.ron", "(extends: \"c.ron\")");
    write(dir.path(), "c.ron", "(\n\n extends: \"./b.ron\")");
    let e = Scenario::load(dir.path().join("a.ron")).unwrap_err();
    let d = &e.diagnostics()[0];
    assert_eq!((d.line(), d.path.as_str()), (Some(3), "extends"));
    assert!(d.file().unwrap().ends_with("c.ron"), "{d}");
    let names: Vec<&str> = d.message.split("circle: ").nth(1).unwrap().split(" -> ").collect();
    assert_eq!(names.len(), 3, "{d}");
    for (name, end) in names.iter().zip(["b.ron", "c.ron", "b.ron"]) {
        assert!(name.ends_with(end), "{d}");
    }
}

#[test]
fn a_parent_that_is_not_there_is_named() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "base.ron", GOOD);
    write(dir.path(), "child.ron", "(\n extends: \"bsae.ron\")");
    let e = Scenario::load(dir.path().join("child.ron")).unwrap_err();
    let d = &e.diagnostics()[0];
    assert_eq!((d.line(), d.path.as_str()), (Some(2), "extends"));
    assert!(d.to_string().contains("there is no file") && d.to_string().contains("base.ron`?"), "{d}");
    write(dir.path(), "number.ron", "(extends: 5)");
    let e = Scenario::load(dir.path().join("number.ron")).unwrap_err();
    assert!(e.to_string().contains("expected the path of a scenario"), "{e}");
}
