//! Lays one tree over another, and sets single values.

use super::node::{Field, Kind, Node};
use super::path::{Segment, item_name};
use super::source::Span;

/// Lays `over` over `base`: structs and maps merge field by field, everything else is replaced. Structs with different
/// names (two variants of one choice), or with a different `type`, are different things: the upper one replaces.
pub fn merge(base: Node, over: Node) -> Node {
    let kind = match (base.kind, over.kind) {
        (Kind::Tuple(None, items), upper) if items.is_empty() => upper,
        (lower @ (Kind::Struct(None, _) | Kind::Map(_)), Kind::Tuple(None, items)) if items.is_empty() => {
            lower
        }
        (Kind::Struct(lower_name, lower), Kind::Struct(upper_name, upper)) => {
            if (lower_name.is_some() && upper_name.is_some() && lower_name != upper_name)
                || differ_in_type(&lower, &upper)
            {
                Kind::Struct(upper_name, upper)
            } else {
                Kind::Struct(upper_name.or(lower_name), merge_fields(lower, upper))
            }
        }
        (Kind::Map(lower), Kind::Map(upper)) => Kind::Map(merge_entries(lower, upper)),
        (_, upper) => upper,
    };
    Node { span: over.span, kind }
}

fn differ_in_type(lower: &[Field], upper: &[Field]) -> bool {
    let of = |fields: &[Field]| fields.iter().find(|f| f.name == "type").and_then(|f| f.value.as_word());
    matches!((of(lower), of(upper)), (Some(a), Some(b)) if a != b)
}

fn merge_fields(mut lower: Vec<Field>, upper: Vec<Field>) -> Vec<Field> {
    for field in upper {
        match lower.iter().position(|f| f.name == field.name) {
            Some(at) => {
                let old = lower[at].clone();
                lower[at] = Field { value: merge(old.value, field.value), ..field };
            }
            None => lower.push(field),
        }
    }
    lower
}

fn merge_entries(mut lower: Vec<(Node, Node)>, upper: Vec<(Node, Node)>) -> Vec<(Node, Node)> {
    for (key, value) in upper {
        let same = |k: &Node| k.as_word().is_some() && k.as_word() == key.as_word();
        match lower.iter().position(|(k, _)| same(k)) {
            Some(at) => {
                let old = lower[at].1.clone();
                lower[at] = (key, merge(old, value));
            }
            None => lower.push((key, value)),
        }
    }
    lower
}

/// Puts `value` where `path` leads; fields that are not there yet are added (by the name `at`).
///
/// # Errors
/// The part of the path that leads nowhere, and the names that there are.
pub fn set(node: &mut Node, path: &[Segment], value: Node, at: &Span) -> Result<(), (Segment, Vec<String>)> {
    let Some((segment, rest)) = path.split_first() else {
        *node = value;
        return Ok(());
    };
    if matches!(&node.kind, Kind::Tuple(_, items) if items.len() == 1)
        && let Kind::Tuple(_, items) = &mut node.kind
    {
        return set(&mut items[0], path, value, at);
    }
    if let Kind::Tuple(name, items) = &node.kind
        && items.is_empty()
    {
        node.kind = Kind::Struct(name.clone(), Vec::new());
    }
    let nowhere = |names: Vec<String>| Err((segment.clone(), names));
    let child = match (segment, &mut node.kind) {
        (Segment::Name(name), Kind::Struct(_, fields)) => {
            let found = fields.iter().rposition(|f| f.name == *name).unwrap_or_else(|| {
                let empty = Node { span: at.clone(), kind: Kind::Tuple(None, Vec::new()) };
                fields.push(Field { name: name.clone(), span: at.clone(), value: empty });
                fields.len() - 1
            });
            fields.get_mut(found).map(|f| &mut f.value)
        }
        (Segment::Name(name), Kind::Map(entries)) => {
            let names = entries.iter().filter_map(|(key, _)| key.as_word()).collect();
            match entries.iter_mut().rfind(|(key, _)| key.as_word().as_ref() == Some(name)) {
                Some((_, value)) => Some(value),
                None => return nowhere(names),
            }
        }
        (Segment::Name(name), Kind::List(items)) => {
            let names: Vec<String> = items.iter().filter_map(item_name).collect();
            match items.iter_mut().find(|item| item_name(item).as_ref() == Some(name)) {
                Some(item) => Some(item),
                None => return nowhere(names),
            }
        }
        (Segment::Index(at), Kind::List(items) | Kind::Tuple(_, items)) => {
            let names = (0..items.len()).map(|i| format!("[{i}]")).collect();
            match items.get_mut(*at) {
                Some(item) => Some(item),
                None => return nowhere(names),
            }
        }
        _ => None,
    };
    match child {
        Some(child) => set(child, rest, value, at),
        None => nowhere(Vec::new()),
    }
}
