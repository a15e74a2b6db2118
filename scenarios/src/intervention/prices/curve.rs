//! A factor over time: straight lines between knots, and an exponential tail.

use manyworlds_components::time::{Frame, Timestamp};

use super::super::schema::{Recovery, Shape};

/// 1 before the first knot; at two knots of one time it jumps, and counts as after the jump from that time on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Curve {
    /// In time order; never empty.
    knots: Vec<(Timestamp, f64)>,
    /// What the last knot's value goes to, and its half-life in nanoseconds.
    tail: Option<(f64, f64)>,
}

impl Curve {
    /// A shock that begins at `at`.
    pub(crate) fn shock(at: Timestamp, size: f64, shape: Shape, recovery: Recovery) -> Self {
        let deepest = match shape {
            Shape::Gap => at,
            Shape::Ramp(over) => at + over.nanos(),
        };
        let left = |share: f64| 1.0 + size * (1.0 - share);
        let mut knots = vec![(at, 1.0), (deepest, 1.0 + size)];
        let mut tail = None;
        match recovery {
            Recovery::None => {}
            Recovery::Linear { over, share } => knots.push((deepest + over.nanos(), left(share))),
            Recovery::Exponential { half_life, share } => {
                tail = Some((left(share), half_life.nanos() as f64));
            }
        }
        Self { knots, tail }
    }

    /// Along points of (time since `at`, relative change).
    pub(crate) fn path(at: Timestamp, points: &[(Frame, f64)]) -> Self {
        let knot = |(after, size): &(Frame, f64)| (at + after.nanos(), 1.0 + size);
        Self { knots: [(at, 1.0)].into_iter().chain(points.iter().map(knot)).collect(), tail: None }
    }

    /// The factor at a time.
    pub(crate) fn value(&self, t: Timestamp) -> f64 {
        let at = self.knots.partition_point(|knot| knot.0 <= t);
        match (at.checked_sub(1).map(|before| self.knots[before]), self.knots.get(at)) {
            (None, _) => 1.0,
            (Some((from, low)), Some((to, high))) => {
                low + (high - low) * ((t - from) as f64 / (*to - from) as f64)
            }
            (Some((from, last)), None) => match self.tail {
                None => last,
                Some((limit, half_life)) => {
                    limit + (last - limit) * (-((t - from) as f64) / half_life).exp2()
                }
            },
        }
    }

    /// Least and greatest factor from `from` to before `to`, which is later.
    pub(crate) fn range(&self, from: Timestamp, to: Timestamp) -> (f64, f64) {
        let ends = [self.value(from), self.value(to + -1)];
        let within = self.knots.iter().filter(|knot| from < knot.0 && knot.0 < to).map(|knot| knot.1);
        let all = ends.into_iter().chain(within);
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
    }
}
