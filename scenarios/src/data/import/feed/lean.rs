//! QuantConnect Lean tick files: zips of csv without header, trades or one-sided quotes of several exchanges.
//!
//! Trades: ms since midnight, price, size, exchange, sale condition, suspicious. Quotes: ms since midnight, bid price, bid
//! size, ask price, ask size, exchange, condition, suspicious; a row tells one side of one exchange's own best quote, the
//! other side is 0. The quotes tape holds the best of all exchanges, with the size of all that are at it, whenever it
//! changes; these lock and cross at times. Rows that Lean calls suspicious are left out and counted as ignored.

use std::collections::BTreeMap;
use std::io::Read;

use super::FeedParser;
use super::intake::Intake;
use super::row::{Change, FeedKind, FeedRow};
use super::text::{Cells, Lines};
use super::wrong_kind;
use crate::data::error::{DataError, Location};
use crate::data::import::lean_day::LeanDay;
use crate::data::import::spec::ImportSpec;

const TRADES: [&str; 6] = ["time", "price", "size", "exchange", "condition", "suspicious"];
const QUOTES: [&str; 8] =
    ["time", "bid price", "bid size", "ask price", "ask size", "exchange", "condition", "suspicious"];
const HINT: &str =
    "a Lean tick file has lines of 6 (trades) or 8 (quotes) columns, beginning with ms since midnight";

/// Best bid and ask of one exchange: (price, size); size 0: none.
type Sides = [(f64, f64); 2];

/// State across the files of one import, which are read in the order of their days.
pub(super) struct LeanTicks {
    spec: ImportSpec,
    exchanges: BTreeMap<String, Sides>,
    best: Sides,
    trades: i64,
}

impl LeanTicks {
    pub(super) fn new(spec: &ImportSpec) -> Self {
        Self { spec: spec.clone(), exchanges: BTreeMap::new(), best: Sides::default(), trades: 0 }
    }

    fn quote(&mut self, cells: &Cells<'_>, scale: f64) -> Result<Option<Change>, DataError> {
        let sides =
            [(cells.number(1)? / scale, cells.number(2)?), (cells.number(3)? / scale, cells.number(4)?)];
        let own = self.exchanges.entry(cells.text(5).to_owned()).or_default();
        for (own, side) in own.iter_mut().zip(sides) {
            if side.0 != 0.0 {
                *own = side;
            }
        }
        let mut best = Sides::default();
        for (side, best) in best.iter_mut().enumerate() {
            for own in self.exchanges.values().map(|own| own[side]).filter(|own| own.1 > 0.0) {
                let better = if side == 0 { own.0 > best.0 } else { own.0 < best.0 };
                if better || best.1 == 0.0 {
                    *best = own;
                } else if own.0 == best.0 {
                    best.1 += own.1;
                }
            }
        }
        if best == self.best {
            return Ok(None);
        }
        self.best = best;
        let [(bid, bid_size), (ask, ask_size)] = best;
        Ok(Some(Change::Quote { bid, bid_size, ask, ask_size }))
    }
}

impl FeedParser for LeanTicks {
    fn read(
        &mut self,
        source: &Location,
        input: &mut dyn Read,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        let day = LeanDay::of(source, &self.spec)?;
        self.exchanges.clear();
        let mut lines = Lines::new(source, input);
        while let Some((line, place)) = lines.next()? {
            let names: &[&str] = match line.split(',').count() {
                6 => &TRADES,
                8 => &QUOTES,
                _ if place.row == 1 => return Err(wrong_kind(place, "lean_ticks", line, HINT)),
                _ => {
                    if self.trades > 0 {
                        &TRADES
                    } else {
                        &QUOTES
                    }
                }
            };
            let cells = Cells::split(line, names, place)?;
            if place.row == 1 && day.time(cells.text(0)).is_none() {
                return Err(wrong_kind(place, "lean_ticks", line, HINT));
            }
            let ts = day.time(cells.text(0)).ok_or_else(|| cells.error(0, "milliseconds since midnight"))?;
            if cells.text(names.len() - 1) == "1" {
                intake.ignore();
                continue;
            }
            let change = if names.len() == 6 {
                self.trades += 1;
                let (price, quantity) = (cells.number(1)? / day.scale, cells.number(2)?);
                Change::Trade { id: self.trades, price, quantity, aggressor: 0 }
            } else {
                match self.quote(&cells, day.scale)? {
                    Some(change) => change,
                    None => {
                        intake.read(FeedKind::Quotes, 1);
                        continue;
                    }
                }
            };
            if let Some(symbol) = &day.symbol {
                intake.name_symbol(symbol, "file name", place)?;
            }
            intake.push(&FeedRow { ts_event: ts, ts_recv: ts, change }, place)?;
        }
        Ok(())
    }
}
