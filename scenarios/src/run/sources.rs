//! The market data of a scenario as event sources: tapes, files that become tapes, and synthetic markets.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use manyworlds_components::ids::{ListingId, SymbolId, VenueId};
use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::EventSource;

use super::error::PrepareError;
use super::remarks::check_overlaps;
use crate::data::feed::{BarSource, DepthSource, MemorySource, OrderSource, QuoteSource, TradeSource};
use crate::data::resample::resampled;
use crate::data::synthetic::{Reference, SymbolSpec, SyntheticError, SyntheticMarket, book};
use crate::data::{DataError, ImportSpec, Location, Tape, TapeKind, open_or_import};
use crate::intervention::apply::Sourced;
use crate::output::{DataSummary, SourceSummary};
use crate::scenario::schema::Scenario;
use crate::scenario::schema::data::{DataSettings, FileSettings};
use crate::scenario::schema::symbol::SymbolSettings;
use crate::scenario::schema::synthetic::{BarTimes, SyntheticKind};

/// A source that is ready to be read.
#[derive(Clone)]
pub(super) struct LoadedSource {
    pub symbol: SymbolId,
    pub listing: ListingId,
    pub kind: TapeKind,
    /// Whether trades come with a book.
    pub has_trades: bool,
    pub source: Arc<dyn EventSource>,
    /// The frame of its bars; `None` for trades and for bars without a frame.
    pub frame: Option<Frame>,
    /// What its data call the symbol.
    pub name: Option<String>,
    pub summary: SourceSummary,
}

impl LoadedSource {
    pub(super) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let rows = self.source.len();
        (rows > 0).then(|| (self.source.ts_recv(0), self.source.ts_recv(rows - 1)))
    }

    /// Its events, as interventions take them.
    pub(super) fn sourced(&self) -> Sourced {
        let Self { symbol, listing, kind, ref source, .. } = *self;
        Sourced { symbol, listing, book: kind.is_book(), source: source.clone() }
    }

    /// Rows of its bars that so many bars of a series are made of, which take `nanos`. Bars without a frame are each one.
    fn rows_of(&self, bars: u64, nanos: i64) -> Option<u64> {
        match self.frame {
            Some(frame) => Some((nanos as u64).div_ceil(frame.nanos() as u64)),
            None => (self.kind == TapeKind::Bars).then_some(bars),
        }
    }
}

/// The market data of a scenario, read and found right: any number of plans share them.
#[derive(Clone)]
pub struct MarketInput {
    pub(super) sources: Vec<LoadedSource>,
    pub(super) summary: DataSummary,
    pub(super) events: u64,
}

impl MarketInput {
    /// Reads the data that a scenario names.
    ///
    /// # Errors
    /// Data that cannot be read, or of which nothing could be simulated.
    pub fn load(scenario: &Scenario, cache: &Path) -> Result<Self, PrepareError> {
        Self::read(scenario, cache)?.within(scenario)
    }

    /// As [`MarketInput::load`], for any span: [`MarketInput::within`] has yet to name one.
    pub(crate) fn read(scenario: &Scenario, cache: &Path) -> Result<Self, PrepareError> {
        let sources = load(scenario, cache)?;
        Ok(Self { summary: summarize(&sources), sources, events: 0 })
    }

    /// The same data over the span of a scenario with the same [`MarketInput::key`].
    pub(crate) fn within(self, scenario: &Scenario) -> Result<Self, PrepareError> {
        check_spans(scenario, &self.sources)?;
        let (from, to) = scenario.span();
        Ok(Self { events: self.events_between(from, to), ..self })
    }

    /// Equal for scenarios that have the same data, whatever span of them is replayed.
    pub fn key(scenario: &Scenario) -> String {
        let mut data = scenario.symbols.iter().flat_map(|s| &s.data);
        let seed = data.any(DataSettings::is_synthetic).then_some(scenario.seed);
        // A synthetic market without times of its own takes those of the scenario.
        let span = (!scenario.has_own_times()).then(|| scenario.span());
        format!("{seed:?} {span:?} {:?}", scenario.symbols)
    }

