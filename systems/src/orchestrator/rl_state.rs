//! What a reinforcement learner sees of one holding: a vector whose length and offsets come from a schema.

use bevy_ecs::world::World;
use manyworlds_components::account::Account;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::feature::{FeatureSchema, FeatureSpec, FeatureVector};
use manyworlds_components::ids::{AccountId, SymbolId};
use manyworlds_components::market::LastPrice;
use manyworlds_components::position::{OpenTrade, Position};
use manyworlds_engine::{FeatureSource, Kind, Roster};
use serde::{Deserialize, Serialize};

/// What stands in front of the holding's own state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Part {
    Basic { window: usize, prices: usize },
    Features { len: usize },
}

/// The fields of an RL state: names, offsets and length. Equal schemas have equal hashes; a trained agent's card
/// stores [`RlStateLayout::hash`] and is refused on another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RlStateLayout {
    part: Part,
    schema: FeatureSchema,
}

/// What a state is made of.
#[derive(Debug, Clone, Copy)]
pub struct RlInputs<'a> {
    /// Closed bars.
    pub bars: &'a BarSeries,
    /// Last price.
    pub last: &'a LastPrice,
    /// The run's features; needed by `comprehensive`.
    pub features: Option<&'a FeatureVector>,
    /// What is held.
    pub position: &'a Position,
    /// The round trip under way.
    pub open_trade: &'a OpenTrade,
    /// The account's money.
    pub account: &'a Account,
}

/// The inputs do not fit the layout. States are never padded or cut.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RlStateError {
    /// A `comprehensive` state needs features, as many as its schema has.
    #[error(
        "the RL state is laid out for {expected} features, but there are {found}: use the schema of this run"
    )]
    Features {
        /// What the layout was made for.
        expected: usize,
        /// What was given.
        found: usize,
    },
    /// The buffer has another length.
    #[error("the RL state has {expected} fields, but the buffer has {found}")]
    Buffer {
        /// Fields of the layout.
        expected: usize,
        /// Length of the buffer.
        found: usize,
    },
    /// The world lacks market, exchange, or the entity.
    #[error("symbol {symbol} and account {account} have no market and account state in this world")]
    NoState {
        /// Which symbol.
        symbol: u32,
        /// Which account.
        account: u32,
    },
}

/// The fields of the holding, the same in every layout.
const HOLDING: [(&str, &str, &str); 5] = [
    ("holding.position", "1", "signed value of the position at the last price over equity; 0 when flat"),
    ("holding.entry", "1", "ln(average entry price / last price); missing when flat"),
    ("holding.unrealized_pnl", "1", "unrealized profit over the entry value; 0 when flat"),
    ("holding.time", "bars", "market events of the symbol since entry; 0 when flat"),
    ("holding.drawdown", "1", "the account's fall from its peak equity, at most 0"),
];

impl RlStateLayout {
    /// `basic`: volatility, volume and trend strength over `window` bars, the last `prices` closes relative to the
    /// newest price, and the holding. Length 3 + `prices` + 5.
    pub fn basic(window: usize, prices: usize) -> Self {
        let (window, warm) = (window.max(2), window.max(2) as u64);
        let mut fields = vec![
            FeatureSpec::new(
                "market.volatility",
                "1",
                "standard deviation (n - 1) of log returns per bar",
                warm + 1,
            ),
            FeatureSpec::new(
                "market.volume",
                "1",
                "volume of the newest bar over the mean of the window",
                warm,
            ),
            FeatureSpec::new(
                "market.trend_strength",
                "1",
                "signed efficiency ratio: change of the close over the sum of its absolute changes, -1 to 1",
                warm + 1,
            ),
        ];
        fields.extend((0..prices).map(|lag| {
            FeatureSpec::new(
                &format!("market.price_{lag}"),
                "1",
                &format!("ln(close {lag} bars ago / last price)"),
                lag as u64 + 1,
            )
        }));
        Self::with(Part::Basic { window, prices }, fields)
    }

