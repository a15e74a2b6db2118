//! What the module does in a world.

use manyworlds_components::time::Frame;
use manyworlds_engine::{ClockMode, Journal};

use super::super::{BREAKDOWN, Correlation, CorrelationMatrix, LagReading, LeadLag, Observations, Settings};
use super::{Cell, SECOND, bar_world, bars, blueprint, factor_closes, of, prints, random, run};
use rand::RngExt;

const MINUTES: ClockMode = ClockMode::Bar(Frame::MINUTE);

fn short() -> Settings {
    Settings {
        window: 20,
        break_window: 6,
        ewma_halflife: 4,
        lag_window: 10,
        clean_every: 10,
        ..Settings::default()
    }
}

/// The first value comes with exactly as many bars as the specification says.
#[test]
fn warm_up_is_exact() {
    let cells = factor_closes(1, 3, 60, 0.5);
    let settings =
        Settings { observations: Observations::Closes, lag_step: Frame::MINUTE, lags: 2, ..short() };
    let mut world = bar_world(settings, MINUTES, &cells);
    let specs = world.schema().features().to_vec();
    assert_eq!(specs.len(), 14);
    let mut first = vec![None; specs.len()];
    run(&mut world, |world| {
        let bar = (world.clock().now.0 / (60 * SECOND)) as u64;
        for (first, valid) in first.iter_mut().zip(world.features("S2").unwrap().mask()) {
            if *valid {
                first.get_or_insert(bar);
            }
        }
        let reference = world.features("S0").unwrap();
        let shared = [
            "correlation.mean",
            "correlation.shrinkage",
            "correlation.first_mode",
            "correlation.signal_modes",
        ];
        for (spec, valid) in specs.iter().zip(reference.mask()) {
            assert!(!valid || shared.contains(&spec.name.as_str()), "{} of the reference", spec.name);
        }
    });
    for (spec, first) in specs.iter().zip(first) {
        assert_eq!(first, Some(spec.warmup_bars), "{}", spec.name);
    }
}

#[test]
fn one_symbol_alone_costs_nothing() {
    let mut world = bar_world(short(), MINUTES, &factor_closes(1, 1, 40, 0.0));
    world.run().unwrap();
    assert!(world.systems_of("correlation").is_empty());
    assert!(world.features("S0").unwrap().mask().iter().all(|valid| !valid));
}

#[test]
fn another_reference() {
    let cells = factor_closes(2, 3, 40, 0.5);
    let mut world = bar_world(Settings { reference: "S1".into(), ..short() }, MINUTES, &cells);
    world.run().unwrap();
    assert_eq!(of::<Correlation>(&world, 1).rolling, None);
    let matrix = world.world().resource::<CorrelationMatrix>();
    assert_eq!((matrix.reference(), matrix.symbols(), matrix.rows()), (1, 3, 39));
    let (got, expected) = (of::<Correlation>(&world, 0).rolling.unwrap(), matrix.correlation(0, 1).unwrap());
    assert!((got - expected).abs() < 1e-12);

    let mut wrong = bar_world(Settings { reference: "BTC".into(), ..short() }, MINUTES, &cells);
    let error = wrong.run().unwrap_err().to_string();
    assert!(error.contains("`BTC` is no symbol of this run; there are S0, S1, S2"), "{error}");
    let mut wrong = bar_world(Settings { max_interval: Some(Frame::SECOND), ..short() }, MINUTES, &cells);
    let error = wrong.run().unwrap_err().to_string();
    assert!(error.contains("max_interval 1s is shorter than bars of 1m"), "{error}");
}

