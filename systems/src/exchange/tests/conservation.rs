//! Invariants through any sequence of orders.

use std::collections::BTreeMap;

use manyworlds_components::ids::{AccountId, OrderId, SymbolId};
use manyworlds_components::market::MarketData;
use manyworlds_components::order::*;
use manyworlds_components::price::{Lots, Ticks};
use manyworlds_components::side::Side;
use manyworlds_components::time::Timestamp;
use proptest::prelude::*;

use super::helper::*;
use crate::exchange::settings::*;

const BARS: usize = 14;

fn rows() -> impl Strategy<Value = Vec<[f64; 4]>> {
    // Steps in cents on a grid, so that gaps, touches and ties all happen.
    let bar = (-300i64..300, 0i64..300, 0i64..300, 0.0f64..1.0);
    prop::collection::vec(bar, BARS).prop_map(|steps| {
        let mut last = 10_000i64;
        let row = |(gap, up, down, at): (i64, i64, i64, f64)| {
            let open = (last + gap / 2).clamp(5_000, 20_000);
            let (high, low) = (open + up, open - down);
            last = low + ((high - low) as f64 * at) as i64;
            [open, high, low, last].map(|cents| cents as f64 / 100.0)
        };
        steps.into_iter().map(row).collect()
    })
}

fn kind() -> impl Strategy<Value = OrderKind> {
    let price = (9_000i64..11_000).prop_map(Ticks);
    prop_oneof![
        3 => Just(OrderKind::Market),
        2 => price.clone().prop_map(|price| OrderKind::Limit { price }),
        2 => price.clone().prop_map(|trigger| OrderKind::Stop { trigger }),
        1 => (price.clone(), price).prop_map(|(trigger, price)| OrderKind::StopLimit { trigger, price }),
        1 => (1i64..400).prop_map(|o| OrderKind::TrailingStop { offset: Ticks(o), trigger: None }),
    ]
}

fn request() -> impl Strategy<Value = OrderRequest> {
    let quantity = prop_oneof![
        (1i64..60_000).prop_map(|l| OrderQuantity::Lots(Lots(l))),
        (0.0f64..1.5).prop_map(OrderQuantity::EquityFraction),
    ];
    let time_in_force = prop_oneof![
        4 => Just(TimeInForce::Gtc),
        1 => Just(TimeInForce::Ioc),
        1 => Just(TimeInForce::Fok),
        1 => (0i64..BARS as i64 * MINUTE).prop_map(|t| TimeInForce::Gtd(Timestamp(t))),
    ];
    let exit = || prop::option::of(0.001f64..0.05);
    let bracket =
        prop::option::of((exit(), exit(), exit()).prop_map(|(take_profit, stop_loss, trailing_stop)| {
            Bracket { take_profit, stop_loss, trailing_stop }
        }));
    let who = (0u32..2, 0u32..2, any::<bool>());
    (who, kind(), quantity, time_in_force, any::<bool>(), prop::option::of(0u64..3), bracket).prop_map(
        |((account, symbol, buy), kind, quantity, time_in_force, reduce_only, oco_group, bracket)| {
            OrderRequest {
                account: AccountId(account),
                symbol: SymbolId(symbol),
                side: if buy { Side::Buy } else { Side::Sell },
                kind,
                quantity,
                time_in_force,
                reduce_only: reduce_only && !buy,
                oco_group,
                bracket,
            }
        },
    )
}

fn act() -> impl Strategy<Value = Act> {
    let id = (1u64..30).prop_map(OrderId);
    let price = prop::option::of((9_000i64..11_000).prop_map(Ticks));
    let lots = prop::option::of((1i64..60_000).prop_map(Lots));
    prop_oneof![
        8 => request().prop_map(Act::Ask),
        1 => id.clone().prop_map(|id| Act::Send(VenueMessage::Cancel(id))),
        1 => (id, price, lots)
            .prop_map(|(order, price, lots)| Act::Send(VenueMessage::Replace { order, price, lots })),
    ]
}

