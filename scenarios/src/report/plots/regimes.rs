//! Regimes behind the price: a tint over the whole height, and a lane for each regime below, so that it reads without color.

use std::fmt::Write as _;

use super::super::{
    findings::{Mark, REGIMES, Regimes, Spell},
    format::{Kind, fixed, number, time},
    svg::{Band, Frame, px},
};

/// Height of a lane in user units.
const LANE: f64 = 11.0;
/// Height of all lanes, with room around them.
pub(super) const LANES: f64 = LANE * REGIMES.len() as f64 + 8.0;

const TINTS: [&str; REGIMES.len()] = ["regime r0", "regime r1", "regime r2", "regime r3"];
const SHORT: [&str; REGIMES.len()] = ["up", "down", "range", "vol."];

/// The tints.
pub(super) fn bands(spells: &[Spell]) -> Vec<Band> {
    let band = |(from, to, regime): &Spell| Band {
        points: [*from, *to].map(|ts| (ts, f64::NEG_INFINITY, f64::INFINITY)).into(),
        class: TINTS[*regime],
    };
    // Ranging has no tint: it is what is left.
    spells.iter().filter(|spell| spell.2 != 2).map(band).collect()
}

/// The lanes, between the plot area and the time axis.
pub(super) fn lanes(spells: &[Spell], frame: &Frame) -> String {
    let mut out = String::from("<g class=\"lanes\">");
    let top = |regime: usize| frame.bottom + 5.0 + LANE * regime as f64;
    for (regime, name) in SHORT.iter().enumerate() {
        let (x, y) = (px(frame.left - 6.0), px(top(regime) + LANE - 2.0));
        let _ = write!(out, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{name}</text>");
        let _ = write!(
            out,
            "<path class=\"rail\" d=\"M{} {}H{}\"/>",
            px(frame.left),
            px(top(regime) + LANE / 2.0),
            px(frame.right)
        );
        let mut bars = String::new();
        for (from, to, _) in spells.iter().filter(|spell| spell.2 == regime) {
            let (x0, x1) = (frame.x(*from), frame.x(*to));
            let _ = write!(
                bars,
                "M{} {}h{}v{}h-{}z",
                px(x0),
                px(top(regime) + 2.0),
                px((x1 - x0).max(0.6)),
                px(LANE - 4.0),
                px((x1 - x0).max(0.6))
            );
        }
        if !bars.is_empty() {
            let _ =
                write!(out, "<path class=\"lane\" d=\"{bars}\"><title>{}</title></path>", REGIMES[regime]);
        }
    }
    out.push_str("</g>");
    out
}

/// Change points: ticks at the upper edge, where they became known.
pub(super) fn change_points(marks: &[Mark], frame: &Frame) -> String {
    let mut out = String::from("<g class=\"changes\">");
    for mark in marks {
        let (x, y) = (px(frame.x(mark.ts)), px(frame.top));
        let (known, since) = (time(mark.ts), time(mark.at));
        let _ = write!(
            out,
            "<path d=\"M{x} {y}v12m-3 -12h6\"><title>change point known {known}, since {since}</title></path>"
        );
    }
    out.push_str("</g>");
    out
}

/// How much of the time each regime had, in words.
pub(super) fn shares(regimes: &Regimes) -> String {
    let total: i64 = regimes.time_ns.iter().fold(0, |sum: i64, ns| sum.saturating_add(*ns));
    let share = |ns: i64| number(Some(ns as f64 / total.max(1) as f64), Kind::Percent);
    let parts: Vec<String> =
        REGIMES.iter().zip(regimes.time_ns).map(|(name, ns)| format!("{name} {}", share(ns))).collect();
    format!("Share of time: {}; {} changes of regime.", parts.join(", "), fixed(regimes.changes as f64, 0))
}
