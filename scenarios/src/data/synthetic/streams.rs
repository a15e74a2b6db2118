//! Named random streams: one ChaCha8 generator per (seed, stream, symbol).
//!
//! A stream's draws depend on nothing but those three, so that adding a symbol, a feature or a thread leaves the draws
//! of every other stream as they were. ChaCha8 is counter based and defined over integers: the same on any machine.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use xxhash_rust::xxh3::xxh3_128_with_seed;

/// What a stream of random numbers is for. The name is part of the seed: renaming one changes every market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    /// Switches of the hidden regime.
    Regime,
    /// Shocks to the volatility components.
    Volatility,
    /// Return innovations.
    Innovation,
    /// Arrival and size of jumps.
    Jump,
    /// The path inside a bar.
    Path,
    /// Volume noise.
    Volume,
    /// Trade arrivals, sizes and aggressors.
    Trade,
    /// Order flow into synthetic books.
    Book,
}

impl Stream {
    fn name(self) -> &'static str {
        match self {
            Self::Regime => "synthetic.regime",
            Self::Volatility => "synthetic.volatility",
            Self::Innovation => "synthetic.innovation",
            Self::Jump => "synthetic.jump",
            Self::Path => "synthetic.path",
            Self::Volume => "synthetic.volume",
            Self::Trade => "synthetic.trade",
            Self::Book => "synthetic.book",
        }
    }

    /// The generator of this stream for `symbol`.
    pub(super) fn rng(self, seed: u64, symbol: &str) -> ChaCha8Rng {
        let name = self.name();
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        let mut key = Vec::with_capacity(8 + name.len() + symbol.len());
        key.extend_from_slice(&(name.len() as u64).to_le_bytes());
        key.extend_from_slice(name.as_bytes());
        key.extend_from_slice(symbol.as_bytes());
        let mut bytes = [0u8; 32];
        bytes[..16].copy_from_slice(&xxh3_128_with_seed(&key, seed).to_le_bytes());
        bytes[16..].copy_from_slice(&xxh3_128_with_seed(&key, !seed).to_le_bytes());
        ChaCha8Rng::from_seed(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;
    use std::collections::BTreeSet;

    #[test]
    fn every_stream_symbol_and_seed_draws_its_own_numbers() {
        let all = [
            Stream::Regime,
            Stream::Volatility,
            Stream::Innovation,
            Stream::Jump,
            Stream::Path,
            Stream::Volume,
            Stream::Trade,
            Stream::Book,
        ];
        let mut first = BTreeSet::new();
        for seed in [0, 1, u64::MAX] {
            for symbol in ["", "A", "AB", "BTCUSDT"] {
                first.extend(all.map(|stream| stream.rng(seed, symbol).next_u64()));
            }
        }
        assert_eq!(first.len(), 3 * 4 * all.len());
    }
}
