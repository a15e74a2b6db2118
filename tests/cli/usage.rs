//! Words on the command line.

use manyworlds_tests::program::Sandbox;

use super::tiny;

#[test]
fn help_and_version_go_to_stdout() {
    let sandbox = Sandbox::new();
    let help = sandbox.run(["--help"]).ok();
    for word in [
        "audit",
        "backtest",
        "check",
        "compare",
        "import",
        "modules",
        "report",
        "Exit codes: 0 ok, 1",
        "130 interrupted",
    ] {
        assert!(help.contains(word), "{word}: {help}");
    }
    let help = sandbox.run(["backtest", "--help"]).ok();
    for flag in ["--set", "--seed", "--threads", "--out", "--json", "--quiet", "--verbose", "--from", "--to"]
    {
        assert!(help.contains(flag), "{flag}: {help}");
    }
    assert_eq!(sandbox.run(["--version"]).ok(), format!("manyworlds {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn unknown_words_are_bad_usage() {
    let sandbox = tiny();
    sandbox.run(["bcktest", "tiny.ron"]).fails(2, &["`bcktest`".replace('`', "'"), "'backtest'".to_owned()]);
    sandbox.run(["backtest", "tiny.ron", "--sead", "3"]).fails(2, &["'--sead'", "'--seed'"]);
    sandbox.run(["backtest"]).fails(2, &["<SCENARIO>"]);
    sandbox.run(["backtest", "tiny.ron", "--seed", "x"]).fails(2, &["'x'", "--seed"]);
    sandbox.run(["backtest", "tiny.ron", "--threads", "0"]).fails(2, &["--threads 0", "at least one"]);
    let nothing: [&str; 0] = [];
    assert_eq!(sandbox.run(nothing).code, Some(2));
}

#[test]
fn overrides_that_lead_nowhere_show_the_flag_and_what_is_there() {
    let sandbox = tiny();
    let set = |value: &str| sandbox.run(["check", "tiny.ron", "--set", value]);
    set("acounts.base.cash=3").fails(2, &["--set", "`acounts`", "did you mean `accounts`?"]);
    set("accounts.bse.cash=3").fails(2, &["--set", "`bse` leads nowhere", "did you mean `base`?"]);
    set("accounts.base.csh=3").fails(2, &["--set", "`csh`", "did you mean `cash`?"]);
    set("accounts[4].cash=3").fails(2, &["--set", "leads nowhere"]);
    set("seed").fails(2, &["--set", "there is no `=`"]);
    set("seed=(").fails(2, &["--set:1:6", "never closed"]);
    set("seed=often").fails(2, &["--set", "seed", "expected a whole number", "often"]);
}

#[test]
fn times_are_read_and_wrong_ones_refused() {
    let sandbox = tiny();
    sandbox
        .run(["check", "tiny.ron", "--from", "yesterday"])
        .fails(2, &["--from", "`yesterday` is not a time", "2023-01-01"]);
    let swapped = ["check", "tiny.ron", "--from", "2024-01-02", "--to", "2024-01-01"];
    sandbox.run(swapped).fails(2, &["--to", "is not after the beginning", "swap"]);
    let text = sandbox.run(["check", "tiny.ron", "--to", "1704153600000000000"]).ok();
    assert!(text.contains("to: \"2024-01-02T00:00:00Z\""), "{text}");
}
