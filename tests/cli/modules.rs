//! `modules`: the catalogue.

use manyworlds_tests::program::Sandbox;

#[test]
fn the_catalogue_lists_modules_with_stages_and_the_models() {
    let text = Sandbox::new().run(["modules"]).ok();
    for part in ["market", "exchange", "orchestrator", "stages: ingest", "requires: market"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let models = text.lines().find_map(|l| l.strip_prefix("models: ")).unwrap();
    for model in
        ["SmaCross", "EmaCross", "Momentum", "MeanReversion", "Breakout", "BuyAndHold", "MajorityClass"]
    {
        assert!(models.split(", ").any(|m| m == model), "{model}: {models}");
    }
}

#[test]
fn one_module_is_shown_alone_and_by_its_long_name() {
    let sandbox = Sandbox::new();
    let text = sandbox.run(["modules", "exchange"]).ok();
    assert!(text.starts_with("exchange") && !text.contains("orchestrator"), "{text}");
    assert_eq!(sandbox.run(["modules", "exchange_module"]).ok(), text);
}

#[test]
fn as_json() {
    let list = Sandbox::new().run(["modules", "--json"]).json();
    let list = list.as_array().unwrap();
    assert!(list.iter().any(|m| m["name"] == "orchestrator" && m["stages"].as_array().unwrap().len() > 1));
    for key in ["name", "purpose", "stages", "requires", "features", "settings"] {
        assert!(list.iter().all(|m| m.get(key).is_some()), "{key}");
    }
}

#[test]
fn an_unknown_name_gets_the_nearest() {
    Sandbox::new()
        .run(["modules", "exchagne"])
        .fails(2, &["no module `exchagne`", "did you mean `exchange`?", "orchestrator"]);
}
