//! Whole runs through the engine.

use std::collections::BTreeSet;

use manyworlds_components::account::Account;
use manyworlds_components::decision::DecisionRule;
use manyworlds_components::forecast::{Action, Probabilities, Readiness};
use manyworlds_components::ids::{ModelId, SymbolId};
use manyworlds_components::position::Position;
use manyworlds_engine::{Executor, Journal, Simulation, StepOutcome};

use super::baselines::{BuyAndHold, Momentum, SmaCross};
use super::settings::{AllowedSide, OppositeSignal, Pool, Rebalance, Selection, Sizing, WeightRule};
use super::test_world::{LOT, blueprint, closes, decisions, of, orchestrator, world};
use super::*;

/// A walk that is the same everywhere, with gaps.
fn walk(seed: u64, bars: usize) -> Vec<Option<f64>> {
    let (mut x, mut price) = (seed, 100.0);
    let mut next = || {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (x >> 33) as f64 / f64::from(1u32 << 31)
    };
    let mut bar = |_| {
        price *= 1.0 + 0.06 * (next() - 0.5);
        (next() > 0.1).then_some(price)
    };
    (0..bars).map(&mut bar).collect()
}

fn sma() -> ModelEntry {
    ModelEntry::new(SmaCross { fast: 2, slow: 3 })
}

#[test]
fn a_crossover_enters_and_leaves() {
    let prices = [10.0, 9.0, 8.0, 9.0, 10.0, 11.0, 12.0, 11.0, 9.0, 7.0, 6.0];
    let mut sim = world(orchestrator(vec![sma()], vec![DecisionPolicy::default()]), &[closes(&prices)]);
    let made = decisions(&mut sim);
    let steps: Vec<_> = made.iter().map(|d| (d.step, d.action, d.reasons.rule)).collect();
    // Means of 2 and 3: bar 5 (9, 10 | 8, 9, 10) is the first with fast above slow, bar 9 the first below.
    assert_eq!(
        steps,
        [
            (1, Action::Hold, DecisionRule::AllCold),
            (5, Action::Buy, DecisionRule::Enter),
            (9, Action::Sell, DecisionRule::Exit),
        ]
    );
    // Filled at the next opens, 10 and 9.
    assert_eq!(of::<Account>(&sim, Kind::Account, 0).cash, 900.0);
    let performance = of::<Performance>(&sim, Kind::Account, 0);
    assert_eq!((performance.net.trades, performance.net.losses), (1, 1));
    assert!((performance.net.profit() + 100.0).abs() < 1e-9);
    let signal = sim.world().resource::<OrchestratorState>().signals.get(0, SymbolId(0));
    assert_eq!(signal.probabilities.best(), Action::Sell);
}

/// Every kind of model, weight rule, size and selection at once.
fn zoo() -> OrchestratorModule {
    let registry = ModelRegistry::with_baselines();
    let models = [
        ModelSettings::SmaCross { fast: 3, slow: 8 },
        ModelSettings::EmaCross { fast: 3, slow: 8 },
        ModelSettings::SmaCross { fast: 2, slow: 20 },
        ModelSettings::Momentum { lookback: 6, threshold: 0.01, skip: 1 },
        ModelSettings::MeanReversion { window: 7, z: 1.0 },
        ModelSettings::Breakout { window: 5 },
        ModelSettings::BuyAndHold,
        ModelSettings::MajorityClass { window: 9 },
    ];
    let combine = |pool, weights, horizon, shrinkage| {
        Some(CombineSettings { pool, weights, floor: 0.02, horizon, neutral_bps: 20.0, shrinkage })
    };
    let base =
        DecisionPolicy { entry: 0.4, exit: 0.36, side: AllowedSide::Both, ..DecisionPolicy::default() };
    let policies = vec![
        base.clone(),
        DecisionPolicy {
            combine: combine(Pool::Log, WeightRule::FixedShare { eta: 0.7, alpha: 0.01 }, 3, 10.0),
            opposite: OppositeSignal::Flips,
            size: Sizing::Quantity(0.5),
            pyramid: 2,
            ..base.clone()
        },
        DecisionPolicy {
            combine: combine(Pool::Linear, WeightRule::Hedge { eta: 0.3 }, 1, 0.0),
            size: Sizing::VolatilityTarget { annual: 0.2, window: 10, max_fraction: 1.0 },
            models: vec!["breakout_5".into(), "majority_class_9".into(), "mean_reversion_7_1".into()],
            ..base.clone()
        },
        DecisionPolicy {
            select: Selection::Rank { top: 0.4, bottom: 0.4, rebalance: Rebalance::Weekly },
            models: vec!["momentum_6_1".into()],
            ..base.clone()
        },
        DecisionPolicy {
            size: Sizing::Kelly { share: 0.5, min_trades: 3, fallback: 0.2, max_fraction: 1.0 },
            ..base
        },
    ];
    let models = models.iter().map(|m| registry.build(m).unwrap()).collect();
    OrchestratorModule { paper_cost_bps: 5.0, ..orchestrator(models, policies) }
}

