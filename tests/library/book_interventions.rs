//! Interventions where there is an order book: what they do to orders that rest in it, and branches of plans.

use std::path::Path;

use manyworlds::plan::run::{RunOptions, combined_digest, run};
use manyworlds::plan::share::{ShareOptions, share};
use manyworlds::plan::{Branch, ExpandOptions, PlanFile};
use manyworlds::scenario::Loader;
use manyworlds::{Scenario, Setup, Simulation};
use manyworlds_components::account::AccountTotals;
use manyworlds_components::book::OrderBook;
use manyworlds_components::position::Position;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::Kind;

use super::market_making::text;

/// Quotes a hundred ticks from the mid: out of the way of whatever is usual.
const FAR: &str = r#"(name: "far", market_making: (quotes: Skewed(half_spread: Ticks(100)), size: 1, max_position: 3,
    requote: "20s"))"#;
const NEAR: &str = r#"(name: "near", market_making: (quotes: Skewed(half_spread: Ticks(1), skew: 0.01), size: 1, max_position: 3))"#;

fn with(accounts: &str, interventions: &str) -> String {
    text("", accounts).replace("record:", &format!("interventions: [{interventions}],\n    record:"))
}

fn built(text: &str) -> Simulation {
    Scenario::from_ron(text).unwrap_or_else(|e| panic!("{}", e.report(false, 100))).build().unwrap()
}

fn of<T: bevy_ecs::component::Component + Clone>(simulation: &Simulation, kind: Kind) -> T {
    let entity = simulation.world().roster().entities(kind)[0];
    simulation.world().world().get::<T>(entity).unwrap().clone()
}

/// Nanoseconds after the beginning.
fn after(seconds: f64) -> Timestamp {
    Timestamp(1_704_067_200_000_000_000 + (seconds * 1e9) as i64)
}

/// Mid in ticks, position and totals at a time.
fn run_to(simulation: &mut Simulation, seconds: f64) -> (f64, Position, AccountTotals) {
    simulation.run_while(|s| s.world().clock().now < after(seconds)).unwrap();
    let mid = of::<OrderBook>(simulation, Kind::Listing).mid_ticks().unwrap();
    (mid, of(simulation, Kind::Holding), of(simulation, Kind::Account))
}

#[test]
fn a_gap_takes_what_rests_in_its_way() {
    let gap = r#"(at: "2024-01-01T00:05:00.050Z", what: PriceShock(size: -0.05))"#;
    let (mut plain, mut shocked) = (built(&with(FAR, "")), built(&with(FAR, gap)));
    let [before, same] = [&mut plain, &mut shocked].map(|s| run_to(s, 300.0));
    assert_eq!((before.0, before.2.fills), (same.0, 0), "nobody comes that far");
    let [plain, shocked] = [&mut plain, &mut shocked].map(|s| run_to(s, 301.0));
    assert_eq!(plain.2.fills, 0);
    // Ten thousand ticks less five percent: the bid, a hundred ticks below, is bought through, at its own price.
    assert!((shocked.0 / plain.0 - 0.95).abs() < 2e-4, "{} {}", shocked.0, plain.0);
    let Position { quantity, average_entry_price, .. } = shocked.1;
    assert_eq!(quantity, 1.0);
    let below = plain.0 - average_entry_price / 0.1;
    assert!((below - 100.0).abs() < 10.0, "{below} ticks below what the mid would have been");
}

