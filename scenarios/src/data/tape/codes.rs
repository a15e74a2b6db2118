//! The numbers that stand on tapes for sides, signals and actions.

use manyworlds_components::book_event::{BookSignal, OrderAction};
use manyworlds_components::price::Ticks;
use manyworlds_components::side::BookSide;

use super::rows::TapeSignal;

/// 1 bid, -1 ask.
#[inline]
pub fn side_code(side: BookSide) -> i8 {
    match side {
        BookSide::Bid => 1,
        BookSide::Ask => -1,
    }
}

/// The side that a tape stores as 1; anything else is an ask.
#[inline]
pub fn book_side(code: i8) -> BookSide {
    if code == 1 { BookSide::Bid } else { BookSide::Ask }
}

/// 1 clear, 2 gap, 3 halt, 4 resume, 5 clear one side down to a price. 0 stands for no signal.
pub fn signal_code(signal: &TapeSignal) -> i8 {
    match signal {
        TapeSignal::Clear => 1,
        TapeSignal::Gap => 2,
        TapeSignal::Halt => 3,
        TapeSignal::Resume => 4,
        TapeSignal::ClearTo { .. } => 5,
    }
}

/// The signal of a code; `side` and `price` matter to the last one only. An unknown code is a gap: after it the book is
/// not to be relied upon.
pub fn book_signal(code: i8, side: i8, price: Ticks) -> BookSignal {
    match code {
        1 => BookSignal::Clear,
        3 => BookSignal::Halt,
        4 => BookSignal::Resume,
        5 => BookSignal::ClearTo { side: book_side(side), price },
        _ => BookSignal::Gap,
    }
}

/// 1 add, 2 modify, 3 reduce, 4 delete, 5 execute, 6 fill.
pub fn action_code(action: OrderAction) -> i8 {
    match action {
        OrderAction::Add => 1,
        OrderAction::Modify => 2,
        OrderAction::Reduce => 3,
        OrderAction::Delete => 4,
        OrderAction::Execute => 5,
        OrderAction::Fill => 6,
    }
}

/// The action of a code; an unknown one changes nothing, as a fill does not.
#[inline]
pub fn order_action(code: i8) -> OrderAction {
    match code {
        1 => OrderAction::Add,
        2 => OrderAction::Modify,
        3 => OrderAction::Reduce,
        4 => OrderAction::Delete,
        5 => OrderAction::Execute,
        _ => OrderAction::Fill,
    }
}
