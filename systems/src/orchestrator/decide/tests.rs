//! The table of decisions, the dense pass against it, and sizes.

use manyworlds_components::account::{Account, AccountStatus};
use manyworlds_components::bar::Bar;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::decision::DecisionRule;
use manyworlds_components::forecast::{Action, Probabilities};
use manyworlds_components::ids::{AccountId, VenueId};
use manyworlds_components::instrument::Instrument;
use manyworlds_components::order::OrderQuantity;
use manyworlds_components::price::{Lots, Step};
use manyworlds_components::side::Side;
use manyworlds_components::time::{Frame, Timestamp};
use proptest::prelude::*;

use super::super::performance::Performance;
use super::super::settings::{AllowedSide, OppositeSignal, Rebalance, Sizing};
use super::super::signals::Signal;
use super::desk::Case;
use super::*;
use crate::microstructure::ImpactEstimate;
use crate::microstructure::settings::ImpactSettings;

fn policy(side: AllowedSide, opposite: OppositeSignal, pyramid: u32) -> DecisionPolicy {
    DecisionPolicy { side, opposite, pyramid, ..DecisionPolicy::default() }
}

/// `p` on the action, the rest on HOLD.
fn signal(action: Action, p: f64) -> Probabilities {
    match action {
        Action::Buy => Probabilities::new(0.0, 1.0 - p, p),
        Action::Sell => Probabilities::new(p, 1.0 - p, 0.0),
        Action::Hold => Probabilities::new((1.0 - p) / 2.0, p, (1.0 - p) / 2.0),
    }
    .unwrap()
}

/// {FLAT, LONG, SHORT} x {BUY, SELL, HOLD} x {below, at, above}: entry 0.60, exit 0.45.
#[test]
fn the_table() {
    use DecisionRule::*;
    let both = policy(AllowedSide::Both, OppositeSignal::Closes, 0);
    // Below the exit, at it, between, at the entry, above.
    let p = [0.44, 0.45, 0.59, 0.60, 0.90];
    let with = [BelowThreshold, BelowThreshold, BelowThreshold];
    let enters = [with[0], with[1], with[2], Enter, Enter];
    let agrees = [with[0], with[1], with[2], AlreadyHeld, AlreadyHeld];
    let exits = [BelowThreshold, Exit, Exit, Exit, Exit];
    let nothing = [BelowThreshold; 5];
    let table = [
        (0, Action::Buy, enters),
        (0, Action::Sell, enters),
        (0, Action::Hold, nothing),
        (5, Action::Buy, agrees),
        (5, Action::Sell, exits),
        (5, Action::Hold, nothing),
        (-5, Action::Buy, exits),
        (-5, Action::Sell, agrees),
        (-5, Action::Hold, nothing),
    ];
    for (lots, action, rules) in table {
        for (p, rule) in p.into_iter().zip(rules) {
            let acts = matches!(rule, Enter | Exit);
            let expected = (if acts { action } else { Action::Hold }, rule);
            let made = verdict(lots, 0, &signal(action, p), &Thresholds::of(&both), &both);
            assert_eq!(made, expected, "{lots} lots, {action:?} at {p}");
        }
    }
}

#[test]
fn flips_sides_and_pyramids() {
    use DecisionRule::*;
    let rule = |policy: &DecisionPolicy, lots, adds, action, p| {
        verdict(lots, adds, &signal(action, p), &Thresholds::of(policy), policy).1
    };
    let flips = policy(AllowedSide::Both, OppositeSignal::Flips, 2);
    assert_eq!(rule(&flips, 5, 0, Action::Sell, 0.59), Exit);
    assert_eq!(rule(&flips, 5, 0, Action::Sell, 0.60), Flip);
    assert_eq!(rule(&flips, -5, 0, Action::Buy, 0.60), Flip);
    assert_eq!(
        (rule(&flips, 5, 1, Action::Buy, 0.6), rule(&flips, 5, 2, Action::Buy, 0.6)),
        (Pyramid, AlreadyHeld)
    );
    let long_only = policy(AllowedSide::LongOnly, OppositeSignal::Flips, 0);
    assert_eq!(rule(&long_only, 0, 0, Action::Sell, 0.9), SideNotAllowed);
    assert_eq!(rule(&long_only, 5, 0, Action::Sell, 0.9), Exit);
    let short_only = policy(AllowedSide::ShortOnly, OppositeSignal::Closes, 0);
    assert_eq!(rule(&short_only, 0, 0, Action::Buy, 0.9), SideNotAllowed);
    assert_eq!(rule(&short_only, 0, 0, Action::Sell, 0.9), Enter);
}

#[test]
fn equal_buy_and_sell_are_no_signal() {
    let low = DecisionPolicy { entry: 0.4, exit: 0.4, side: AllowedSide::Both, ..DecisionPolicy::default() };
    let p = Probabilities::new(0.45, 0.1, 0.45).unwrap();
    for lots in [-1, 0, 1] {
        assert_eq!(verdict(lots, 0, &p, &Thresholds::of(&low), &low).0, Action::Hold);
    }
}

