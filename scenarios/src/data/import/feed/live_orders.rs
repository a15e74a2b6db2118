//! Which orders are in the book, to tell changes of orders that were never added.

use std::collections::BTreeMap;

use manyworlds_components::book_event::OrderAction;

use super::intake::Intake;
use super::row::{Change, FeedKind, FeedRow};
use crate::data::error::DataError;
use crate::data::tape::TapeSignal;
use crate::data::validate::{Defect, Place};

/// What is left of each order.
#[derive(Default)]
pub(super) struct LiveOrders {
    left: BTreeMap<u64, f64>,
}

impl LiveOrders {
    /// The book is empty.
    pub(super) fn clear(
        &mut self,
        (ts_event, ts_recv): (i64, i64),
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        self.left.clear();
        intake.signal(FeedKind::Orders, TapeSignal::Clear, ts_event, ts_recv)
    }

    /// Hands on a change of an order.
    pub(super) fn push(
        &mut self,
        row: &FeedRow,
        place: Place<'_>,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        let Change::Order { order, action, size, .. } = row.change else { return Ok(()) };
        let known = self.left.get(&order).copied();
        let odd = match (action, known) {
            (OrderAction::Add, Some(_)) => Some((Defect::Duplicate, "is there already")),
            (OrderAction::Add, None) | (_, Some(_)) => None,
            (_, None) => Some((Defect::UnknownOrder, "was never added")),
        };
        if let Some((defect, what)) = odd {
            let value = || format!("order {order} {what}");
            if !intake.met(FeedKind::Orders, defect, 1, row.ts_event, place, value)? {
                intake.read(FeedKind::Orders, 1);
                return Ok(());
            }
        }
        if !intake.push(row, place)? {
            return Ok(());
        }
        let left = match action {
            OrderAction::Add | OrderAction::Modify => size,
            OrderAction::Reduce | OrderAction::Execute => known.unwrap_or(0.0) - size,
            OrderAction::Delete => 0.0,
            OrderAction::Fill => known.unwrap_or(0.0),
        };
        if left > 1e-12 {
            self.left.insert(order, left);
        } else {
            self.left.remove(&order);
        }
        Ok(())
    }
}
