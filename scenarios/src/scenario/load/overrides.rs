//! What the command line says on top of the files.

use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::nearest::hint;
use crate::scenario::syntax::merge::set;
use crate::scenario::syntax::parse::parse_from;
use crate::scenario::syntax::path::{Segment, segments};
use crate::scenario::syntax::{Node, Source, Span};

/// Values that replace those of the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `path.to.field=VALUE`, in order. VALUE is RON. List items go by place, `accounts[0].cash`, or by name,
    /// `accounts.base.cash`. Files in them are relative to the current directory.
    pub set: Vec<String>,
    /// The seed.
    pub seed: Option<u64>,
    /// First time, as in a scenario but without quotation marks.
    pub from: Option<String>,
    /// Last time.
    pub to: Option<String>,
}

impl Overrides {
    /// Only these `path=VALUE`.
    pub fn set(flags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { set: flags.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Lays the values over a tree.
    pub(super) fn apply(&self, root: &mut Node) -> Vec<Diagnostic> {
        let mut flags: Vec<(&str, String)> = self.set.iter().map(|flag| ("--set", flag.clone())).collect();
        flags.extend(self.seed.map(|seed| ("--seed", format!("seed={seed}"))));
        for (name, field, time) in [("--from", "from", &self.from), ("--to", "to", &self.to)] {
            let value =
                time.as_ref().map(|t| if t.parse::<i64>().is_ok() { t.clone() } else { format!("{t:?}") });
            flags.extend(value.map(|value| (name, format!("{field}={value}"))));
        }
        let apply = |(name, flag): (&str, String)| apply(root, name, flag).err().map(|e| *e);
        flags.into_iter().filter_map(apply).collect()
    }
}

/// Applies one flag, `path=VALUE`.
fn apply(root: &mut Node, name: &str, flag: String) -> Result<(), Box<Diagnostic>> {
    let source = Source::new(name, "", flag);
    let span = |start, end| Span { source: source.clone(), start, end };
    let text = &source.text;
    let fail = |message: String| Box::new(Diagnostic::error(span(0, text.len()), "", message));
    let equals = text
        .find('=')
        .ok_or_else(|| fail("`path.to.field=VALUE` was expected: there is no `=`".to_owned()))?;
    let path = text[..equals].trim();
    let steps = segments(path).map_err(fail)?;
    let value = parse_from(&source, equals + 1).map_err(|e| Diagnostic { path: path.to_owned(), ..*e })?;
    put(root, path, &steps, value, &span(0, equals))
}

/// Puts a value where a path leads; `at` is where the path is written.
pub(super) fn put(
    root: &mut Node,
    path: &str,
    steps: &[Segment],
    value: Node,
    at: &Span,
) -> Result<(), Box<Diagnostic>> {
    set(root, steps, value, at).map_err(|(segment, names)| {
        let at = Diagnostic::error(at.clone(), path, format!("`{segment}` leads nowhere"));
        if names.is_empty() {
            return Box::new(
                at.with_help("there is no list, map or struct at this place that could hold it"),
            );
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Box::new(at.with_help(hint(&segment.to_string(), &names, "what is there")))
    })
}
