//! The resolved form is the scenario.

use manyworlds_components::price::Step;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{ClockMode, Executor};
use manyworlds_systems::exchange::settings::*;
use manyworlds_systems::orchestrator::settings::*;
use proptest::prelude::*;

use crate::data::import::Stamp;
use crate::data::synthetic::{IntradayPattern, RegimeSpec, VolumeSpec};
use crate::data::{Policies, Policy};
use crate::scenario::*;

fn frame() -> impl Strategy<Value = Frame> {
    (1i64..5_000).prop_map(|n| Frame::from_nanos(n * 1_000_000).unwrap())
}

fn venue(name: &'static str) -> impl Strategy<Value = VenueSettings> {
    let latency = prop_oneof![
        (0.0..1e6).prop_map(|ms| LatencyModel::Constant { ms }),
        (0.0..10.0).prop_map(|min_ms| LatencyModel::Uniform { min_ms, max_ms: min_ms * 2.0 }),
    ];
    let slippage = prop_oneof![
        Just(SlippageModel::None),
        (0.0..1e4).prop_map(SlippageModel::Bps),
        (0.0..1e4).prop_map(|bps| SlippageModel::Spread { bps }),
        (0.0..100.0, 2usize..1_000)
            .prop_map(|(coefficient, window)| SlippageModel::SquareRoot { coefficient, window }),
    ];
    let margin = (0.1..=1.0).prop_map(|initial| MarginModel {
        initial,
        maintenance: initial / 2.0,
        liquidation_fee_bps: 1.0,
    });
    let fees = (-1e3..1e4, prop::collection::vec(0.0..1e3, 0..3)).prop_map(|(taker_bps, tiers)| {
        let tier = |(i, maker_bps)| FeeTier { from_value: i as f64 * 1e6, maker_bps, taker_bps: -maker_bps };
        FeeModel {
            maker_bps: 0.1,
            taker_bps,
            per_unit: 1e-7,
            minimum: 0.0,
            tiers: tiers.into_iter().enumerate().map(tier).collect(),
        }
    });
    (fees, latency, slippage, prop::option::of(1e-9..=1.0), prop::option::of(margin)).prop_map(
        move |(fees, latency, slippage, participation, margin)| VenueSettings {
            name: name.to_owned(),
            fees,
            latency,
            fills: FillRule::OhlcPath,
            slippage,
            participation,
            margin,
            borrow: BorrowModel { short_rate: 0.5, cash_rate: 0.0 },
            book: Default::default(),
        },
    )
}

fn data() -> impl Strategy<Value = DataSettings> {
    let files = (
        prop::collection::vec("/[a-z\u{e9} \"\\\\]{1,8}[a-z]", 1..3),
        prop::option::of(frame()),
        any::<bool>(),
    )
        .prop_map(|(paths, frame, close)| FileSettings {
            frame,
            stamp: if close { Stamp::Close } else { Stamp::Open },
            member: close.then(|| "x\"y".to_owned()),
            ..FileSettings::new(paths)
        });
    let synthetic =
        (2u32..256, 0.0..20.0, any::<bool>(), -8_000_000_000_000_000_000i64..8_000_000_000_000_000_000)
            .prop_map(|(seed, annual_volatility, full, ns)| {
                let regime = RegimeSpec {
                    name: "r".into(),
                    volatility: 1.0,
                    annual_drift: -2.5,
                    mean_duration: Frame::WEEK,
                };
                let volume =
                    VolumeSpec { pattern: IntradayPattern::Hourly(vec![0.5; 24]), ..VolumeSpec::default() };
                SyntheticSettings {
                    path_steps: seed,
                    annual_volatility,
                    start: full.then_some(Frame::MINUTE.floor(Timestamp(ns))),
                    regimes: full.then(|| vec![regime]),
                    tail_degrees_of_freedom: full.then_some(3.5),
                    volume: if full { volume } else { VolumeSpec::default() },
                    kind: if full { SyntheticKind::Trades } else { SyntheticKind::Bars },
                    ..SyntheticSettings::default()
                }
            });
    prop_oneof![files.prop_map(DataSettings::Bars), synthetic.prop_map(DataSettings::Synthetic)]
}

fn symbol(name: &'static str) -> impl Strategy<Value = SymbolSettings> {
    (prop::collection::vec(data(), 1..3), 1e-9..10.0f64, any::<bool>()).prop_map(
        move |(data, step, named)| SymbolSettings {
            symbol: name.to_owned(),
            venue: "v".to_owned(),
            tick_size: Step::new(step).unwrap(),
            lot_size: Step::new(0.00001).unwrap(),
            base: named.then(|| "None".to_owned()),
            quote: None,
            quotes: Default::default(),
            data,
            defects: Policies {
                gap: if named { Policy::Reject } else { Policy::Flag },
                ..Policies::default()
            },
        },
    )
}

fn model() -> impl Strategy<Value = ModelSettings> {
    prop_oneof![
        (1usize..50).prop_map(|fast| ModelSettings::EmaCross { fast, slow: fast + 1 }),
        (10usize..50, 0.0..1.0).prop_map(|(lookback, threshold)| ModelSettings::Momentum {
            lookback,
            threshold,
            skip: 3
        }),
        Just(ModelSettings::BuyAndHold),
        "[a-z]{1,5}"
            .prop_map(|name| ModelSettings::Named { name, model: Box::new(ModelSettings::BuyAndHold) }),
        "[A-Z]{1,5}".prop_map(ModelSettings::Registered),
    ]
}

