//! Our exchange against the hftbacktest crate: the same events, strategy and rules give the same fills, fees and equity.

use ::hftbacktest::backtest::models::{
    PowerProbQueueFunc, ProbQueueModel, Probability, QueueModel as TheirQueue,
};
use ::hftbacktest::depth::{HashMapMarketDepth, L2MarketDepth};
use ::hftbacktest::types::{OrdType, Order, Side, TimeInForce};
use manyworlds_components::market::MarketEvent;
use manyworlds_components::price::Lots;
use manyworlds_systems::exchange::book::queue::{QueueEstimate, QueueModel};
use manyworlds_tests::peer::{Ending, FirstStays, Front, Quoting, Rules, market, rows, run_ours, run_theirs};

const MILLISECOND: i64 = 1_000_000;

fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-9 * scale.abs().max(1.0)
}

/// Runs both, the crate as it is, holds them together, and returns how it ended.
fn agree(events: &[MarketEvent], quoting: Quoting, rules: Rules) -> Ending {
    agree_with(events, quoting, rules, Front::AsIs)
}

fn agree_with(events: &[MarketEvent], quoting: Quoting, rules: Rules, front: Front) -> Ending {
    let ours = run_ours(events, &[quoting], rules).remove(0);
    let theirs = run_theirs(rows(events), quoting, rules, front);
    // Those of one instant come in any order.
    let [mut own, mut other] = [ours.fills.clone(), theirs.fills.clone()];
    own.sort_unstable();
    other.sort_unstable();
    for (i, (a, b)) in own.iter().zip(&other).enumerate() {
        assert_eq!(a, b, "fill {i} of {} and {}", ours.fills.len(), theirs.fills.len());
    }
    assert_eq!(ours.fills.len(), theirs.fills.len());
    assert_eq!(ours.position, theirs.position);
    assert!(close(ours.traded_value, theirs.traded_value, theirs.traded_value));
    assert!(close(ours.fees, theirs.fees, theirs.fees), "{} {}", ours.fees, theirs.fees);
    assert!(close(ours.equity, theirs.equity, theirs.equity), "{} {}", ours.equity, theirs.equity);
    ours
}

/// Ten minutes; all orders are canceled two seconds before the end.
fn events(seed: u64, feed_latency_ms: f64) -> (Vec<MarketEvent>, Quoting) {
    let events = market(seed, "10m", (20.0, 1.0), feed_latency_ms);
    let span = (10, 10 * 600 - 20);
    (events, Quoting { span, ..Quoting::default() })
}

#[test]
fn every_queue_model() {
    let (events, quoting) = events(1, 0.0);
    let models = [
        QueueModel::RiskAverse,
        QueueModel::PowerProbability(1.0),
        QueueModel::PowerProbability(3.0),
        QueueModel::PowerProbability2(1.5),
        QueueModel::PowerProbability3(2.0),
        QueueModel::LogProbability,
        QueueModel::LogProbability2,
    ];
    let fills = models.map(|queue| {
        let rules = Rules { latency_ns: (10 * MILLISECOND, 10 * MILLISECOND), queue };
        let ending = agree(&events, quoting, rules);
        let makers = ending.fills.iter().filter(|f| f.3).count();
        println!(
            "{queue:?}: {} fills, {makers} of them makers, equity {}",
            ending.fills.len(),
            ending.equity
        );
        assert!(makers > 200 && ending.fills.len() > makers, "makers and takers");
        ending.fills.len()
    });
    assert!(fills[1] > fills[0], "who moves up by cancels fills oftener: {fills:?}");
}

