//! Walk-forward: what is chosen on a window rests on that window alone, and is tested warm, flat, on the next.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use manyworlds::intervention::What;
use manyworlds::output::Table;
use manyworlds::plan::run::RunOptions;
use manyworlds::plan::walk::{self, WalkForwardSummary, WalkPlan};
use manyworlds::plan::{Branch, ExpandOptions, Expansion, PlanFile};
use manyworlds::run::{MarketInput, WarmUp};
use manyworlds::{Scenario, Setup};
use manyworlds_components::time::{Frame, Timestamp};
use tempfile::TempDir;

const DAY: usize = 24;

/// Thirty days of hourly bars: ten up, ten down, ten up. From the hour `changed` on, another market.
fn bars(changed: usize) -> String {
    let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
    let mut close = 1_000.0_f64;
    for hour in 0..30 * DAY {
        let open = close;
        let down = (10 * DAY..20 * DAY).contains(&hour) != (hour >= changed);
        let drift = if down { -0.002 } else { 0.002 };
        let wave = [0.0004, -0.0003, -0.0002, 0.0001][hour % 4];
        close *= 1.0 + drift + wave;
        let (high, low) = (open.max(close) * 1.0001, open.min(close) * 0.9999);
        let (day, hour) = (hour / DAY + 1, hour % DAY);
        let _ =
            writeln!(text, "2024-01-{day:02}T{hour:02}:00:00Z,{open:.4},{high:.4},{low:.4},{close:.4},100");
    }
    text
}

const BASE: &str = r#"Scenario(
    clock: Bar("1h"),
    venues: [(name: "sim", fees: (taker_bps: 5.0), margin: (initial: 0.5, maintenance: 0.1))],
    symbols: [(symbol: "AAA", tick_size: 0.0001, lot_size: 0.0001, data: [Bars(path: "bars.csv", frame: "1h")])],
    models: [SmaCross(fast: 4, slow: 12)],
    accounts: [(name: "a", cash: 1000.0, policy: (entry: 0.5, exit: 0.4, size: Fraction(0.5), side: LongOnly))],
    record: (equity: Step),
)"#;

const WALK: &str = "train: \"4d\", test: \"3d\", choose: \"sharpe\"";

struct Bench {
    folder: TempDir,
    setup: Setup,
}

impl Bench {
    fn new(changed: usize) -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("bars.csv"), bars(changed)).unwrap();
        std::fs::write(folder.path().join("base.ron"), BASE).unwrap();
        let setup = Setup { cache: folder.path().join("cache"), ..Setup::default() };
        Self { folder, setup }
    }

    fn plan(&self, walk: &str) -> (Expansion, WalkPlan) {
        let branches = r#"
            Grid(set: {"accounts.a.policy.side": [ShortOnly], "models[0].slow": [12, 20]}),
            Branch(name: "never", set: {"accounts.a.policy.entry": 1.0}),
            Branch(name: "bad", set: {"models[0].fast": 40}),
        "#;
        self.plan_of(branches, walk)
    }

    fn plan_of(&self, branches: &str, walk: &str) -> (Expansion, WalkPlan) {
        let text = format!(r#"Plan(base: "base.ron", walk_forward: ({walk}), branches: [{branches}])"#);
        let file = PlanFile::from_ron(&text, self.folder.path()).unwrap_or_else(|e| panic!("{e}"));
        let plan = file.expand(&self.setup, &ExpandOptions::default()).unwrap_or_else(|e| panic!("{e}"));
        let base = plan.branches[0].scenario.as_ref().unwrap();
        let input = MarketInput::load(base, &self.setup.cache).unwrap();
        let walk = WalkPlan::of(&plan, &self.setup, &input).unwrap_or_else(|e| panic!("{e}")).unwrap();
        (plan, walk)
    }

    fn run(&self, walk: &str, threads: usize) -> WalkForwardSummary {
        self.run_plan(&self.plan(walk), threads)
    }

    fn run_plan(&self, (plan, walk): &(Expansion, WalkPlan), threads: usize) -> WalkForwardSummary {
        let options = RunOptions { threads, ..RunOptions::default() };
        let outcome = walk::run(plan, walk, &self.setup, options, BTreeMap::new(), &());
        let (summary, equity, _) = outcome.whole.unwrap();
        assert!(equity.ts.is_sorted_by(|a, b| a < b));
        summary
    }

    /// Decisions and marks of a scenario run alone, by time; and what it came to.
    fn alone(&self, scenario: &Scenario) -> (Vec<i64>, Vec<i64>, f64) {
        let mut simulation = scenario.build_with(&self.setup).unwrap();
        simulation.run().unwrap();
        let outcome = simulation.finish().unwrap();
        let times = |table: Table| -> Vec<i64> {
            let column = |batch: &arrow::array::RecordBatch| {
                let ts = batch.column_by_name("ts").unwrap();
                let ts = arrow::compute::cast(ts, &arrow::datatypes::DataType::Int64).unwrap();
                ts.as_any().downcast_ref::<arrow::array::Int64Array>().unwrap().values().to_vec()
            };
            outcome.tables.get(&table).map_or(Vec::new(), |batches| batches.iter().flat_map(column).collect())
        };
        (times(Table::Decisions), times(Table::Equity), outcome.summary.accounts[0].total_return)
    }
}

