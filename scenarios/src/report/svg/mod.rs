//! Static SVG: scales with nice ticks, a calendar time axis, and the frame that every time plot shares.

mod bars;
mod chart;
mod curve;
mod scale;
mod time_axis;

pub(super) use bars::{BarPanel, bar_panel};
pub(super) use chart::{Band, Chart, Frame, Line, draw};
pub(super) use curve::{CurvePanel, curve_panel};
pub(super) use scale::{Scale, Unit, nice_step};

/// The two drawings of each time plot; the style sheet shows the one that fits the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    Wide,
    Narrow,
}

impl Size {
    /// Both sizes.
    pub(super) const BOTH: [Self; 2] = [Self::Wide, Self::Narrow];

    /// Width in user units (CSS pixels at full size).
    pub(super) fn width(self) -> f64 {
        match self {
            Self::Wide => 1080.0,
            Self::Narrow => 380.0,
        }
    }

    /// The CSS class that shows or hides the drawing.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
        }
    }
}

/// A coordinate with at most one decimal.
pub(super) fn px(value: f64) -> String {
    let tenths = (value * 10.0).round() as i64;
    if tenths % 10 == 0 { (tenths / 10).to_string() } else { format!("{:.1}", tenths as f64 / 10.0) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn coordinates_are_short() {
        assert_eq!(super::px(12.04), "12");
        assert_eq!(super::px(-0.26), "-0.3");
        assert_eq!(super::px(7.25), "7.3");
    }
}
