//! Known answers, batch recomputation, invariances, and behavior in a world.

mod changes;
mod regimes;
mod straightness;
mod volatility;
mod world;

use crate::bar_world::Uniform;
use manyworlds_components::bar::Bar;
use manyworlds_components::time::{Frame, Timestamp};

/// Draws for tests.
pub(super) struct Noise(Uniform);

impl Noise {
    /// From a seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(Uniform(seed))
    }

    /// Uniform in [0, 1).
    pub(super) fn uniform(&mut self) -> f64 {
        self.0.draw()
    }

    /// Standard normal (Box-Muller).
    pub(super) fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }
}

/// A minute bar.
pub(super) fn bar(i: usize, ohlc: [f64; 4]) -> Bar {
    let [o, h, l, c] = ohlc;
    Bar::new(Timestamp(i as i64 * Frame::MINUTE.nanos()), Frame::MINUTE, [o, h, l, c, 1.0])
}

/// Bars of a random walk in logs; `step(i)` gives drift and deviation of each bar.
pub(super) fn walk(seed: u64, n: usize, step: impl Fn(usize) -> (f64, f64)) -> Vec<Bar> {
    walk_in(8, seed, n, step)
}

/// The same in so many steps inside each bar.
pub(super) fn walk_in(steps: u32, seed: u64, n: usize, step: impl Fn(usize) -> (f64, f64)) -> Vec<Bar> {
    let pieces = f64::from(steps);
    let mut noise = Noise::new(seed);
    let mut log = 100.0f64.ln();
    (0..n)
        .map(|i| {
            let (drift, deviation) = step(i);
            let open = log;
            let (mut high, mut low) = (open, open);
            for _ in 0..steps {
                log += drift / pieces + deviation * noise.normal() / pieces.sqrt();
                (high, low) = (high.max(log), low.min(log));
            }
            bar(i, [open.exp(), high.exp(), low.exp(), log.exp()])
        })
        .collect()
}
