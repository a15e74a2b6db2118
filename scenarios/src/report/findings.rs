//! What the report keeps of `annotations.parquet`: marks of the drawn symbols, thinned, spells of regimes, and counts of all.

use std::collections::BTreeMap;

/// Something that a module found: what it is about, when it became known, its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mark {
    pub(super) at: i64,
    pub(super) ts: i64,
    pub(super) value: f64,
}

/// The kinds of marks that are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    SwingHigh,
    SwingLow,
    Top,
    Bottom,
    ChangePoint,
}

impl Kind {
    pub(super) fn of(label: &str) -> Option<Self> {
        match label {
            "pivot_analysis.swing_high" => Some(Self::SwingHigh),
            "pivot_analysis.swing_low" => Some(Self::SwingLow),
            "extrema.top" => Some(Self::Top),
            "extrema.bottom" => Some(Self::Bottom),
            "market_analysis.change_point" => Some(Self::ChangePoint),
            _ => None,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::SwingHigh => "swing high",
            Self::SwingLow => "swing low",
            Self::Top => "top",
            Self::Bottom => "bottom",
            Self::ChangePoint => "change point",
        }
    }

    /// Whether it lies above the prices around it.
    pub(super) fn is_high(self) -> bool {
        matches!(self, Self::SwingHigh | Self::Top)
    }
}

/// The label of a change of regime; its level is the regime.
pub(super) const REGIME: &str = "market_analysis.regime";
/// The label of a pair that no longer moves together.
pub(super) const BREAKDOWN: &str = "correlation.breakdown";
/// The regimes in the order of their numbers.
pub(super) const REGIMES: [&str; 4] = ["trending up", "trending down", "ranging", "volatile"];

/// Marks that are kept of one kind and level.
const KEPT: usize = 1_024;

/// Marks of one kind and level of one symbol. Past the limit, of marks close to each other in time the most extreme is kept.
#[derive(Clone, Debug, Default)]
pub(super) struct MarkSeries {
    pub(super) rows: u64,
    /// In order of `ts`.
    pub(super) kept: Vec<Mark>,
    width_ns: i64,
}

impl MarkSeries {
    pub(super) fn push(&mut self, mark: Mark, high: bool) {
        self.rows += 1;
        self.kept.push(mark);
        if self.kept.len() > 2 * KEPT {
            let span = mark.ts.saturating_sub(self.kept[0].ts);
            self.width_ns = self.width_ns.saturating_mul(2).max(span / KEPT as i64).max(1);
            self.kept = most_extreme(&self.kept, self.width_ns, high);
        }
    }

    /// Whether none was left out.
    pub(super) fn is_whole(&self) -> bool {
        self.rows == self.kept.len() as u64
    }
}

/// The highest (or lowest) mark of each interval of `width_ns` in which one became known.
pub(super) fn most_extreme(marks: &[Mark], width_ns: i64, high: bool) -> Vec<Mark> {
    let width = width_ns.max(1);
    let mut out: Vec<Mark> = Vec::new();
    for mark in marks {
        match out.last_mut() {
            Some(last) if last.ts.div_euclid(width) == mark.ts.div_euclid(width) => {
                let further = if high { mark.value > last.value } else { mark.value < last.value };
                if further || last.value.is_nan() {
                    *last = *mark;
                }
            }
            _ => out.push(*mark),
        }
    }
    out
}

/// A stretch of time in one regime.
pub(super) type Spell = (i64, i64, usize);

/// The regimes of one symbol over time: how long each lasted, exactly, and in a bounded number of buckets.
#[derive(Clone, Debug, Default)]
pub(super) struct Regimes {
    /// Nanoseconds in each regime.
    pub(super) time_ns: [i64; REGIMES.len()],
    pub(super) changes: u64,
    current: Option<(i64, usize)>,
    origin: i64,
    width_ns: i64,
    buckets: Vec<[i64; REGIMES.len()]>,
}

/// Buckets of time at most; each shows the regime that lasted longest in it.
const BUCKETS: usize = 360;

impl Regimes {
    pub(super) fn push(&mut self, ts: i64, regime: usize) {
        self.end(ts);
        if regime < REGIMES.len() {
            self.changes += 1;
            self.current = Some((ts, regime));
        }
    }