fn sides(summary: &WalkForwardSummary) -> Vec<&str> {
    let side = |w: &manyworlds::plan::walk::WindowRow| match w.name.as_deref() {
        Some("base") => "long",
        Some(name) if name.contains("ShortOnly") => "short",
        _ => "?",
    };
    summary.windows.iter().map(side).collect()
}

#[test]
fn the_best_of_each_window_is_tested_on_the_next() {
    let bench = Bench::new(usize::MAX);
    let summary = bench.run(WALK, 1);
    // Trained on days 2-5, 5-8, 8-11 (two up, two down), 11-14, 14-17, 17-20, 20-23 and 23-26.
    assert_eq!(summary.windows.len(), 8);
    let sides = sides(&summary);
    assert_eq!(
        (sides[0], sides[1], sides[3], sides[4], sides[6], sides[7]),
        ("long", "long", "short", "short", "long", "long")
    );
    assert!(
        summary.windows.iter().all(|w| w.candidates == 4 && w.failed.is_none()),
        "the bad one is none of them"
    );
    // What each window came to, one after the other.
    let growth: f64 = summary.windows.iter().map(|w| 1.0 + w.test_return.unwrap()).product();
    assert!((growth - 1.0 - summary.stitched.total_return.unwrap()).abs() < 1e-12);
    let growth: f64 = summary.windows.iter().map(|w| 1.0 + w.baseline_return.unwrap()).product();
    assert!((growth - 1.0 - summary.baseline_stitched.total_return.unwrap()).abs() < 1e-12);
    // Who follows the market ends above who is always long.
    assert!(summary.stitched.total_return > summary.baseline_stitched.total_return);
    for w in &summary.windows {
        if let (Some(inside), Some(outside)) = (w.in_sample.filter(|v| *v > 0.0), w.out_of_sample) {
            assert_eq!(w.efficiency, Some(outside / inside));
        }
    }
    assert_eq!(summary.choices.iter().map(|c| c.windows).sum::<usize>(), 8);
    let side = summary.parameters.iter().find(|p| p.path == "accounts.a.policy.side").unwrap();
    let most = side.values.iter().map(|(_, n)| *n).max().unwrap();
    assert_eq!(side.stability, most as f64 / 8.0);
    assert_eq!(bench.run(WALK, 4), summary, "whatever the threads");
}

#[test]
fn choices_rest_on_nothing_after_their_training() {
    let before = Bench::new(usize::MAX).run(WALK, 2);
    for (k, window) in before.windows.iter().enumerate() {
        let hour = (window.train_to - 1_704_067_200_000_000_000) / 3_600_000_000_000;
        let after = Bench::new(hour as usize).run(WALK, 2);
        for (a, b) in before.windows[..=k].iter().zip(&after.windows) {
            assert_eq!(
                (a.branch, a.in_sample),
                (b.branch, b.in_sample),
                "window {} changed after {k}",
                a.window
            );
        }
        assert_ne!(before.windows[k].test_return, after.windows[k].test_return, "the change is seen");
    }
}

