//! Laws of random walks.

use super::streamed;
use crate::bar_world::Uniform;
use crate::pivot_analysis::{Extreme, SwingSide, Swings};
use manyworlds_components::time::Timestamp;

fn binomial(n: u32, k: u32) -> f64 {
    (0..k).fold(1.0, |product, i| product * f64::from(n - i) / f64::from(i + 1))
}

/// Strict local maxima of half-width n on independent symmetric continuous steps: (C(2n, n) / 4^n)^2 of all items.
#[test]
fn density_of_windowed_extrema() {
    const N: u64 = 1_000_000;
    for (half_width, known) in [(1u32, 0.25), (2, 0.1406), (3, 0.0977), (5, 0.0606)] {
        let law = (binomial(2 * half_width, half_width) / 4f64.powi(half_width as i32)).powi(2);
        assert!((law - known).abs() < 1e-4);
        for side in [SwingSide::High, SwingSide::Low] {
            let (mut random, mut price, mut count) = (Uniform(5), 0.0, 0u64);
            let mut swings = Swings::new(side, 1, half_width);
            for bar in 0..N {
                price += random.draw() - 0.5;
                let time = Timestamp(bar as i64);
                swings.push(Extreme { price, time, bar }, time, |_, pivot| {
                    assert_eq!(pivot.confirmed_bar - pivot.pivot_bar, u64::from(half_width));
                    count += 1;
                });
            }
            let density = count as f64 / N as f64;
            println!("{side:?} half-width {half_width}: {density:.4} ({law:.4})");
            assert!((density - law).abs() < 0.002, "{side:?} {half_width}: {density}, not {law}");
        }
    }
}

/// In the limit of small steps a move overshoots its confirmation by theta on average, and takes (theta / sigma)^2
/// steps; steps of sigma seen one by one add about 1.17 sigma to theta (Siegmund's correction, 0.583 at each side).
#[test]
fn mean_overshoot_is_the_threshold() {
    const N: usize = 4_000_000;
    let (theta, sigma) = (0.01, 0.0004);
    let (mut random, mut log_price) = (Uniform(3), 0.0f64);
    let prices: Vec<f64> = (0..N)
        .map(|_| {
            log_price += sigma * random.normal();
            log_price.exp()
        })
        .collect();
    let changes = streamed(&prices, theta);
    let n = changes.len() as f64;
    let overshoot = changes.iter().map(|c| c.overshoot).sum::<f64>() / n / theta;
    let bars = changes.iter().map(|c| c.bars).sum::<u64>() as f64 / n;
    let law = ((theta + 2.0 * 0.583 * sigma) / sigma).powi(2);
    println!("{n} moves: mean overshoot {overshoot:.4} thresholds, {bars:.1} bars ({law:.1})");
    // Overshoots are exponential: the standard error is 1 / sqrt(n), about 1.3%.
    assert!(n > 5_000.0 && (overshoot - 1.0).abs() < 0.06, "{overshoot}");
    assert!((bars / law - 1.0).abs() < 0.05, "{bars}, not {law}");
}
