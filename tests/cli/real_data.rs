//! Real minute bars of Bitcoin and Ether, where the data folder is there.

use std::path::PathBuf;

use manyworlds_tests::program::{Finished, Sandbox};
use serde_json::json;

use super::library;

/// The data folder, if there is one: `MANYWORLDS_DATA`, or `shared/data` beside the checkout.
fn data() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("MANYWORLDS_DATA").map_or_else(beside, PathBuf::from);
    folder.join("bars-1m").is_dir().then(|| folder.canonicalize().unwrap())
}

#[test]
fn three_months_of_two_symbols() {
    let Some(data) = data() else {
        println!("skipped: no market data (set MANYWORLDS_DATA)");
        return;
    };
    let sandbox = Sandbox::new();
    let run = |flags: &[&str]| {
        let mut command = sandbox.command(["backtest", "--json", "--out", "out"]);
        command.arg(library("btc_eth_basic.ron")).args(flags).env("MANYWORLDS_DATA", &data);
        Finished::of(command).json()
    };
    let first = run(&[]);
    assert_eq!(first["status"], "complete");
    // As the data's own notes count them, per symbol: 129,520 rows, 80 missing, 72 without volume, 1 cut short.
    assert_eq!(first["data"]["rows"], 2 * 129_520);
    let defects = |times: u64| json!({ "gap": 80 * times, "zero_volume": 72 * times, "close_time": times });
    assert_eq!(first["data"]["defects"], defects(2));
    for source in first["data"]["sources"].as_array().unwrap() {
        assert_eq!((&source["rows"], &source["defects"]), (&129_520.into(), &defects(1)));
        assert_eq!(source["from"], "2023-01-01T00:01:00Z");
        assert_eq!(source["to"], "2023-04-01T00:00:00Z");
    }
    assert_eq!(first["steps"], 129_520);
    assert!(first["accounts"].as_array().unwrap().iter().all(|a| a["fills"].as_u64().unwrap() > 0));
    let cached = sandbox.files("cache");
    assert_eq!(cached.len(), 2, "{cached:?}");
    for flags in [&[][..], &["--threads", "1"], &["--threads", "8"]] {
        assert_eq!(run(flags)["digest"], first["digest"], "{flags:?}");
    }
    assert_eq!(sandbox.files("cache"), cached);
}
