//! Pivots and extrema on a price chart: a shape where each became known, with a line back to where it is.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::super::{
    findings::{Kind, Mark, MarkSeries, SymbolFindings, most_extreme},
    format::{fixed, plain, time},
    svg::{Frame, px},
};

/// A mark that is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Drawn {
    pub(super) kind: Kind,
    pub(super) level: u8,
    pub(super) mark: Mark,
}

/// The marks of these kinds that are drawn, and, in words, what is left out. Whole levels, the highest first, as many as
/// fit in `most`; where not even the highest fits, the most extreme of its marks over equal times. A point that is marked
/// at several levels is drawn at its highest.
pub(super) fn choose(found: &SymbolFindings, kinds: &[Kind], most: usize) -> (Vec<Drawn>, String) {
    let levels: BTreeSet<u8> =
        found.marks.keys().filter(|key| kinds.contains(&key.0)).map(|key| key.1).collect();
    let mut drawn: Vec<Drawn> = Vec::new();
    let mut known: BTreeSet<(Kind, i64)> = BTreeSet::new();
    let mut left_out: Vec<String> = Vec::new();
    for level in levels.into_iter().rev() {
        let series: Vec<(Kind, &MarkSeries)> =
            kinds.iter().filter_map(|kind| Some((*kind, found.marks.get(&(*kind, level))?))).collect();
        let fresh = |kind: Kind, marks: &[Mark]| -> Vec<Drawn> {
            let marks = marks.iter().filter(|m| m.value.is_finite() && !known.contains(&(kind, m.at)));
            marks.map(|mark| Drawn { kind, level, mark: *mark }).collect()
        };
        let all: Vec<Drawn> = series.iter().flat_map(|(kind, s)| fresh(*kind, &s.kept)).collect();
        let whole = series.iter().all(|s| s.1.is_whole());
        let chosen = if left_out.is_empty() && whole && drawn.len() + all.len() <= most {
            all
        } else {
            let chosen: Vec<Drawn> = if left_out.is_empty() && drawn.is_empty() {
                let each = (most / kinds.len()).max(1);
                series
                    .iter()
                    .flat_map(|(kind, s)| fresh(*kind, &thinned(&s.kept, each, kind.is_high())))
                    .collect()
            } else {
                Vec::new()
            };
            let rows = series.iter().map(|s| s.1.rows).sum::<u64>() as f64 - chosen.len() as f64;
            let of = if level > 0 { format!(" of level {level}") } else { String::new() };
            left_out.push(format!("{}{of}", fixed(rows, 0)));
            chosen
        };
        known.extend(chosen.iter().map(|d| (d.kind, d.mark.at)));
        drawn.extend(chosen);
    }
    (drawn, left_out.join(", "))
}

/// At most about `most` marks: the most extreme in equal intervals.
fn thinned(marks: &[Mark], most: usize, high: bool) -> Vec<Mark> {
    let Some((first, last)) = marks.first().zip(marks.last()) else { return Vec::new() };
    let width = last.ts.saturating_sub(first.ts) / most.max(1) as i64;
    most_extreme(marks, width.saturating_add(1), high)
}

