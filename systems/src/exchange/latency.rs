//! How long a message takes to the venue.

use manyworlds_components::time::Timestamp;
use manyworlds_engine::RandomStream;
use rand::RngExt as _;
use serde::{Deserialize, Serialize};

use super::settings::LatencyModel;

/// The stream `latency` of every symbol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LatencyStreams(pub Vec<RandomStream>);

impl LatencyModel {
    /// When a message sent at `now` arrives. Draws only if the latency is random.
    pub fn arrival(self, now: Timestamp, stream: &mut RandomStream) -> Timestamp {
        let ms = match self {
            Self::Constant { ms } => ms,
            Self::Uniform { min_ms, max_ms } => min_ms + (max_ms - min_ms) * stream.0.random::<f64>(),
        };
        now + (ms * 1e6).round() as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use manyworlds_engine::Streams;

    #[test]
    fn uniform_latency_stays_within_its_bounds_and_fills_them() {
        let mut stream = Streams::new(1).stream("latency", "X");
        let model = LatencyModel::Uniform { min_ms: 5.0, max_ms: 15.0 };
        let draws: Vec<i64> = (0..1_000).map(|_| model.arrival(Timestamp(0), &mut stream).0).collect();
        assert!(draws.iter().all(|d| (5_000_000..=15_000_000).contains(d)));
        assert!(*draws.iter().min().unwrap() < 5_200_000 && *draws.iter().max().unwrap() > 14_800_000);
        let before = stream.clone();
        assert_eq!(LatencyModel::Constant { ms: 2.5 }.arrival(Timestamp(7), &mut stream).0, 2_500_007);
        assert_eq!(stream, before, "a constant draws nothing");
    }
}
