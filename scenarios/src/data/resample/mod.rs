//! Other bars from a tape: bars from trades (by time, trade count, volume or turnover), coarser bars from finer ones.
//!
//! One pass, one open bar: memory does not grow with the tape. A bar never becomes visible before the last row that it
//! was made of. Frames without a row give no bar. The bar that is open at the end of the data is left out unless it is
//! known to be whole, or asked for.

mod build;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use manyworlds_components::time::Frame;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

pub use build::{BarMaker, Coarsener};

use crate::data::cache::cache_folder;
use crate::data::error::DataError;
use crate::data::tape::{BarRow, FORMAT_VERSION, Tape, TapeKind, TapeMeta, TapeWriter, TradeRow};
use crate::data::validate::DefectReport;

/// What ends a bar. A trade is never split: the one that reaches a threshold is the last of its bar (Lopez de Prado,
/// *Advances in Financial Machine Learning*, 2018, section 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum BarRule {
    /// The end of a time frame.
    Time(Frame),
    /// A number of trades.
    Ticks(u64),
    /// A traded quantity, in base units.
    Volume(f64),
    /// A turnover (price x quantity), in quote units.
    Dollars(f64),
}

impl fmt::Display for BarRule {
    /// As a scenario writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(frame) => write!(f, "Time(\"{frame}\")"),
            Self::Ticks(count) => write!(f, "Ticks({count})"),
            Self::Volume(size) => write!(f, "Volume({size})"),
            Self::Dollars(size) => write!(f, "Dollars({size})"),
        }
    }
}

impl BarRule {
    /// Refuses thresholds that end no bar or every bar.
    ///
    /// # Errors
    /// A count of 0, or a volume or turnover that is not finite and positive.
    pub fn check(self) -> Result<(), DataError> {
        let bad = match self {
            Self::Time(_) => None,
            Self::Ticks(count) => (count == 0).then(|| count.to_string()),
            Self::Volume(size) | Self::Dollars(size) => {
                (!(size.is_finite() && size > 0.0)).then(|| size.to_string())
            }
        };
        match bad {
            Some(value) => {
                let hint = "a bar needs a threshold above 0".to_owned();
                Err(DataError::Setting { field: "bar rule", value, hint })
            }
            None => Ok(()),
        }
    }

    /// The frame, for bars of time.
    pub fn frame(self) -> Option<Frame> {
        match self {
            Self::Time(frame) => Some(frame),
            Self::Ticks(_) | Self::Volume(_) | Self::Dollars(_) => None,
        }
    }
}

/// Writes the bars that `rule` makes of a tape to a new tape at `path`, and returns how many there are. Of a tape of
/// bars only bars of a whole multiple of their frame can be made.
///
/// # Errors
/// A rule that does not fit the tape, no whole bar in it, or a disk that refuses.
pub fn resample(
    tape: &Tape,
    rule: BarRule,
    keep_unfinished: bool,
    path: &Path,
) -> Result<(PathBuf, u64), DataError> {
    rule.check()?;
    let meta = TapeMeta { kind: TapeKind::Bars, frame: rule.frame(), ..tape.meta().clone() };
    let mut writer = TapeWriter::create(path, meta)?;
    let mut failed = Ok(());
    let mut push = |row: BarRow| {
        if failed.is_ok() {
            failed = writer.push_bar(&row);
        }
    };
    if let Some(batches) = tape.trades() {
        let mut maker = BarMaker::new(rule);
        for columns in batches {
            for i in 0..columns.price.len() {
                let trade = TradeRow {
                    ts_event: columns.ts_event[i],
                    ts_recv: columns.ts_recv[i],
                    trade_id: columns.trade_id[i],
                    price: columns.price[i],
                    quantity: columns.quantity[i],
                    aggressor_side: columns.aggressor_side[i],
                };
                maker.push(&trade, &mut push);
            }
        }
        maker.finish(keep_unfinished, &mut push);
    } else {
        let mut coarsener = coarsener_of(tape, rule)?;
        for columns in tape.bars().unwrap_or_default() {
            for i in 0..columns.open.len() {
                let bar = BarRow {
                    ts_event: columns.ts_event[i],
                    ts_recv: columns.ts_recv[i],
                    ohlcv: [
                        columns.open[i],
                        columns.high[i],
                        columns.low[i],
                        columns.close[i],
                        columns.volume[i],
                    ],
                    trades: columns.trades_at(i),
                };
                coarsener.push(&bar, &mut push);
            }
        }
        coarsener.finish(keep_unfinished, &mut push);
    }
    failed?;
    let rows = writer.rows();
    if rows == 0 {
        return Err(DataError::Tape {
            path: tape.path().to_owned(),
            reason: "it has no whole bar of the new kind".to_owned(),
            hint: "choose a shorter frame or a smaller threshold".to_owned(),
        });
    }
    let report = DefectReport { rows_read: tape.rows(), rows_kept: rows, ..DefectReport::default() };
    Ok((writer.finish(&report)?, rows))
}

/// The bars that `rule` makes of a tape, made once and found again in `cache` by content.
///
/// # Errors
/// As [`resample`].
pub fn resampled(tape: &Tape, rule: BarRule, cache: &Path) -> Result<Arc<Tape>, DataError> {
    let path = cache_folder(cache).join(format!("{}-{:032x}.arrow", tape.digest(), key(rule)));
    // A damaged or outdated entry is made again.
    if path.exists()
        && let Ok(made) = Tape::open(&path)
    {
        return Ok(Arc::new(made));
    }
    let (made, _) = resample(tape, rule, false, &path)?;
    Tape::open(&made).map(Arc::new)
}

/// Of what names made bars in the cache.
fn key(rule: BarRule) -> u128 {
    xxh3_128(format!("{FORMAT_VERSION} {rule}").as_bytes())
}

fn coarsener_of(tape: &Tape, rule: BarRule) -> Result<Coarsener, DataError> {
    let setting =
        |value: String, hint: &str| DataError::Setting { field: "bar rule", value, hint: hint.to_owned() };
    let BarRule::Time(coarse) = rule else {
        return Err(setting(format!("{rule:?}"), "such bars are made of trades: name a tape of trades"));
    };
    match tape.meta().frame {
        Some(fine) if coarse.nanos() % fine.nanos() == 0 => Ok(Coarsener::new(fine, coarse)),
        Some(fine) => {
            Err(setting(coarse.to_string(), &format!("it must be a whole multiple of the tape's {fine}")))
        }
        None => Err(setting(coarse.to_string(), "the bars of the tape have no time frame")),
    }
}
