//! Prints of BTC and ETH on Binance: the evening of 2024-08-08, 343 seconds.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use manyworlds_components::time::Frame;
use manyworlds_engine::ClockMode;

use super::super::{Correlation, LagReading, LeadLag, Settings};
use super::{blueprint, of, prints};

fn folder() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    let root = std::env::var_os("MANYWORLDS_DATA").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    Some(root.join("l2/binance")).filter(|p| p.is_dir())
}

/// The prints of a capture: (time received, price).
fn read(name: &str) -> Vec<(i64, f64)> {
    let file = std::fs::File::open(folder().unwrap().join(name)).unwrap();
    let lines = BufReader::new(flate2::read::MultiGzDecoder::new(file)).lines().map(|l| l.unwrap());
    let mut last = 0;
    let row = |line: String| {
        let rest = line.split_once("@trade\"")?.1;
        let price = rest.split_once("\"p\":\"")?.1.split_once('"')?.0;
        // Lines of one connection are stored in order; several are merged here.
        last = last.max(line.split_once(' ')?.0.parse().ok()?);
        Some((last, price.parse().ok()?))
    };
    lines.filter_map(row).collect()
}

#[test]
fn btc_and_eth() {
    if folder().is_none() {
        println!("skipped: no market data here (MANYWORLDS_DATA)");
        return;
    }
    let five_seconds = Frame::from_nanos(5_000_000_000).unwrap();
    let settings = Settings {
        window: 50,
        break_window: 15,
        lag_window: 60,
        lag_step: Frame::from_nanos(100_000_000).unwrap(),
        lags: 20,
        ..Settings::default()
    };
    for (a, b) in [
        ("usdm_btcusdt_20240808.gz", "usdm_ethusdt_20240808.gz"),
        ("spot_btcusdt_20240808.gz", "spot_ethusdt_20240808.gz"),
        ("usdm_btcusdt_20240808.gz", "spot_btcusdt_20240808.gz"),
        ("usdm_ethusdt_20240808.gz", "spot_ethusdt_20240808.gz"),
    ] {
        let tapes = vec![prints(0, &read(a)), prints(1, &read(b))];
        let mut world =
            blueprint(settings.clone(), ClockMode::Bar(five_seconds), five_seconds, tapes).build().unwrap();
        world.run().unwrap();
        let (grid, lag): (Correlation, LagReading) = (of(&world, 1), of(&world, 1));
        println!("{a} {b}\n  {grid:?}\n  {lag:?}");
        println!("  {:.3?}", world.world().resource::<LeadLag>().curve(0, 1).map(|c| c.to_vec()));
    }
}
