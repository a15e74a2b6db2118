//! `check`: everything but the run.

use manyworlds_tests::program::Sandbox;

use super::tiny;

#[test]
fn the_resolved_scenario_is_printed_with_its_defaults_marked() {
    let sandbox = tiny();
    let text = sandbox.run(["check", "tiny.ron"]).ok();
    let line =
        |field: &str| text.lines().find(|l| l.contains(field)).unwrap_or_else(|| panic!("{field}: {text}"));
    assert!(line("clock: Bar(\"1m\")").ends_with("// default"));
    assert!(line("executor: ").ends_with("// default"));
    assert!(!line("taker_bps: 5").contains("// default"));
    assert!(!line("seed: 7").contains("// default"));
    assert!(text.contains("ok: 3000 market events"), "{text}");
    assert_eq!(sandbox.files("."), ["tiny.ron"]);
}

#[test]
fn what_it_prints_is_a_scenario_and_the_same_one() {
    let sandbox = tiny();
    let first = sandbox.run(["check", "tiny.ron", "--seed", "9"]).ok();
    sandbox.write("printed.ron", &first);
    let second = sandbox.run(["check", "printed.ron"]).ok();
    let digest = |text: &str| text.lines().last().unwrap().to_owned();
    assert_eq!(digest(&first), digest(&second));
    assert!(digest(&first).contains("scenario digest"), "{first}");
    assert!(!second.lines().any(|l| l.contains("clock:") && l.contains("// default")));
}

#[test]
fn flags_count_and_quiet_is_quiet() {
    let sandbox = tiny();
    let text =
        sandbox.run(["check", "tiny.ron", "--seed", "9", "--set", "accounts.base.policy.entry=0.7"]).ok();
    assert!(text.contains("seed: 9") && text.contains("entry: 0.7"), "{text}");
    assert_eq!(sandbox.run(["check", "tiny.ron", "--quiet"]).ok(), "");
}

#[test]
fn data_are_read_and_their_defects_told() {
    let sandbox = Sandbox::with(&[("from_file.ron", super::FROM_FILE)]);
    let mut rows = super::files::klines(100, super::files::START_MS, 1);
    rows.drain(40..43);
    sandbox.write("bars.csv", super::files::csv(&rows));
    let text = sandbox.run(["check", "from_file.ron"]).ok();
    assert!(
        text.contains("AAA bars: 97 rows, 2023-01-01T00:01:00Z .. 2023-01-01T01:40:00Z, 3 gap"),
        "{text}"
    );
    sandbox.write("bars.csv", "");
    sandbox.run(["check", "from_file.ron"]).fails(3, &["bars.csv", "no rows"]);
}

#[test]
fn every_scenario_of_the_library_checks() {
    for entry in std::fs::read_dir(super::library("")).unwrap().flatten() {
        if entry.path().is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).unwrap();
        if !text.contains("${MANYWORLDS_DATA}") {
            let path = entry.path();
            Sandbox::new().run(["check", path.to_str().unwrap(), "--quiet"]).ok();
        }
    }
}
