//! The statistics table: accounts side by side, grouped, with the conventions; quantiles where there are many.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        format::{UNDEFINED, escape, fixed, number, shorten},
        lanes,
        model::RunData,
        summary::{AccountSummary, text_of},
    },
    metrics::{Group, Metric, metric},
};

/// The value of a statistic by its name.
type Value<'a> = Box<dyn Fn(&str) -> Option<f64> + 'a>;

/// A column of the table.
struct Column<'a> {
    heading: String,
    value: Value<'a>,
    text: Option<&'a AccountSummary>,
}

/// Statistics by group: how each is shown, and its name in the summary.
type Groups<'a> = BTreeMap<Group, Vec<(Metric, &'a str)>>;

/// The statistics section over one or several runs.
pub(in super::super) fn statistics(runs: &[(&RunData, String)]) -> String {
    let columns: Vec<Column<'_>> = runs
        .iter()
        .flat_map(|(run, label)| columns_of(run, (runs.len() > 1).then_some(label.as_str())))
        .collect();
    if columns.is_empty() {
        return "<p class=\"absent\">The summary has no accounts.</p>".to_owned();
    }
    let accounts = || runs.iter().flat_map(|(run, _)| &run.summary.accounts);
    let names: BTreeSet<&str> = accounts().flat_map(|a| a.metrics.keys().map(String::as_str)).collect();
    let mut groups = Groups::new();
    for name in names {
        let metric = metric(name);
        groups.entry(metric.group).or_default().push((metric, name));
    }
    for metrics in groups.values_mut() {
        metrics.sort_by(|a, b| a.0.rank.cmp(&b.0.rank).then(a.1.cmp(b.1)));
    }
    let mut out = match columns.as_slice() {
        [only] => in_groups(only, &groups),
        _ => side_by_side(&columns, &groups),
    };
    out.push_str(&conventions(runs));
    out
}

/// A single account: a small table a group, so that the page's width is used.
fn in_groups(column: &Column<'_>, groups: &Groups<'_>) -> String {
    let mut out = format!(
        "<p class=\"which\">Account: <strong>{}</strong></p><div class=\"groups\">",
        escape(&column.heading)
    );
    for (group, metrics) in groups {
        out.push_str(&format!("<table class=\"stats\"><caption>{}</caption><tbody>", group.title()));
        metrics
            .iter()
            .for_each(|(metric, name)| out.push_str(&row(metric, name, std::slice::from_ref(column))));
        out.push_str("</tbody></table>");
    }
    let texts = texts(std::slice::from_ref(column));
    if !texts.is_empty() {
        out.push_str(&format!("<table class=\"stats\">{texts}</table>"));
    }
    out.push_str("</div>");
    out
}

