//! The basic orchestrator.

pub mod settings;
