//! LOBSTER's real sample: books from messages against the source's own order book file, row by row.

use std::io::Read as _;
use std::path::Path;

use manyworlds_components::book::OrderBook;
use manyworlds_components::book_event::OrderUpdate;
use manyworlds_components::ids::SymbolId;
use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::price::{Lots, Step, Ticks};
use manyworlds_components::side::BookSide;
use manyworlds_components::time::Timestamp;

use super::data_folder;
use crate::data::error::Location;
use crate::data::import::feed::lobster::{Message, parse_levels};
use crate::data::import::feed::lobster_book::{Levels, LobsterBook};
use crate::data::import::feed::row::Change;
use crate::data::validate::Place;

/// Orders as LOBSTER's messages tell them, and our book made of the same changes.
#[derive(Default)]
struct Both {
    orders: LobsterBook,
    book: OrderBook,
}

impl Both {
    /// A message, and the levels of the file that are to be met, if any.
    fn apply(&mut self, time: i64, message: &Message, levels: Option<&Levels>) {
        let mut changes = Vec::new();
        self.orders.apply(message, &mut changes);
        if let Some(levels) = levels {
            self.orders.reconcile(levels, &mut changes);
        }
        let tick = Step::new(0.01).unwrap();
        for change in changes {
            let Change::Order { order, action, side, price, size } = change else { continue };
            let (price, size) = (Ticks(tick.round(price)), Lots(size as i64));
            let data = MarketData::Order(OrderUpdate { order, action, side, price, size });
            self.book.apply(&MarketEvent::primary(Timestamp(time), Timestamp(time), SymbolId(0), data));
        }
    }

    /// Whether the best `depth` levels of both sides are those of the file.
    fn agrees(&self, levels: &Levels, depth: usize) -> bool {
        [BookSide::Bid, BookSide::Ask].into_iter().all(|side| {
            let own = self.book.levels(side).take(depth).map(|l| (l.price.0 * 100, l.size.0));
            own.eq(levels.sides[side as usize].iter().copied().take(depth))
        })
    }
}

fn member(path: &Path, part: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let name = archive.file_names().map(|n| n.unwrap().into_owned()).find(|n| n.contains(part)).unwrap();
    let mut text = String::new();
    archive.by_name(&name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// Rows that agree, of all rows.
struct Agreement {
    rows: usize,
    /// By the messages alone: at the best level, at all levels.
    messages_best: usize,
    messages_all: usize,
    /// With the file's word where the messages say nothing: rows in which that was needed.
    mended: usize,
    /// Of these: rows in which only the last level of a side differed, one that came into sight from below.
    from_below: usize,
    together: usize,
}

fn reconstruct(path: &Path, depth: usize) -> Agreement {
    let (messages, books) = (member(path, "message"), member(path, "orderbook"));
    let source = Location::file(path);
    let (mut alone, mut mended) = (Both::default(), Both::default());
    let mut found =
        Agreement { rows: 0, messages_best: 0, messages_all: 0, mended: 0, from_below: 0, together: 0 };
    for (row, (message, levels)) in messages.lines().zip(books.lines()).enumerate() {
        let place = Place { source: &source, row: row as u64 + 1 };
        let (message, levels) =
            (Message::parse(message, place).unwrap(), parse_levels(levels, place).unwrap());
        alone.apply(row as i64, &message, (row == 0).then_some(&levels));
        found.rows += 1;
        found.messages_best += usize::from(alone.agrees(&levels, 1));
        found.messages_all += usize::from(alone.agrees(&levels, depth));
        mended.apply(row as i64, &message, None);
        if row > 0 && !mended.agrees(&levels, depth) {
            found.mended += 1;
            found.from_below += usize::from(depth == 1 || mended.agrees(&levels, depth - 1));
        }
        mended.apply(row as i64, &Message { kind: 5, ..message }, Some(&levels));
        found.together += usize::from(mended.agrees(&levels, depth));
    }
    found
}

#[test]
fn books_from_messages_agree_with_the_order_book_file() {
    let Some(folder) = data_folder() else { return };
    for depth in [1, 5] {
        let name = format!("l3/lobster/LOBSTER_SampleFile_AMZN_2012-06-21_{depth}.zip");
        let found = reconstruct(&folder.join(name), depth);
        let percent = |rows: usize| 100.0 * rows as f64 / found.rows as f64;
        println!(
            "{depth} levels, {} rows: by messages alone the best level agrees in {:.2} %, all levels in {:.2} %; the order book \
             file mends {} rows ({:.2} %), {} of them only at the last level; then {} agree",
            found.rows,
            percent(found.messages_best),
            percent(found.messages_all),
            found.mended,
            percent(found.mended),
            found.from_below,
            found.together,
        );
        assert_eq!(found.together, found.rows, "with the file's word, every row agrees");
        assert_eq!(found.rows, if depth == 1 { 57_515 } else { 155_935 });
    }
}
