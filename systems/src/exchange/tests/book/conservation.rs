//! Invariants through any orders and any events.

use std::collections::BTreeMap;

use manyworlds_components::market::MarketEvent;
use manyworlds_components::order::*;
use manyworlds_components::price::{Lots, Ticks};
use manyworlds_components::side::Side;
use manyworlds_engine::StepOutcome;
use proptest::prelude::*;

use super::helper::*;
use crate::exchange::book::queue::QueueModel;
use crate::exchange::book::settings::*;
use crate::exchange::settings::*;

fn any_event() -> impl Strategy<Value = (i64, u8, i64, i64)> {
    (1i64..400, 0u8..8, 9_990i64..10_010, 0i64..200)
}

/// Events that leave the book uncrossed mostly, but not always.
fn events(rows: &[(i64, u8, i64, i64)]) -> Vec<MarketEvent> {
    let mut ms = 1_000;
    let event = |&(gap, kind, price, size): &(i64, u8, i64, i64)| {
        ms += gap;
        let data = match kind {
            0 | 1 => bid(price.min(9_999 + size % 3), size),
            2 | 3 => ask(price.max(10_001 - size % 3), size),
            4 => bought(price, size + 1),
            5 => sold(price, size + 1),
            6 => bid(price - 8, size),
            _ => ask(price + 8, size),
        };
        late(ms, size % 30, data)
    };
    let mut events: Vec<MarketEvent> = rows.iter().map(event).collect();
    events.sort_by_key(|e| (e.ts_recv, e.data.priority()));
    events
}

fn request() -> impl Strategy<Value = OrderRequest> {
    let price = (9_990i64..10_010).prop_map(Ticks);
    let kind = prop_oneof![
        2 => Just(OrderKind::Market),
        5 => price.clone().prop_map(|price| OrderKind::Limit { price }),
        1 => price.clone().prop_map(|trigger| OrderKind::Stop { trigger }),
        1 => (price.clone(), price).prop_map(|(trigger, price)| OrderKind::StopLimit { trigger, price }),
        1 => (1i64..8).prop_map(|o| OrderKind::TrailingStop { offset: Ticks(o), trigger: None }),
    ];
    let time = prop_oneof![
        4 => Just(TimeInForce::Gtc),
        2 => Just(TimeInForce::Gtx),
        1 => Just(TimeInForce::Ioc),
        1 => Just(TimeInForce::Fok),
    ];
    let bracket = prop::option::of((0.0002f64..0.001, 0.0002f64..0.001).prop_map(|(profit, loss)| Bracket {
        take_profit: Some(profit),
        stop_loss: Some(loss),
        trailing_stop: None,
    }));
    (any::<bool>(), kind, 1i64..150, time, any::<bool>(), bracket).prop_map(
        |(buy, kind, lots, time_in_force, reduce_only, bracket)| OrderRequest {
            time_in_force,
            reduce_only: reduce_only && !buy,
            bracket,
            ..order(if buy { Side::Buy } else { Side::Sell }, lots, kind)
        },
    )
}

fn act() -> impl Strategy<Value = Act> {
    let id = || 1u64..30;
    let price = prop::option::of(9_990i64..10_010);
    let lots = prop::option::of(1i64..150);
    prop_oneof![
        6 => request().prop_map(Act::Ask),
        1 => id().prop_map(|id| Act::Send(cancel(id))),
        1 => (id(), price, lots).prop_map(|(id, price, lots)| Act::Send(replace(id, price, lots))),
    ]
}

