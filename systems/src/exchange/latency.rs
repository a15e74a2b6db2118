//! How long a message takes to the venue.

use manyworlds_components::time::Timestamp;
use manyworlds_engine::RandomStream;
use rand::RngExt as _;
use serde::{Deserialize, Serialize};

use super::settings::LatencyModel;

/// The stream `latency` of every symbol. Every account draws from a stream's beginning: its n-th message about a symbol
/// takes as long as any other account's n-th. So accounts never shift one another's draws, an account that trades beside
/// others fares as it would alone, and variants of a strategy are compared under common random numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LatencyStreams {
    streams: Vec<RandomStream>,
    accounts: usize,
    /// Messages sent so far, by symbol and account; empty until one takes a random time.
    sent: Vec<u32>,
}

impl LatencyStreams {
    /// One stream per symbol.
    pub fn new(streams: Vec<RandomStream>, accounts: usize) -> Self {
        Self { streams, accounts, sent: Vec::new() }
    }

    /// When a message about a symbol arrives that an account sends at `now`. Draws only if the latency is random.
    pub fn arrival(
        &mut self,
        model: LatencyModel,
        (symbol, account): (usize, usize),
        now: Timestamp,
    ) -> Timestamp {
        let ms = match model {
            LatencyModel::Constant { ms } => ms,
            LatencyModel::Uniform { min_ms, max_ms } => {
                min_ms + (max_ms - min_ms) * self.draw(symbol, account)
            }
        };
        now + (ms * 1e6).round() as i64
    }

    fn draw(&mut self, symbol: usize, account: usize) -> f64 {
        self.sent.resize(self.streams.len() * self.accounts, 0);
        let sent = &mut self.sent[symbol * self.accounts + account];
        let mut stream = self.streams[symbol].0.clone();
        // A draw takes two words.
        stream.set_word_pos(u128::from(*sent) * 2);
        *sent += 1;
        stream.random::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use manyworlds_engine::Streams;

    const UNIFORM: LatencyModel = LatencyModel::Uniform { min_ms: 5.0, max_ms: 15.0 };

    fn streams(accounts: usize) -> LatencyStreams {
        LatencyStreams::new(["X", "Y"].map(|s| Streams::new(1).stream("latency", s)).to_vec(), accounts)
    }

    #[test]
    fn uniform_latency_stays_within_its_bounds_and_fills_them() {
        let mut streams = streams(1);
        let draws: Vec<i64> = (0..1_000).map(|_| streams.arrival(UNIFORM, (0, 0), Timestamp(0)).0).collect();
        assert!(draws.iter().all(|d| (5_000_000..=15_000_000).contains(d)));
        assert!(*draws.iter().min().unwrap() < 5_200_000 && *draws.iter().max().unwrap() > 14_800_000);
        let mean = draws.iter().sum::<i64>() as f64 / 1e3;
        assert!((mean - 10e6).abs() < 0.3e6, "{mean}");
        let before = streams.clone();
        assert_eq!(streams.arrival(LatencyModel::Constant { ms: 2.5 }, (0, 0), Timestamp(7)).0, 2_500_007);
        assert_eq!(streams, before, "a constant draws nothing");
    }

    #[test]
    fn accounts_share_their_draws_and_do_not_shift_them() {
        let draws = |streams: &mut LatencyStreams, symbol, account, n| -> Vec<i64> {
            (0..n).map(|_| streams.arrival(UNIFORM, (symbol, account), Timestamp(0)).0).collect()
        };
        let (mut three, mut one) = (streams(3), streams(1));
        let alone = draws(&mut one, 1, 0, 20);
        draws(&mut three, 1, 0, 7);
        assert_eq!(draws(&mut three, 1, 2, 20), alone);
        assert_eq!(draws(&mut three, 1, 0, 13), alone[7..]);
        assert_ne!(draws(&mut three, 0, 0, 20), alone, "symbols differ");
        // The words of a stream are those that drawing one after the other gives.
        let mut stream = Streams::new(1).stream("latency", "Y").0;
        let plain: Vec<i64> =
            (0..20).map(|_| ((5.0 + 10.0 * stream.random::<f64>()) * 1e6).round() as i64).collect();
        assert_eq!(alone, plain);
    }
}