    /// First and last event; `None` without any.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.sources.iter().filter_map(LoadedSource::span).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// When to begin so that `bars` bars of `frame` have closed by `at`: so long before it, or so many of the bars that there
    /// are, whichever is earlier.
    pub(crate) fn start_of_warm_up(&self, at: Timestamp, bars: u64, frame: Frame) -> Timestamp {
        let needed = i64::try_from(bars).unwrap_or(i64::MAX).saturating_mul(frame.nanos());
        let begin = |source: &LoadedSource| {
            let rows = source.rows_of(bars, needed)?;
            let row = source.source.seek(at).saturating_sub(rows);
            (row < source.source.len()).then(|| source.source.ts_recv(row))
        };
        self.sources.iter().filter_map(begin).fold(at + -needed, Timestamp::min)
    }

    /// When as many bars of `frame` have closed since `start`.
    pub(crate) fn end_of_warm_up(&self, start: Timestamp, bars: u64, frame: Frame) -> Timestamp {
        let needed = i64::try_from(bars).unwrap_or(i64::MAX).saturating_mul(frame.nanos());
        let end = |source: &LoadedSource| {
            let rows = source.rows_of(bars, needed)?.saturating_sub(1);
            let row = source.source.seek(start).saturating_add(rows);
            Some(if row < source.source.len() { source.source.ts_recv(row) } else { Timestamp::MAX })
        };
        self.sources.iter().filter_map(end).fold(start + needed, Timestamp::max)
    }

    /// Market events between two times, both included.
    pub fn events_between(&self, from: Timestamp, to: Timestamp) -> u64 {
        let after = |s: &LoadedSource| match to {
            Timestamp::MAX => s.source.len(),
            to => s.source.seek(to + 1),
        };
        self.sources.iter().map(|s| after(s).saturating_sub(s.source.seek(from))).sum()
    }

    /// What was read.
    pub fn summary(&self) -> &DataSummary {
        &self.summary
    }

    /// Market events within the span that is replayed.
    pub fn events(&self) -> u64 {
        self.events
    }
}

fn summarize(sources: &[LoadedSource]) -> DataSummary {
    let mut data = DataSummary::default();
    for source in sources {
        data.rows += source.summary.rows;
        for (name, count) in &source.summary.defects {
            *data.defects.entry(name.clone()).or_default() += count;
        }
        data.sources.push(source.summary.clone());
    }
    data
}

/// Loads everything that the scenario names, in its order.
fn load(scenario: &Scenario, cache: &Path) -> Result<Vec<LoadedSource>, PrepareError> {
    let mut sources = Vec::new();
    let mut references = Vec::new();
    let further = further_listings(scenario)?;
    for (i, symbol) in scenario.symbols.iter().enumerate() {
        for data in &symbol.data {
            let Some((kind, files)) = data.files() else { continue };
            let failed = |error| PrepareError::Data { symbol: symbol.symbol.clone(), error: Box::new(error) };
            let tape = open(symbol, files, kind, cache).map_err(failed)?;
            let (tape, kind) = match files.bars {
                Some(rule) => (resampled(&tape, rule, cache).map_err(failed)?, TapeKind::Bars),
                None => (tape, kind),
            };
            let name = files.source_symbol.clone().or_else(|| tape.meta().symbol.clone().into());
            let id = SymbolId::from(i);
            let listing = listing(scenario, &further, id, files.venue.as_deref())?;
            let loaded = file_source((id, listing), symbol, tape, kind).map_err(failed)?;
            let loaded = LoadedSource { name, ..loaded };
            if kind == TapeKind::Bars && listing == id.primary() {
                references.extend(reference(scenario, symbol, &*loaded.source)?);
            }
            sources.push(loaded);
        }
    }
    let real = sources.iter().filter_map(|source| times(scenario, source)).collect::<Vec<_>>();
    sources.extend(synthetic(scenario, &references, &real)?);
    sources.extend(synthetic_books(scenario, &further)?);
    check_overlaps(&sources)?;
    // Stable: several sources of one symbol keep their order.
    sources.sort_by_key(|s| s.symbol);
    Ok(sources)
}

