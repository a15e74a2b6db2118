//! Checks of feed rows on their way from a parser to their tapes.

use manyworlds_components::book_event::OrderAction;
use manyworlds_components::price::Step;
use manyworlds_components::time::Timestamp;

use super::row::{Change, FeedKind, FeedRow, Names, RowSink};
use super::text::cell_error;
use crate::data::error::DataError;
use crate::data::import::spec::ImportSpec;
use crate::data::tape::{MOST_STEPS, TapeSignal};
use crate::data::validate::{Defect, DefectReport, Ledger, Place, Policy};

/// What is known about the rows of one kind so far.
struct Lane {
    ledger: Ledger,
    last_recv: i64,
    last_event: i64,
    /// Whether the book has been cleared; none is without having been.
    begun: bool,
}

/// Takes the rows of every kind, checks them, counts their defects, and hands on those that are kept.
pub(crate) struct Intake<'a> {
    lanes: [Lane; 4],
    last_trade: Option<(i64, f64)>,
    /// Whether the source numbers its trades one by one.
    pub sequential_trades: bool,
    names: Names,
    ignored: u64,
    /// Added to times of receipt, in nanoseconds.
    behind: i64,
    /// What a contract is worth in quote units, where sizes are told in contracts.
    contract_value: Option<f64>,
    sink: &'a mut dyn RowSink,
    /// Hears of each row, for progress.
    heard: &'a mut dyn FnMut(),
}

impl<'a> Intake<'a> {
    pub(crate) fn new(spec: &ImportSpec, sink: &'a mut dyn RowSink, heard: &'a mut dyn FnMut()) -> Self {
        let lane =
            |_| Lane { ledger: Ledger::new(spec), last_recv: i64::MIN, last_event: i64::MIN, begun: false };
        Self {
            lanes: [0, 1, 2, 3].map(lane),
            last_trade: None,
            sequential_trades: false,
            names: Names::default(),
            ignored: 0,
            behind: spec.recorder_behind.map_or(0, |behind| behind.nanos()),
            contract_value: spec.contract_value,
            sink,
            heard,
        }
    }

    /// What was met among rows of a kind.
    pub(crate) fn report(&self, kind: FeedKind) -> &DefectReport {
        &self.lanes[kind as usize].ledger.report
    }

    /// Records that are of no kind that is imported.
    pub(crate) fn ignored(&self) -> u64 {
        self.ignored
    }

    /// Counts a record that is of no kind that is imported.
    pub(crate) fn ignore(&mut self) {
        self.ignored += 1;
    }

    /// The source's word for the venue, which has to stay the same.
    pub(crate) fn name_venue(&mut self, name: &str, field: &str, place: Place<'_>) -> Result<(), DataError> {
        agree(&mut self.names.venue, name, field, place, "import each venue's files by themselves")
    }

    /// The source's word for the symbol, which has to stay the same.
    pub(crate) fn name_symbol(&mut self, name: &str, field: &str, place: Place<'_>) -> Result<(), DataError> {
        let hint = "set the source symbol to say which to take";
        agree(&mut self.names.symbol, name, field, place, hint)
    }

    /// What is to be done about a defect.
    pub(crate) fn policy(&self, defect: Defect) -> Policy {
        self.lanes[0].ledger.policies.of(defect)
    }

    /// Counts a defect of rows of a kind that the parser has found. `Ok(false)`: the policy leaves them out.
    pub(crate) fn met(
        &mut self,
        kind: FeedKind,
        defect: Defect,
        count: u64,
        ts: i64,
        place: Place<'_>,
        value: impl FnOnce() -> String,
    ) -> Result<bool, DataError> {
        self.lanes[kind as usize].ledger.met(defect, count, ts, place, value)
    }

    /// Counts a row that was read but, by the parser's own rules, goes no further.
    pub(crate) fn read(&mut self, kind: FeedKind, rows: u64) {
        self.lanes[kind as usize].ledger.report.rows_read += rows;
    }

    /// Counts rows that were read and go no further because of a defect.
    ///
    /// # Errors
    /// When the policy rejects it.
    pub(crate) fn leave_out(
        &mut self,
        kind: FeedKind,
        defect: Defect,
        rows: u64,
        ts: i64,
        place: Place<'_>,
        value: impl FnOnce() -> String,
    ) -> Result<(), DataError> {
        self.lanes[kind as usize].ledger.leave_out(defect, rows, ts, place, value)
    }

