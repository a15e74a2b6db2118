//! Randomness: only from named, seeded streams, so that adding a module never shifts another's draws.

use bevy_ecs::component::Component;
use bevy_ecs::resource::Resource;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

/// Makes the streams of a run from its seed.
#[derive(Debug, Clone, Copy, Resource)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    /// The streams of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The stream `name` of `key` (e.g. `("latency", "BTCUSDT")`). The same three always give the same draws.
    pub fn stream(&self, name: &str, key: &str) -> RandomStream {
        let mut bytes = [0u8; 32];
        for (i, half) in bytes.chunks_exact_mut(16).enumerate() {
            let mut hasher = Xxh3::with_seed(self.seed);
            for part in [name.as_bytes(), key.as_bytes(), &[i as u8]] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
            half.copy_from_slice(&hasher.digest128().to_le_bytes());
        }
        RandomStream(ChaCha8Rng::from_seed(bytes))
    }
}

/// One stream of random numbers, with its position: snapshots and digests see it.
#[derive(Debug, Clone, PartialEq, Component, Serialize, Deserialize)]
pub struct RandomStream(pub ChaCha8Rng);

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::Rng as _;

    #[test]
    fn streams_differ_by_seed_name_and_key_only() {
        let draw = |seed, name: &str, key: &str| Streams::new(seed).stream(name, key).0.next_u64();
        assert_eq!(draw(7, "latency", "BTC"), draw(7, "latency", "BTC"));
        let others = [
            draw(8, "latency", "BTC"),
            draw(7, "fills", "BTC"),
            draw(7, "latency", "ETH"),
            draw(7, "latencyB", "TC"),
        ];
        assert!(others.iter().all(|d| *d != draw(7, "latency", "BTC")));
    }
}
