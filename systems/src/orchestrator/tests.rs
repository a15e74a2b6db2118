//! Whole runs through the engine.

use manyworlds_components::account::Account;
use manyworlds_components::decision::DecisionRule;
use manyworlds_components::forecast::Action;
use manyworlds_components::ids::SymbolId;
use manyworlds_engine::Kind;

use super::baselines::SmaCross;
use super::test_world::{closes, decisions, of, orchestrator, world};
use super::*;

#[test]
fn a_crossover_enters_and_leaves() {
    let prices = [10.0, 9.0, 8.0, 9.0, 10.0, 11.0, 12.0, 11.0, 9.0, 7.0, 6.0];
    let model = ModelEntry::new(SmaCross { fast: 2, slow: 3 });
    let mut sim = world(orchestrator(vec![model], vec![DecisionPolicy::default()]), &[closes(&prices)]);
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
    let signal = sim.world().resource::<Signals>().get(0, SymbolId(0));
    assert_eq!(signal.probabilities.best(), Action::Sell);
}
