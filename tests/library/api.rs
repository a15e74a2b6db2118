//! A module and a model from outside, in a scenario from text.

use std::sync::{Arc, Mutex};

use manyworlds::output::{Sink, Table, Tables};
use manyworlds::run::{PrepareError, RunPlan};
use manyworlds::{Setup, Simulation};
use manyworlds_engine::{Module, ModuleContext, ModuleInfo, StepOutcome};
use manyworlds_tests::tables::{floats, times, words};

use super::own_module::{SCENARIO, setup};

const FEATURE: &str = "relative_volume.ratio";

fn build(setup: &Setup) -> Simulation {
    setup.from_ron(SCENARIO).unwrap_or_else(|e| panic!("{e}")).build_with(setup).unwrap()
}

fn steps(simulation: &mut Simulation, n: usize) {
    for _ in 0..n {
        assert_ne!(simulation.step().unwrap(), StepOutcome::Finished);
    }
}

#[test]
fn the_example_runs() {
    super::own_module::run().unwrap();
}

#[test]
fn features_and_predictions_are_read_by_name() {
    let mut simulation = build(&setup());
    let ratio = |s: &Simulation| s.features("BTCUSDT").unwrap().get(FEATURE);
    steps(&mut simulation, 59);
    assert_eq!(ratio(&simulation), None, "missing, not zero, while it warms up");
    assert!(!simulation.predictions("BTCUSDT").unwrap()["busy_streak"].readiness.is_ready());
    steps(&mut simulation, 1);
    let features = simulation.features("BTCUSDT").unwrap();
    assert_eq!(features.names().collect::<Vec<_>>(), [FEATURE]);
    assert_eq!((features.mask(), features.values().len()), (&[true][..], 1));
    let entity = simulation.symbol_entity("BTCUSDT").unwrap();
    let bars =
        simulation.world().world().get::<manyworlds_components::bar_series::BarSeries>(entity).unwrap();
    let volumes = bars.volumes(60);
    let expected = volumes[59] / (volumes.iter().sum::<f64>() / 60.0);
    assert_eq!(ratio(&simulation), Some(expected));
    let predictions = simulation.predictions("BTCUSDT").unwrap();
    assert_eq!(predictions.keys().collect::<Vec<_>>(), ["busy_streak", "sma_cross_10_30"]);
    assert!(predictions["busy_streak"].readiness.is_ready());
    let error = simulation.features("BTCUSD").unwrap_err().to_string();
    assert!(error.contains("did you mean `BTCUSDT`"), "{error}");
}

#[test]
fn settings_are_read_and_refused() {
    let setup = setup();
    let refused = |from: &str, to: &str| {
        let text = SCENARIO.replace(from, to);
        let built = setup.from_ron(&text).map_err(|e| e.to_string());
        built.and_then(|s| s.build_with(&setup).map(|_| ()).map_err(|e| e.to_string())).unwrap_err()
    };
    assert!(refused("window: 60", "window: 1").contains("1 is not a whole number from 2 to 300"));
    assert!(refused("window: 60", "windw: 60").contains("windw"));
    assert!(
        refused("\"relative_volume\":", "\"relative_volum\":").contains("relative_volume"),
        "offers a name"
    );
    assert!(refused("Registered(\"busy_streak\")", "Registered(\"busy_strek\")").contains("busy_streak"));
    assert!(refused("relative_volume.ratio", "relative_volume.rato").contains("did you mean"));
}

#[test]
fn switched_off_a_module_is_gone_and_switched_on_it_warms_up() {
    let mut simulation = build(&setup());
    let ratio = |s: &Simulation| s.features("BTCUSDT").unwrap().get(FEATURE);
    steps(&mut simulation, 500);
    assert!(ratio(&simulation).is_some());
    simulation.disable("relative_volume").unwrap();
    steps(&mut simulation, 100);
    assert_eq!(ratio(&simulation), None);
    simulation.enable("relative_volume").unwrap();
    steps(&mut simulation, 59);
    assert_eq!(ratio(&simulation), None, "its own warm-up begins anew");
    steps(&mut simulation, 1);
    assert!(ratio(&simulation).is_some());
    simulation.run().unwrap();
    let outcome = simulation.finish().unwrap();
    let rows = outcome.tables[&Table::Features]
        .iter()
        .map(|b| (b.num_rows(), b.column_by_name(FEATURE).unwrap().null_count()));
    let (rows, nulls) = rows.fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    assert_eq!((rows, nulls), (3_000, 59 + 100 + 59), "a row per bar, null where it is missing");
}

