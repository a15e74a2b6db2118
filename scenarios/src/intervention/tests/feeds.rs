//! When events are learned.

use proptest::prelude::*;

use super::*;

#[test]
fn a_stale_feed_is_learned_at_its_end_and_a_late_one_later() {
    let learned = |interventions: &str| {
        let source = &intervened(interventions, &[prints((0..10).map(|i| (10 * i, 100.0)))])[0];
        events(&**source, 4).iter().map(|e| (e.ts_recv - at(0)) / 1_000_000_000).collect::<Vec<_>>()
    };
    let stale = r#"(at: "2024-01-01T00:00:20Z", until: "2024-01-01T00:00:45Z", what: StaleFeed)"#;
    assert_eq!(learned(stale), [0, 10, 45, 45, 45, 50, 60, 70, 80, 90]);
    let late = stale.replace("StaleFeed", "FeedDelay(\"25s\")");
    assert_eq!(learned(&late), [0, 10, 45, 55, 65, 70, 70, 70, 80, 90], "nothing overtakes");
    let endless = r#"(at: "2024-01-01T00:00:20Z", what: FeedDelay("25s"))"#;
    assert_eq!(learned(endless), [0, 10, 45, 55, 65, 75, 85, 95, 105, 115]);
}

proptest! {
    #[test]
    fn reading_step_by_step_is_reading_all(
        spans in prop::collection::vec((0i64..100, 1i64..40, prop::option::of(1i64..60)), 1..4),
        step in 1i64..30,
    ) {
        // One after the other: those of a symbol do not overlap.
        let mut from = 0;
        let mut list = Vec::new();
        for (gap, lasts, by) in spans {
            let begin = from + gap;
            from = begin + lasts;
            let what = by.map_or_else(|| "StaleFeed".to_owned(), |by| format!("FeedDelay(\"{by}s\")"));
            list.push(format!("(at: \"{}\", until: \"{}\", what: {what})", at(begin), at(from)));
        }
        let plain = prints((0..120).map(|i| (2 * i, i as f64 + 1.0)));
        let source = &intervened(&list.join(", "), std::slice::from_ref(&plain))[0];
        let all = events(&**source, 1);
        prop_assert!(all.is_sorted_by_key(|e| e.ts_recv));
        prop_assert_eq!(all.iter().map(|e| e.data).collect::<Vec<_>>(), events(&*plain, 9).iter().map(|e| e.data).collect::<Vec<_>>());
        let (mut row, mut read) = (0, Vec::new());
        for now in (0..).map(|i| at(i * step)).take_while(|t| *t <= at(600)) {
            prop_assert_eq!(source.seek(now), all.partition_point(|e| e.ts_recv < now) as u64);
            row = source.fill(row, now, usize::MAX, &mut read);
            prop_assert_eq!(row, all.partition_point(|e| e.ts_recv <= now) as u64);
        }
        prop_assert_eq!(read, all);
    }
}