/// The feeds of synthetic order books, one per venue.
fn synthetic_books(
    scenario: &Scenario,
    further: &[(SymbolId, VenueId)],
) -> Result<Vec<LoadedSource>, PrepareError> {
    let mut sources = Vec::new();
    for (i, symbol) in scenario.symbols.iter().enumerate() {
        for data in &symbol.data {
            let DataSettings::SyntheticBook(settings) = data else { continue };
            let (id, spec) = (SymbolId::from(i), settings.spec(scenario, symbol));
            let venues = settings.venues().into_iter().map(|venue| listing(scenario, further, id, venue));
            let listings = venues.collect::<Result<Vec<_>, _>>()?;
            let in_field = |error| SyntheticError::Field { symbol: symbol.symbol.clone(), error };
            let feeds = book::synthetic_books(&symbol.symbol, &spec, scenario.seed, id, &listings);
            for (listing, events) in listings.iter().zip(feeds.map_err(in_field)?) {
                let source = MemorySource::new(events);
                let summary = summary_of(&symbol.symbol, scenario.seed, &source);
                let (source, kind) = (Arc::new(source), spec.detail.kind());
                let (frame, listing) = (None, *listing);
                sources.push(LoadedSource {
                    symbol: id,
                    listing,
                    kind,
                    has_trades: true,
                    source,
                    frame,
                    name: None,
                    summary,
                });
            }
        }
    }
    Ok(sources)
}

/// What is said of a source that was made up.
fn summary_of(symbol: &str, seed: u64, source: &MemorySource) -> SourceSummary {
    let rows = source.len();
    let time = |row: u64| (rows > 0).then(|| source.ts_recv(row).to_string());
    SourceSummary {
        symbol: symbol.to_owned(),
        kind: "synthetic".to_owned(),
        path: format!("seed {seed}"),
        rows,
        from: time(0),
        to: time(rows.saturating_sub(1)),
        ..SourceSummary::default()
    }
}

/// The listings beyond each symbol's own, in the order of their ids.
pub(super) fn further_listings(scenario: &Scenario) -> Result<Vec<(SymbolId, VenueId)>, PrepareError> {
    let mut further = Vec::new();
    for (i, symbol) in scenario.symbols.iter().enumerate() {
        for venue in symbol.further_venues() {
            further.push((SymbolId::from(i), venue_id(scenario, symbol, venue)?));
        }
    }
    Ok(further)
}

/// The listings that are quoted in another currency than their symbol.
pub(super) fn foreign_listings(
    scenario: &Scenario,
    further: &[(SymbolId, VenueId)],
    sources: &[LoadedSource],
) -> Vec<(ListingId, String)> {
    let mut foreign = Vec::new();
    for (i, (id, venue)) in further.iter().enumerate() {
        let (symbol, listing) = (&scenario.symbols[id.index()], ListingId::from(scenario.symbols.len() + i));
        let venue = &scenario.venues[venue.index()].name;
        let mut names = sources.iter().filter(|s| s.listing == listing).map(|s| s.name.as_deref());
        if let Some(quote) = names.find_map(|name| symbol.foreign_quote(venue, name)) {
            foreign.push((listing, quote));
        }
    }
    foreign
}

/// The id of a venue that a symbol names.
pub(super) fn venue_id(
    scenario: &Scenario,
    symbol: &SymbolSettings,
    venue: &str,
) -> Result<VenueId, PrepareError> {
    let found = scenario.venues.iter().position(|v| v.name == venue);
    let unknown = || PrepareError::UnknownVenue { symbol: symbol.symbol.clone(), venue: venue.to_owned() };
    found.map(VenueId::from).ok_or_else(unknown)
}

/// The listing of data of a symbol that name this venue.
fn listing(
    scenario: &Scenario,
    further: &[(SymbolId, VenueId)],
    id: SymbolId,
    venue: Option<&str>,
) -> Result<ListingId, PrepareError> {
    let symbol = &scenario.symbols[id.index()];
    let Some(venue) = venue.filter(|venue| *venue != symbol.venue) else { return Ok(id.primary()) };
    let venue = venue_id(scenario, symbol, venue)?;
    let at = further.iter().position(|listing| *listing == (id, venue));
    Ok(at.map_or(id.primary(), |at| ListingId::from(scenario.symbols.len() + at)))
}

