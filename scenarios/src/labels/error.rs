//! Why there are no labels.

/// Bars or costs that no label can be made of.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LabelError {
    /// A close that is not a price.
    #[error("bar {row}: close {close} is not a positive number")]
    Close {
        /// Which bar, from 0.
        row: usize,
        /// Its close.
        close: f64,
    },
    /// A bar that does not come after the one before.
    #[error("bar {row}: opens at {open_time}, not after the bar before it")]
    Order {
        /// Which bar, from 0.
        row: usize,
        /// When it opens.
        open_time: manyworlds_components::time::Timestamp,
    },
    /// A cost that is not a number of at least 0.
    #[error("{field}: {value} is not a number of at least 0")]
    Costs {
        /// Which cost.
        field: &'static str,
        /// Its value.
        value: f64,
    },
}