fn market() -> Vec<Vec<Option<f64>>> {
    (1..=3).map(|seed| walk(seed, 250)).collect()
}

#[test]
fn a_fork_is_the_run_itself_and_both_executors_agree() {
    let mut straight = blueprint(zoo(), &market()).build().unwrap();
    let mut stock = {
        let mut plan = blueprint(zoo(), &market());
        plan.executor = Executor::Stock;
        plan.build().unwrap()
    };
    let mut forked = blueprint(zoo(), &market()).build().unwrap();
    let made = decisions(&mut straight);
    for cut in [3, 40, 90, 91, 170] {
        while forked.clock().step < cut {
            forked.step().unwrap();
        }
        forked = forked.fork().unwrap();
    }
    decisions(&mut forked);
    decisions(&mut stock);
    assert_eq!(straight.digest().first_difference(&forked.digest()), None);
    assert_eq!(straight.digest().first_difference(&stock.digest()), None);
    let keys: BTreeSet<_> = made.iter().map(|d| d.key()).collect();
    assert_eq!(keys.len(), made.len(), "one decision per account, symbol and step");
    for account in 0..5 {
        let trades = of::<Performance>(&straight, Kind::Account, account).net.trades;
        assert!(trades > 3, "account {account} made {trades} round trips");
    }
}

#[test]
fn votes_are_shared_and_their_weights_sum_to_one() {
    let mut sim = blueprint(zoo(), &market()).build().unwrap();
    sim.on_decision(|view| {
        let total: f64 = view.votes.iter().map(|v| v.weight).sum();
        let cold = view.decision.reasons.rule == DecisionRule::AllCold;
        assert!((total - if cold { 0.0 } else { 1.0 }).abs() < 1e-9, "{view}");
        let expected = if view.account == "account3" { 1 } else { 8 };
        assert!(view.votes.len() == expected || view.account == "account2");
    });
    assert!(!decisions(&mut sim).is_empty());
    assert_eq!(sim.subscriber_errors(), [] as [String; 0]);
}

#[test]
fn each_forecast_is_scored_once_when_its_horizon_has_passed() {
    let prices = walk(9, 120);
    let horizon = 4;
    let bars = prices.iter().flatten().count() as u64;
    let mut module = orchestrator(vec![sma(), ModelEntry::new(BuyAndHold)], vec![DecisionPolicy::default()]);
    let weights = WeightRule::Hedge { eta: 0.4 };
    module.combine = CombineSettings { horizon, weights, ..CombineSettings::default() };
    let mut sim = world(module, std::slice::from_ref(&prices));
    decisions(&mut sim);
    let kept: Vec<f64> = prices.into_iter().flatten().collect();
    let (mut log_weights, mut sum) = ([0.0f64; 2], 0.0);
    for i in 0..kept.len() - horizon as usize {
        let outcome = Scoring { horizon, neutral_bps: 0.0 }.outcome(kept[i], kept[i + horizon as usize]);
        let held = loss(&Probabilities::leaning(Action::Buy, 0.8), outcome);
        sum += held;
        let crossed = i.checked_sub(2).map(|from| {
            let slow: f64 = kept[from..=i].iter().sum::<f64>() / 3.0;
            let fast = (kept[i - 1] + kept[i]) / 2.0;
            let action = if fast > slow { Action::Buy } else { Action::Sell };
            loss(&Probabilities::leaning(action, 0.8), outcome)
        });
        weights::hedge(&mut log_weights, &[crossed, Some(held)], 0.4);
    }
    let record = |m| sim.world().resource::<OrchestratorState>().tracks.record(m);
    assert_eq!((record(0).count(), record(1).count()), (bars - 2 - horizon, bars - horizon));
    assert!((record(1).brier().unwrap() * 0.5 * record(1).count() as f64 - sum).abs() < 1e-9);
    let mut expected = [0.0; 2];
    weights::normalize(&log_weights, &[true; 2], &mut expected);
    let made = sim.world().resource::<OrchestratorState>().weights.of_group(0).to_vec();
    assert!((made[0] - expected[0]).abs() < 1e-9, "{made:?} is not {expected:?}");
}

