//! Interventions: what happens to prices, venues, accounts and models at given times of a run, whatever they do themselves.
//!
//! A scenario with interventions is a scenario like any other: it is backtested, audited, reported, and shares the run up to
//! its first intervention with the other branches of a what-if plan.
//!
//! | what | acts on | how |
//! |---|---|---|
//! | [`What::PriceShock`], [`What::PricePath`], [`What::Volatility`], [`What::OrderFlow`], the impact of [`What::Order`] | all sources of a symbol | prices are a function of time and of the price that was, [`prices`]; rows stay, and so do volumes; a book moves as a whole, [`books`] |
//! | [`What::FlowImbalance`] | trade prints | the side that took liquidity is drawn anew |
//! | [`What::SpreadWidening`], [`What::DepthDrain`] | order books | both sides are moved apart, a share of each size is left, [`books`] |
//! | [`What::StaleFeed`], [`What::FeedDelay`] | all sources of a symbol | events become known later, in their order |
//! | [`What::Outage`], [`What::Halt`], [`What::LatencySpike`], [`What::Fees`], [`What::SpreadWidening`], [`What::DepthDrain`], [`What::Borrow`], [`What::Funding`] | the exchange | its terms of trade are a function of time |
//! | [`What::Cash`], [`What::Liquidate`], [`What::Order`], [`What::Policy`] | accounts | at the first step at or after the time |
//! | [`What::On`], [`What::Off`] | models and modules | at the first step at or after the time |
//!
//! Without an order book a spread is that of the venue's slippage model, and depth is the share of a bar's volume that an order may
//! take and the volume that square-root impact is measured by.
//!
//! Nothing before `at` differs by a bit: a print is changed from its own time on, a bar as far as it lies at or after the time.
//! Of a bar in which a change falls, the open is changed as of its beginning, the close as of its end, and the range is the
//! least that holds every print that may have been in it.
//!
//! A replay does not react to injected orders beyond the impact model: the square-root law at once, of which a part decays.
//! Nor does a synthetic market: but its returns do not depend on the level of its prices, so that going on from a moved price
//! is all that its process could do.

pub(crate) mod apply;
mod books;
mod error;
pub(crate) mod prices;
mod ranges;
mod reader;
mod schema;
pub mod stress;
#[cfg(test)]
mod tests;
mod words;

pub use error::InterventionError;
pub use schema::{Domain, Impact, Intervention, Place, Recovery, Shape, Target, What};
