//! The tape of a book on another grid than its own: what lies off it is rounded, left out or refused, as the policies say.

use manyworlds_components::price::Step;

use super::book_columns::{DepthColumns, OrderColumns, QuoteColumns};
use super::check::{RowCheck, each_value};
use super::columns::Batches;
use super::meta::BATCH_ROWS;
use super::read::Tape;
use crate::data::error::{DataError, Location};
use crate::data::import::ImportSpec;
use crate::data::validate::{Defect, Ledger, MAX_EXAMPLES, Place};

/// The rows of batches that are kept, in batches of the usual size.
macro_rules! kept {
    ($batches:expr, $keep:expr, $columns:ident { $($field:ident),+ }) => {{
        $(let $field: Vec<_> = $batches
            .iter()
            .flat_map(|batch| batch.$field.iter().copied())
            .zip($keep)
            .filter_map(|(value, keep)| keep.then_some(value))
            .collect();)+
        let rows = $keep.iter().filter(|keep| **keep).count();
        let batch = |at: usize| {
            let rows = at..rows.min(at + BATCH_ROWS);
            $columns { $($field: $field[rows.clone()].to_vec().into()),+ }
        };
        (0..rows).step_by(BATCH_ROWS).map(batch).collect()
    }};
}

impl Batches {
    /// Without the rows of a book that are not kept.
    fn without(self, keep: &[bool]) -> Self {
        match self {
            Self::Depth(all) => {
                Self::Depth(kept!(all, keep, DepthColumns { ts_event, ts_recv, signal, side, price, size }))
            }
            Self::Quotes(all) => {
                let columns = kept!(
                    all,
                    keep,
                    QuoteColumns { ts_event, ts_recv, bid_price, bid_size, ask_price, ask_size }
                );
                Self::Quotes(columns)
            }
            Self::Orders(all) => {
                let columns = kept!(
                    all,
                    keep,
                    OrderColumns { ts_event, ts_recv, signal, action, side, order_id, price, size }
                );
                Self::Orders(columns)
            }
            other => other,
        }
    }
}

impl Tape {
    /// The tape of a book for the tick and lot size of `spec`. Sizes off the lot are rounded to the nearest where `off_lot` is
    /// `flag`: less than half a lot is nothing. Rows off a grid are left out where the policy is `skip`, and what they would
    /// have changed stays as it was. Both are counted among the tape's defects. Other tapes stay as they are.
    ///
    /// # Errors
    /// A row off a grid whose policy is `reject`; for a price, `flag` too: rounded it would be another level.
    pub(crate) fn fit(mut self, spec: &ImportSpec) -> Result<Self, DataError> {
        let (Some(tick), Some(lot)) = (spec.tick_size, spec.lot_size) else { return Ok(self) };
        if !self.meta().kind.is_book() || self.grid == (Some(tick), Some(lot)) {
            return Ok(self);
        }
        let source = Location::file(self.path());
        let mut ledger = Ledger::of_grid(spec);
        let mut keep = vec![true; self.rows() as usize];
        let off = |value: f64, step: Step| !step.is_on_grid(value);
        each_value(&self.batches, |row, price, size| {
            let place = Place { source: &source, row: row as u64 + 1 };
            let unusable = |(reason, hint): (String, &str)| DataError::Format {
                at: place.location(),
                reason,
                hint: hint.to_owned(),
            };
            let price = price.unwrap_or(0.0);
            RowCheck::countable("price", price, Some(tick), f64::MIN).map_err(unusable)?;
            RowCheck::countable("size", size, Some(lot), 0.0).map_err(unusable)?;
            let ts = self.ts_event(row as u64).0;
            if keep[row] && off(price, tick) {
                let value = || format!("price {price} at the symbol's tick size {}", tick.value());
                keep[row] = ledger.met(Defect::OffTick, 1, ts, place, value)?;
            }
            if keep[row] && off(size, lot) {
                let value = || format!("size {size} at the symbol's lot size {}", lot.value());
                keep[row] = ledger.met(Defect::OffLot, 1, ts, place, value)?;
            }
            Ok(())
        })?;
        for (defect, met) in ledger.report.defects {
            let all = self.defects.defects.entry(defect).or_default();
            all.count += met.count;
            all.skipped += met.skipped;
            all.examples.extend(met.examples);
            all.examples.truncate(MAX_EXAMPLES);
        }
        if keep.contains(&false) {
            // Afterwards its digest is another one, and says nothing of the file.
            self.verify()?;
            self.batches = self.batches.without(&keep);
            self.count_again();
        }
        self.grid = (Some(tick), Some(lot));
        Ok(self)
    }
}
