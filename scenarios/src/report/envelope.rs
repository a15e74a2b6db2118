//! Bounded-memory curves: a min/max envelope in time buckets, and the decimation to pixel columns.
//!
//! Both keep, for each bucket or column, the first, lowest, highest and last sample in time order (the
//! M4 aggregation of Jugel et al. 2014, "M4: A Visualization-Oriented Time Series Data Aggregation",
//! VLDB 7(10)), so that no extreme is ever lost.

/// A sample of a curve: time in ns UTC, and value (finite).
pub(super) type Point = (i64, f64);

#[derive(Clone, Copy, Debug)]
struct Bucket {
    index: i64,
    first: Point,
    min: Point,
    max: Point,
    last: Point,
}

impl Bucket {
    fn new(index: i64, point: Point) -> Self {
        Self { index, first: point, min: point, max: point, last: point }
    }

    /// Joins a later bucket (or one sample) to this one.
    fn join(&mut self, later: &Self) {
        if later.min.1 < self.min.1 {
            self.min = later.min;
        }
        if later.max.1 > self.max.1 {
            self.max = later.max;
        }
        self.last = later.last;
    }

    /// First, extremes and last in time order, without repeats.
    fn push_points(&self, out: &mut Vec<Point>) {
        let (a, b) = if self.min.0 <= self.max.0 { (self.min, self.max) } else { (self.max, self.min) };
        for point in [self.first, a, b, self.last] {
            if out.last() != Some(&point) {
                out.push(point);
            }
        }
    }
}

/// A streaming min/max envelope that never holds more than `capacity` buckets: when it is full, the bucket
/// width doubles and neighbors merge.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    capacity: usize,
    width_ns: i64,
    origin: i64,
    buckets: Vec<Bucket>,
}

impl Envelope {
    /// An empty envelope of at most `capacity` buckets (at least 2).
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(2), width_ns: 1, origin: 0, buckets: Vec::new() }
    }

    /// Adds a sample; times must not decrease. A value that is not finite is left out.
    pub(super) fn push(&mut self, ts: i64, value: f64) {
        if !value.is_finite() {
            return;
        }
        if self.buckets.is_empty() {
            self.origin = ts;
        }
        let offset = ts.saturating_sub(self.origin).max(0);
        let sample = Bucket::new(offset / self.width_ns, (ts, value));
        match self.buckets.last_mut() {
            Some(last) if last.index >= sample.index => last.join(&sample),
            _ => self.buckets.push(sample),
        }
        while self.buckets.len() > self.capacity {
            self.coarsen();
        }
    }

    fn coarsen(&mut self) {
        self.width_ns = self.width_ns.saturating_mul(2);
        let mut kept: Vec<Bucket> = Vec::with_capacity(self.capacity + 1);
        for bucket in &self.buckets {
            let index = bucket.index / 2;
            match kept.last_mut() {
                Some(last) if last.index == index => last.join(bucket),
                _ => kept.push(Bucket { index, ..*bucket }),
            }
        }
        self.buckets = kept;
    }

    /// The samples kept, in time order; at most 4 a bucket.
    pub(super) fn points(&self) -> Vec<Point> {
        let mut out = Vec::with_capacity(self.buckets.len() * 2);
        for bucket in &self.buckets {
            bucket.push_points(&mut out);
        }
        out
    }
}

/// Reduces a curve to at most 4 samples in each of `columns` equal columns of the span `from..=to`.
/// Points outside of the span count to the first or last column.
pub(super) fn decimate(points: &[Point], from: i64, to: i64, columns: usize) -> Vec<Point> {
    let columns = columns.max(1);
    if points.len() <= columns {
        return points.to_vec();
    }
    let span = i128::from(to) - i128::from(from);
    let mut out = Vec::with_capacity(columns * 3);
    let mut current: Option<Bucket> = None;
    for &point in points {
        let offset = (i128::from(point.0) - i128::from(from)).clamp(0, span.max(0));
        let column = if span <= 0 { 0 } else { (offset * columns as i128 / span).min(columns as i128 - 1) };
        let sample = Bucket::new(column as i64, point);
        match current.as_mut() {
            Some(bucket) if bucket.index == sample.index => bucket.join(&sample),
            _ => {
                if let Some(done) = current.replace(sample) {
                    done.push_points(&mut out);
                }
            }
        }
    }
    if let Some(done) = current {
        done.push_points(&mut out);
    }
    out
}

/// The value of a step curve at `ts`: that of the last point at or before it, else the first point's.
pub(super) fn value_at(points: &[Point], ts: i64) -> Option<f64> {
    let after = points.partition_point(|point| point.0 <= ts);
    points.get(after.saturating_sub(1)).map(|point| point.1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn extremes(points: &[Point]) -> (f64, f64) {
        points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), p| (lo.min(p.1), hi.max(p.1)))
    }

    fn curve() -> impl Strategy<Value = Vec<Point>> {
        prop::collection::vec((0i64..1_000_000, -1e6f64..1e6), 1..600).prop_map(|steps| {
            let mut ts = 1_600_000_000_000_000_000;
            steps
                .into_iter()
                .map(|(gap, value)| {
                    ts += gap;
                    (ts, value)
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn decimation_keeps_ends_and_the_extremes_of_every_column(points in curve(), columns in 1usize..80) {
            let (from, to) = (points[0].0, points[points.len() - 1].0);
            let kept = decimate(&points, from, to, columns);
            prop_assert!(kept.len() <= points.len().min(columns * 4).max(columns));
            prop_assert_eq!(kept.first(), points.first());
            prop_assert_eq!(kept.last(), points.last());
            prop_assert!(kept.windows(2).all(|w| w[0].0 <= w[1].0));
            prop_assert!(kept.iter().all(|p| points.contains(p)));
            // A brute-force pass over each column finds the same extremes.
            let span = i128::from(to - from).max(1);
            let column = |p: &Point| (i128::from(p.0 - from) * columns as i128 / span).min(columns as i128 - 1);
            for c in 0..columns as i128 {
                let of = |set: &[Point]| extremes(&set.iter().copied().filter(|p| column(p) == c).collect::<Vec<_>>());
                if to > from {
                    prop_assert_eq!(of(&points), of(&kept));
                }
            }
        }

        #[test]
        fn an_envelope_is_bounded_and_keeps_ends_and_extremes(points in curve(), capacity in 2usize..64) {
            let mut envelope = Envelope::new(capacity);
            points.iter().for_each(|p| envelope.push(p.0, p.1));
            let kept = envelope.points();
            prop_assert!(kept.len() <= capacity * 4);
            prop_assert_eq!(extremes(&kept), extremes(&points));
            prop_assert_eq!(kept.first(), points.first());
            prop_assert_eq!(kept.last(), points.last());
            prop_assert!(kept.windows(2).all(|w| w[0].0 <= w[1].0));
        }
    }

    #[test]
    fn values_that_are_not_finite_are_left_out() {
        let mut envelope = Envelope::new(8);
        envelope.push(1, f64::NAN);
        envelope.push(2, 5.0);
        envelope.push(3, f64::INFINITY);
        assert_eq!(envelope.points(), vec![(2, 5.0)]);
    }

    #[test]
    fn a_step_curve_holds_its_last_value() {
        let points = [(10, 1.0), (20, 2.0)];
        assert_eq!(value_at(&points, 5), Some(1.0));
        assert_eq!(value_at(&points, 19), Some(1.0));
        assert_eq!(value_at(&points, 20), Some(2.0));
        assert_eq!(value_at(&[], 20), None);
    }
}