/// The tape of files: one that is there, or one that is made of them.
fn open(
    symbol: &SymbolSettings,
    files: &FileSettings,
    kind: TapeKind,
    cache: &Path,
) -> Result<Arc<Tape>, DataError> {
    let is_tape = |path: &PathBuf| path.extension().is_some_and(|end| end == "arrow");
    match &files.path.0[..] {
        [path] if kind.is_book() && !is_tape(path) => Err(DataError::Format {
            at: Location::file(path),
            reason: format!("it is no tape of {kind}"),
            hint: "make tapes of it with `manyworlds import`, and name the one that ends in `.arrow`"
                .to_owned(),
        }),
        paths => open_or_import(paths, &import_spec(symbol, files, kind), cache),
    }
}

/// Bars that a synthetic symbol is linked to.
fn reference(
    scenario: &Scenario,
    symbol: &SymbolSettings,
    source: &dyn EventSource,
) -> Result<Option<Reference>, PrepareError> {
    let wanted = scenario.symbols.iter().flat_map(|s| &s.data).any(|data| match data {
        DataSettings::Synthetic(spec) => spec.like.as_deref() == Some(&symbol.symbol),
        _ => false,
    });
    if !wanted {
        return Ok(None);
    }
    let mut events = Vec::new();
    source.fill(0, Timestamp::MAX, usize::MAX, &mut events);
    let bar = |event: &MarketEvent| match event.data {
        MarketData::Bar(bar) => Some(bar),
        _ => None,
    };
    let bars: Vec<_> = events.iter().filter_map(bar).collect();
    Ok(Some(Reference::new(&symbol.symbol, &bars)?))
}

fn import_spec(symbol: &SymbolSettings, files: &FileSettings, kind: TapeKind) -> ImportSpec {
    ImportSpec {
        format: files.format,
        venue: Some(files.venue.clone().unwrap_or_else(|| symbol.venue.clone())),
        symbol: Some(symbol.symbol.clone()),
        frame: files.frame.filter(|_| kind == TapeKind::Bars),
        stamp: files.stamp,
        time_unit: files.time_unit,
        tick_size: Some(symbol.tick_size),
        lot_size: Some(symbol.lot_size),
        source_symbol: files.source_symbol.clone(),
        member: files.member.clone(),
        price_jump_limit: files.price_jump_limit,
        policies: symbol.defects.clone(),
        ..ImportSpec::default()
    }
}

fn file_source(
    (id, listing): (SymbolId, ListingId),
    symbol: &SymbolSettings,
    tape: Arc<Tape>,
    kind: TapeKind,
) -> Result<LoadedSource, DataError> {
    let frame = tape.meta().frame;
    let facts = tape.clone();
    let (tick, lot) = (symbol.tick_size, symbol.lot_size);
    let source: Arc<dyn EventSource> = match kind {
        TapeKind::Bars => Arc::new(BarSource::new(tape, id)?.on(listing)),
        TapeKind::Trades => Arc::new(TradeSource::new(tape, id)?.on(listing)),
        TapeKind::Depth => Arc::new(DepthSource::new(tape, id)?.on(listing).on_grid(tick, lot)?),
        TapeKind::Quotes => Arc::new(QuoteSource::new(tape, id)?.on(listing).on_grid(tick, lot)?),
        TapeKind::Orders => Arc::new(OrderSource::new(tape, id)?.on(listing).on_grid(tick, lot)?),
    };
    let rows = source.len();
    let time = |row: u64| (rows > 0).then(|| source.ts_recv(row).to_string());
    let summary = SourceSummary {
        symbol: symbol.symbol.clone(),
        kind: kind.to_string(),
        path: facts.meta().sources.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", "),
        rows,
        from: time(0),
        to: time(rows.saturating_sub(1)),
        digest: facts.digest().to_owned(),
        defects: facts.defects().counts().into_iter().map(|(name, count)| (name.to_owned(), count)).collect(),
    };
    Ok(LoadedSource { symbol: id, listing, kind, has_trades: false, source, frame, name: None, summary })
}

