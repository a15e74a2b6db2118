//! An account beside others is the account alone: what lets a thousand variants share one world.

use manyworlds_components::ids::{AccountId, OrderId};
use manyworlds_engine::Journal;
use manyworlds_systems::orchestrator::settings::{
    CombineSettings, DecisionPolicy, ModelSettings, WeightRule,
};
use manyworlds_tests::world::World;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::properties::BARS;
use super::worlds::world;

/// Everything that the account did and came to, ids of the world left out.
fn story(world: &World, account: usize) -> Vec<String> {
    let mut simulation = world.blueprint().build().unwrap();
    simulation.run().unwrap();
    let journal = simulation.world().resource::<Journal>();
    let (id, anybody) = (AccountId::from(account), AccountId::from(0));
    let mut rows = Vec::new();
    for (decision, _) in journal.decisions.iter().filter(|(d, _)| d.account == id) {
        let mut decision = *decision;
        decision.account = anybody;
        rows.push(format!("{decision:?}"));
    }
    for fill in journal.fills.iter().filter(|f| f.account == id) {
        let mut fill = *fill;
        (fill.account, fill.order) = (anybody, OrderId(0));
        rows.push(format!("{fill:?}"));
    }
    for trade in journal.trades.iter().filter(|t| t.account == id) {
        let mut trade = *trade;
        trade.account = anybody;
        rows.push(format!("{trade:?}"));
    }
    for row in journal.equity.iter().filter(|r| r.account == id) {
        let mut row = *row;
        row.account = anybody;
        rows.push(format!("{row:?}"));
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn accounts_do_not_feel_each_other(world in world(BARS), pick in any::<prop::sample::Index>()) {
        let account = pick.index(world.policies.len());
        let alone = World { policies: vec![world.policies[account].clone()], ..world.clone() };
        prop_assert_eq!(story(&world, account), story(&alone, 0));
    }

    /// Nor do those that listen to other models, whatever the weights are learned from.
    #[test]
    fn accounts_do_not_feel_the_models_of_others(
        world in world(BARS),
        rule in rule(),
        heard in subsequence((0..5).collect::<Vec<usize>>(), 1..=4),
        pick in any::<prop::sample::Index>(),
    ) {
        let account = pick.index(world.policies.len());
        let mut world = World { combine: CombineSettings { weights: rule, ..world.combine.clone() }, ..world };
        let models: Vec<ModelSettings> =
            heard.iter().filter_map(|m| world.models.get(*m).cloned()).collect();
        world.policies[account].models = models.iter().map(ModelSettings::name).collect();
        prop_assume!(!models.is_empty());
        let policies = vec![DecisionPolicy { models: Vec::new(), ..world.policies[account].clone() }];
        let alone = World { policies, models, ..world.clone() };
        prop_assert_eq!(story(&world, account), story(&alone, 0));
    }
}

fn rule() -> impl Strategy<Value = WeightRule> {
    select(vec![WeightRule::Hedge { eta: 0.7 }, WeightRule::FixedShare { eta: 0.5, alpha: 0.05 }])
}
