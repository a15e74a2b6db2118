//! How much to hold.

use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::instrument::Instrument;
use manyworlds_components::time::NANOS_PER_DAY;

use manyworlds_components::ids::SymbolId;
use manyworlds_engine::{FeatureTable, ModuleContext, WantedFeature};

use super::super::performance::Performance;
use super::super::settings::{DecisionPolicy, Sizing};

/// A size, before its side is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Size {
    /// A share of equity, worked out at the fill.
    Fraction(f64),
    /// Lots.
    Lots(i64),
}

impl Size {
    /// The lots that it is at `price`, as far as that is known before the fill.
    pub fn lots_at(self, price: f64, equity: f64, instrument: &Instrument) -> i64 {
        match self {
            Self::Fraction(share) if price > 0.0 => instrument.lots(share * equity.max(0.0) / price).0,
            Self::Fraction(_) => 0,
            Self::Lots(lots) => lots,
        }
    }

    /// A multiple: for pyramids (2, 3, ...) and for parts of a cross-section (1 / n).
    pub fn times(self, factor: f64) -> Self {
        match self {
            Self::Fraction(share) => Self::Fraction(share * factor),
            Self::Lots(lots) => Self::Lots((lots as f64 * factor) as i64),
        }
    }
}

/// What `market_analysis` makes of a symbol now: probabilities, together 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegimeOdds {
    /// Up or down.
    pub trending: f64,
    /// Neither.
    pub ranging: f64,
    /// Neither, and moving more than it used to.
    pub volatile: f64,
}

/// The regimes' probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegimeFeatures([WantedFeature; 4]);

impl RegimeFeatures {
    /// The features that sizing by regime reads.
    pub const NAMES: [&'static str; 4] = [
        "market_analysis.p_trending_up",
        "market_analysis.p_trending_down",
        "market_analysis.p_ranging",
        "market_analysis.p_volatile",
    ];

    /// Asks for them if a policy sizes by regime.
    pub fn wanted(policies: &[DecisionPolicy], app: &mut ModuleContext<'_>) -> Option<Self> {
        policies.iter().find(|p| matches!(p.size, Sizing::Regime { .. }))?;
        Some(Self(Self::NAMES.map(|name| app.want_feature(name))))
    }

    /// The odds of a symbol; `None` while a part of them is missing.
    pub fn odds(&self, table: &FeatureTable, symbol: usize) -> Option<RegimeOdds> {
        let [up, down, ranging, volatile] = self.0.map(|name| table.get(SymbolId::from(symbol), name));
        Some(RegimeOdds { trending: up? + down?, ranging: ranging?, volatile: volatile? })
    }
}

/// The size that a rule asks for; `None` if it asks for nothing (no edge, volatility not known yet).
pub fn size(
    rule: Sizing,
    price: f64,
    bars: &BarSeries,
    instrument: &Instrument,
    performance: &Performance,
    regime: Option<RegimeOdds>,
) -> Option<Size> {
    let fraction = |share: f64| (share > 0.0).then_some(Size::Fraction(share));
    match rule {
        Sizing::Fraction(share) => fraction(share),
        Sizing::Quantity(quantity) => Some(Size::Lots(instrument.lots(quantity).0)),
        Sizing::Notional(value) if price > 0.0 => Some(Size::Lots(instrument.lots(value / price).0)),
        Sizing::Notional(_) => None,
        Sizing::VolatilityTarget { annual, window, max_fraction } => {
            let volatility = annual_volatility(bars, window).filter(|v| *v > 0.0)?;
            fraction((annual / volatility).min(max_fraction))
        }
        Sizing::Regime { trending, ranging, volatile, unknown } => fraction(match regime {
            Some(odds) => odds.trending * trending + odds.ranging * ranging + odds.volatile * volatile,
            None => unknown,
        }),
        Sizing::Kelly { share, min_trades, fallback, max_fraction } => {
            let edge = performance.net.kelly_fraction().filter(|_| performance.net.trades >= min_trades);
            fraction(edge.map_or(fallback, |kelly| (share * kelly).min(max_fraction)))
        }
    }
}

/// Standard deviation (n - 1) of the last `window` log returns, per year: times the root of the number of bars per
/// 365.25 days, counted from the bars' own times, so that nights and weekends without bars need no convention.
pub fn annual_volatility(bars: &BarSeries, window: usize) -> Option<f64> {
    let (closes, times) = (bars.closes(window + 1), bars.open_times(window + 1));
    if closes.len() < window + 1 {
        return None;
    }
    let returns = || closes.windows(2).map(|c| (c[1] / c[0]).ln());
    let mean = returns().sum::<f64>() / window as f64;
    let variance = returns().map(|r| (r - mean) * (r - mean)).sum::<f64>() / (window as f64 - 1.0);
    let span = (times[window] - times[0]) as f64 / (365.25 * NANOS_PER_DAY as f64);
    (span > 0.0).then(|| (variance * window as f64 / span).sqrt())
}

/// Bars that a rule reads back.
pub fn bars_needed(rule: Sizing) -> usize {
    match rule {
        Sizing::VolatilityTarget { window, .. } => window + 1,
        _ => 1,
    }
}
