//! The real samples, where they are at hand: counts against those that their collector found.

use std::path::PathBuf;

use manyworlds_components::book::OrderBook;
use manyworlds_components::book_event::{BookSignal, DepthUpdate};
use manyworlds_components::ids::SymbolId;
use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::price::{Lots, Step, Ticks};
use manyworlds_components::time::Timestamp;

use super::data_folder;
use crate::data::error::DataError;
use crate::data::import::feed::load::Plan;
use crate::data::import::feed::row::{Change, FeedKind, FeedRow, Names, RowSink};
use crate::data::import::{ImportSpec, SourceFormat};
use crate::data::tape::TapeSignal;
use crate::data::validate::{Defect, Policies, Policy};

/// Counts rows, and keeps the book of the depth rows.
struct Counted {
    rows: [u64; 4],
    book: OrderBook,
    tick: Step,
}

impl Counted {
    fn depth(&self, change: Change) -> Option<MarketData> {
        // Sizes only matter as something or nothing here.
        let lots = |size: f64| Lots((size * 1e8).round() as i64);
        let ticks = |price: f64| Ticks(self.tick.round(price));
        Some(match change {
            Change::Level { side, price, size } => {
                MarketData::Depth(DepthUpdate { side, price: ticks(price), size: lots(size) })
            }
            Change::Signal { on: FeedKind::Depth, signal: TapeSignal::Clear } => {
                MarketData::Signal(BookSignal::Clear)
            }
            _ => return None,
        })
    }
}

impl RowSink for Counted {
    fn take(&mut self, row: &FeedRow, _: &Names) -> Result<(), DataError> {
        self.rows[row.change.kind() as usize] += 1;
        if let Some(data) = self.depth(row.change) {
            let (recv, event) = (Timestamp(row.ts_recv), Timestamp(row.ts_event));
            self.book.apply(&MarketEvent::primary(recv, event, SymbolId(0), data));
        }
        Ok(())
    }
}

fn read(format: SourceFormat, files: &[PathBuf], tick: f64) -> Result<(Counted, super::Read), DataError> {
    read_by(Policies::of_feeds(), format, files, tick)
}

fn read_by(
    policies: Policies,
    format: SourceFormat,
    files: &[PathBuf],
    tick: f64,
) -> Result<(Counted, super::Read), DataError> {
    let tick = Step::new(tick).unwrap();
    let spec = ImportSpec { format, policies, tick_size: Some(tick), ..ImportSpec::default() };
    let mut counted = Counted { rows: [0; 4], book: OrderBook::default(), tick };
    let read = Plan::new(files, &spec)?.read(&spec, &mut counted, &|_, _| {})?;
    Ok((counted, read))
}

#[test]
fn binance_captures_have_as_many_rows_as_their_collector_counted() {
    let Some(folder) = data_folder() else { return };
    // Symbol and tick; trades and quotes as the notes of the data say.
    for (names, tick, trades, quotes) in [
        (&["spot_btcusdt_20240809", "spot_btcusdt_20240808"][..], 0.01, 9_757 + 10_147, 28_040 + 45_134),
        (&["spot_ethusdt_20240808"], 0.01, 6_106, 24_077),
        (&["usdm_btcusdt_20240808"], 0.1, 21_313, 66_089),
        (&["usdm_ethusdt_20240808"], 0.01, 14_076, 53_992),
        (&["cm_btcusd_perp_20240808"], 0.1, 2_286, 19_136),
    ] {
        let file = |name: &&str| folder.join("l2/binance").join(format!("{name}.gz"));
        let files: Vec<PathBuf> = names.iter().map(file).collect();
        let (counted, read) = read(SourceFormat::BinanceStream, &files, tick).unwrap();
        assert_eq!((counted.rows[0], counted.rows[2]), (trades, quotes), "{names:?}");
        let defects: Vec<Vec<&str>> =
            read.reports.iter().map(|r| r.defects.keys().map(|d| d.name()).collect()).collect();
        let spot = names[0].starts_with("spot");
        // The recorder's clock is behind; quotes of spot have no venue time.
        let quotes: &[&str] = if spot { &[] } else { &["negative_latency"] };
        assert_eq!((&defects[0][..], &defects[2][..]), (&["negative_latency"][..], quotes), "{names:?}");
        // Updates that came before the snapshot and are in it; nothing else is left out.
        let (depth, stale) = (&read.reports[1], read.reports[1].defects.get(&Defect::Stale));
        let stale_rows = stale.map_or(0, |met| met.skipped);
        assert_eq!(depth.rows_read, depth.rows_kept + stale_rows, "{names:?}");
        assert_eq!(defects[1][usize::from(stale.is_some())..], ["negative_latency"], "{names:?}");
        assert_eq!(read.ignored, 0);
        let counts = *counted.book.counts();
        assert_eq!((counts.crossed, counts.clears, counts.gaps), (0, 1, 0), "{names:?}");
        println!("{names:?}: {:?} rows, {} levels", counted.rows, counts.updates);
    }
    // A capture without a snapshot needs the one before it.
    let alone = [folder.join("l2/binance/spot_btcusdt_20240809.gz")];
    let error = read(SourceFormat::BinanceStream, &alone, 0.01).err().unwrap().to_string();
    assert!(error.contains("no snapshot comes before them"), "{error}");
}