/// Two independent markets whose feeds fill forward at the same minutes. Where fillers count, common zeros are taken for
/// common moves; here they are no updates, and what moves after a pause spans more than one row.
#[test]
fn forward_filled_feeds_fake_nothing() {
    let mut random = random(8);
    let real = factor_closes(4, 2, 4_000, 0.0);
    // Both feeds stop for the same minutes, then both report the jump over the pause.
    let open: Vec<bool> = (0..4_000).map(|_| random.random::<f64>() < 0.5).collect();
    let filled = |cells: &Vec<Cell>| -> Vec<Cell> {
        cells.iter().zip(&open).map(|(c, open)| if *open { *c } else { Cell::Filled }).collect()
    };
    let missing = |cells: &Vec<Cell>| -> Vec<Cell> {
        cells.iter().zip(&open).map(|(c, open)| if *open { *c } else { Cell::Missing }).collect()
    };
    let settings = Settings { window: 1_500, ..Settings::default() };
    let last = |cells: Vec<Vec<Cell>>| {
        let mut world = bar_world(settings.clone(), MINUTES, &cells);
        world.run().unwrap();
        of::<Correlation>(&world, 1)
    };
    let (a, b) = (last(real.iter().map(filled).collect()), last(real.iter().map(missing).collect()));
    assert_eq!(a, b, "a filler is as good as nothing");
    assert!(a.rolling.unwrap().abs() < 0.12, "{a:?}");

    // One symbol trades every other minute only: its partner's moves in between do not enter.
    let cells = factor_closes(5, 2, 2_000, 0.8);
    let sparse =
        cells[1].iter().enumerate().map(|(i, c)| if i % 4 < 2 { *c } else { Cell::Filled }).collect();
    let mut world = bar_world(
        Settings { min_coverage: 0.2, window: 500, ..settings.clone() },
        MINUTES,
        &[cells[0].clone(), sparse],
    );
    world.run().unwrap();
    let r = of::<Correlation>(&world, 1).rolling.unwrap();
    assert!((r - 0.8).abs() < 0.1, "{r}");
}

/// Correlation turns around in the middle: one annotation for it, soon after.
#[test]
fn a_break_is_annotated_once() {
    let (one, other) = (factor_closes(6, 2, 600, 0.9), factor_closes(7, 2, 600, 0.9));
    let bend = |cells: &[Cell], mirrored: bool| -> Vec<Cell> {
        let log = |c: &Cell| if let Cell::Close(close) = c { close.ln() } else { 0.0 };
        let middle = log(&cells[299]);
        let bent = |(i, c): (usize, &Cell)| match i {
            300.. if mirrored => Cell::Close((2.0 * middle - log(c)).exp()),
            _ => *c,
        };
        cells.iter().enumerate().map(bent).collect()
    };
    let cells = [one[0].clone(), bend(&one[1], true), bend(&other[1], false)];
    let mut world = bar_world(Settings { window: 120, ..Settings::default() }, MINUTES, &cells);
    let (mut flags, mut up) = (Vec::new(), 0);
    run(&mut world, |world| {
        let bar = (world.clock().now.0 / (60 * SECOND)) as usize;
        let c: Correlation = of(world, 1);
        assert!(c.breakdown != Some(1.0) || c.break_z.is_some());
        up += usize::from(c.breakdown == Some(1.0));
        if c.breakdown == Some(1.0) && flags.is_empty() {
            flags.push(bar);
        }
    });
    let found = &world.world().resource::<Journal>().annotations;
    let of_pair: Vec<_> = found.iter().filter(|a| a.symbol.index() == 1).collect();
    assert_eq!(of_pair.len(), 1, "{found:?}");
    assert_eq!((of_pair[0].label, of_pair[0].ts, of_pair[0].at), (BREAKDOWN, of_pair[0].at, of_pair[0].ts));
    let bar = (of_pair[0].at.0 / (60 * SECOND)) as usize;
    assert!((301..330).contains(&bar) && flags == [bar], "found at {bar}, {flags:?}");
    assert!(of_pair[0].value < -0.3, "{}", of_pair[0].value);
    assert!((20..130).contains(&up), "the flag falls again: {up} bars");
}

/// Prints of one symbol come three seconds after those of the reference say the same: the lag is found, forks agree.
#[test]
fn lead_lag_on_prints() {
    let mut random = random(11);
    let (mut leader, mut follower, mut path) = (Vec::new(), Vec::new(), vec![(0.0, 0.0)]);
    let (mut time, mut log) = (0.0, 0.0);
    while time < 1_500.0 {
        time += 0.1;
        log += 1e-4 * super::normal(&mut random);
        path.push((time, log));
    }
    let at = |t: f64| path[((t / 0.1) as usize).min(path.len() - 1)].1;
    for (lag, prints) in [(0.0, &mut leader), (3.0, &mut follower)] {
        let mut time = 3.5;
        while time < 1_490.0 {
            prints.push(((time * 1e9) as i64, 100.0 * f64::exp(at(time - lag))));
            time += 0.7 * super::exponential(&mut random);
        }
    }
    let settings = Settings { lag_window: 20, ..short() };
    let tapes = vec![prints(0, &leader), prints(1, &follower)];
    let mut world = blueprint(settings, MINUTES, Frame::MINUTE, tapes).build().unwrap();
    run(&mut world, |_| ());
    let reading: LagReading = of(&world, 1);
    assert_eq!(reading.seconds, Some(3.0), "{reading:?}");
    assert!(reading.ratio.unwrap() > 3.0 && reading.confidence.unwrap() > 0.99, "{reading:?}");
    assert!(reading.hayashi_yoshida.unwrap() < 0.5);
    assert_eq!(of::<LagReading>(&world, 0), LagReading::default());
    let lead_lag = world.world().resource::<LeadLag>();
    let (lags, curve) = (lead_lag.lags(), lead_lag.curve(0, 1).unwrap());
    assert_eq!((lags.len(), lags[0], lags[13], curve.len()), (21, -10.0, 3.0, 21));
    assert!(curve[13] > 0.7 && curve[7].abs() < 0.3, "{curve}");
    assert_eq!((lead_lag.reading(0, 1), lead_lag.reading(1, 0)), (Some(reading), None));
    assert_eq!(lead_lag.pairs().collect::<Vec<_>>(), [(0, 1)]);
}

