//! `multi_timeframe` on real minutes, where the data folder is there: its hours and days against a plain aggregation.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use manyworlds::data::{ImportSpec, Tape, import};
use manyworlds_components::bar::Bar;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::frame_series::FrameSeries;
use manyworlds_components::price::Step;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{Kind, Simulation};
use manyworlds_tests::market_blueprint;

use super::worlds::catalogue;

fn data(relative: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let path = std::env::var_os("MANYWORLDS_DATA").map_or_else(beside, PathBuf::from).join(relative);
    path.exists().then_some(path)
}

const SKIPPED: &str = "skipped: no market data (set MANYWORLDS_DATA)";

fn run(minutes: Vec<Bar>) -> Simulation {
    let mut blueprint = market_blueprint(vec![minutes], 1);
    let module = catalogue().build("multi_timeframe", Some("(bars_kept: 3000)")).unwrap();
    blueprint.modules = vec![(module, true)];
    let mut simulation = blueprint.build().unwrap();
    simulation.run().unwrap();
    simulation
}

fn closed(simulation: &Simulation, frame: Frame) -> (BarSeries, u64) {
    let symbol = simulation.roster().entities(Kind::Symbol)[0];
    let own = simulation.world().get::<BarSeries>(symbol).unwrap();
    let frames = simulation.world().get::<FrameSeries>(symbol).unwrap();
    let bars = frames.bars(frame, own).unwrap().clone();
    (bars, frames.missing(frames.position(frame).unwrap(), own, 3_000))
}

/// Open, high, low and close exactly, volume to the rounding of its sum; returns bars and missing frames.
fn assert_plain(simulation: &Simulation, minutes: &[Bar], frame: Frame) -> (usize, u64) {
    let mut groups: BTreeMap<i64, Vec<&Bar>> = BTreeMap::new();
    for bar in minutes {
        groups.entry(bar.open_time.0.div_euclid(frame.nanos())).or_default().push(bar);
    }
    let (bars, missing) = closed(simulation, frame);
    assert_eq!(bars.len(), groups.len(), "{frame}");
    for (i, (group, inside)) in groups.iter().enumerate() {
        assert_eq!(bars.open_times(3_000)[i], group * frame.nanos());
        assert_eq!(bars.opens(3_000)[i], inside[0].open);
        assert_eq!(bars.highs(3_000)[i], inside.iter().map(|b| b.high).fold(0.0, f64::max));
        assert_eq!(bars.lows(3_000)[i], inside.iter().map(|b| b.low).fold(f64::MAX, f64::min));
        assert_eq!(bars.closes(3_000)[i], inside[inside.len() - 1].close);
        let volume: f64 = inside.iter().map(|b| b.volume).sum();
        assert!((bars.volumes(3_000)[i] - volume).abs() <= 1e-9 * volume, "{frame} {i}");
    }
    (bars.len(), missing)
}

#[test]
fn days_and_hours_of_bitcoin_are_plain_aggregates() {
    let files = ["01", "02", "03"].map(|m| data(&format!("bars-1m/binance-spot/BTCUSDT-1m-2023-{m}.tar.xz")));
    let Some(files) = files.into_iter().collect::<Option<Vec<PathBuf>>>() else {
        println!("{SKIPPED}");
        return;
    };
    let out = tempfile::tempdir().unwrap();
    let (tick_size, lot_size) = (Step::new(0.01).ok(), Step::new(0.00001).ok());
    let spec = ImportSpec { tick_size, lot_size, ..ImportSpec::default() };
    let tape = Tape::open(&import(&files, out.path(), &spec, &|_, _| {}).unwrap().path).unwrap();
    let batches = tape.bars().unwrap().iter();
    let minutes: Vec<Bar> = batches
        .flat_map(|b| {
            (0..b.open.len()).map(|i| Bar {
                open_time: Timestamp(b.ts_event[i]),
                close_time: Timestamp(b.ts_recv[i]),
                open: b.open[i],
                high: b.high[i],
                low: b.low[i],
                close: b.close[i],
                volume: b.volume[i],
            })
        })
        .collect();
    assert_eq!(minutes.len(), 129_520);
    let simulation = run(minutes.clone());
    assert_eq!(assert_plain(&simulation, &minutes, Frame::DAY), (90, 0));
    // The halt of 2023-03-24, 12:40 .. 14:00, leaves one hour without a minute.
    assert_eq!(assert_plain(&simulation, &minutes, Frame::HOUR), (90 * 24 - 1, 1));
    let features = simulation.features("S0").unwrap();
    assert!(features.mask().iter().all(|valid| *valid), "all frames are warm after 90 days");
    assert_eq!(features.get(simulation.schema().offset("multi_timeframe.coverage").unwrap()), Some(1.0));
}

/// Shares trade from 04:00 to 20:00 New York, with minutes, nights and a weekend without a trade.
#[test]
fn days_of_shares_are_plain_aggregates() {
    let mut minutes = Vec::new();
    for day in ["04", "07", "08", "09", "10", "11"] {
        let Some(path) = data(&format!("bars-minute/us-equity/spy/201310{day}_trade.zip")) else {
            println!("{SKIPPED}");
            return;
        };
        let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
        let mut text = String::new();
        archive.by_index(0).unwrap().read_to_string(&mut text).unwrap();
        // New York was four hours behind.
        let midnight = 1_380_585_600 + (day.parse::<i64>().unwrap() - 1) * 86_400 + 4 * 3_600;
        minutes.extend(text.lines().map(|line| {
            let columns: Vec<f64> = line.split(',').map(|c| c.parse().unwrap()).collect();
            let price = |c: usize| columns[c] / 1e4;
            let opens = Timestamp::from_millis(midnight * 1_000 + columns[0] as i64);
            Bar::new(opens, Frame::MINUTE, [price(1), price(2), price(3), price(4), columns[5]])
        }));
    }
    let simulation = run(minutes.clone());
    let (days, missing) = assert_plain(&simulation, &minutes, Frame::DAY);
    assert_eq!((days, missing), (6, 2), "Saturday and Sunday have none");
    let (_, missing) = assert_plain(&simulation, &minutes, Frame::HOUR);
    assert!(missing >= 5 * 8 + 48, "nights and the weekend: {missing}");
}
