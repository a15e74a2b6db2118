//! RON as a tree with places: what merging, overriding and pointing at errors need, and `ron::Value` does not keep.

mod lex;
pub mod merge;
pub mod node;
pub mod parse;
pub mod path;
pub mod print;
pub mod source;

#[cfg(test)]
mod tests;

pub use node::{Class, Field, Kind, Node};
pub use source::{Source, Span};
