//! What plans expand to, and what is said about those that do not.

use super::*;

const BASE_SCENARIO: &str = r#"Scenario(
    seed: 7,
    venues: [(name: "sim", fees: (maker_bps: 2.0, taker_bps: 5.0), latency: Uniform(min_ms: 5, max_ms: 50))],
    symbols: [(symbol: "AAA", data: [Synthetic(bars: 500)])],
    orchestrator: (type: configurable, modules: ["market_analysis", "pivot_analysis", "extrema"]),
    models: [SmaCross(fast: 10, slow: 30), Momentum(lookback: 20)],
    accounts: [(name: "base", policy: (entry: 0.6))],
)"#;

fn expand(branches: &str) -> Result<Expansion, ScenarioError> {
    expand_plan(&format!("Plan(base: \"b.ron\", branches: [{branches}])"), false)
}

fn expand_plan(text: &str, confirmed: bool) -> Result<Expansion, ScenarioError> {
    let setup = Setup::default();
    let plan = PlanFile::from_ron(text, "")?;
    let template = Loader::default().files_must_exist(false).template_text("b.ron", BASE_SCENARIO).unwrap();
    plan.expand_over(&template, &setup, &ExpandOptions { confirmed, ..ExpandOptions::default() })
}

fn names(expansion: &Expansion) -> Vec<&str> {
    expansion.branches.iter().map(|b| b.name.as_str()).collect()
}

#[track_caller]
fn refused(branches: &str, parts: &[&str]) {
    let error = expand(branches).map(|e| names(&e).join(" | ")).unwrap_err().to_string();
    parts.iter().for_each(|part| assert!(error.contains(part), "no `{part}` in: {error}"));
}

#[test]
fn a_grid_is_every_combination_in_order() {
    let e = expand(r#"Grid(set: {"models[0].fast": [5, 10], "models[0].slow": [30, 60]})"#).unwrap();
    assert_eq!(
        names(&e),
        ["base", "fast=5, slow=30", "fast=5, slow=60", "fast=10, slow=30", "fast=10, slow=60"]
    );
    assert_eq!(
        e.branches[3].parameters,
        [("models[0].fast".into(), "10".into()), ("models[0].slow".into(), "30".into())]
    );
    assert_eq!(e.branches[4].scenario.as_ref().unwrap().models[0].name(), "sma_cross_10_60");
    assert_eq!(
        e.branches[0].scenario.as_ref().unwrap().models,
        e.branches[3].scenario.as_ref().unwrap().models
    );
    assert!(e.branches.iter().enumerate().all(|(i, b)| b.id == i));
}

#[test]
fn branches_lists_and_crosses() {
    let e = expand(
        r#"Branch(name: "eager", set: {"accounts.base.policy.entry": 0.5}),
           List([{"seed": 3}, {"accounts[0].cash": 5.0, "accounts[0].policy.entry": 0.7}]),
           Cross([Swap(model: 1, with: [BuyAndHold]), Seeds(Fills(2))]),
           Swap(name: "s", module: "extrema_module", with: ["correlation", {"extrema": ()}]),
           Seeds(Markets(1))"#,
    )
    .unwrap();
    assert_eq!(
        names(&e)[1..],
        [
            "eager",
            "seed=3",
            "cash=5.0, entry=0.7",
            "models[1]=BuyAndHold; fills 1",
            "models[1]=BuyAndHold; fills 2",
            "s extrema=correlation",
            "s extrema=extrema",
            "market 1"
        ]
    );
    let scenario = |i: usize| e.branches[i].scenario.as_ref().unwrap();
    assert_eq!((scenario(1).accounts[0].policy.entry, scenario(2).seed, scenario(8).seed), (0.5, 3, 8));
    assert_eq!((scenario(5).draws, scenario(5).seed), (2, 7));
    assert_eq!(scenario(6).orchestrator.modules()[2].name, "correlation");
}

#[test]
fn samples_fill_their_ranges_and_come_again() {
    let plan = |kind: &str| {
        let text = format!(
            r#"{kind}(n: 100, seed: 3, set: {{"accounts.base.policy.entry": Uniform(0.4, 0.9),
               "accounts.base.cash": LogUniform(1e3, 1e6), "models[0].fast": Integer(2, 5),
               "accounts.base.policy.side": Choice([LongOnly, ShortOnly])}})"#
        );
        expand(&text).unwrap()
    };
    for kind in ["Random", "LatinHypercube"] {
        let e = plan(kind);
        assert_eq!(e.branches.len(), 101);
        let again = plan(kind);
        let column = |e: &Expansion, i: usize| -> Vec<String> {
            e.branches[1..].iter().map(|b| b.parameters[i].1.clone()).collect()
        };
        (0..4).for_each(|i| assert_eq!(column(&e, i), column(&again, i)));
        let entries: Vec<f64> = column(&e, 0).iter().map(|v| v.parse().unwrap()).collect();
        assert!(entries.iter().all(|v| (0.4..0.9).contains(v)));
        let mut parts: Vec<usize> = entries.iter().map(|v| ((v - 0.4) / 0.5 * 100.0) as usize).collect();
        parts.sort_unstable();
        parts.dedup();
        assert_eq!(parts.len() == 100, kind == "LatinHypercube", "{}", parts.len());
        let mut whole = column(&e, 2);
        whole.sort();
        whole.dedup();
        assert_eq!(whole, ["2", "3", "4", "5"]);
    }
}

