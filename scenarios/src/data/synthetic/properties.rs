//! Properties of any synthetic market, and known answers of its errors.

use std::collections::BTreeMap;

use manyworlds_components::price::Step;
use manyworlds_components::time::{Frame, Timestamp};
use proptest::prelude::*;

use super::measures::*;
use super::*;

fn named(symbol: &str, spec: SyntheticSpec) -> SymbolSpec {
    SymbolSpec { symbol: symbol.into(), spec }
}

fn linked(symbol: &str, like: &str, correlation: f64, spec: &SyntheticSpec) -> SymbolSpec {
    named(symbol, SyntheticSpec { like: Some(like.into()), correlation, regimes: None, ..spec.clone() })
}

prop_compose! {
    fn grid()(frame in prop::sample::select(vec!["1s", "1m", "5m", "1h", "1d"]), tick in 0i32..5, lot in 0i32..4,
              price in 1.0f64..50_000.0, path_steps in 2u32..12) -> SyntheticSpec {
        let (tick, lot) = (10f64.powi(-tick), 10f64.powi(-lot));
        SyntheticSpec {
            frame: frame.parse().unwrap(),
            tick_size: Step::new(tick).unwrap(),
            lot_size: Step::new(lot).unwrap(),
            initial_price: price.max(tick),
            bars: Some(150),
            path_steps,
            ..SyntheticSpec::default()
        }
    }
}

prop_compose! {
    fn any_spec()(grid in grid(), annual_volatility in 0.0f64..20.0, annual_drift in -20.0f64..20.0,
                  jump_sd in 0.0f64..1.0, log_sd in 0.0f64..2.0, tail in prop::option::of(2.1f64..20.0),
                  regimes in prop::option::of(prop::collection::vec((0.01f64..100.0, 1i64..500), 0..4)),
                  mean in 4.0f64..1e6, elasticity in 0.0f64..2.0, per_bar in 1.0f64..60.0,
                  branching_ratio in 0.0f64..0.95, spread_ticks in 0u32..5) -> SyntheticSpec {
        let mut spec = SyntheticSpec { annual_volatility, annual_drift, tail_degrees_of_freedom: tail, ..grid };
        spec.jumps.per_day = 0.2 * Frame::DAY.nanos() as f64 / spec.frame.nanos() as f64;
        spec.jumps.sd = jump_sd;
        spec.volatility.log_sd = log_sd;
        spec.volume.mean = mean * spec.lot_size.value();
        spec.volume.elasticity = elasticity;
        spec.trades = TradeSpec { per_bar, branching_ratio, spread_ticks, ..TradeSpec::default() };
        spec.regimes = regimes.map(|list| {
            let regime = |(i, (volatility, frames)): (usize, (f64, i64))| RegimeSpec {
                name: format!("r{i}"),
                volatility,
                annual_drift: 0.0,
                mean_duration: Frame::from_nanos(frames * spec.frame.nanos()).unwrap(),
            };
            list.into_iter().enumerate().map(regime).collect()
        });
        spec
    }
}