#[test]
fn a_fork_in_the_middle_is_the_uninterrupted_run() {
    let mut whole = build(&setup());
    steps(&mut whole, 1_234);
    let mut fork = whole.fork().unwrap();
    whole.run().unwrap();
    fork.run().unwrap();
    assert_eq!(fork.digest().first_difference(&whole.digest()), None);
    let mut again = build(&setup());
    again.run().unwrap();
    assert_eq!(again.digest(), whole.digest());
    let (whole, fork) = (whole.finish().unwrap(), fork.finish().unwrap());
    let finals =
        |o: &manyworlds::Outcome| o.summary.accounts.iter().map(|a| a.final_equity).collect::<Vec<_>>();
    assert_eq!(finals(&whole), finals(&fork));
    // Statistics go back to the beginning, with what was not yet drained when the fork was made.
    let statistics = |o: &manyworlds::Outcome| {
        let accounts = o.summary.accounts.iter();
        accounts.map(|a| (a.sharpe, a.trades, a.win_rate, a.statistics.clone())).collect::<Vec<_>>()
    };
    assert!(whole.summary.accounts.iter().all(|a| a.sharpe.is_some() && a.trades > 0));
    assert_eq!(statistics(&whole), statistics(&fork));
    // The fork's tables begin where it began: together with the first part they would be the whole.
    let (all, late) = (times(&whole, Table::Fills, "ts"), times(&fork, Table::Fills, "ts"));
    assert!(!late.is_empty() && late.len() < all.len());
    assert_eq!(all[all.len() - late.len()..], late[..]);
}

/// Every decision reaches every subscriber once, in order, and is the row of the table.
#[test]
fn decisions_are_told_once_and_in_order() {
    type Heard = Arc<Mutex<Vec<(u64, i64, String, String, f64)>>>;
    let mut simulation = build(&setup());
    let heard: [Heard; 2] = Default::default();
    for list in &heard {
        let list = list.clone();
        simulation.on_decision(move |view| {
            let d = view.decision;
            list.lock().unwrap().push((d.step, d.ts.0, view.account.into(), d.action.name().into(), d.price));
        });
    }
    // A subscriber that panics is reported and keeps nobody else from hearing.
    simulation.world_mut().on_decision(|view| assert!(view.decision.step < 200, "a fault in a subscriber"));
    let mut known = 0;
    while simulation.step().unwrap() != StepOutcome::Finished {
        let step = simulation.world().clock().step;
        let list = heard[0].lock().unwrap();
        assert!(list[known..].iter().all(|d| d.0 == step), "told after the step that made it");
        known = list.len();
    }
    assert!(known > 20, "{known} decisions");
    let [one, two] = heard.map(|list| list.lock().unwrap().clone());
    assert_eq!(one, two);
    assert!(!simulation.world().subscriber_errors().is_empty());
    let outcome = simulation.finish().unwrap();
    let table: Vec<_> = times(&outcome, Table::Decisions, "ts")
        .into_iter()
        .zip(words(&outcome, Table::Decisions, "account"))
        .zip(words(&outcome, Table::Decisions, "action"))
        .zip(floats(&outcome, Table::Decisions, "price"))
        .map(|(((ts, account), action), price)| (ts, account, action, price))
        .collect();
    let told: Vec<_> =
        one.into_iter().map(|(_, ts, account, action, price)| (ts, account, action, price)).collect();
    assert_eq!(told, table);
}

