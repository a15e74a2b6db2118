//! Pivot points: support and resistance levels from one session's open, high, low and close.

use manyworlds_components::bar::Bar;
use serde::{Deserialize, Serialize};

/// Which formula. H, L, C, O are the session's prices, D = H - L.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PivotFamily {
    /// Floor traders': P = (H+L+C)/3; R1 = 2P-L, R2 = P+D, R3 = H+2(P-L); S1 = 2P-H, S2 = P-D, S3 = L-2(H-P).
    Classic,
    /// P as floor; R, S = P +- {0.382, 0.618, 1} D.
    Fibonacci,
    /// Nick Scott's: R, S 1 to 4 = C +- 1.1 D / {12, 6, 4, 2}; no central level.
    Camarilla,
    /// Ken Wood's, weighted by the session's own close: P = (H+L+2C)/4; R1, S1, R2, S2 as floor.
    Woodie,
    /// Tom DeMark's: X = H+2L+C if C < O, 2H+L+C if C > O, H+L+2C if equal; P = X/4, R1 = X/2-L, S1 = X/2-H.
    DeMark,
}

/// One level of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PivotLevel {
    /// The central level, P.
    Central,
    /// Resistance 1 to 4.
    Resistance(u8),
    /// Support 1 to 4.
    Support(u8),
}

impl PivotLevel {
    /// `p`, `r1`, `s3`, ...
    pub fn name(self) -> String {
        match self {
            Self::Central => "p".to_owned(),
            Self::Resistance(n) => format!("r{n}"),
            Self::Support(n) => format!("s{n}"),
        }
    }
}

