//! Databento DBN, versions 1 to 3: MBO, MBP-1, MBP-10, TBBO, BBO and trades.
//!
//! Rules of the source (databento.com/docs, "MBO", "Common fields"): prices are 1e-9 and may be undefined; a message is
//! whole at its record with the flag LAST, before which its changes are held back; T and F do not change the book, R
//! empties it, C takes its size off the order; the side of a trade is the aggressor's.

use std::io::{Cursor, Read};

use dbn::decode::dbn::Decoder;
use dbn::decode::{DbnMetadata as _, DecodeRecordRef as _};
use dbn::record::{BboMsg, BidAskPair, MboMsg, Mbp1Msg, Mbp10Msg, RecordHeader, TradeMsg};
use dbn::{
    FlagSet, Metadata, Record as _, RecordRef, SType, Schema, SymbolIndex as _, TsSymbolMap, UNDEF_PRICE,
    UNDEF_TIMESTAMP, VersionUpgradePolicy,
};
use manyworlds_components::book_event::OrderAction;
use manyworlds_components::side::BookSide;

use super::FeedParser;
use super::dbn_frames::Frames;
use super::depth_diff::DepthDiff;
use super::intake::Intake;
use super::live_orders::LiveOrders;
use super::row::{Change, FeedKind, FeedRow};
use super::text::cell_error;
use super::watched::Watched;
use crate::data::error::{DataError, Location};
use crate::data::import::spec::ImportSpec;
use crate::data::tape::TapeSignal;
use crate::data::validate::{Defect, Place};

const SCHEMAS: [Schema; 7] =
    [Schema::Mbo, Schema::Mbp1, Schema::Mbp10, Schema::Tbbo, Schema::Trades, Schema::Bbo1S, Schema::Bbo1M];
const HINT: &str =
    "read are the schemas mbo, mbp-1, mbp-10, tbbo, trades, bbo-1s and bbo-1m: download one of them";
/// Changes that are held back at most; a message has a few.
const MAX_HELD: usize = 1 << 16;
/// Bytes of metadata at most; all symbols of a large venue take a tenth.
const MAX_METADATA: u64 = 1 << 28;

/// State across the files of one import, which are read in the order of time.
pub(super) struct DbnFeed {
    wanted: Option<String>,
    live: LiveOrders,
    depth: DepthDiff,
    /// Changes of a message that is not whole yet, with their rows.
    held: Vec<(FeedRow, u64)>,
    /// Whether the feed said that its book may be wrong, and the policy leaves such a book out.
    lost: bool,
    doubtful: bool,
}

impl DbnFeed {
    pub(super) fn new(spec: &ImportSpec) -> Self {
        Self {
            wanted: spec.source_symbol.clone(),
            live: LiveOrders::default(),
            depth: DepthDiff::default(),
            held: Vec::new(),
            lost: false,
            doubtful: false,
        }
    }
}

/// What the records of every schema have.
#[derive(Clone, Copy)]
struct Common {
    ts_event: i64,
    ts_recv: i64,
    price: f64,
    size: f64,
    action: u8,
    side: u8,
    flags: FlagSet,
    sequence: u32,
}

fn nanos(ns: u64) -> Option<i64> {
    (ns != UNDEF_TIMESTAMP).then(|| i64::try_from(ns).ok()).flatten()
}

/// Undefined is NaN: only what needs a price minds.
fn price(fixed: i64) -> f64 {
    if fixed == UNDEF_PRICE { f64::NAN } else { fixed as f64 / 1e9 }
}

fn level(pair: &BidAskPair) -> [(f64, f64); 2] {
    let side = |fixed: i64, size: u32| {
        if fixed == UNDEF_PRICE { (0.0, 0.0) } else { (price(fixed), f64::from(size)) }
    };
    [side(pair.bid_px, pair.bid_sz), side(pair.ask_px, pair.ask_sz)]
}