#[test]
fn ablations_take_what_requires_a_module_along() {
    let e = expand("Ablation(LeaveOneOut), Ablation(OneOnly), Ablation(Shapley(permutations: 4, seed: 1))")
        .unwrap();
    let scenario =
        |name: &str| e.branches.iter().find(|b| b.name == name).unwrap().scenario.as_ref().unwrap();
    assert!(names(&e)[1..4].iter().all(|n| n.starts_with("without ")), "{:?}", names(&e));
    assert_eq!(
        scenario(names(&e)[1]).orchestrator.modules().iter().filter(|m| m.name == "market_analysis").count(),
        0
    );
    let game = &e.games[0];
    assert_eq!((game.modules.len(), game.permutations.len(), game.branches[0].len()), (3, 4, 4));
    for row in &game.branches {
        assert_eq!(e.branches[row[0]].name, "modules none");
        assert_eq!(e.branches[row[3]].scenario.as_ref().unwrap().orchestrator.modules().len(), 3);
    }
    let count = names(&e).iter().filter(|n| n.starts_with("modules")).count();
    assert!(count <= 8, "each coalition once: {count}");
}

#[test]
fn a_bad_value_fails_its_branch_only() {
    let e = expand(r#"Grid(set: {"models[0].fast": [5, 50], "accounts.base.cash": [1.0, "x"]})"#).unwrap();
    let bad: Vec<bool> = e.branches.iter().map(|b| b.scenario.is_err()).collect();
    assert_eq!(bad, [false, false, true, true, true]);
    let reason = e.branches[3].scenario.as_ref().unwrap_err();
    assert!(reason.contains("models[0].slow") && reason.contains("30 is not"), "{reason}");
    // What the base says is blamed: the values that do not go with it are named first.
    assert!(reason.starts_with("models[0].fast=50, accounts.base.cash=1.0: b.ron:"), "{reason}");
    // What the plan says is blamed at its place.
    let reason = e.branches[2].scenario.as_ref().unwrap_err();
    assert!(reason.starts_with("plan:1:"), "{reason}");
}

#[test]
fn what_is_odd_about_branches_is_said_once() {
    let at = |time: &str| {
        format!(r#"[(at: "2024-01-01T01:00:{time}Z", on: Accounts(["base"]), what: Liquidate)]"#)
    };
    let e = expand(&format!(
        r#"Grid(set: {{"interventions": [{}], "models[0].fast": [5, 6, 7]}}),
           Branch(name: "later", set: {{"interventions": {}}}), Branch(name: "even", set: {{"interventions": {}}})"#,
        at("30"),
        at("40"),
        at("00")
    ))
    .unwrap();
    assert_eq!(e.warnings.len(), 2, "{:?}", e.warnings);
    let (three, one) = (&e.warnings[0], &e.warnings[1]);
    assert!(three.contains("is between steps: it happens at the next, 2024-01-01T01:01:00Z"), "{three}");
    assert!(three.contains("[3 branches, `interventions=") && three.contains("fast=5"), "{three}");
    assert!(one.contains("01:00:40Z is between steps") && one.ends_with("[branch `later`]"), "{one}");
}

#[test]
fn what_is_crossed_does_not_undo_each_other() {
    refused(
        r#"Cross([Seeds(Markets(2)), Grid(set: {"seed": [5]})])"#,
        &["branches[0]", "`seed` is set twice: by `market 1` and by `seed=5`", "one of the crossed parts"],
    );
    refused(
        r#"Cross([Grid(set: {"models[0].fast": [5]}), Swap(model: 0, with: [BuyAndHold])])"#,
        &["`models[0]` is set twice: by `fast=5`"],
    );
    // Into a whole that was set before, and beside it.
    let e = expand(
        r#"Cross([Swap(model: 0, with: [SmaCross(fast: 3, slow: 40)]), Grid(set: {"models[0].fast": [5, 6],
           "models[1].lookback": [7]})])"#,
    )
    .unwrap();
    assert_eq!(e.branches[2].scenario.as_ref().unwrap().models[0].name(), "sma_cross_6_40");
}

