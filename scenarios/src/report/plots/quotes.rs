//! Order books over time: how much rests at which price, the best prices, and an account's own quotes and fills.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{
    super::{
        book::{BookView, Levels, SIZE_BORDERS},
        format::{escape, span},
        model::{Direction, FillGroup, RunData},
        svg::{Frame, Line, Unit, px},
    },
    chart, figure, note,
    price::mark,
};
use crate::Scenario;

/// Symbols that are drawn.
const SYMBOLS: usize = 2;
/// Levels of a side that the axis must show.
const SHOWN: usize = 6;
/// Shades of sizes.
const SHADES: usize = SIZE_BORDERS + 1;

/// The section's body; `None` where no book was sampled.
pub(in super::super) fn quotes(run: &RunData, id: &str) -> Option<String> {
    let mut symbols: Vec<&str> = run.books.iter().map(|v| v.symbol.as_str()).collect();
    symbols.dedup();
    symbols.sort_unstable();
    symbols.dedup();
    let mut out = String::from(
        "<p class=\"key\"><svg viewBox=\"0 0 14 12\" aria-hidden=\"true\"><rect class=\"d3\" y=\"1\" width=\"14\" height=\"10\"/></svg> \
         bids, <svg viewBox=\"0 0 14 12\" aria-hidden=\"true\"><rect class=\"a3\" y=\"1\" width=\"14\" height=\"10\"/></svg> asks \
         that rest, the darker the larger (the median, 80% and 95% of all sizes part the shades) \
         <svg viewBox=\"0 0 14 12\" aria-hidden=\"true\"><path class=\"own bid\" d=\"M0 6H14\"/></svg> own bid \
         <svg viewBox=\"0 0 14 12\" aria-hidden=\"true\"><path class=\"own ask\" d=\"M0 6H14\"/></svg> own ask \
         <svg viewBox=\"0 0 14 12\" aria-hidden=\"true\"><path class=\"buy\" d=\"M7 1L13 11H1Z\"/></svg> bought \
         <svg viewBox=\"0 0 14 12\" aria-hidden=\"true\"><path class=\"sell\" d=\"M7 11L13 1H1Z\"/></svg> sold</p>",
    );
    let mut any = false;
    for (s, symbol) in symbols.iter().take(SYMBOLS).enumerate() {
        let account = shown_account(run, symbol);
        for near in [true, false] {
            let view = run.books.iter().find(|v| v.symbol == *symbol && v.near == near);
            if let Some(view) = view.filter(|v| v.times.len() > 1) {
                any = true;
                out.push_str(&ladder(run, view, account, &format!("{id}-{s}-{}", u8::from(near))));
                if !near {
                    out.push_str(&depth(run, view, &format!("{id}-{s}-depth")));
                }
            }
        }
    }
    if symbols.len() > SYMBOLS {
        out.push_str(&note(&format!("{} more in book_samples.parquet.", symbols.len() - SYMBOLS)));
    }
    any.then_some(out)
}

/// What a symbol's sizes and prices are counted in, where the scenario can be read and says so.
fn units(run: &RunData, symbol: &str) -> (String, String) {
    let scenario = run.scenario.as_deref().and_then(|text| Scenario::from_ron(text).ok());
    let found = scenario.iter().flat_map(|s| &s.symbols).find(|s| s.symbol == symbol);
    let (base, quote) = found.map(|s| s.base_and_quote()).unwrap_or_default();
    // A share is called what its symbol is called.
    let or =
        |name: String, other: &str| if name.is_empty() || name == symbol { other.to_owned() } else { name };
    (or(base, "base units"), or(quote, "quote units"))
}

/// The account with the most quotes in the first view of a symbol that has any: the same one in all of its drawings.
fn shown_account<'r>(run: &'r RunData, symbol: &str) -> Option<&'r str> {
    let views = || run.books.iter().filter(|v| v.symbol == symbol);
    let most = |view: &'r BookView| {
        view.quotes.iter().max_by_key(|(name, q)| (q.len(), std::cmp::Reverse(*name))).map(|a| a.0.as_str())
    };
    views().filter(|v| v.near).find_map(most).or_else(|| views().find_map(most))
}

