//! The module's definitions, plainly: from the whole history, at every step anew.

use super::super::Settings;
use super::super::moments::fisher_z;
use super::super::shrinkage::intensity;
use super::Cell;

/// The grid as a table.
pub struct Batch {
    /// Rows of the last window: by symbol.
    pub rows: Vec<Vec<Option<f64>>>,
    /// All rows.
    pub history: Vec<Vec<Option<f64>>>,
    /// Real updates.
    pub updates: Vec<u64>,
    settings: Settings,
}

/// Pairs of what two symbols have in common.
fn common(rows: &[Vec<Option<f64>>], i: usize, j: usize) -> Vec<(f64, f64)> {
    rows.iter().filter_map(|r| r[i].zip(r[j])).collect()
}

/// Pearson, two-pass, and the slope of y on x, for which y need not vary.
pub fn pearson(pairs: &[(f64, f64)]) -> (Option<f64>, Option<f64>) {
    let n = pairs.len() as f64;
    let (mx, my) = (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        xx += (x - mx) * (x - mx);
        yy += (y - my) * (y - my);
        xy += (x - mx) * (y - my);
    }
    let slope = (n >= 3.0 && xx > 1e-16).then(|| xy / xx);
    (slope.filter(|_| yy > 1e-16).map(|_| xy / (xx * yy).sqrt()), slope)
}

impl Batch {
    /// Of the first `bars` minutes.
    pub fn new(settings: &Settings, cells: &[Vec<Cell>], bars: usize) -> Self {
        let n = cells.len();
        let mut closes: Vec<(usize, Vec<Option<f64>>)> = Vec::new();
        let mut last = vec![None; n];
        #[expect(clippy::needless_range_loop, reason = "a column of the table")]
        for minute in 0..bars {
            let update = |i: usize| match cells[i][minute] {
                Cell::Missing => None,
                // A filler before any price is a first price.
                Cell::Filled => last[i].is_none().then_some(super::FIRST),
                Cell::Close(close) => Some(close),
            };
            let row: Vec<Option<f64>> = (0..n).map(update).collect();
            for (last, close) in last.iter_mut().zip(&row) {
                *last = close.or(*last);
            }
            if row.iter().any(Option::is_some) {
                closes.push((minute, row));
            }
        }
        let minutes = settings.max_interval.map_or(i64::MAX, |f| f.nanos() / (60 * super::SECOND));
        let near = |w: &&[(usize, Vec<Option<f64>>)]| (w[1].0 - w[0].0) as i64 <= minutes;
        let change = |w: &[(usize, Vec<Option<f64>>)]| -> Vec<Option<f64>> {
            let both = w[0].1.iter().zip(&w[1].1);
            both.map(|(a, b)| a.zip(*b).map(|(a, b): (f64, f64)| (b / a).ln())).collect()
        };
        let history: Vec<_> = closes.windows(2).filter(near).map(change).collect();
        let rows = history[history.len().saturating_sub(settings.window as usize)..].to_vec();
        let updates = (0..n).map(|i| closes.iter().filter(|(_, r)| r[i].is_some()).count() as u64).collect();
        Self { rows, history, updates, settings: settings.clone() }
    }

    fn own(&self, i: usize) -> Vec<f64> {
        self.rows.iter().filter_map(|r| r[i]).collect()
    }

    fn live(&self, i: usize) -> bool {
        let own = self.own(i);
        self.updates[i] > self.settings.window && own.len() >= 3 && own.iter().any(|x| *x != own[0])
    }

    fn enough(&self, n: usize, rows: u64) -> bool {
        n as f64 >= self.settings.min_coverage * rows as f64
    }

    fn of_pair(&self, i: usize, j: usize) -> (Option<f64>, Option<f64>) {
        let pairs = common(&self.rows, i, j);
        let sound = self.live(i) && self.live(j) && self.enough(pairs.len(), self.settings.window);
        if sound { pearson(&pairs) } else { (None, None) }
    }

    pub fn rolling(&self, i: usize, j: usize) -> Option<f64> {
        self.of_pair(i, j).0
    }

    /// The slope of `j` on `i`.
    pub fn beta(&self, i: usize, j: usize) -> Option<f64> {
        self.of_pair(i, j).1
    }

    pub fn mean(&self, i: usize) -> Option<f64> {
        if self.rows.len() < self.settings.window as usize {
            return None;
        }
        let others = (0..self.updates.len()).filter(|j| *j != i);
        let all: Vec<f64> = others.filter_map(|j| self.rolling(i, j)).collect();
        (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
    }

    pub fn ewma(&self, i: usize, j: usize) -> Option<f64> {
        let pairs = common(&self.history, i, j);
        let decay = 0.5f64.powf(1.0 / self.settings.ewma_halflife as f64);
        let weigh = |f: fn(&(f64, f64)) -> f64| -> f64 {
            pairs.iter().rev().enumerate().map(|(age, p)| decay.powi(age as i32) * f(p)).sum()
        };
        let (xx, yy, xy) = (weigh(|p| p.0 * p.0), weigh(|p| p.1 * p.1), weigh(|p| p.0 * p.1));
        let sound = pairs.len() as u64 >= 3 * self.settings.ewma_halflife && xx * yy > 0.0;
        sound.then(|| xy / (xx * yy).sqrt())
    }

    pub fn break_z(&self, i: usize, j: usize) -> Option<f64> {
        self.rolling(i, j)?;
        let recent = self.settings.break_window;
        let (before, recent_rows) = self.rows.split_at(self.rows.len() - recent as usize);
        let (a, b) = (common(recent_rows, i, j), common(before, i, j));
        let sound = self.enough(a.len(), recent) && self.enough(b.len(), self.settings.window - recent);
        let (r, e) = pearson(&a).0.zip(pearson(&b).0).filter(|_| sound)?;
        fisher_z(r, a.len() as f64, e, b.len() as f64)
    }

    /// Standardized rows of the live symbols; what is missing is the mean.
    pub fn standardized(&self) -> Vec<Vec<f64>> {
        let columns = (0..self.updates.len()).filter(|i| self.live(*i)).map(|i| {
            let own = self.own(i);
            let mean = own.iter().sum::<f64>() / own.len() as f64;
            let squares: f64 = own.iter().map(|x| (x - mean) * (x - mean)).sum();
            let scale = (self.rows.len() as f64 / squares).sqrt();
            self.rows.iter().map(|r| r[i].map_or(0.0, |x| (x - mean) * scale)).collect::<Vec<f64>>()
        });
        columns.collect()
    }

    pub fn shrinkage(&self) -> Option<f64> {
        if self.rows.len() < self.settings.window as usize {
            return None;
        }
        let z = self.standardized();
        let n = self.rows.len() as f64;
        let mut squares = 0.0;
        for a in &z {
            for b in &z {
                squares += (a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>() / n).powi(2);
            }
        }
        let length = |t: usize| z.iter().map(|c| c[t] * c[t]).sum::<f64>();
        let fourth: f64 = (0..self.rows.len()).map(|t| length(t).powi(2)).sum();
        intensity(z.len() as f64, n, squares, fourth)
    }
}
