//! The array that models read.

use super::*;
use crate::bar_world::annotations;
use crate::book_world::random_books;
use crate::cob::BucketSize;

#[test]
fn prices_by_sides_by_size_and_venues() {
    let mut events = snapshot(1, 0, &[(25_004, 4), (24_997, 6)], &[(25_009, 4), (25_012, 8)]);
    events.extend(snapshot(1, 1, &[(25_001, 2), (24_000, 1)], &[(25_015, 2)]));
    let now = finished(world(events, 2, CobSettings { rows: 3, ..CobSettings::default() }));
    let tensor = cob(&now).tensor();
    assert_eq!(tensor.shape(), [6, 2, 2]);
    assert!(tensor.is_standard_layout());
    assert_eq!(cob(&now).tensor_begins_at(), 2_498);
    let row =
        |price: usize| tensor.index_axis(ndarray::Axis(0), price - 2_498).iter().copied().collect::<Vec<_>>();
    assert_eq!(row(2_498), [0.0; 4]);
    assert_eq!(row(2_499), [3.0, 1.0, 0.0, 0.0]);
    assert_eq!(row(2_500), [3.0, 2.0, 0.0, 0.0]);
    assert_eq!(row(2_501), [0.0, 0.0, 2.0, 1.0]);
    assert_eq!(row(2_502), [0.0, 0.0, 5.0, 2.0]);
    assert_eq!(row(2_503), [0.0; 4]);
    // 2400.0 is out of the range, not of the tensor alone.
    assert_eq!(feature(&now, "bid_volume"), Some(6.0));
}

/// The store grows where the range has more buckets than rows; the shape stays, and no byte is copied.
#[test]
fn the_shape_is_that_of_the_settings_whatever_the_range_needs() {
    let settings = CobSettings { rows: 5, bucket: BucketSize::Quote(0.1), ..CobSettings::default() };
    let mut simulation = world(random_books(4, 3, 300), 3, settings);
    let mut seen = 0;
    run(&mut simulation, |now| {
        let tensor = cob(now).tensor();
        assert_eq!(tensor.shape(), [10, 2, 2]);
        let cells = cob(now).cells.as_ptr_range();
        assert!(cells.contains(&tensor.as_ptr()), "a view of the store");
        if let Some(mid) = cob(now).mid() {
            seen += 1;
            // The middle of the array is at mid.
            assert_eq!(cob(now).tensor_begins_at() + 4, (mid * 10.0 + 1e-6).floor() as i64);
            assert!(tensor.iter().all(|x| x.is_finite() && *x >= 0.0));
        }
    });
    assert!(seen > 20);
    assert!(cob(&simulation).cells.len() / 4 > 2 * 250, "room for 1% on either side");
}

#[test]
fn too_many_buckets_stop_the_run_with_the_reason() {
    let settings = CobSettings { bucket: BucketSize::Quote(0.1), ..CobSettings::default() };
    let mut simulation = world(snapshot(1, 0, &[(20_000_000, 1)], &[(20_000_001, 1)]), 1, settings);
    let error = loop {
        match simulation.step() {
            Ok(_) => {}
            Err(error) => break error.to_string(),
        }
    };
    for part in ["cob", "more than 16384 buckets of 0.1", "take wider ones"] {
        assert!(error.contains(part), "{error}");
    }
}

/// Forks and snapshots go on as if nothing had happened.
#[test]
fn state_is_all_there_is() {
    let make = || world(random_books(9, 3, 400), 3, CobSettings::default());
    let mut whole = make();
    (0..17).for_each(|_| _ = whole.step().unwrap());
    let snapshot = whole.snapshot();
    let fork = whole.fork().unwrap();
    let mut restored = make();
    restored.restore(&snapshot).unwrap();
    let ends = [whole, fork, restored].map(finished);
    assert_eq!(ends[0].digest(), ends[1].digest());
    assert_eq!(ends[0].digest(), ends[2].digest());
    assert!(!annotations(&ends[0]).is_empty());
}
