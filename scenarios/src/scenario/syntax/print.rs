//! Writes a tree as RON again.

use super::node::{Kind, Node};
use super::path::join;

/// Lines with the remarks behind them.
type Lines = Vec<(String, Option<String>)>;

/// On one line.
pub fn compact(node: &Node) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match &node.kind {
        Kind::Leaf(_, text) => text.clone(),
        Kind::List(items) => format!("[{}]", list(items.iter().map(compact).collect())),
        Kind::Map(entries) => {
            let entry = |(k, v): &(Node, Node)| format!("{}: {}", compact(k), compact(v));
            format!("{{{}}}", list(entries.iter().map(entry).collect()))
        }
        Kind::Tuple(name, items) => {
            format!("{}({})", name.as_deref().unwrap_or_default(), list(items.iter().map(compact).collect()))
        }
        Kind::Struct(name, fields) => {
            let fields = fields.iter().map(|f| format!("{}: {}", f.name, compact(&f.value))).collect();
            format!("{}({})", name.as_deref().unwrap_or_default(), list(fields))
        }
    }
}

/// What stands behind a value in an annotated print; `None` leaves its parts to be annotated instead.
pub type Remark<'a> = &'a dyn Fn(&str, &Node) -> Option<String>;

/// Width up to which a value stays on one line.
const WIDTH: usize = 72;

/// On many lines, with the remark on each value as a comment behind it.
pub fn annotated(node: &Node, remark: Remark<'_>) -> String {
    let mut lines = Vec::new();
    write(&mut lines, node, "", (String::new(), ""), 0, remark);
    let width =
        lines.iter().filter(|l| l.1.is_some()).map(|l| l.0.chars().count()).max().unwrap_or(0).min(100);
    lines.into_iter().fold(String::new(), |text, (line, remark)| match remark {
        Some(remark) => format!("{text}{line:width$}  // {remark}\n"),
        None => format!("{text}{line}\n"),
    })
}

/// The remark that all of a value shares, which may be none; `None` if its parts differ.
fn shared(node: &Node, path: &str, remark: Remark<'_>) -> Option<Option<String>> {
    let own = remark(path, node);
    let parts = parts(node, path);
    if own.is_some() || parts.is_empty() {
        return Some(own);
    }
    let mut remarks = parts.iter().map(|(_, path, part)| shared(part, path, remark));
    let first = remarks.next()??;
    remarks.all(|other| other.as_ref() == Some(&first)).then_some(first)
}

/// The parts of a value: what is written before each, its path, itself.
fn parts<'a>(node: &'a Node, path: &str) -> Vec<(String, String, &'a Node)> {
    match &node.kind {
        Kind::List(items) => {
            items.iter().enumerate().map(|(i, item)| (String::new(), format!("{path}[{i}]"), item)).collect()
        }
        Kind::Map(entries) => {
            let name = |key: &Node| join(path, &key.as_word().unwrap_or_default());
            entries.iter().map(|(key, value)| (format!("{}: ", compact(key)), name(key), value)).collect()
        }
        Kind::Struct(_, fields) => {
            fields.iter().map(|f| (format!("{}: ", f.name), join(path, &f.name), &f.value)).collect()
        }
        Kind::Leaf(..) | Kind::Tuple(..) => Vec::new(),
    }
}

fn write(
    lines: &mut Lines,
    node: &Node,
    path: &str,
    around: (String, &str),
    depth: usize,
    remark: Remark<'_>,
) {
    let (indent, (prefix, suffix)) = ("    ".repeat(depth), around);
    let shared = shared(node, path, remark);
    let one_line = format!("{indent}{prefix}{}{suffix}", compact(node));
    let (name, open, close) = match &node.kind {
        Kind::List(_) => ("", "[", "]"),
        Kind::Map(_) => ("", "{", "}"),
        Kind::Struct(name, _) => (name.as_deref().unwrap_or_default(), "(", ")"),
        Kind::Leaf(..) | Kind::Tuple(..) => return lines.push((one_line, shared.flatten())),
    };
    if shared.is_some() && one_line.chars().count() <= WIDTH {
        return lines.push((one_line, shared.flatten()));
    }
    // A remark on the whole is not repeated on its parts.
    let silent = |_: &str, _: &Node| None;
    let inner: Remark<'_> = if shared.is_some() { &silent } else { remark };
    lines.push((format!("{indent}{prefix}{name}{open}"), shared.flatten()));
    for (prefix, path, part) in parts(node, path) {
        write(lines, part, &path, (prefix, ","), depth + 1, inner);
    }
    lines.push((format!("{indent}{close}{suffix}"), None));
}
