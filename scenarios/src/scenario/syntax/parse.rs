//! Reads the structure of a RON text.

use std::sync::Arc;

use super::lex::{Failure, char_end, name_end, number_end, skip_blank, string_end};
use super::node::{Class, Field, Kind, Node};
use super::source::{Source, Span};
use crate::scenario::diagnostic::Diagnostic;

/// Levels of nesting that are read; more are an error rather than a stack overflow.
const MAX_DEPTH: usize = 64;

/// Reads a whole text as one value.
///
/// # Errors
/// The first place where it is not RON.
pub fn parse(source: &Arc<Source>) -> Result<Node, Box<Diagnostic>> {
    parse_from(source, 0)
}

/// Reads what follows the first `start` bytes as one value.
///
/// # Errors
/// As [`parse`].
pub fn parse_from(source: &Arc<Source>, start: usize) -> Result<Node, Box<Diagnostic>> {
    let mut parser = Parser { source, text: &source.text, at: start, depth: 0 };
    parser.document().map_err(|(at, message)| {
        let length = source.text[at..].chars().next().map_or(0, char::len_utf8);
        let span = Span { source: source.clone(), start: at, end: at + length };
        Box::new(Diagnostic::error(span, "", message))
    })
}

type Fallible<T> = Result<T, (usize, String)>;

struct Parser<'a> {
    source: &'a Arc<Source>,
    text: &'a str,
    at: usize,
    depth: usize,
}

fn lexical((at, message): Failure) -> (usize, String) {
    (at, message.to_owned())
}

impl Parser<'_> {
    fn document(&mut self) -> Fallible<Node> {
        self.blank()?;
        while self.text[self.at..].starts_with("#!") {
            self.attribute()?;
        }
        if self.at == self.text.len() {
            return Err((self.at, "there is nothing here: a value was expected".to_owned()));
        }
        let node = self.value()?;
        self.blank()?;
        if self.at < self.text.len() {
            return Err((self.at, "the value ends before this; nothing may follow it".to_owned()));
        }
        Ok(node)
    }

    /// `#![enable(...)]`: all the extensions that can be enabled are always on here.
    fn attribute(&mut self) -> Fallible<()> {
        let rest = &self.text[self.at..];
        let end = rest.find(']').ok_or((self.at, "this attribute is never closed".to_owned()))?;
        // Only an attribute that `ron` knows is let pass.
        ron::from_str::<ron::Value>(&format!("{}\n()", &rest[..=end]))
            .map_err(|e| (self.at, e.code.to_string()))?;
        self.at += end + 1;
        self.blank()
    }

    fn value(&mut self) -> Fallible<Node> {
        if self.depth >= MAX_DEPTH {
            return Err((self.at, format!("more than {MAX_DEPTH} levels of nesting")));
        }
        self.depth += 1;
        let start = self.at;
        let kind = self.kind()?;
        self.depth -= 1;
        Ok(Node { span: self.span(start, self.at), kind })
    }

    fn kind(&mut self) -> Fallible<Kind> {
        let (text, start) = (self.text, self.at);
        if let Some(end) = string_end(text, start) {
            return self.literal(Class::Text, end.map_err(lexical)?);
        }
        match text[start..].chars().next() {
            Some('[') => Ok(Kind::List(self.items('[', ']', Self::value)?)),
            Some('{') => Ok(Kind::Map(self.items('{', '}', Self::entry)?)),
            Some('(') => self.parenthesized(None),
            Some('\'') => self.literal(Class::Char, char_end(text, start).map_err(lexical)?),
            Some('0'..='9' | '+' | '-' | '.') => self.literal(Class::Number, number_end(text, start)),
            Some(c) => {
                let name = self.name().ok_or((start, format!("a value was expected, not `{c}`")))?;
                let end = self.at;
                self.blank()?;
                // Words of the language name no struct: after them, a comma is missing.
                if self.peek('(') && !matches!(name.as_str(), "true" | "false" | "None") {
                    let option = name == "Some";
                    let kind = self.parenthesized(Some(name))?;
                    let one = matches!(&kind, Kind::Tuple(_, items) if items.len() == 1);
                    return if one || !option {
                        Ok(kind)
                    } else {
                        Err((start, "`Some` holds one value".to_owned()))
                    };
                }
                self.at = end;
                Ok(Kind::Leaf(Class::Name, name))
            }
            None => Err((start, "the text ends here: a value was expected".to_owned())),
        }
    }

    /// A literal up to `end`, if `ron` takes it for one.
    fn literal(&mut self, class: Class, end: usize) -> Fallible<Kind> {
        let text = &self.text[self.at..end];
        ron::from_str::<ron::Value>(text).map_err(|e| (self.at, format!("{}: `{text}`", e.code)))?;
        self.at = end;
        Ok(Kind::Leaf(class, text.to_owned()))
    }

    fn parenthesized(&mut self, name: Option<String>) -> Fallible<Kind> {
        let open = self.at;
        self.at += 1;
        self.blank()?;
        let first = self.name().is_some();
        self.blank()?;
        let is_struct = first && self.peek(':');
        self.at = open;
        Ok(if is_struct {
            Kind::Struct(name, self.items('(', ')', Self::field)?)
        } else {
            Kind::Tuple(name, self.items('(', ')', Self::value)?)
        })
    }

    fn field(&mut self) -> Fallible<Field> {
        let start = self.at;
        let name = self.name().ok_or((start, "a field name was expected".to_owned()))?;
        let span = self.span(start, self.at);
        self.colon("the field name")?;
        Ok(Field { name, span, value: self.value()? })
    }

    fn entry(&mut self) -> Fallible<(Node, Node)> {
        let key = self.value()?;
        self.colon("the key")?;
        Ok((key, self.value()?))
    }

    fn colon(&mut self, after: &str) -> Fallible<()> {
        self.blank()?;
        if !self.peek(':') {
            return Err((self.at, format!("`:` was expected after {after}")));
        }
        self.at += 1;
        self.blank()
    }

    /// Items between brackets, separated by commas, the last of which may be followed by one.
    fn items<T>(&mut self, open: char, close: char, item: fn(&mut Self) -> Fallible<T>) -> Fallible<Vec<T>> {
        let start = self.at;
        let unclosed = || (start, format!("this `{open}` is never closed with `{close}`"));
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.blank()?;
            if self.at == self.text.len() {
                return Err(unclosed());
            }
            if self.peek(close) {
                self.at += 1;
                return Ok(items);
            }
            items.push(item(self)?);
            self.blank()?;
            if self.at == self.text.len() {
                return Err(unclosed());
            }
            if self.peek(',') {
                self.at += 1;
            } else if !self.peek(close) {
                return Err((self.at, format!("`,` or `{close}` was expected")));
            }
        }
    }

    /// Takes a name, plain or raw (`r#name`).
    fn name(&mut self) -> Option<String> {
        let start = match self.text[self.at..].strip_prefix("r#") {
            Some(rest) if rest.starts_with(|c: char| c.is_alphabetic() || c == '_') => self.at + 2,
            _ => self.at,
        };
        let end = name_end(self.text, start);
        if end == start {
            return None;
        }
        self.at = end;
        Some(self.text[start..end].to_owned())
    }

    fn blank(&mut self) -> Fallible<()> {
        self.at = skip_blank(self.text, self.at).map_err(lexical)?;
        Ok(())
    }

    fn peek(&self, c: char) -> bool {
        self.text[self.at..].starts_with(c)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span { source: self.source.clone(), start, end }
    }
}
