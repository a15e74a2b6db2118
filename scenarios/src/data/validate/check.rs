//! Looks at rows as they stream by.

use std::path::Path;

use manyworlds_components::price::Step;
use manyworlds_components::time::{Frame, Timestamp};

use super::policy::{Defect, Policies, Policy};
use super::report::{DefectReport, Example};
use crate::data::error::{DataError, Location};
use crate::data::import::ImportSpec;
use crate::data::tape::{BarRow, TradeRow};

/// Where a row came from, without allocating.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// File and member.
    pub source: &'a Location,
    /// Line or row, from 1.
    pub row: u64,
}

impl Place<'_> {
    /// As an owned location.
    pub fn location(&self) -> Location {
        self.source.at_row(self.row)
    }

    fn example(&self, ts: i64, value: String) -> Example {
        let name =
            |path: &Path| path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        Example {
            file: name(&self.source.file),
            member: self.source.member.clone(),
            row: self.row,
            ts,
            value,
        }
    }
}

/// A bar as the source has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RawBar {
    /// Open time, ns.
    pub open_time: i64,
    /// The source's own close time, ns, and the unit of its clock (a close may be stamped one unit early).
    pub close_time: Option<(i64, i64)>,
    /// Open, high, low, close, volume; NaN where the cell is empty.
    pub ohlcv: [f64; 5],
    /// Number of trades.
    pub trades: Option<i64>,
}

/// What all checks share.
pub(crate) struct Ledger {
    pub(crate) policies: Policies,
    pub(crate) tick_size: Option<Step>,
    pub(crate) lot_size: Option<Step>,
    price_jump_limit: f64,
    /// Defects whose rows can be left out, but not kept.
    never_kept: &'static [Defect],
    pub(crate) report: DefectReport,
}

impl Ledger {
    /// For an order-book feed, whose tape takes no value off its grid.
    pub(crate) fn new(spec: &ImportSpec) -> Self {
        Self {
            policies: spec.policies.clone(),
            tick_size: spec.tick_size,
            lot_size: spec.lot_size,
            price_jump_limit: spec.price_jump_limit,
            never_kept: &[Defect::OffTick, Defect::OffLot, Defect::NegativeVolume],
            report: DefectReport::default(),
        }
    }

    /// For the tape of a book that is read on another grid: its sizes can be rounded, its prices would be other levels.
    pub(crate) fn of_grid(spec: &ImportSpec) -> Self {
        let mut ledger = Self { never_kept: &[Defect::OffTick], ..Self::new(spec) };
        if ledger.policies.off_tick == Policy::Flag {
            ledger.policies.off_tick = Policy::Reject;
        }
        ledger
    }

    /// Counts a defect. `Ok(false)`: leave the row out.
    #[cold]
    pub(crate) fn met(
        &mut self,
        defect: Defect,
        count: u64,
        ts: i64,
        place: Place<'_>,
        value: impl FnOnce() -> String,
    ) -> Result<bool, DataError> {
        let policy = self.policies.of(defect);
        if policy == Policy::Reject {
            let way_out = if self.never_kept.contains(&defect) { "`skip`" } else { defect.way_out() };
            return Err(DataError::Defect { at: place.location(), defect, value: value(), way_out });
        }
        let skip = policy == Policy::Skip;
        self.report.add(defect, count, u64::from(skip), || place.example(ts, value()));
        Ok(!skip)
    }

    /// Counts rows that were read and are left out because of a defect, unless the policy is to reject it.
    pub(crate) fn leave_out(
        &mut self,
        defect: Defect,
        rows: u64,
        ts: i64,
        place: Place<'_>,
        value: impl FnOnce() -> String,
    ) -> Result<(), DataError> {
        if self.policies.of(defect) == Policy::Reject {
            return self.met(defect, rows, ts, place, value).map(|_| ());
        }
        self.report.rows_read += rows;
        if rows > 0 {
            self.report.add(defect, rows, rows, || place.example(ts, value()));
        }
        Ok(())
    }

    pub(crate) fn jump(&self, from: f64, to: f64) -> bool {
        from > 0.0 && to > 0.0 && (to / from).ln().abs() > self.price_jump_limit
    }
}

/// Checks a stream of bars of one symbol and frame.
pub struct BarCheck {
    ledger: Ledger,
    frame: Frame,
    last: Option<(i64, f64)>,
    last_recv: i64,
}

impl BarCheck {
    /// A check for bars of `frame`; `price_jump_limit` is an absolute log return.
    pub fn new(
        frame: Frame,
        policies: Policies,
        tick_size: Option<Step>,
        lot_size: Option<Step>,
        price_jump_limit: f64,
    ) -> Self {
        let ledger = Ledger {
            policies,
            tick_size,
            lot_size,
            price_jump_limit,
            never_kept: &[],
            report: DefectReport::default(),
        };
        Self { ledger, frame, last: None, last_recv: i64::MIN }
    }