    /// The current regime lasted until `ts`.
    pub(super) fn end(&mut self, ts: i64) {
        let Some((from, regime)) = self.current.take() else { return };
        if ts <= from {
            return;
        }
        if self.buckets.is_empty() && self.width_ns == 0 {
            (self.origin, self.width_ns) = (from, 1);
        }
        self.time_ns[regime] = self.time_ns[regime].saturating_add(ts.saturating_sub(from));
        while (ts - 1).saturating_sub(self.origin) / self.width_ns >= BUCKETS as i64 {
            self.width_ns = self.width_ns.saturating_mul(2);
            let join = |pair: &[[i64; REGIMES.len()]]| {
                std::array::from_fn(|regime| pair.iter().map(|bucket| bucket[regime]).sum())
            };
            self.buckets = self.buckets.chunks(2).map(join).collect();
        }
        let mut from = from;
        while from < ts {
            let bucket = from.saturating_sub(self.origin) / self.width_ns;
            let until = ts.min(self.start_of(bucket + 1));
            let bucket = bucket as usize;
            if self.buckets.len() <= bucket {
                self.buckets.resize(bucket + 1, [0; REGIMES.len()]);
            }
            self.buckets[bucket][regime] += until - from;
            from = until;
        }
    }

    fn start_of(&self, bucket: i64) -> i64 {
        self.origin.saturating_add(bucket.saturating_mul(self.width_ns))
    }

    /// Stretches of the regime that lasted longest, bucket by bucket; none where there was no regime.
    pub(super) fn spells(&self) -> Vec<Spell> {
        let mut out: Vec<Spell> = Vec::new();
        for (i, bucket) in self.buckets.iter().enumerate() {
            // Of equally long ones, the first.
            let longest = (0..REGIMES.len()).rev().max_by_key(|regime| bucket[*regime]).unwrap_or(0);
            if bucket[longest] == 0 {
                continue;
            }
            let (from, to) = (self.start_of(i as i64), self.start_of(i as i64 + 1));
            match out.last_mut() {
                Some(last) if last.1 == from && last.2 == longest => last.1 = to,
                _ => out.push((from, to, longest)),
            }
        }
        out
    }
}

/// How often something was found, and how late it was known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Count {
    pub(super) rows: u64,
    /// Sum of the delays in nanoseconds.
    pub(super) delay_sum: f64,
    /// The longest delay in nanoseconds.
    pub(super) delay_max: i64,
}

/// What was found of one symbol.
#[derive(Clone, Debug, Default)]
pub(super) struct SymbolFindings {
    pub(super) symbol: String,
    /// By kind and level.
    pub(super) marks: BTreeMap<(Kind, u8), MarkSeries>,
    pub(super) regimes: Regimes,
    pub(super) last_ts: i64,
}

/// Everything that was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Findings {
    pub(super) rows: u64,
    /// By label and level, over all symbols.
    pub(super) counts: BTreeMap<(String, u8), Count>,
    /// Symbols in order of the prices, those that may be drawn.
    pub(super) symbols: Vec<SymbolFindings>,
    /// Number of symbols of which something was found.
    pub(super) symbol_count: usize,
    /// Breakdowns of correlation: number, first and last time.
    pub(super) breakdowns: Option<(u64, i64, i64)>,
    pub(super) last_ts: i64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn marks_are_bounded_and_the_most_extreme_stay() {
        let mut series = MarkSeries::default();
        let value = |i: i64| ((i * 7_919) % 100_003) as f64;
        (0..100_000).for_each(|i| series.push(Mark { at: i, ts: i + 2, value: value(i) }, true));
        assert!(series.kept.len() <= 2 * KEPT && !series.is_whole() && series.rows == 100_000);
        let highest = (0..100_000).map(value).fold(0.0, f64::max);
        assert!(series.kept.iter().any(|m| m.value == highest));
        assert!(series.kept.windows(2).all(|w| w[0].ts < w[1].ts));
    }

    proptest! {
        #[test]
        fn time_in_regimes_is_exact_and_the_buckets_are_bounded(
            spells in prop::collection::vec((1i64..1_000_000_000, 0usize..4), 1..400),
        ) {
            let mut regimes = Regimes::default();
            let (mut ts, mut expected) = (1_600_000_000_000_000_000i64, [0i64; 4]);
            let start = ts;
            for (length, regime) in &spells {
                regimes.push(ts, *regime);
                expected[*regime] += length;
                ts += length;
            }
            regimes.end(ts);
            prop_assert_eq!(regimes.time_ns, expected);
            prop_assert!(regimes.buckets.len() <= BUCKETS);
            prop_assert_eq!(regimes.buckets.iter().flatten().sum::<i64>(), ts - start);
            let drawn = regimes.spells();
            prop_assert!(drawn.windows(2).all(|w| w[0].1 <= w[1].0));
            prop_assert!(drawn[0].0 == start && drawn[drawn.len() - 1].1 >= ts);
        }
    }

    #[test]
    fn few_long_spells_are_drawn_as_they_are() {
        let mut regimes = Regimes::default();
        regimes.push(0, 2);
        regimes.push(360, 0);
        regimes.push(500, 9);
        regimes.end(720);
        assert_eq!(regimes.spells(), [(0, 360, 2), (360, 500, 0)], "an unknown regime is none");
    }
}