/// A plain aggregation in ticks and lots, frame by frame.
fn aggregate_trades(trades: &[TimedTrade], spec: &SyntheticSpec) -> BTreeMap<Timestamp, [i64; 5]> {
    let mut frames: BTreeMap<Timestamp, [i64; 5]> = BTreeMap::new();
    for TimedTrade { ts_event, trade } in trades {
        let price = spec.tick_size.round(trade.price);
        let lots = spec.lot_size.round(trade.quantity);
        assert!(lots >= 1 && spec.tick_size.is_on_grid(trade.price));
        let bar = frames.entry(spec.frame.floor(*ts_event)).or_insert([price, price, price, price, 0]);
        *bar = [bar[0], bar[1].max(price), bar[2].min(price), price, bar[4] + lots];
    }
    frames
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn bars_are_valid_contiguous_and_on_their_grids(spec in any_spec(), seed: u64) {
        prop_assert_eq!(spec.validate(), Ok(()));
        let bars = SyntheticMarket::new(&[named("A", spec.clone())], seed).unwrap().bars("A").unwrap();
        prop_assert_eq!(bars.len(), 150);
        prop_assert_eq!(bars[0].open_time, spec.start);
        for (i, bar) in bars.iter().enumerate() {
            prop_assert!(bar.is_valid(), "{:?}", bar);
            prop_assert_eq!(bar.close_time - bar.open_time, spec.frame.nanos());
            prop_assert!(bar.volume > 0.0 && spec.lot_size.is_on_grid(bar.volume));
            for price in [bar.open, bar.high, bar.low, bar.close] {
                prop_assert!(spec.tick_size.is_on_grid(price));
            }
            if i > 0 {
                prop_assert_eq!(bar.open_time, bars[i - 1].close_time);
                prop_assert_eq!(bar.open, bars[i - 1].close);
            }
        }
    }

    #[test]
    fn trades_aggregate_to_the_bars(spec in any_spec(), seed: u64) {
        let market = SyntheticMarket::new(&[named("A", spec.clone())], seed).unwrap();
        let (bars, trades) = (market.bars("A").unwrap(), market.trades("A").unwrap());
        prop_assert!(trades.windows(2).all(|pair| pair[0].ts_event <= pair[1].ts_event));
        let frames = aggregate_trades(&trades, &spec);
        prop_assert_eq!(frames.len(), bars.len());
        for bar in &bars {
            let prices = [bar.open, bar.high, bar.low, bar.close].map(|price| spec.tick_size.round(price));
            let [open, high, low, close] = prices;
            let expected = [open, high, low, close, spec.lot_size.round(bar.volume)];
            prop_assert_eq!(frames[&bar.open_time], expected);
        }
    }

    /// The same seed gives the same bits; another symbol, another order or another length changes nothing.
    #[test]
    fn a_symbol_depends_on_its_settings_and_the_seed_alone(spec in any_spec(), seed: u64, rho in -1.0f64..1.0) {
        let (a, b) = (named("A", spec.clone()), linked("B", "A", rho, &spec));
        let alone = SyntheticMarket::new(std::slice::from_ref(&a), seed).unwrap();
        let many = [named("C", spec.clone()), linked("D", "B", rho, &spec), b, a];
        let many = SyntheticMarket::new(&many, seed).unwrap();
        prop_assert_eq!(alone.bars("A").unwrap(), many.bars("A").unwrap());
        prop_assert_eq!(alone.trades("A").unwrap(), many.trades("A").unwrap());
        prop_assert_ne!(many.bars("A").unwrap(), many.bars("C").unwrap());
        let short = named("A", SyntheticSpec { bars: Some(70), ..spec });
        let short = SyntheticMarket::new(&[short], seed).unwrap().bars("A").unwrap();
        prop_assert_eq!(&alone.bars("A").unwrap()[..70], &short[..]);
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let all = pool.install(|| many.all_bars()).unwrap();
            for (symbol, bars) in many.symbols().iter().zip(&all) {
                prop_assert_eq!(bars, &many.bars(&symbol.symbol).unwrap());
            }
        }
    }
}

/// A clone in the middle, chunks of any size and one long run are one and the same stream.
#[test]
fn streams_may_be_cloned_and_chunked() {
    let spec = SyntheticSpec { bars: Some(1_000), ..SyntheticSpec::default() };
    let market = SyntheticMarket::new(&[named("A", spec)], 5).unwrap();
    let whole = market.bars("A").unwrap();
    let (mut stream, mut bars) = (market.bar_stream("A").unwrap(), Vec::new());
    assert_eq!(stream.next_chunk(333, &mut bars), 333);
    let fork = stream.clone();
    while stream.next_chunk(100, &mut bars) > 0 {}
    assert_eq!(bars, whole);
    assert_eq!(fork.collect::<Vec<_>>(), whole[333..]);
    let mut labeled = market.bar_stream("A").unwrap();
    let regimes = market.regimes("A").unwrap();
    for bar in &whole {
        let label = labeled.next_labeled().unwrap();
        assert_eq!(label.bar, *bar);
        assert!(label.regime < regimes.len() && label.volatility > 0.0);
    }
    assert_eq!(labeled.next_labeled(), None);
}

/// Bits that must not change by accident: a golden digest of default bars. `exp` and `ln` are the platform's, and may
/// differ in the last bit on another.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn the_default_market_keeps_its_bits() {
    let spec = SyntheticSpec { bars: Some(5_000), ..SyntheticSpec::default() };
    let market = SyntheticMarket::new(&[named("BTCUSDT", spec)], 42).unwrap();
    let mut bytes = Vec::new();
    for bar in market.bars("BTCUSDT").unwrap() {
        for value in [bar.open, bar.high, bar.low, bar.close, bar.volume] {
            bytes.extend_from_slice(&value.to_bits().to_le_bytes());
        }
    }
    assert_eq!(format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&bytes)), "5b3ded9ff228497d");
}