/// Draws marks: the lines back first, then a shape for each, then levels beside those that have room.
pub(super) fn draw(drawn: &[Drawn], frame: &Frame, class: &str) -> String {
    let mut out = format!("<g class=\"{class}\">");
    for high in [true, false] {
        let mut back = String::new();
        for Drawn { mark, .. } in drawn.iter().filter(|d| d.kind.is_high() == high) {
            let (x0, x1, y) = (frame.x(mark.at), frame.x(mark.ts), frame.y(mark.value));
            let _ = write!(back, "M{} {}v5m0 -2.5H{}", px(x0), px(y - 2.5), px(x1));
        }
        if !back.is_empty() {
            let _ = write!(out, "<path class=\"back {}\" d=\"{back}\"/>", side(high));
        }
    }
    let mut labeled: Vec<(f64, f64)> = Vec::new();
    for Drawn { kind, level, mark } in drawn {
        let (x, y) = (frame.x(mark.ts), frame.y(mark.value));
        let high = kind.is_high();
        let up = if high { -1.0 } else { 1.0 };
        let round = matches!(kind, Kind::Top | Kind::Bottom);
        let half = if round { 4.6 } else { 2.2 } + 0.7 * f64::from((*level).min(5));
        let tip = 2.0 * up;
        let (shape, height) = match kind {
            Kind::Top | Kind::Bottom => {
                let r = px(half * 0.75);
                let (top, d) = (px(y + tip), px(half * 1.5 * up));
                // Two half circles from the near end to the far one and back.
                (
                    format!("M{} {top}a{r} {r} 0 0 1 0 {d}a{r} {r} 0 0 1 0 {}", px(x), px(-half * 1.5 * up)),
                    half * 1.5,
                )
            }
            _ => {
                let (w, h) = (px(half), px(half * 1.7 * up));
                (format!("M{} {}l-{w} {h}h{}z", px(x), px(y + tip), px(half * 2.0)), half * 1.7)
            }
        };
        let of = if *level > 0 { format!(", level {level}") } else { String::new() };
        let _ = write!(
            out,
            "<path class=\"{}\" d=\"{shape}\"><title>{}{of}: {} at {}, known {}</title></path>",
            side(high),
            kind.word(),
            plain(mark.value),
            time(mark.at),
            time(mark.ts)
        );
        let text = (x, if high { y - height - 4.0 } else { y + height + 12.0 });
        let apart = |other: &(f64, f64)| (other.0 - text.0).abs() > 9.0 || (other.1 - text.1).abs() > 10.0;
        if *level > 0 && labeled.iter().all(apart) {
            let _ = write!(out, "<text x=\"{}\" y=\"{}\">{level}</text>", px(text.0), px(text.1));
            labeled.push(text);
        }
    }
    out.push_str("</g>");
    out
}

fn side(high: bool) -> &'static str {
    if high { "high" } else { "low" }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many marks of one kind and level, one a minute; level n + 1 holds every fourth of level n.
    fn found(counts: &[(u8, i64)]) -> SymbolFindings {
        let mut found = SymbolFindings::default();
        for (level, count) in counts {
            let every = 4i64.pow(u32::from(*level));
            for i in 0..*count {
                let at = i * every * 60;
                let mark = Mark { at, ts: at + every, value: (i % 17) as f64 };
                found.marks.entry((Kind::SwingHigh, *level)).or_default().push(mark, true);
            }
        }
        found
    }

    #[test]
    fn whole_levels_are_drawn_the_highest_first_and_each_point_once() {
        let found = found(&[(1, 1_600), (2, 400), (3, 100), (4, 25)]);
        let (drawn, left_out) = choose(&found, &[Kind::SwingHigh, Kind::SwingLow], 120);
        assert_eq!(drawn.iter().filter(|d| d.level == 4).count(), 25);
        assert_eq!(drawn.iter().filter(|d| d.level == 3).count(), 75, "a quarter is drawn at level 4");
        assert_eq!(left_out, "400 of level 2, 1,600 of level 1");
        let (drawn, left_out) = choose(&found, &[Kind::SwingHigh], 10_000);
        assert_eq!((drawn.len(), left_out.as_str()), (1_600, ""));
    }

    #[test]
    fn where_not_even_the_highest_level_fits_the_most_extreme_are_drawn() {
        let found = found(&[(1, 1_600), (2, 400)]);
        let (drawn, left_out) = choose(&found, &[Kind::SwingHigh, Kind::SwingLow], 40);
        assert!(
            (10..=21).contains(&drawn.len()) && drawn.iter().all(|d| d.level == 2 && d.mark.value == 16.0)
        );
        assert_eq!(left_out, format!("{} of level 2, 1,600 of level 1", 400 - drawn.len()));
        assert_eq!(choose(&found, &[Kind::Top], 40), (Vec::new(), String::new()));
    }
}
