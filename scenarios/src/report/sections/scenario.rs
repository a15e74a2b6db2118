//! The resolved scenario, as `run.ron` has it.

use super::super::{
    format::{bytes, escape},
    model::RunData,
    plots::absent,
};

/// Characters that are shown.
const SHOWN: usize = 200_000;

/// The scenario section of one run.
pub(in super::super) fn scenario(run: &RunData) -> String {
    let Some(text) = &run.scenario else { return absent("run.ron is not in the folder.") };
    let end = text.char_indices().nth(SHOWN).map_or(text.len(), |(at, _)| at);
    let cut = if end < text.len() {
        format!("<p class=\"note\">Cut here; run.ron has {}.</p>", bytes(text.len() as f64))
    } else {
        String::new()
    };
    format!(
        "<details><summary>run.ron: {} lines</summary><pre tabindex=\"0\"><code>{}</code></pre>{cut}</details>",
        text.lines().count(),
        escape(&text[..end])
    )
}
