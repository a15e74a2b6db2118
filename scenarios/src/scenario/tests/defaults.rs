//! What `manyworlds check` prints.

use super::GOOD;
use crate::scenario::{Environment, Loader, Overrides, Scenario};

#[test]
fn values_say_where_they_come_from() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("base.ron"), GOOD).unwrap();
    std::fs::write(dir.path().join("child.ron"), "(extends: \"base.ron\", name: \"child\")").unwrap();
    let loader = Loader::default().environment(Environment::fixed([])).overrides(Overrides::set(["seed=5"]));
    let loaded = loader.load(dir.path().join("child.ron")).unwrap();
    let text = loaded.describe_defaults();
    let line = |start: &str| {
        let found = text.lines().find(|l| l.trim_start().starts_with(start));
        found.unwrap_or_else(|| panic!("{start}:\n{text}")).trim().to_owned()
    };
    assert_eq!(line("name: \"child\""), "name: \"child\",");
    assert!(line("seed:").ends_with("// --set"), "{text}");
    assert!(line("clock:").ends_with("// default"), "{text}");
    assert!(line("entry:").ends_with("base.ron:10"), "{text}");
    assert!(line("stop_loss:").ends_with("// default"), "{text}");
    assert!(line("fills:").ends_with("// default"), "{text}");
    // It is still RON, and still the same scenario.
    assert_eq!(Scenario::from_ron(&text).unwrap(), loaded.scenario);
}

#[test]
fn everything_has_a_default_but_fees_and_names() {
    let least = r#"(venues: [(name: "v", fees: ())], symbols: [(symbol: "S", data: [Synthetic()])])"#;
    let s = Scenario::from_ron(least).unwrap();
    let default = Scenario { venues: s.venues.clone(), symbols: s.symbols.clone(), ..Scenario::default() };
    assert_eq!(s, default);
    assert_eq!((s.seed, s.accounts.len(), s.accounts[0].cash), (0, 1, 100_000.0));
    assert_eq!(s.symbols[0].venue, "v");
}
