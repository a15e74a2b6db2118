//! What is noise in the eigenvalues of a correlation matrix, and the matrix without it.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::eigen::symmetric_eigen;
use super::gaps::packed_row;

/// Between which eigenvalues the correlation matrix of independent series lies: (1 -+ sqrt q)^2 with q = symbols / rows
/// (Marchenko & Pastur 1967). For q > 1 the lower edge is that of the eigenvalues that are not 0.
pub fn edges(q: f64) -> (f64, f64) {
    ((1.0 - q.sqrt()).powi(2), (1.0 + q.sqrt()).powi(2))
}

/// A correlation matrix whose noise was averaged out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cleaned {
    symbols: usize,
    /// Packed lower triangle without diagonal.
    correlations: Vec<f64>,
    /// Of the matrix before, ascending.
    pub eigenvalues: Vec<f64>,
    /// Upper edge of the noise.
    pub edge: f64,
    /// Symbols that had a correlation; the others stand alone.
    pub live: usize,
}

impl Cleaned {
    /// Eigenvalues above the edge.
    pub fn signal_modes(&self) -> usize {
        self.eigenvalues.iter().filter(|v| **v > self.edge).count()
    }

    /// Share of the variance in the largest eigenvalue, 1 / symbols ..= 1.
    pub fn first_mode(&self) -> Option<f64> {
        self.eigenvalues.last().map(|v| v / self.live as f64)
    }

    /// The matrix, symbols x symbols: unit diagonal, positive semidefinite.
    pub fn matrix(&self) -> Array2<f64> {
        let at = |(i, j): (usize, usize)| match i.cmp(&j) {
            std::cmp::Ordering::Equal => 1.0,
            _ => self.correlations[packed_row(i.max(j)) + i.min(j)],
        };
        Array2::from_shape_fn((self.symbols, self.symbols), at)
    }
}

/// Eigenvalue clipping (Laloux, Cizeau, Bouchaud & Potters 1999, 2000): eigenvalues up to the upper edge are replaced by
/// their mean, which keeps the trace, and the diagonal is brought back to 1. `live` names the symbols that have
/// correlations, `matrix` holds theirs by rows with unit diagonal, over `rows` rows. `None` for less than two.
pub fn clean(symbols: usize, live: &[usize], matrix: Vec<f64>, rows: usize) -> Option<Cleaned> {
    let p = live.len();
    if p < 2 || rows == 0 {
        return None;
    }
    let eigen = symmetric_eigen(matrix, p)?;
    let edge = edges(p as f64 / rows as f64).1;
    let noise = eigen.values.iter().filter(|v| **v <= edge).count();
    let mean = (eigen.values[..noise].iter().sum::<f64>() / noise.max(1) as f64).max(0.0);
    // Sum of (value - mean) v v' over the signal, plus mean times the identity.
    let mut cleaned = vec![0.0; p * p];
    for k in noise..p {
        let (v, weight) = (&eigen.vectors[k * p..(k + 1) * p], eigen.values[k] - mean);
        for (i, vi) in v.iter().enumerate() {
            let row = &mut cleaned[i * p..i * p + i + 1];
            row.iter_mut().zip(v).for_each(|(cell, vj)| *cell += weight * vi * vj);
        }
    }
    (0..p).for_each(|i| cleaned[i * p + i] += mean);
    let scale: Vec<f64> = (0..p).map(|i| cleaned[i * p + i].max(f64::MIN_POSITIVE).sqrt()).collect();
    let mut correlations = vec![0.0; packed_row(symbols)];
    for (i, symbol) in live.iter().enumerate() {
        let base = packed_row(*symbol);
        for (j, other) in live[..i].iter().enumerate() {
            correlations[base + other] = (cleaned[i * p + j] / (scale[i] * scale[j])).clamp(-1.0, 1.0);
        }
    }
    Some(Cleaned { symbols, correlations, eigenvalues: eigen.values, edge, live: p })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_edges() {
        for (q, low, high) in [(0.25, 0.25, 2.25), (0.1, 0.467_544, 1.732_456)] {
            let (l, h) = edges(q);
            assert!((l - low).abs() < 5e-7 && (h - high).abs() < 5e-7, "{l} {h}");
        }
    }

    #[test]
    fn one_factor_survives_and_a_dead_symbol_stands_alone() {
        // Three symbols of four, rho .6: eigenvalues .4, .4, 2.2; edge for q = 3/100 is 1.376.
        let matrix = (0..9).map(|i| if i % 4 == 0 { 1.0 } else { 0.6 }).collect();
        let cleaned = clean(4, &[0, 2, 3], matrix, 100).unwrap();
        assert_eq!((cleaned.signal_modes(), cleaned.live), (1, 3));
        assert!((cleaned.first_mode().unwrap() - 2.2 / 3.0).abs() < 1e-14);
        let m = cleaned.matrix();
        for i in 0..4 {
            for j in 0..4 {
                let expected = if i == j {
                    1.0
                } else if i == 1 || j == 1 {
                    0.0
                } else {
                    0.6
                };
                assert!((m[[i, j]] - expected).abs() < 1e-14);
            }
        }
        assert!(clean(4, &[1], vec![1.0], 100).is_none());
    }

    #[test]
    fn noise_alone_becomes_the_identity() {
        let matrix = vec![1.0, 0.1, -0.05, 0.1, 1.0, 0.08, -0.05, 0.08, 1.0];
        let cleaned = clean(3, &[0, 1, 2], matrix, 30).unwrap();
        assert_eq!(cleaned.signal_modes(), 0);
        assert!(cleaned.matrix().indexed_iter().all(|((i, j), v)| *v == f64::from(u8::from(i == j))));
    }
}
