//! Texts that scenarios are made of, and places in them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A text: a file, a command-line flag, or a string of the program.
#[derive(Debug)]
pub struct Source {
    /// What errors call it: the path of the file, or the flag.
    pub name: String,
    /// What relative paths in it are relative to.
    pub directory: PathBuf,
    /// The text.
    pub text: String,
}

impl Source {
    /// A text under a name.
    pub fn new(name: impl Into<String>, directory: impl AsRef<Path>, text: impl Into<String>) -> Arc<Self> {
        let (name, directory) = (name.into(), directory.as_ref().to_path_buf());
        Arc::new(Self { name, directory, text: text.into() })
    }
}

/// A range of bytes of a source.
#[derive(Debug, Clone)]
pub struct Span {
    /// Where it lies.
    pub source: Arc<Source>,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The text itself.
    pub fn text(&self) -> &str {
        self.source.text.get(self.start..self.end).unwrap_or_default()
    }

    /// Line of the first byte, from 1.
    pub fn line(&self) -> usize {
        self.before().matches('\n').count() + 1
    }

    /// Column of the first byte in characters, from 1.
    pub fn column(&self) -> usize {
        let before = self.before();
        before.rsplit('\n').next().unwrap_or(before).chars().count() + 1
    }

    /// The part on the first line: what is worth underlining.
    pub fn head(&self) -> Self {
        let line = self.text().lines().next().unwrap_or_default().trim_end();
        Self { source: self.source.clone(), start: self.start, end: self.start + line.len() }
    }

    fn before(&self) -> &str {
        self.source.text.get(..self.start).unwrap_or_default()
    }
}
