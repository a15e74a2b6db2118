//! What a scenario says, one concept a file. Everything has a documented default but fees.

pub mod account;
pub mod data;
pub mod module;
pub mod orchestrator;
pub mod paths;
pub mod preset;
pub mod record;
pub mod symbol;
pub mod synthetic;
pub mod synthetic_book;
pub use manyworlds_systems::time_setting as time;
pub mod toggle;

use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{ClockMode, Executor};
use manyworlds_systems::exchange::settings::VenueSettings;
use manyworlds_systems::orchestrator::settings::{CombineSettings, ModelSettings};
use serde::Serialize;

use account::AccountSettings;
use orchestrator::OrchestratorSettings;
use record::RecordSettings;
use symbol::SymbolSettings;
use toggle::Toggle;

use crate::intervention::Intervention;

/// A complete, checked scenario: all references resolved, all defaults filled in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scenario {
    /// Its name. Default: the file's name without its ending.
    pub name: String,
    /// Seed of all random streams. Default 0.
    pub seed: u64,
    /// Which draw of latency and fills: another one leaves the synthetic markets, and all else that is drawn from
    /// `seed`, as they are. Default 0.
    pub draws: u64,
    /// Decision times. Default `Bar("1m")`.
    pub clock: ClockMode,
    /// First time that is replayed. Default: none, i.e. the beginning of the data.
    #[serde(with = "time::option")]
    pub from: Option<Timestamp>,
    /// Last time that is replayed. Default: none, i.e. the end of the data.
    #[serde(with = "time::option")]
    pub to: Option<Timestamp>,
    /// Accounts decide, and are recorded, from this time on; what is replayed before it warms modules and models up.
    /// Default: none, i.e. from the first step.
    #[serde(with = "time::option")]
    pub trade_from: Option<Timestamp>,
    /// The venues: at least one.
    pub venues: Vec<VenueSettings>,
    /// The symbols: at least one.
    pub symbols: Vec<SymbolSettings>,
    /// Which modules are loaded. Default `(type: basic)`.
    pub orchestrator: OrchestratorSettings,
    /// The forecasters. Default: none.
    pub models: Vec<ModelSettings>,
    /// How forecasts become one signal. Default: linear pool, equal weights.
    pub combine: CombineSettings,
    /// The accounts. Default: one, `base`, with 100,000 cash.
    pub accounts: Vec<AccountSettings>,
    /// What is written down.
    pub record: RecordSettings,
    /// Modules that are switched during the run. Default: none.
    pub toggles: Vec<Toggle>,
    /// What happens to prices, venues, accounts and models at given times. Default: nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interventions: Vec<Intervention>,
    /// How the systems of a step are run; both give the same bits. Default `Lean`.
    pub executor: Executor,
    /// Bound on the market events of one step. Default 4,194,304.
    pub max_events_per_step: usize,
}

/// The fields of a scenario, `extends` included.
pub(crate) const FIELDS: &[&str] = &[
    "name",
    "extends",
    "seed",
    "draws",
    "clock",
    "from",
    "to",
    "trade_from",
    "venues",
    "symbols",
    "orchestrator",
    "models",
    "combine",
    "accounts",
    "record",
    "toggles",
    "interventions",
    "stress",
    "executor",
    "max_events_per_step",
];

impl Scenario {
    /// First and last time that are replayed; where the scenario names none, the ends of time.
    pub fn span(&self) -> (Timestamp, Timestamp) {
        (self.from.unwrap_or(Timestamp::MIN), self.to.unwrap_or(Timestamp::MAX))
    }

    /// Whether any of its data is an order book.
    pub fn has_books(&self) -> bool {
        self.symbols.iter().flat_map(|symbol| &symbol.data).any(data::DataSettings::is_book)
    }
}

impl Default for Scenario {
    /// The defaults. It has no venue and no symbol yet.
    fn default() -> Self {
        Self {
            name: "scenario".to_owned(),
            seed: 0,
            draws: 0,
            clock: ClockMode::Bar(Frame::MINUTE),
            from: None,
            to: None,
            trade_from: None,
            venues: Vec::new(),
            symbols: Vec::new(),
            orchestrator: OrchestratorSettings::Basic,
            models: Vec::new(),
            combine: CombineSettings::default(),
            accounts: vec![AccountSettings::default()],
            record: RecordSettings::default(),
            toggles: Vec::new(),
            interventions: Vec::new(),
            executor: Executor::Lean,
            max_events_per_step: 1 << 22,
        }
    }
}
