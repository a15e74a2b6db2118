//! Market state.