#[test]
fn a_symbol_can_follow_given_bars() {
    let spec = SyntheticSpec { bars: Some(60_000), ..SyntheticSpec::default() };
    let market = SyntheticMarket::new(&[named("REAL", spec.clone())], 1).unwrap();
    let real = market.bars("REAL").unwrap();
    // A hole, and an end before the follower's: there it goes on by itself.
    let given: Vec<Bar> = [&real[..20_000], &real[20_100..59_000]].concat();
    let reference = Reference::new("REAL", &given).unwrap();
    let symbols = [linked("ETHUSDT", "REAL", 0.8, &spec), linked("SOLUSDT", "ETHUSDT", 0.9, &spec)];
    let market = SyntheticMarket::with_references(&symbols, &[reference], 2).unwrap();
    let (eth, sol) = (market.bars("ETHUSDT").unwrap(), market.bars("SOLUSDT").unwrap());
    assert!(eth.iter().chain(&sol).all(Bar::is_valid) && eth.len() == 60_000);
    let part = |bars: &[Bar]| log_returns(&bars[20_200..59_000]);
    let (real_returns, eth_returns, sol_returns) = (part(&real), part(&eth), part(&sol));
    let (first, second) = (correlation(&real_returns, &eth_returns), correlation(&eth_returns, &sol_returns));
    assert!((first - 0.8).abs() < 0.05 && (second - 0.9).abs() < 0.05, "{first} {second}");
    // Nothing of the reference's future shows.
    let past = Reference::new("REAL", &given[..10_000]).unwrap();
    let market = SyntheticMarket::with_references(&symbols, &[past], 2).unwrap();
    assert_eq!(market.bars("SOLUSDT").unwrap()[..10_000], sol[..10_000]);
}

#[test]
fn errors_name_the_field_and_what_would_be_right() {
    let with = |change: fn(&mut SyntheticSpec)| {
        let mut spec = SyntheticSpec::default();
        change(&mut spec);
        SyntheticMarket::new(&[named("A", spec)], 1).unwrap_err().to_string()
    };
    let cases = [
        (with(|s| s.annual_volatility = -1.0), "`annual_volatility` is -1: it must be from 0 to 20"),
        (with(|s| s.annual_drift = f64::NAN), "`annual_drift` is NaN"),
        (with(|s| s.start = Timestamp(5)), "such as 1970-01-01T00:01:00Z"),
        (with(|s| s.correlation = 0.5), "`correlation` is 0.5: it must be 0 unless `like`"),
        (with(|s| s.tail_degrees_of_freedom = Some(2.0)), "above 2"),
        (
            with(|s| s.regimes = Some(vec![RegimeSpec { volatility: 0.0, ..RegimeSpec::only() }])),
            "regimes[0].vol",
        ),
        (with(|s| s.volume.pattern = IntradayPattern::Hourly(vec![1.0; 23])), "a list of 23"),
        (with(|s| s.bars = Some(0)), "`bars` is 0"),
        (with(|s| s.like = Some("B".into())), "there is no symbol `B`"),
    ];
    for (message, part) in &cases {
        assert!(message.contains(part), "{message} lacks {part}");
    }
    let spec = SyntheticSpec::default();
    let circle = [linked("A", "B", 0.1, &spec), linked("B", "A", 0.1, &spec)];
    let message = SyntheticMarket::new(&circle, 1).unwrap_err().to_string();
    assert_eq!(message, "synthetic symbols are linked in a circle: A -> B -> A");
    let typo = [named("BTCUSDT", spec.clone()), linked("ETHUSDT", "BTCUSD", 0.1, &spec)];
    assert!(SyntheticMarket::new(&typo, 1).unwrap_err().to_string().contains("did you mean `BTCUSDT`?"));
    let twice = [named("A", spec.clone()), named("A", spec.clone())];
    assert!(matches!(SyntheticMarket::new(&twice, 1), Err(SyntheticError::Duplicate { .. })));
    let frames =
        [named("A", spec.clone()), linked("B", "A", 0.1, &SyntheticSpec { frame: Frame::HOUR, ..spec })];
    assert!(SyntheticMarket::new(&frames, 1).unwrap_err().to_string().contains("`frame` is 1h"));
    assert!(Reference::new("R", &[]).is_err());
}

#[test]
fn settings_are_read_and_unknown_ones_refused() {
    let text = r#"(frame: "5m", start: "2024-03-01T00:00:00Z", end: Some("2024-03-02T00:00:00Z"), annual_volatility: 0.9,
        regimes: Some([(name: "calm", volatility: 0.5, mean_duration: "3d")]), jumps: (per_day: 2.0),
        volume: (pattern: UShape), tick_size: 0.5)"#;
    let spec: SyntheticSpec = ron::from_str(text).unwrap();
    assert_eq!((spec.bar_count(), spec.jumps.sd), (288, JumpSpec::default().sd));
    assert_eq!(spec.validate(), Ok(()));
    let again: SyntheticSpec = ron::from_str(&ron::to_string(&spec).unwrap()).unwrap();
    assert_eq!(again, spec);
    assert!(ron::from_str::<SyntheticSpec>("(volatilty: 0.5)").is_err());
    assert!(ron::from_str::<SyntheticSpec>("(jumps: (rate: 0.5))").is_err());
    assert!(ron::from_str::<SyntheticSpec>("(start: \"yesterday\")").is_err());
}