/// Best prices over the shades of what rests, with one account's quotes and fills.
fn ladder(run: &RunData, view: &BookView, account: Option<&str>, id: &str) -> String {
    // A price stands until it is another.
    let best = |side: &[Levels]| {
        let value = |levels: &Levels| levels.first().map_or(f64::NAN, |level| level.0);
        let mut points = Vec::with_capacity(2 * side.len());
        for (ts, value) in view.times.iter().copied().zip(side.iter().map(value)) {
            if let Some((_, before)) = points.last().copied().filter(|(_, before)| *before != value) {
                points.push((ts, before));
            }
            points.push((ts, value));
        }
        points
    };
    let line = |points, class: &str, label: &str| Line {
        points,
        class: class.into(),
        label: label.into(),
        fill_to: None,
    };
    let lines =
        vec![line(best(&view.asks), "best ask", "best ask"), line(best(&view.bids), "best", "best bid")];
    let account = account.and_then(|name| view.quotes.get_key_value(name));
    let (first, last) = (view.times[0], view.times[view.times.len() - 1]);
    let name = account.map_or("", |a| a.0.as_str());
    let heading = if view.near {
        format!("{}: {} from the middle of the run, step by step", view.symbol, span(last - first))
    } else {
        format!("{}: the whole run", view.symbol)
    };
    let heading = if name.is_empty() { heading } else { format!("{heading}, with the quotes of {name}") };
    let heading = format!("{heading}, in {}", units(run, &view.symbol).1);
    let mut plot = chart(id.to_owned(), &heading, run, lines);
    plot.description = format!(
        "Best bid and ask of {} over time, UTC, with the sizes of the levels behind them",
        view.symbol
    );
    plot.unit = Unit::Number;
    plot.height = 340.0;
    if view.near {
        let shown = |side: &Vec<Levels>| {
            let deep = side.iter().filter_map(|levels| levels.get(SHOWN.min(levels.len().max(1)) - 1));
            deep.map(|level| level.0).collect::<Vec<_>>()
        };
        plot.include = shown(&view.bids).into_iter().chain(shown(&view.asks)).collect();
    }
    if let Some((_, quotes)) = account {
        plot.include.extend(quotes.iter().map(|q| q.2));
    }
    let drawing = figure(&plot, |frame| {
        let mut out = shades(view, frame);
        if let Some((account, quotes)) = account {
            for (buys, class) in [(true, "own bid"), (false, "own ask")] {
                out.push_str(&steps(view, frame, quotes.iter().filter(|q| q.1 == buys), class));
            }
            out.push_str("<g class=\"fills\">");
            for (side, buy) in [(Direction::Sell, false), (Direction::Buy, true)] {
                let key = (account.clone(), view.symbol.clone(), side);
                let groups = run.fills.series.get(&key).map_or(&[][..], |s| &s.groups);
                let within = groups.iter().filter(|g| (first..=last).contains(&g.ts)).copied();
                mark(&mut out, frame, &within.collect::<Vec<FillGroup>>(), buy);
            }
            out.push_str("</g>");
        }
        out
    });
    format!("<h4>{}</h4>{drawing}", escape(&heading))
}