fn any_venue() -> impl Strategy<Value = VenueSettings> {
    let fills = prop_oneof![
        Just(FillRule::NextOpen),
        Just(FillRule::Close),
        Just(FillRule::WorstCase),
        Just(FillRule::OhlcPath)
    ];
    let slippage = prop_oneof![
        Just(SlippageModel::None),
        (0.0f64..50.0).prop_map(SlippageModel::Bps),
        (0.0f64..50.0).prop_map(|bps| SlippageModel::Spread { bps }),
        (0.0f64..2.0).prop_map(|coefficient| SlippageModel::SquareRoot { coefficient, window: 5 }),
    ];
    let fees = (-1.0f64..5.0, 0.0f64..20.0, 0.0f64..0.01, prop_oneof![Just(0.0), 0.0f64..5.0]);
    let margin = prop::option::of((0.05f64..1.0, 0.1f64..1.0, 0.0f64..100.0));
    let rest = (prop::option::of(0.01f64..1.0), 0.0f64..150_000.0, 0.0f64..5.0);
    (fills, slippage, fees, margin, rest).prop_map(
        |(fills, slippage, (maker_bps, taker_bps, per_unit, minimum), margin, (participation, ms, rate))| {
            let tiers = vec![FeeTier { from_value: 5_000.0, maker_bps: 0.0, taker_bps: taker_bps / 2.0 }];
            let margin = margin.map(|(initial, share, liquidation_fee_bps)| MarginModel {
                initial,
                maintenance: initial * share,
                liquidation_fee_bps,
            });
            VenueSettings {
                fees: FeeModel { maker_bps, taker_bps, per_unit, minimum, tiers },
                latency: LatencyModel::Uniform { min_ms: 0.0, max_ms: ms },
                fills,
                slippage,
                participation,
                margin,
                borrow: BorrowModel { short_rate: rate, cash_rate: rate },
                ..venue()
            }
        },
    )
}