macro_rules! common {
    ($message:expr, $action:expr, $sequence:expr, $place:expr) => {{
        let message = $message;
        let (event, received) = (nanos(message.hd.ts_event), nanos(message.ts_recv));
        let Some(ts_recv) = received.or(event) else {
            return Err(cell_error($place, "ts_recv", "undefined", "a time in ns since 1970"));
        };
        let ts_event = event.unwrap_or(ts_recv);
        let (price, size) = (price(message.price), f64::from(message.size));
        let (action, side, flags) = ($action as u8, message.side as u8, message.flags);
        Common { ts_event, ts_recv, price, size, action, side, flags, sequence: $sequence }
    }};
}

impl Common {
    fn times(&self) -> (i64, i64) {
        (self.ts_event, self.ts_recv)
    }

    fn row(&self, change: Change) -> FeedRow {
        FeedRow { ts_event: self.ts_event, ts_recv: self.ts_recv, change }
    }

    fn trade(&self, place: Place<'_>, intake: &mut Intake<'_>) -> Result<(), DataError> {
        let aggressor = match self.side {
            b'B' => 1,
            b'A' => -1,
            b'N' => 0,
            _ => return Err(self.unknown_side(place, "`A`, `B` or `N`")),
        };
        let (id, price, quantity) = (i64::from(self.sequence), self.price, self.size);
        intake.push(&self.row(Change::Trade { id, price, quantity, aggressor }), place).map(|_| ())
    }

    fn unknown_side(&self, place: Place<'_>, expected: &str) -> DataError {
        cell_error(place, "side", &char::from(self.side).to_string(), expected)
    }

    fn unknown_action(&self, place: Place<'_>) -> DataError {
        let value = char::from(self.action).to_string();
        cell_error(place, "action", &value, "`A`, `C`, `M`, `R`, `T`, `F` or `N`")
    }
}