    /// `comprehensive`: every feature of the run in schema order, and the holding. Length `features.len()` + 5.
    pub fn comprehensive(features: &FeatureSchema) -> Self {
        Self::with(Part::Features { len: features.len() }, features.features().to_vec())
    }

    fn with(part: Part, fields: Vec<FeatureSpec>) -> Self {
        let mut schema = FeatureSchema::default();
        let holding = HOLDING.iter().map(|(name, unit, meaning)| FeatureSpec::new(name, unit, meaning, 0));
        for field in fields.into_iter().chain(holding) {
            // Names of features begin with their module's; no module is called `market` or `holding` and has these.
            let _ = schema.push(field);
        }
        Self { part, schema }
    }

    /// The fields in order.
    pub fn schema(&self) -> &FeatureSchema {
        &self.schema
    }

    /// The number of fields.
    pub fn len(&self) -> usize {
        self.schema.len()
    }

    /// Never: the holding is always there.
    pub fn is_empty(&self) -> bool {
        self.schema.is_empty()
    }

    /// Where a field stands.
    pub fn offset(&self, name: &str) -> Option<usize> {
        self.schema.offset(name)
    }

    /// A hash over names, units and order.
    pub fn hash(&self) -> u64 {
        self.schema.hash()
    }

    /// Closed bars that it reads back.
    pub fn bars_needed(&self) -> usize {
        match self.part {
            Part::Basic { window, prices } => (window + 1).max(prices),
            Part::Features { .. } => 0,
        }
    }

    /// Writes the state into `out`, values and mask. Allocates nothing.
    ///
    /// # Errors
    /// Features or a buffer of another length than the layout's; `out` is then unchanged.
    pub fn fill(&self, inputs: &RlInputs<'_>, out: &mut FeatureVector) -> Result<(), RlStateError> {
        if out.values().len() != self.len() {
            return Err(RlStateError::Buffer { expected: self.len(), found: out.values().len() });
        }
        let price = inputs.last.price;
        let at = match self.part {
            Part::Features { len } => {
                let found = inputs.features.map_or(0, |f| f.values().len());
                let features = inputs.features.filter(|_| found == len);
                let features = features.ok_or(RlStateError::Features { expected: len, found })?;
                (0..len).for_each(|i| out.set(i, features.get(i)));
                len
            }
            Part::Basic { window, prices } => {
                out.set(0, volatility(inputs.bars, window));
                out.set(1, volume(inputs.bars, window));
                out.set(2, trend_strength(inputs.bars, window));
                for lag in 0..prices {
                    out.set(3 + lag, inputs.bars.close(lag).map(|close| (close / price).ln()));
                }
                3 + prices
            }
        };
        let (position, flat) = (inputs.position, inputs.position.is_flat());
        let entry = position.average_entry_price;
        let entry_value = position.quantity.abs() * entry;
        out.set(at, (inputs.account.equity > 0.0).then(|| position.quantity * price / inputs.account.equity));
        out.set(at + 1, (!flat).then(|| (entry / price).ln()));
        out.set(at + 2, Some(if flat { 0.0 } else { position.unrealized_pnl(price) / entry_value }));
        out.set(at + 3, Some(if flat { 0.0 } else { inputs.open_trade.bars as f64 }));
        out.set(at + 4, Some(inputs.account.drawdown()));
        Ok(())
    }

