//! Cash, sizing, fees, margin, borrow cost: known answers.

use manyworlds_components::account::AccountStatus;
use manyworlds_components::fill::FillReason;
use manyworlds_components::order::{OrderRequest, OrderStatus, RejectReason};
use manyworlds_components::side::Side::{Buy, Sell};

use super::helper::*;
use crate::exchange::settings::*;

const FLAT: [f64; 4] = [100.0, 100.0, 100.0, 100.0];

fn at(price: f64) -> [f64; 4] {
    [price; 4]
}

fn fees(taker_bps: f64) -> FeeModel {
    FeeModel { maker_bps: 0.0, taker_bps, per_unit: 0.0, minimum: 0.0, tiers: vec![] }
}

#[test]
fn all_in_pays_its_fee_from_cash() {
    let venue = VenueSettings { fees: fees(10.0), ..venue() };
    let ledger = Desk::bars(venue, &[FLAT, at(97.0), at(99.0), at(110.0)]).ask(1, all_in(Buy, 1.0)).run();
    let lots = (10_000.0_f64 / (97.0 * 1.001) / 0.001).floor() as i64;
    assert_eq!(ledger.prices(), [(97.0, lots)]);
    assert!(ledger.accounts[0].cash >= 0.0 && ledger.accounts[0].cash < 97.0 * 0.001 * 1.001);
    assert!((ledger.totals[0].fees - lots as f64 * 0.097 * 0.001).abs() < 1e-9);
    assert!(ledger.unexplained(0).abs() < 1e-9);
}

#[test]
fn shares_of_equity_are_targets() {
    let rows = [at(100.0); 6];
    let desk = Desk::bars(margin_venue(), &rows).ask(1, all_in(Buy, 0.5)).ask(2, all_in(Sell, 0.25));
    assert_eq!(desk.clone().run().prices(), [(100.0, 50_000), (100.0, -75_000)]);
    let trim = OrderRequest { reduce_only: true, ..all_in(Sell, 0.2) };
    let desk = Desk::bars(venue(), &rows).ask(1, all_in(Buy, 0.5)).ask(2, trim).ask(3, all_in(Sell, 0.0));
    assert_eq!(desk.run().prices(), [(100.0, 50_000), (100.0, -30_000), (100.0, -20_000)]);
    let leveraged = VenueSettings { fees: fees(10.0), ..margin_venue() };
    let ledger = Desk::bars(leveraged, &rows).ask(1, all_in(Buy, 10.0)).run();
    let most = (10_000.0_f64 / (100.0 * (0.1 + 0.001)) / 0.001).floor() as i64;
    assert_eq!(ledger.prices(), [(100.0, most)], "the fee leaves a little less than ten times equity");
}

#[test]
fn spot_needs_cash_and_holdings() {
    let desk = Desk::bars(venue(), &[FLAT, at(101.0), at(101.0), at(101.0)]);
    let dear = desk.clone().ask(1, market(Buy, 100_000)).run();
    assert_eq!(dear.life(1).last(), Some(&OrderStatus::Rejected(RejectReason::InsufficientFunds)));
    assert_eq!(dear.life(1).len(), 3, "affordable at the last price, not at the fill");
    let hopeless = desk.clone().ask(1, market(Buy, 100_001)).run();
    assert_eq!(hopeless.decisions[0].reasons.cut, Some(RejectReason::InsufficientFunds));
    let short = desk.clone().ask(1, market(Buy, 1_000)).ask(2, market(Sell, 1_001)).run();
    assert_eq!(short.decisions[1].reasons.cut, Some(RejectReason::ShortNotAllowed));
    assert_eq!(short.totals[0].rejections, 1);
}

#[test]
fn what_sells_pays_for_what_buys_at_the_same_open() {
    let second = manyworlds_components::ids::SymbolId(1);
    let desk = Desk::bars(venue(), &[FLAT; 5]).and_bars(&[FLAT; 5]);
    let ledger = desk
        .ask(1, OrderRequest { symbol: second, ..all_in(Buy, 1.0) })
        .ask(2, all_in(Buy, 1.0))
        .ask(2, OrderRequest { symbol: second, ..all_in(Sell, 0.0) })
        .run();
    assert_eq!(ledger.prices(), [(100.0, 100_000), (100.0, -100_000), (100.0, 100_000)]);
    assert_eq!(ledger.totals[0].rejections, 0);
}

