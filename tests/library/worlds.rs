//! Random worlds: models, weights, policies, brackets, margin, latency, participation, slippage, data, and any modules of
//! the catalogue.

use std::collections::BTreeMap;

use manyworlds::Catalogue;
use manyworlds_components::time::Frame;
use manyworlds_systems::exchange::settings::{
    BorrowModel, FillRule, LatencyModel, MarginModel, RiskLimits, SlippageModel,
};
use manyworlds_systems::orchestrator::settings::{
    AllowedSide, CombineSettings, DecisionPolicy, ModelSettings, OppositeSignal, Pool, Rebalance, Selection,
    Sizing, WeightRule,
};
use manyworlds_tests::random_walk;
use manyworlds_tests::world::{Tape, World};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::own_module::RelativeVolumeModule;

/// The modules that are held to the properties: all that come with manyworlds, and one from outside.
pub fn catalogue() -> Catalogue {
    Catalogue::with_defaults().add_with(RelativeVolumeModule)
}

/// Settings of a module under which it does all that it does within the few bars of these worlds: windows are filled,
/// refits are made, sessions end. Every property is held under the defaults and under these.
pub fn short_settings(module: &str) -> Option<&'static str> {
    match module {
        "market_analysis" => Some(
            "(volatility_window: 5, percentile_window: 8, efficiency_window: 5, variance_ratio_window: 12,
              variance_ratio_horizon: 3, atr_period: 5, adx_period: 5, confirm_bars: 2, ewma_lambda: 0.8,
              hmm: (states: 3, window: 45, first_fit: 40, refit: 10),
              changes: (baseline: 5, threshold: 2.0))",
        ),
        "relative_volume" => Some("(window: 5)"),
        "pivot_analysis" => Some("(session: \"15m\", levels: 2, atr_period: 5, annotate_from: 1)"),
        "extrema" => Some("(threshold_bps: 10.0, statistics_window: 3, half_width: 2)"),
        "multi_timeframe" => Some(
            r#"(frames: {"15s": 0.1, "1m": 0.3, "5m": 0.4, "10m": 0.2}, ema: 4, slope: 3, bars_kept: 4, adapter: (rows: 4, series: [Own("15s"), Own("1m"), Own("5m"), Own("10m"), First("1m")]))"#,
        ),
        "correlation" => Some(
            "(window: 20, break_window: 6, ewma_halflife: 4, clean_every: 10, lag_window: 10, observations: Closes, \
             lag_step: \"1m\", lags: 2, pairs: All)",
        ),
        // The random books have an instant every 20 seconds.
        "cob" => Some("(stale_after: \"30s\", rows: 8, depth_bps: [1, 5, 20], venues: 3)"),
        "microstructure" => Some(
            "(interval: \"20s\", window: 3, levels: 3, span: 1, spans: 12, realized_after: \"40s\",
              vpin: (sigma_bars: 3, buckets_per_day: 1440, buckets: 5), microprice: (changes: 20, every: \"5m\"))",
        ),
        _ => None,
    }
}

/// Whether a module does other things where there are order books, and something where there are none.
pub fn works_with_and_without_books(module: &str) -> bool {
    module == "microstructure"
}

/// Short settings of all that have them.
pub fn short(modules: &[String]) -> BTreeMap<String, String> {
    let of = |name: &String| Some((name.clone(), short_settings(name)?.to_owned()));
    modules.iter().filter_map(of).collect()
}

/// The names with everything that they require, in the order of the catalogue.
pub fn with_requirements(mut names: Vec<String>) -> Vec<String> {
    let catalogue = catalogue();
    loop {
        let known = names.len();
        for info in catalogue.infos().filter(|i| names.contains(&i.name)).cloned().collect::<Vec<_>>() {
            for required in info.requires {
                if catalogue.names().contains(&required.as_str()) && !names.contains(&required) {
                    names.push(required);
                }
            }
        }
        if names.len() == known {
            break;
        }
    }
    let order = catalogue.names();
    names.sort_by_key(|n| order.iter().position(|o| o == n));
    names
}

