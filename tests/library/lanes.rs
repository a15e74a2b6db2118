//! An account beside others is the account alone: what lets a thousand variants share one world.

use manyworlds_components::ids::{AccountId, OrderId};
use manyworlds_engine::Journal;
use manyworlds_tests::world::World;
use proptest::prelude::*;

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
}
