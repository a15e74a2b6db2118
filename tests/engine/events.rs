//! Clock, merge and bounds of the event queue.

use std::sync::Arc;

use bevy_ecs::prelude::Res;
use manyworlds_components::ids::SymbolId;
use manyworlds_components::market::{MarketData, MarketEvent, Trade};
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{Blueprint, Clock, ClockMode, EventQueue, EventSource, RunError, Stage, StepOutcome};
use manyworlds_tests::{START, market_blueprint, random_walk};
use proptest::prelude::*;

use super::modules::Faulty;

struct Prints(Vec<(Timestamp, f64)>, SymbolId);

impl EventSource for Prints {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
    fn ts_recv(&self, row: u64) -> Timestamp {
        self.0[row as usize].0
    }
    fn fill(&self, from: u64, until: Timestamp, limit: usize, out: &mut Vec<MarketEvent>) -> u64 {
        let rows: Vec<_> = self.0[from as usize..].iter().take(limit).take_while(|p| p.0 <= until).collect();
        out.extend(rows.iter().map(|(ts, price)| {
            let trade = Trade { price: *price, quantity: 1.0, aggressor: Default::default() };
            MarketEvent::primary(*ts, *ts, self.1, MarketData::Trade(trade))
        }));
        from + rows.len() as u64
    }
}

fn run(sources: Vec<Vec<i64>>, clock: ClockMode) -> (Vec<MarketEvent>, u64) {
    let mut blueprint = market_blueprint(vec![vec![]; sources.len()], 1);
    blueprint.clock = clock;
    let source = |(i, ts): (usize, Vec<i64>)| {
        let prints =
            ts.into_iter().enumerate().map(|(k, t)| (START + t * 1_000_000, 100.0 + k as f64)).collect();
        Arc::new(Prints(prints, SymbolId::from(i))) as Arc<dyn EventSource>
    };
    blueprint.sources = sources.into_iter().enumerate().map(source).collect();
    let mut simulation = blueprint.build().unwrap();
    let (mut events, mut steps) = (vec![], 0);
    while simulation.step().unwrap() != StepOutcome::Finished {
        events.extend_from_slice(simulation.world().resource::<EventQueue>().events());
        steps += 1;
    }
    (events, steps)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Against a plain stable sort of everything, for every clock.
    #[test]
    fn events_come_in_total_order(mut sources in prop::collection::vec(prop::collection::vec(0i64..5_000, 0..30), 1..5)) {
        sources.iter_mut().for_each(|s| s.sort_unstable());
        let mut expected: Vec<(i64, usize)> =
            sources.iter().enumerate().flat_map(|(i, s)| s.iter().map(move |t| (*t, i))).collect();
        expected.sort();
        for clock in [ClockMode::Bar(Frame::SECOND), ClockMode::Every("250ms".parse().unwrap()), ClockMode::Event] {
            let (events, steps) = run(sources.clone(), clock);
            let got: Vec<_> = events.iter().map(|e| ((e.ts_recv - START) / 1_000_000, e.symbol.index())).collect();
            prop_assert_eq!(&got, &expected);
            if clock == ClockMode::Event {
                prop_assert_eq!(steps, expected.len() as u64);
            }
        }
    }
}

#[test]
fn a_clock_of_intervals_does_not_skip_quiet_ones() {
    let (_, steps) = run(vec![vec![0, 10, 1_990]], ClockMode::Every("100ms".parse().unwrap()));
    assert_eq!(steps, 21);
    let (_, steps) = run(vec![vec![0, 10, 1_990]], ClockMode::Bar("100ms".parse().unwrap()));
    assert_eq!(steps, 3);
}

#[test]
fn the_span_bounds_what_is_replayed() {
    let mut blueprint = market_blueprint(vec![random_walk(3, 100, Frame::MINUTE)], 1);
    let minute = |n: i64| START + n * 60_000_000_000;
    blueprint.span = (minute(10), minute(20));
    let mut simulation = blueprint.build().unwrap();
    simulation.step().unwrap();
    assert_eq!(simulation.clock().now, minute(10));
    simulation.run().unwrap();
    assert_eq!((simulation.clock().now, simulation.clock().events), (minute(20), 11));
}

#[test]
fn a_step_of_too_many_events_is_an_error_that_says_what_to_do() {
    let mut blueprint = market_blueprint(vec![random_walk(3, 100, Frame::SECOND)], 1);
    blueprint.max_events_per_step = 50;
    let error = blueprint.build().unwrap().run().unwrap_err();
    assert!(matches!(error, RunError::System { step: 1, .. }));
    assert!(
        error.to_string().contains("more than 50 market events") && error.to_string().contains("finer clock"),
        "{error}"
    );
}

#[test]
fn systems_see_the_events_of_their_step() {
    fn check(clock: Res<Clock>, queue: Res<EventQueue>) {
        assert!(queue.events().iter().all(|e| e.ts_recv <= clock.now && e.ts_recv > clock.previous));
        assert_eq!(queue.events().len(), 2);
    }
    let mut blueprint: Blueprint =
        market_blueprint(vec![random_walk(3, 20, Frame::MINUTE), random_walk(4, 20, Frame::MINUTE)], 1);
    blueprint.modules = vec![(Arc::new(Faulty("check", |app| app.add_systems(Stage::Decide, check))), true)];
    blueprint.build().unwrap().run().unwrap();
}
