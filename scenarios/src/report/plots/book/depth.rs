//! The depth around mid over time as a heat map: price against time, the darker the more rests per basis point.

use std::fmt::Write as _;

use super::super::{
    super::{
        envelope::Point,
        format::{escape, plain},
        model::{RunData, SampledSymbol},
        svg::{Frame, Line, Unit, px},
    },
    chart, figure, note,
};

/// Columns of the map.
const COLUMNS: usize = 110;
/// Shades.
const SHADES: usize = 5;

/// A column: when it begins and ends, mid, and by depth what rests up to it, bids and asks.
struct Column {
    from: i64,
    to: i64,
    mid: f64,
    depths: Vec<[f64; 2]>,
}

/// A depth in basis points, and its samples of bids and asks.
type Depth<'a> = (f64, [&'a [Point]; 2]);

/// The depths that were sampled, in basis points, rising, with their samples of both sides.
fn depths(symbol: &SampledSymbol) -> Vec<Depth<'_>> {
    let bps = |line: &(String, Vec<Point>)| line.0.strip_prefix("cob.bid_depth_")?.parse::<u64>().ok();
    let sides = |bps: u64| ["bid", "ask"].map(|side| symbol.line(&format!("cob.{side}_depth_{bps}")));
    let mut found: Vec<u64> = symbol.lines.iter().filter_map(bps).collect();
    found.sort_unstable();
    found.into_iter().map(|bps| (bps as f64, sides(bps))).collect()
}

pub(super) fn heat_map(run: &RunData, symbol: &SampledSymbol, id: &str) -> String {
    let mids = symbol.line("cob.mid");
    let depths = shown(depths(symbol));
    if depths.is_empty() {
        return String::new();
    }
    let borders: Vec<f64> = depths.iter().map(|d| d.0).collect();
    let columns = columns(mids, &depths);
    let Some((least, most)) = spread(&columns, &borders) else { return String::new() };
    let reach = borders.last().copied().unwrap_or(0.0) * 1e-4;
    let heading = format!("{}: depth around mid, all venues", symbol.symbol);
    let line = Line {
        points: super::thinned(mids),
        class: "mid".to_owned(),
        label: "mid".to_owned(),
        fill_to: None,
    };
    let mut plot = chart(id.to_owned(), &heading, run, vec![line]);
    plot.description =
        format!("Mid of {} over time, UTC, and around it the depth of bids and asks", symbol.symbol);
    plot.unit = Unit::Number;
    plot.height = 340.0;
    plot.include = columns.iter().flat_map(|c| [c.mid * (1.0 - reach), c.mid * (1.0 + reach)]).collect();
    let drawing = figure(&plot, |frame| cells(&columns, &borders, (least, most), frame));
    let key = "<p class=\"key\"><svg viewBox=\"0 0 14 12\" aria-hidden=\"true\"><rect class=\"depth bid d4\" width=\"14\" \
               height=\"12\"/></svg> bids, below mid <svg viewBox=\"0 0 14 12\" aria-hidden=\"true\"><rect class=\"depth ask \
               d4\" width=\"14\" height=\"12\"/></svg> asks, above it</p>";
    let text = note(&format!(
        "The darker, the more rests per basis point: from {} to {} (base units, logarithmic). Bands end at {} bps of mid.",
        plain(least),
        plain(most),
        borders.iter().map(|b| plain(*b)).collect::<Vec<_>>().join(", ")
    ));
    format!("<h4>{}</h4>{key}{drawing}{text}", escape(&heading))
}

