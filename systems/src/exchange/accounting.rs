//! Booking of executions: cash, position, round trips.

use bevy_ecs::world::World;
use manyworlds_components::fill::{Fill, FillReason, RoundTrip};
use manyworlds_components::ids::{AccountId, SymbolId};
use manyworlds_components::position::{OpenTrade, Position};
use manyworlds_components::side::Side;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Clock, Kind, Roster};

use super::floor::{ExchangeState, Floor};

/// Profit of a round trip of which `left` base units are still held at `price`, before fees.
pub fn gross_pnl(side: Side, trade: &OpenTrade, left: f64, price: f64) -> f64 {
    side.sign() as f64 * (trade.exit_value + left * price - trade.entry_value)
}

/// A round trip that ends (or is valued) now.
fn round_trip(
    (account, symbol): (AccountId, SymbolId),
    side: Side,
    trade: &OpenTrade,
    (left, price): (f64, f64),
    (exit_ts, reason): (Timestamp, FillReason),
) -> RoundTrip {
    let entry_price = trade.entry_value / trade.entry_quantity;
    let exit_quantity = trade.exit_quantity + left;
    let pnl = gross_pnl(side, trade, left, price) - trade.fees;
    let (mae, mfe) = trade.excursions(side, entry_price);
    RoundTrip {
        account,
        symbol,
        side,
        entry_ts: trade.entry_ts,
        exit_ts,
        quantity: trade.entry_quantity,
        entry_price,
        exit_price: (trade.exit_value + left * price) / exit_quantity,
        pnl,
        fees: trade.fees,
        return_: pnl / trade.entry_value,
        mae,
        mfe,
        bars: trade.bars,
        reason,
    }
}

/// Round trips that are still under way, valued at the last prices, in order of symbol and account. With them the
/// profits of an account add up to its equity less its initial cash.
pub fn open_round_trips(world: &World) -> Vec<RoundTrip> {
    let (roster, clock) = (world.resource::<Roster>(), world.resource::<Clock>());
    let marks = &world.resource::<ExchangeState>().marks;
    let accounts = roster.accounts.len();
    let mut open = Vec::new();
    for (row, entity) in roster.entities(Kind::Holding).iter().enumerate() {
        let (Some(position), Some(trade)) = (world.get::<Position>(*entity), world.get::<OpenTrade>(*entity))
        else {
            continue;
        };
        let Some(side) = Side::of(position.lots) else { continue };
        let (symbol, account) = (SymbolId::from(row / accounts), AccountId::from(row % accounts));
        let left = (position.quantity.abs(), marks.prices[symbol.index()]);
        open.push(round_trip((account, symbol), side, trade, left, (clock.now, FillReason::EndOfRun)));
    }
    open
}

impl Floor<'_> {
    /// Books an execution. `range` is the part of the current bar that lay before it, if that is known, and
    /// `bars` how many events it adds to the life of a position that it ends. Returns the position before.
    pub fn book_fill(&mut self, fill: &Fill, range: Option<(f64, f64)>, bars: u64) -> i64 {
        let (s, a) = (fill.symbol.index(), fill.account.index());
        let row = s * self.terms.accounts + a;
        let lot_size = self.terms.instruments[s].lot_size;
        let signed = fill.side.sign() * fill.lots.0;
        let value = fill.quantity * fill.price;
        let account = &mut self.accounts[a];
        account.cash -= fill.side.sign() as f64 * value + fill.fee;
        let totals = &mut self.totals[a];
        totals.fees += fill.fee;
        totals.traded_value += value;
        totals.fills += 1;

        let (position, trade) = (&mut self.positions[row], &mut self.trades[row]);
        let before = position.lots;
        position.apply(signed, fill.price, |lots| lot_size.to_f64(lots));
        self.stirred.note(row);
        let closed = if before.signum() * signed.signum() < 0 { before.abs().min(fill.lots.0) } else { 0 };
        let opened = fill.lots.0 - closed;
        let share = |lots: i64| if lots == fill.lots.0 { 1.0 } else { lots as f64 / fill.lots.0 as f64 };
        if closed > 0 {
            let quantity = lot_size.to_f64(closed);
            trade.exit_quantity += quantity;
            trade.exit_value += quantity * fill.price;
            trade.fees += fill.fee * share(closed);
            let (low, high) = range.unwrap_or((fill.price, fill.price));
            trade.highest = trade.highest.max(high).max(fill.price);
            trade.lowest = trade.lowest.min(low).min(fill.price);
            if before + signed == 0 || opened > 0 {
                trade.bars += bars;
                let side = if before > 0 { Side::Buy } else { Side::Sell };
                let key = (fill.account, fill.symbol);
                let ended = round_trip(key, side, trade, (0.0, 0.0), (fill.ts, fill.reason));
                self.journal.trades.push(ended);
            }
        }
        if opened > 0 {
            if before == 0 || closed > 0 {
                *trade = OpenTrade {
                    entry_ts: fill.ts,
                    highest: fill.price,
                    lowest: fill.price,
                    ..OpenTrade::default()
                };
            }
            let quantity = lot_size.to_f64(opened);
            trade.entry_quantity += quantity;
            trade.entry_value += quantity * fill.price;
            trade.fees += fill.fee * share(opened);
            trade.highest = trade.highest.max(fill.price);
            trade.lowest = trade.lowest.min(fill.price);
        }
        let after = before + signed;
        if before == 0 {
            self.marks.holders[s] += 1;
            self.marks.open_positions += 1;
        } else if after == 0 {
            self.marks.holders[s] -= 1;
            self.marks.open_positions -= 1;
        }
        self.journal.fills.push(*fill);
        before
    }

    /// Takes the range of an event that has been matched into the open round trips of its symbol: of the event of
    /// the entry all of it if the entry was at its open, else the last price alone.
    pub fn age_trades(&mut self, symbol: usize, close_time: Timestamp, (low, high, last): (f64, f64, f64)) {
        let rows = symbol * self.terms.accounts..(symbol + 1) * self.terms.accounts;
        for (position, trade) in self.positions[rows.clone()].iter().zip(&mut self.trades[rows]) {
            if position.lots != 0 {
                let whole = trade.entry_ts < close_time;
                let (low, high) = if whole { (low, high) } else { (last, last) };
                // Prices are numbers: the plain comparison is one instruction, `max` six.
                trade.highest = if high > trade.highest { high } else { trade.highest };
                trade.lowest = if low < trade.lowest { low } else { trade.lowest };
                trade.bars += 1;
            }
        }
    }
}