#[test]
fn square_root_impact_is_twenty_basis_points() {
    // Returns of +-2% around their mean: sample deviation of the window is what the model must use.
    let model = SlippageModel::SquareRoot { coefficient: 1.0, window: 4 };
    let prices = [100.0, 102.0, 100.0, 102.0, 100.0];
    let mut rows: Vec<[f64; 4]> = prices.iter().map(|p| at(*p)).collect();
    rows.push([100.0, 101.0, 99.0, 100.0]);
    let venue = VenueSettings { slippage: model, ..margin_venue() };
    // Volume is 10 a bar: 0.1 units are 1%.
    let ledger = Desk::bars(venue, &rows).ask(5, market(Buy, 100)).run();
    let r = 1.02_f64.ln();
    let sigma = (4.0 * r * r / 3.0).sqrt();
    let expected = 100.0 * (1.0 + sigma * 0.1);
    assert!((ledger.fills[0].price - expected).abs() < 1e-9, "{} {expected}", ledger.fills[0].price);
}

#[test]
fn margin_is_checked_and_lost() {
    let cut = Desk::bars(margin_venue(), &[FLAT; 3]).ask(1, market(Buy, 1_000_001)).run();
    assert_eq!(cut.decisions[0].reasons.cut, Some(RejectReason::InsufficientMargin));
    // 10,000 carry 1,000 units at 100 (10x). At 95 equity is 5,000 of 95,000: maintenance 4,750 holds. At 94.7 not.
    let mut desk = Desk::bars(margin_venue(), &[FLAT, FLAT, at(95.0), at(94.7), at(94.0), at(94.0)]);
    desk.venue.margin = Some(MarginModel { initial: 0.1, maintenance: 0.05, liquidation_fee_bps: 50.0 });
    let desk = desk.ask(1, market(Buy, 1_000_000)).ask(2, limit(Sell, 1_000, 200.0)).ask(5, market(Buy, 1));
    let ledger = desk.run();
    assert_eq!(
        ledger.prices(),
        [(100.0, 1_000_000), (94.0, -1_000_000)],
        "closed at the event after the mark"
    );
    assert_eq!(ledger.fills[1].reason, FillReason::Liquidation);
    assert!((ledger.fills[1].fee - 470.0).abs() < 1e-9);
    assert_eq!(ledger.accounts[0].status, AccountStatus::Liquidated);
    assert_eq!(ledger.life(2).last(), Some(&OrderStatus::Canceled));
    assert_eq!(ledger.decisions[2].reasons.cut, Some(RejectReason::Liquidated));
    assert!((ledger.accounts[0].equity - (10_000.0 - 6_000.0 - 470.0)).abs() < 1e-9);
    assert!(ledger.unexplained(0).abs() < 1e-9);
}

#[test]
fn margin_is_shared_by_all_symbols() {
    let second = |request| OrderRequest { symbol: manyworlds_components::ids::SymbolId(1), ..request };
    let desk = Desk::bars(margin_venue(), &[FLAT; 5]).and_bars(&[FLAT; 5]).ask(1, market(Buy, 600_000));
    let cut = desk.clone().ask(2, second(market(Sell, 400_001))).run();
    assert_eq!(cut.decisions[1].reasons.cut, Some(RejectReason::InsufficientMargin));
    assert_eq!(desk.clone().ask(2, second(market(Sell, 400_000))).run().prices().len(), 2);
    let rest = desk.ask(2, second(all_in(Sell, 9.0))).run();
    assert_eq!(rest.prices()[1], (100.0, -400_000), "what the margin left allows");
    // Both asked for at once: each fits, both do not, and the second to fill is refused.
    let rows = [FLAT; 5];
    let both = Desk::bars(margin_venue(), &rows).and_bars(&rows).ask(1, market(Buy, 600_000));
    let both = both.ask(1, second(market(Buy, 600_000))).run();
    assert_eq!(both.life(2).last(), Some(&OrderStatus::Rejected(RejectReason::InsufficientMargin)));
}

