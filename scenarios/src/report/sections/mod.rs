//! The sections that are tables and text.

mod accounts;
mod correlation;
mod decisions;
mod facts;
mod features;
mod findings;
mod metrics;
mod modules;
mod scenario;
mod statistics;
mod trades;
mod trading;

pub(super) use accounts::accounts;
pub(super) use correlation::correlation;
pub(super) use decisions::decisions;
pub(super) use facts::{banner, facts, tiles};
pub(super) use features::features;
pub(super) use findings::findings;
pub(super) use metrics::metric;
pub(super) use modules::modules;
pub(super) use scenario::scenario;
pub(super) use statistics::statistics;
pub(super) use trades::trades;
pub(super) use trading::trading;

use super::format::escape;

/// A table cell: what it shows (escaped or not by its maker), and what it sorts by.
pub(super) struct Cell {
    html: String,
    sort: Option<f64>,
}

impl Cell {
    /// A number, shown as `shown`.
    pub(super) fn number(value: Option<f64>, shown: &str) -> Self {
        Self { html: escape(shown), sort: Some(value.filter(|v| v.is_finite()).unwrap_or(f64::MIN)) }
    }

    /// Words; escaped here.
    pub(super) fn text(text: &str) -> Self {
        Self { html: escape(text), sort: None }
    }

    /// The same, leading to a page beside this one.
    pub(super) fn linked(mut self, to: &str) -> Self {
        self.html = format!("<a href=\"{}\">{}</a>", escape(to), self.html);
        self
    }

    /// The same, with words that a pointer brings up.
    pub(super) fn titled(mut self, title: &str) -> Self {
        if !title.is_empty() {
            self.html = format!("<span title=\"{}\">{}</span>", escape(title), self.html);
        }
        self
    }
}

/// A table that the script can sort: columns are (heading, numeric).
pub(super) fn sortable(caption: &str, columns: &[(&str, bool)], rows: &[Vec<Cell>]) -> String {
    let mut out = format!(
        "<div class=\"scroll\"><table class=\"sortable\"><caption>{}</caption><thead><tr>",
        escape(caption)
    );
    for (heading, numeric) in columns {
        let class = if *numeric { " class=\"num\"" } else { "" };
        out.push_str(&format!("<th scope=\"col\"{class}>{}</th>", escape(heading)));
    }
    out.push_str("</tr></thead><tbody>");
    for row in rows {
        out.push_str("<tr>");
        for (i, cell) in row.iter().enumerate() {
            let numeric = columns.get(i).is_some_and(|c| c.1);
            let sort = cell.sort.map_or_else(String::new, |v| format!(" data-v=\"{v}\""));
            match (i, numeric) {
                (0, _) => out.push_str(&format!("<th scope=\"row\"{sort}>{}</th>", cell.html)),
                (_, true) => out.push_str(&format!("<td class=\"num\"{sort}>{}</td>", cell.html)),
                (_, false) => out.push_str(&format!("<td{sort}>{}</td>", cell.html)),
            }
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    out
}
