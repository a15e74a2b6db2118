//! Prices with the fills on them: buys are filled triangles that point up, below the price; sells hollow ones
//! that point down, above it.

use std::fmt::Write as _;

use super::{
    super::{
        envelope::{Point, decimate},
        format::{escape, fixed, plain, time},
        lanes::Lane,
        model::{Direction, FillGroup, FillSeries, PriceSeries, RunData, join_groups},
        svg::{Band, Frame, Line, Unit, px},
    },
    absent, chart, figure, interventions, note,
};

/// Charts of a symbol and an account that are drawn.
const CHARTS: usize = 6;

/// Width of the interval, in pixels, in which fills of one side share a marker.
const MARKER_PX: f64 = 7.0;

/// The price section of one run.
pub(in super::super) fn price(run: &RunData, lanes: &[Lane<'_>], id: &str) -> String {
    if run.prices.is_empty() && run.fills.series.is_empty() {
        return absent("No prices and no fills were recorded.");
    }
    // Most fills first; ties in the order of accounts and symbols.
    let mut pairs: Vec<(u64, String, String)> = Vec::new();
    for ((account, symbol, _), series) in &run.fills.series {
        let count = series.groups.iter().map(|g| g.count).sum::<u64>();
        match pairs.iter_mut().find(|p| &p.1 == account && &p.2 == symbol) {
            Some(pair) => pair.0 += count,
            None => pairs.push((count, account.clone(), symbol.clone())),
        }
    }
    let lane_order =
        |account: &str| lanes.iter().position(|l| l.curves.name == account).unwrap_or(usize::MAX);
    let many = lanes.len() > 3;
    if many && let Some(first) = lanes.first() {
        pairs.retain(|p| p.1 == first.curves.name);
    }
    pairs.sort_by(|a, b| b.0.cmp(&a.0).then(lane_order(&a.1).cmp(&lane_order(&b.1))).then(a.2.cmp(&b.2)));
    if pairs.is_empty() {
        pairs.extend(run.prices.iter().map(|p| (0, String::new(), p.symbol.clone())));
    }
    let total = pairs.len();
    let mut out = String::from(
        "<p class=\"key\"><svg viewBox=\"0 0 14 12\" aria-hidden=\"true\"><path class=\"buy\" d=\"M7 1L13 11H1Z\"/></svg> buy \
         <svg viewBox=\"0 0 14 12\" aria-hidden=\"true\"><path class=\"sell\" d=\"M7 11L13 1H1Z\"/></svg> sell \
         <svg viewBox=\"0 0 14 12\" aria-hidden=\"true\"><rect class=\"range\" y=\"2\" width=\"14\" height=\"8\"/></svg> low to \
         high</p>",
    );
    for (i, (count, account, symbol)) in pairs.iter().take(CHARTS).enumerate() {
        out.push_str(&one(run, account, symbol, *count, &format!("{id}-{i}")));
    }
    if many && let Some(first) = lanes.first() {
        out.push_str(&note(&format!("Fills of one account: {}.", first.label)));
    }
    if total > CHARTS {
        let text = format!(
            "The {CHARTS} charts with the most fills; {} more in prices.parquet and fills.parquet.",
            total - CHARTS
        );
        out.push_str(&note(&text));
    }
    out.push_str(&note(&format!(
        "{} fills in all (fills.parquet). Fills of one side within {MARKER_PX} pixels share a marker at their mean price; its \
         title says how many.",
        fixed(run.fills.rows as f64, 0)
    )));
    out
}

fn one(run: &RunData, account: &str, symbol: &str, count: u64, id: &str) -> String {
    let of = |side| {
        let series: Option<&FillSeries> =
            run.fills.series.get(&(account.to_owned(), symbol.to_owned(), side));
        series.map_or(&[] as &[FillGroup], |s| &s.groups)
    };
    let (buys, sells) = (of(Direction::Buy), of(Direction::Sell));
    let heading = match (account, count) {
        ("", _) => format!("{symbol}: no fills"),
        _ => format!("{symbol}: {} fills of {account}", fixed(count as f64, 0)),
    };
    let mut lines = Vec::new();
    let mut bands = Vec::new();
    if let Some(series) = run.prices.iter().find(|p| p.symbol == symbol) {
        lines.push(Line {
            points: series.close.points(),
            class: "price".into(),
            label: symbol.into(),
            fill_to: None,
        });
        bands.extend(range_band(series));
    } else {
        // Without bars, the fills themselves span the axes.
        let mut points: Vec<Point> = buys.iter().chain(sells).map(|g| (g.ts, g.price())).collect();
        points.sort_by_key(|p| p.0);
        lines.push(Line { points, class: "hidden".into(), label: symbol.into(), fill_to: None });
    }
    let mut plot = chart(id.to_owned(), &heading, run, lines);
    plot.description = format!("Closing price of {symbol} over time, UTC, with a marker at every fill");
    plot.unit = Unit::Number;
    plot.height = 320.0;
    plot.bands = bands;
    plot.include = buys.iter().chain(sells).map(FillGroup::price).collect();
    let drawing = figure(&plot, |frame| {
        let mut markers = interventions::draw(run, frame);
        markers.push_str("<g class=\"fills\">");
        mark(&mut markers, frame, sells, false);
        mark(&mut markers, frame, buys, true);
        markers.push_str("</g>");
        markers
    });
    format!("<h4>{}</h4>{drawing}", escape(&heading))
}

/// The band from low to high.
pub(super) fn range_band(series: &PriceSeries) -> Option<Band> {
    let points = high_low(series);
    (!points.is_empty()).then_some(Band { points, class: "range" })
}

/// The range of the bars in each bucket of the kept envelopes.
fn high_low(series: &PriceSeries) -> Vec<(i64, f64, f64)> {
    const COLUMNS: usize = 500;
    let (high, low) = (series.high.points(), series.low.points());
    let Some((from, to)) = high.first().zip(high.last()).map(|(a, b)| (a.0, b.0)) else { return Vec::new() };
    let column = |ts: i64| {
        let span = (i128::from(to) - i128::from(from)).max(1);
        ((i128::from(ts) - i128::from(from)) * COLUMNS as i128 / span).clamp(0, COLUMNS as i128 - 1) as usize
    };
    let mut ranges: Vec<Option<(i64, f64, f64)>> = vec![None; COLUMNS];
    for (ts, value) in decimate(&high, from, to, COLUMNS).into_iter().chain(decimate(&low, from, to, COLUMNS))
    {
        let range = ranges[column(ts)].get_or_insert((ts, value, value));
        (range.1, range.2) = (range.1.min(value), range.2.max(value));
    }
    ranges.into_iter().flatten().collect()
}

/// Markers of fills of one side; those that are close together share one.
pub(super) fn mark(out: &mut String, frame: &Frame, groups: &[FillGroup], buy: bool) {
    let span = (frame.to as f64 - frame.from as f64).max(1.0);
    let width_ns = (span / frame.columns() as f64 * MARKER_PX) as i64;
    for group in join_groups(groups, width_ns.max(1)) {
        let (x, y) = (frame.x(group.ts + (group.last_ts - group.ts) / 2), frame.y(group.price()));
        let (class, word, path) = if buy {
            ("buy", "buy", format!("M{} {}l5 9h-10z", px(x), px(y + 2.0)))
        } else {
            ("sell", "sell", format!("M{} {}l5 -9h-10z", px(x), px(y - 2.0)))
        };
        let what = if group.count == 1 {
            format!("{word} {} at {}", plain(group.quantity), plain(group.price()))
        } else {
            let count = fixed(group.count as f64, 0);
            format!("{count} {word} fills, {} at a mean of {}", plain(group.quantity), plain(group.price()))
        };
        let _ = write!(
            out,
            "<path class=\"{class}\" d=\"{path}\"><title>{}: {what}</title></path>",
            time(group.ts)
        );
    }
}
