//! From counted transitions to expected moves of the mid.

/// Rounds over successive moves of the mid. What is left after k of them falls like the k-th power of the second eigenvalue.
const ROUNDS: usize = 200;

/// The adjustments G* by state, in ticks; `None` where a state has not been left yet. `bins` imbalances make up a spread;
/// `stay` and `jump` are counts by state and next state, `shift` sums of moves in half ticks.
///
/// With Q the moves without a change of mid, T those with one and K their sizes: G1 = (1 - Q)^-1 K, B = (1 - Q)^-1 T, and
/// G* = G1 + B G1 + B^2 G1 + ... . Every transition is counted with its mirror image (bids for asks), which makes the sum
/// converge. `None` if nothing ever moved.
pub fn fit(bins: usize, stay: &[u32], jump: &[u32], shift: &[i64]) -> Option<Vec<Option<f64>>> {
    let n = shift.len();
    let mirror = |state: usize| state / bins * bins + (bins - 1 - state % bins);
    let count = |counts: &[u32], i: usize, j: usize| {
        f64::from(counts[i * n + j]) + f64::from(counts[mirror(i) * n + mirror(j)])
    };
    let left: Vec<f64> =
        (0..n).map(|i| (0..n).map(|j| count(stay, i, j) + count(jump, i, j)).sum()).collect();
    if jump.iter().all(|c| *c == 0) {
        return None;
    }
    let share = |count: f64, i: usize| if left[i] > 0.0 { count / left[i] } else { 0.0 };
    let mut matrix = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..n {
            matrix[i * n + j] = f64::from(u8::from(i == j)) - share(count(stay, i, j), i);
        }
    }
    let solver = Solver::new(matrix, n)?;
    let jumps: Vec<f64> = (0..n * n).map(|at| share(count(jump, at / n, at % n), at / n)).collect();
    let mut term: Vec<f64> =
        (0..n).map(|i| 0.5 * share(shift[i] as f64 - shift[mirror(i)] as f64, i)).collect();
    solver.solve(&mut term);
    let mut sum = term.clone();
    for _ in 0..ROUNDS {
        let mut next: Vec<f64> =
            (0..n).map(|i| jumps[i * n..(i + 1) * n].iter().zip(&term).map(|(b, g)| b * g).sum()).collect();
        solver.solve(&mut next);
        term = next;
        sum.iter_mut().zip(&term).for_each(|(s, t)| *s += t);
        if term.iter().all(|t| t.abs() < 1e-12) {
            break;
        }
    }
    let known = |(i, g): (usize, f64)| (left[i] > 0.0 && g.is_finite()).then_some(g);
    Some(sum.into_iter().enumerate().map(known).collect())
}

/// Gauss elimination with partial pivoting, done once.
struct Solver {
    n: usize,
    matrix: Vec<f64>,
    swaps: Vec<usize>,
}

impl Solver {
    fn new(mut matrix: Vec<f64>, n: usize) -> Option<Self> {
        let mut swaps = Vec::with_capacity(n);
        for k in 0..n {
            let size = |row: &usize| matrix[row * n + k].abs();
            let pivot = (k..n).max_by(|a, b| size(a).total_cmp(&size(b)))?;
            if matrix[pivot * n + k].abs() < 1e-12 {
                return None;
            }
            swaps.push(pivot);
            if pivot != k {
                (0..n).for_each(|j| matrix.swap(k * n + j, pivot * n + j));
            }
            for i in k + 1..n {
                let factor = matrix[i * n + k] / matrix[k * n + k];
                matrix[i * n + k] = factor;
                for j in k + 1..n {
                    matrix[i * n + j] -= factor * matrix[k * n + j];
                }
            }
        }
        Some(Self { n, matrix, swaps })
    }

    fn solve(&self, x: &mut [f64]) {
        let n = self.n;
        self.swaps.iter().enumerate().for_each(|(k, pivot)| x.swap(k, *pivot));
        for i in 0..n {
            let known: f64 = (0..i).map(|j| self.matrix[i * n + j] * x[j]).sum();
            x[i] -= known;
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|j| self.matrix[i * n + j] * x[j]).sum();
            x[i] = (x[i] - known) / self.matrix[i * n + i];
        }
    }
}
