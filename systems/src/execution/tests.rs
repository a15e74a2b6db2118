//! What a parent order sends when, and settings that cannot be.

use manyworlds_components::decision::DecisionRule;
use manyworlds_components::ids::{AccountId, SymbolId, VenueId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::order::{OrderKind, OrderQuantity, OrderRequest, TimeInForce};
use manyworlds_components::price::{Lots, Step, Ticks};
use manyworlds_components::side::Side;
use manyworlds_components::time::Timestamp;

use super::execute::due;
use super::schedule::targets;
use super::settings::{ScheduleRule, SliceOrders, VolumeProfile};
use super::{ExecutionSettings, ParentOrder, ParentPlan};
use crate::setting::Checker;

fn settings(orders: SliceOrders) -> ExecutionSettings {
    ExecutionSettings {
        symbol: None,
        side: Side::Sell,
        quantity: 9.0,
        start: Some(Timestamp(1_000)),
        end: Timestamp(4_000),
        schedule: ScheduleRule::Twap,
        slices: 3,
        orders,
    }
}

fn parent(orders: SliceOrders) -> (ParentPlan, ParentOrder) {
    let settings = settings(orders);
    let instrument = Instrument {
        symbol: "S".into(),
        venue: VenueId(0),
        base: "S".into(),
        quote: "USD".into(),
        tick_size: Step::new(0.5).unwrap(),
        lot_size: Step::new(1.0).unwrap(),
    };
    let (account, symbol) = (AccountId(0), SymbolId(0));
    let order = ParentOrder {
        started: Some(Timestamp(1_000)),
        targets: targets(&settings, Timestamp(1_000), 9, |_, _| 0.0),
        ..ParentOrder::default()
    };
    (ParentPlan { account, symbol, instrument, settings, has_book: true, lots: 9, volumes: None }, order)
}

fn sent(
    plan: &ParentPlan,
    order: &mut ParentOrder,
    now: i64,
    done: i64,
) -> Option<(DecisionRule, OrderRequest)> {
    order.done = done;
    due(plan, order, Timestamp(now), (Some((Ticks(200), Ticks(203))), 101.0))
}

#[test]
fn slices_at_the_market() {
    let (plan, mut order) = parent(SliceOrders::Market);
    let mut lots = |now, done| {
        let (rule, request) = sent(&plan, &mut order, now, done)?;
        assert_eq!((request.side, request.kind), (Side::Sell, OrderKind::Market));
        let OrderQuantity::Lots(Lots(lots)) = request.quantity else { panic!() };
        Some((rule, lots))
    };
    assert_eq!(lots(1_000, 0), Some((DecisionRule::Slice, 3)));
    assert_eq!(lots(1_500, 2), Some((DecisionRule::Slice, 1)), "what was refused is sent again");
    assert_eq!(lots(1_500, 3), None);
    assert_eq!(lots(2_000, 2), Some((DecisionRule::CatchUp, 1)), "first what is late");
    assert_eq!(lots(2_000, 3), Some((DecisionRule::Slice, 3)));
    assert_eq!(lots(4_000, 6), Some((DecisionRule::CatchUp, 3)), "beyond the end, all that is left");
    assert_eq!(order.not_before, Timestamp(4_100), "a tenth of a slice later at the earliest");
}

#[test]
fn passive_slices_rest_and_then_cross() {
    let (plan, mut order) = parent(SliceOrders::Passive);
    let (rule, request) = sent(&plan, &mut order, 1_200, 0).unwrap();
    assert_eq!(rule, DecisionRule::Slice);
    assert_eq!(request.kind, OrderKind::Limit { price: Ticks(203) }, "the best price of its own side");
    assert_eq!(request.time_in_force, TimeInForce::Gtd(Timestamp(2_000)));
    let (rule, request) = sent(&plan, &mut order, 2_000, 1).unwrap();
    assert_eq!((rule, request.kind), (DecisionRule::CatchUp, OrderKind::Market));
    assert_eq!(request.quantity, OrderQuantity::Lots(Lots(2)));
    // Without a book: the last price.
    order.done = 3;
    let (_, request) = due(&plan, &mut order, Timestamp(2_100), (None, 101.0)).unwrap();
    assert_eq!(request.kind, OrderKind::Limit { price: Ticks(202) });
}

#[test]
fn settings_say_what_is_wrong_with_them() {
    let wrong = |settings: ExecutionSettings| {
        Checker::run(&settings).iter().map(|e| e.path.clone()).collect::<Vec<_>>()
    };
    let fine = settings(SliceOrders::Market);
    assert_eq!(wrong(fine.clone()), [] as [&str; 0]);
    assert_eq!(wrong(ExecutionSettings { quantity: f64::NAN, ..fine.clone() }), ["quantity"]);
    assert_eq!(wrong(ExecutionSettings { slices: 0, ..fine.clone() }), ["slices"]);
    assert_eq!(wrong(ExecutionSettings { end: Timestamp(1_000), ..fine.clone() }), ["end"]);
    let vwap = |profile| ExecutionSettings { schedule: ScheduleRule::Vwap { profile }, ..fine.clone() };
    assert_eq!(wrong(vwap(VolumeProfile::Given(vec![1.0; 3]))), [] as [&str; 0]);
    assert_eq!(wrong(vwap(VolumeProfile::Given(vec![1.0, 2.0]))), ["schedule.profile"]);
    assert_eq!(wrong(vwap(VolumeProfile::Given(vec![0.0; 3]))), ["schedule.profile"]);
    assert_eq!(wrong(vwap(VolumeProfile::Given(vec![1.0, -1.0, 1.0]))), ["schedule.profile[1]"]);
    let bucket = "7m".parse().unwrap();
    let learned = VolumeProfile::Learned { bucket, half_life_days: 0.0 };
    assert_eq!(wrong(vwap(learned)), ["schedule.profile.bucket", "schedule.profile.half_life_days"]);
    let rush = ScheduleRule::AlmgrenChriss {
        risk_aversion: -1.0,
        volatility: 1.0,
        temporary_impact: 1e-20,
        permanent_impact: 1.0,
        fixed_cost: 0.0,
    };
    let paths = wrong(ExecutionSettings { schedule: rush, ..fine });
    assert_eq!(paths, ["schedule.risk_aversion", "schedule.temporary_impact"]);
}
