//! Varied data are the data up to the time, and others after it.

use manyworlds_components::bar::Bar;
use manyworlds_components::ids::SymbolId;
use manyworlds_components::time::Frame;
use manyworlds_engine::{ClockMode, Roster};

use super::*;
use crate::data::feed::MemorySource;

const ROWS: u64 = 20;

fn at(minute: i64) -> Timestamp {
    Timestamp(minute * Frame::MINUTE.nanos())
}

fn blueprint() -> Blueprint {
    let bar = |i: i64| Bar::new(at(i), Frame::MINUTE, [10.0, 50.0, 9.0, 11.0 + i as f64, 5.0]);
    let bars: Vec<Bar> = (0..ROWS as i64).map(bar).collect();
    let roster = Roster::new(vec![], vec!["S".into()], vec![], vec![]);
    let mut blueprint = Blueprint::new(ClockMode::Bar(Frame::MINUTE), 1, roster);
    blueprint.sources = vec![Arc::new(MemorySource::bars(SymbolId(0), &bars))];
    blueprint
}

fn events(source: &dyn EventSource) -> Vec<MarketEvent> {
    let mut out = Vec::new();
    let mut row = 0;
    // In pieces, as a run reads them.
    while row < source.len() {
        let next = source.fill(row, Timestamp::MAX, 3, &mut out);
        assert!(next > row);
        row = next;
    }
    assert_eq!(source.fill(row, Timestamp::MAX, 3, &mut out), row);
    out
}

#[test]
fn nothing_changes_up_to_the_time_and_everything_after_it() {
    let plain = blueprint();
    let original = events(&*plain.sources[0]);
    for how in Variation::ALL {
        let varied = vary(&plain, how, at(8), 3);
        let changed = events(&*varied.sources[0]);
        // The eighth bar closes at minute 8 and is known then.
        assert_eq!(changed[..8], original[..8], "{how:?}");
        match how {
            Variation::Truncated => assert_eq!(changed.len(), 8),
            _ => {
                assert_eq!(changed.len(), original.len());
                for (a, b) in changed.iter().zip(&original).skip(8) {
                    assert_eq!((a.ts_recv, a.ts_event), (b.ts_recv, b.ts_event), "the same times");
                    assert_ne!(a.data, b.data, "{how:?}");
                    let MarketData::Bar(bar) = a.data else { unreachable!() };
                    assert!(bar.low <= bar.open.min(bar.close) && bar.high >= bar.open.max(bar.close));
                }
            }
        }
        assert_eq!(varied.sources[0].seek(at(30)), changed.len() as u64);
        assert_eq!(varied.sources[0].seek(at(3)), 2);
    }
}

#[test]
fn scrambling_is_drawn_from_the_seed() {
    let plain = blueprint();
    let scrambled = |seed| events(&*vary(&plain, Variation::Scrambled, at(8), seed).sources[0]);
    assert_eq!(scrambled(1), scrambled(1));
    assert_ne!(scrambled(1), scrambled(2));
}
