//! A walk forward in words.

use std::fmt::Write as _;

use manyworlds_components::time::Timestamp;

use super::outcome::{StitchedStatistics, WalkForwardSummary};

/// Windows that are printed; of more, the first and last of these.
const SHOWN: usize = 24;

/// The windows as a table, and what they came to.
pub fn render(walk: &WalkForwardSummary) -> String {
    let mut text = String::new();
    let percent = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{:.2}%", 100.0 * x));
    let number = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{x:.3}"));
    let date = |ns: i64| Timestamp(ns).to_string().replace("T00:00:00Z", "");
    let _ = writeln!(
        text,
        "\n  walk-forward: train {}{}, test {}, best by {}; warm-up {}",
        walk.train,
        if walk.anchored { " and growing" } else { "" },
        walk.test,
        walk.choose,
        walk.warm_up
    );
    let names = walk.windows.iter().filter_map(|w| w.name.as_ref()).map(|n| n.chars().count());
    let wide = names.max().unwrap_or(0).clamp(6, 48);
    let dates = walk.windows.iter().map(|w| date(w.test_from).len().max(date(w.test_to).len())).max();
    let span = 2 * dates.unwrap_or(10) + 4;
    let _ = writeln!(
        text,
        "  {:>4}  {:<span$}  {:<wide$} {:>10} {:>13} {:>10} {:>9} {:>9}",
        "", "test", "chosen", "in sample", "out of sample", "efficiency", "return", "baseline"
    );
    let hidden = walk.windows.len().saturating_sub(SHOWN);
    for row in &walk.windows {
        let skipped = hidden > 0 && (SHOWN / 2..SHOWN / 2 + hidden).contains(&row.window);
        if skipped {
            if row.window == SHOWN / 2 {
                let _ = writeln!(text, "  ... {hidden} more windows in walk_forward.parquet");
            }
            continue;
        }
        let name: String =
            row.name.as_deref().unwrap_or("none: in cash").chars().take(wide.max(13)).collect();
        let _ = writeln!(
            text,
            "  {:>4}  {:<span$}  {name:<wide$} {:>10} {:>13} {:>10} {:>9} {:>9}",
            row.window,
            format!("{} .. {}", date(row.test_from), date(row.test_to)),
            number(row.in_sample),
            number(row.out_of_sample),
            number(row.efficiency),
            percent(row.test_return),
            percent(row.baseline_return)
        );
        if let Some(reason) = &row.failed {
            let _ = writeln!(text, "        failed: {reason}");
        }
    }
    let line = |what: &str, s: &StitchedStatistics| {
        format!(
            "  {what}: return {}, sharpe {}, drawdown {}, {} trades",
            percent(s.total_return),
            number(s.sharpe),
            percent(s.max_drawdown),
            s.trades
        )
    };
    let _ = writeln!(text, "{}", line("stitched out of sample", &walk.stitched));
    let _ = writeln!(text, "{}", line(&format!("baseline `{}`", walk.baseline), &walk.baseline_stitched));
    let most =
        walk.choices.first().map_or("none".to_owned(), |c| format!("`{}`, {} times", c.name, c.windows));
    let _ = writeln!(
        text,
        "  efficiency {}; {} different choices, {} changes, most often {most}",
        number(walk.efficiency),
        walk.choices.len(),
        walk.changes
    );
    for parameter in &walk.parameters {
        let value = |(value, n): &(Option<String>, usize)| {
            format!("{} x{n}", value.as_deref().unwrap_or("as in the base"))
        };
        let values: Vec<String> = parameter.values.iter().take(6).map(value).collect();
        let more = if parameter.values.len() > 6 { ", ..." } else { "" };
        let _ = writeln!(
            text,
            "    {}: {}{more} (stability {:.0}%)",
            parameter.path,
            values.join(", "),
            100.0 * parameter.stability
        );
    }
    text
}
