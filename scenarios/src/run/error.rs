//! Why a scenario cannot be made into a simulation.

use manyworlds_components::time::Timestamp;
use manyworlds_engine::BuildError;
use manyworlds_systems::catalogue::CatalogueError;
use manyworlds_systems::orchestrator::UnknownModel;

use crate::data::DataError;
use crate::data::synthetic::SyntheticError;
use crate::intervention::InterventionError;
use crate::scenario::NothingBuilt;

/// Why a scenario cannot be made into a simulation.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// Its data cannot be read.
    #[error("symbol `{symbol}`: {error}")]
    Data {
        /// Whose data.
        symbol: String,
        /// What is wrong with it.
        #[source]
        error: Box<DataError>,
    },
    /// Its synthetic markets cannot be made.
    #[error(transparent)]
    Synthetic(#[from] SyntheticError),
    /// Two feeds have no time in common, so that nothing could be simulated for both.
    #[error(
        "the data of `{first}` ({} .. {}) and of `{second}` ({} .. {}) do not overlap: \
         choose files of one span, or run the symbols apart", first_span.0, first_span.1, second_span.0, second_span.1
    )]
    NoOverlap {
        /// A symbol.
        first: String,
        /// Its first and last time.
        first_span: (Timestamp, Timestamp),
        /// Another symbol.
        second: String,
        /// Its first and last time.
        second_span: (Timestamp, Timestamp),
    },
    /// Two sources of a listing tell the same.
    #[error(
        "symbol `{symbol}`: {first} and {second} both have data from {from} to {to}: every print would count twice. Keep one \
         of them (bars of any frame are built from trades), or name files of one kind in one `path` list"
    )]
    ToldTwice {
        /// Which symbol.
        symbol: String,
        /// A source.
        first: String,
        /// The other.
        second: String,
        /// The first time that both have.
        from: Timestamp,
        /// The last.
        to: Timestamp,
    },
    /// No event lies within `from` and `to`.
    #[error("no data {}: the data span {} .. {}; change `from` and `to`", span_text(*asked), there.0, there.1)]
    EmptySpan {
        /// What was asked for.
        asked: (Timestamp, Timestamp),
        /// What there is.
        there: (Timestamp, Timestamp),
    },
    /// A preset of which no module is built yet.
    #[error(transparent)]
    Preset(#[from] NothingBuilt),
    /// A module cannot be had.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A model cannot be had.
    #[error(transparent)]
    Model(#[from] UnknownModel),
    /// A recorded feature that no module offers.
    #[error("record.features: no feature `{name}`{}", nearest.as_ref().map(|n| format!(": did you mean `{n}`?")).unwrap_or_default())]
    UnknownFeature {
        /// What was asked for.
        name: String,
        /// The nearest name.
        nearest: Option<String>,
    },
    /// Something reads features that no module of the scenario offers.
    #[error("{reader} reads features of {}: add {} to `orchestrator: (type: configurable, modules: [...])`", quoted(modules), if modules.len() == 1 { "it" } else { "one or more of them" })]
    NoFeatures {
        /// What reads them.
        reader: String,
        /// The modules that offer them.
        modules: Vec<String>,
    },
    /// A module reads order books, and there are none.
    #[error(
        "module `{module}` reads order books, and no data of the scenario have any: add `Depth`, `Quotes`, `Orders` or \
         `SyntheticBook` to the data of a symbol, or leave the module out"
    )]
    NoBooks {
        /// Which module.
        module: String,
    },
    /// A symbol names a venue that is not there.
    #[error("symbol `{symbol}`: no venue `{venue}`")]
    UnknownVenue {
        /// Which symbol.
        symbol: String,
        /// The venue's name.
        venue: String,
    },
    /// An intervention that cannot be carried out on the data.
    #[error(transparent)]
    Intervention(#[from] InterventionError),
    /// The world cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
}

impl PrepareError {
    /// Whether the data are to blame, not the scenario.
    pub fn is_data(&self) -> bool {
        matches!(
            self,
            Self::Data { .. } | Self::NoOverlap { .. } | Self::ToldTwice { .. } | Self::EmptySpan { .. }
        )
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

/// A span of time in words; an end that was not given is left out.
fn span_text((from, to): (Timestamp, Timestamp)) -> String {
    match (from > Timestamp::MIN, to < Timestamp::MAX) {
        (true, true) => format!("between {from} and {to}"),
        (true, false) => format!("from {from} on"),
        (false, true) => format!("up to {to}"),
        (false, false) => "at all".to_owned(),
    }
}
