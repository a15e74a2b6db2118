//! What the report keeps of one run, bounded in size whatever the length of its tables.

use std::collections::BTreeMap;

use super::{
    book::BookView,
    calendar::{Closes, DAY_NS, HOUR_NS, MINUTE_NS},
    envelope::{Envelope, Point},
    findings::Findings,
    summary::Summary,
};
use crate::output::{CorrelationReport, FeaturesSummary};

/// Everything that the report shows of one output folder. Made by [`RunData::load`](RunData::load).
#[derive(Clone, Debug)]
pub struct RunData {
    /// The folder as it was given.
    pub(super) folder: String,
    pub(super) summary: Summary,
    /// `run.ron` as text.
    pub(super) scenario: Option<String>,
    /// The optional files that the folder lacks.
    pub(super) missing: Vec<&'static str>,
    /// Curves, in the summary's order of accounts.
    pub(super) curves: Vec<AccountCurves>,
    /// Number of accounts in the summary and the equity table together.
    pub(super) account_count: usize,
    pub(super) prices: Vec<PriceSeries>,
    pub(super) fills: Fills,
    pub(super) trades: Trades,
    pub(super) decisions: Decisions,
    pub(super) features: Vec<FeatureColumn>,
    pub(super) findings: Findings,
    pub(super) sampled: Option<FeaturesSummary>,
    pub(super) samples: Vec<SampledSymbol>,
    /// The samples of consolidated books.
    pub(super) consolidated: Vec<SampledSymbol>,
    pub(super) correlation: Option<CorrelationReport>,
    pub(super) books: Vec<BookView>,
}

/// The samples of one symbol's features that have a panel; NaN where masked.
#[derive(Clone, Debug)]
pub(super) struct SampledSymbol {
    pub(super) symbol: String,
    pub(super) lines: Vec<(String, Vec<Point>)>,
}

/// Whether a feature belongs to the volatility panel.
pub(super) fn is_volatility(name: &str) -> bool {
    name.strip_prefix("market_analysis.").is_some_and(|feature| feature.contains("volatility"))
}

impl SampledSymbol {
    /// The samples of a feature; none if it was not sampled.
    pub(super) fn line(&self, name: &str) -> &[Point] {
        self.lines.iter().find(|line| line.0 == name).map_or(&[], |line| &line.1)
    }
}

/// Whether a feature belongs to the panels of order books.
pub(super) fn is_book(name: &str) -> bool {
    name.starts_with("cob.")
}

/// The curves of one account.
#[derive(Clone, Debug)]
pub(super) struct AccountCurves {
    pub(super) name: String,
    /// Drawn by itself, and kept in detail.
    pub(super) drawn: bool,
    pub(super) first: Option<Point>,
    pub(super) last_ts: i64,
    pub(super) equity: Envelope,
    pub(super) drawdown: Envelope,
    pub(super) exposure: Envelope,
    pub(super) minutes: Closes,
    pub(super) hours: Closes,
    pub(super) days: Closes,
    peak: f64,
}

/// Closes of a period are kept up to this number; past it, the next longer period is used.
const CLOSES_LIMIT: usize = 20_000;

impl AccountCurves {
    pub(super) fn new(name: &str, drawn: bool) -> Self {
        let buckets = if drawn { 2048 } else { 192 };
        let limit = |wanted: usize| if drawn { wanted } else { 0 };
        Self {
            name: name.to_owned(),
            drawn,
            first: None,
            last_ts: i64::MIN,
            equity: Envelope::new(buckets),
            drawdown: Envelope::new(buckets),
            exposure: Envelope::new(buckets),
            minutes: Closes::new(MINUTE_NS, limit(CLOSES_LIMIT)),
            hours: Closes::new(HOUR_NS, limit(CLOSES_LIMIT)),
            days: Closes::new(DAY_NS, limit(usize::MAX)),
            peak: f64::NEG_INFINITY,
        }
    }

    /// Adds a row; `drawdown` is computed from the running peak where the table has none.
    pub(super) fn push(&mut self, ts: i64, equity: f64, drawdown: Option<f64>, exposure: Option<f64>) {
        self.last_ts = ts;
        if equity.is_finite() {
            self.first.get_or_insert((ts, equity));
            self.peak = self.peak.max(equity);
        }
        self.equity.push(ts, equity);
        let computed = if self.peak > 0.0 { equity / self.peak - 1.0 } else { f64::NAN };
        self.drawdown.push(ts, drawdown.unwrap_or(computed));
        if let Some(exposure) = exposure {
            self.exposure.push(ts, exposure);
        }
        self.minutes.push(ts, equity);
        self.hours.push(ts, equity);
        self.days.push(ts, equity);
    }

    /// Closes of a period after the first equity, which is the base of the first return.
    pub(super) fn with_base(&self, closes: &Closes) -> Vec<Point> {
        let closes = closes.points();
        let base = self.first.filter(|first| closes.first().is_some_and(|close| close.0 != first.0));
        base.into_iter().chain(closes.iter().copied()).collect()
    }
}

/// The bars of one symbol.
#[derive(Clone, Debug)]
pub(super) struct PriceSeries {
    pub(super) symbol: String,
    pub(super) close: Envelope,
    pub(super) high: Envelope,
    pub(super) low: Envelope,
    pub(super) first_close: Option<Point>,
    pub(super) last_ts: i64,
    peak: f64,
    /// The lowest close relative to the highest close before it, less 1.
    pub(super) max_drawdown: f64,
}

