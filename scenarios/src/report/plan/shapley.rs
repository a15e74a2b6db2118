//! What modules are worth: bars with their standard errors.

use super::super::format::{Kind, escape, fixed, number};
use super::super::plots::note;
use super::super::sections::metric;
use super::super::svg::Unit;
use super::data::PlanData;
use super::whiskers::{Whisker, Whiskers, whiskers};
use crate::comparison::{ShapleyValue, ShapleyValues};

/// The section; `None` where the plan has no such ablation.
pub(super) fn shapley(plan: &PlanData, id: &str) -> Option<String> {
    let games = &plan.comparison.as_ref()?.shapley;
    let drawn: Vec<String> =
        games.iter().enumerate().map(|(i, game)| bars(game, &format!("{id}-{i}"))).collect();
    let text = "What a module adds on average over the orders in which modules may be added, with two standard errors of the \
                sampled orders on each side; the values add up from the metric without any module to that with all.";
    (!drawn.is_empty()).then(|| drawn.concat() + &note(text))
}

fn bars(game: &ShapleyValues, id: &str) -> String {
    let shown = metric(&game.metric);
    let row = |v: &ShapleyValue| Whisker {
        label: v.module.clone(),
        value: v.value,
        interval: v.standard_error.map(|e| (v.value - 2.0 * e, v.value + 2.0 * e)),
        shown: number(Some(v.value), shown.kind),
        hover: format!(
            "{}: {} \u{b1} {} (standard error)",
            v.module,
            number(Some(v.value), shown.kind),
            number(v.standard_error, shown.kind)
        ),
    };
    let mut rows: Vec<Whisker> = game.modules.iter().map(row).collect();
    rows.sort_by(|a, b| b.value.total_cmp(&a.value));
    let drawing = whiskers(&Whiskers {
        id: id.to_owned(),
        title: format!("Shapley values of the modules: {}", shown.label),
        description: format!("What each module adds to {}", shown.label),
        unit: if shown.kind == Kind::Percent { Unit::Percent } else { Unit::Number },
        zero: Some(0.0),
        bars: true,
        rows,
    });
    let left_out = match game.left_out {
        0 => String::new(),
        n => format!(", {n} left out"),
    };
    format!(
        "<h4>{}: {} without modules, {} with all; {} orders{left_out}</h4>{drawing}",
        escape(&shown.label),
        number(Some(game.empty), shown.kind),
        number(Some(game.full), shown.kind),
        fixed(game.permutations as f64, 0)
    )
}