#[test]
fn windows_are_scenarios_that_begin_warm_and_flat() {
    let bench = Bench::new(usize::MAX);
    let (plan, walk) = bench.plan(WALK);
    let summary = bench.run(WALK, 2);
    // In the middle of the fall.
    let window = 4;
    let trained: Vec<Branch> = walk.training(&plan, window);
    let chosen = summary.windows[window].branch.unwrap();
    let train = trained.iter().find(|b| b.id == window * plan.branches.len() + chosen).unwrap();
    let tested = walk.testing(&plan, window, Some(chosen)).remove(0);
    for (branch, (from, to), value) in [
        (train, walk.windows[window].train, summary.windows[window].train_return),
        (&tested, walk.windows[window].test, summary.windows[window].test_return),
    ] {
        let scenario = branch.scenario.as_ref().unwrap();
        let (decisions, marks, total_return) = bench.alone(scenario);
        assert_eq!(Some(total_return), value, "as the scenario run alone");
        // Warm: the first decision falls at the beginning of the window, and not some bars later; nothing is recorded before.
        assert!(scenario.from.unwrap() < from);
        assert_eq!((decisions[0], marks[0], *marks.last().unwrap()), (from.0, from.0, to.0));
        // Without warm-up the models need twelve bars: what they first say comes so much later.
        let cold = Scenario { from: Some(from), trade_from: None, ..scenario.clone() };
        let said = bench.alone(&cold).0;
        assert!(said.iter().any(|t| *t >= from.0 + 11 * 3_600_000_000_000), "{said:?}");
        assert!(!said.iter().any(|t| (from.0 + 1..from.0 + 11 * 3_600_000_000_000).contains(t)), "{said:?}");
    }
}

#[test]
fn anchored_windows_grow_and_what_never_trades_is_not_chosen() {
    let bench = Bench::new(usize::MAX);
    let (_, walk) = bench.plan("train: \"4d\", test: \"3d\", step: \"5d\", anchored: true, warmup: \"1d\"");
    let first = walk.windows[0];
    assert!(walk.windows.iter().all(|w| w.train.0 == first.train.0 && w.test.0 == w.train.1));
    assert_eq!(walk.windows[1].test.0 - first.test.0, 5 * 86_400_000_000_000);
    assert_eq!(walk.windows.len(), 5);
    // In cash where nobody traded: between windows that do not touch, and where nothing can be chosen.
    let idle = bench.folder.path().join("base.ron");
    std::fs::write(idle, BASE.replace("entry: 0.5", "entry: 1.0")).unwrap();
    let summary = bench.run(WALK, 1);
    assert!(
        summary.windows.iter().all(|w| w.branch.is_none() && w.test_return.is_none() && w.candidates == 4)
    );
    assert_eq!((summary.stitched.total_return, summary.stitched.trades), (Some(0.0), 0));
    assert!(summary.choices.is_empty() && summary.parameters.is_empty() && summary.efficiency.is_none());
}

