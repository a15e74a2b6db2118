//! What is fixed about trading during a run, in dense form; and the prices at which positions are valued.

use manyworlds_components::instrument::Instrument;
use manyworlds_components::time::{Frame, Timestamp};
use serde::{Deserialize, Serialize};

use super::ExchangeModule;
use super::funding::FundingRates;
use super::intervention::{AccountActs, Dealing, TermChange};
use super::settings::{RiskLimits, VenueSettings};

/// Instruments, venues and limits by dense id, for as long as nobody intervenes.
#[derive(Debug, Clone)]
pub struct Terms {
    /// By symbol.
    pub instruments: Vec<Instrument>,
    /// By symbol.
    dealings: Vec<Dealing>,
    /// By account.
    pub risk: Vec<RiskLimits>,
    /// Number of accounts: holdings stand at `symbol * accounts + account`.
    pub accounts: usize,
    /// Recording interval of accounts.
    pub record_equity: Option<Frame>,
    /// Accounts are marked and recorded from this time on.
    pub trade_from: Timestamp,
    /// Whether any venue lends, so that margins have to be watched.
    pub any_margin: bool,
    /// Whether anything borrowed costs anything.
    pub any_borrow: bool,
    /// Whether any account has a drawdown limit.
    pub any_kill_switch: bool,
    /// Whether any account has an exposure limit.
    pub any_exposure_limit: bool,
    /// Yearly rate on cash below 0: the highest of all venues.
    pub cash_rate: f64,
}

impl Terms {
    fn new(module: &ExchangeModule, accounts: usize, changes: &[&TermChange]) -> Self {
        let dealing = |(s, instrument): (usize, &Instrument)| {
            let mut dealing = Dealing::new(module.venues[instrument.venue.index()].clone());
            for change in changes.iter().filter(|c| c.symbols.iter().any(|symbol| symbol.index() == s)) {
                dealing.change(&change.change);
            }
            dealing
        };
        let dealings: Vec<Dealing> = module.instruments.iter().enumerate().map(dealing).collect();
        let listed = |venue: &usize| module.instruments.iter().any(|i| i.venue.index() == *venue);
        let others = (0..module.venues.len()).filter(|v| !listed(v)).map(|v| &module.venues[v]);
        let venues: Vec<&VenueSettings> = dealings.iter().map(|d| &d.venue).chain(others).collect();
        let cash_rate = venues.iter().map(|v| v.borrow.cash_rate).fold(0.0, f64::max);
        Self {
            instruments: module.instruments.clone(),
            risk: module.risk.clone(),
            accounts,
            record_equity: module.record_equity,
            trade_from: module.trade_from.unwrap_or(Timestamp::MIN),
            any_margin: venues.iter().any(|v| v.margin.is_some()),
            any_borrow: cash_rate > 0.0 || venues.iter().any(|v| v.borrow.short_rate > 0.0),
            any_kill_switch: module.risk.iter().any(|r| r.max_drawdown.is_some()),
            any_exposure_limit: module.risk.iter().any(|r| r.max_exposure.is_some()),
            cash_rate,
            dealings,
        }
    }

    /// The terms of trade of a symbol.
    #[inline]
    pub fn dealing(&self, symbol: usize) -> &Dealing {
        &self.dealings[symbol]
    }

    /// The venue of a symbol.
    #[inline]
    pub fn venue(&self, symbol: usize) -> &VenueSettings {
        &self.dealings[symbol].venue
    }

    /// Base units of signed lots of a symbol.
    #[inline]
    pub fn quantity(&self, symbol: usize, lots: i64) -> f64 {
        self.instruments[symbol].lot_size.to_f64(lots)
    }

    /// Equity that a position needs to be opened, as a share of its value; 1 where there is no margin.
    #[inline]
    pub fn initial_margin(&self, symbol: usize) -> f64 {
        self.venue(symbol).margin.map_or(1.0, |m| m.initial)
    }
}

/// The terms as a function of time. Never changes during a run.
#[derive(Debug)]
pub struct Schedule {
    /// From when on each of `terms` holds; the first from the beginning of time on.
    from: Vec<Timestamp>,
    terms: Vec<Terms>,
    /// Whether anything borrowed ever costs anything.
    pub any_borrow: bool,
    /// What happens to accounts.
    pub acts: AccountActs,
    /// What holders of perpetuals pay.
    pub funding: FundingRates,
}

impl Schedule {
    pub(super) fn new(module: &ExchangeModule, accounts: usize) -> Self {
        let changes = &module.interventions.terms;
        let mut from: Vec<Timestamp> =
            changes.iter().flat_map(|c| [c.from, c.until]).filter(|t| *t < Timestamp::MAX).collect();
        from.push(Timestamp::MIN);
        from.sort_unstable();
        from.dedup();
        let at = |t: &Timestamp| {
            let now: Vec<&TermChange> = changes.iter().filter(|c| (c.from..c.until).contains(t)).collect();
            Terms::new(module, accounts, &now)
        };
        let terms: Vec<Terms> = from.iter().map(at).collect();
        let acts = AccountActs::new(module.interventions.accounts.clone());
        let funding = FundingRates::new(module.funding.clone());
        Self { any_borrow: terms.iter().any(|t| t.any_borrow), from, terms, acts, funding }
    }

    /// Whether nothing ever changes.
    #[inline]
    pub fn is_constant(&self) -> bool {
        self.terms.len() == 1
    }

    /// The terms at a time.
    #[inline]
    pub fn at(&self, t: Timestamp) -> &Terms {
        match &*self.terms {
            [only] => only,
            _ => self.search(t),
        }
    }

    #[cold]
    fn search(&self, t: Timestamp) -> &Terms {
        &self.terms[self.from.partition_point(|from| *from <= t).max(1) - 1]
    }

    /// The spans of constant terms that a span is made of, in nanoseconds, with the terms of each.
    pub fn pieces(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = (&Terms, i64)> {
        let ends = self.from[1..].iter().copied().chain([Timestamp::MAX]);
        let piece = move |((begin, end), terms): ((Timestamp, Timestamp), _)| {
            let (begin, end) = (begin.max(from), end.min(to));
            (end > begin).then_some((terms, end - begin))
        };
        self.from.iter().copied().zip(ends).zip(&self.terms).filter_map(piece)
    }
}

/// The price at which the exchange values each symbol, and how many accounts hold it.
///
/// It equals the last price between steps, but within a step it moves only after the events of one instant have
/// been matched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Marks {
    /// By symbol, in quote units; 0 until the first event.
    pub prices: Vec<f64>,
    /// By symbol: number of accounts with a position.
    pub holders: Vec<u32>,
    /// Number of holdings with a position, over all symbols.
    pub open_positions: u32,
}

impl Marks {
    pub(super) fn new(symbols: usize) -> Self {
        Self { prices: vec![0.0; symbols], holders: vec![0; symbols], open_positions: 0 }
    }
}
