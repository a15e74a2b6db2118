//! The open bar and what ends it.

use manyworlds_components::time::{Frame, Timestamp};

use super::BarRule;
use crate::data::tape::{BarRow, TradeRow};

/// A bar that is still being made.
#[derive(Debug, Clone, Copy)]
struct OpenBar {
    row: BarRow,
    /// End of the frame for bars of time, else the time of the last trade.
    end: i64,
    turnover: f64,
}

/// Bars from trades.
#[derive(Debug, Clone)]
pub struct BarMaker {
    rule: BarRule,
    open: Option<OpenBar>,
}

impl BarMaker {
    /// A maker of bars that end by `rule`.
    pub fn new(rule: BarRule) -> Self {
        Self { rule, open: None }
    }

    /// Takes a trade and hands out the bar that it ends, if any. A trade that arrives after its frame is over, because
    /// its feed was late, counts into the bar that is open.
    #[inline]
    pub fn push(&mut self, trade: &TradeRow, out: &mut impl FnMut(BarRow)) {
        if let BarRule::Time(_) = self.rule
            && let Some(open) = self.open.take_if(|open| trade.ts_event >= open.end)
        {
            out(open.row);
        }
        let TradeRow { ts_event, ts_recv, price, quantity, .. } = *trade;
        let rule = self.rule;
        let open = self.open.get_or_insert_with(|| {
            let (start, end) = match rule {
                BarRule::Time(frame) => {
                    let start = frame.floor(Timestamp(ts_event));
                    (start.0, (start + frame.nanos()).0)
                }
                // A bar has a length: one whose trades share an instant ends a nanosecond after it.
                _ => (ts_event, ts_event.saturating_add(1)),
            };
            let row = BarRow {
                ts_event: start,
                ts_recv: end,
                ohlcv: [price, price, price, price, 0.0],
                trades: Some(0),
            };
            OpenBar { row, end, turnover: 0.0 }
        });
        let row = &mut open.row;
        let [_, high, low, close, volume] = &mut row.ohlcv;
        *high = high.max(price);
        *low = low.min(price);
        *close = price;
        *volume += quantity;
        row.ts_recv = row.ts_recv.max(ts_recv);
        let count = row.trades.get_or_insert(0);
        *count += 1;
        open.turnover += price * quantity;
        let is_full = match rule {
            BarRule::Time(_) => false,
            BarRule::Ticks(wanted) => *count as u64 >= wanted,
            BarRule::Volume(wanted) => row.ohlcv[4] >= wanted,
            BarRule::Dollars(wanted) => open.turnover >= wanted,
        };
        if is_full && let Some(open) = self.open.take() {
            out(open.row);
        }
    }

    /// Ends the data: the open bar is handed out if asked for. (Whether more trades would have come is not known.)
    pub fn finish(self, keep_unfinished: bool, out: &mut impl FnMut(BarRow)) {
        if let (Some(open), true) = (self.open, keep_unfinished) {
            out(open.row);
        }
    }
}

/// Coarser bars from finer ones.
#[derive(Debug, Clone)]
pub struct Coarsener {
    fine: Frame,
    coarse: Frame,
    open: Option<OpenBar>,
    last_end: i64,
}

impl Coarsener {
    /// From bars of `fine` to bars of `coarse`, which must be a whole multiple.
    pub fn new(fine: Frame, coarse: Frame) -> Self {
        debug_assert!(coarse.nanos() % fine.nanos() == 0);
        Self { fine, coarse, open: None, last_end: i64::MIN }
    }

    /// Takes a fine bar and hands out the coarse bar that it ends, if any: at once if the fine bar is its last, else when
    /// a later fine bar shows that nothing more comes.
    #[inline]
    pub fn push(&mut self, bar: &BarRow, out: &mut impl FnMut(BarRow)) {
        if let Some(open) = self.open.take_if(|open| bar.ts_event >= open.end) {
            out(open.row);
        }
        let coarse = self.coarse;
        match &mut self.open {
            Some(open) => {
                let row = &mut open.row;
                row.ohlcv[1] = row.ohlcv[1].max(bar.ohlcv[1]);
                row.ohlcv[2] = row.ohlcv[2].min(bar.ohlcv[2]);
                row.ohlcv[3] = bar.ohlcv[3];
                row.ohlcv[4] += bar.ohlcv[4];
                row.ts_recv = row.ts_recv.max(bar.ts_recv);
                // A count of which a part is not known is not known.
                row.trades = row.trades.zip(bar.trades).map(|(a, b)| a.saturating_add(b));
            }
            None => {
                let start = coarse.floor(Timestamp(bar.ts_event));
                let end = (start + coarse.nanos()).0;
                let row = BarRow { ts_event: start.0, ts_recv: bar.ts_recv.max(end), ..*bar };
                self.open = Some(OpenBar { row, end, turnover: 0.0 });
            }
        }
        self.last_end = bar.ts_event.saturating_add(self.fine.nanos());
        let last_end = self.last_end;
        if let Some(open) = self.open.take_if(|open| last_end >= open.end) {
            out(open.row);
        }
    }

    /// Ends the data: the open bar, which lacks its last part, is handed out if asked for.
    pub fn finish(self, keep_unfinished: bool, out: &mut impl FnMut(BarRow)) {
        if let (Some(open), true) = (self.open, keep_unfinished) {
            out(open.row);
        }
    }
}
