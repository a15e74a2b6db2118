//! Eigenvalues and eigenvectors of a symmetric matrix: Householder reduction to three diagonals, then the QL algorithm
//! with implicit shifts (Golub & Van Loan, "Matrix Computations", 8.3).
//!
//! Written here and not taken from `nalgebra`, because results must be the same bits on every machine: its products
//! choose kernels by the processor they find.

use super::pair_sums::dot;

/// A decomposition: `values` ascending, row `k` of `vectors` (n x n) belongs to `values[k]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Eigen {
    /// Ascending.
    pub values: Vec<f64>,
    /// Unit vectors, one a row.
    pub vectors: Vec<f64>,
}

/// More sweeps than any matrix needs for one eigenvalue.
const MAX_SWEEPS: usize = 60;

/// Decomposes a symmetric n x n matrix, given by rows. `None` if it holds anything but finite numbers.
pub fn symmetric_eigen(mut a: Vec<f64>, n: usize) -> Option<Eigen> {
    if a.len() != n * n || a.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let (mut diagonal, mut off, mut vectors) = tridiagonal(&mut a, n);
    ql(&mut diagonal, &mut off, &mut vectors, n)?;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|i, j| diagonal[*i].total_cmp(&diagonal[*j]));
    Some(Eigen {
        values: order.iter().map(|k| diagonal[*k]).collect(),
        vectors: order.iter().flat_map(|k| vectors[k * n..(k + 1) * n].iter().copied()).collect(),
    })
}

/// A = Q T Q': the diagonal of T, the one below it (in 0 .. n - 1), and Q'.
fn tridiagonal(a: &mut [f64], n: usize) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let mut off = vec![0.0; n];
    // Row k of `a` keeps the k-th Householder vector, in columns k + 1 .. n, once it is reduced.
    let mut betas = vec![0.0; n];
    let (mut v, mut w) = (vec![0.0; n], vec![0.0; n]);
    for k in 0..n.saturating_sub(2) {
        let from = k + 1;
        v[from..].copy_from_slice(&a[k * n + from..(k + 1) * n]);
        let norm = dot(&v[from..], &v[from..]).sqrt();
        let rest = dot(&v[from + 1..], &v[from + 1..]);
        if rest == 0.0 {
            off[k] = v[from];
            continue;
        }
        let alpha = if v[from] > 0.0 { -norm } else { norm };
        off[k] = alpha;
        v[from] -= alpha;
        let beta = 2.0 / (v[from] * v[from] + rest);
        betas[k] = beta;
        // A <- (I - beta v v') A (I - beta v v') = A - v w' - w v'.
        for i in from..n {
            w[i] = beta * dot(&a[i * n + from..(i + 1) * n], &v[from..]);
        }
        let half = 0.5 * beta * dot(&w[from..], &v[from..]);
        for i in from..n {
            w[i] -= half * v[i];
        }
        for i in from..n {
            let (vi, wi) = (v[i], w[i]);
            let row = &mut a[i * n + from..(i + 1) * n];
            for ((cell, v), w) in row.iter_mut().zip(&v[from..]).zip(&w[from..]) {
                *cell -= vi * w + wi * v;
            }
        }
        a[k * n + from..(k + 1) * n].copy_from_slice(&v[from..]);
    }
    if n >= 2 {
        off[n - 2] = a[(n - 2) * n + n - 1];
    }
    let diagonal = (0..n).map(|i| a[i * n + i]).collect();
    // Q = H0 H1 ..., from the last to the first, so that each touches only what is not the identity yet.
    let mut q = vec![0.0; n * n];
    (0..n).for_each(|i| q[i * n + i] = 1.0);
    for k in (0..n.saturating_sub(2)).rev().filter(|k| betas[*k] != 0.0) {
        let from = k + 1;
        v[from..].copy_from_slice(&a[k * n + from..(k + 1) * n]);
        w[from..].fill(0.0);
        for i in from..n {
            w[from..].iter_mut().zip(&q[i * n + from..(i + 1) * n]).for_each(|(w, q)| *w += v[i] * q);
        }
        for i in from..n {
            let factor = betas[k] * v[i];
            q[i * n + from..(i + 1) * n].iter_mut().zip(&w[from..]).for_each(|(q, w)| *q -= factor * w);
        }
    }
    for i in 0..n {
        for j in 0..i {
            q.swap(i * n + j, j * n + i);
        }
    }
    (diagonal, off, q)
}

