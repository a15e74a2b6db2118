//! Reads a plan.

use std::sync::Arc;

use manyworlds_components::time::Frame;

use super::fields::{Fields, items};
use super::{BASE, PlanFile, generators};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::load::Environment;
use crate::scenario::read::Reader;
use crate::scenario::syntax::{Node, Source};

/// The fields of a plan.
const FIELDS: &[&str] = &["name", "base", "branches", "baseline", "sample", "walk_forward", "max_branches"];

/// Branches beyond which a plan must be confirmed.
const MAX_BRANCHES: u64 = 10_000;

pub(super) fn plan(root: &Node, source: &Arc<Source>, name: &str, reader: &mut Reader) -> Option<PlanFile> {
    const FORM: &str = "a plan is written `Plan(base: \"scenario.ron\", branches: [...])`";
    if root.as_struct().is_none_or(|(word, _)| word.is_some_and(|w| w != "Plan")) {
        let message = format!("expected a plan, found {}", root.describe());
        reader.note(Diagnostic::error(root.span.head(), "", message).with_help(FORM));
        return None;
    }
    let fields = Fields::of(root, "", FIELDS, reader)?;
    let name = fields.or("name", name.to_owned(), reader);
    let base = fields.need("base", "\"scenario.ron\"", reader);
    let base = base.and_then(|node| {
        let written: String = reader.read(node, "base")?;
        match Environment::Process.expand(&written) {
            Ok(path) => Some(source.directory.join(path)),
            Err(message) => {
                reader.note(Diagnostic::error(node.span.head(), "base", message).with_value(written));
                None
            }
        }
    });
    let generators = fields.need("branches", "[Grid(set: {\"models[0].fast\": [5, 10]})]", reader);
    let generators = generators
        .and_then(|node| items(node, "branches", "branches", reader))
        .map(|items| generators::all(items, "branches", reader));
    let baseline = fields.or("baseline", BASE.to_owned(), reader);
    let baseline_at = fields.get("baseline").unwrap_or(root).span.head();
    let sample = fields.or("sample", Frame::DAY, reader);
    let walk = fields.get("walk_forward");
    let walk = walk.map(|node| super::walk_forward::read(node, "walk_forward", reader));
    let max_branches = fields.or("max_branches", MAX_BRANCHES, reader);
    Some(PlanFile {
        name: name?,
        base: base?,
        generators: generators??,
        baseline: (baseline?, baseline_at),
        sample: sample?,
        walk_forward: match walk {
            Some(walk) => Some(walk?),
            None => None,
        },
        max_branches: max_branches?,
        source: source.clone(),
    })
}
