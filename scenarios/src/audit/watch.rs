//! How far an audit is, and the wish that it stop: shared with whoever waits for it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// How far an audit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// What is being done.
    pub what: String,
    /// Steps of it that are done.
    pub done: u64,
    /// Steps that it takes, approximately.
    pub planned: u64,
}

/// A look at an audit from another thread.
#[derive(Debug, Default)]
pub struct Watch {
    stopped: AtomicBool,
    what: Mutex<String>,
    done: AtomicU64,
    planned: AtomicU64,
}

impl Watch {
    /// Asks the audit to stop; what it has found until then is reported.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to stop.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// How far it is.
    pub fn stage(&self) -> Stage {
        let what = self.what.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let [done, planned] = [&self.done, &self.planned].map(|n| n.load(Ordering::Relaxed));
        Stage { what, done, planned }
    }

    pub(super) fn begin(&self, what: &str, planned: u64) {
        what.clone_into(&mut self.what.lock().unwrap_or_else(PoisonError::into_inner));
        self.done.store(0, Ordering::Relaxed);
        self.planned.store(planned, Ordering::Relaxed);
    }

    pub(super) fn add(&self, steps: u64) {
        self.done.fetch_add(steps, Ordering::Relaxed);
    }
}
