//! Values from the command line.

use super::GOOD;
use crate::scenario::{Environment, Loaded, Loader, Overrides, ScenarioError};

fn load(overrides: Overrides) -> Result<Loaded, ScenarioError> {
    let loader = Loader::default().environment(Environment::fixed([])).files_must_exist(false);
    loader.overrides(overrides).load_text("test.ron", GOOD)
}

#[test]
fn flags_change_what_the_file_says() {
    let s = load(Overrides {
        set: [
            "accounts[0].cash=5",
            "accounts.base.policy.entry = 0.7",
            "symbols.ETHUSDT.tick_size=0.5",
            "clock=Bar(\"1h\")",
            "record.equity=Step",
            "venues.binance.latency=Constant(ms: 3)",
            "orchestrator.modules.market_analysis.window=9",
        ]
        .map(str::to_owned)
        .to_vec(),
        seed: Some(u64::MAX),
        from: Some("2024-01-01".to_owned()),
        to: Some("1735689600000000000".to_owned()),
    })
    .unwrap()
    .scenario;
    assert_eq!((s.accounts[0].cash, s.accounts[0].policy.entry), (5.0, 0.7));
    assert_eq!(s.symbols[1].tick_size.value(), 0.5);
    assert_eq!(format!("{:?} {:?}", s.clock, s.record.equity), "Bar(Frame(3600000000000)) Step");
    assert_eq!(s.orchestrator.modules()[0].settings.text(), "(window: 9)");
    assert_eq!(s.seed, u64::MAX);
    assert_eq!(s.from.unwrap().to_string(), "2024-01-01T00:00:00Z");
    assert_eq!(s.to.unwrap().to_string(), "2025-01-01T00:00:00Z");
}

#[test]
fn wrong_flags_are_shown_as_they_were_given() {
    for (flag, path, parts) in [
        ("accounts[0].cash=-5", "accounts[0].cash", ["--set:1:18", "not a number above 0"]),
        ("accounts.base.csah=5", "accounts.base.csah", ["--set:1:1", "did you mean `cash`?"]),
        ("accounts.bse.cash=5", "accounts.bse.cash", ["`bse` leads nowhere", "did you mean `base`?"]),
        ("accounts[3].cash=5", "accounts[3].cash", ["`[3]` leads nowhere", "[0]"]),
        ("seed", "", ["there is no `=`", "--set:1:1"]),
        ("seed=(1", "seed", ["never closed", "--set:1:6"]),
        ("seed=x", "seed", ["a whole number from 0", "--set:1:6"]),
        ("sed=1", "sed", ["unknown field `sed`", "did you mean `seed`?"]),
    ] {
        let e = load(Overrides::set([flag])).unwrap_err();
        assert_eq!(e.diagnostics().len(), 1, "{flag}: {e}");
        let by_place = path.replace("accounts.base", "accounts[0]");
        assert_eq!(e.diagnostics()[0].path, by_place, "{flag}: {e}");
        for part in parts {
            assert!(e.to_string().contains(part), "{flag}: {part}: {e}");
        }
    }
    let e = load(Overrides { from: Some("never".to_owned()), ..Overrides::default() }).unwrap_err();
    assert!(e.to_string().starts_with("--from:1:6: from: `never` is not a time"), "{e}");
}
