//! The sources of a listing with its book changed.

use std::sync::Arc;

use manyworlds_components::market::MarketEvent;
use manyworlds_components::price::Step;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::EventSource;

use super::super::prices::Changes;
use super::super::reader::Reader;
use super::reshape::Reshaper;
use crate::data::feed::MemorySource;

/// The sources of one listing, its book and the prints beside it, with these changes up to a time. Their events from the first
/// change on are held in memory.
pub(crate) fn rewritten(
    sources: &[Arc<dyn EventSource>],
    changes: &Changes,
    tick: Step,
    until: Timestamp,
) -> Vec<Arc<dyn EventSource>> {
    let mut reshaper = Reshaper::new(changes, tick);
    let mut readers: Vec<Reader<'_>> = sources.iter().map(|s| Reader::new(&**s, until)).collect();
    let starts: Vec<u64> = sources.iter().map(|s| s.seek(changes.from)).collect();
    let mut written = vec![Vec::new(); sources.len()];
    let mut before = Vec::new();
    loop {
        let next = |(i, reader): (usize, &mut Reader<'_>)| {
            reader.peek().map(|event| (event.ts_recv, event.data.priority(), i))
        };
        let Some((.., i)) = readers.iter_mut().enumerate().filter_map(next).min() else { break };
        let Some((row, event)) = readers[i].next() else { break };
        if row < starts[i] {
            reshaper.take(&event, row, &mut before);
            before.clear();
        } else {
            reshaper.take(&event, row, &mut written[i]);
        }
    }
    let parts = sources.iter().zip(starts).zip(written);
    let splice = |((inner, at), events): ((&Arc<dyn EventSource>, u64), Vec<MarketEvent>)| {
        Arc::new(Spliced { inner: inner.clone(), at, rest: MemorySource::new(events) })
            as Arc<dyn EventSource>
    };
    parts.map(splice).collect()
}

/// The rows of a source up to one of them, then others.
struct Spliced {
    inner: Arc<dyn EventSource>,
    at: u64,
    rest: MemorySource,
}

impl EventSource for Spliced {
    fn len(&self) -> u64 {
        self.at + self.rest.len()
    }

    fn ts_recv(&self, row: u64) -> Timestamp {
        if row < self.at { self.inner.ts_recv(row) } else { self.rest.ts_recv(row - self.at) }
    }

    fn fill(&self, from: u64, until: Timestamp, limit: usize, out: &mut Vec<MarketEvent>) -> u64 {
        let (mut next, mut left) = (from, limit);
        if next < self.at {
            let before = usize::try_from(self.at - next).unwrap_or(usize::MAX).min(limit);
            next = self.inner.fill(next, until, before, out);
            left -= (next - from) as usize;
        }
        if next < self.at || left == 0 {
            return next;
        }
        self.at + self.rest.fill(next - self.at, until, left, out)
    }

    fn seek(&self, t: Timestamp) -> u64 {
        let row = self.inner.seek(t);
        if row < self.at { row } else { self.at + self.rest.seek(t) }
    }
}