/// However coarsely equity is recorded, its last point is that of the last step.
#[test]
fn the_last_step_is_marked() {
    for (record, rows) in [("Bar(\"1h\")", 2 * 10), ("Bar(\"1d\")", 2 * 2), ("Off", 0), ("Step", 2 * 500)] {
        let text = SCENARIO.replace("Bar(\"1h\")", record);
        let mut simulation = setup().from_ron(&text).unwrap().build_with(&setup()).unwrap();
        steps(&mut simulation, 500);
        let now = simulation.world().clock().now.0;
        let outcome = simulation.finish().unwrap();
        let (ts, equity) = (times(&outcome, Table::Equity, "ts"), floats(&outcome, Table::Equity, "equity"));
        assert_eq!(ts.len(), rows, "{record}");
        assert!(ts.is_sorted(), "{record}");
        let finals: Vec<f64> = outcome.summary.accounts.iter().map(|a| a.final_equity).collect();
        if rows > 0 {
            assert_eq!((ts[rows - 2], ts[rows - 1]), (now, now), "{record}");
            assert_eq!(equity[rows - 2..], finals, "{record}");
        }
        for account in &outcome.summary.accounts {
            // Two points make one return: that of the run.
            assert_eq!(account.statistics.observations, 1, "{record}");
        }
    }
}

/// Toggles are carried out in time order, however they are listed, and the summary says when.
#[test]
fn toggles_of_the_scenario_are_in_the_summary() {
    let at = |time: &str, enabled: bool| {
        format!("(at: \"2024-01-01T{time}:00Z\", module: \"relative_volume\", enabled: {enabled})")
    };
    let toggles = format!("toggles: [{}, {}],\n    record:", at("02:00", true), at("01:00", false));
    let text = SCENARIO.replace("record:", &toggles);
    let mut simulation =
        setup().from_ron(&text).unwrap_or_else(|e| panic!("{e}")).build_with(&setup()).unwrap();
    steps(&mut simulation, 90);
    let mut fork = simulation.fork().unwrap();
    for world in [&mut simulation, &mut fork] {
        world.run().unwrap();
    }
    for outcome in [simulation.finish().unwrap(), fork.finish().unwrap()] {
        let toggles = serde_json::to_value(&outcome.summary.toggles).unwrap();
        let expected = serde_json::json!([
            {"ts": "2024-01-01T00:59:00Z", "step": 59, "module": "relative_volume", "enabled": false},
            {"ts": "2024-01-01T01:59:00Z", "step": 119, "module": "relative_volume", "enabled": true},
        ]);
        assert_eq!(toggles, expected);
    }
}

#[test]
fn no_decision_is_written_where_none_is_asked_for() {
    let text = SCENARIO.replace("record: (", "record: (decisions: None, ");
    let mut simulation = setup().from_ron(&text).unwrap().build_with(&setup()).unwrap();
    simulation.run().unwrap();
    let outcome = simulation.finish().unwrap();
    assert!(times(&outcome, Table::Decisions, "ts").is_empty());
    assert!(!times(&outcome, Table::Fills, "ts").is_empty());
}

#[test]
fn prices_go_on_after_a_restore_to_an_earlier_step() {
    let mut simulation = build(&setup());
    steps(&mut simulation, 100);
    let snapshot = simulation.snapshot();
    steps(&mut simulation, 2_500);
    simulation.world_mut().restore(&snapshot).unwrap();
    simulation.run().unwrap();
    let outcome = simulation.finish().unwrap();
    let last = times(&outcome, Table::Prices, "ts").pop();
    // 3000 minutes from midnight: the last hour begins at the 50th less one.
    assert_eq!(last, Some(1_704_067_200_000_000_000 + 49 * 3_600_000_000_000));
}

/// The program makes its folder where it is asked for a sink: only once nothing else can refuse the run.
#[test]
fn a_world_that_cannot_be_built_asks_for_no_sink() {
    let mut setup = setup();
    setup.catalogue = setup.catalogue.add(Refusing);
    let text = SCENARIO.replace("\"relative_volume\":", "\"refusing\": (), \"relative_volume\":");
    let plan = RunPlan::new(setup.from_ron(&text).unwrap(), &setup).unwrap();
    let sink = |_: &Tables| -> Result<Sink, PrepareError> { panic!("asked for a sink") };
    let refused = Simulation::new(Arc::new(plan), sink, std::time::Instant::now()).err();
    assert!(matches!(refused, Some(PrepareError::Build(_))), "{refused:?}");
}

struct Refusing;

impl Module for Refusing {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "refusing".into(), ..ModuleInfo::default() }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        app.refuse("it never fits");
    }
}
