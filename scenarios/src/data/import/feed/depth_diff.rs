//! Books that are published whole, again and again, as changes from one to the next.

use manyworlds_components::side::BookSide;

use super::intake::Intake;
use super::row::{Change, FeedRow};
use crate::data::error::DataError;
use crate::data::validate::Place;

/// The levels that were published last: bids, asks; by price.
#[derive(Default)]
pub(super) struct DepthDiff {
    shown: [Vec<(f64, f64)>; 2],
    next: Vec<(f64, f64)>,
}

impl DepthDiff {
    /// Hands on what is different in this book, bids before asks. A level that is not shown any more is deleted, be it
    /// empty or only beyond the levels that the source shows. Levels are (price, size), in any order.
    pub(super) fn show(
        &mut self,
        book: [&[(f64, f64)]; 2],
        (ts_event, ts_recv): (i64, i64),
        place: Place<'_>,
        intake: &mut Intake<'_>,
    ) -> Result<(), DataError> {
        for ((side, shown), book) in [BookSide::Bid, BookSide::Ask].into_iter().zip(&mut self.shown).zip(book)
        {
            let mut push = |(price, size): (f64, f64)| {
                let change = Change::Level { side, price, size };
                intake.push(&FeedRow { ts_event, ts_recv, change }, place).map(|_| ())
            };
            let next = &mut self.next;
            next.clear();
            next.extend(book.iter().filter(|(_, size)| *size != 0.0));
            next.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (mut old, mut new) = (shown.iter().peekable(), next.iter().peekable());
            loop {
                match (old.peek(), new.peek()) {
                    (None, None) => break,
                    (Some(gone), come) if come.is_none_or(|come| gone.0 < come.0) => {
                        push((gone.0, 0.0))?;
                        old.next();
                    }
                    (gone, Some(come)) => {
                        let same = gone.is_some_and(|gone| gone.0 == come.0);
                        if !same || gone.is_some_and(|gone| gone.1 != come.1) {
                            push(**come)?;
                        }
                        if same {
                            old.next();
                        }
                        new.next();
                    }
                    // The guard above is certain where there is no new level.
                    (Some(_), None) => _ = old.next(),
                }
            }
            std::mem::swap(shown, next);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::error::Location;
    use crate::data::import::ImportSpec;

    #[test]
    fn only_what_changed_is_told() {
        let mut rows = Vec::<FeedRow>::new();
        let heard = &mut || {};
        let mut intake = Intake::new(&ImportSpec::default(), &mut rows, heard);
        let (source, mut diff) = (Location::default(), DepthDiff::default());
        let place = Place { source: &source, row: 1 };
        let first = [&[(10.0, 1.0), (9.0, 2.0)][..], &[(11.0, 3.0)][..]];
        let second = [&[(10.0, 4.0), (8.0, 5.0)][..], &[(11.0, 3.0), (10.5, 1.0)][..]];
        diff.show(first, (1, 2), place, &mut intake).unwrap();
        diff.show(second, (3, 4), place, &mut intake).unwrap();
        diff.show(second, (5, 6), place, &mut intake).unwrap();
        let level = |row: &FeedRow| match row.change {
            Change::Level { side, price, size } => Some((row.ts_recv, side, price, size)),
            _ => None,
        };
        let (bid, ask) = (BookSide::Bid, BookSide::Ask);
        let expected = [
            (2, bid, 9.0, 2.0),
            (2, bid, 10.0, 1.0),
            (2, ask, 11.0, 3.0),
            (4, bid, 8.0, 5.0),
            (4, bid, 9.0, 0.0),
            (4, bid, 10.0, 4.0),
            (4, ask, 10.5, 1.0),
        ];
        assert_eq!(rows.iter().filter_map(level).collect::<Vec<_>>(), expected);
        assert_eq!(rows.len(), expected.len() + 1);
    }
}