    /// The state of a holding now.
    ///
    /// # Errors
    /// As [`RlStateLayout::fill`], or a world without market and exchange.
    pub fn read(
        &self,
        world: &World,
        symbol: SymbolId,
        account: AccountId,
    ) -> Result<FeatureVector, RlStateError> {
        let missing = || RlStateError::NoState { symbol: symbol.0, account: account.0 };
        let roster = world.resource::<Roster>();
        let entity = |kind, i: usize| roster.entities(kind).get(i).copied().ok_or_else(missing);
        let at_symbol = entity(Kind::Symbol, symbol.index())?;
        let at_account = entity(Kind::Account, account.index())?;
        let holding = entity(Kind::Holding, roster.holding(symbol, account))?;
        let source = world.resource::<FeatureSource>();
        let features = match self.part {
            Part::Features { .. } => Some(source.read(world, at_symbol)),
            Part::Basic { .. } => None,
        };
        let inputs = RlInputs {
            bars: world.get(at_symbol).ok_or_else(missing)?,
            last: world.get(at_symbol).ok_or_else(missing)?,
            features: features.as_ref(),
            position: world.get(holding).ok_or_else(missing)?,
            open_trade: world.get(holding).ok_or_else(missing)?,
            account: world.get(at_account).ok_or_else(missing)?,
        };
        let mut out = FeatureVector::missing(self.len());
        self.fill(&inputs, &mut out)?;
        Ok(out)
    }
}

fn volatility(bars: &BarSeries, window: usize) -> Option<f64> {
    let closes = bars.closes(window + 1);
    let returns = || closes.windows(2).map(|c| (c[1] / c[0]).ln());
    let mean = returns().sum::<f64>() / window as f64;
    let squares: f64 = returns().map(|r| (r - mean) * (r - mean)).sum();
    (closes.len() == window + 1).then(|| (squares / (window as f64 - 1.0)).sqrt())
}

fn volume(bars: &BarSeries, window: usize) -> Option<f64> {
    let volumes = bars.volumes(window);
    let mean = volumes.iter().sum::<f64>() / window as f64;
    (volumes.len() == window && mean > 0.0).then(|| volumes[window - 1] / mean)
}

