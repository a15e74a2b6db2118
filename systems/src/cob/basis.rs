//! Who is consolidated with whom, at which rate.

use manyworlds_components::ids::SymbolId;
use manyworlds_components::instrument::Instrument;
use manyworlds_engine::{Kind, ModuleContext, Roster};

use super::settings::CobSettings;

/// A venue of a symbol.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leg {
    /// Its place among the books.
    pub listing: usize,
    /// What one quote unit there is worth in the symbol's.
    pub rate: f64,
}

/// The instruments of a world; none before the market is built.
pub(super) fn instruments(app: &mut ModuleContext<'_>) -> Vec<Instrument> {
    let symbols = app.roster().entities(Kind::Symbol).to_vec();
    let world = app.world();
    symbols.iter().filter_map(|symbol| world.get::<Instrument>(*symbol).cloned()).collect()
}

/// The venues of every symbol: its own first, then the further ones in scenario order.
///
/// # Errors
/// A venue that quotes in another currency than the symbol, of which the settings do not say what it is worth.
pub(super) fn legs(
    settings: &CobSettings,
    roster: &Roster,
    instruments: &[Instrument],
) -> Result<Vec<Vec<Leg>>, String> {
    let of_symbol = |(i, instrument): (usize, &Instrument)| {
        let leg = |listing: manyworlds_components::ids::ListingId| {
            let rate = match roster.quote_of(listing).filter(|quote| *quote != instrument.quote) {
                None => 1.0,
                Some(quote) => *settings.basis.get(quote).ok_or_else(|| {
                    let (symbol, own) = (&instrument.symbol, &instrument.quote);
                    let venue = roster.venue_of(listing, instrument.venue);
                    format!(
                        "`{symbol}` is quoted in {quote} on `{venue}` and in {own} on its own venue, and the two are not \
                         mixed silently: say what one {quote} is worth in {own}, e.g. `basis: {{\"{quote}\": 1.0}}`, or \
                         leave that venue out"
                    )
                })?,
            };
            Ok(Leg { listing: listing.index(), rate })
        };
        roster.listings_of(SymbolId::from(i)).map(leg).collect()
    };
    instruments.iter().enumerate().map(of_symbol).collect()
}
