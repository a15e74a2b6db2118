//! What a tape says about itself.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use manyworlds_components::price::Step;
use manyworlds_components::time::Frame;
use serde::{Deserialize, Serialize};

/// Rows per record batch (all but the last), so that row -> batch is a shift.
pub const BATCH_ROWS: usize = 1 << BATCH_SHIFT;
pub(super) const BATCH_SHIFT: u32 = 16;
/// The layout that this version writes and reads.
pub const FORMAT_VERSION: &str = "1";

/// What a row of a tape is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TapeKind {
    /// A bar of one frame.
    Bars,
    /// A public trade.
    Trades,
    /// A change of a price level (L2).
    Depth,
    /// The best bid and ask (L1).
    Quotes,
    /// A change of an order (L3).
    Orders,
}

impl TapeKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Bars, Self::Trades, Self::Depth, Self::Quotes, Self::Orders];

    /// Its name, as in the metadata and names of tapes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bars => "bars",
            Self::Trades => "trades",
            Self::Depth => "depth",
            Self::Quotes => "quotes",
            Self::Orders => "orders",
        }
    }

    /// Whether it says what rests in a book.
    pub fn is_book(self) -> bool {
        matches!(self, Self::Depth | Self::Quotes | Self::Orders)
    }
}

impl fmt::Display for TapeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A file that a tape was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Its name, without its folder.
    pub name: String,
    /// xxh3-128 of its bytes, in hex.
    pub digest: String,
}

/// Instrument facts and origin of a tape.
#[derive(Debug, Clone, PartialEq)]
pub struct TapeMeta {
    /// The exchange, e.g. `binance`.
    pub venue: String,
    /// The symbol as the venue writes it.
    pub symbol: String,
    /// What a row is.
    pub kind: TapeKind,
    /// The frame of time bars; none for trades and for tick, volume and dollar bars.
    pub frame: Option<Frame>,
    /// Smallest price increment, if known.
    pub tick_size: Option<Step>,
    /// Smallest quantity increment, if known.
    pub lot_size: Option<Step>,
    /// The files that it was made from.
    pub sources: Vec<SourceFile>,
}

impl TapeMeta {
    /// A tape of bars, with nothing else known.
    pub fn bars(venue: &str, symbol: &str, frame: Option<Frame>) -> Self {
        Self { frame, ..Self::trades(venue, symbol) }.of_kind(TapeKind::Bars)
    }

    /// A tape of trades, with nothing else known.
    pub fn trades(venue: &str, symbol: &str) -> Self {
        Self {
            venue: venue.to_owned(),
            symbol: symbol.to_owned(),
            kind: TapeKind::Trades,
            frame: None,
            tick_size: None,
            lot_size: None,
            sources: Vec::new(),
        }
    }

    /// The same for rows of another kind.
    #[must_use]
    pub fn of_kind(self, kind: TapeKind) -> Self {
        Self { kind, ..self }
    }

    /// The file name that an import gives the tape: `binance-BTCUSDT-bars-1m.arrow`.
    pub fn file_name(&self) -> String {
        let clean = |text: &str| -> String {
            text.chars().map(|c| if c.is_alphanumeric() || "._".contains(c) { c } else { '_' }).collect()
        };
        let frame = self.frame.map(|f| format!("-{f}")).unwrap_or_default();
        format!("{}-{}-{}{frame}.arrow", clean(&self.venue), clean(&self.symbol), self.kind)
    }