fn models() -> impl Strategy<Value = Vec<ModelSettings>> {
    let all = vec![
        ModelSettings::SmaCross { fast: 3, slow: 9 },
        ModelSettings::EmaCross { fast: 4, slow: 12 },
        ModelSettings::Momentum { lookback: 5, threshold: 0.001, skip: 1 },
        ModelSettings::MeanReversion { window: 12, z: 1.0 },
        ModelSettings::Breakout { window: 8 },
        ModelSettings::MajorityClass { window: 20 },
        ModelSettings::BuyAndHold,
        ModelSettings::Named {
            name: "other".into(),
            model: Box::new(ModelSettings::SmaCross { fast: 2, slow: 5 }),
        },
    ];
    subsequence(all, 1..=5)
}

fn combine() -> impl Strategy<Value = CombineSettings> {
    let weights =
        [WeightRule::Equal, WeightRule::Hedge { eta: 0.7 }, WeightRule::FixedShare { eta: 0.5, alpha: 0.05 }];
    (
        select(vec![Pool::Linear, Pool::Log]),
        select(weights.to_vec()),
        0.0f64..0.1,
        1u64..6,
        0.0f64..20.0,
        0.0f64..20.0,
    )
        .prop_map(|(pool, weights, floor, horizon, neutral_bps, shrinkage)| CombineSettings {
            pool,
            weights,
            floor,
            horizon,
            neutral_bps,
            shrinkage,
        })
}

fn sizes() -> impl Strategy<Value = Sizing> {
    select(vec![
        Sizing::Fraction(1.0),
        Sizing::Fraction(0.4),
        Sizing::Fraction(6.0),
        Sizing::Quantity(3.7),
        Sizing::Notional(5_000.0),
        Sizing::VolatilityTarget { annual: 0.5, window: 10, max_fraction: 1.5 },
        Sizing::Kelly { share: 0.5, min_trades: 2, fallback: 0.2, max_fraction: 1.0 },
    ])
}

fn policy() -> impl Strategy<Value = DecisionPolicy> {
    let exits = || proptest::option::weighted(0.4, 0.001f64..0.02);
    let sides = select(vec![AllowedSide::LongOnly, AllowedSide::ShortOnly, AllowedSide::Both]);
    let select_by = select(vec![
        Selection::All,
        Selection::All,
        Selection::All,
        Selection::Rank { top: 0.5, bottom: 0.3, rebalance: Rebalance::Step },
        Selection::Rank { top: 1.0, bottom: 0.0, rebalance: Rebalance::Daily },
    ]);
    (
        (0.34f64..0.7, 0.34f64..0.7, sizes(), sides, any::<bool>(), 0u32..3),
        (exits(), exits(), exits(), select_by, proptest::option::weighted(0.2, combine())),
    )
        .prop_map(
            |(
                (entry, exit, size, side, flips, pyramid),
                (stop_loss, take_profit, trailing_stop, select, combine),
            )| {
                DecisionPolicy {
                    entry,
                    exit,
                    size,
                    side,
                    opposite: if flips { OppositeSignal::Flips } else { OppositeSignal::Closes },
                    pyramid,
                    take_profit,
                    stop_loss,
                    trailing_stop,
                    select,
                    models: Vec::new(),
                    combine,
                }
            },
        )
}

fn risk() -> impl Strategy<Value = RiskLimits> {
    let maybe = |low: f64, high: f64| proptest::option::weighted(0.3, low..high);
    (
        maybe(0.2, 2.0),
        maybe(0.2, 2.0),
        proptest::option::weighted(0.3, 1u32..10),
        proptest::option::of(0.001f64..0.02),
    )
        .prop_map(|(max_position, max_exposure, max_orders, max_drawdown)| RiskLimits {
            max_position,
            max_exposure,
            max_orders,
            order_window: Frame::HOUR,
            max_drawdown,
        })
}

type Venue = (FillRule, LatencyModel, SlippageModel, Option<f64>, Option<MarginModel>, BorrowModel);

