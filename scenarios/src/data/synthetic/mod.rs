//! Synthetic markets.
