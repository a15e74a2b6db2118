//! Many accounts before one book.

use manyworlds_components::account::Account;
use manyworlds_components::fill::Fill;
use manyworlds_components::ids::AccountId;
use manyworlds_components::market::MarketEvent;
use manyworlds_components::order::*;
use manyworlds_components::side::Side::{Buy, Sell};
use proptest::prelude::*;

use super::helper::*;
use crate::exchange::book::queue::QueueModel;
use crate::exchange::book::settings::BookMatching;
use crate::exchange::settings::{LatencyModel, VenueSettings};

fn events() -> Vec<MarketEvent> {
    let mut events = Vec::new();
    for i in 0..40i64 {
        let ms = 1_100 + 250 * i;
        let drift = [0, 1, 2, 1, 0, -1, -2, -1][i as usize % 8];
        events.push(at(ms, sold(9_999 + drift, 30 + i)));
        events.push(at(ms, bid(9_999 + drift, 60 + 3 * i)));
        events.push(at(ms + 50, bought(10_001 + drift, 25 + i)));
        events.push(at(ms + 50, ask(10_001 + drift, 200 - 3 * i)));
    }
    events
}

/// What one account does at each step.
fn script(account: u32, step: u64) -> Vec<OrderRequest> {
    let turn = (step * 7 + u64::from(account) * 3) % 5;
    let request = match turn {
        0 => ticks(Buy, 20 + i64::from(account), 9_999),
        1 => with(TimeInForce::Gtx, ticks(Sell, 15, 10_001)),
        2 => market(if step.is_multiple_of(2) { Buy } else { Sell }, 30),
        3 => ticks(Buy, 150, 10_002),
        _ => return vec![],
    };
    vec![OrderRequest { account: AccountId(account), ..request }]
}

type Script<'a> = &'a dyn Fn(u32, u64) -> Vec<OrderRequest>;

fn run(venue: &VenueSettings, script: Script<'_>, accounts: &[u32]) -> Vec<(Account, Vec<Fill>)> {
    let mut desk = desk(venue.clone(), events());
    desk.accounts = accounts.len();
    for step in 1..10 {
        for (place, account) in accounts.iter().enumerate() {
            for request in script(*account, step) {
                desk = desk.ask(step, OrderRequest { account: AccountId(place as u32), ..request });
            }
        }
    }
    let ledger = desk.run();
    let of = |place: usize| {
        let own = ledger.fills.iter().filter(|f| f.account.index() == place);
        // Numbers are the world's.
        let bare = |f: &Fill| Fill { account: AccountId(0), order: Default::default(), ..*f };
        (ledger.accounts[place], own.map(bare).collect())
    };
    (0..accounts.len()).map(of).collect()
}

#[test]
fn an_account_beside_others_is_the_account_alone() {
    let latency = LatencyModel::Uniform { min_ms: 1.0, max_ms: 90.0 };
    let venue = VenueSettings { latency, ..lender() };
    let together = run(&venue, &script, &[0, 1, 2, 3, 4]);
    for account in 0..5 {
        let alone = run(&venue, &script, &[account]);
        assert!(!alone[0].1.is_empty());
        assert_eq!(alone, [together[account as usize].clone()], "account {account}");
    }
}

proptest! {
    /// Orders that come to a price at one time share a place in its queue, those of one account wait for each other, and all are
    /// filled as if there were no others.
    #[test]
    fn those_who_share_a_place_are_each_as_alone(
        orders in prop::collection::vec((0u32..3, 1u64..10, any::<bool>(), 0i64..3, 1i64..120), 1..60),
        partial_fills in any::<bool>(),
    ) {
        let latency = LatencyModel::Constant { ms: 30.0 };
        let queue = QueueModel::PowerProbability(1.5);
        let venue = VenueSettings { latency, book: BookMatching { partial_fills, queue, ..Default::default() }, ..lender() };
        let script = |account: u32, step: u64| {
            let own = orders.iter().filter(|order| (order.0, order.1) == (account, step));
            own.map(|(.., buy, away, lots)| match buy {
                true => ticks(Buy, *lots, 9_999 - away),
                false => ticks(Sell, *lots, 10_001 + away),
            }).collect()
        };
        let together = run(&venue, &script, &[0, 1, 2]);
        for account in 0..3 {
            prop_assert_eq!(&run(&venue, &script, &[account])[0], &together[account as usize]);
        }
    }
}
