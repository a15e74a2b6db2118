//! Limits of an account: each refusal with its reason.

use manyworlds_components::account::AccountStatus;
use manyworlds_components::ids::SymbolId;
use manyworlds_components::order::{OrderRequest, RejectReason};
use manyworlds_components::side::Side::{Buy, Sell};
use manyworlds_components::time::Frame;

use super::helper::*;
use crate::exchange::settings::*;

const FLAT: [f64; 4] = [100.0, 100.0, 100.0, 100.0];

fn cuts(desk: Desk) -> Vec<Option<RejectReason>> {
    let ledger = desk.run();
    let cut: Vec<_> = ledger.decisions.iter().map(|d| d.reasons.cut).collect();
    assert_eq!(ledger.totals[0].rejections as usize, cut.iter().flatten().count());
    cut
}

fn desk(risk: RiskLimits) -> Desk {
    Desk { risk, ..Desk::bars(margin_venue(), &[FLAT; 6]).and_bars(&[FLAT; 6]) }
}

fn second(request: OrderRequest) -> OrderRequest {
    OrderRequest { symbol: SymbolId(1), ..request }
}

#[test]
fn position_limit() {
    let risk = RiskLimits { max_position: Some(0.5), ..RiskLimits::default() };
    let limit = Some(RejectReason::PositionLimit);
    assert_eq!(
        cuts(desk(risk).ask(1, market(Buy, 50_000)).ask(1, market(Buy, 1))),
        [None, limit],
        "working orders count"
    );
    assert_eq!(cuts(desk(risk).ask(1, market(Buy, 50_000)).ask(3, market(Buy, 1))), [None, limit]);
    assert_eq!(cuts(desk(risk).ask(1, all_in(Buy, 0.51)).ask(1, all_in(Sell, 0.5))), [limit, None]);
    let reducing = desk(risk).ask(1, market(Buy, 50_000)).ask(3, market(Sell, 20_000));
    assert_eq!(cuts(reducing), [None, None]);
}

#[test]
fn exposure_limit_over_symbols() {
    let risk = RiskLimits { max_exposure: Some(1.0), ..RiskLimits::default() };
    let limit = Some(RejectReason::ExposureLimit);
    let both =
        desk(risk).ask(1, all_in(Buy, 0.6)).ask(1, second(all_in(Buy, 0.4))).ask(1, second(all_in(Buy, 0.1)));
    assert_eq!(cuts(both), [None, None, limit]);
    let moved = desk(risk)
        .ask(1, market(Buy, 100_000))
        .ask(3, second(market(Sell, 50_000)))
        .ask(3, market(Sell, 50_000));
    assert_eq!(cuts(moved), [None, None, None], "what is sold makes room for what is bought");
    let late = desk(risk).ask(1, market(Buy, 100_000)).ask(3, second(market(Sell, 50_000)));
    assert_eq!(cuts(late), [None, limit]);
}

#[test]
fn order_rate_limit() {
    let risk = RiskLimits {
        max_orders: Some(2),
        order_window: Frame::from_nanos(2 * MINUTE).unwrap(),
        ..RiskLimits::default()
    };
    let orders = desk(risk)
        .ask(1, market(Buy, 1))
        .ask(2, market(Buy, 1))
        .ask(2, market(Buy, 1))
        .ask(3, market(Buy, 1));
    let rate = Some(RejectReason::OrderRate);
    assert_eq!(cuts(orders), [None, None, rate, None], "the first left the window after two minutes");
}

#[test]
fn nothing_trades_without_a_price() {
    let mut desk = desk(RiskLimits::default()).ask(1, second(market(Buy, 1))).ask(2, second(market(Buy, 1)));
    desk.events[1].remove(0);
    assert_eq!(cuts(desk), [Some(RejectReason::NoPrice), None]);
}

#[test]
fn kill_switch_closes_and_stays() {
    let risk = RiskLimits { max_drawdown: Some(0.1), ..RiskLimits::default() };
    let rows = [[100.0; 4], [100.0; 4], [89.0; 4], [88.0; 4], [120.0; 4], [120.0; 4]];
    let desk = Desk { risk, ..Desk::bars(margin_venue(), &rows) };
    let desk = desk.ask(1, market(Buy, 100_000)).ask(2, stop(Buy, 1_000, 110.0)).ask(4, market(Buy, 1));
    let ledger = desk.run();
    assert_eq!(ledger.prices(), [(100.0, 100_000), (88.0, -100_000)]);
    assert_eq!(ledger.accounts[0].status, AccountStatus::Killed);
    assert_eq!(ledger.decisions[2].reasons.cut, Some(RejectReason::KillSwitch));
    assert_eq!(ledger.working, [0], "the stop was canceled with the rest");
}
