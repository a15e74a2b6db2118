//! Bids for asks and buys for sells: what was bought is sold, and nothing else changes.

use manyworlds_components::book_event::{BookSignal, DepthUpdate};
use manyworlds_components::market::{MarketData, MarketEvent, Trade};
use manyworlds_components::price::Ticks;
use manyworlds_components::side::AggressorSide;
use manyworlds_engine::{ClockMode, StepOutcome};
use proptest::prelude::*;

use super::{feature, feed, ms, near, quick, simulation};

/// The middle of the mirror, in ticks of 0.1.
const MIDDLE: i64 = 25_000;

fn mirrored(events: &[MarketEvent]) -> Vec<MarketEvent> {
    let price = |p: Ticks| Ticks(2 * MIDDLE - p.0);
    let data = |data: &MarketData| match *data {
        MarketData::Depth(d) => {
            MarketData::Depth(DepthUpdate { side: d.side.opposite(), price: price(d.price), size: d.size })
        }
        MarketData::Trade(t) => {
            let aggressor = match t.aggressor {
                AggressorSide::Buyer => AggressorSide::Seller,
                AggressorSide::Seller => AggressorSide::Buyer,
                AggressorSide::Unknown => AggressorSide::Unknown,
            };
            // On the same grid, so that comparisons with mids are the same.
            let ticks = 2 * MIDDLE - (t.price * 10.0).round() as i64;
            MarketData::Trade(Trade { price: ticks as f64 / 10.0, aggressor, ..t })
        }
        MarketData::Signal(BookSignal::ClearTo { side, price: p }) => {
            MarketData::Signal(BookSignal::ClearTo { side: side.opposite(), price: price(p) })
        }
        other => other,
    };
    events.iter().map(|e| MarketEvent { data: data(&e.data), ..*e }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 10, ..ProptestConfig::default() })]

    #[test]
    fn a_mirrored_market(seed in any::<u64>()) {
        let mut events = feed(seed, 1_200);
        for event in &mut events {
            if let MarketData::Trade(trade) = &mut event.data {
                trade.price = (trade.price * 10.0).round() / 10.0;
            }
        }
        let clock = ClockMode::Every(ms(100));
        let mut other = simulation(mirrored(&events), clock, quick());
        let mut one = simulation(events, clock, quick());
        let mut compared = 0;
        while one.step().unwrap() != StepOutcome::Finished {
            other.step().unwrap();
            for word in ["cvd", "cvd_window", "cvd_z", "ofi", "ofi_z", "ofi_deep", "imbalance"] {
                let (a, b) = (feature(&one, word), feature(&other, word));
                near(a, b.map(|v| -v), word);
                compared += usize::from(a.is_some());
            }
            for (word, opposite) in [
                ("buy_volume", "sell_volume"), ("sell_volume", "buy_volume"), ("volume", "volume"),
                ("trades", "trades"), ("ofi_r2", "ofi_r2"), ("ofi_slope", "ofi_slope"),
                ("kyle_lambda", "kyle_lambda"), ("inter_arrival", "inter_arrival"),
                ("hawkes_intensity", "hawkes_intensity"),
            ] {
                near(feature(&one, word), feature(&other, opposite), word);
            }
            // What was dealt was bought or sold, and at no price outside of the range.
            if let (Some(all), Some(buys), Some(sells)) =
                (feature(&one, "volume"), feature(&one, "buy_volume"), feature(&one, "sell_volume"))
            {
                prop_assert!(buys + sells <= all + 1e-9, "{buys} + {sells} > {all}");
            }
        }
        prop_assert!(compared > 300, "{compared}");
    }
}
