//! The page of a plan: the order of its sections.

use super::super::page::{Body, document};
use super::super::summary::Status;
use super::data::PlanData;
use super::{
    differences, facts, fan, heatmaps, honesty, lists, parallel, ranking, shapley, stability, walk_forward,
};

const STYLE: &str = include_str!("style.css");

/// The whole page.
pub(in super::super) fn render(plan: &PlanData) -> String {
    let mut body = Body::default();
    body.section("question", "The question", 2, &facts::facts(plan));
    let mut optional = |id: &str, title: &str, content: Option<String>| {
        if let Some(content) = content {
            body.section(id, title, 2, &content);
        }
    };
    optional("honesty", "How much of the best is luck", honesty::honesty(plan));
    optional("ranking", "Ranking", Some(ranking::ranking(plan)));
    optional(
        "differences",
        "Differences from the baseline",
        differences::differences(plan, "differences-plot"),
    );
    optional("fan", "Equity of all branches", fan::fan(plan, "fan-plot"));
    optional("parameters", "What the parameters do", heatmaps::parameters(plan));
    optional("parallel", "Parallel coordinates", parallel::parallel(plan, "parallel-plot"));
    optional("shapley", "What modules are worth", shapley::shapley(plan, "shapley-plot"));
    optional("stability", "Stability of the ranking", stability::stability(plan, "stability-plot"));
    optional("walk-forward", "Walk-forward", walk_forward::walk_forward(plan, "walk-plot"));
    optional("interventions", "Interventions", lists::actions(plan));
    optional("failed", "Failed branches", lists::failed(plan));
    optional("plan", "The plan", lists::file(plan));
    let mark = if plan.status == Status::Complete { "" } else { "\u{26a0} " };
    let head = format!("{}{}", facts::banner(plan), facts::tiles(plan));
    document(("manyworlds what-if", mark, &plan.name), &head, &body, STYLE)
}