/// The depths up to the first that holds all that there is but a hundredth.
fn shown(mut depths: Vec<Depth<'_>>) -> Vec<Depth<'_>> {
    let sum = |sides: &[&[Point]; 2]| -> f64 {
        sides.iter().flat_map(|side| side.iter()).map(|p| p.1).filter(|v| v.is_finite()).sum()
    };
    let all = depths.iter().map(|d| sum(&d.1)).fold(0.0, f64::max);
    let enough = depths.iter().position(|d| sum(&d.1) >= 0.99 * all).unwrap_or(0);
    depths.truncate(enough + 1);
    depths
}

/// Means of the samples over equal parts of the time; parts without a mid are left out.
fn columns(mids: &[Point], depths: &[Depth<'_>]) -> Vec<Column> {
    let (Some(first), Some(last)) = (mids.first(), mids.last()) else { return Vec::new() };
    let width = ((last.0 - first.0) / COLUMNS as i64).max(1);
    let mut columns = Vec::new();
    let mut begin = 0;
    while begin < mids.len() {
        let place = (mids[begin].0 - first.0) / width;
        let end = begin + mids[begin..].partition_point(|p| (p.0 - first.0) / width <= place);
        let mean = |points: &[Point]| {
            let values = points.get(begin..end).unwrap_or_default().iter().map(|p| p.1);
            let known: Vec<f64> = values.filter(|v| v.is_finite()).collect();
            (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
        };
        if let Some(mid) = mean(mids) {
            let depths =
                depths.iter().map(|(_, sides)| sides.map(|side| mean(side).unwrap_or(0.0))).collect();
            let from = first.0 + place * width;
            columns.push(Column { from, to: (from + width).min(last.0), mid, depths });
        }
        begin = end;
    }
    columns
}

/// What rests per basis point in a band of a column, bids and asks.
fn density(column: &Column, borders: &[f64], band: usize) -> [f64; 2] {
    let inner = band.checked_sub(1);
    let width = borders[band] - inner.map_or(0.0, |inner| borders[inner]);
    [0, 1].map(|side| {
        (column.depths[band][side] - inner.map_or(0.0, |i| column.depths[i][side])).max(0.0) / width
    })
}

/// The least density that a shade is for, and the greatest that there is.
fn spread(columns: &[Column], borders: &[f64]) -> Option<(f64, f64)> {
    let all = columns.iter().flat_map(|c| (0..borders.len()).flat_map(|band| density(c, borders, band)));
    let mut known: Vec<f64> = all.filter(|d| *d > 0.0).collect();
    known.sort_by(f64::total_cmp);
    let most = *known.last()?;
    // A few nearly empty cells are not worth the shades.
    let least = known[known.len() / 20].min(most / 2.0);
    Some((least, most))
}

/// The cells, one path a side and shade.
fn cells(columns: &[Column], borders: &[f64], (least, most): (f64, f64), frame: &Frame) -> String {
    let mut paths = vec![String::new(); 2 * SHADES];
    for column in columns {
        let (x0, x1) = (frame.x(column.from), frame.x(column.to));
        for band in 0..borders.len() {
            let inner = if band == 0 { 0.0 } else { borders[band - 1] };
            for (side, value) in density(column, borders, band).into_iter().enumerate() {
                if value <= 0.0 {
                    continue;
                }
                let share = ((value / least).ln() / (most / least).ln()).clamp(0.0, 1.0);
                let shade = ((share * SHADES as f64) as usize).min(SHADES - 1);
                let out = if side == 0 { -1e-4 } else { 1e-4 };
                let y = |bps: f64| frame.y(column.mid * (1.0 + out * bps));
                let (y0, y1) = (y(inner).min(y(borders[band])), y(inner).max(y(borders[band])));
                let (w, h) = (px(x1 - x0), px((y1 - y0).max(0.3)));
                let _ = write!(paths[side * SHADES + shade], "M{} {}h{w}v{h}h-{w}z", px(x0), px(y0));
            }
        }
    }
    let mut out = String::from("<g>");
    for (i, path) in paths.iter().enumerate().filter(|(_, path)| !path.is_empty()) {
        let side = ["bid", "ask"][i / SHADES];
        let _ = write!(out, "<path class=\"depth {side} d{}\" d=\"{path}\"/>", i % SHADES + 1);
    }
    out.push_str("</g>");
    out
}