fn trend_strength(bars: &BarSeries, window: usize) -> Option<f64> {
    let closes = bars.closes(window + 1);
    let path: f64 = closes.windows(2).map(|c| (c[1] - c[0]).abs()).sum();
    (closes.len() == window + 1 && path > 0.0).then(|| (closes[window] - closes[0]) / path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use manyworlds_components::bar::Bar;
    use manyworlds_components::time::{Frame, Timestamp};

    fn bars(closes: &[f64]) -> BarSeries {
        let mut bars = BarSeries::new(16);
        for (i, c) in closes.iter().enumerate() {
            let at = Timestamp(i as i64 * Frame::MINUTE.nanos());
            bars.push(&Bar::new(at, Frame::MINUTE, [*c, *c, *c, *c, 1.0 + i as f64]), i as u64 + 1);
        }
        bars
    }

    fn state(layout: &RlStateLayout, bars: &BarSeries, position: Position) -> FeatureVector {
        let last = LastPrice { price: bars.close(0).unwrap_or(1.0), events: 1, ..LastPrice::default() };
        let mut account = Account::new(1_000.0);
        account.cash -= position.quantity * position.average_entry_price;
        account.mark(position.quantity * last.price, 0.0);
        let open_trade = OpenTrade { bars: 7, ..OpenTrade::default() };
        let inputs = RlInputs {
            bars,
            last: &last,
            features: None,
            position: &position,
            open_trade: &open_trade,
            account: &account,
        };
        let mut out = FeatureVector::missing(layout.len());
        layout.fill(&inputs, &mut out).unwrap();
        out
    }

    #[test]
    fn basic_fields_are_where_the_layout_says() {
        let layout = RlStateLayout::basic(3, 2);
        assert_eq!(layout.len(), 10);
        let s = state(&layout, &bars(&[100.0, 101.0, 100.0, 102.0]), Position::default());
        let get = |name: &str| s.get(layout.offset(name).unwrap());
        assert!((get("market.trend_strength").unwrap() - 0.5).abs() < 1e-12);
        assert!((get("market.volume").unwrap() - 4.0 / 3.0).abs() < 1e-12);
        assert_eq!(get("market.price_0"), Some(0.0));
        assert!((get("market.price_1").unwrap() - (100.0f64 / 102.0).ln()).abs() < 1e-12);
        let r = [101.0f64 / 100.0, 100.0 / 101.0, 102.0 / 100.0].map(f64::ln);
        let m = r.iter().sum::<f64>() / 3.0;
        let sigma = (r.iter().map(|r| (r - m).powi(2)).sum::<f64>() / 2.0).sqrt();
        assert!((get("market.volatility").unwrap() - sigma).abs() < 1e-12);
    }

    #[test]
    fn warming_fields_are_masked() {
        let layout = RlStateLayout::basic(3, 4);
        let s = state(&layout, &bars(&[100.0, 101.0]), Position::default());
        assert_eq!(&s.mask()[..7], [false, false, false, true, true, false, false]);
    }

    #[test]
    fn holding_fields_change_with_the_position() {
        let layout = RlStateLayout::basic(3, 2);
        let series = bars(&[100.0, 101.0, 100.0, 110.0]);
        let held = |lots: i64, quantity: f64| Position { lots, quantity, average_entry_price: 100.0 };
        let get = |p: Position, name: &str| state(&layout, &series, p).get(layout.offset(name).unwrap());
        let (flat, long, short) = (Position::default(), held(2, 2.0), held(-2, -2.0));
        assert_eq!(get(flat, "holding.position"), Some(0.0));
        assert_eq!((get(flat, "holding.entry"), get(flat, "holding.unrealized_pnl")), (None, Some(0.0)));
        assert!((get(long, "holding.position").unwrap() - 220.0 / 1_020.0).abs() < 1e-12);
        assert!((get(short, "holding.position").unwrap() + 220.0 / 980.0).abs() < 1e-12);
        assert!((get(long, "holding.unrealized_pnl").unwrap() - 0.1).abs() < 1e-12);
        assert!((get(short, "holding.unrealized_pnl").unwrap() + 0.1).abs() < 1e-12);
        assert_eq!((get(long, "holding.time"), get(flat, "holding.time")), (Some(7.0), Some(0.0)));
        assert_eq!(get(long, "holding.entry"), Some((100.0f64 / 110.0).ln()));
    }

    #[test]
    fn comprehensive_takes_the_schema_as_it_is() {
        let mut schema = FeatureSchema::default();
        schema.push(FeatureSpec::new("m.a", "1", "", 0));
        schema.push(FeatureSpec::new("m.b", "bps", "", 0));
        let layout = RlStateLayout::comprehensive(&schema);
        assert_eq!(
            (layout.len(), layout.offset("m.b"), layout.offset("holding.position")),
            (7, Some(1), Some(2))
        );
        assert_ne!(layout.hash(), RlStateLayout::basic(3, 2).hash());
        let (series, last, account) = (bars(&[1.0]), LastPrice::default(), Account::new(1.0));
        let (position, open_trade) = (Position::default(), OpenTrade::default());
        let mut features = FeatureVector::missing(2);
        features.set(1, Some(5.0));
        let inputs = |features| RlInputs {
            bars: &series,
            last: &last,
            features,
            position: &position,
            open_trade: &open_trade,
            account: &account,
        };
        let mut out = FeatureVector::missing(7);
        layout.fill(&inputs(Some(&features)), &mut out).unwrap();
        assert_eq!((out.get(0), out.get(1)), (None, Some(5.0)));
        let short = FeatureVector::missing(1);
        let error = |found| Err(RlStateError::Features { expected: 2, found });
        assert_eq!(layout.fill(&inputs(Some(&short)), &mut out), error(1));
        assert_eq!(layout.fill(&inputs(None), &mut out), error(0));
        let mut small = FeatureVector::missing(6);
        let error = Err(RlStateError::Buffer { expected: 7, found: 6 });
        assert_eq!(layout.fill(&inputs(Some(&features)), &mut small), error);
    }
}