#[test]
fn databento_files_of_every_version() {
    let Some(folder) = data_folder() else { return };
    let dbn = folder.join("dbn");
    let snapshot = [dbn.join("cme/esh4-glbx-mdp3-20231224.mbo.dbn.zst")];
    let (counted, found) = read(SourceFormat::Dbn, &snapshot, 0.25).unwrap();
    // The first record clears the book.
    assert!(
        found.reports[3].rows_kept == 8_725 || found.reports[3].rows_kept == 8_724,
        "{:?}",
        found.reports[3]
    );
    println!("esh4: {:?}", counted.rows);
    for schema in ["mbo", "mbp-1", "mbp-10", "tbbo", "trades", "bbo-1s", "bbo-1m"] {
        for ending in ["dbn", "v1.dbn.zst", "v2.dbn.zst", "v3.dbn.zst"] {
            let file = dbn.join(format!("databento-tests/test_data.{schema}.{ending}"));
            if file.exists() {
                let (counted, _) = read(SourceFormat::Dbn, &[file], 0.01).unwrap();
                println!("{schema}.{ending}: {:?}", counted.rows);
                assert!(counted.rows.iter().sum::<u64>() >= 2, "{schema}.{ending}: {:?}", counted.rows);
            }
        }
    }
    for schema in ["ohlcv-1m", "definition", "statistics", "imbalance", "status", "cmbp-1", "cbbo-1s"] {
        let file = dbn.join(format!("databento-tests/test_data.{schema}.dbn"));
        let error = read(SourceFormat::Dbn, &[file], 0.01).err().unwrap().to_string();
        assert!(error.contains(&format!("it holds {schema}")), "{error}");
    }
    let old = read(SourceFormat::Dbn, &[dbn.join("databento-tests/test_data.mbo.dbz")], 0.01);
    assert!(old.err().unwrap().to_string().contains("DBZ"));
}

#[test]
fn lean_ticks_have_as_many_rows_as_their_collector_counted() {
    let Some(folder) = data_folder() else { return };
    let mut quotes = 0;
    for (symbol, trades) in [("spy", 250_601), ("bac", 88_172), ("ibm", 24_293)] {
        let file = |kind: &str| folder.join(format!("ticks/us-equity/{symbol}/20131007_{kind}.zip"));
        let (counted, read_trades) = read(SourceFormat::LeanTicks, &[file("trade")], 0.0001).unwrap();
        assert_eq!(counted.rows[0] + read_trades.ignored, trades, "{symbol}");
        if file("quote").exists() {
            let (counted, found) = read(SourceFormat::LeanTicks, &[file("quote")], 0.0001).unwrap();
            quotes += found.reports[2].rows_read + found.ignored;
            println!("{symbol}: {:?} of {}", counted.rows, found.reports[2].rows_read);
        }
    }
    assert_eq!(quotes, 585_922);
}

#[test]
fn bitstamp_events_have_as_many_rows_as_their_collector_counted() {
    let Some(folder) = data_folder() else { return };
    // The collector wrote some orders down twice.
    let policies = Policies { duplicate: Policy::Skip, ..Policies::of_feeds() };
    let file = folder.join("l3/bitstamp/2015-05-01.log.bz2");
    let (counted, read) = read_by(policies, SourceFormat::Bitstamp, &[file], 0.01).unwrap();
    // Created, changed, deleted, and the clear before them.
    assert_eq!(counted.rows[0], 4_251);
    assert_eq!(read.reports[3].rows_read, 118_960 + 4_516 + 119_048);
    let defects: Vec<_> = read.reports.iter().map(|report| report.counts()).collect();
    println!("bitstamp: {:?} rows, {defects:?}", counted.rows);
    assert_eq!(counted.book.counts().crossed, 0);
}
