//! The planner: what branches share is done once.

mod tree;

pub use tree::{Fork, Lane, Node};