#[test]
fn disabled_models_weigh_nothing_and_come_back_as_if_they_had_watched() {
    let prices = walk(4, 60);
    let slow = ModelEntry::new(SmaCross { fast: 4, slow: 12 });
    let build = || {
        let models = vec![slow.clone(), ModelEntry::new(BuyAndHold)];
        world(orchestrator(models, vec![DecisionPolicy::default()]), std::slice::from_ref(&prices))
    };
    let (mut always, mut toggled) = (build(), build());
    let steps =
        |sim: &mut Simulation, n| (0..n).for_each(|_| assert_ne!(sim.step().unwrap(), StepOutcome::Finished));
    steps(&mut always, 40);
    steps(&mut toggled, 20);
    set_model_enabled(toggled.world_mut(), "sma_cross_4_12", false).unwrap();
    steps(&mut toggled, 12);
    assert_eq!(toggled.world().resource::<OrchestratorState>().weights.of_group(0), [0.0, 1.0]);
    assert_eq!(toggled.predictions("symbol0").unwrap()["sma_cross_4_12"].readiness, Readiness::Cold);
    set_model_enabled(toggled.world_mut(), "sma_cross_4_12", true).unwrap();
    steps(&mut toggled, 8);
    assert_eq!(toggled.world().resource::<OrchestratorState>().weights.of_group(0), [0.5, 0.5]);
    assert_eq!(always.predictions("symbol0").unwrap(), toggled.predictions("symbol0").unwrap());
    let error = set_model_enabled(toggled.world_mut(), "sma_cross_4_13", false).unwrap_err();
    assert_eq!(error.nearest.as_deref(), Some("sma_cross_4_12"));
}

#[test]
fn all_cold_is_said_once_per_transition() {
    let policies = vec![DecisionPolicy::default(); 2];
    let mut sim =
        world(orchestrator(vec![sma()], policies), &[closes(&[10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0])]);
    for _ in 0..4 {
        sim.step().unwrap();
    }
    set_model_enabled(sim.world_mut(), "sma_cross_2_3", false).unwrap();
    let made = decisions(&mut sim);
    let cold: Vec<_> = made.iter().filter(|d| d.reasons.rule == DecisionRule::AllCold).collect();
    let at: Vec<_> = cold.iter().map(|d| (d.step, d.account.0)).collect();
    assert_eq!(at, [(1, 0), (1, 1), (5, 0), (5, 1)]);
    assert!(cold.iter().all(|d| d.action == Action::Hold && d.confidence < 1e-12 && d.target == d.position));
}

#[test]
fn holds_are_recorded_on_demand() {
    let mut module = orchestrator(vec![sma()], vec![DecisionPolicy::default(); 2]);
    module.record_holds = true;
    let made = decisions(&mut world(module, &[closes(&[10.0, 9.0, 10.0, 11.0, 12.0, 13.0])]));
    assert_eq!(made.len(), 2 * 6);
    let rules: Vec<_> = made.iter().filter(|d| d.account.0 == 0).map(|d| d.reasons.rule).collect();
    use DecisionRule::{AllCold, AlreadyHeld, Enter};
    assert_eq!(rules[..2], [AllCold; 2]);
    assert!(rules.contains(&Enter) && rules.contains(&AlreadyHeld), "{rules:?}");
}

#[test]
fn pyramids_add_up_to_their_count() {
    let policy = DecisionPolicy { pyramid: 2, size: Sizing::Quantity(1.0), ..DecisionPolicy::default() };
    let mut sim = world(orchestrator(vec![ModelEntry::new(BuyAndHold)], vec![policy]), &[closes(&[10.0; 9])]);
    let made = decisions(&mut sim);
    let targets: Vec<_> = made.iter().map(|d| d.target.0).collect();
    assert_eq!(targets, [1_000, 2_000, 3_000]);
    assert_eq!(of::<Position>(&sim, Kind::Holding, 0).quantity, 3.0);
}

