//! The report as a whole: what stands in it, for whole, odd and broken folders.

mod book;
mod broken;
mod findings;
mod interventions;
mod pages;
mod sample;
mod sample_findings;

use std::path::Path;

use super::{RunData, render};

/// The page of one folder.
fn page_of(dir: &Path) -> String {
    render(&[RunData::load(dir).unwrap()])
}

/// The text between two marks.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap_or_else(|| panic!("`{from}` is not in the page")) + from.len();
    &text[start..start + text[start..].find(to).unwrap()]
}

/// Every tag that is opened is closed, in order. Void elements and declarations aside.
fn assert_well_formed(html: &str) {
    const VOID: [&str; 3] = ["meta", "input", "!doctype"];
    let mut open: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find('>').expect("a tag ends");
        let tag = &rest[..end];
        let name: String =
            tag.trim_start_matches('/').chars().take_while(|c| c.is_alphanumeric() || *c == '!').collect();
        let name = name.to_lowercase();
        rest = &rest[end + 1..];
        if tag.starts_with('/') {
            assert_eq!(open.pop().as_deref(), Some(name.as_str()), "closed out of order");
        } else if !VOID.contains(&name.as_str()) && !tag.ends_with('/') {
            if name == "script" || name == "style" {
                let close = format!("</{name}>");
                rest = &rest[rest.find(&close).expect("raw text ends") + close.len()..];
                continue;
            }
            open.push(name);
        }
    }
    assert!(open.is_empty(), "never closed: {open:?}");
}