impl DbnFeed {
    fn mbo(
        &mut self,
        order: u64,
        at: Common,
        place: Place<'_>,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        if at.flags.is_tob() || at.flags.is_mbp() {
            return Err(DataError::Format {
                at: place.location(),
                reason: "a record of levels among those of orders (flags TOB or MBP)".to_owned(),
                hint: "this venue publishes no orders: download mbp-1 or mbp-10".to_owned(),
            });
        }
        let doubtful = at.flags.is_maybe_bad_book();
        if doubtful && !std::mem::replace(&mut self.doubtful, doubtful) {
            let value = || "the feed says that its book may be wrong from here on".to_owned();
            self.flush(at.ts_recv, place, intake)?;
            if !intake.met(FeedKind::Orders, Defect::SequenceGap, 1, at.ts_event, place, value)? {
                self.lost = true;
                self.live.clear(at.times(), intake)?;
            }
            intake.signal(FeedKind::Orders, TapeSignal::Gap, at.ts_event, at.ts_recv)?;
        }
        self.doubtful = doubtful;
        let action = match at.action {
            b'A' => Some(OrderAction::Add),
            b'M' => Some(OrderAction::Modify),
            b'C' => Some(OrderAction::Reduce),
            b'F' => Some(OrderAction::Fill),
            b'T' => {
                at.trade(place, intake)?;
                None
            }
            b'R' => {
                self.flush(at.ts_recv, place, intake)?;
                self.lost = false;
                self.live.clear(at.times(), intake)?;
                None
            }
            b'N' => None,
            _ => return Err(at.unknown_action(place)),
        };
        if let Some(action) = action {
            let side = match at.side {
                b'B' => BookSide::Bid,
                b'A' => BookSide::Ask,
                _ => return Err(at.unknown_side(place, "`A` or `B`")),
            };
            if self.lost {
                intake.read(FeedKind::Orders, 1);
            } else {
                let priced = matches!(action, OrderAction::Add | OrderAction::Modify);
                let price = if priced || at.price.is_finite() { at.price } else { 0.0 };
                let change = Change::Order { order, action, side, price, size: at.size };
                self.held.push((at.row(change), place.row));
            }
        }
        if at.flags.is_last() || self.held.len() >= MAX_HELD {
            self.flush(at.ts_recv, place, intake)?;
        }
        Ok(())
    }

    /// A message is whole: what it changed is known from here on.
    fn flush(&mut self, ts_recv: i64, place: Place<'_>, intake: &mut Intake<'_>) -> Result<(), DataError> {
        for (row, at) in std::mem::take(&mut self.held) {
            let row = FeedRow { ts_recv: row.ts_recv.max(ts_recv), ..row };
            self.live.push(&row, Place { row: at, ..place }, intake)?;
        }
        Ok(())
    }

    /// A record of levels: the trade that it tells of, and the book that it leaves.
    fn levels(
        &mut self,
        at: Common,
        levels: &[BidAskPair],
        place: Place<'_>,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        match at.action {
            b'T' => at.trade(place, intake)?,
            b'A' | b'C' | b'M' | b'R' | b'F' | b'N' => {}
            _ => return Err(at.unknown_action(place)),
        }
        if !at.flags.is_last() && levels.len() > 1 {
            return Ok(());
        }
        if let [best] = levels {
            let [(bid, bid_size), (ask, ask_size)] = level(best);
            let change = Change::Quote { bid, bid_size, ask, ask_size };
            return intake.push(&at.row(change), place).map(|_| ());
        }
        let sides = |side: usize| levels.iter().map(|pair| level(pair)[side]).collect::<Vec<_>>();
        self.depth.show([&sides(0), &sides(1)], at.times(), place, intake)
    }

    fn record(
        &mut self,
        record: RecordRef<'_>,
        place: Place<'_>,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        if let Some(m) = record.get::<MboMsg>() {
            self.mbo(m.order_id, common!(m, m.action, m.sequence, place), place, intake)
        } else if let Some(m) = record.get::<Mbp1Msg>() {
            self.levels(common!(m, m.action, m.sequence, place), &m.levels, place, intake)
        } else if let Some(m) = record.get::<Mbp10Msg>() {
            self.levels(common!(m, m.action, m.sequence, place), &m.levels, place, intake)
        } else if let Some(m) = record.get::<TradeMsg>() {
            common!(m, m.action, m.sequence, place).trade(place, intake)
        } else if let Some(m) = record.get::<BboMsg>() {
            self.levels(common!(m, b'N', m.sequence, place), &m.levels, place, intake)
        } else {
            intake.ignore();
            Ok(())
        }
    }
}

/// What an instrument is called.
struct Symbols {
    map: Option<TsSymbolMap>,
    only: Option<String>,
}

impl Symbols {
    fn new(metadata: &Metadata) -> Self {
        let only = match metadata.symbols.as_slice() {
            [symbol] if metadata.stype_in != Some(SType::Parent) && symbol != "ALL_SYMBOLS" => {
                Some(symbol.clone())
            }
            _ => None,
        };
        Self { map: TsSymbolMap::from_metadata(metadata).ok(), only }
    }

    fn name(&self, record: &RecordRef<'_>) -> String {
        let mapped = self.map.as_ref().and_then(|map| map.get_for_rec(record));
        mapped.or(self.only.as_ref()).cloned().unwrap_or_else(|| record.instrument_id().to_string())
    }
}

