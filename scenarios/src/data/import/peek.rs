//! A look at the beginning of a file: what it is, and what its first rows say.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;
use std::rc::Rc;

use manyworlds_components::time::{Frame, Timestamp};
use serde::{Deserialize, Serialize};

use super::container::{Walk, walk};
use super::csv::read_csv;
use super::parquet::read_parquet;
use super::spec::{ImportSpec, SourceFormat};
use super::{Record, Sink};
use crate::data::error::{DataError, Location};

/// What a file was found to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detected {
    /// Never `Auto`.
    pub format: SourceFormat,
    /// Whether its first line names the columns.
    pub has_header: bool,
    /// How it writes time, e.g. `epoch milliseconds`.
    pub time: String,
}

/// What the beginning of a file says.
#[derive(Debug, Clone, PartialEq)]
pub struct Peek {
    /// Layout and time style.
    pub detected: Detected,
    /// The first row's time.
    pub first: Timestamp,
    /// For bars: the most common spacing among the first rows; none if there is one row only.
    pub frame: Option<Frame>,
    /// For bars: the longest time of which every distance between the first rows is a multiple, ns; none if they are few.
    pub grid: Option<i64>,
}

/// Rows that [`detect`] looks at.
const ROWS: usize = 4_096;

/// Tells what a file is from its first rows; archives by one of their members.
///
/// # Errors
/// When it cannot be read, is empty, or is of no known kind.
pub fn detect(path: &Path, spec: &ImportSpec) -> Result<Peek, DataError> {
    let mut times = Vec::<i64>::new();
    let mut is_bars = false;
    let mut found = None;
    // Where a row does not come after the one before, the first such.
    let mut stuck = None;
    read_file(
        path,
        spec,
        true,
        &Rc::default(),
        &mut |detected| found = Some(detected),
        &mut |record, place| {
            let time = match record {
                Record::Bar(bar) => {
                    is_bars = true;
                    bar.open_time
                }
                Record::Trade(trade) => trade.ts_event,
            };
            if let Some(last) = times.last().filter(|last| time <= **last) {
                stuck.get_or_insert_with(|| (place.location(), *last, time));
            }
            times.push(time);
            Ok(if times.len() < ROWS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        },
    )?;
    let (Some(detected), Some(first)) = (found, times.first()) else {
        let hint = match &spec.source_symbol {
            Some(symbol) => format!("none is of the symbol `{symbol}`, as the source symbol says"),
            None => "the file has no rows below its header".to_owned(),
        };
        return Err(DataError::Empty { at: Location::file(path), hint });
    };
    let (frame, grid) =
        if is_bars { (most_common_spacing(&times), common_grid(&times)) } else { (None, None) };
    if let Some((at, last, time)) = stuck.filter(|_| is_bars && frame.is_none() && spec.frame.is_none()) {
        let (last, time, defect) =
            (Timestamp(last), Timestamp(time), if time < last { "unsorted" } else { "duplicate" });
        return Err(DataError::Format {
            at,
            reason: format!("{defect}: {time} after {last}, and no bar is later than the one before it"),
            hint: "sort the rows by their time, the oldest first, one row a bar".to_owned(),
        });
    }
    Ok(Peek { detected, first: Timestamp(*first), frame, grid })
}

/// The most common positive distance between neighbors; the shorter of two equally common ones.
fn most_common_spacing(times: &[i64]) -> Option<Frame> {
    let mut counts = BTreeMap::<i64, u32>::new();
    for pair in times.windows(2) {
        *counts.entry(pair[1].saturating_sub(pair[0])).or_default() += 1;
    }
    let best = counts.into_iter().filter(|(spacing, _)| *spacing > 0).rev().max_by_key(|(_, count)| *count);
    best.and_then(|(spacing, _)| Frame::from_nanos(spacing))
}

/// Distances from which on a grid that none of them leaves is no coincidence: of bars that are there every other time.
const ENOUGH: usize = 20;

/// The greatest common divisor of the distances between neighbors.
fn common_grid(times: &[i64]) -> Option<i64> {
    let divide = |mut a: i64, mut b: i64| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let distances = times.windows(2).map(|pair| pair[1].saturating_sub(pair[0]).saturating_abs());
    let grid = distances.fold(0, divide);
    (times.len() > ENOUGH && grid > 0).then_some(grid)
}

/// A member that is of no known kind may be one that is not meant.
fn of_member(error: DataError, spec: &ImportSpec) -> DataError {
    match error {
        DataError::Format { at, reason, hint } if at.member.is_some() && spec.member.is_none() => {
            let hint = format!("{hint}; or name a part of the member that is meant (`--member`, `member`)");
            DataError::Format { at, reason, hint }
        }
        other => other,
    }
}

/// Reads a file of any kind. `peek` takes one member of an archive only; `found` hears what each member is.
pub(super) fn read_file(
    path: &Path,
    spec: &ImportSpec,
    peek: bool,
    count: &Rc<Cell<u64>>,
    found: &mut dyn FnMut(Detected),
    sink: &mut Sink<'_>,
) -> Result<(), DataError> {
    let mut magic = [0; 4];
    let opened = File::open(path).map_err(DataError::io(path, "open the file"))?;
    let filled = opened.take(4).read(&mut magic).map_err(DataError::io(path, "read the file"))?;
    if filled == 4 && &magic == b"PAR1" {
        let (detected, _) = read_parquet(&Location::file(path), spec, count, sink)?;
        detected.into_iter().for_each(found);
        return Ok(());
    }
    let how = Walk { member: spec.member.as_deref(), unordered: peek };
    walk(path, how, count, &mut |source, stream| {
        let (detected, flow) =
            read_csv(source, stream, spec, sink).map_err(|error| of_member(error, spec))?;
        let any = detected.is_some();
        detected.into_iter().for_each(&mut *found);
        Ok(if peek && any { ControlFlow::Break(()) } else { flow })
    })
}
