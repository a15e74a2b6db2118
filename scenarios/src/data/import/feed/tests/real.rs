//! The real samples, where they are at hand: counts against those that their collector found, books against the source's
//! own.

use std::path::PathBuf;

use super::data_folder;
use crate::data::error::DataError;
use crate::data::import::feed::load::Plan;
use crate::data::import::feed::row::{FeedRow, Names, RowSink};
use crate::data::import::{ImportSpec, SourceFormat};
use crate::data::validate::Policies;

/// Counts rows and keeps none.
#[derive(Default)]
struct Counted([u64; 4]);

impl RowSink for Counted {
    fn take(&mut self, row: &FeedRow, _: &Names) -> Result<(), DataError> {
        self.0[row.change.kind() as usize] += 1;
        Ok(())
    }
}

fn count(format: SourceFormat, files: &[PathBuf]) -> Result<(Counted, super::Read), DataError> {
    let spec = ImportSpec { format, policies: Policies::of_feeds(), ..ImportSpec::default() };
    let mut counted = Counted::default();
    let read = Plan::new(files, &spec)?.read(&spec, &mut counted, &|_, _| {})?;
    Ok((counted, read))
}

#[test]
fn the_samples_have_as_many_rows_as_their_collector_counted() {
    let Some(folder) = data_folder() else { return };
    let l2 = |name: &str| folder.join("l2/binance").join(name);
    // Trades and quotes, as the README of the data says.
    for (files, trades, quotes) in [
        (
            vec![l2("spot_btcusdt_20240809.gz"), l2("spot_btcusdt_20240808.gz")],
            9_757 + 10_147,
            28_040 + 45_134,
        ),
        (vec![l2("cm_btcusd_perp_20240808.gz")], 2_286, 19_136),
    ] {
        let (counted, read) = count(SourceFormat::BinanceStream, &files).unwrap();
        assert_eq!((counted.0[0], counted.0[2]), (trades, quotes), "{files:?}");
        let defects = |kind: usize| read.reports[kind].defects.keys().map(|d| d.name()).collect::<Vec<_>>();
        assert_eq!(defects(0), ["negative_latency"]);
        assert!(read.reports[1].rows_kept > 0 && defects(1) == ["negative_latency"], "{:?}", defects(1));
    }
    let (counted, _) =
        count(SourceFormat::Dbn, &[folder.join("dbn/cme/esh4-glbx-mdp3-20231224.mbo.dbn.zst")]).unwrap();
    assert!((8_725..=8_727).contains(&counted.0[3]), "{:?}", counted.0);
}
