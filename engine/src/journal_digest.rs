//! What a run has written down, as running digests: a recorder that keeps no rows.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use xxhash_rust::xxh3::Xxh3;

use crate::journal::{Journal, Recorder};
use crate::roster::Roster;
use crate::state::digest_values;

const TABLES: [&str; 7] = ["decisions", "orders", "fills", "trades", "equity", "annotations", "toggles"];

/// A running digest per table of the journal. It does not depend on where the rows are cut by drains. Clones share it:
/// one is the recorder, another is read.
#[derive(Clone, Default)]
pub struct JournalDigest(Arc<Mutex<[Xxh3; TABLES.len()]>>);

impl JournalDigest {
    /// Takes in the rows of a journal.
    pub fn add(&self, journal: &Journal) {
        let mut tables = self.lock();
        let [decisions, orders, fills, trades, equity, annotations, toggles] = &mut *tables;
        take_in(decisions, journal.decisions.iter().map(|(decision, _)| decision));
        take_in(orders, &journal.orders);
        take_in(fills, &journal.fills);
        take_in(trades, &journal.trades);
        take_in(equity, &journal.equity);
        take_in(annotations, &journal.annotations);
        take_in(toggles, &journal.toggles);
    }

    /// The digests, named like components of a [`crate::StateDigest`]: `Journal/fills`, owned by `journal`.
    pub fn components(&self) -> Vec<(String, String, u64)> {
        let tables = self.lock();
        let named = TABLES.iter().zip(tables.iter());
        named
            .map(|(name, hasher)| (format!("Journal/{name}"), "journal".to_owned(), hasher.digest()))
            .collect()
    }

    /// One that begins with what this one has seen, and goes its own way from there.
    pub fn fork(&self) -> Self {
        Self(Arc::new(Mutex::new(self.lock().clone())))
    }

    fn lock(&self) -> MutexGuard<'_, [Xxh3; TABLES.len()]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for JournalDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.components()).finish()
    }
}

impl Recorder for JournalDigest {
    fn record(
        &mut self,
        journal: &Journal,
        _: &Roster,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.add(journal);
        Ok(())
    }
}

/// Row by row, so that it is the same however many rows come at once.
fn take_in<'a, T: Serialize + 'a>(hasher: &mut Xxh3, rows: impl IntoIterator<Item = &'a T>) {
    for row in rows {
        hasher.update(&digest_values([Some(row)].into_iter()).to_le_bytes());
    }
}