    /// Something that the parser says by itself, in between rows; never earlier than the row before.
    pub(crate) fn signal(
        &mut self,
        on: FeedKind,
        signal: TapeSignal,
        ts_event: i64,
        ts_recv: i64,
    ) -> Result<(), DataError> {
        let (ts_event, ts_recv) = self.by_the_clock(ts_event, ts_recv);
        let lane = &mut self.lanes[on as usize];
        lane.last_recv = lane.last_recv.max(ts_recv);
        let ts_recv = lane.last_recv;
        if signal != TapeSignal::Clear {
            self.begin(on, ts_event, ts_recv)?;
        }
        self.lanes[on as usize].begun = true;
        self.sink.take(&FeedRow { ts_event, ts_recv, change: Change::Signal { on, signal } }, &self.names)
    }

    /// A book begins empty: says so, where nothing did.
    fn begin(&mut self, on: FeedKind, ts_event: i64, ts_recv: i64) -> Result<(), DataError> {
        let is_book = matches!(on, FeedKind::Depth | FeedKind::Orders);
        if !is_book || std::mem::replace(&mut self.lanes[on as usize].begun, true) {
            return Ok(());
        }
        let change = Change::Signal { on, signal: TapeSignal::Clear };
        self.sink.take(&FeedRow { ts_event, ts_recv, change }, &self.names)
    }

    /// Times by a recorder's clock that goes right. A source without a clock of its own has but one time.
    fn by_the_clock(&self, ts_event: i64, ts_recv: i64) -> (i64, i64) {
        let right = ts_recv.saturating_add(self.behind);
        (if ts_event == ts_recv { right } else { ts_event }, right)
    }

    /// A row. `Ok(false)`: it was left out.
    ///
    /// # Errors
    /// A defect whose policy is `reject`, or the sink's.
    pub(crate) fn push(&mut self, row: &FeedRow, place: Place<'_>) -> Result<bool, DataError> {
        (self.heard)();
        let kind = row.change.kind();
        let (ts_event, ts_recv) = self.by_the_clock(row.ts_event, row.ts_recv);
        let Self { lanes, last_trade, sequential_trades, contract_value, .. } = self;
        let lane = &mut lanes[kind as usize];
        lane.ledger.report.rows_read += 1;
        let change = match contract_value {
            Some(value) => in_base_units(row.change, *value)?,
            None => row.change,
        };
        let ledger = &mut lane.ledger;
        macro_rules! defect {
            ($when:expr, $defect:ident, $count:expr, $($value:tt)+) => {
                if $when && !ledger.met(Defect::$defect, $count, ts_event, place, || format!($($value)+))? {
                    return Ok(false);
                }
            };
        }
        let (time, last_recv, last_event) =
            (Timestamp, Timestamp(lane.last_recv), Timestamp(lane.last_event));
        defect!(ts_recv < last_recv.0, Unsorted, 1, "received {} after {last_recv}", time(ts_recv));
        defect!(
            ts_recv < ts_event,
            NegativeLatency,
            1,
            "received {} ms before it happened",
            (ts_event - ts_recv) as f64 / 1e6
        );
        defect!(ts_event < last_event.0, EventOrder, 1, "happened {} after {last_event}", time(ts_event));
        let (mut prices, mut sizes) = ([f64::NAN; 2], [f64::NAN; 2]);
        let mut used = 1;
        match change {
            Change::Trade { price, quantity, .. } => {
                let finite = price.is_finite() && quantity.is_finite();
                defect!(!finite, NotFinite, 1, "price {price}, quantity {quantity}");
                let positive = price > 0.0 && quantity > 0.0;
                defect!(!positive, NonPositive, 1, "price {price}, quantity {quantity}");
                (prices[0], sizes[0]) = (price, quantity);
            }
            Change::Level { side, price, size } => {
                let side = side.name();
                let finite = price.is_finite() && size.is_finite();
                defect!(!finite, NotFinite, 1, "{side} price {price}, size {size}");
                defect!(price <= 0.0, NonPositive, 1, "{side} price {price}");
                defect!(size < 0.0, NegativeVolume, 1, "{side} size {size} at price {price}");
                (prices[0], sizes[0]) = (price, size);
            }
            Change::Quote { bid, bid_size, ask, ask_size } => {
                let finite = [bid, bid_size, ask, ask_size].iter().all(|v| v.is_finite());
                defect!(!finite, NotFinite, 1, "bid {bid} ({bid_size}), ask {ask} ({ask_size})");
                defect!(
                    bid_size < 0.0 || ask_size < 0.0,
                    NegativeVolume,
                    1,
                    "sizes {bid_size} and {ask_size}"
                );
                let positive = (bid > 0.0 || bid_size == 0.0) && (ask > 0.0 || ask_size == 0.0);
                defect!(!positive, NonPositive, 1, "bid {bid}, ask {ask}");
                let crossed = bid >= ask && bid_size > 0.0 && ask_size > 0.0;
                defect!(crossed, Crossed, 1, "bid {bid} is not below ask {ask}");
                (prices, sizes, used) = ([bid, ask], [bid_size, ask_size], 2);
            }
            Change::Order { order, action, price, size, .. } => {
                let finite = price.is_finite() && size.is_finite();
                defect!(!finite, NotFinite, 1, "order {order}: price {price}, size {size}");
                let priced = matches!(action, OrderAction::Add | OrderAction::Modify);
                defect!(priced && price <= 0.0, NonPositive, 1, "order {order}: price {price}");
                defect!(size < 0.0, NegativeVolume, 1, "order {order}: size {size}");
                let empty = action == OrderAction::Add && size == 0.0;
                defect!(empty, NonPositive, 1, "order {order}: size 0");
                (prices[0], sizes[0]) = (if priced { price } else { 0.0 }, size);
            }
            Change::Signal { .. } => used = 0,
        }
        if kind != FeedKind::Trades {
            countable(&prices[..used], "price", ledger.tick_size, place)?;
            countable(&sizes[..used], "size", ledger.lot_size, place)?;
        }
        if let Some(tick) = ledger.tick_size {
            let off = prices[..used].iter().find(|p| !tick.is_on_grid(**p));
            defect!(off.is_some(), OffTick, 1, "{} at tick size {}", off.unwrap_or(&0.0), tick.value());
        }
        if let Some(lot) = ledger.lot_size {
            let off = sizes[..used].iter().find(|s| !lot.is_on_grid(**s));
            defect!(off.is_some(), OffLot, 1, "{} at lot size {}", off.unwrap_or(&0.0), lot.value());
        }
        if let Change::Trade { id, price, .. } = change {
            if let Some((from, last_price)) = *last_trade {
                defect!(*sequential_trades && id < from, Unsorted, 1, "trade id {id} after {from}");
                defect!(*sequential_trades && id == from, Duplicate, 1, "a second trade with id {id}");
                let missing = u64::try_from(id.saturating_sub(from) - 1).unwrap_or(0);
                let gap = *sequential_trades && missing > 0;
                defect!(gap, Gap, missing, "{missing} trades missing between ids {from} and {id}");
                defect!(ledger.jump(last_price, price), PriceJump, 1, "price {price} after {last_price}");
            }
            *last_trade = Some((id, price));
        }
        lane.last_recv = ts_recv;
        lane.last_event = lane.last_event.max(ts_event);
        lane.ledger.report.rows_kept += 1;
        self.begin(kind, ts_event, ts_recv)?;
        self.sink.take(&FeedRow { ts_event, ts_recv, change }, &self.names)?;
        Ok(true)
    }
}