fn account() -> impl Strategy<Value = AccountSettings> {
    let combine = (0.0..0.5, 1u64..100, any::<bool>()).prop_map(|(floor, horizon, log)| CombineSettings {
        pool: if log { Pool::Log } else { Pool::Linear },
        weights: WeightRule::FixedShare { eta: 0.1, alpha: 0.2 },
        floor,
        horizon,
        ..CombineSettings::default()
    });
    let size = prop_oneof![
        (1e-3..100.0).prop_map(Sizing::Fraction),
        Just(Sizing::Kelly { share: 0.5, min_trades: 9, fallback: 0.1, max_fraction: 1.0 }),
        Just(Sizing::VolatilityTarget { annual: 0.3, window: 9, max_fraction: 2.0 }),
    ];
    let select = prop_oneof![
        Just(Selection::All),
        (0.1..0.5, 0.0..0.5).prop_map(|(top, bottom)| Selection::Rank {
            top,
            bottom,
            rebalance: Rebalance::Monthly
        }),
    ];
    let parts =
        (0.34..=1.0, size, select, prop::option::of(combine), prop::option::of(1e-6..0.99), 1e-3..1e12);
    let by_signals = parts.prop_map(|(entry, size, select, combine, stop_loss, cash)| AccountSettings {
        name: "a \"b\" \\ \u{e9}\n".to_owned(),
        market_making: None,
        execution: None,
        cash,
        policy: DecisionPolicy {
            entry,
            size,
            select,
            combine,
            stop_loss,
            side: AllowedSide::Both,
            ..DecisionPolicy::default()
        },
        risk: RiskLimits { max_position: stop_loss, max_orders: Some(3), ..RiskLimits::default() },
    });
    prop_oneof![3 => by_signals, 1 => super::policies::otherwise()]
}

prop_compose! {
    fn scenario()(
        seed in any::<u64>(),
        clock in prop_oneof![frame().prop_map(ClockMode::Bar), frame().prop_map(ClockMode::Every), Just(ClockMode::Event)],
        from in prop::option::of(i64::MIN..0),
        venue in venue("v"),
        first in symbol("S"),
        second in symbol("T"),
        model in model(),
        account in account(),
        modules in prop::option::of(any::<u16>()),
        prices in prop::option::of(frame()),
        stock in any::<bool>(),
    ) -> Scenario {
        let module = |n| ModuleSettings {
            name: "market_analysis".to_owned(),
            settings: RawSettings::from_ron(&format!("(window: {n}, list: [Some(1), {{'a': \"b\"}}])")).unwrap(),
        };
        let orchestrator = match modules {
            None => OrchestratorSettings::Preset { preset: Preset::Research },
            Some(n) if n % 2 == 0 => OrchestratorSettings::Configurable { modules: vec![module(n)] },
            Some(_) => OrchestratorSettings::Basic,
        };
        let toggle = Toggle { at: Timestamp(seed as i64 / 2), module: "cob".to_owned(), enabled: stock };
        Scenario {
            name: "round trip".to_owned(),
            seed,
            clock,
            from: from.map(Timestamp),
            to: stock.then_some(Timestamp(1)),
            venues: vec![venue],
            symbols: vec![first, second],
            orchestrator,
            models: vec![model],
            accounts: vec![account],
            record: RecordSettings { prices, decisions: DecisionRecord::None, equity: EquityRecord::Off, ..RecordSettings::default() },
            toggles: vec![toggle],
            executor: if stock { Executor::Stock } else { Executor::Lean },
            ..Scenario::default()
        }
    }
}

proptest! {
    #[test]
    fn loading_what_was_written_gives_the_same_scenario(scenario in scenario()) {
        let text = scenario.to_ron();
        let again = Scenario::from_ron(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        prop_assert_eq!(&again, &scenario);
        prop_assert_eq!(again.digest(), scenario.digest());
        let other = Scenario { seed: scenario.seed ^ 1, ..scenario.clone() };
        prop_assert_ne!(other.digest(), scenario.digest());
    }

    #[test]
    fn no_damage_makes_it_panic(scenario in scenario(), at in any::<prop::sample::Index>(), put in "[(),:a\"0.\\[\\]-]{0,2}") {
        let mut text = scenario.to_ron();
        let starts: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
        let at = starts[at.index(starts.len())];
        text.replace_range(at..at + text[at..].chars().next().unwrap().len_utf8(), &put);
        if let Err(e) = Scenario::from_ron(&text) {
            prop_assert!(!e.diagnostics().is_empty());
            prop_assert!(e.diagnostics().iter().all(|d| d.line().is_some()), "{}", e);
            prop_assert!(!e.report(false, 80).is_empty());
        }
    }
}

#[test]
fn the_digest_does_not_depend_on_where_the_data_lies() {
    let text = |path: &str| super::changed("Synthetic()", &format!("Bars(path: \"{path}\")"));
    let digest = |path: &str| Scenario::from_ron(&text(path)).unwrap().digest();
    assert_eq!(digest("/here/x.csv"), digest("/there/x.csv"));
    assert_ne!(digest("/here/x.csv"), digest("/here/y.csv"));
}