fn any_policy() -> impl Strategy<Value = DecisionPolicy> {
    let sides = [AllowedSide::LongOnly, AllowedSide::ShortOnly, AllowedSide::Both];
    let select = [Selection::All, Selection::Rank { top: 0.1, bottom: 0.0, rebalance: Rebalance::Step }];
    (0.34f64..1.0, 0.34f64..1.0, 0usize..3, any::<bool>(), 0u32..2, 0usize..8).prop_map(
        move |(entry, exit, side, flips, pyramid, rank)| DecisionPolicy {
            entry,
            exit,
            side: sides[side],
            opposite: if flips { OppositeSignal::Flips } else { OppositeSignal::Closes },
            pyramid,
            select: select[usize::from(rank == 0)],
            ..DecisionPolicy::default()
        },
    )
}

proptest! {
    /// The dense pass hits exactly the accounts for which the table says to act.
    #[test]
    fn the_dense_pass_is_the_table(
        accounts in prop::collection::vec((any_policy(), -2i64..3, any::<bool>()), 1..40),
        weights in prop::array::uniform3(0.0f64..1.0),
    ) {
        let p = Probabilities::normalized(weights.map(|w| w + 1e-6)).unwrap();
        let Some(signal) = lean(&p) else { return Ok(()) };
        let thresholds: Vec<_> = accounts.iter().map(|a| Thresholds::of(&a.0)).collect();
        let blocks: Vec<_> = accounts.iter().map(|a| Blocks::of(&a.0)).collect();
        let mut hits = vec![7; accounts.len()];
        let (lots, busy) = (accounts.iter().map(|a| a.1), accounts.iter().map(|a| a.2));
        mark_hits(signal, &thresholds, &blocks, lots, busy, &mut hits);
        for ((hit, (policy, lots, busy)), t) in hits.iter().zip(&accounts).zip(&thresholds) {
            let acts = verdict(*lots, 0, &p, t, policy).0 != Action::Hold;
            let expected = acts && !busy && policy.select == Selection::All;
            prop_assert_eq!(*hit == 1, expected, "{:?} {} {:?}", policy, lots, p);
        }
        // Account by account the same, but for what is to be said anyway.
        let each = |signal: Signal, record_holds| -> Vec<u8> {
            let one = |(i, (_, lots, busy)): (usize, &(DecisionPolicy, i64, bool))| {
                let position = Position { lots: *lots, ..Position::default() };
                let working = WorkingOrders { count: u32::from(*busy), exits: 0 };
                has_to_do(&signal, (3, record_holds), (&thresholds[i], &blocks[i]), (&position, &working))
            };
            accounts.iter().enumerate().map(one).map(u8::from).collect()
        };
        let heard = Signal { probabilities: p, any_ready: true, step: 3, ..Signal::default() };
        prop_assert_eq!(each(heard, false), hits);
        let by_threshold: Vec<u8> = accounts.iter().map(|a| u8::from(a.0.select == Selection::All)).collect();
        prop_assert_eq!(each(heard, true), by_threshold);
        let silent = |cold_since| Signal { cold_since, step: 3, ..Signal::default() };
        prop_assert_eq!(each(silent(3), false), vec![1; accounts.len()]);
        prop_assert_eq!(each(silent(2), false), vec![0; accounts.len()]);
    }
}

fn instrument() -> Instrument {
    Instrument {
        symbol: "S".into(),
        venue: VenueId(0),
        base: "B".into(),
        quote: "Q".into(),
        tick_size: Step::new(0.01).unwrap(),
        lot_size: Step::new(0.1).unwrap(),
    }
}

