//! Order books with interventions: what is quoted moves as a whole, side by side, and the prints move with it.
//!
//! A level that came under one shift and goes under another would stay for ever. So the events of a listing are made anew
//! from the first intervention on: whenever the shift changes, the feed begins anew with the whole book where it is now, and
//! from then on every event comes under the new one. Up to the first intervention the rows are those of the source.

mod reshape;
mod rewrite;

pub(crate) use rewrite::rewritten;
