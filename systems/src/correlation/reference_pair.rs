//! One symbol held against the reference: rolling, exponentially weighted, recent against before.

use serde::{Deserialize, Serialize};

use super::grid::ReturnGrid;
use super::moments::{Moments, fisher_z};

/// How pairs are read. Constant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PairRules {
    /// Rows of the window.
    pub window: usize,
    /// Share of rows that must be common.
    pub min_coverage: f64,
    /// Weight that stays per common return: 0.5 ^ (1 / half-life).
    pub decay: f64,
    /// Common returns until the weighted correlation counts.
    pub ewma_needs: u64,
    /// Rows that are recent.
    pub break_window: usize,
    /// Standard errors of a break.
    pub break_threshold: f64,
}

/// What a pair says. `None` where undefined or not yet known.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PairReading {
    /// Pearson's correlation over the window.
    pub rolling: Option<f64>,
    /// RiskMetrics correlation.
    pub ewma: Option<f64>,
    /// Slope of the symbol's returns on the reference's.
    pub beta: Option<f64>,
    /// Recent against earlier correlation in standard errors.
    pub break_z: Option<f64>,
    /// Recent less earlier correlation.
    pub change: f64,
    /// Whether it is broken.
    pub broken: Option<bool>,
}

/// Sums of the pair (x the reference, y the symbol).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct ReferencePair {
    full: Moments,
    recent: Moments,
    /// Weighted sums of squares of x and y, and of products; means are taken as 0 (RiskMetrics 1996).
    weighted: [f64; 3],
    common: u64,
    broken: bool,
}

impl ReferencePair {
    /// A common return of a row that is `age` rows old.
    #[inline]
    pub fn add(&mut self, rules: &PairRules, age: usize, x: f64, y: f64) {
        self.full.add(x, y);
        if age < rules.break_window {
            self.recent.add(x, y);
        }
        self.common += 1;
        for (sum, product) in self.weighted.iter_mut().zip([x * x, y * y, x * y]) {
            *sum = rules.decay * *sum + product;
            if sum.abs() < f64::MIN_POSITIVE {
                *sum = 0.0;
            }
        }
    }

    /// A common return leaves the window.
    #[inline]
    pub fn forget(&mut self, x: f64, y: f64) {
        self.full.remove(x, y);
    }

    /// A common return is not recent any more.
    #[inline]
    pub fn age(&mut self, x: f64, y: f64) {
        self.recent.remove(x, y);
    }

    /// Builds the sums anew from the grid.
    pub fn rebuild(&mut self, rules: &PairRules, grid: &ReturnGrid, reference: usize, symbol: usize) {
        (self.full, self.recent) = Default::default();
        for age in (0..grid.kept()).rev() {
            let row = grid.slot(age).and_then(|s| grid.get(reference, s).zip(grid.get(symbol, s)));
            if let Some((x, y)) = row {
                self.full.add(x, y);
                if age < rules.break_window {
                    self.recent.add(x, y);
                }
            }
        }
    }

    /// Reads the pair and moves the break flag: it rises at the threshold and falls at half of it. `scale` holds the
    /// sums of squares of both symbols in the window; `alive` says that neither stands still, `warm` that both had a
    /// window of updates.
    pub fn read(&mut self, rules: &PairRules, scale: (f64, f64), warm: bool, alive: bool) -> PairReading {
        let mut reading = PairReading::default();
        if self.common >= rules.ewma_needs {
            let [xx, yy, xy] = self.weighted;
            let variance = (xx * yy).sqrt();
            reading.ewma = (variance > 0.0).then(|| (xy / variance).clamp(-1.0, 1.0));
        }
        let enough = |m: &Moments, rows: usize| m.n >= rules.min_coverage * rows as f64;
        if !warm || !enough(&self.full, rules.window) {
            self.broken = false;
            return reading;
        }
        if alive {
            reading.rolling = self.full.correlation(scale);
            reading.beta = self.full.slope(scale.0);
        }
        let before = self.full.without(&self.recent);
        let covered =
            enough(&self.recent, rules.break_window) && enough(&before, rules.window - rules.break_window);
        let both = self.recent.correlation(scale).zip(before.correlation(scale));
        reading.break_z = both.filter(|_| covered && alive).and_then(|(recent, earlier)| {
            reading.change = recent - earlier;
            fisher_z(recent, self.recent.n, earlier, before.n)
        });
        match reading.break_z {
            Some(z) if self.broken => self.broken = z.abs() >= 0.5 * rules.break_threshold,
            Some(z) => self.broken = z.abs() >= rules.break_threshold,
            None => self.broken = false,
        }
        reading.broken = reading.break_z.map(|_| self.broken);
        reading
    }

    /// Whether the flag is up.
    pub fn broken(&self) -> bool {
        self.broken
    }
}
