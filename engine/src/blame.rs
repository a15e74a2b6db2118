//! Who was at work when something failed: the system and the symbol.

use std::cell::{Cell, RefCell};

use bevy_ecs::error::{BevyError, ErrorContext};
use manyworlds_components::ids::SymbolId;

thread_local! {
    static SYMBOL: Cell<u32> = const { Cell::new(u32::MAX) };
    static FAILURE: RefCell<Option<Failure>> = const { RefCell::new(None) };
}

/// Marks the symbol that the running system works on, so that a failure names it. Diagnostic only.
#[derive(Debug)]
pub struct Blame;

impl Blame {
    /// The system works on this symbol from now on.
    #[inline]
    pub fn symbol(symbol: SymbolId) {
        SYMBOL.set(symbol.0);
    }

    /// The system is done with single symbols.
    #[inline]
    pub fn clear() {
        SYMBOL.set(u32::MAX);
    }
}

/// What a system failed with.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub system: String,
    pub message: String,
    pub symbol: Option<SymbolId>,
}

/// Forgets what an earlier step of this thread, or something between steps, left behind.
pub(crate) fn reset() {
    Blame::clear();
    FAILURE.take();
}

/// The first failure since the last call, if any.
pub(crate) fn take_failure() -> Option<Failure> {
    FAILURE.with_borrow_mut(Option::take)
}

/// The error handler of a world: keeps the first failure of the step for [`take_failure`].
pub(crate) fn record_failure(mut error: BevyError, context: ErrorContext) {
    let symbol = SYMBOL.get();
    let message = match error.take_payload() {
        Some(payload) => format!("panicked: {}", panic_message(&*payload)),
        None => error.to_string().lines().next().unwrap_or_default().to_owned(),
    };
    let failure = Failure {
        system: context.name().to_string(),
        message,
        symbol: (symbol != u32::MAX).then_some(SymbolId(symbol)),
    };
    FAILURE.with_borrow_mut(|slot| slot.get_or_insert(failure).clone());
}

/// What a panic said.
pub(crate) fn panic_message(payload: &(dyn std::any::Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