#[test]
fn sizes() {
    let mut bars = BarSeries::new(300);
    for i in 0..260i64 {
        let close = if i % 2 == 0 { 100.0 } else { 101.0 };
        let at = Timestamp(i * Frame::DAY.nanos());
        bars.push(&Bar::new(at, Frame::DAY, [close, close, close, close, 1.0]), 1);
    }
    let mut performance = Performance::default();
    let of = |rule, performance: &Performance| size(rule, 50.0, &bars, &instrument(), performance, None);
    assert_eq!(of(Sizing::Fraction(0.5), &performance), Some(Size::Fraction(0.5)));
    assert_eq!(of(Sizing::Quantity(1.27), &performance), Some(Size::Lots(12)));
    assert_eq!(of(Sizing::Notional(126.0), &performance), Some(Size::Lots(25)));
    // Alternating returns of +-ln 1.01: sigma per day is ln 1.01 x sqrt(n / (n - 1)), a year has 365.25 days.
    let sigma = 1.01f64.ln() * (100.0f64 / 99.0).sqrt() * 365.25f64.sqrt();
    let target = |annual, max_fraction| Sizing::VolatilityTarget { annual, window: 100, max_fraction };
    let Some(Size::Fraction(share)) = of(target(0.1, 1.0), &performance) else { panic!() };
    assert!((share - 0.1 / sigma).abs() < 1e-9);
    assert_eq!(of(target(0.9, 1.0), &performance), Some(Size::Fraction(1.0)));
    assert_eq!(
        of(Sizing::VolatilityTarget { annual: 0.1, window: 260, max_fraction: 1.0 }, &performance),
        None
    );
    let kelly = Sizing::Kelly { share: 0.5, min_trades: 4, fallback: 0.01, max_fraction: 2.0 };
    assert_eq!(of(kelly, &performance), Some(Size::Fraction(0.01)));
    for pnl in [10.0, -10.0, 20.0, -10.0] {
        performance.add(pnl, 0.0, 100.0);
    }
    // p = 1/2, w = .15, l = .1: (.075 - .05) / .015 = 5/3; half of it is 5/6.
    let Some(Size::Fraction(share)) = of(kelly, &performance) else { panic!() };
    assert!((share - 5.0 / 6.0).abs() < 1e-12);
    performance.add(-90.0, 0.0, 100.0);
    assert_eq!(of(kelly, &performance), None, "no edge, no position");
    let by_regime = Sizing::Regime { trending: 1.0, ranging: 0.4, volatile: 0.0, unknown: 0.2 };
    let odds = |trending, ranging, volatile| Some(RegimeOdds { trending, ranging, volatile });
    let of = |odds| size(by_regime, 50.0, &bars, &instrument(), &performance, odds);
    assert_eq!(of(odds(1.0, 0.0, 0.0)), Some(Size::Fraction(1.0)));
    assert_eq!(of(odds(0.25, 0.5, 0.25)), Some(Size::Fraction(0.45)));
    assert_eq!(of(odds(0.0, 0.0, 1.0)), None, "nothing is opened while it is volatile");
    assert_eq!(of(None), Some(Size::Fraction(0.2)));
}

#[test]
fn orders_say_what_the_decision_wants() {
    let mut policy = policy(AllowedSide::Both, OppositeSignal::Flips, 1);
    policy.stop_loss = Some(0.05);
    let (thresholds, money, instrument) = (Thresholds::of(&policy), Account::new(1_000.0), instrument());
    assert_eq!(money.status, AccountStatus::Active);
    let signal = Signal { probabilities: signal(Action::Buy, 0.9), any_ready: true, ..Signal::default() };
    let mut intents = Intents::default();
    let mut estimate = ImpactEstimate::new(&ImpactSettings::default());
    // A deviation of 2% and a hundred times the first order a day: the known answer of the root law, 20 bps.
    estimate.learn(Some((0.02, 100.0 * instrument.quantity(Lots(100)))), 86_400.0);
    let case = |lots| Case {
        account: AccountId(0),
        symbol: SymbolId(0),
        policy: &policy,
        thresholds: &thresholds,
        money: &money,
        signal: &signal,
        instrument: &instrument,
        price: 50.0,
        lots,
        impact: Some(&estimate),
    };
    let confidence = &mut (Probabilities::UNIFORM, 0.0);
    let mut desk = Desk { now: Timestamp(0), step: 3, intents: &mut intents, confidence };
    desk.open(&case(0), Side::Buy, Size::Fraction(0.5), DecisionRule::Enter, &(0..0));
    desk.reduce(&case(-30), 0, DecisionRule::Exit, &(0..0));
    desk.open(&case(-30), Side::Buy, Size::Lots(20), DecisionRule::Flip, &(0..0));
    desk.hold(&case(7), DecisionRule::AlreadyHeld, &(0..0));
    let requests: Vec<_> = intents.intents.iter().map(|i| (i.decision.target.0, i.request)).collect();
    let quantity = |i: usize| requests[i].1.unwrap().quantity;
    assert_eq!((requests[0].0, quantity(0)), (100, OrderQuantity::EquityFraction(0.5)));
    assert_eq!(requests[0].1.unwrap().bracket.unwrap().stop_loss, Some(0.05));
    let exit = requests[1].1.unwrap();
    assert_eq!(
        (exit.side, exit.quantity, exit.reduce_only),
        (Side::Buy, OrderQuantity::Lots(Lots(30)), true)
    );
    assert_eq!((exit.bracket, requests[1].0), (None, 0));
    assert_eq!((requests[2].0, quantity(2)), (20, OrderQuantity::Lots(Lots(50))), "close 30, open 20");
    assert_eq!((requests[3].0, requests[3].1), (7, None));
    let expected = |i: usize| intents.intents[i].decision.reasons.expected_impact_bps;
    for (i, bps) in [(0, 20.0), (1, 20.0 * 0.3f64.sqrt()), (2, 20.0 * 0.5f64.sqrt())] {
        assert!((expected(i).unwrap() - bps).abs() < 1e-9, "{:?}", expected(i));
    }
    assert_eq!(expected(3), None, "no order, no impact");
    assert_eq!(intents.intents[0].decision.key(), (AccountId(0), SymbolId(0), 3));
}