impl PivotFamily {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Classic, Self::Fibonacci, Self::Camarilla, Self::Woodie, Self::DeMark];

    /// The name in lower case.
    pub fn name(self) -> &'static str {
        ["classic", "fibonacci", "camarilla", "woodie", "demark"][self as usize]
    }

    /// How many resistances, and as many supports, the family has.
    fn pairs(self) -> u8 {
        [3, 3, 4, 2, 1][self as usize]
    }

    /// The levels of the family: the central one first, then resistances and supports from the inside outwards.
    pub fn levels(self) -> impl Iterator<Item = PivotLevel> {
        let central = (self != Self::Camarilla).then_some(PivotLevel::Central);
        let pairs = (1..=self.pairs()).flat_map(|n| [PivotLevel::Resistance(n), PivotLevel::Support(n)]);
        central.into_iter().chain(pairs)
    }

    /// The price of a level after that session; `None` where the family has no such level.
    #[inline]
    pub fn price(self, session: &Bar, level: PivotLevel) -> Option<f64> {
        let Bar { open, high, low, close, .. } = *session;
        let range = high - low;
        // The level on the upper side, or its mirror image below.
        let (upper, n) = match level {
            PivotLevel::Central => (true, 0),
            PivotLevel::Resistance(n) => (true, n),
            PivotLevel::Support(n) => (false, n),
        };
        let sided = |center: f64, distance: f64| if upper { center + distance } else { center - distance };
        let floor = |p: f64| match n {
            0 => Some(p),
            1 => Some(2.0 * p - if upper { low } else { high }),
            2 => Some(sided(p, range)),
            3 if upper => Some(high + 2.0 * (p - low)),
            3 => Some(low - 2.0 * (high - p)),
            _ => None,
        };
        match self {
            Self::Classic => floor((high + low + close) / 3.0),
            Self::Woodie => floor((high + low + 2.0 * close) / 4.0).filter(|_| n <= 2),
            Self::Fibonacci => {
                let ratio = *[0.0, 0.382, 0.618, 1.0].get(usize::from(n))?;
                Some(sided((high + low + close) / 3.0, ratio * range))
            }
            Self::Camarilla => {
                let divisor = *[12.0, 6.0, 4.0, 2.0].get(usize::from(n).checked_sub(1)?)?;
                Some(sided(close, 1.1 * range / divisor))
            }
            Self::DeMark => {
                let twice = if close < open {
                    low
                } else if close > open {
                    high
                } else {
                    close
                };
                let x = high + low + close + twice;
                match n {
                    0 => Some(x / 4.0),
                    1 => Some(x / 2.0 - if upper { low } else { high }),
                    _ => None,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PivotLevel::{Central, Resistance, Support};
    use manyworlds_components::time::{Frame, Timestamp};
    use proptest::prelude::*;

    fn session(open: f64, high: f64, low: f64, close: f64) -> Bar {
        Bar::new(Timestamp(0), Frame::DAY, [open, high, low, close, 1.0])
    }

    fn assert_levels(family: PivotFamily, session: &Bar, expected: &[(PivotLevel, f64)], tolerance: f64) {
        for (level, price) in expected {
            let got = family.price(session, *level).unwrap();
            assert!((got - price).abs() <= tolerance, "{family:?} {level:?}: {got}, not {price}");
        }
    }

    #[test]
    fn published_levels() {
        let day = session(212.61, 217.02, 211.52, 214.96);
        let floor = [
            (Central, 214.50),
            (Resistance(1), 217.48),
            (Resistance(2), 220.00),
            (Resistance(3), 222.98),
            (Support(1), 211.98),
            (Support(2), 209.00),
            (Support(3), 206.48),
        ];
        assert_levels(PivotFamily::Classic, &day, &floor, 0.005);
        let demark = [(Central, 215.13), (Resistance(1), 218.74), (Support(1), 213.24)];
        assert_levels(PivotFamily::DeMark, &day, &demark, 0.005);
        let fibonacci =
            [(Central, 214.50), (Resistance(1), 216.601), (Support(2), 211.101), (Resistance(3), 220.0)];
        assert_levels(PivotFamily::Fibonacci, &day, &fibonacci, 1e-9);
        let woodie = [
            (Central, 214.615),
            (Resistance(1), 217.71),
            (Support(1), 212.21),
            (Resistance(2), 220.115),
            (Support(2), 209.115),
        ];
        assert_levels(PivotFamily::Woodie, &day, &woodie, 1e-9);
        let camarilla = [
            (Resistance(1), 271.90275),
            (Resistance(2), 272.7855),
            (Resistance(3), 273.66825),
            (Resistance(4), 276.3165),
            (Support(1), 270.13725),
            (Support(2), 269.2545),
            (Support(3), 268.37175),
            (Support(4), 265.7235),
        ];
        assert_levels(PivotFamily::Camarilla, &session(270.0, 274.39, 264.76, 271.02), &camarilla, 1e-9);
    }

    #[test]
    fn demark_weighs_by_the_direction_of_the_session() {
        let falling = session(8.0, 10.0, 4.0, 6.0);
        assert_levels(
            PivotFamily::DeMark,
            &falling,
            &[(Central, 6.0), (Resistance(1), 8.0), (Support(1), 2.0)],
            0.0,
        );
        let equal = session(6.0, 10.0, 4.0, 6.0);
        assert_levels(
            PivotFamily::DeMark,
            &equal,
            &[(Central, 6.5), (Resistance(1), 9.0), (Support(1), 3.0)],
            0.0,
        );
    }

    #[test]
    fn a_family_has_its_levels_and_no_others() {
        for family in PivotFamily::ALL {
            let has = |level| family.price(&session(2.0, 3.0, 1.0, 2.5), level).is_some();
            let listed: Vec<PivotLevel> = family.levels().collect();
            assert!(listed.iter().all(|l| has(*l)), "{family:?}");
            let all = (1..=9).flat_map(|n| [Resistance(n), Support(n)]).chain([Central]);
            assert_eq!(all.filter(|l| has(*l)).count(), listed.len(), "{family:?}");
        }
        assert_eq!(
            PivotFamily::Classic.levels().map(PivotLevel::name).collect::<Vec<_>>(),
            ["p", "r1", "s1", "r2", "s2", "r3", "s3"]
        );
    }

    proptest! {
        /// Upside down, a resistance is a support.
        #[test]
        fn mirror(prices in prop::array::uniform4(1.0f64..100.0)) {
            let [a, b, c, d] = prices;
            let (high, low) = (a.max(b).max(c).max(d), a.min(b).min(c).min(d));
            let (up, down) = (session(a, high, low, b), session(-a, -low, -high, -b));
            for family in PivotFamily::ALL {
                for level in family.levels() {
                    let mirrored = match level {
                        Resistance(n) => Support(n),
                        Support(n) => Resistance(n),
                        Central => Central,
                    };
                    let (x, y) = (family.price(&up, level).unwrap(), family.price(&down, mirrored).unwrap());
                    prop_assert!((x + y).abs() < 1e-9, "{:?} {:?}: {} {}", family, level, x, y);
                }
            }
        }
    }
}
