//! The monthly heatmap: a table whose cells carry the numbers, so that it reads without color.

use std::collections::BTreeMap;

use super::{
    super::{
        calendar::{self, PeriodReturn},
        format::{UNDEFINED, escape, signed_percent},
        lanes::Lane,
    },
    absent, note, paneled,
};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Years that are shown, the last ones.
const YEARS: usize = 30;

/// The monthly section: a heatmap an account.
pub(in super::super) fn monthly(lanes: &[Lane<'_>]) -> String {
    let (shown, hidden) = paneled(lanes);
    let mut out = String::new();
    for lane in shown {
        let daily = lane.curves.with_base(&lane.curves.days);
        let months = calendar::period_returns(&daily, true);
        let years = calendar::period_returns(&daily, false);
        if !months.is_empty() {
            let years = &years[years.len().saturating_sub(YEARS)..];
            out.push_str(&heatmap(lane, &months, years));
        }
    }
    if out.is_empty() {
        return absent("Less than two daily closes: no monthly returns.");
    }
    out.push_str(&note(
        "From the last equity of each month, UTC; a sample at midnight closes the day before. * The data begin or end inside \
         of the period. Shade: ever stronger with the size of the return, in steps of the largest; losses are in italics.",
    ));
    out.push_str(&note(&hidden));
    out
}

fn heatmap(lane: &Lane<'_>, months: &[PeriodReturn], years: &[PeriodReturn]) -> String {
    let by_month: BTreeMap<(i16, i8), &PeriodReturn> =
        months.iter().map(|m| ((m.year, m.month), m)).collect();
    let largest = months.iter().map(|m| m.value.abs()).fold(0.0, f64::max);
    // Few years read best as columns of a tall table on a narrow screen, many as rows of a wide one.
    let mut wide = String::from("<thead><tr><th scope=\"col\">Year</th>");
    for month in MONTHS {
        wide.push_str(&format!("<th scope=\"col\">{month}</th>"));
    }
    wide.push_str("<th scope=\"col\" class=\"total\">Year</th></tr></thead><tbody>");
    for year in years {
        wide.push_str(&format!("<tr><th scope=\"row\">{}</th>", year.year));
        for month in 1..=12 {
            wide.push_str(&cell(by_month.get(&(year.year, month)).copied(), largest));
        }
        wide.push_str(&total(year));
        wide.push_str("</tr>");
    }
    let mut narrow = String::from("<thead><tr><th scope=\"col\">Month</th>");
    for year in years {
        narrow.push_str(&format!("<th scope=\"col\">{}</th>", year.year));
    }
    narrow.push_str("</tr></thead><tbody>");
    for (i, name) in MONTHS.iter().enumerate() {
        let month = i as i8 + 1;
        if years.iter().all(|y| !by_month.contains_key(&(y.year, month))) {
            continue;
        }
        narrow.push_str(&format!("<tr><th scope=\"row\">{name}</th>"));
        for year in years {
            narrow.push_str(&cell(by_month.get(&(year.year, month)).copied(), largest));
        }
        narrow.push_str("</tr>");
    }
    narrow.push_str("<tr><th scope=\"row\">Year</th>");
    years.iter().for_each(|year| narrow.push_str(&total(year)));
    narrow.push_str("</tr>");
    let caption = format!("<caption>Monthly returns: {}</caption>", escape(&lane.label));
    format!(
        "<div class=\"scroll wide\"><table class=\"heat\">{caption}{wide}</tbody></table></div>\
         <div class=\"scroll narrow\"><table class=\"heat\">{caption}{narrow}</tbody></table></div>"
    )
}

fn text(period: &PeriodReturn) -> String {
    format!("{}{}", signed_percent(period.value, 1), if period.partial { "*" } else { "" })
}

fn total(year: &PeriodReturn) -> String {
    format!("<td class=\"total\">{}</td>", text(year))
}

fn cell(period: Option<&PeriodReturn>, largest: f64) -> String {
    let Some(period) = period else { return format!("<td class=\"none\">{UNDEFINED}</td>") };
    let strength =
        if largest > 0.0 { (period.value.abs() / largest * 4.0).ceil().clamp(0.0, 4.0) as u8 } else { 0 };
    let sign = if period.value < 0.0 { 'n' } else { 'p' };
    format!("<td class=\"{sign}{strength}\">{}</td>", text(period))
}