    /// The row for the tape, or `None` if the policy leaves it out.
    ///
    /// # Errors
    /// A defect whose policy is `reject`.
    pub fn check(&mut self, bar: &RawBar, place: Place<'_>) -> Result<Option<BarRow>, DataError> {
        let ledger = &mut self.ledger;
        ledger.report.rows_read += 1;
        let ts = bar.open_time;
        let [open, high, low, close, volume] = bar.ohlcv;
        let prices = [open, high, low, close];
        // Each defect in turn; the first whose policy is `skip` ends the row.
        macro_rules! defect {
            ($when:expr, $defect:ident, $count:expr, $($value:tt)+) => {
                if $when && !ledger.met(Defect::$defect, $count, ts, place, || format!($($value)+))? {
                    return Ok(None);
                }
            };
        }
        let finite = bar.ohlcv.iter().all(|v| v.is_finite());
        defect!(!finite, NotFinite, 1, "open {open}, high {high}, low {low}, close {close}, volume {volume}");
        defect!(
            prices.iter().any(|p| *p <= 0.0),
            NonPositive,
            1,
            "open {open}, high {high}, low {low}, close {close}"
        );
        let inside = low <= open.min(close) && high >= open.max(close);
        defect!(!inside, HighLow, 1, "open {open}, high {high}, low {low}, close {close}");
        defect!(volume < 0.0, NegativeVolume, 1, "volume {volume}");
        defect!(volume == 0.0, ZeroVolume, 1, "volume 0");
        let on_grid = self.frame.floor(Timestamp(ts)).0 == ts;
        defect!(!on_grid, OffFrame, 1, "{} is not on the grid of {}", Timestamp(ts), self.frame);
        let end = ts.saturating_add(self.frame.nanos());
        let mut ts_recv = end;
        if let Some((source, unit)) = bar.close_time {
            defect!(
                !(end - unit..=end).contains(&source),
                CloseTime,
                1,
                "{} closes at {}, not at the end of its {}",
                Timestamp(ts),
                Timestamp(source),
                self.frame
            );
            ts_recv = ts_recv.max(source);
        }
        if let Some((last_ts, last_close)) = self.last {
            defect!(ts < last_ts, Unsorted, 1, "{} after {}", Timestamp(ts), Timestamp(last_ts));
            defect!(ts == last_ts, Duplicate, 1, "a second bar at {}", Timestamp(ts));
            let missing = (ts - last_ts) / self.frame.nanos() - 1;
            let missing = u64::try_from(missing).unwrap_or(0);
            defect!(
                missing > 0,
                Gap,
                missing,
                "{missing} bars missing between {} and {}",
                Timestamp(last_ts),
                Timestamp(ts)
            );
            defect!(ledger.jump(last_close, close), PriceJump, 1, "close {close} after {last_close}");
        }
        if let Some(tick) = ledger.tick_size {
            let off = prices.iter().find(|p| !tick.is_on_grid(**p));
            defect!(off.is_some(), OffTick, 1, "{} at tick size {}", off.unwrap_or(&f64::NAN), tick.value());
        }
        if let Some(lot) = ledger.lot_size {
            defect!(!lot.is_on_grid(volume), OffLot, 1, "volume {volume} at lot size {}", lot.value());
        }
        self.last = Some((ts, close));
        self.last_recv = self.last_recv.max(ts_recv);
        ledger.report.rows_kept += 1;
        Ok(Some(BarRow { ts_event: ts, ts_recv: self.last_recv, ohlcv: bar.ohlcv, trades: bar.trades }))
    }

    /// What was met so far.
    pub fn report(&self) -> &DefectReport {
        &self.ledger.report
    }
}

/// Checks a stream of trades of one symbol.
pub struct TradeCheck {
    ledger: Ledger,
    last: Option<TradeRow>,
}

impl TradeCheck {
    /// A check for trades; `price_jump_limit` is an absolute log return from trade to trade.
    pub fn new(
        policies: Policies,
        tick_size: Option<Step>,
        lot_size: Option<Step>,
        price_jump_limit: f64,
    ) -> Self {
        let ledger = Ledger {
            policies,
            tick_size,
            lot_size,
            price_jump_limit,
            never_kept: &[],
            report: DefectReport::default(),
        };
        Self { ledger, last: None }
    }

    /// Whether the row goes onto the tape.
    ///
    /// # Errors
    /// A defect whose policy is `reject`.
    pub fn check(&mut self, row: &TradeRow, place: Place<'_>) -> Result<bool, DataError> {
        let ledger = &mut self.ledger;
        ledger.report.rows_read += 1;
        let TradeRow { ts_event: ts, trade_id, price, quantity, .. } = *row;
        macro_rules! defect {
            ($when:expr, $defect:ident, $count:expr, $($value:tt)+) => {
                if $when && !ledger.met(Defect::$defect, $count, ts, place, || format!($($value)+))? {
                    return Ok(false);
                }
            };
        }
        defect!(
            !price.is_finite() || !quantity.is_finite(),
            NotFinite,
            1,
            "price {price}, quantity {quantity}"
        );
        defect!(price <= 0.0 || quantity <= 0.0, NonPositive, 1, "price {price}, quantity {quantity}");
        if let Some(last) = self.last {
            let (from, to) = (last.trade_id, trade_id);
            defect!(ts < last.ts_event, Unsorted, 1, "{} after {}", Timestamp(ts), Timestamp(last.ts_event));
            defect!(to < from, Unsorted, 1, "trade id {to} after {from}");
            defect!(to == from, Duplicate, 1, "a second trade with id {to}");
            let missing = u64::try_from(to.saturating_sub(from) - 1).unwrap_or(0);
            defect!(missing > 0, Gap, missing, "{missing} trades missing between ids {from} and {to}");
            defect!(ledger.jump(last.price, price), PriceJump, 1, "price {price} after {}", last.price);
        }
        if let Some(tick) = ledger.tick_size {
            defect!(!tick.is_on_grid(price), OffTick, 1, "price {price} at tick size {}", tick.value());
        }
        if let Some(lot) = ledger.lot_size {
            defect!(!lot.is_on_grid(quantity), OffLot, 1, "quantity {quantity} at lot size {}", lot.value());
        }
        self.last = Some(*row);
        ledger.report.rows_kept += 1;
        Ok(true)
    }

    /// What was met so far.
    pub fn report(&self) -> &DefectReport {
        &self.ledger.report
    }
}
