//! What rows of order-book tapes must be: checked when they are written, and when a tape of another program is opened.

use manyworlds_components::price::Step;

use super::columns::Batches;
use super::meta::{BATCH_ROWS, TapeMeta};
use super::rows::{DepthChange, DepthRow, OrderChange, OrderRow, QuoteRow, TapeSignal};

/// Counts of ticks and lots stay below this, so that a double holds them exactly with room to round.
pub(crate) const MOST_STEPS: f64 = (1_u64 << 50) as f64;

/// Checks rows one after the other. An error says what is wrong, and what would be right.
#[derive(Debug, Clone)]
pub(super) struct RowCheck {
    tick: Option<Step>,
    lot: Option<Step>,
    /// Whether there has been a snapshot, or a reset to the empty book.
    begun: bool,
}

type Checked = Result<(), (String, &'static str)>;

impl RowCheck {
    pub fn new(meta: &TapeMeta) -> Self {
        Self { tick: meta.tick_size, lot: meta.lot_size, begun: false }
    }

    /// Whether a value can be counted in steps at all.
    pub fn countable(what: &str, value: f64, step: Option<Step>, least: f64) -> Checked {
        if !(value.is_finite() && value >= least) {
            return Err((format!("{what} {value}"), "it must be a finite number, and no size is negative"));
        }
        let size = step.map_or(1.0, Step::value);
        if (value / size).abs() > MOST_STEPS {
            return Err((format!("{what} {value} is too many steps of {size}"), "see its unit"));
        }
        Ok(())
    }

    fn on_grid(what: &str, value: f64, step: Option<Step>, name: &str, least: f64) -> Checked {
        Self::countable(what, value, step, least)?;
        let size = step.map_or(1.0, Step::value);
        if step.is_some_and(|step| !step.is_on_grid(value)) {
            let hint = "it must be a multiple: see the tick and lot size of the tape";
            return Err((format!("{what} {value} is off the {name} size {size}"), hint));
        }
        Ok(())
    }

    fn price(&self, value: f64) -> Checked {
        Self::on_grid("price", value, self.tick, "tick", f64::MIN)
    }

    fn size(&self, value: f64) -> Checked {
        Self::on_grid("size", value, self.lot, "lot", 0.0)
    }

    fn signal(&mut self, signal: &TapeSignal) -> Checked {
        match signal {
            TapeSignal::Clear => self.begun = true,
            TapeSignal::ClearTo { price, .. } => self.price(*price)?,
            TapeSignal::Gap | TapeSignal::Halt | TapeSignal::Resume => {}
        }
        Ok(())
    }

    fn has_begun(&self) -> Checked {
        let reason = || "a change before any snapshot".to_owned();
        self.begun.then_some(()).ok_or_else(|| {
            (reason(), "begin with a Clear: what follows it is the snapshot, or fills an empty book")
        })
    }

    pub fn depth(&mut self, row: &DepthRow) -> Checked {
        match &row.change {
            DepthChange::Level { price, size, .. } => {
                self.has_begun()?;
                self.price(*price)?;
                self.size(*size)
            }
            DepthChange::Signal(signal) => self.signal(signal),
        }
    }

    pub fn quote(&self, row: &QuoteRow) -> Checked {
        for (price, size) in [row.bid, row.ask] {
            self.size(size)?;
            if size > 0.0 {
                self.price(price)?;
            }
        }
        Ok(())
    }

    pub fn order(&mut self, row: &OrderRow) -> Checked {
        use manyworlds_components::book_event::OrderAction::{Add, Modify};
        match &row.change {
            OrderChange::Order { action, price, size, .. } => {
                self.has_begun()?;
                if matches!(action, Add | Modify) {
                    self.price(*price)?;
                }
                self.size(*size)
            }
            OrderChange::Signal(signal) => self.signal(signal),
        }
    }
}

/// Calls `f` with each size of a book's tape, the price that it stands at, if that counts, and the row.
pub(super) fn each_value<E>(
    batches: &Batches,
    mut f: impl FnMut(usize, Option<f64>, f64) -> Result<(), E>,
) -> Result<(), E> {
    match batches {
        Batches::Bars(_) | Batches::Trades(_) => {}
        Batches::Depth(batches) => {
            for (batch, c) in batches.iter().enumerate() {
                for at in 0..c.ts_recv.len() {
                    f(batch * BATCH_ROWS + at, Some(c.price[at]), c.size[at])?;
                }
            }
        }
        Batches::Quotes(batches) => {
            for (batch, c) in batches.iter().enumerate() {
                for at in 0..c.ts_recv.len() {
                    for (price, size) in [(&c.bid_price, &c.bid_size), (&c.ask_price, &c.ask_size)] {
                        f(batch * BATCH_ROWS + at, (size[at] > 0.0).then(|| price[at]), size[at])?;
                    }
                }
            }
        }
        Batches::Orders(batches) => {
            for (batch, c) in batches.iter().enumerate() {
                for at in 0..c.ts_recv.len() {
                    let priced = matches!(c.action[at], 1 | 2);
                    f(batch * BATCH_ROWS + at, priced.then(|| c.price[at]), c.size[at])?;
                }
            }
        }
    }
    Ok(())
}

/// Whether all rows of a tape are right: codes that are known, and values on these grids. The error says which row.
pub(super) fn check_batches(batches: &Batches, tick: Option<Step>, lot: Option<Step>) -> Result<(), String> {
    check_codes(batches)?;
    each_value(batches, |row, price, size| {
        let price = price.map_or(Ok(()), |p| RowCheck::on_grid("price", p, tick, "tick", f64::MIN));
        price
            .and_then(|()| RowCheck::on_grid("size", size, lot, "lot", 0.0))
            .map_err(|(reason, _)| format!("row {}: {reason}", row + 1))
    })
}

/// Whether the codes of all rows are known, and a book begins with a clear.
fn check_codes(batches: &Batches) -> Result<(), String> {
    let code = |row: usize, name: &str, code: i8, allowed: std::ops::RangeInclusive<i8>| {
        let fits = allowed.contains(&code);
        fits.then_some(()).ok_or_else(|| format!("row {}: `{name}` is {code}", row + 1))
    };
    let mut begun = false;
    let mut begin = |row: usize, signal: i8| {
        begun |= signal == 1;
        let early =
            || format!("row {}: a change before any snapshot: the first row must be a clear", row + 1);
        (begun || signal != 0).then_some(()).ok_or_else(early)
    };
    match batches {
        Batches::Bars(_) | Batches::Trades(_) | Batches::Quotes(_) => {}
        Batches::Depth(batches) => {
            for (batch, c) in batches.iter().enumerate() {
                for at in 0..c.ts_recv.len() {
                    let row = batch * BATCH_ROWS + at;
                    code(row, "signal", c.signal[at], 0..=5)?;
                    begin(row, c.signal[at])?;
                    let sided = matches!(c.signal[at], 0 | 5);
                    code(row, "side", c.side[at], -1..=1)?;
                    if sided && c.side[at] == 0 {
                        return Err(format!("row {}: `side` is 0, neither 1 (bid) nor -1 (ask)", row + 1));
                    }
                }
            }
        }
        Batches::Orders(batches) => {
            for (batch, c) in batches.iter().enumerate() {
                for at in 0..c.ts_recv.len() {
                    let row = batch * BATCH_ROWS + at;
                    code(row, "signal", c.signal[at], 0..=5)?;
                    begin(row, c.signal[at])?;
                    let (is_order, priced) = (c.signal[at] == 0, matches!(c.action[at], 1 | 2));
                    code(row, "action", c.action[at], i8::from(is_order)..=6)?;
                    code(row, "side", c.side[at], -1..=1)?;
                    if (priced || c.signal[at] == 5) && c.side[at] == 0 {
                        return Err(format!("row {}: `side` is 0, neither 1 (bid) nor -1 (ask)", row + 1));
                    }
                }
            }
        }
    }
    Ok(())
}