#[test]
fn a_cross_section_holds_the_best_in_equal_parts() {
    let select = Selection::Rank { top: 0.5, bottom: 0.0, rebalance: Rebalance::Weekly };
    let policy = DecisionPolicy { select, ..DecisionPolicy::default() };
    let model = ModelEntry::new(Momentum { lookback: 2, threshold: 0.0, skip: 0 });
    let drift = |early: f64, late: f64| {
        let mut price = 100.0;
        let bar = |i| {
            price *= 1.0 + if i < 12 { early } else { late };
            price
        };
        closes(&(0..30).map(bar).collect::<Vec<_>>())
    };
    let market = [drift(0.01, -0.01), drift(0.0, 0.02), drift(-0.01, 0.03), drift(0.02, 0.0)];
    let mut sim = world(orchestrator(vec![model], vec![policy]), &market);
    let made = decisions(&mut sim);
    let moves: Vec<_> = made.iter().filter(|d| d.reasons.rule == DecisionRule::Rebalance).collect();
    // The epoch was a Thursday: Mondays are the closes of steps 4, 11, 18, 25.
    let at =
        |step| moves.iter().filter(|d| d.step == step).map(|d| (d.symbol.0, d.action)).collect::<Vec<_>>();
    assert_eq!(at(4), [(0, Action::Buy), (3, Action::Buy)]);
    assert_eq!(at(18), [(0, Action::Sell), (3, Action::Sell), (1, Action::Buy), (2, Action::Buy)]);
    assert!(moves.iter().all(|d| [4, 11, 18, 25].contains(&d.step)));
    let value = |s: usize| of::<Position>(&sim, Kind::Holding, s).quantity;
    assert!(value(0) == 0.0 && value(3) == 0.0 && value(1) > LOT && value(2) > LOT);
    let journal = sim.world().resource::<Journal>();
    assert_eq!(journal.trades.len(), 2);
}

/// A user's own model: says BUY after an up bar, reads nothing but its own memory.
#[derive(Clone)]
struct LastMove {
    schema_hash: Option<u64>,
}

impl Forecaster for LastMove {
    type State = Option<f64>;

    fn name(&self) -> String {
        "last_move".into()
    }

    fn card(&self) -> ModelCard {
        ModelCard {
            schema_hash: self.schema_hash,
            correlated_with: vec!["sma_cross_2_3".into()],
            ..ModelCard::new("last_move", ModelKind::Network, &["bars.close"])
        }
    }

    fn bars_needed(&self) -> usize {
        1
    }

    fn warmup(&self) -> u64 {
        2
    }

    fn reads(&self) -> Reads {
        Reads::Everything
    }

    fn forecast(&self, symbol: &SymbolView<'_>, before: &mut Option<f64>) -> Option<Outlook> {
        assert!(symbol.features.vector().is_some_and(|f| f.values().is_empty()));
        let close = symbol.bars.close(0)?;
        let change = close / before.replace(close)? - 1.0;
        let action = if change > 0.0 { Action::Buy } else { Action::Sell };
        Some(Outlook { probabilities: Probabilities::leaning(action, 0.9), score: change })
    }
}

#[test]
fn a_users_model_is_one_of_ours() {
    let registry = ModelRegistry::with_baselines().register("mine", LastMove { schema_hash: None });
    let mine = registry.build(&ModelSettings::Registered("mine".into())).unwrap();
    let mut sim =
        world(orchestrator(vec![mine], vec![DecisionPolicy::default()]), &[closes(&[10.0, 11.0, 10.0, 9.0])]);
    let actions: Vec<_> = decisions(&mut sim).iter().map(|d| d.action).collect();
    assert_eq!(actions, [Action::Hold, Action::Buy, Action::Sell]);
    let card = of::<ModelCard>(&sim, Kind::Model, 0);
    assert_eq!(
        (card.name.as_str(), card.correlated_with.as_slice()),
        ("mine", &["sma_cross_2_3".to_owned()][..])
    );
    assert_eq!(sim.roster().model_id("mine"), Some(ModelId(0)));
}

#[test]
fn a_model_of_another_schema_is_refused() {
    let foreign = ModelEntry::new(LastMove { schema_hash: Some(7) });
    let mut sim =
        world(orchestrator(vec![foreign], vec![DecisionPolicy::default()]), &[closes(&[10.0, 11.0])]);
    let error = sim.step().unwrap_err().to_string();
    assert!(error.contains("last_move") && error.contains("0000000000000007"), "{error}");
}