/// The times of bars from a file, which linked synthetic symbols take over.
fn times(scenario: &Scenario, source: &LoadedSource) -> Option<(String, BarTimes)> {
    let own = source.listing == source.symbol.primary();
    let (frame, (first, last)) = (source.frame.filter(|_| own)?, source.span()?);
    let start = Timestamp(first.0 - frame.nanos());
    let name = scenario.symbols[source.symbol.index()].symbol.clone();
    Some((name, BarTimes { frame, start, end: Some(last), bars: None }))
}

fn synthetic(
    scenario: &Scenario,
    references: &[Reference],
    real: &[(String, BarTimes)],
) -> Result<Vec<LoadedSource>, PrepareError> {
    let mut specs = Vec::new();
    let mut kinds = Vec::new();
    for (i, symbol) in scenario.symbols.iter().enumerate() {
        for data in &symbol.data {
            if let DataSettings::Synthetic(settings) = data {
                let spec = settings.spec(scenario, symbol, real);
                specs.push(SymbolSpec { symbol: symbol.symbol.clone(), spec });
                kinds.push((SymbolId::from(i), settings.kind));
            }
        }
    }
    if specs.is_empty() {
        return Ok(Vec::new());
    }
    let market = SyntheticMarket::with_references(&specs, references, scenario.seed)?;
    let load = |((id, kind), spec): (&(SymbolId, SyntheticKind), &SymbolSpec)| {
        let source = match kind {
            SyntheticKind::Bars => MemorySource::bars(*id, &market.bars(&spec.symbol)?),
            SyntheticKind::Trades => {
                let trades = market.trades(&spec.symbol)?;
                let trades: Vec<_> = trades.iter().map(|t| (t.ts_event, t.trade)).collect();
                MemorySource::trades(*id, &trades)
            }
        };
        let frame = (*kind == SyntheticKind::Bars).then_some(spec.spec.frame);
        let summary = summary_of(&spec.symbol, scenario.seed, &source);
        let kind = match kind {
            SyntheticKind::Bars => TapeKind::Bars,
            SyntheticKind::Trades => TapeKind::Trades,
        };
        Ok(LoadedSource {
            symbol: *id,
            listing: id.primary(),
            kind,
            has_trades: false,
            source: Arc::new(source),
            frame,
            name: None,
            summary,
        })
    };
    kinds.iter().zip(&specs).map(load).collect()
}

/// Refuses feeds of which two have no time in common, and a span without data.
fn check_spans(scenario: &Scenario, sources: &[LoadedSource]) -> Result<(), PrepareError> {
    let name = |s: &LoadedSource| scenario.symbols[s.symbol.index()].symbol.clone();
    let mut spans: Vec<(SymbolId, String, (Timestamp, Timestamp))> = Vec::new();
    for source in sources {
        let Some(span) = source.span() else { continue };
        match spans.iter_mut().find(|s| s.0 == source.symbol) {
            Some(known) => known.2 = (known.2.0.min(span.0), known.2.1.max(span.1)),
            None => spans.push((source.symbol, name(source), span)),
        }
    }
    for (i, (_, first, a)) in spans.iter().enumerate() {
        for (_, second, b) in &spans[i + 1..] {
            if a.1 < b.0 || b.1 < a.0 {
                let (first, second) = (first.clone(), second.clone());
                return Err(PrepareError::NoOverlap { first, first_span: *a, second, second_span: *b });
            }
        }
    }
    let there = spans.iter().map(|s| s.2).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let asked = (scenario.from.unwrap_or(Timestamp::MIN), scenario.to.unwrap_or(Timestamp::MAX));
    match there {
        Some(there) if asked.0 <= there.1 && there.0 <= asked.1 => Ok(()),
        there => Err(PrepareError::EmptySpan { asked, there: there.unwrap_or_default() }),
    }
}