fn check(desk: &Desk) -> Result<(), TestCaseError> {
    let ledger = desk.run();
    let scale = 1.0 + ledger.totals.iter().map(|t| t.traded_value).sum::<f64>() + 20_000.0;
    for a in 0..2 {
        // Cash is what was paid in, less what was paid for, less costs.
        let flows = ledger
            .fills
            .iter()
            .filter(|f| f.account.index() == a)
            .map(|f| -(f.side.sign() as f64) * f.quantity * f.price - f.fee);
        let cash = desk.cash + flows.sum::<f64>() - ledger.totals[a].borrow;
        prop_assert!((cash - ledger.accounts[a].cash).abs() < 1e-9 * scale);
        let value = |s: usize| ledger.positions[s * 2 + a].quantity * desk.last_price(s);
        let equity = cash + value(0) + value(1);
        prop_assert!((equity - ledger.accounts[a].equity).abs() < 1e-9 * scale);
        prop_assert!(ledger.unexplained(a).abs() < 1e-9 * scale, "net of trades is the change of equity");
        if desk.venue.margin.is_none() {
            prop_assert!(ledger.positions.iter().all(|p| p.lots >= 0));
            let borrowed = ledger.equity.iter().filter(|r| r.account.index() == a).map(|r| r.cash);
            prop_assert!(borrowed.fold(0.0, f64::min) >= -1e-9 * scale, "no cash below 0 without margin");
        }
        let rejected = ledger
            .orders
            .iter()
            .filter(|e| e.account.index() == a && matches!(e.status, OrderStatus::Rejected(_)));
        prop_assert!(rejected.count() as u64 <= ledger.totals[a].rejections);
    }
    // Per order: numbers rise, nothing fills before arrival or beyond the bar, nothing after the end.
    let (mut accepted, mut ended, mut newest) = (BTreeMap::new(), BTreeMap::new(), 0);
    for event in &ledger.orders {
        if event.status == OrderStatus::Requested || matches!(event.status, OrderStatus::Accepted) {
            if !accepted.contains_key(&event.order) && event.order.0 > newest {
                newest = event.order.0;
            }
            accepted.insert(event.order, event.ts);
        }
        if event.status.is_done() {
            prop_assert!(ended.insert(event.order, event.ts).is_none(), "an order ends once: {event:?}");
        }
    }
    let mut filled: BTreeMap<OrderId, i64> = BTreeMap::new();
    for fill in &ledger.fills {
        *filled.entry(fill.order).or_default() += fill.lots.0;
        prop_assert!(fill.lots.0 > 0);
        prop_assert!(fill.ts >= accepted[&fill.order], "no fill before arrival");
        let events = &desk.events[fill.symbol.index()];
        let inside = events.iter().any(|e| match &e.data {
            MarketData::Bar(b) => {
                (b.open_time == fill.ts || b.close_time == fill.ts)
                    && fill.price >= b.low
                    && fill.price <= b.high
            }
            _ => false,
        });
        prop_assert!(inside, "no fill outside of its bar: {fill:?}");
    }
    if let Some(share) = desk.venue.participation {
        // A close and the next open have one time: two bars' shares.
        let mut at: BTreeMap<(OrderId, Timestamp), i64> = BTreeMap::new();
        for fill in &ledger.fills {
            *at.entry((fill.order, fill.ts)).or_default() += fill.lots.0;
        }
        let most = 2 * (share * 10.0 / 0.001 + 1e-6).floor() as i64;
        prop_assert!(at.values().all(|lots| *lots <= most), "no more than the share of the volume");
    }
    for (order, lots) in &filled {
        let asked = desk.script.iter().filter_map(|(_, act)| match act {
            Act::Send(VenueMessage::Replace { order: o, lots: Some(l), .. }) if o == order => Some(l.0),
            _ => None,
        });
        if let Some(own) = desk.fixed_lots(*order) {
            prop_assert!(*lots <= asked.fold(own, i64::max), "never more filled than ordered");
        }
    }
    Ok(())
}

impl Desk {
    fn last_price(&self, symbol: usize) -> f64 {
        match &self.events[symbol].last().unwrap().data {
            MarketData::Bar(bar) => bar.close,
            MarketData::Trade(trade) => trade.price,
            other => unreachable!("{other:?}"),
        }
    }

    /// The lots that were asked for under a number, if neither an exit of a bracket nor an order that closes a position by force
    /// (a liquidation, a drawdown limit) can have taken it.
    fn fixed_lots(&self, order: OrderId) -> Option<i64> {
        let asks = self.script.iter().filter_map(|(_, act)| match act {
            Act::Ask(request) => Some(request),
            Act::Send(_) => None,
        });
        let plain = self.venue.margin.is_none()
            && self.risk.max_drawdown.is_none()
            && self.script.iter().all(|(_, a)| !matches!(a, Act::Ask(r) if r.bracket.is_some()));
        let request = asks.collect::<Vec<_>>().get(order.0 as usize - 1).copied()?;
        match request.quantity {
            OrderQuantity::Lots(lots) if plain => Some(lots.0),
            _ => None,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn any_orders(
        venue in any_venue(),
        first in rows(),
        second in rows(),
        mut script in prop::collection::vec((1u64..BARS as u64, act()), 1..25),
        brackets in any::<bool>(),
        drawdown in prop::option::of(0.02f64..0.2),
    ) {
        // In the order in which they are asked for, so that numbers can be told.
        script.sort_by_key(|(step, _)| *step);
        if !brackets {
            for (_, act) in &mut script {
                if let Act::Ask(request) = act {
                    request.bracket = None;
                }
            }
        }
        let mut desk = Desk { accounts: 2, ..Desk::bars(venue, &first).and_bars(&second) };
        desk.risk.max_drawdown = drawdown.filter(|_| brackets);
        desk.script = script;
        check(&desk)?;
    }
}
