//! Scenario files and what they extend.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::environment::Environment;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::nearest::nearest;
use crate::scenario::syntax::merge::merge;
use crate::scenario::syntax::parse::parse;
use crate::scenario::syntax::{Kind, Node, Source, Span};

/// The files that are being read, each extended by the one before: canonical path and name.
type Chain = Vec<(PathBuf, String)>;

/// Reads a scenario file, laid over everything that it extends.
///
/// # Errors
/// A file that cannot be read or is not RON, or a circle.
pub(super) fn read_file(path: &Path, environment: &Environment) -> Result<Node, Box<Diagnostic>> {
    read_link(path, None, environment, &mut Vec::new())
}

/// Reads a text, laid over everything that it extends.
///
/// # Errors
/// As [`read_file`].
pub(super) fn read_text(source: &Arc<Source>, environment: &Environment) -> Result<Node, Box<Diagnostic>> {
    extended(source, environment, &mut Vec::new())
}

fn read_link(
    path: &Path,
    link: Option<&Span>,
    environment: &Environment,
    chain: &mut Chain,
) -> Result<Node, Box<Diagnostic>> {
    let name = path.display().to_string();
    let fail = |message: String| {
        let at = match link {
            Some(span) => {
                Diagnostic { path: "extends".into(), ..Diagnostic::error(span.clone(), "", message) }
            }
            None => Diagnostic::placeless(message),
        };
        Box::new(Diagnostic { value: Some(name.clone()), help: nearest_file(path), ..at })
    };
    let bytes = std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => fail(format!("there is no file `{name}`")),
        _ => fail(format!("cannot read `{name}`: {error}")),
    })?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let line = e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
        fail(format!("`{name}` is not a text: line {line} is not UTF-8"))
    })?;
    let canonical = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    if let Some(first) = chain.iter().position(|(seen, _)| *seen == canonical) {
        let mut circle: Vec<&str> = chain[first..].iter().map(|(_, name)| name.as_str()).collect();
        circle.push(&name);
        let message = format!("scenarios extend each other in a circle: {}", circle.join(" -> "));
        return Err(Box::new(Diagnostic { help: None, ..*fail(message) }));
    }
    chain.push((canonical, name.clone()));
    extended(&Source::new(name, path.parent().unwrap_or(Path::new("")), text), environment, chain)
}

fn extended(
    source: &Arc<Source>,
    environment: &Environment,
    chain: &mut Chain,
) -> Result<Node, Box<Diagnostic>> {
    const FORM: &str = "a scenario is written `Scenario(field: value, ...)`";
    let mut node = parse(source).map_err(|e| {
        let empty = source.text.trim().is_empty();
        if empty { Diagnostic { message: "the scenario is empty".into(), ..*e }.with_help(FORM) } else { *e }
    })?;
    let is_scenario = node.as_struct().is_some_and(|(name, _)| name.is_none_or(|n| n == "Scenario"));
    if !is_scenario {
        let message = format!("expected a scenario, found {}", node.describe());
        return Err(Box::new(Diagnostic::error(node.span.head(), "", message).with_help(FORM)));
    }
    let Kind::Struct(_, fields) = &mut node.kind else { return Ok(node) };
    let Some(at) = fields.iter().position(|f| f.name == "extends") else { return Ok(node) };
    let link = fields.remove(at).value;
    let fail = |message: String| Box::new(Diagnostic::error(link.span.head(), "extends", message));
    let written = link.as_text().ok_or_else(|| {
        fail(format!("expected the path of a scenario in quotation marks, found {}", link.describe()))
    })?;
    let path = source.directory.join(environment.expand(&written).map_err(fail)?);
    Ok(merge(read_link(&path, Some(&link.span), environment, chain)?, node))
}

/// Which file in the same directory was probably meant.
pub(super) fn nearest_file(path: &Path) -> Option<String> {
    if path.exists() {
        return None;
    }
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = std::fs::read_dir(parent) else {
        return Some(format!("there is no directory `{}` either", parent.display()));
    };
    let mut names: Vec<String> =
        entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    let best = nearest(&wanted, names.iter().map(String::as_str))?;
    let best = if parent == Path::new(".") { PathBuf::from(best) } else { parent.join(best) };
    Some(format!("did you mean `{}`?", best.display()))
}