fn side_by_side(columns: &[Column<'_>], groups: &Groups<'_>) -> String {
    let mut out = String::from(
        "<div class=\"scroll\"><table class=\"stats\"><caption>Statistics</caption><thead><tr><th scope=\"col\">Statistic</th>",
    );
    for column in columns {
        let heading = escape(&shorten(&column.heading, 40));
        out.push_str(&format!("<th scope=\"col\" class=\"num\">{heading}</th>"));
    }
    out.push_str("</tr></thead>");
    for (group, metrics) in groups {
        let span = columns.len() + 1;
        let title = group.title();
        out.push_str(&format!(
            "<tbody><tr class=\"group\"><th scope=\"rowgroup\" colspan=\"{span}\">{title}</th></tr>"
        ));
        metrics.iter().for_each(|(metric, name)| out.push_str(&row(metric, name, columns)));
        out.push_str("</tbody>");
    }
    out.push_str(&texts(columns));
    out.push_str("</table></div>");
    out
}

fn row(metric: &Metric, name: &str, columns: &[Column<'_>]) -> String {
    let mut out = format!("<tr><th scope=\"row\">{}</th>", escape(&metric.label));
    for column in columns {
        out.push_str(&format!("<td class=\"num\">{}</td>", number((column.value)(name), metric.kind)));
    }
    out.push_str("</tr>");
    out
}

/// All accounts of a run while they are few; else best, median and worst, and quantiles of each statistic.
fn columns_of<'a>(run: &'a RunData, run_label: Option<&str>) -> Vec<Column<'a>> {
    let accounts = &run.summary.accounts;
    let named = |name: &str| match run_label {
        Some(label) if accounts.len() == 1 => label.to_owned(),
        Some(label) => format!("{label} \u{b7} {name}"),
        None => name.to_owned(),
    };
    let one = |account: &'a AccountSummary, heading: String| Column {
        heading,
        value: Box::new(move |name: &str| account.metric(name)),
        text: Some(account),
    };
    if accounts.len() <= lanes::DRAWN_AT_MOST {
        return accounts.iter().map(|account| one(account, named(&account.name))).collect();
    }
    let exemplars = lanes::exemplars(&lanes::ranking(accounts));
    let mut out: Vec<Column<'a>> = exemplars
        .into_iter()
        .map(|(i, word)| one(&accounts[i], named(&format!("{word}: {}", accounts[i].name))))
        .collect();
    for (q, word) in
        [(0.05, "5% of accounts below"), (0.5, "median of each"), (0.95, "95% of accounts below")]
    {
        out.push(Column {
            heading: named(word),
            value: Box::new(move |name: &str| {
                let mut values: Vec<f64> = accounts.iter().filter_map(|a| a.metric(name)).collect();
                values.sort_by(f64::total_cmp);
                let at = q * values.len().checked_sub(1)? as f64;
                let (low, high) = (values[at.floor() as usize], values[at.ceil() as usize]);
                Some(low + (high - low) * at.fract())
            }),
            text: None,
        });
    }
    out
}

/// Rows for the keys of accounts that are no numbers.
fn texts(columns: &[Column<'_>]) -> String {
    let keys: BTreeSet<&str> =
        columns.iter().filter_map(|c| c.text).flat_map(|a| a.texts.keys().map(String::as_str)).collect();
    if keys.is_empty() {
        return String::new();
    }
    let span = columns.len() + 1;
    let mut out =
        format!("<tbody><tr class=\"group\"><th scope=\"rowgroup\" colspan=\"{span}\">Account</th></tr>");
    for key in keys {
        out.push_str(&format!("<tr><th scope=\"row\">{}</th>", escape(&key.replace('_', " "))));
        for column in columns {
            let text = column.text.and_then(|a| a.texts.get(key)).map_or(UNDEFINED, String::as_str);
            out.push_str(&format!("<td class=\"num\">{}</td>", escape(&shorten(text, 200))));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody>");
    out
}

/// What the runs say about rf, ddof, N and sampling; each different text once.
fn conventions(runs: &[(&RunData, String)]) -> String {
    let mut out = String::new();
    let mut seen: Vec<String> = Vec::new();
    let differ = runs
        .iter()
        .any(|(run, _)| run.summary.get(&["conventions"]) != runs[0].0.summary.get(&["conventions"]));
    for (run, label) in runs {
        let text = match run.summary.get(&["conventions"]) {
            Some(value) => text_of(value),
            None => "the summary states none (risk-free rate, ddof, N and the sampling rule are unknown)."
                .to_owned(),
        };
        if !seen.contains(&text) {
            let of = if differ { format!(" of {}", escape(label)) } else { String::new() };
            out.push_str(&format!(
                "<p class=\"note\"><strong>Conventions{of}:</strong> {}</p>",
                escape(&text)
            ));
            seen.push(text);
        }
        let count = run.summary.accounts.len();
        if count > lanes::DRAWN_AT_MOST {
            out.push_str(&format!(
                "<p class=\"note\">{}: {} accounts; shown are the best, the median and the worst by total return, and \
                 quantiles of each statistic over all accounts. All of them stand in summary.json.</p>",
                escape(label),
                fixed(count as f64, 0)
            ));
        }
    }
    out.push_str(&format!(
        "<p class=\"note\">{UNDEFINED} is undefined. Drawdowns are negative. Statistics under \u{201c}More\u{201d} are shown as \
         they stand in the summary.</p>"
    ));
    out
}