/// Refuses values of a book that are too many steps to be counted, whatever the policies: their unit is another one.
fn countable(values: &[f64], field: &str, step: Option<Step>, place: Place<'_>) -> Result<(), DataError> {
    let size = step.map_or(1.0, Step::value);
    match values.iter().find(|value| (**value / size).abs() > MOST_STEPS) {
        Some(value) => {
            let expected =
                format!("below {:e}, which is as many steps of {size} as are counted", MOST_STEPS * size);
            Err(cell_error(place, field, &value.to_string(), &expected))
        }
        None => Ok(()),
    }
}

/// The same with sizes that were inverse contracts, each worth `value` quote units.
fn in_base_units(change: Change, value: f64) -> Result<Change, DataError> {
    let base = |contracts: f64, price: f64| {
        if price > 0.0 { (1e8 * contracts * value / price).round() / 1e8 } else { 0.0 }
    };
    Ok(match change {
        Change::Trade { id, price, quantity, aggressor } => {
            Change::Trade { id, price, quantity: base(quantity, price), aggressor }
        }
        Change::Level { side, price, size } => Change::Level { side, price, size: base(size, price) },
        Change::Quote { bid, bid_size, ask, ask_size } => {
            Change::Quote { bid, bid_size: base(bid_size, bid), ask, ask_size: base(ask_size, ask) }
        }
        Change::Signal { .. } => change,
        Change::Order { .. } => {
            return Err(DataError::Setting {
                field: "contract_value",
                value: value.to_string(),
                hint: "single orders are not told in contracts: leave it out".to_owned(),
            });
        }
    })
}

fn agree(
    known: &mut Option<String>,
    name: &str,
    field: &str,
    place: Place<'_>,
    hint: &str,
) -> Result<(), DataError> {
    match known {
        Some(known) if known == name => Ok(()),
        Some(known) => Err(DataError::Cell {
            at: place.location(),
            field: field.into(),
            value: name.into(),
            expected: format!("`{known}`, as in the rows before: {hint}").into(),
        }),
        None => {
            *known = Some(name.to_owned());
            Ok(())
        }
    }
}