    /// The Arrow schema with the facts as metadata.
    pub(super) fn schema(&self) -> SchemaRef {
        let mut facts = HashMap::from([
            ("manyworlds.version".to_owned(), FORMAT_VERSION.to_owned()),
            ("venue".to_owned(), self.venue.clone()),
            ("symbol".to_owned(), self.symbol.clone()),
            ("kind".to_owned(), self.kind.to_string()),
            ("sources".to_owned(), serde_json::to_string(&self.sources).unwrap_or_default()),
        ]);
        let optional = [
            ("frame", self.frame.map(|f| f.to_string())),
            ("frame_ns", self.frame.map(|f| f.nanos().to_string())),
            ("tick_size", self.tick_size.map(|s| s.value().to_string())),
            ("lot_size", self.lot_size.map(|s| s.value().to_string())),
        ];
        facts.extend(optional.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
        Arc::new(Schema::new_with_metadata(fields(self.kind), facts))
    }

    /// Reads the facts back. The error says what is missing or wrong.
    pub(super) fn from_schema(schema: &Schema) -> Result<Self, String> {
        let get = |key: &str| schema.metadata().get(key).map(String::as_str);
        let need = |key: &str| get(key).ok_or_else(|| format!("its metadata has no `{key}`"));
        let version = need("manyworlds.version")?;
        if version != FORMAT_VERSION {
            return Err(format!("it has format version {version}, this program reads {FORMAT_VERSION}"));
        }
        let name = need("kind")?;
        let kind = TapeKind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
            let known = TapeKind::ALL.map(TapeKind::name).join("`, `");
            format!("its kind is `{name}`, not one of `{known}`")
        })?;
        for field in fields(kind) {
            let found =
                schema.field_with_name(field.name()).map_err(|_| format!("no column `{}`", field.name()))?;
            if found.data_type() != field.data_type() {
                let (name, is, wants) = (field.name(), found.data_type(), field.data_type());
                return Err(format!("column `{name}` is {is}, not {wants}"));
            }
        }
        let step = |key: &str| -> Result<Option<Step>, String> {
            let Some(text) = get(key) else { return Ok(None) };
            let value = text.parse::<f64>().map_err(|_| format!("`{key}` is `{text}`, not a number"))?;
            Step::new(value).map(Some).map_err(|e| format!("`{key}`: {e}"))
        };
        Ok(Self {
            venue: need("venue")?.to_owned(),
            symbol: need("symbol")?.to_owned(),
            kind,
            frame: match get("frame_ns") {
                Some(text) => {
                    let frame = text.parse().ok().and_then(Frame::from_nanos);
                    Some(frame.ok_or_else(|| format!("`frame_ns` is `{text}`, not a number above 0"))?)
                }
                None => None,
            },
            tick_size: step("tick_size")?,
            lot_size: step("lot_size")?,
            sources: match get("sources") {
                Some(text) => serde_json::from_str(text).map_err(|e| format!("`sources`: {e}"))?,
                None => Vec::new(),
            },
        })
    }
}

/// The columns of a kind, in order.
pub(super) fn fields(kind: TapeKind) -> Vec<Field> {
    let time = || DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    let times = ["ts_event", "ts_recv"].map(|name| Field::new(name, time(), false));
    let floats = |names: &[&str]| -> Vec<Field> {
        names.iter().map(|name| Field::new(*name, DataType::Float64, false)).collect()
    };
    let bytes = |names: &[&str]| -> Vec<Field> {
        names.iter().map(|name| Field::new(*name, DataType::Int8, false)).collect()
    };
    let mut fields = times.to_vec();
    match kind {
        TapeKind::Bars => {
            fields.extend(floats(&["open", "high", "low", "close", "volume"]));
            fields.push(Field::new("trades", DataType::Int64, true));
        }
        TapeKind::Trades => {
            fields.push(Field::new("trade_id", DataType::Int64, false));
            fields.extend(floats(&["price", "quantity"]));
            fields.push(Field::new("aggressor_side", DataType::Int8, false));
        }
        TapeKind::Depth => {
            fields.extend(bytes(&["signal", "side"]));
            fields.extend(floats(&["price", "size"]));
        }
        TapeKind::Quotes => fields.extend(floats(&["bid_price", "bid_size", "ask_price", "ask_size"])),
        TapeKind::Orders => {
            fields.extend(bytes(&["signal", "action", "side"]));
            fields.push(Field::new("order_id", DataType::UInt64, false));
            fields.extend(floats(&["price", "size"]));
        }
    }
    fields
}
