//! How long messages take.

use manyworlds_components::order::*;
use manyworlds_components::side::Side::Buy;
use manyworlds_components::time::Timestamp;

use super::helper::*;
use crate::exchange::settings::*;
use crate::exchange::{LatencyRow, LatencyTable};

/// When an order that is sent after a second reaches the venue, in nanoseconds.
fn arrives(latency: LatencyModel, lag: i64) -> Vec<(i64, OrderStatus)> {
    let venue = VenueSettings { latency, ..lender() };
    let mut desk = desk(venue, [late(1_900, lag, bid(9_000, 1))]);
    for event in &mut desk.events[0][..6] {
        event.ts_recv.0 += lag * 1_000_000;
    }
    let ledger = desk.ask(1, ticks(Buy, 10, 9_999)).run();
    ledger.orders.iter().map(|e| (e.ts.0 - SECOND, e.status)).collect()
}

#[test]
fn models() {
    let accepted = |latency, lag| arrives(latency, lag)[1];
    let at = |ns| (ns, OrderStatus::Accepted);
    assert_eq!(accepted(LatencyModel::Constant { ms: 3.5 }, 0), at(3_500_000));
    assert_eq!(accepted(LatencyModel::PerDirection { entry_ms: 2.0, response_ms: 9.0 }, 0), at(2_000_000));
    let feed = LatencyModel::Feed { entry_factor: 1.5, response_factor: 0.5, plus_ms: 1.0 };
    assert_eq!(accepted(feed, 40), at(61_000_000));
    let row = |at, entry_ns| LatencyRow { at: Timestamp(at), entry_ns, response_ns: 0 };
    let table = |rows| LatencyModel::Recorded(LatencyTable { rows, plus_ms: 0.0 });
    assert_eq!(accepted(table(vec![row(0, 1_000), row(2 * SECOND, 5_000)]), 0), at(3_000));
    let refused = arrives(table(vec![row(0, 1_000), row(2 * SECOND, -5_000)]), 0);
    assert_eq!(refused, [(0, OrderStatus::Rejected(RejectReason::VenueOutage))]);
}

#[test]
fn a_venue_is_known_as_far_as_its_feed() {
    // The feed takes 400 ms; the order is there at 1.1 s. At 2 s that is known up to 1.6 s, so that it is matched by then.
    let events = [late(1_050, 400, ask(10_001, 5)), late(1_200, 400, ask(10_001, 60))];
    let mut venue = lender();
    venue.latency = LatencyModel::Constant { ms: 100.0 };
    let mut desk = desk(venue, events);
    for event in &mut desk.events[0][..6] {
        event.ts_recv.0 += 400_000_000;
    }
    let ledger = desk.ask(1, ticks(Buy, 50, 10_001)).run();
    assert_eq!(ledger.deals()[0], (1_100, 10_001, 5), "what was there at 1.1 s");
}