#[test]
fn funding_is_paid_on_a_book_and_its_rates_can_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rates.csv");
    std::fs::write(&path, "20240101 00:01:00,0.001\n20240101 00:02:00,-0.0005\n").unwrap();
    let buy = r#"(at: "2024-01-01T00:00:30Z", what: Order(symbol: "S", side: Buy, quantity: 2.0, impact: (coefficient: 0.0)))"#;
    let paid = |more: &str| {
        let text = with("(name: \"x\")", &format!("{buy}{more}"));
        let text = text.replace("data: [", &format!("data: [Funding(path: {path:?}), "));
        let (mid, held, totals) = run_to(&mut built(&text), 150.0);
        assert_eq!((held.quantity, totals.fills.min(1)), (2.0, 1), "bought in the book");
        totals.funding / (held.quantity * mid * 0.1)
    };
    let near = |paid: f64, rate: f64| assert!((paid / rate - 1.0).abs() < 0.01, "{paid}, not {rate}");
    near(paid(""), 0.0005);
    near(paid(r#", (at: "2024-01-01T00:02:00Z", what: Funding(factor: -2.0, plus: 0.003))"#), 0.005);
    near(
        paid(r#", (at: "2024-01-01T00:01:00Z", until: "2024-01-01T00:02:00Z", what: Funding(factor: 0.0))"#),
        -0.0005,
    );
}

/// Branches of one world that leave it at their first intervention: each is its scenario alone.
#[test]
fn branches_over_a_book_are_their_scenarios_alone() {
    let shock = r#"(at: "2024-01-01T00:02:00.030Z", what: PriceShock(size: -0.02, shape: Ramp("5s"), recovery: Exponential(half_life: "30s")))"#;
    let drain = r#"(at: "2024-01-01T00:03:00Z", until: "2024-01-01T00:04:00Z", what: DepthDrain(0.2))"#;
    let wide =
        r#"(at: "2024-01-01T00:03:00Z", until: "2024-01-01T00:03:30Z", what: SpreadWidening(factor: 4.0))"#;
    let all = [
        String::new(),
        shock.to_owned(),
        format!("{shock}, {drain}"),
        format!("{wide}, {drain}"),
        r#"(at: "2024-01-01T00:04:00Z", what: Volatility(2.0)), (at: "2024-01-01T00:05:00Z", what: FlowImbalance(0.8))"#.to_owned(),
        r#"(at: "2024-01-01T00:04:00Z", what: OrderFlow(side: Sell, quantity: 50.0, impact: (half_life: "10s")))"#.to_owned(),
    ];
    let setup = Setup::default();
    let branch = |(id, interventions): (usize, &String)| Branch {
        id,
        name: format!("b{id}"),
        parameters: Vec::new(),
        scenario: setup.from_ron(&with(NEAR, interventions)).map_err(|e| panic!("{}", e.report(false, 100))),
    };
    let branches: Vec<Branch> = all.iter().enumerate().map(branch).collect();
    let worlds = share(&branches, ShareOptions::default());
    assert_eq!((worlds.len(), worlds[0].nodes()), (1, 6));
    let alone = |branch: &Branch| {
        let mut simulation = branch.scenario.as_ref().unwrap().build_with(&setup).unwrap();
        simulation.run().unwrap();
        combined_digest(&simulation.finish().unwrap().summary.accounts)
    };
    let alone: Vec<u64> = branches.iter().map(alone).collect();
    assert!((1..6).all(|i| !alone[..i].contains(&alone[i])), "each does something");
    for threads in [1, 2] {
        let outcome = run(&branches, &setup, RunOptions { threads, ..RunOptions::default() }, &());
        assert!(outcome.complete && outcome.events < outcome.alone_events);
        let found: Vec<_> = outcome.results.iter().map(|r| r.digest.unwrap()).collect();
        assert_eq!(found, alone);
    }
}

#[test]
fn historical_stresses_are_for_books_too() {
    let setup = Setup::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/library/stress");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert!(names.len() > 5);
    let stress = |name: &String| format!("{{\"stress\": [(name: {name:?}, at: \"2024-01-01T00:05:00Z\")]}}");
    let list = names.iter().map(stress).collect::<Vec<_>>().join(", ");
    let plan = PlanFile::from_ron(&format!("Plan(base: \"b.ron\", branches: [List([{list}])])"), "").unwrap();
    let template = Loader::default().template_text("b.ron", &text("", NEAR)).unwrap();
    let branches = plan.expand_over(&template, &setup, &ExpandOptions::default()).unwrap().branches;
    let outcome = run(&branches, &setup, RunOptions { threads: 2, ..RunOptions::default() }, &());
    let digests: std::collections::BTreeSet<_> = outcome.results.iter().map(|r| r.digest).collect();
    assert!(
        outcome.complete && !digests.contains(&None),
        "{:?}",
        outcome.results.iter().map(|r| &r.status).collect::<Vec<_>>()
    );
    assert_eq!(digests.len(), names.len() + 1, "none is the base, none another");
}