/// What lasts from before a window holds in it; what accounts did in an instant before is over.
#[test]
fn what_was_done_before_a_window_is_past() {
    let bench = Bench::new(usize::MAX);
    let done = |name: &str, what: &str| {
        format!(
            r#"Branch(name: "{name}", set: {{"interventions": [(at: "2024-01-03T05:00", what: {what})]}}),"#
        )
    };
    let branches = [
        done("free", "Fees((maker_bps: 0.0, taker_bps: 0.0))"),
        done("shock", "PriceShock(size: 0.2)"),
        done("order", "Order(symbol: \"AAA\", side: Buy, quantity: 3.0, impact: (permanent: 1.0))"),
        done("cash", "Cash(100000.0)"),
        done("liquidate", "Liquidate"),
        r#"Branch(name: "always free", set: {"venues.sim.fees": (maker_bps: 0.0, taker_bps: 0.0)}),"#
            .to_owned(),
    ];
    let (plan, walk) = bench.plan_of(&branches.concat(), WALK);
    // Day 8 begins the second test window, days after all that is done.
    let came_to = |name: &str| {
        let id = plan.branches.iter().find(|b| b.name == name).unwrap().id;
        let scenario = walk.testing(&plan, 1, Some(id)).remove(0).scenario.unwrap();
        let total_return = bench.alone(&scenario).2;
        (scenario, total_return)
    };
    let base = came_to("base").1;
    assert_eq!(came_to("free").1, came_to("always free").1);
    assert!(came_to("free").1 > base, "fees are paid in the window");
    for name in ["cash", "liquidate"] {
        let (scenario, total_return) = came_to(name);
        assert!(scenario.interventions.is_empty());
        assert_eq!(total_return, base, "{name}");
    }
    let (shocked, total_return) = came_to("shock");
    assert_eq!(shocked.interventions.len(), 1);
    assert!(total_return != base && (total_return - base).abs() < 1e-4, "prices are higher, returns are not");
    let (ordered, total_return) = came_to("order");
    assert!(
        matches!(ordered.interventions[0].what, What::OrderFlow { .. }),
        "its impact stays, nobody trades"
    );
    assert!(total_return != base && (total_return - base).abs() < 1e-4);
    // Chosen in training, none of them fails in its test.
    let summary = bench.run_plan(&(plan, walk), 2);
    assert!(
        summary.windows.iter().all(|w| w.failed.is_none() && w.test_return.is_some() == w.branch.is_some())
    );
    assert!(summary.choices.iter().any(|c| c.name == "free" && c.windows > 1), "{:?}", summary.choices);
    assert!(summary.windows.iter().all(|w| w.candidates == 7));
    // A run that is no window of a walk forward has no such past.
    let (_, walk) = bench.plan(WALK);
    let to = walk.windows[0].test;
    let outside = Scenario { from: Some(to.0), to: Some(to.1), trade_from: None, ..shocked };
    let error = outside.build_with(&bench.setup).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("outside of the run"), "{error}");
}

#[test]
fn a_warm_up_is_the_longest_in_time() {
    let bench = Bench::new(usize::MAX);
    let modules = r#"orchestrator: (type: configurable, modules: {
        "multi_timeframe": (frames: {"1h": 0.5, "4h": 0.5}, ema: 6, slope: 4),
    }),
    models:"#;
    std::fs::write(bench.folder.path().join("base.ron"), BASE.replace("models:", modules)).unwrap();
    // Windows begin at any hour, and so in the middle of bars.
    let (plan, walk) = bench.plan("train: \"26h\", test: \"13h\"");
    // Six whole bars of four hours are longer than the twelve of one that the model needs.
    assert_eq!(walk.warm_up, WarmUp { bars: 7, frame: "4h".parse().unwrap() });
    for (k, window) in walk.windows.iter().enumerate() {
        let scenario = walk.testing(&plan, k, None).remove(0).scenario.unwrap();
        let mut simulation = scenario.build_with(&bench.setup).unwrap();
        simulation.run_until(window.test.0).unwrap();
        let features = simulation.features("AAA").unwrap();
        let distance = features.get("multi_timeframe.distance_4h");
        assert!(distance.is_some(), "window {k} begins at {}", window.test.0);
    }
    // Bars that are not of its own are those of the series.
    std::fs::write(bench.folder.path().join("base.ron"), BASE).unwrap();
    assert_eq!(bench.plan(WALK).1.warm_up, WarmUp { bars: 20, frame: Frame::HOUR });
}

#[test]
fn no_test_window_ends_after_the_data() {
    let bench = Bench::new(usize::MAX);
    let end = Timestamp::from_seconds(1_704_067_200 + 30 * 86_400);
    for warm_up in ["12h", "2d", "3d"] {
        let (_, walk) = bench.plan(&format!("train: \"4d\", test: \"4d\", warmup: \"{warm_up}\""));
        let last = walk.windows.last().unwrap().test;
        assert!(
            last.1 <= end && last.1 + 4 * Frame::DAY.nanos() > end,
            "{warm_up}: {} .. {}",
            last.0,
            last.1
        );
    }
}
