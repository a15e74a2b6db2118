//! The output tables: their columns, and how journal rows become Arrow batches.

use std::sync::Arc;

use arrow::array::{
    ArrayBuilder, ArrayRef, Float64Builder, RecordBatch, StringBuilder, StringDictionaryBuilder,
    TimestampNanosecondBuilder, UInt64Builder,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef, TimeUnit};
use manyworlds_components::fill::RoundTrip;
use manyworlds_components::forecast::Action;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{EquityRow, Journal, Roster};

use crate::scenario::schema::record::{DecisionRecord, EquityRecord, RecordSettings};

/// One of the output tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// `ts, account, equity, cash, drawdown, exposure`
    Equity,
    /// Round trips.
    Trades,
    /// Executions.
    Fills,
    /// Decisions that were acted on (or all).
    Decisions,
    /// Changes of order status.
    Orders,
    /// Recorded features, a column each, nulls where masked.
    Features,
    /// Bars of the symbols, thinned for plots.
    Prices,
    /// What modules found: pivots, extrema, changes of regime.
    Annotations,
    /// All features of the first symbols, sampled evenly, a column each. Made at the end of a run with modules.
    FeatureSamples,
    /// Levels of order books and quotes in them, sampled. Made at the end of a run with books.
    BookSamples,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 10] = [
        Self::Equity,
        Self::Trades,
        Self::Fills,
        Self::Decisions,
        Self::Orders,
        Self::Features,
        Self::Prices,
        Self::Annotations,
        Self::FeatureSamples,
        Self::BookSamples,
    ];

    /// The file name without its ending.
    pub fn name(self) -> &'static str {
        match self {
            Self::Equity => "equity",
            Self::Trades => "trades",
            Self::Fills => "fills",
            Self::Decisions => "decisions",
            Self::Orders => "orders",
            Self::Features => "features",
            Self::Prices => "prices",
            Self::Annotations => "annotations",
            Self::FeatureSamples => "feature_samples",
            Self::BookSamples => "book_samples",
        }
    }

    /// Whether its rows come while the run goes on; else it is made at the end, if at all.
    pub(super) fn grows(self) -> bool {
        !matches!(self, Self::FeatureSamples | Self::BookSamples)
    }

    /// (name, kind) of each column, feature columns left out.
    fn columns(self) -> &'static [(&'static str, Column)] {
        use Column::{Float, MaybeFloat, Text, Time, Whole, Word};
        match self {
            Self::Equity => &[
                ("ts", Time),
                ("account", Word),
                ("equity", Float),
                ("cash", Float),
                ("drawdown", Float),
                ("exposure", Float),
            ],
            Self::Trades => &[
                ("account", Word),
                ("symbol", Word),
                ("side", Word),
                ("entry_ts", Time),
                ("exit_ts", Time),
                ("quantity", Float),
                ("entry_price", Float),
                ("exit_price", Float),
                ("pnl", Float),
                ("fees", Float),
                ("return", Float),
                ("mae", Float),
                ("mfe", Float),
                ("bars", Whole),
                ("reason", Word),
            ],
            Self::Fills => &[
                ("ts", Time),
                ("account", Word),
                ("symbol", Word),
                ("order_id", Whole),
                ("side", Word),
                ("quantity", Float),
                ("price", Float),
                ("fee", Float),
                ("liquidity", Word),
                ("reason", Word),
                ("mid", MaybeFloat),
            ],
            Self::Decisions => &[
                ("ts", Time),
                ("account", Word),
                ("symbol", Word),
                ("action", Word),
                ("confidence", Float),
                ("target", Float),
                ("price", Float),
                ("p_sell", Float),
                ("p_hold", Float),
                ("p_buy", Float),
                ("expected_impact_bps", MaybeFloat),
                ("reason", Text),
            ],
            Self::Orders => &[
                ("ts", Time),
                ("account", Word),
                ("symbol", Word),
                ("order_id", Whole),
                ("status", Word),
                ("reason", Word),
            ],
            Self::Features | Self::FeatureSamples | Self::BookSamples => &[("ts", Time), ("symbol", Word)],
            Self::Prices => &[
                ("ts", Time),
                ("symbol", Word),
                ("open", Float),
                ("high", Float),
                ("low", Float),
                ("close", Float),
                ("volume", Float),
            ],
            Self::Annotations => &[
                ("ts", Time),
                ("at", Time),
                ("symbol", Word),
                ("label", Word),
                ("level", Whole),
                ("value", Float),
            ],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Column {
    Time,
    Word,
    Text,
    Float,
    /// Null where it is not known.
    MaybeFloat,
    Whole,
}

impl Column {
    fn data_type(self) -> DataType {
        match self {
            Self::Time => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
            Self::Word => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Self::Text => DataType::Utf8,
            Self::Float | Self::MaybeFloat => DataType::Float64,
            Self::Whole => DataType::UInt64,
        }
    }

    fn builder(self) -> Builder {
        match self {
            Self::Time => Builder::Time(TimestampNanosecondBuilder::new().with_timezone("UTC")),
            Self::Word => Builder::Word(StringDictionaryBuilder::new()),
            Self::Text => Builder::Text(StringBuilder::new()),
            Self::Float | Self::MaybeFloat => Builder::Float(Float64Builder::new()),
            Self::Whole => Builder::Whole(UInt64Builder::new()),
        }
    }
}

enum Builder {
    Time(TimestampNanosecondBuilder),
    Word(StringDictionaryBuilder<Int32Type>),
    Text(StringBuilder),
    Float(Float64Builder),
    Whole(UInt64Builder),
}

impl Builder {
    fn len(&self) -> usize {
        match self {
            Self::Time(b) => b.len(),
            Self::Word(b) => b.len(),
            Self::Text(b) => b.len(),
            Self::Float(b) => b.len(),
            Self::Whole(b) => b.len(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Time(b) => Arc::new(b.finish()),
            Self::Word(b) => Arc::new(b.finish()),
            Self::Text(b) => Arc::new(b.finish()),
            Self::Float(b) => Arc::new(b.finish()),
            Self::Whole(b) => Arc::new(b.finish()),
        }
    }
}

/// A value of one cell.
enum Cell<'a> {
    Time(Timestamp),
    Word(&'a str),
    Float(f64),
    MaybeFloat(Option<f64>),
    Whole(u64),
}

/// One table that is being filled.
struct TableBuilder {
    schema: SchemaRef,
    columns: Vec<Builder>,
}

impl TableBuilder {
    fn new(table: Table, features: &[String]) -> Self {
        let mut fields: Vec<Field> = table
            .columns()
            .iter()
            .map(|(name, column)| Field::new(*name, column.data_type(), *column == Column::MaybeFloat))
            .collect();
        let mut columns: Vec<Builder> = table.columns().iter().map(|(_, column)| column.builder()).collect();
        if table == Table::Features {
            fields.extend(features.iter().map(|name| Field::new(name, DataType::Float64, true)));
            columns.extend(features.iter().map(|_| Column::Float.builder()));
        }
        Self { schema: Arc::new(Schema::new(fields)), columns }
    }

    fn push(&mut self, row: &[Cell<'_>]) {
        debug_assert!(row.len() <= self.columns.len());
        for (column, cell) in self.columns.iter_mut().zip(row) {
            match (column, cell) {
                (Builder::Time(b), Cell::Time(t)) => b.append_value(t.0),
                (Builder::Word(b), Cell::Word(s)) => b.append_value(s),
                (Builder::Text(b), Cell::Word(s)) => b.append_value(s),
                (Builder::Float(b), Cell::Float(x)) => b.append_value(*x),
                (Builder::Float(b), Cell::MaybeFloat(x)) => b.append_option(*x),
                (Builder::Whole(b), Cell::Whole(n)) => b.append_value(*n),
                _ => debug_assert!(false, "a cell of another kind than its column"),
            }
        }
    }

    fn rows(&self) -> usize {
        self.columns[0].len()
    }

    fn take(&mut self) -> Result<RecordBatch, arrow::error::ArrowError> {
        RecordBatch::try_new(self.schema.clone(), self.columns.iter_mut().map(Builder::finish).collect())
    }
}

/// All tables of a run while they are being filled.
pub struct Tables {
    builders: Vec<TableBuilder>,
    features: usize,
}

impl Tables {
    /// Empty tables; `features` are the recorded feature columns.
    pub fn new(features: &[String]) -> Self {
        let builders = Table::ALL.iter().map(|table| TableBuilder::new(*table, features)).collect();
        Self { builders, features: features.len() }
    }

    /// The columns of a table.
    pub fn schema(&self, table: Table) -> SchemaRef {
        self.builders[table as usize].schema.clone()
    }

    /// Rows that wait in a table.
    pub fn rows(&self, table: Table) -> usize {
        self.builders[table as usize].rows()
    }

    /// Takes the waiting rows of a table.
    ///
    /// # Errors
    /// None for rows that came through the methods of this type.
    pub fn take(&mut self, table: Table) -> Result<RecordBatch, arrow::error::ArrowError> {
        self.builders[table as usize].take()
    }

    fn push(&mut self, table: Table, row: &[Cell<'_>]) {
        self.builders[table as usize].push(row);
    }

    /// Adds everything that a journal holds; equity rows, decisions and annotations only where asked for.
    pub fn add_journal(&mut self, journal: &Journal, roster: &Roster, record: &RecordSettings) {
        use Cell::{Float, MaybeFloat, Time, Whole, Word};
        let account = |id: manyworlds_components::ids::AccountId| Word(&roster.accounts[id.index()]);
        let symbol = |id: manyworlds_components::ids::SymbolId| Word(&roster.symbols[id.index()]);
        let with_equity = record.equity != EquityRecord::Off;
        let with_decisions = record.decisions != DecisionRecord::None;
        for row in journal.equity.iter().filter(|_| with_equity) {
            self.add_equity(row, roster);
        }
        for trade in &journal.trades {
            self.add_trade(trade, roster);
        }
        for fill in &journal.fills {
            self.push(
                Table::Fills,
                &[
                    Time(fill.ts),
                    account(fill.account),
                    symbol(fill.symbol),
                    Whole(fill.order.0),
                    Word(fill.side.name()),
                    Float(fill.quantity),
                    Float(fill.price),
                    Float(fill.fee),
                    Word(fill.liquidity.name()),
                    Word(fill.reason.name()),
                    Cell::MaybeFloat(fill.mid),
                ],
            );
        }
        for view in journal.decision_views(roster).filter(|_| with_decisions) {
            let decision = view.decision;
            let p = decision.reasons.combined;
            self.push(
                Table::Decisions,
                &[
                    Time(decision.ts),
                    Word(view.account),
                    Word(view.symbol),
                    Word(decision.action.name()),
                    Float(decision.confidence),
                    Float(decision.target.0 as f64),
                    Float(decision.price),
                    Float(p.of(Action::Sell)),
                    Float(p.of(Action::Hold)),
                    Float(p.of(Action::Buy)),
                    MaybeFloat(decision.reasons.expected_impact_bps),
                    Word(&view.reason()),
                ],
            );
        }
        for event in &journal.orders {
            use manyworlds_components::order::OrderStatus;
            let (status, reason) = match event.status {
                OrderStatus::Requested => ("requested", ""),
                OrderStatus::Accepted => ("accepted", ""),
                OrderStatus::PartiallyFilled => ("partially_filled", ""),
                OrderStatus::Filled => ("filled", ""),
                OrderStatus::Canceled => ("canceled", ""),
                OrderStatus::Rejected(reason) => ("rejected", reason.describe()),
                OrderStatus::Expired => ("expired", ""),
                OrderStatus::Replaced => ("replaced", ""),
                OrderStatus::CancelRejected(reason) => ("cancel_rejected", reason.describe()),
            };
            self.push(
                Table::Orders,
                &[
                    Time(event.ts),
                    account(event.account),
                    symbol(event.symbol),
                    Whole(event.order.0),
                    Word(status),
                    Word(reason),
                ],
            );
        }
        for found in journal.annotations.iter().filter(|_| record.annotations) {
            self.push(
                Table::Annotations,
                &[
                    Time(found.ts),
                    Time(found.at),
                    symbol(found.symbol),
                    Word(found.label),
                    Whole(found.level.into()),
                    Float(found.value),
                ],
            );
        }
    }

    /// Adds an account's marks.
    pub fn add_equity(&mut self, row: &EquityRow, roster: &Roster) {
        use Cell::{Float, Time, Word};
        let account = Word(&roster.accounts[row.account.index()]);
        let [equity, cash, drawdown, exposure] =
            [row.equity, row.cash, row.drawdown, row.exposure].map(Float);
        self.push(Table::Equity, &[Time(row.ts), account, equity, cash, drawdown, exposure]);
    }

    /// Adds a round trip.
    pub fn add_trade(&mut self, trade: &RoundTrip, roster: &Roster) {
        use Cell::{Float, Time, Whole, Word};
        self.push(
            Table::Trades,
            &[
                Word(&roster.accounts[trade.account.index()]),
                Word(&roster.symbols[trade.symbol.index()]),
                Word(match trade.side {
                    manyworlds_components::side::Side::Buy => "long",
                    manyworlds_components::side::Side::Sell => "short",
                }),
                Time(trade.entry_ts),
                Time(trade.exit_ts),
                Float(trade.quantity),
                Float(trade.entry_price),
                Float(trade.exit_price),
                Float(trade.pnl),
                Float(trade.fees),
                Float(trade.return_),
                Float(trade.mae),
                Float(trade.mfe),
                Whole(trade.bars),
                Word(trade.reason.name()),
            ],
        );
    }

    /// Adds the recorded features of a symbol, in the order of the columns; `None` is null.
    pub fn add_features(
        &mut self,
        ts: Timestamp,
        symbol: &str,
        values: impl IntoIterator<Item = Option<f64>>,
    ) {
        self.push(Table::Features, &[Cell::Time(ts), Cell::Word(symbol)]);
        let fixed = Table::Features.columns().len();
        let columns = &mut self.builders[Table::Features as usize].columns[fixed..];
        let mut values = values.into_iter();
        for column in columns.iter_mut().take(self.features) {
            if let Builder::Float(b) = column {
                b.append_option(values.next().flatten());
            }
        }
    }

    /// Adds a bar for plots.
    pub fn add_price(&mut self, symbol: &str, bar: &manyworlds_components::bar::Bar) {
        use Cell::{Float, Time, Word};
        let [open, high, low, close, volume] =
            [bar.open, bar.high, bar.low, bar.close, bar.volume].map(Float);
        self.push(Table::Prices, &[Time(bar.open_time), Word(symbol), open, high, low, close, volume]);
    }
}
