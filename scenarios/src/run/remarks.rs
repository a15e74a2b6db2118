//! What is odd about the data of a scenario, and what is wrong between its sources.

use manyworlds_components::time::Frame;
use manyworlds_engine::ClockMode;
use manyworlds_systems::orchestrator::ModelEntry;

use super::error::PrepareError;
use super::plan::series_frame;
use super::sources::LoadedSource;
use crate::data::TapeKind;
use crate::data::import::dumped_symbol;
use crate::scenario::schema::Scenario;

/// Refuses sources of one listing that tell the same: two of bars or trades, or two order books, whose times overlap. Every
/// print would count twice.
pub(super) fn check_overlaps(sources: &[LoadedSource]) -> Result<(), PrepareError> {
    let same = |a: &LoadedSource, b: &LoadedSource| {
        let told = |s: &LoadedSource| (s.kind.is_book(), s.has_trades || !s.kind.is_book());
        let ((book_a, prints_a), (book_b, prints_b)) = (told(a), told(b));
        a.symbol == b.symbol && a.listing == b.listing && ((book_a && book_b) || (prints_a && prints_b))
    };
    for (i, first) in sources.iter().enumerate() {
        for second in sources[i + 1..].iter().filter(|second| same(first, second)) {
            let (Some(a), Some(b)) = (first.span(), second.span()) else { continue };
            if a.0 <= b.1 && b.0 <= a.1 {
                return Err(PrepareError::ToldTwice {
                    symbol: first.summary.symbol.clone(),
                    first: described(first),
                    second: described(second),
                    from: a.0.max(b.0),
                    to: a.1.min(b.1),
                });
            }
        }
    }
    Ok(())
}

fn described(source: &LoadedSource) -> String {
    format!("{} of {}", source.kind, source.summary.path)
}

/// What is to be said of the data before a run.
pub(super) fn remarks(scenario: &Scenario, sources: &[LoadedSource], models: &[ModelEntry]) -> Vec<String> {
    let mut remarks = Vec::new();
    for source in sources {
        remarks.extend(of_another_symbol(scenario, source));
    }
    for (i, symbol) in scenario.symbols.iter().enumerate() {
        let frame = series_frame(scenario.clock, sources, i);
        // The default is meant to be as often as there are bars.
        if let ClockMode::Bar(clock) = scenario.clock
            && frame > clock
            && clock != Frame::MINUTE
        {
            let name = &symbol.symbol;
            remarks.push(format!(
                "the bars of `{name}` are {frame} long: it is decided upon as often, not every {clock}"
            ));
        }
    }
    for model in models {
        remarks.extend(too_late(scenario, sources, model));
    }
    remarks
}

/// Data that call their symbol something else than the scenario does.
fn of_another_symbol(scenario: &Scenario, source: &LoadedSource) -> Option<String> {
    let symbol = &scenario.symbols[source.symbol.index()].symbol;
    let plain = |name: &str| -> String { name.chars().filter(char::is_ascii_alphanumeric).collect() };
    let wanted = plain(symbol).to_uppercase();
    let called = source.summary.path.split(", ").find_map(dumped_symbol).or(source.name.as_deref())?;
    let found = plain(called).to_uppercase();
    let other = !found.is_empty() && !wanted.contains(&found) && !found.contains(&wanted);
    let path = &source.summary.path;
    other.then(|| format!("`{symbol}` is fed with data of `{called}`: {} of {path}", source.kind))
}

/// A model that needs more bars than there are of any symbol.
fn too_late(scenario: &Scenario, sources: &[LoadedSource], model: &ModelEntry) -> Option<String> {
    let (from, to) = scenario.span();
    let bars = |symbol: usize| {
        let own = sources.iter().filter(|s| s.listing.index() == symbol);
        let spans = own.clone().filter_map(LoadedSource::span);
        let (first, last) = spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
        let length = last.min(to).0.saturating_sub(first.max(from).0).max(0);
        let frames = (length / series_frame(scenario.clock, sources, symbol).nanos()) as u64 + 1;
        let rows: u64 = own.clone().map(|s| s.source.len()).sum();
        Some(if own.clone().all(|s| s.kind == TapeKind::Bars) { frames.min(rows) } else { frames })
    };
    let most = (0..scenario.symbols.len()).filter_map(bars).max()?;
    let (name, needed) = (model.name(), model.warmup());
    (needed > most).then(|| {
        format!(
            "the model `{name}` speaks after {needed} bars of a symbol, and there are {most}: it never will"
        )
    })
}