/// Rectangles of levels, joined over the samples in which a level keeps its shade; one path per side and shade.
fn shades(view: &BookView, frame: &Frame) -> String {
    let Some((tick, borders)) = view.tick().zip(view.size_borders()) else { return String::new() };
    let mut paths: [[String; SHADES]; 2] = Default::default();
    for (side, levels) in [&view.bids, &view.asks].into_iter().enumerate() {
        // By price in ticks: the shade, and where it began.
        let mut open: BTreeMap<i64, (usize, usize)> = BTreeMap::new();
        for place in 0..=levels.len() {
            let mut now: BTreeMap<i64, usize> = BTreeMap::new();
            for (price, size) in levels.get(place).into_iter().flatten() {
                let shade = borders.iter().filter(|border| size > *border).count();
                now.insert((price / tick).round() as i64, shade);
            }
            let ended: Vec<i64> =
                open.iter().filter(|(key, o)| now.get(key) != Some(&o.0)).map(|(key, _)| *key).collect();
            for key in ended {
                let Some((shade, from)) = open.remove(&key) else { continue };
                let at = |place: usize| frame.x(view.times[place.min(view.times.len() - 1)]);
                let (x, end) = (at(from), at(place));
                let price = key as f64 * tick;
                let clip = |y: f64| y.clamp(frame.top, frame.bottom);
                let (top, bottom) = (clip(frame.y(price + 0.5 * tick)), clip(frame.y(price - 0.5 * tick)));
                if bottom - top > 0.05 && end > x {
                    let (w, h) = (px(end - x), px((bottom - top).max(0.9)));
                    let _ = write!(paths[side][shade], "M{} {}h{w}v{h}h-{w}z", px(x), px(top));
                }
            }
            for (key, shade) in now {
                open.entry(key).or_insert((shade, place));
            }
        }
    }
    let mut out = String::from("<g class=\"depth\">");
    for (side, shades) in paths.iter().enumerate() {
        for (shade, path) in shades.iter().enumerate().filter(|(_, path)| !path.is_empty()) {
            let class = if side == 0 { "d" } else { "a" };
            let _ = write!(out, "<path class=\"{class}{shade}\" d=\"{path}\"/>");
        }
    }
    out.push_str("</g>");
    out
}

/// Quotes of one side as a line of steps, broken where there is none.
fn steps<'q>(
    view: &BookView,
    frame: &Frame,
    quotes: impl Iterator<Item = &'q (usize, bool, f64)>,
    class: &str,
) -> String {
    let (mut path, mut before): (String, Option<(usize, f64)>) = (String::new(), None);
    for (place, _, price) in quotes {
        let x = |place: usize| px(frame.x(view.times[place.min(view.times.len() - 1)]));
        match before {
            Some((last, _)) if last == *place => continue,
            Some((last, at)) if last + 1 == *place && at == *price => {}
            Some((last, _)) if last + 1 == *place => _ = write!(path, "V{}", px(frame.y(*price))),
            _ => _ = write!(path, "M{} {}", x(*place), px(frame.y(*price))),
        }
        let _ = write!(path, "H{}", x(place + 1));
        before = Some((*place, *price));
    }
    format!("<path class=\"{class}\" d=\"{path}\"/>")
}

/// How much rests in the levels that were sampled.
fn depth(run: &RunData, view: &BookView, id: &str) -> String {
    let sum = |side: &[Levels]| {
        let sizes = side.iter().map(|levels| levels.iter().map(|l| l.1).sum::<f64>());
        view.times.iter().copied().zip(sizes).collect::<Vec<_>>()
    };
    let line = |points, class: &str, label: &str| Line {
        points,
        class: class.into(),
        label: label.into(),
        fill_to: None,
    };
    let lines = vec![line(sum(&view.bids), "s0", "bids"), line(sum(&view.asks), "s1", "asks")];
    let levels = view.bids.iter().chain(&view.asks).map(Vec::len).max().unwrap_or(0);
    let heading =
        format!("{}: size of the best {levels} levels, in {}", view.symbol, units(run, &view.symbol).0);
    let mut plot = chart(id.to_owned(), &heading, run, lines);
    plot.description = format!("Size that rests in the best levels of {} over time, UTC", view.symbol);
    plot.unit = Unit::Number;
    plot.height = 200.0;
    plot.include = vec![0.0];
    format!("<h4>{}</h4>{}", escape(&heading), figure(&plot, |_| String::new()))
}