#[test]
fn wrong_paths_are_refused_with_the_nearest() {
    refused(
        r#"Grid(set: {"accounts.base.polcy.entry": [0.5]})"#,
        &["plan:1:", "polcy", "did you mean `policy`?"],
    );
    refused(r#"Grid(set: {"accounts.bas.policy.entry": [0.5]})"#, &["leads nowhere", "did you mean `base`?"]);
    refused(r#"Branch(name: "a", set: {"models[0].fst": 5})"#, &["models[0].fst", "did you mean `fast`?"]);
    refused(r#"Branch(name: "a", set: {"models[9].fast": 5})"#, &["`[9]` leads nowhere"]);
}

#[test]
fn empty_large_and_twice() {
    refused(r#"Grid(set: {"seed": []})"#, &["branches[0].set", "an empty list"]);
    refused(r#"Grid(set: {})"#, &["nothing is varied"]);
    refused("", &["branches", "an empty list"]);
    refused(r#"Grid(set: {"seed": [1, 1]})"#, &["two branches are called `seed=1`"]);
    refused(r#"Branch(name: "base")"#, &["every plan runs"]);
    refused(r#"Gird(set: {"seed": [1]})"#, &["did you mean `Grid`?"]);
    refused(r#"Random(n: 0, set: {"seed": Integer(1, 2)})"#, &["0 makes no branch"]);
    refused(r#"Random(n: 1, set: {"seed": Uniform(2, 1)})"#, &["the range is empty"]);
    refused(r#"Random(n: 1, set: {"seed": LogUniform(-1, 1)})"#, &["has no logarithm"]);
    refused(r#"Swap(model: "sma_cross_10_3", with: [BuyAndHold])"#, &["did you mean `sma_cross_10_30`?"]);
    let list = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>().join(",");
    let big = format!(
        r#"Plan(base: "b.ron", branches: [Grid(set: {{"seed": [{}], "draws": [{}]}})])"#,
        list(101),
        list(100)
    );
    let error = expand_plan(&big, false).unwrap_err().to_string();
    assert!(error.contains("10101 branches") && error.contains("--yes"), "{error}");
    assert_eq!(expand_plan(&big, true).unwrap().branches.len(), 10_101);
    // More than memory bears, whoever confirms it.
    for (most, confirmed) in [(10_000, true), (5_000_000, false)] {
        let plan = r#"[Random(n: 3_000_000, set: {"seed": Integer(1, 200)})]"#;
        let plan = format!(r#"Plan(base: "b.ron", max_branches: {most}, branches: {plan})"#);
        let error = expand_plan(&plan, confirmed).unwrap_err().to_string();
        assert!(
            error.contains("3000001 branches") && error.contains("no plan may have more than"),
            "{error}"
        );
    }
    let error =
        expand_plan(r#"Plan(base: "b.ron", branches: [Branch(name: "eager")], baseline: "eagre")"#, false);
    assert!(error.unwrap_err().to_string().contains("did you mean `eager`?"));
    let error = expand_plan(r#"Plan(bas: "b.ron", branches: [Branch(name: "eager")])"#, false).unwrap_err();
    assert!(
        error.to_string().contains("did you mean `base`?") && error.to_string().contains("`base` is missing")
    );
}
