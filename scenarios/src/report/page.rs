//! The page: head, navigation, and the order of the sections.

use std::collections::BTreeMap;

use super::{
    format::{escape, fixed},
    lanes,
    model::RunData,
    plots, sections,
    summary::Status,
};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The whole page.
pub(super) fn render(runs: &[RunData]) -> String {
    let runs: Vec<(&RunData, String)> = runs.iter().zip(labels(runs)).collect();
    let mut body = Body::default();
    let heading = match runs.as_slice() {
        [(_, label)] => label.clone(),
        _ => format!("{} runs side by side", runs.len()),
    };
    let banners: String = runs.iter().map(|(run, label)| sections::banner(run, label)).collect();
    body.section("facts", "Run facts", 2, &sections::facts(&runs));
    if let [(run, _)] = runs.as_slice() {
        one_run(&mut body, run, "", 2);
    } else {
        body.section("statistics", "Statistics", 2, &sections::statistics(&runs));
        body.section("growth", "Growth compared", 2, &plots::compare(&runs, "growth-plot"));
        for (i, (run, label)) in runs.iter().enumerate() {
            let prefix = format!("run{}-", i + 1);
            body.links.push((format!("{prefix}run"), label.clone()));
            body.html
                .push_str(&format!("<article id=\"{prefix}run\"><h2 class=\"run\">{}</h2>", escape(label)));
            body.html.push_str(&sections::tiles(run));
            one_run(&mut body, run, &prefix, 3);
            body.html.push_str("</article>");
        }
    }
    let mark = match runs.iter().filter(|(run, _)| run.summary.status != Status::Complete).count() {
        0 => "",
        _ => "\u{26a0} ",
    };
    let tiles = if let [(run, _)] = runs.as_slice() { sections::tiles(run) } else { String::new() };
    document(("manyworlds report", mark, &heading), &format!("{banners}{tiles}"), &body, "")
}

/// The document around the sections: brand, mark and title, what stands in the head, and rules of style beside the usual.
pub(super) fn document(
    (brand, mark, title): (&str, &str, &str),
    head: &str,
    body: &Body,
    style: &str,
) -> String {
    let links: String = body
        .links
        .iter()
        .map(|(id, title)| format!("<li><a href=\"#{id}\">{}</a></li>", escape(title)))
        .collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'unsafe-inline'\">\
         <title>{mark}{title} \u{2013} manyworlds</title>\n<style>\n{STYLE}{style}</style></head>\n<body><header>\
         <p class=\"brand\">{brand}</p><h1>{title}</h1>{head}</header>\n\
         <nav aria-label=\"Sections\"><ul>{links}</ul></nav>\n<main>{}</main>\n<script>\n{SCRIPT}</script></body></html>\n",
        body.html,
        title = escape(title),
    )
}

/// Sections in order, and the links to them.
#[derive(Default)]
pub(super) struct Body {
    html: String,
    links: Vec<(String, String)>,
}

impl Body {
    pub(super) fn section(&mut self, id: &str, title: &str, level: u8, content: &str) {
        if level == 2 {
            self.links.push((id.to_owned(), title.to_owned()));
        }
        self.html.push_str(&format!(
            "<section id=\"{id}\"><h{level}>{}</h{level}>{content}</section>\n",
            escape(title)
        ));
    }
}

/// The sections of one run; ids get `prefix`, headings the given level.
fn one_run(body: &mut Body, run: &RunData, prefix: &str, level: u8) {
    let drawn = lanes::of_run(run);
    let id = |name: &str| format!("{prefix}{name}");
    let single = [(run, run.summary.name.clone())];
    if level == 2 {
        body.section(&id("statistics"), "Statistics", level, &sections::statistics(&single));
    }
    if let Some(table) = sections::accounts(run) {
        body.section(&id("accounts"), "Accounts ranked", level, &table);
    }
    body.section(&id("equity"), "Equity", level, &plots::equity(run, &drawn, &id("equity-plot")));
    body.section(
        &id("underwater"),
        "Underwater",
        level,
        &plots::underwater(run, &drawn, &id("underwater-plot")),
    );
    body.section(&id("monthly"), "Monthly returns", level, &plots::monthly(&drawn));
    if drawn.len() == 1 {
        body.html.push_str("<div class=\"pair\">");
    }
    body.section(&id("yearly"), "Yearly returns", level, &plots::yearly(&drawn, &id("yearly-plot")));
    body.section(
        &id("histogram"),
        "Return histogram",
        level,
        &plots::histogram(&drawn, &id("histogram-plot")),
    );
    if drawn.len() == 1 {
        body.html.push_str("</div>");
    }
    body.section(&id("rolling"), "Rolling Sharpe", level, &plots::rolling(run, &drawn, &id("rolling-plot")));
    body.section(&id("fills"), "Fills on the price", level, &plots::price(run, &drawn, &id("price-plot")));
    if let Some(tables) = sections::trading(run) {
        body.section(&id("trading"), "Market making and execution", level, &tables);
    }
    if let Some(charts) = plots::quotes(run, &id("quotes-plot")) {
        body.section(&id("quotes"), "Order book and own quotes", level, &charts);
    }
    let found = [plots::structure(run, &id("structure-plot")), sections::findings(run)];
    if found.iter().any(Option::is_some) {
        body.section(
            &id("structure"),
            "Market structure",
            level,
            &found.into_iter().flatten().collect::<String>(),
        );
    }
    if let Some(panels) = plots::volatility(run, &id("volatility-plot")) {
        body.section(&id("volatility"), "Volatility", level, &panels);
    }
    if let Some(panels) = plots::book(run, &id("book-plot")) {
        body.section(&id("book"), "Consolidated order book", level, &panels);
    }
    if let Some(panels) = plots::microstructure(run, &id("microstructure-plot")) {
        body.section(&id("microstructure"), "Microstructure", level, &panels);
    }
    if let Some(content) = sections::correlation(run, &id("correlation-plot")) {
        body.section(&id("correlation"), "Correlation", level, &content);
    }
    body.section(&id("exposure"), "Exposure", level, &plots::exposure(run, &drawn, &id("exposure-plot")));
    body.section(&id("trades"), "Trades", level, &sections::trades(run));
    body.section(&id("decisions"), "Decisions", level, &sections::decisions(run));
    if let Some(table) = sections::features(run) {
        body.section(&id("features"), "Features", level, &table);
    }
    body.section(&id("modules"), "Modules", level, &sections::modules(run));
    body.section(&id("scenario"), "Resolved scenario", level, &sections::scenario(run));
}

/// A label for each run: its name; with the folder where names repeat, and numbered where those do too.
fn labels(runs: &[RunData]) -> Vec<String> {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for run in runs {
        *names.entry(run.summary.name.as_str()).or_default() += 1;
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    runs.iter()
        .map(|run| {
            let name = &run.summary.name;
            let label =
                if names[name.as_str()] > 1 { format!("{name} ({})", run.folder) } else { name.clone() };
            let count = seen.entry(label.clone()).or_default();
            *count += 1;
            if *count > 1 { format!("{label} #{}", fixed(*count as f64, 0)) } else { label }
        })
        .collect()
}
