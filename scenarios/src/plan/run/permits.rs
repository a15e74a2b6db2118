//! How many worlds may wait for their turn.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Permits for forks to be worlds of their own. Nobody waits for one: without, a fork is run on the spot.
#[derive(Debug, Default)]
pub(super) struct Permits(AtomicUsize);

/// Given back when dropped.
pub(super) struct Permit<'a>(&'a Permits);

impl Permits {
    /// As many as this from now on.
    pub(super) fn offer(&self, permits: usize) {
        self.0.store(permits, Ordering::SeqCst);
    }

    /// One, if there is one.
    pub(super) fn take(&self) -> Option<Permit<'_>> {
        let taken = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        taken.ok().map(|_| Permit(self))
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}
