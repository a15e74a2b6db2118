//! The nouns of manyworlds: plain data with its invariants, and nothing that happens to it.
//!
//! Symbols, venues, models, accounts and holdings are entities; the types here are what sits on them.
//! Systems live in `manyworlds-systems`, the kernel that runs them in `manyworlds-engine`.

pub mod account;
pub mod bar;
pub mod bar_builder;
pub mod bar_series;
pub mod book;
pub mod book_event;
pub mod copy_on_write;
pub mod decision;
pub mod feature;
pub mod fill;
pub mod forecast;
pub mod frame_bars;
pub mod frame_series;
pub mod ids;
pub mod instrument;
pub mod listing;
pub mod market;
pub mod order;
pub mod own_orders;
pub mod position;
pub mod price;
pub mod regime;
pub mod side;
pub mod time;