#[test]
fn minimum_fees_count_when_sizes_are_worked_out() {
    let minimum = FeeModel { minimum: 100.0, ..fees(0.0) };
    let spot = VenueSettings { fees: minimum.clone(), ..venue() };
    assert_eq!(Desk::bars(spot, &[FLAT; 3]).ask(1, all_in(Buy, 1.0)).run().prices(), [(100.0, 99_000)]);
    let margin = VenueSettings { fees: minimum, ..margin_venue() };
    assert_eq!(Desk::bars(margin, &[FLAT; 3]).ask(1, all_in(Sell, 10.0)).run().prices(), [(100.0, -990_000)]);
}

#[test]
fn borrowing_costs_its_yearly_rate() {
    let borrow = BorrowModel { short_rate: 0.0365, cash_rate: 0.365 };
    let venue = VenueSettings { borrow, ..margin_venue() };
    let minutes = 365.0 * 24.0 * 60.0;
    let short =
        Desk::bars(venue.clone(), &[FLAT; 5]).ask(1, market(Sell, 10_000)).ask(3, market(Buy, 10_000)).run();
    let cost = 1_000.0 * 0.0365 * 2.0 / minutes;
    assert!((short.totals[0].borrow - cost).abs() < 1e-12, "two minutes short");
    assert!((short.trades[0].fees - cost).abs() < 1e-12 && (short.trades[0].pnl + cost).abs() < 1e-9);
    let levered = Desk::bars(venue, &[FLAT; 4]).ask(1, market(Buy, 200_000)).run();
    let first = 10_000.0 * 0.365 / minutes;
    assert!((levered.totals[0].borrow - 3.0 * first).abs() < 1e-6, "10,000 borrowed for three minutes");
    assert!(short.unexplained(0).abs() < 1e-9 && levered.unexplained(0).abs() < 1e-9);
}

#[test]
fn tiers_count_what_was_traded_before() {
    let mut venue = VenueSettings { fees: fees(10.0), ..margin_venue() };
    venue.fees.tiers = vec![FeeTier { from_value: 1_000.0, maker_bps: 0.0, taker_bps: 1.0 }];
    let ledger = Desk::bars(venue, &[FLAT; 4]).ask(1, market(Buy, 10_000)).ask(2, market(Buy, 10_000)).run();
    let paid: Vec<f64> = ledger.fills.iter().map(|f| f.fee).collect();
    assert!((paid[0] - 1.0).abs() < 1e-12 && (paid[1] - 0.1).abs() < 1e-12, "{paid:?}");
}

#[test]
fn funding_is_position_times_mark_times_rate() {
    use crate::exchange::FundingRate;
    use manyworlds_components::ids::SymbolId;
    use manyworlds_components::time::Timestamp;

    let rate = |minute: i64, rate| FundingRate { at: Timestamp(minute * MINUTE), symbol: SymbolId(0), rate };
    let run = |side, funding| {
        let rows = [FLAT, FLAT, at(110.0), at(120.0), at(120.0)];
        Desk { funding, ..Desk::bars(margin_venue(), &rows).ask(1, market(side, 50_000)) }.run()
    };
    // 50 units at 110 when the third bar has closed, at 120 when the fourth has; nothing is held at the end of the first.
    let rates = vec![rate(4, -0.002), rate(1, 0.5), rate(3, 0.001)];
    for (side, sign) in [(Buy, 1.0), (Sell, -1.0)] {
        let ledger = run(side, rates.clone());
        let paid = sign * (50.0 * 110.0 * 0.001 - 50.0 * 120.0 * 0.002);
        assert!((ledger.totals[0].borrow - paid).abs() < 1e-9);
        assert!((ledger.accounts[0].equity - (10_000.0 + sign * 50.0 * 20.0 - paid)).abs() < 1e-9);
        assert!(ledger.unexplained(0).abs() < 1e-9);
    }
    assert_eq!(run(Buy, vec![rate(-5, 0.5), rate(0, 0.5)]).totals[0].borrow, 0.0, "before the run");
}
