//! `book_samples.parquet`, read into views: one per symbol and stretch.

use arrow::array::Array;

use super::{
    super::{book::BookView, error::ReportError, model::RunData},
    table::{Table, value},
};

/// Views that are kept.
const VIEWS: usize = 16;

/// Reads the samples.
pub(super) fn read_books(run: &mut RunData, table: Table) -> Result<(), ReportError> {
    let mut views: Vec<BookView> = Vec::new();
    table.for_each(&[], |batch| {
        let times = batch.times("ts")?;
        let (parts, symbols) = (batch.labels("part")?, batch.labels("symbol")?);
        let (accounts, sides) = (batch.labels("account")?, batch.labels("side")?);
        let (prices, sizes) = (batch.numbers("price")?, batch.numbers("size")?);
        for row in 0..batch.rows() {
            let (symbol, near) = (symbols.get(row), parts.get(row) == "near");
            let known = views.iter().position(|v| v.symbol == symbol && v.near == near);
            let at = known.unwrap_or_else(|| {
                views.push(BookView { symbol: symbol.to_owned(), near, ..BookView::default() });
                views.len() - 1
            });
            let number = |column| value(Some(column), row).filter(|v: &f64| v.is_finite());
            let (Some(price), Some(size)) = (number(&prices), number(&sizes)) else { continue };
            if times.is_null(row) || at >= VIEWS {
                continue;
            }
            let view = &mut views[at];
            let place = view.at(times.value(row));
            let buys = sides.get(row) == "bid";
            match accounts.get(row) {
                "" if buys => view.bids[place].push((price, size)),
                "" => view.asks[place].push((price, size)),
                account => view.quotes.entry(account.to_owned()).or_default().push((place, buys, price)),
            }
        }
        Ok(())
    })?;
    views.truncate(VIEWS);
    run.books = views;
    Ok(())
}
