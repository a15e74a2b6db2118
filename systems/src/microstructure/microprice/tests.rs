//! Weighted mid and microprice on books whose law is known.

use manyworlds_components::price::{Lots, Ticks};
use manyworlds_components::time::Frame;

use super::*;
use crate::bar_world::Uniform;

fn top(bid: i64, bid_size: i64, ask: i64, ask_size: i64) -> Top {
    Top { bid: Ticks(bid), bid_size: Lots(bid_size), ask: Ticks(ask), ask_size: Lots(ask_size) }
}

/// The known answer: bid 100 x 30, ask 101 x 10.
#[test]
fn the_weighted_mid_leans_to_the_thin_side() {
    assert_eq!(weighted_mid(100.0, 30.0, 101.0, 10.0), 100.75);
    assert_eq!(imbalance(30.0, 10.0), 0.5);
}

/// Imbalances that go up and down by one of nine bins; past an end the price goes a tick and they are drawn anew.
fn queues(seed: u64, n: usize) -> Vec<Top> {
    let mut random = Uniform(seed);
    let (mut mid, mut bin) = (100i64, 4i64);
    (0..n)
        .map(|_| {
            bin += if random.draw() < 0.5 { 1 } else { -1 };
            if !(0..9).contains(&bin) {
                mid += if bin > 0 { 1 } else { -1 };
                bin = (random.draw() * 9.0) as i64;
            }
            top(mid, 2 * bin + 1, mid + 1, 17 - 2 * bin)
        })
        .collect()
}

/// From bin k the price rises first with probability (k + 1) / 10, and after that nothing is expected any more.
#[test]
fn the_microprice_is_the_mid_that_comes() {
    let settings = MicropriceSettings { bins: 9, spreads: 1, every: Frame::MINUTE, changes: 1_000 };
    let mut price = Microprice::new(&settings);
    let tape = queues(5, 400_000);
    price.refit(-1, &settings);
    for top in &tape {
        price.change(top, true);
    }
    assert_eq!(price.adjustment(&tape[0]), None, "nothing before the first table");
    price.refit(0, &settings);
    let table: Vec<f64> = price.table.iter().map(|g| g.unwrap()).collect();
    for (k, found) in table.iter().enumerate() {
        let expected = (k as f64 + 1.0) / 5.0 - 1.0;
        assert!((found - expected).abs() < 0.015, "{k}: {found} is not {expected}");
        assert!((found + table[8 - k]).abs() < 1e-9, "odd about the middle: {table:?}");
    }
}

#[test]
fn the_first_table_waits_for_changes_alone() {
    let settings = MicropriceSettings { bins: 9, spreads: 1, every: Frame::MINUTE, changes: 1_000 };
    let (mut price, tape, second) = (Microprice::new(&settings), queues(5, 20_000), 1_000_000_000);
    let (mut counted, mut tables) = (Vec::new(), Vec::new());
    for (i, tops) in tape.chunks(200).enumerate() {
        tops.iter().for_each(|top| price.change(top, true));
        counted.push(price.counted);
        price.refit((i as i64 + 1) * second, &settings);
        tables.push(price.table.clone());
    }
    let first = counted.iter().position(|n| *n >= 1_000).unwrap();
    assert!(first > 2 && first < 30, "well within the first minute: {first}");
    let known = |table: &[Option<f64>]| table.iter().any(Option::is_some);
    assert!(tables[..first].iter().all(|table| !known(table)) && known(&tables[first]));
    // From then on at the full minutes.
    let changed: Vec<usize> = (first + 1..100).filter(|i| tables[*i] != tables[i - 1]).collect();
    assert_eq!(changed, [59]);
}

/// One spread, two imbalances, and it always moves: from the high one half up a tick, from the low one half down.
#[test]
fn a_chain_that_can_be_worked_out() {
    // By state and next state. State 0 stays once in two, then falls a tick and stands at either state.
    let stay = [0, 2, 2, 0];
    let jump = [1, 1, 1, 1];
    let shift = [-4, 4];
    // Q = [0 .5; .5 0], K = (-.5, .5): G1 = (-1/3, 1/3); B G1 = 0 by symmetry.
    let table = fit(2, &stay, &jump, &shift).unwrap();
    assert!((table[0].unwrap() + 1.0 / 3.0).abs() < 1e-12 && (table[1].unwrap() - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!(fit(2, &stay, &[0; 4], &shift), None, "the mid never moved");
    let table = fit(2, &[0; 16], &[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[0; 4]).unwrap();
    assert_eq!((table[2], table[3]), (None, None), "never been there");
}

#[test]
fn a_book_that_begins_anew_is_no_move() {
    let settings = MicropriceSettings { bins: 3, spreads: 2, every: Frame::MINUTE, changes: 1 };
    let mut price = Microprice::new(&settings);
    price.change(&top(100, 5, 101, 5), true);
    price.change(&top(200, 5, 201, 5), false);
    price.change(&top(200, 5, 200, 5), true);
    price.change(&top(300, 5, 301, 5), true);
    assert_eq!(price.counted, 0);
    price.change(&top(300, 5, 309, 5), true);
    assert_eq!((price.counted, price.shift[1]), (1, 8));
}
