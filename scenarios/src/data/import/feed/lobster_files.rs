//! Finds the pairs of LOBSTER files, alone or in archives, and their days.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::rc::Rc;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::intake::Intake;
use super::lobster::{LobsterDay, check_kind};
use crate::data::error::{DataError, Location};
use crate::data::import::container::{Walk, walk};
use crate::data::import::spec::ImportSpec;
use crate::data::validate::Place;

/// A file, or a member of an archive.
type Found = (PathBuf, Option<String>);

/// The two files of a day.
#[derive(Default)]
struct Pair {
    messages: Option<Found>,
    books: Option<Found>,
}

/// Reads all days, in the order of their names, which hold the date.
pub(super) fn read_days(
    paths: &[PathBuf],
    spec: &ImportSpec,
    done: &Rc<Cell<u64>>,
    intake: &mut Intake<'_>,
) -> Result<(), DataError> {
    for (name, pair) in pairs(paths, spec)? {
        let Some(messages) = pair.messages else {
            let path = pair.books.map(|(path, _)| path).unwrap_or_default();
            return Err(DataError::Format {
                at: Location::file(&path),
                reason: "an order book file without its message file".to_owned(),
                hint: "import both together; the times stand in the message file".to_owned(),
            });
        };
        let at = Location { file: messages.0.clone(), member: messages.1.clone(), row: None };
        // What is no LOBSTER has no date in its name either: its content says more.
        let midnight = match midnight(&name, spec) {
            Err(error) => {
                open(&messages, &Rc::default(), &mut check_kind)?;
                return Err(error);
            }
            midnight => midnight?,
        };
        let mut day = LobsterDay::new(midnight);
        if let Some((symbol, _)) = name.split_once('_') {
            intake.name_symbol(symbol, "file name", Place { source: &at, row: 1 })?;
        }
        open(&messages, done, &mut |source, stream| match &pair.books {
            None => day.read((source, stream), None, intake),
            Some(books) => open(books, &Rc::default(), &mut |book_source, books| {
                day.read((source, &mut *stream), Some((book_source, books)), intake)
            }),
        })?;
    }
    Ok(())
}

/// Message and order book files by what their names have in common.
fn pairs(paths: &[PathBuf], spec: &ImportSpec) -> Result<BTreeMap<String, Pair>, DataError> {
    let mut pairs = BTreeMap::<String, Pair>::new();
    for path in paths {
        let how = Walk { member: spec.member.as_deref(), unordered: true };
        walk(path, how, &Rc::default(), &mut |source, _| {
            let name = match &source.member {
                Some(member) => member.rsplit('/').next().unwrap_or_default().to_owned(),
                None => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            };
            let found = (path.clone(), source.member.clone());
            // A lone file of another name holds messages.
            if name.contains("orderbook") {
                pairs.entry(name.replace("orderbook", "message")).or_default().books = Some(found);
            } else if name.contains("message") || source.member.is_none() {
                pairs.entry(name).or_default().messages = Some(found);
            }
            Ok(ControlFlow::Continue(()))
        })?;
    }
    if pairs.is_empty() {
        let at = paths.first().map(|path| Location::file(path)).unwrap_or_default();
        let hint = "an archive of LOBSTER has members `.._message_N.csv` and `.._orderbook_N.csv`".to_owned();
        return Err(DataError::Empty { at, hint });
    }
    Ok(pairs)
}

/// Opens one file or member.
fn open(
    (path, member): &Found,
    count: &Rc<Cell<u64>>,
    read: &mut dyn FnMut(&Location, &mut dyn std::io::Read) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let how = Walk { member: member.as_deref(), unordered: true };
    walk(path, how, count, &mut |source, stream| read(source, stream).map(ControlFlow::Break))
}

/// The beginning of the day that the file's name, or the setting, says, in the venue's time zone.
fn midnight(name: &str, spec: &ImportSpec) -> Result<i64, DataError> {
    let setting = |field, value: &str, hint: &str| DataError::Setting {
        field,
        value: value.to_owned(),
        hint: hint.to_owned(),
    };
    let in_name =
        name.split(['_', '.']).find_map(|part| part.parse::<Date>().ok().filter(|_| part.len() == 10));
    let date = match &spec.date {
        Some(text) => {
            Some(text.parse::<Date>().map_err(|_| setting("date", text, "write it as 2012-06-21"))?)
        }
        None => in_name,
    };
    let no_date = || setting("date", "none", "the file's name has none (as in AMZN_2012-06-21_..): set it");
    let zone = spec.time_zone.as_deref().unwrap_or("America/New_York");
    let unknown =
        || setting("time_zone", zone, "it is not a name of the IANA database, such as America/New_York");
    let zone = TimeZone::get(zone).map_err(|_| unknown())?;
    let midnight = date.ok_or_else(no_date)?.to_zoned(zone).map_err(|_| unknown())?.timestamp();
    i64::try_from(midnight.as_nanosecond()).map_err(|_| no_date())
}