/// The same on closes of bars, lags of whole bars, any clock: S1 does what S0 did a bar before, S2 the opposite at once.
#[test]
fn lead_lag_on_closes() {
    let leader = factor_closes(21, 1, 200, 0.0).remove(0);
    let after = |i: usize| leader[i.max(1) - 1];
    let mirror = |c: &Cell| if let Cell::Close(close) = c { Cell::Close(1e4 / close) } else { *c };
    let follower = (0..200).map(after).collect();
    let cells = [leader.clone(), follower, leader.iter().map(mirror).collect()];
    let settings = Settings {
        observations: Observations::Closes,
        lag_step: Frame::MINUTE,
        lags: 3,
        lag_window: 60,
        pairs: super::super::Pairs::All,
        ..short()
    };
    for clock in [MINUTES, ClockMode::Event] {
        let mut world = bar_world(settings.clone(), clock, &cells);
        world.run().unwrap();
        let (follows, mirrors): (LagReading, LagReading) = (of(&world, 1), of(&world, 2));
        assert_eq!((follows.seconds, mirrors.seconds), (Some(60.0), Some(0.0)));
        assert!(
            follows.confidence.unwrap() > 0.999 && follows.ratio_confidence.unwrap() > 0.99,
            "{follows:?}"
        );
        assert!((mirrors.hayashi_yoshida.unwrap() + 1.0).abs() < 1e-9, "{mirrors:?}");
        let lead_lag = world.world().resource::<LeadLag>();
        assert!((lead_lag.curve(0, 1).unwrap()[4] - 1.0).abs() < 0.05);
        assert_eq!(lead_lag.reading(1, 2).unwrap().seconds, Some(-60.0), "S2 is ahead of S1");
    }
}

/// Several bars of a symbol in one step are taken one after the other.
#[test]
fn coarse_steps() {
    let cells = factor_closes(12, 3, 130, 0.6);
    let mut coarse = bar_world(short(), ClockMode::Bar(Frame::HOUR), &cells);
    let mut fine = bar_world(short(), MINUTES, &cells);
    run(&mut coarse, |_| ());
    while fine.clock().now < manyworlds_components::time::Timestamp(130 * 60 * SECOND) {
        fine.step().unwrap();
    }
    for symbol in 0..3 {
        assert_eq!(of::<Correlation>(&coarse, symbol), of::<Correlation>(&fine, symbol));
    }
}

/// Bars and prints side by side: the bars that are built of prints are on the same grid.
#[test]
fn bars_beside_prints() {
    let cells = factor_closes(13, 2, 60, 0.9);
    let near_close = |(i, c): (usize, &Cell)| match c {
        Cell::Close(close) => ((i as i64 + 1) * 60 * SECOND - 1, *close),
        _ => (0, 1.0),
    };
    let built: Vec<(i64, f64)> = cells[1].iter().enumerate().map(near_close).collect();
    let tapes = vec![bars(0, &cells[0]), prints(1, &built)];
    let mut mixed = blueprint(short(), MINUTES, Frame::MINUTE, tapes).build().unwrap();
    let mut plain = bar_world(short(), MINUTES, &cells);
    mixed.run().unwrap();
    plain.run().unwrap();
    assert_eq!(of::<Correlation>(&mixed, 1), of::<Correlation>(&plain, 1));
    assert!(of::<Correlation>(&mixed, 1).rolling.unwrap() > 0.7);
    assert_eq!(of::<LagReading>(&mixed, 1), LagReading::default(), "no prints of the reference, no curve");
}
