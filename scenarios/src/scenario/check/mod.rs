//! What a readable scenario may still have wrong: ranges, names, links between its parts.

mod accounts;
mod interventions;
mod modules;
mod names;
mod policies;
mod ranges;
mod symbols;

use manyworlds_systems::catalogue::Catalogue;

use super::diagnostic::Diagnostic;
use super::load::Draft;
use super::nearest::hint;
use super::syntax::Node;

/// Everything that is wrong, or odd, about the readable parts.
pub(super) fn check(
    draft: &Draft,
    root: &Node,
    modules: &[&str],
    catalogue: Option<&Catalogue>,
) -> Vec<Diagnostic> {
    let mut report = Report { root, found: Vec::new() };
    ranges::check(draft, &mut report);
    names::check(draft, &mut report, modules);
    symbols::check(draft, &mut report);
    accounts::check(draft, &mut report);
    policies::check(draft, &mut report);
    interventions::check(draft, &mut report);
    if let Some(catalogue) = catalogue {
        modules::check(&mut report, draft, catalogue);
    }
    report.found
}

/// Collects problems and finds their places.
struct Report<'a> {
    root: &'a Node,
    found: Vec<Diagnostic>,
}

impl Report<'_> {
    fn error(&mut self, path: &str, message: impl Into<String>, help: impl Into<String>) {
        let found = Diagnostic::error(self.root.locate(path), path, message).with_help(help);
        self.found
            .push(Diagnostic { value: self.root.at(path).map(|n| n.span.head().text().to_owned()), ..found });
    }

    fn warn(&mut self, path: &str, message: impl Into<String>, help: impl Into<String>) {
        self.error(path, message, help);
        if let Some(last) = self.found.pop() {
            self.found.push(last.as_warning());
        }
    }

    /// Reports a name that is not among the known ones.
    fn known(&mut self, path: &str, kind: &str, name: &str, known: &[&str]) {
        if !known.contains(&name) {
            self.error(path, format!("unknown {kind} `{name}`"), hint(name, known, &format!("{kind}s")));
        }
    }

    /// Reports names that are there more than once.
    fn unique(&mut self, kind: &str, names: &[(String, String)]) {
        for (i, (path, name)) in names.iter().enumerate() {
            if let Some((first, _)) = names[..i].iter().find(|(_, other)| other == name) {
                let line = self.root.locate(first).line();
                let message = format!("two {kind}s are called `{name}`; the first is in line {line}");
                self.error(path, message, "names must differ");
            }
        }
    }
}
