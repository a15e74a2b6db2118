//! The simulated venue.

pub mod settings;
