//! SMA 10/30 crossover, signal at the close, fill at the next open, 10 bps each side - and its variants.

use manyworlds_components::bar::Bar;
use manyworlds_components::time::Frame;
use manyworlds_tests::random_walk;

use super::agree;
use super::reference::{Inside, Rules};

const SEEDS: [u64; 3] = [1, 20_240_229, 987_654_321];

fn market(seed: u64, bars: usize) -> Vec<Bar> {
    random_walk(seed, bars, Frame::MINUTE)
}

/// The case of the documentation: long only, all-in.
#[test]
fn long_only_all_in() {
    for (seed, bars) in SEEDS.into_iter().zip([5_000, 1_201, 20_000]) {
        let ledger = agree(&[market(seed, bars)], &Rules::default());
        assert!(ledger.trades.len() > bars / 100, "{} trades of {bars} bars", ledger.trades.len());
    }
}

#[test]
fn lengths_at_the_edge_of_the_warm_up() {
    for bars in [1, 29, 30, 31, 32, 60] {
        agree(&[market(5, bars)], &Rules::default());
    }
}

/// Averages that are equal to the last bit are no signal: prices that stand still make many of them.
#[test]
fn equal_averages() {
    let mut bars = market(3, 2_000);
    for chunk in bars.chunks_mut(80).step_by(2) {
        for bar in chunk {
            (bar.open, bar.high, bar.low, bar.close) = (100.1, 100.3, 99.9, 100.1);
        }
    }
    agree(&[bars], &Rules::default());
}

#[test]
fn slippage() {
    for seed in SEEDS {
        for bps in [1.0, 5.0, 50.0] {
            agree(&[market(seed, 2_000)], &Rules { slippage: bps / 1e4, ..Rules::default() });
        }
    }
}

/// Long and short, flipping at every signal; with the margin free, and with the margin as the bound.
#[test]
fn flips_with_margin() {
    for seed in SEEDS {
        for (fraction, margin) in [(1.0, 0.5), (1.0, 1.0), (2.0, 0.5), (0.3, 0.2)] {
            let rules = Rules { fraction, margin: Some(margin), ..Rules::default() };
            let ledger = agree(&[market(seed, 1_500)], &rules);
            assert!(ledger.trades.iter().any(|t| !t.long) && ledger.trades.iter().any(|t| t.long));
        }
    }
}

/// Exits at a stop loss and a take profit inside the bar, under both rules of what comes first.
#[test]
fn stop_loss_and_take_profit() {
    for seed in SEEDS {
        for inside in [Inside::StopFirst, Inside::Path] {
            for exits in [(0.002, 0.004), (0.001, 0.001), (0.01, 0.03)] {
                let rules = Rules { exits: Some(exits), inside, ..Rules::default() };
                let ledger = agree(&[market(seed, 3_000)], &rules);
                for reason in ["stop_loss", "take_profit"] {
                    let there = ledger.trades.iter().any(|t| t.reason == reason);
                    assert!(there || exits.1 > 0.02, "no {reason} at {exits:?}, {inside:?}");
                }
            }
        }
    }
}

/// On data where one bar reaches both exits, the two rules part.
#[test]
fn the_order_inside_a_bar_matters() {
    let bars = market(SEEDS[0], 3_000);
    let run = |inside| {
        let rules = Rules { exits: Some((0.001, 0.001)), inside, ..Rules::default() };
        agree(std::slice::from_ref(&bars), &rules).equity.last().copied().unwrap()
    };
    assert!(run(Inside::StopFirst) < run(Inside::Path));
}

/// Short and long with exits on margin.
#[test]
fn exits_of_flipping_positions() {
    for inside in [Inside::StopFirst, Inside::Path] {
        let rules = Rules { exits: Some((0.003, 0.005)), margin: Some(0.5), inside, ..Rules::default() };
        agree(&[market(77, 3_000)], &rules);
    }
}

/// Two symbols on shared cash: enough for both, cut for the second, and all taken by the first.
#[test]
fn two_symbols_on_shared_cash() {
    for seed in SEEDS {
        for fraction in [0.4, 0.5, 0.6, 1.0] {
            let markets = [market(seed, 2_000), market(seed + 1, 2_000)];
            let ledger = agree(&markets, &Rules { fraction, ..Rules::default() });
            assert!((0..2).all(|s| ledger.trades.iter().any(|t| t.symbol == s)));
        }
    }
}
