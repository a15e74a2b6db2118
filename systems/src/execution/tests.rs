//! Parent orders in a small world of bars.