impl PriceSeries {
    pub(super) fn new(symbol: &str) -> Self {
        Self {
            symbol: symbol.to_owned(),
            close: Envelope::new(2048),
            high: Envelope::new(2048),
            low: Envelope::new(2048),
            first_close: None,
            last_ts: i64::MIN,
            peak: f64::NEG_INFINITY,
            max_drawdown: 0.0,
        }
    }

    pub(super) fn push(&mut self, ts: i64, high: Option<f64>, low: Option<f64>, close: f64) {
        self.last_ts = ts;
        self.high.push(ts, high.unwrap_or(close));
        self.low.push(ts, low.unwrap_or(close));
        self.close.push(ts, close);
        if close.is_finite() {
            self.first_close.get_or_insert((ts, close));
            self.peak = self.peak.max(close);
            if self.peak > 0.0 {
                self.max_drawdown = self.max_drawdown.min(close / self.peak - 1.0);
            }
        }
    }
}

/// The side of a fill or trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    Buy,
    Sell,
}

/// Neighboring fills of one side joined to one marker; most hold a single fill.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct FillGroup {
    pub(super) ts: i64,
    pub(super) last_ts: i64,
    pub(super) count: u64,
    pub(super) quantity: f64,
    pub(super) notional: f64,
}

impl FillGroup {
    /// The quantity-weighted mean price.
    pub(super) fn price(&self) -> f64 {
        self.notional / self.quantity
    }

    pub(super) fn join(&mut self, later: &Self) {
        self.last_ts = self.last_ts.max(later.last_ts);
        self.count += later.count;
        self.quantity += later.quantity;
        self.notional += later.notional;
    }
}

/// The fills of one account in one symbol and side, at most [`FILL_GROUPS`] groups: past that, neighbors in
/// time are joined.
#[derive(Clone, Debug, Default)]
pub(super) struct FillSeries {
    pub(super) groups: Vec<FillGroup>,
    width_ns: i64,
}

/// Fill groups kept of one account, symbol and side.
pub(super) const FILL_GROUPS: usize = 1024;

impl FillSeries {
    pub(super) fn push(&mut self, ts: i64, quantity: f64, price: f64) {
        let quantity = quantity.abs();
        if !(quantity * price).is_finite() || quantity == 0.0 {
            return;
        }
        let group = FillGroup { ts, last_ts: ts, count: 1, quantity, notional: quantity * price };
        self.groups.push(group);
        if self.groups.len() > FILL_GROUPS * 2 {
            let span = ts.saturating_sub(self.groups[0].ts);
            self.width_ns = (self.width_ns.saturating_mul(2)).max(span / FILL_GROUPS as i64).max(1);
            self.groups = join_groups(&self.groups, self.width_ns);
        }
    }
}

/// Joins groups that begin in the same interval of `width_ns`.
pub(super) fn join_groups(groups: &[FillGroup], width_ns: i64) -> Vec<FillGroup> {
    let mut out: Vec<FillGroup> = Vec::new();
    for group in groups {
        match out.last_mut() {
            Some(last) if last.ts.div_euclid(width_ns) == group.ts.div_euclid(width_ns) => last.join(group),
            _ => out.push(*group),
        }
    }
    out
}

/// All fills.
#[derive(Clone, Debug, Default)]
pub(super) struct Fills {
    pub(super) rows: u64,
    /// By account, symbol and side; drawn accounts only.
    pub(super) series: BTreeMap<(String, String, Direction), FillSeries>,
}

/// One round trip.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trade {
    pub(super) row: u64,
    pub(super) account: String,
    pub(super) symbol: String,
    pub(super) side: String,
    pub(super) entry_ts: Option<i64>,
    pub(super) exit_ts: Option<i64>,
    pub(super) quantity: Option<f64>,
    pub(super) entry_price: Option<f64>,
    pub(super) exit_price: Option<f64>,
    pub(super) pnl: Option<f64>,
    pub(super) fees: Option<f64>,
    pub(super) ret: Option<f64>,
    pub(super) mae: Option<f64>,
    pub(super) mfe: Option<f64>,
    pub(super) bars: Option<f64>,
    pub(super) reason: String,
}

/// The trades kept for the list, and counts over all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Trades {
    pub(super) rows: u64,
    pub(super) wins: u64,
    pub(super) losses: u64,
    /// In the table's order; at most [`TRADES_KEPT`].
    pub(super) kept: Vec<Trade>,
}

/// Trades that the list shows; of more, those with the largest absolute pnl.
pub(super) const TRADES_KEPT: usize = 300;

/// Counts over the decisions.
#[derive(Clone, Debug, Default)]
pub(super) struct Decisions {
    pub(super) rows: u64,
    /// Action to count, sum of confidence, and number of confidences.
    pub(super) actions: BTreeMap<String, (u64, f64, u64)>,
    pub(super) reasons: BTreeMap<String, u64>,
    /// Decisions whose reason was not counted, because there were too many different ones.
    pub(super) other_reasons: u64,
}

/// One recorded feature over all rows.
#[derive(Clone, Debug)]
pub(super) struct FeatureColumn {
    pub(super) name: String,
    pub(super) rows: u64,
    pub(super) valid: u64,
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) sum: f64,
}