/// With an exponent that is not whole the crate is no measure once a front is below 0, see
/// [`an_estimate_below_nothing_sends_their_order_to_the_end`]. With such orders left where they are, it is.
#[test]
fn every_exponent_where_the_first_stays_first() {
    let models = [
        QueueModel::PowerProbability(0.5),
        QueueModel::PowerProbability(1.5),
        QueueModel::PowerProbability(2.7),
        QueueModel::PowerProbability3(0.5),
        QueueModel::PowerProbability3(1.5),
    ];
    for seed in [1, 6] {
        let (events, quoting) = events(seed, 0.0);
        for queue in models {
            let rules = Rules { latency_ns: (10 * MILLISECOND, 10 * MILLISECOND), queue };
            let makers =
                agree_with(&events, quoting, rules, Front::Stays).fills.iter().filter(|f| f.3).count();
            println!("seed {seed}, {queue:?}: {makers} fills as a maker");
            assert!(makers > 200);
        }
    }
}

/// 60 lots ahead in a level of 100 that shrinks to 5 without a trade: by the share, more than 60 of those that left were ahead. Then
/// another one joins, and cancels; then 10 lots are traded.
fn executed(model: impl Probability) -> f64 {
    let (price, model) = (100.0, ProbQueueModel::new(model));
    let mut depth = HashMapMarketDepth::new(1.0, 1.0);
    let mut order = Order::new(1, 100, 1.0, 1.0, Side::Buy, OrdType::Limit, TimeInForce::GTC);
    depth.update_bid_depth(price, 60.0, 0);
    model.new_order(&mut order, &depth);
    for size in [100.0, 5.0, 50.0, 49.0] {
        let (.., before, after, _) = depth.update_bid_depth(price, size, 0);
        model.depth(&mut order, before, after, &depth);
    }
    model.trade(&mut order, 10.0, &depth);
    model.is_filled(&mut order, &depth)
}

#[test]
fn an_estimate_below_nothing_sends_their_order_to_the_end() {
    // A power of a negative number with a fraction for an exponent is not a number; the lesser of that and the level is the level.
    assert_eq!(executed(PowerProbQueueFunc::new(1.5)), 0.0, "behind 49 lots again");
    // With whole exponents it stays ahead by what it was beyond the front.
    assert_eq!(executed(PowerProbQueueFunc::new(2.0)), 16.0);
    assert_eq!(executed(FirstStays(PowerProbQueueFunc::new(1.5))), 12.0);
    // Here it is at the front, and no further.
    for n in [1.5, 2.0] {
        let mut queue = QueueEstimate::join(Lots(60));
        for (before, after) in [(60, 100), (100, 5), (5, 50), (50, 49)] {
            queue.resize(QueueModel::PowerProbability(n), Lots(before), Lots(after), 1.0);
        }
        queue.trade(10.0);
        assert_eq!(queue.take_executed(), 10);
    }
}

#[test]
fn with_latency_of_the_feed_and_others_of_orders() {
    let (events, quoting) = events(2, 1.5);
    for (entry, response) in [(3_700_001, 5_300_007), (61_000_000, 93_000_000), (140_000_003, 30_000_001)] {
        let rules = Rules { latency_ns: (entry, response), queue: QueueModel::PowerProbability(2.0) };
        assert!(agree(&events, quoting, rules).fills.len() > 100);
    }
}

#[test]
fn quotes_behind_the_best_price() {
    let (events, quoting) = events(3, 0.2);
    for behind in [1, 2, 4] {
        let rules = Rules { latency_ns: (10 * MILLISECOND, 10 * MILLISECOND), queue: QueueModel::RiskAverse };
        assert!(agree(&events, Quoting { behind, ..quoting }, rules).fills.len() > 20);
    }
}

#[test]
fn many_makers_at_once_are_each_as_alone() {
    let (events, quoting) = events(4, 0.5);
    let rules = Rules { latency_ns: (10 * MILLISECOND, 10 * MILLISECOND), queue: QueueModel::RiskAverse };
    let makers: Vec<Quoting> =
        (0..6).map(|i| Quoting { behind: i / 2, lots_per_tick: 60 + 30 * i, ..quoting }).collect();
    let together = run_ours(&events, &makers, rules);
    for (quoting, together) in makers.iter().zip(&together) {
        assert!(run_ours(&events, &[*quoting], rules).remove(0) == *together);
        assert_eq!(agree(&events, *quoting, rules).equity, together.equity);
    }
}
