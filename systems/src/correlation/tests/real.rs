//! Prints of BTC and ETH on Binance: the evening of 2024-08-08, 343 seconds.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use manyworlds_components::time::Frame;
use manyworlds_engine::ClockMode;

use super::super::{Correlation, LagReading, Settings};
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
    let readings = [
        ("usdm_btcusdt_20240808.gz", "usdm_ethusdt_20240808.gz"),
        ("spot_btcusdt_20240808.gz", "spot_ethusdt_20240808.gz"),
        ("usdm_btcusdt_20240808.gz", "spot_btcusdt_20240808.gz"),
        ("usdm_ethusdt_20240808.gz", "spot_ethusdt_20240808.gz"),
    ]
    .map(|(a, b)| {
        let tapes = vec![prints(0, &read(a)), prints(1, &read(b))];
        let clock = ClockMode::Bar(five_seconds);
        let mut world = blueprint(settings.clone(), clock, five_seconds, tapes).build().unwrap();
        world.run().unwrap();
        let (grid, lag): (Correlation, LagReading) = (of(&world, 1), of(&world, 1));
        println!("{a}, {b}: at 5 s {:.3}, beta {:.3}; {lag:?}", grid.rolling.unwrap(), grid.beta.unwrap());
        (grid.rolling.unwrap(), lag)
    });
    let [(perpetuals, btc_eth), (spots, _), (btc, _), (eth, eth_spot)] = readings;
    // The same coin moves together, BTC and ETH less so.
    assert!(btc > 0.9 && eth > 0.9 && (0.4..0.85).contains(&perpetuals) && (0.4..0.85).contains(&spots));
    // The BTC perpetual leads the ETH perpetual by about a tenth of a second.
    assert_eq!(btc_eth.seconds, Some(0.1), "{btc_eth:?}");
    assert!(btc_eth.ratio.unwrap() > 1.3 && btc_eth.ratio_confidence.unwrap() > 0.95, "{btc_eth:?}");
    // The ETH perpetual leads the ETH spot market.
    assert!(eth_spot.ratio.unwrap() > 2.0 && eth_spot.ratio_confidence.unwrap() > 0.99, "{eth_spot:?}");
}
