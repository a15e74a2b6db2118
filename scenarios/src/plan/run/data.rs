//! Market data: loaded once for all worlds that share them, and let go after the last.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::plan::share::Node;
use crate::run::{MarketInput, Setup};
use crate::scenario::Scenario;

type Cell = Arc<OnceLock<Result<MarketInput, String>>>;

/// By [`MarketInput::key`]: the data, and how many worlds have yet to take them.
#[derive(Default)]
pub(super) struct DataShelf(Mutex<HashMap<String, (Cell, usize)>>);

impl DataShelf {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, (Cell, usize)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// These worlds will come for their data.
    pub(super) fn expect(&self, worlds: &[Node]) {
        let mut shelf = self.lock();
        for world in worlds {
            shelf.entry(MarketInput::key(&world.scenario)).or_default().1 += 1;
        }
    }

    /// The data of a scenario; loads them if nobody has.
    pub(super) fn get(&self, scenario: &Scenario, setup: &Setup) -> Result<MarketInput, String> {
        // Not under the lock of the shelf: others may load theirs meanwhile.
        let cell = self.lock().entry(MarketInput::key(scenario)).or_default().0.clone();
        let read = || MarketInput::read(scenario, &setup.cache).map_err(|e| e.to_string());
        cell.get_or_init(read).clone()?.within(scenario).map_err(|e| e.to_string())
    }

    /// As [`DataShelf::get`], for a world that was expected.
    pub(super) fn take(&self, scenario: &Scenario, setup: &Setup) -> Result<MarketInput, String> {
        let sources = self.get(scenario, setup);
        let mut shelf = self.lock();
        let key = MarketInput::key(scenario);
        if let Some((_, left)) = shelf.get_mut(&key) {
            *left = left.saturating_sub(1);
            if *left == 0 {
                shelf.remove(&key);
            }
        }
        sources
    }
}
