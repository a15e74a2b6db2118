//! Prices and bounds of quotes, whatever the book, the position and the orders are.

use manyworlds_components::ids::OrderId;
use manyworlds_components::own_orders::{OwnOrder, OwnOrders, OwnStatus};
use manyworlds_components::price::{Lots, Ticks};
use manyworlds_components::side::Side;
use manyworlds_components::time::{Frame, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;

use super::pricing::{Plan, TopOfBook, wanted};
use super::reconcile::{Change, Room, reconcile};
use super::settings::{FairPrice, HalfSpread, MarketMakingSettings, QuoteRule};
use crate::setting::Checker;

fn plan(around: FairPrice, rule: QuoteRule) -> Plan {
    Plan {
        around,
        rule,
        size: 10,
        most: 100,
        least: -100,
        target: 0,
        requote: 1,
        post_only: true,
        cash_only: false,
    }
}

fn skewed(half_spread: f64, skew: f64) -> QuoteRule {
    QuoteRule::Skewed { half_spread: HalfSpread::Ticks(half_spread), skew }
}

const TOP: TopOfBook = TopOfBook { bid: 100, ask: 104, bid_size: 30, ask_size: 10, microprice: Some(102.2) };

fn quotes(plan: &Plan, lots: i64) -> (i64, i64) {
    let wanted = wanted(plan, &TOP, lots, Timestamp(0), Some(2.0)).unwrap();
    (wanted.bid.unwrap(), wanted.ask.unwrap())
}

#[test]
fn quotes_stand_around_the_price_that_was_asked_for() {
    // Mid 102, weighted mid (100 x 10 + 104 x 30) / 40 = 103, microprice 102.2.
    assert_eq!(quotes(&plan(FairPrice::Mid, skewed(1.5, 0.0)), 0), (100, 104));
    assert_eq!(quotes(&plan(FairPrice::Mid, skewed(1.0, 0.0)), 0), (101, 103));
    assert_eq!(quotes(&plan(FairPrice::WeightedMid, skewed(1.0, 0.0)), 0), (102, 104));
    assert_eq!(quotes(&plan(FairPrice::Microprice, skewed(1.0, 0.0)), 0), (101, 104));
    assert_eq!(quotes(&plan(FairPrice::Best, skewed(0.0, 0.0)), 0), (100, 104));
    assert_eq!(quotes(&plan(FairPrice::Best, skewed(2.0, 0.0)), 0), (98, 106));
    // 100 basis points of 102 are 1.02 ticks.
    let bps = QuoteRule::Skewed { half_spread: HalfSpread::Bps(100.0), skew: 0.0 };
    assert_eq!(quotes(&plan(FairPrice::Mid, bps), 0), (100, 104));
    let blind = TopOfBook { microprice: None, ..TOP };
    let micro = plan(FairPrice::Microprice, skewed(1.0, 0.0));
    assert_eq!(wanted(&micro, &blind, 0, Timestamp(0), None), None, "not before it is known");
}

#[test]
fn positions_move_quotes_against_themselves() {
    let plan = plan(FairPrice::Mid, skewed(1.0, 0.1));
    assert_eq!((quotes(&plan, 10), quotes(&plan, -10)), ((100, 102), (102, 104)));
    assert_eq!(quotes(&plan, 30), (98, 101), "it never crosses: the ask stays above the bid of the book");
    let home = Plan { target: 30, ..plan };
    assert_eq!(quotes(&home, 30), (101, 103));
}

#[test]
fn the_dealer_of_avellaneda_and_stoikov() {
    let horizon = Frame::MINUTE;
    let rule =
        |until| QuoteRule::AvellanedaStoikov { gamma: 0.02, k: 0.8, horizon, until, half_life: horizon };
    // 60 s at 2 ticks^2 each: gamma sigma^2 T = 2.4; 2 / gamma ln(1 + gamma / k) = 2.469; half: 2.4346.
    let dealer = plan(FairPrice::Mid, rule(None));
    let known = wanted(&dealer, &TOP, 0, Timestamp(0), Some(2.0)).unwrap();
    assert!((known.half_spread - 2.434_630).abs() < 1e-5, "{known:?}");
    assert_eq!((known.bid, known.ask), (Some(99), Some(105)));
    // Ten lots are one size: the price moves by gamma sigma^2 T.
    let long = wanted(&dealer, &TOP, 10, Timestamp(0), Some(2.0)).unwrap();
    assert!((long.shift + 2.4).abs() < 1e-12);
    assert_eq!(wanted(&dealer, &TOP, 0, Timestamp(0), None), None, "volatility is not known yet");
    let half = Timestamp(horizon.nanos() / 2);
    let ending = plan(FairPrice::Mid, rule(Some(half)));
    let late = wanted(&ending, &TOP, 10, Timestamp(0), Some(2.0)).unwrap();
    assert!((late.shift + 1.2).abs() < 1e-12);
    assert_eq!(wanted(&ending, &TOP, 10, half, Some(2.0)), None, "the time is over");
}

fn order(id: u64, side: Side, price: i64, lots: i64, status: OwnStatus) -> OwnOrder {
    OwnOrder { id: OrderId(id), side, price: Some(Ticks(price)), remaining: Lots(lots), status }
}

fn changes(own: &OwnOrders, side: Side, wanted: Option<i64>, room: Room) -> Vec<Change> {
    let mut all = Vec::new();
    reconcile(own, side, wanted, &room, |change| all.push(change));
    all
}

const ROOM: Room = Room { size: 10, most: 25, least: -25, affordable: None };

#[test]
fn an_order_at_its_tick_stays_and_others_go() {
    use OwnStatus::{Accepted, CancelPending, Requested};
    let place = |price, lots| Change::Place { side: Side::Buy, price: Ticks(price), lots };
    let cancel = |id| Change::Cancel(OrderId(id));
    let of = |orders: &[OwnOrder], lots| OwnOrders { orders: orders.to_vec(), lots };
    let buy = |id, price, lots, status| order(id, Side::Buy, price, lots, status);

    assert_eq!(changes(&of(&[], 0), Side::Buy, Some(7), ROOM), [place(7, 10)]);
    // What is left of it keeps its place in the queue; the other side is not looked at.
    let stands = of(&[buy(1, 7, 3, Accepted), order(2, Side::Sell, 9, 10, Accepted)], 0);
    assert_eq!(changes(&stands, Side::Buy, Some(7), ROOM), []);
    assert_eq!(changes(&of(&[buy(1, 7, 10, Requested)], 0), Side::Buy, Some(7), ROOM), []);
    assert_eq!(changes(&stands, Side::Buy, Some(8), ROOM), [cancel(1), place(8, 10)]);
    assert_eq!(changes(&stands, Side::Buy, None, ROOM), [cancel(1)]);
    // What is on its way out may still fill.
    let leaving = of(&[buy(1, 7, 10, CancelPending)], 0);
    assert_eq!(changes(&leaving, Side::Buy, Some(7), ROOM), [place(7, 10)]);
    assert_eq!(changes(&OwnOrders { lots: 10, ..leaving.clone() }, Side::Buy, Some(7), ROOM), [place(7, 5)]);
    assert_eq!(changes(&OwnOrders { lots: 15, ..leaving }, Side::Buy, Some(7), ROOM), []);
    // Two at one price: the first stays.
    let twice = of(&[buy(1, 7, 5, Accepted), buy(2, 7, 5, Accepted)], 0);
    assert_eq!(changes(&twice, Side::Buy, Some(7), ROOM), [cancel(2)]);
    // Beyond the bound, as an intervention may leave it, nothing stands.
    assert_eq!(changes(&of(&[buy(1, 7, 10, Accepted)], 20), Side::Buy, Some(7), ROOM), [cancel(1)]);
    // Money for six.
    let room = Room { affordable: Some(6), ..ROOM };
    assert_eq!(changes(&of(&[], 0), Side::Buy, Some(7), room), [place(7, 6)]);
}

#[test]
fn settings_say_what_is_wrong_with_them() {
    let wrong = |settings: MarketMakingSettings| {
        Checker::run(&settings).iter().map(|e| e.path.clone()).collect::<Vec<_>>()
    };
    let fine = MarketMakingSettings::default();
    assert_eq!(wrong(fine.clone()), [] as [&str; 0]);
    assert_eq!(wrong(MarketMakingSettings { size: 0.0, ..fine.clone() }), ["size"]);
    assert_eq!(wrong(MarketMakingSettings { max_position: -1.0, ..fine.clone() }), ["max_position"]);
    assert_eq!(wrong(MarketMakingSettings { min_position: Some(11.0), ..fine.clone() }), ["min_position"]);
    assert_eq!(
        wrong(MarketMakingSettings { quotes: skewed(0.0, 0.0), ..fine.clone() }),
        ["quotes.half_spread"]
    );
    let join = MarketMakingSettings { quotes: skewed(0.0, -1.0), around: FairPrice::Best, ..fine.clone() };
    assert_eq!(wrong(join), ["quotes.skew"]);
    let (horizon, half_life) = (Frame::MINUTE, Frame::MINUTE);
    let dealer = QuoteRule::AvellanedaStoikov { gamma: 0.0, k: 1.0, horizon, until: None, half_life };
    assert_eq!(wrong(MarketMakingSettings { quotes: dealer, ..fine.clone() }), ["quotes.gamma"]);
    let nowhere = MarketMakingSettings {
        quotes: QuoteRule::AvellanedaStoikov { gamma: 0.1, k: 1.0, horizon, until: None, half_life },
        around: FairPrice::Best,
        ..fine
    };
    assert_eq!(wrong(nowhere), ["quotes"]);
}

fn own_orders() -> impl Strategy<Value = OwnOrders> {
    let status = select(vec![OwnStatus::Requested, OwnStatus::Accepted, OwnStatus::CancelPending]);
    let side = select(vec![Side::Buy, Side::Sell]);
    let order = (side, prop::option::of(95i64..105), 1i64..30, status);
    (prop::collection::vec(order, 0..6), -60i64..60).prop_map(|(orders, lots)| {
        let order =
            |(i, (side, price, remaining, status)): (usize, (Side, Option<i64>, i64, OwnStatus))| OwnOrder {
                id: OrderId(i as u64 + 1),
                side,
                price: price.map(Ticks),
                remaining: Lots(remaining),
                status,
            };
        OwnOrders { orders: orders.into_iter().enumerate().map(order).collect(), lots }
    })
}

proptest! {
    /// Post-only quotes never meet the other side's best price, and the bid is always below the ask.
    #[test]
    fn quotes_do_not_cross(
        bid in 1i64..1_000_000, spread in 1i64..500, sizes in (0i64..1_000, 0i64..1_000), lots in -1_000i64..1_000,
        half in 0.001f64..300.0, skew in 0.0f64..10.0, around in select(vec![FairPrice::Mid, FairPrice::WeightedMid, FairPrice::Best]),
        gamma in prop::option::of(1e-6f64..1.0), variance in 0.0f64..1e4, post_only in any::<bool>(),
    ) {
        let top = TopOfBook { bid, ask: bid + spread, bid_size: sizes.0, ask_size: sizes.1, microprice: None };
        let horizon = Frame::MINUTE;
        let (around, rule) = match gamma {
            Some(gamma) => {
                let rule = QuoteRule::AvellanedaStoikov { gamma, k: 1.0, horizon, until: None, half_life: horizon };
                (FairPrice::Mid, rule)
            }
            None => (around, skewed(half, skew)),
        };
        let plan = Plan { post_only, ..plan(around, rule) };
        let wanted = wanted(&plan, &top, lots, Timestamp(0), Some(variance)).unwrap();
        if post_only {
            prop_assert!(wanted.bid.is_none_or(|price| price < top.ask));
            prop_assert!(wanted.ask.is_none_or(|price| price > top.bid));
        }
        if let (Some(bid), Some(ask)) = (wanted.bid, wanted.ask) {
            prop_assert!(bid < ask);
        }
        prop_assert!(wanted.bid.is_none_or(|price| price > 0) && wanted.ask.is_none_or(|price| price > 0));
    }

    /// Whatever fills of what works after the changes, those that are to be canceled included: the position stays in its bounds, if
    /// it was within them with all that worked before.
    #[test]
    fn positions_stay_in_their_bounds(own in own_orders(), prices in (94i64..100, 100i64..106), size in 1i64..40) {
        let room = Room { size, most: 50, least: -50, affordable: None };
        let mut exposed = [own.exposed(Side::Buy), own.exposed(Side::Sell)];
        let (highest, lowest) = (own.lots + exposed[0], own.lots - exposed[1]);
        for (i, side, wanted) in [(0, Side::Buy, prices.0), (1, Side::Sell, prices.1)] {
            let mut at_price = own.quotes(side).filter(|o| o.price == Some(Ticks(wanted))).count();
            for change in changes(&own, side, Some(wanted), room) {
                match change {
                    Change::Place { lots, price, .. } => {
                        prop_assert!(lots > 0 && lots <= size && price == Ticks(wanted));
                        exposed[i] += lots;
                        at_price += 1;
                    }
                    Change::Cancel(id) => {
                        let order = own.get(id).unwrap();
                        prop_assert!(order.side == side && order.status != OwnStatus::CancelPending);
                        at_price -= usize::from(order.price == Some(Ticks(wanted)));
                    }
                }
            }
            prop_assert!(at_price <= 1, "one quote a side");
        }
        prop_assert!(own.lots + exposed[0] <= highest.max(50));
        prop_assert!(own.lots - exposed[1] >= lowest.min(-50));
    }
}