/// Turns three diagonals into one, and the rows of `vectors` with them. `None` if it does not converge.
fn ql(d: &mut [f64], e: &mut [f64], vectors: &mut [f64], n: usize) -> Option<()> {
    // Relative to the whole, not to the neighbors: eigenvalues of 0, of which matrices of low rank have many, have none.
    let size = d.iter().zip(e.iter()).map(|(d, e)| d.abs() + e.abs()).fold(0.0, f64::max);
    for l in 0..n {
        for sweep in 0.. {
            let small = |m: usize| e[m].abs() <= f64::EPSILON * size;
            let m = (l..n - 1).find(|m| small(*m)).unwrap_or(n - 1);
            if m == l {
                break;
            }
            if sweep == MAX_SWEEPS {
                return None;
            }
            let g = (d[l + 1] - d[l]) / (2.0 * e[l]);
            let r = g.hypot(1.0);
            let mut g = d[m] - d[l] + e[l] / (g + r.copysign(g));
            let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
            let mut early = false;
            for i in (l..m).rev() {
                let (f, b) = (s * e[i], c * e[i]);
                let r = f.hypot(g);
                e[i + 1] = r;
                if r == 0.0 {
                    d[i + 1] -= p;
                    e[m] = 0.0;
                    early = true;
                    break;
                }
                (s, c) = (f / r, g / r);
                g = d[i + 1] - p;
                let r = (d[i] - g) * s + 2.0 * c * b;
                p = s * r;
                d[i + 1] = g + p;
                g = c * r - b;
                let (low, high) = vectors[i * n..(i + 2) * n].split_at_mut(n);
                for (x, y) in low.iter_mut().zip(high) {
                    let old = *y;
                    *y = s * *x + c * old;
                    *x = c * *x - s * old;
                }
            }
            if !early {
                d[l] -= p;
                e[l] = g;
                e[m] = 0.0;
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn by_hand() {
        let e = symmetric_eigen(vec![2.0, 1.0, 1.0, 2.0], 2).unwrap();
        assert!((e.values[0] - 1.0).abs() < 1e-15 && (e.values[1] - 3.0).abs() < 1e-15);
        assert!((e.vectors[2] - e.vectors[3]).abs() < 1e-15 && (e.vectors[0] + e.vectors[1]).abs() < 1e-15);
        // One factor: 1 + (n - 1) rho once, 1 - rho otherwise.
        let n = 7;
        let a = (0..n * n).map(|i| if i % (n + 1) == 0 { 1.0 } else { 0.4 }).collect();
        let e = symmetric_eigen(a, n).unwrap();
        assert!(e.values[..6].iter().all(|v| (v - 0.6).abs() < 1e-14) && (e.values[6] - 3.4).abs() < 1e-14);
        assert_eq!(symmetric_eigen(vec![3.0], 1).unwrap().values, [3.0]);
        assert_eq!(symmetric_eigen(vec![f64::NAN], 1), None);
        assert_eq!(symmetric_eigen(vec![], 0).unwrap().values, []);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// A = V' D V and V V' = I, for random matrices, some of low rank.
        #[test]
        fn decomposes(n in 1usize..25, rank in 1usize..25, seed in prop::collection::vec(-1.0f64..1.0, 625)) {
            let rank = rank.min(n);
            let cell = |i: usize, j: usize| -> f64 {
                (0..rank).map(|k| seed[i * 25 + k] * seed[j * 25 + k]).sum::<f64>() - f64::from(u8::from(rank % 2 == 0 && i == j))
            };
            let a: Vec<f64> = (0..n * n).map(|at| cell(at / n, at % n)).collect();
            let e = symmetric_eigen(a.clone(), n).unwrap();
            prop_assert!(e.values.is_sorted());
            for i in 0..n {
                for j in 0..n {
                    let back: f64 = (0..n).map(|k| e.vectors[k * n + i] * e.values[k] * e.vectors[k * n + j]).sum();
                    prop_assert!((back - a[i * n + j]).abs() < 1e-12 * n as f64, "{back} {}", a[i * n + j]);
                    let unit: f64 = (0..n).map(|k| e.vectors[i * n + k] * e.vectors[j * n + k]).sum();
                    prop_assert!((unit - f64::from(u8::from(i == j))).abs() < 1e-12);
                }
            }
        }
    }
}
