//! The integration tests of manyworlds: one binary, one folder per subject.
#![allow(missing_docs)]

mod agreement;
mod audit;
mod cli;
mod engine;
mod golden;
mod library;
