//! Round trips, excursions, recording, several accounts, forks.

use manyworlds_components::fill::FillReason;
use manyworlds_components::ids::AccountId;
use manyworlds_components::order::{Bracket, OrderRequest};
use manyworlds_components::side::Side::{self, Buy, Sell};
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::Executor;

use super::helper::*;
use crate::exchange::settings::*;

const ROWS: [[f64; 4]; 6] = [
    [100.0, 100.0, 100.0, 100.0],
    [100.0, 104.0, 98.0, 103.0],
    [103.0, 108.0, 101.0, 102.0],
    [102.0, 103.0, 95.0, 96.0],
    [97.0, 99.0, 90.0, 98.0],
    [98.0, 98.0, 98.0, 98.0],
];

#[test]
fn a_round_trip_knows_its_life() {
    let mut venue = margin_venue();
    venue.fees.taker_bps = 10.0;
    let ledger = Desk::bars(venue, &ROWS)
        .ask(1, market(Buy, 1_000))
        .ask(2, market(Buy, 1_000))
        .ask(4, market(Sell, 2_000));
    let ledger = ledger.run();
    let [trip] = &ledger.trades[..] else { panic!("one round trip: {:?}", ledger.trades) };
    assert_eq!((trip.side, trip.quantity, trip.entry_price, trip.exit_price), (Buy, 2.0, 101.5, 97.0));
    assert_eq!((trip.entry_ts, trip.exit_ts), (Timestamp(MINUTE), Timestamp(4 * MINUTE)));
    assert_eq!((trip.bars, trip.reason), (3, FillReason::Signal));
    let fees = (100.0 + 103.0 + 2.0 * 97.0) * 0.001;
    assert!((trip.fees - fees).abs() < 1e-12 && (trip.pnl - (-9.0 - fees)).abs() < 1e-12);
    assert!((trip.return_ - trip.pnl / 203.0).abs() < 1e-15);
    // Held through bars 1 to 3; of bar 4 only its open, the exit.
    assert!((trip.mfe - (108.0 / 101.5 - 1.0)).abs() < 1e-12, "{}", trip.mfe);
    assert!((trip.mae - (95.0 / 101.5 - 1.0)).abs() < 1e-12, "{}", trip.mae);
    assert_eq!(ledger.totals[0].fills, 3);
    assert_eq!((ledger.totals[0].steps, ledger.totals[0].exposed_steps), (6, 3));
}

#[test]
fn the_entry_bar_counts_as_far_as_it_is_known() {
    let open = |request| Desk::bars(margin_venue(), &ROWS[..2]).ask(1, request).run().open[0];
    let at_open = open(market(Buy, 1_000));
    assert!((at_open.mae + 0.02).abs() < 1e-12 && (at_open.mfe - 0.04).abs() < 1e-12);
    assert_eq!((at_open.reason, at_open.exit_price, at_open.bars), (FillReason::EndOfRun, 103.0, 1));
    let within = open(limit(Buy, 1_000, 99.0));
    assert_eq!(within.mae, 0.0, "the low may have come before");
    assert!((within.mfe - (103.0 / 99.0 - 1.0)).abs() < 1e-12, "the close came after");
    let bracket = Some(Bracket { stop_loss: Some(0.01), ..Bracket::default() });
    let stopped =
        Desk::bars(margin_venue(), &ROWS[..2]).ask(1, OrderRequest { bracket, ..market(Buy, 1_000) }).run();
    assert_eq!((stopped.trades[0].bars, stopped.trades[0].reason), (1, FillReason::StopLoss));
    assert!((stopped.trades[0].mae + 0.01).abs() < 1e-12, "up to the exit, not to the low");
}

#[test]
fn equity_is_recorded_once_per_frame() {
    let desk = Desk { record: Frame::from_nanos(2 * MINUTE), ..Desk::bars(venue(), &ROWS) };
    let minutes: Vec<i64> = desk.run().equity.iter().map(|r| r.ts.0 / MINUTE).collect();
    assert_eq!(minutes, [1, 2, 4, 6]);
    let every = Desk { record: None, ..desk }.run();
    assert_eq!(every.equity.len(), 6);
}

#[test]
fn accounts_do_not_see_each_other() {
    let of =
        |account: u32, side: Side, lots| OrderRequest { account: AccountId(account), ..market(side, lots) };
    let crowd = Desk { accounts: 3, ..Desk::bars(margin_venue(), &ROWS) }
        .ask(1, of(0, Buy, 1_000))
        .ask(1, of(2, Sell, 500))
        .ask(3, of(0, Sell, 1_000))
        .run();
    let alone = Desk::bars(margin_venue(), &ROWS).ask(1, market(Sell, 500)).run();
    assert_eq!(crowd.accounts[2], alone.accounts[0]);
    assert_eq!(crowd.accounts[1].equity, 10_000.0);
    assert!((crowd.accounts[0].equity - 10_002.0).abs() < 1e-9);
    assert_eq!(crowd.totals[2], alone.totals[0]);
}

#[test]
fn forks_and_executors_agree() {
    let mut venue = VenueSettings {
        latency: LatencyModel::Uniform { min_ms: 0.0, max_ms: 90_000.0 },
        slippage: SlippageModel::SquareRoot { coefficient: 1.0, window: 3 },
        ..margin_venue()
    };
    venue.fees.taker_bps = 10.0;
    let bracket = Some(Bracket { stop_loss: Some(0.01), trailing_stop: Some(0.02), take_profit: Some(0.05) });
    let desk = Desk::bars(venue, &ROWS)
        .ask(1, OrderRequest { bracket, ..market(Buy, 1_000) })
        .ask(2, stop(Sell, 2_000, 97.0))
        .ask(3, limit(Buy, 2_000, 93.0));
    let mut whole = desk.build();
    whole.run().unwrap();
    for stop in 1..5 {
        let mut first = desk.build();
        first.run_until(Timestamp(stop * MINUTE)).unwrap();
        let mut fork = first.fork().unwrap();
        fork.run().unwrap();
        assert_eq!(fork.digest(), whole.digest(), "forked after step {stop}");
    }
    assert_ne!(Executor::Lean, Executor::Stock);
}
