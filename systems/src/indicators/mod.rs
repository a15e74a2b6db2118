//! Technical indicators as small streaming types, for every module that wants one.
//!
//! Each takes in one bar or price at a time, in O(1) (Bollinger: O(n)), and can be cloned, compared, stored and read
//! back, so that it may be part of a component. Warm-up conventions are TA-Lib's (an average is seeded with the plain
//! average of its first values), and the tests hold each to the numbers of TA-Lib's own corpus. A value that is not
//! defined yet, or not at all (RSI without any change, ADX without any range), is `None`.
//!
//! The crates `ta` and `yata` were weighed: their seeds differ from TA-Lib's (exponential averages begin with the first
//! value), `yata` converts prices through its own candle trait, and neither guarantees a stored form.

mod adx;
mod atr;
mod bollinger;
mod ema;
mod macd;
mod ring;
mod rsi;
mod sliding;

#[cfg(test)]
pub(crate) mod tests;

pub use adx::{Adx, AdxValue};
pub use atr::{Atr, true_range};
pub use bollinger::{Bands, Bollinger};
pub use ema::Ema;
pub use macd::{Macd, MacdValue};
pub use ring::Ring;
pub use rsi::Rsi;
pub use sliding::{Merge, Moments, SlidingWindow};