fn any_venue() -> impl Strategy<Value = VenueSettings> {
    let queue = prop_oneof![
        Just(QueueModel::RiskAverse),
        (0.5f64..4.0).prop_map(QueueModel::PowerProbability),
        Just(QueueModel::LogProbability),
    ];
    let self_trade = prop_oneof![
        Just(SelfTradePrevention::Off),
        Just(SelfTradePrevention::CancelTaker),
        Just(SelfTradePrevention::CancelMaker),
        Just(SelfTradePrevention::CancelBoth),
    ];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (queue, self_trade, flags, 0.0f64..900.0, 0.0f64..900.0).prop_map(
        |(queue, self_trade, (partial_fills, consume_displayed, spot), entry_ms, response_ms)| {
            let book =
                BookMatching { queue, partial_fills, consume_displayed, self_trade, ..Default::default() };
            let base = if spot { venue() } else { lender() };
            let fees = FeeModel { maker_bps: -0.5, taker_bps: 3.0, ..base.fees.clone() };
            VenueSettings {
                latency: LatencyModel::PerDirection { entry_ms, response_ms },
                fees,
                book,
                ..base
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_orders_before_any_book(
        venue in any_venue(),
        rows in prop::collection::vec(any_event(), 5..60),
        mut script in prop::collection::vec((1u64..12, act()), 1..25),
    ) {
        script.sort_by_key(|(step, _)| *step);
        let mut desk = desk(venue.clone(), events(&rows));
        desk.script = script.clone();
        let ledger = desk.run();
        let flows = ledger.fills.iter().map(|f| -(f.side.sign() as f64) * f.quantity * f.price - f.fee);
        let cash = desk.cash + flows.sum::<f64>();
        prop_assert!((cash - ledger.accounts[0].cash).abs() < 1e-6, "cash is what was paid in and out");
        let held: i64 = ledger.fills.iter().map(|f| f.side.sign() * f.lots.0).sum();
        prop_assert_eq!(held, ledger.positions[0].lots);
        prop_assert!(ledger.unexplained(0).abs() < 1e-6, "net of trades is the change of equity");
        if venue.margin.is_none() {
            prop_assert!(held >= 0);
        }
        let (mut arrived, mut ended, mut filled) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for event in &ledger.orders {
            if event.status == OrderStatus::Accepted {
                arrived.insert(event.order, event.ts);
            }
            if event.status.is_done() {
                prop_assert!(ended.insert(event.order, event.ts).is_none(), "an order ends once: {:?}", event);
            }
        }
        for fill in &ledger.fills {
            prop_assert!(arrived.get(&fill.order).is_some_and(|t| *t <= fill.ts), "not before it arrived: {fill:?}");
            prop_assert!(ended.get(&fill.order).is_none_or(|t| fill.ts <= *t), "not after its end: {fill:?}");
            *filled.entry(fill.order).or_insert(0) += fill.lots.0;
        }
        // Limits are kept; nothing is filled beyond what was asked for.
        let replaced = |id| script.iter().filter_map(move |(_, act)| match act {
            Act::Send(VenueMessage::Replace { order, price, lots }) if *order == id => Some((*price, *lots)),
            _ => None,
        });
        let asks: Vec<OrderRequest> = script.iter().filter_map(|(_, act)| match act {
            Act::Ask(request) => Some(*request),
            Act::Send(_) => None,
        }).collect();
        let exits = asks.iter().any(|r| r.bracket.is_some());
        for (i, request) in asks.iter().enumerate().filter(|_| !exits && venue.margin.is_none()) {
            let id = manyworlds_components::ids::OrderId(i as u64 + 1);
            let OrderQuantity::Lots(Lots(own)) = request.quantity else { unreachable!() };
            let most = replaced(id).filter_map(|(_, lots)| lots).fold(own, |most, lots| most.max(lots.0));
            prop_assert!(filled.get(&id).is_none_or(|lots| *lots <= most));
            if let OrderKind::Limit { price } = request.kind
                && replaced(id).all(|(price, _)| price.is_none())
            {
                let limit = price.0 as f64 / 100.0;
                let sign = request.side.sign() as f64;
                let of = ledger.fills.iter().filter(|f| f.order == id);
                prop_assert!(of.clone().all(|f| (f.price - limit) * sign <= 1e-9));
                let post_only = request.time_in_force.is_post_only();
                prop_assert!(of.clone().all(|f| !post_only || f.liquidity == manyworlds_components::side::LiquiditySide::Maker));
            }
        }
        // From a snapshot on, it goes on as without; and what an account has heard of in the end is what happened.
        let (mut whole, mut fork) = (desk.build(), desk.build());
        for _ in 0..4 {
            whole.step().unwrap();
        }
        fork.restore(&whole.snapshot()).unwrap();
        for simulation in [&mut whole, &mut fork] {
            while matches!(simulation.step().unwrap(), StepOutcome::Advanced(_)) {}
        }
        prop_assert_eq!(whole.digest(), fork.digest());
        let own = watched(&desk).pop().unwrap();
        let heard = ledger.fills.last().is_none_or(|f| f.ts.0 + 900_000_000 < ledger.orders.last().unwrap().ts.0);
        prop_assert!(!heard || own.lots.abs() <= ledger.fills.iter().map(|f| f.lots.0).sum());
    }
}