fn venue() -> impl Strategy<Value = Venue> {
    let fills = select(vec![FillRule::NextOpen, FillRule::Close, FillRule::WorstCase, FillRule::OhlcPath]);
    let latency = select(vec![
        LatencyModel::Constant { ms: 0.0 },
        LatencyModel::Constant { ms: 250.0 },
        LatencyModel::Uniform { min_ms: 10.0, max_ms: 90_000.0 },
    ]);
    let slippage = select(vec![
        SlippageModel::None,
        SlippageModel::Bps(3.0),
        SlippageModel::Spread { bps: 4.0 },
        SlippageModel::SquareRoot { coefficient: 1.0, window: 7 },
    ]);
    let margin = proptest::option::of((0.1f64..1.0, 0.1f64..1.0).prop_map(|(initial, part)| MarginModel {
        initial,
        maintenance: initial * part,
        liquidation_fee_bps: 20.0,
    }));
    let borrow = select(vec![BorrowModel::default(), BorrowModel { short_rate: 0.1, cash_rate: 0.2 }]);
    (fills, latency, slippage, proptest::option::of(0.05f64..1.0), margin, borrow)
}

/// Symbols that print trades instead of bars are among them.
fn tapes(bars: usize) -> impl Strategy<Value = Vec<Tape>> {
    proptest::collection::vec((0u64..1_000_000, proptest::bool::weighted(0.25)), 1..4).prop_map(
        move |symbols| {
            let tape = |(seed, prints): (u64, bool)| {
                let walk = random_walk(seed, bars, Frame::MINUTE);
                if prints { Tape::prints_of(&walk) } else { Tape::Bars(walk) }
            };
            symbols.into_iter().map(tape).collect()
        },
    )
}

fn modules() -> impl Strategy<Value = Vec<String>> {
    let all: Vec<String> = catalogue().names().into_iter().map(str::to_owned).collect();
    let count = all.len();
    subsequence(all, 0..=count).prop_map(with_requirements)
}

/// Any world of `bars` minutes.
pub fn world(bars: usize) -> impl Strategy<Value = World> {
    let accounts = proptest::collection::vec(policy(), 1..5);
    (tapes(bars), models(), combine(), accounts, risk(), venue(), modules(), any::<u64>()).prop_map(
        |(tapes, models, combine, mut policies, risk, venue, modules, seed)| {
            let mut world = World::new(tapes);
            // Half of the accounts hear one model alone.
            for (i, policy) in policies.iter_mut().enumerate().filter(|(i, _)| seed >> (8 + i) & 1 == 1) {
                policy.models = models.iter().cycle().nth(i).map(ModelSettings::name).into_iter().collect();
            }
            if seed % 2 == 0 {
                world.settings = short(&modules);
            }
            let (fills, latency, slippage, participation, margin, borrow) = venue;
            world.venue.fills = fills;
            world.venue.latency = latency;
            world.venue.slippage = slippage;
            world.venue.participation = participation;
            world.venue.margin = margin;
            world.venue.borrow = borrow;
            let world =
                World { models, combine, policies, risk, modules, catalogue: catalogue(), seed, ..world };
            // Books change nothing for those that do not read them, which is a property, too.
            if seed % 3 == 0 { world.with_books(2, seed) } else { world.with_books_if_needed(3, seed) }
        },
    )
}

/// The properties are worth something only if the worlds live: accounts trade, exits fire, orders are refused.
#[test]
fn worlds_are_lively() {
    use manyworlds_components::account::{Account, AccountStatus, AccountTotals};
    use manyworlds_engine::Kind;
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut traded, mut refused, mut stopped, worlds) = (0, 0, 0, 60);
    for _ in 0..worlds {
        let mut simulation = world(120).new_tree(&mut runner).unwrap().current().blueprint().build().unwrap();
        simulation.run().unwrap();
        let (roster, world) = (simulation.roster(), simulation.world());
        let accounts = roster.entities(Kind::Account);
        let totals = || accounts.iter().filter_map(|a| world.get::<AccountTotals>(*a));
        traded += u32::from(totals().map(|t| t.fills).sum::<u64>() > 10);
        refused += u32::from(totals().any(|t| t.rejections > 0));
        let active = |a: &Account| a.status == AccountStatus::Active;
        stopped += u32::from(!accounts.iter().filter_map(|a| world.get::<Account>(*a)).all(active));
    }
    assert!(traded * 2 > worlds && refused > 5 && stopped > 2, "{traded}, {refused}, {stopped} of {worlds}");
}
