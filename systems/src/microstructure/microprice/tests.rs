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

/// Queues of 1 to 9 lots that grow and shrink by one; an empty one moves the price and both are drawn anew.
fn queues(seed: u64, n: usize) -> Vec<Top> {
    let mut random = Uniform(seed);
    let (mut bid, mut sizes) = (100i64, [5i64, 5]);
    let mut draw = move || random.draw();
    (0..n)
        .map(|_| {
            let side = usize::from(draw() < 0.5);
            sizes[side] = (sizes[side] + if draw() < 0.5 { 1 } else { -1 }).min(9);
            if sizes[side] == 0 {
                bid += if side == 1 { 1 } else { -1 };
                sizes = [1 + (draw() * 9.0) as i64, 1 + (draw() * 9.0) as i64];
            }
            top(bid, sizes[0], bid + 1, sizes[1])
        })
        .collect()
}

#[test]
fn the_microprice_is_the_mid_that_comes() {
    let settings = MicropriceSettings { bins: 9, spreads: 1, every: Frame::MINUTE, changes: 1_000 };
    let mut price = Microprice::new(&settings);
    let tape = queues(5, 400_000);
    for top in &tape {
        price.change(top, true);
    }
    assert_eq!(price.adjustment(&tape[0]), None, "nothing before the first table");
    price.refit(0, &settings);
    let table: Vec<f64> = price.table.iter().map(|g| g.unwrap()).collect();
    // Rising with the imbalance, odd about its middle, and less than the tick that the mid goes at a time.
    assert!(table.windows(2).all(|g| g[0] < g[1]), "{table:?}");
    assert!((0..9).all(|i| (table[i] + table[8 - i]).abs() < 1e-9), "{table:?}");
    assert!(table.iter().all(|g| g.abs() < 1.0), "{table:?}");
    // What the mid did in the end (2,000 changes later) from each state, on another tape.
    let (mut sums, mut counts) = (vec![0.0; 9], vec![0.0; 9]);
    let other = queues(6, 1_000_000);
    for pair in other.windows(300).step_by(7) {
        let state = price.state(&pair[0]);
        sums[state] += (pair[299].bid.0 - pair[0].bid.0) as f64;
        counts[state] += 1.0;
    }
    for i in 0..9 {
        let seen = 0.5 * (sums[i] / counts[i] - sums[8 - i] / counts[8 - i]);
        assert!((table[i] - seen).abs() < 0.12, "state {i}: {} against {seen}", table[i]);
    }
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