impl FeedParser for DbnFeed {
    fn read(
        &mut self,
        source: &Location,
        input: &mut dyn Read,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        let whole = Place { source, row: 0 };
        let mut start = [0; 8];
        let mut filled = 0;
        while filled < start.len() {
            match input.read(&mut start[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(e) => return Err(DataError::Corrupt { at: source.clone(), reason: e.to_string() }),
            }
        }
        if !start.starts_with(b"DBN") || filled < start.len() {
            let old = start[0] & 0xf0 == 0x50 && start[1..4] == [0x2a, 0x4d, 0x18];
            let (reason, hint) = if old {
                ("it is DBZ, the format before DBN", "convert it with Databento's `dbn` program")
            } else {
                (
                    "it does not begin as DBN does",
                    "a part without metadata, or a file of another kind, is not read",
                )
            };
            return Err(DataError::Format {
                at: source.clone(),
                reason: reason.to_owned(),
                hint: hint.to_owned(),
            });
        }
        // Prefix and metadata: the decoder does not say when a file ends inside of a record.
        let metadata_bytes = 8 + u64::from(u32::from_le_bytes([start[4], start[5], start[6], start[7]]));
        if metadata_bytes > MAX_METADATA {
            let reason = format!("its metadata would have {metadata_bytes} bytes");
            return Err(DataError::Corrupt { at: source.clone(), reason });
        }
        let mut watched = Watched::new(Frames::new(Cursor::new(start).chain(input), metadata_bytes));
        let corrupt = |row: u64, e: &dbn::Error| {
            let reason = match e {
                dbn::Error::Io { source, .. } => source.to_string(),
                other => other.to_string(),
            };
            DataError::Corrupt { at: source.at_row(row), reason }
        };
        // The records that are read are the same in all versions; to upgrade others, the decoder believes their type.
        let mut decoder = Decoder::with_upgrade_policy(&mut watched, VersionUpgradePolicy::AsIs)
            .map_err(|e| corrupt(0, &e))?;
        let metadata = decoder.metadata();
        if let Some(schema) = metadata.schema.filter(|schema| !SCHEMAS.contains(schema)) {
            return Err(DataError::Format {
                at: source.clone(),
                reason: format!("it holds {schema}, which says nothing about a book"),
                hint: HINT.to_owned(),
            });
        }
        if let Some(venue) = metadata.dataset.split('.').next().filter(|venue| !venue.is_empty()) {
            intake.name_venue(venue, "dataset", whole)?;
        }
        let symbols = Symbols::new(metadata);
        let (mut row, mut bytes, mut named) = (0, metadata_bytes, None);
        let mut last_recv = i64::MIN;
        while let Some(record) = decoder.decode_record_ref().map_err(|e| corrupt(row + 1, &e))? {
            row += 1;
            bytes += record.record_size() as u64;
            let place = Place { source, row };
            let header: &RecordHeader = record.header();
            let Some(needed) = size_needed(&record) else {
                intake.ignore();
                continue;
            };
            if record.record_size() < needed {
                let (rtype, found) = (header.rtype, record.record_size());
                let reason =
                    format!("a record of type {rtype:#x} has {found} bytes where {needed} are needed");
                return Err(DataError::Corrupt { at: place.location(), reason });
            }
            let is_new = named.as_ref().is_none_or(|(id, _)| *id != header.instrument_id);
            if is_new {
                let name = symbols.name(&record);
                let known =
                    [Some(&name), Some(&header.instrument_id.to_string())].contains(&self.wanted.as_ref());
                let wanted = self.wanted.is_none() || known;
                if wanted {
                    intake.name_symbol(&name, "instrument_id", place)?;
                }
                named = Some((header.instrument_id, wanted));
            }
            if named.as_ref().is_some_and(|(_, wanted)| *wanted) {
                last_recv = last_recv.max(nanos(record.raw_index_ts()).unwrap_or(i64::MIN));
                self.record(record, place, intake)?;
            }
        }
        drop(decoder);
        let end = Place { source, row: row + 1 };
        if watched.count() != bytes {
            let reason = format!("it ends inside of record {}", row + 1);
            return Err(DataError::Corrupt { at: end.location(), reason });
        }
        self.flush(last_recv, Place { source, row }, intake)
    }
}

/// Bytes that a record of market data has at least. None for those about the connection or the instrument, which carry an
/// instrument, too.
fn size_needed(record: &RecordRef<'_>) -> Option<usize> {
    macro_rules! needed {
        ($($message:ty),+) => {
            $(if record.has::<$message>() {
                return Some(size_of::<$message>());
            })+
        };
    }
    needed!(MboMsg, Mbp1Msg, Mbp10Msg, TradeMsg, BboMsg);
    None
}
