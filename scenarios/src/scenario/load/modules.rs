//! Reads which modules are loaded, in each of the forms that a scenario may use.

use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::nearest::hint;
use crate::scenario::read::Reader;
use crate::scenario::schema::module::{ModuleSettings, RawSettings};
use crate::scenario::schema::orchestrator::{OrchestratorSettings, Preset, canonical};
use crate::scenario::syntax::path::join;
use crate::scenario::syntax::{Kind, Node, Span};

const TYPES: [&str; 3] = ["basic", "configurable", "preset"];
const MODULES: &str = "orchestrator.modules";

/// Reads `orchestrator: (...)`.
pub(super) fn read_orchestrator(
    node: &Node,
    reader: &mut Reader,
    known: &[&str],
) -> Option<OrchestratorSettings> {
    let fail = |reader: &mut Reader, at: Span, path: &str, message: String, help: String| {
        reader.note(Diagnostic::error(at, path, message).with_help(help));
        None
    };
    let forms = "`(type: basic)`, `(type: configurable, modules: [...])` or `(type: preset, name: \"full\")`";
    let Some((_, fields)) = node.as_struct() else {
        let message = format!("expected {forms}, found {}", node.describe());
        reader.note(Diagnostic::error(node.span.head(), "orchestrator", message));
        return None;
    };
    let fields = reader.fields(fields, "orchestrator", &["type", "modules", "name"]);
    let get = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, node)| *node);
    let Some(kind) = get("type") else {
        let message = "the field `type` is missing".to_owned();
        return fail(reader, node.span.head(), "orchestrator.type", message, format!("write {forms}"));
    };
    let word = kind.as_word().unwrap_or_default();
    let foreign = match word.as_str() {
        "basic" => vec!["modules", "name"],
        "configurable" => vec!["name"],
        "preset" => vec!["modules"],
        _ => {
            let message = format!("unknown type {}", kind.describe());
            return fail(
                reader,
                kind.span.head(),
                "orchestrator.type",
                message,
                hint(&word, &TYPES, "types"),
            );
        }
    };
    for name in foreign {
        if let Some(node) = get(name) {
            let message = format!("an orchestrator of type `{word}` has no `{name}`");
            fail(reader, node.span.head(), &join("orchestrator", name), message, format!("write {forms}"));
        }
    }
    match word.as_str() {
        "basic" => Some(OrchestratorSettings::Basic),
        "preset" => {
            let names = Preset::ALL.map(Preset::name);
            let Some(name) = get("name") else {
                let message = "the field `name` is missing".to_owned();
                let help = format!("presets: {}", names.join(", "));
                return fail(reader, node.span.head(), "orchestrator.name", message, help);
            };
            let written = name.as_word().unwrap_or_default();
            let Some(preset) = Preset::named(&written) else {
                let message = format!("unknown preset {}", name.describe());
                let help = hint(&written, &names, "presets");
                return fail(reader, name.span.head(), "orchestrator.name", message, help);
            };
            let note = |message: String| Diagnostic::error(name.span.head(), "orchestrator.name", message);
            match preset.resolve(known) {
                Ok(resolved) => resolved.warnings.into_iter().for_each(|w| reader.note(note(w).as_warning())),
                Err(error) => reader.note(note(error.to_string()).with_value(&written)),
            }
            Some(OrchestratorSettings::Preset { preset })
        }
        _ => {
            let modules = get("modules").map_or_else(|| Some(Vec::new()), |n| read_modules(n, reader, known));
            modules.map(|modules| OrchestratorSettings::Configurable { modules })
        }
    }
}

/// Reads `["a", "b"]`, `{"a": (...)}` or `(a: (...))`.
fn read_modules(node: &Node, reader: &mut Reader, known: &[&str]) -> Option<Vec<ModuleSettings>> {
    let mut named: Vec<(Option<String>, &Node, Option<&Node>)> = Vec::new();
    match &node.kind {
        Kind::List(items) => named.extend(items.iter().map(|item| (item.as_word(), item, None))),
        Kind::Map(entries) => named.extend(entries.iter().map(|(k, v)| (k.as_word(), k, Some(v)))),
        Kind::Struct(None, fields) => {
            named.extend(fields.iter().map(|f| (Some(f.name.clone()), &f.value, Some(&f.value))));
        }
        Kind::Tuple(None, items) if items.is_empty() => {}
        _ => {
            let message = format!(
                "expected a list of names, or a map from names to settings, found {}",
                node.describe()
            );
            reader.note(Diagnostic::error(node.span.head(), MODULES, message));
            return None;
        }
    }
    let mut modules: Vec<ModuleSettings> = Vec::new();
    for (name, at, settings) in named {
        let Some(name) = name else {
            let message = format!("expected the name of a module, found {}", at.describe());
            reader.note(Diagnostic::error(at.span.head(), MODULES, message));
            continue;
        };
        check_known(reader, &name, &at.span, MODULES, known);
        let name = canonical(&name).to_owned();
        let path = join(MODULES, &name);
        if modules.iter().any(|m| m.name == name) {
            let message = format!("the module `{name}` is named twice");
            reader.note(Diagnostic::error(at.span.head(), path.as_str(), message));
        }
        if let Some(settings) = settings.filter(|s| s.as_struct().is_none()) {
            let message =
                format!("expected settings in parentheses, `(field: value)`, found {}", settings.describe());
            reader.note(Diagnostic::error(settings.span.head(), path.as_str(), message));
        }
        let settings = settings.map_or_else(
            || {
                RawSettings::new(
                    Node { span: at.span.clone(), kind: Kind::Tuple(None, Vec::new()) },
                    path.as_str(),
                )
            },
            |node| RawSettings::new(node.clone(), path.as_str()),
        );
        modules.push(ModuleSettings { name, settings });
    }
    Some(modules)
}

/// Reports a module that is not among the known ones.
pub(super) fn check_known(reader: &mut Reader, name: &str, at: &Span, path: &str, known: &[&str]) {
    if !known.contains(&canonical(name)) {
        let error = Diagnostic::error(at.head(), path, format!("unknown module `{name}`"));
        let help = match known {
            [] => {
                "this program has no modules to choose from: write `orchestrator: (type: basic)`".to_owned()
            }
            _ => hint(canonical(name), known, "modules"),
        };
        reader.note(error.with_value(name).with_help(help));
    }
}
