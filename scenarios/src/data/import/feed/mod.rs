//! Order-book feeds -> tapes of trades, depth, quotes and orders.
//!
//! A file is read as a stream: container -> a parser per source, which knows that source's rules about snapshots, gaps and
//! time -> checks (`intake`) -> one tape per kind of row (`tapes`). All tapes of an import appear at its end, or none.

mod binance;
mod binance_depth;
mod bitstamp;
mod book_ticker;
mod dbn;
mod dbn_frames;
mod depth_diff;
mod hftbacktest;
mod intake;
mod lean;
mod live_orders;
mod load;
mod lobster;
mod lobster_book;
mod lobster_files;
mod npy;
mod row;
mod sniff;
mod tapes;
mod tardis;
#[cfg(test)]
mod tests;
mod text;
mod watched;

use std::io::Read;

pub(crate) use load::feed_format;
pub use load::import_feeds;
use sniff::format_of;

use super::spec::{ImportSpec, SourceFormat};
use crate::data::error::{DataError, Location};
use crate::data::validate::Place;
use intake::Intake;

/// Reads the files of one source, in the order of time.
trait FeedParser {
    /// Reads one file, or one member of an archive, to its end.
    ///
    /// # Errors
    /// What is wrong with the file, a defect that the policy rejects, or the tape's.
    fn read(
        &mut self,
        source: &Location,
        input: &mut dyn Read,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError>;

    /// After the last file.
    ///
    /// # Errors
    /// A defect that only shows at the end.
    fn finish(&mut self, _intake: &mut Intake<'_>) -> Result<(), DataError> {
        Ok(())
    }
}

/// The parser of a source; none for those that are not read stream by stream.
fn parser(format: SourceFormat, spec: &ImportSpec) -> Option<Box<dyn FeedParser>> {
    Some(match format {
        SourceFormat::Tardis => Box::new(tardis::Tardis::new(spec)),
        SourceFormat::BinanceStream => Box::new(binance::BinanceStream::new(spec)),
        SourceFormat::BinanceBookTicker => Box::new(book_ticker::BookTickerCsv),
        SourceFormat::Bitstamp => Box::new(bitstamp::Bitstamp::default()),
        SourceFormat::Dbn => Box::new(dbn::DbnFeed::new(spec)),
        SourceFormat::Hftbacktest => Box::new(hftbacktest::Hftbacktest::default()),
        SourceFormat::LeanTicks => Box::new(lean::LeanTicks::new(spec)),
        _ => return None,
    })
}

/// A file whose beginning is not that of its kind.
#[cold]
fn wrong_kind(place: Place<'_>, wanted: &str, line: &str, hint: &str) -> DataError {
    let reason = match format_of(line.as_bytes(), "") {
        Some(found) if found.name() != wanted => format!("it looks like {}, not {wanted}", found.name()),
        _ => format!("`{}` is not how {wanted} is written", line.chars().take(80).collect::<String>()),
    };
    DataError::Format { at: place.location(), reason, hint: hint.to_owned() }
}
