//! Measured setups side by side.

use serde::Serialize;

use super::measure::{Effort, Measured};

/// A setup's figures over those of the first; null where one of them is not known or 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Relative {
    /// Median start-up time.
    pub startup: Option<f64>,
    /// Heap after start-up.
    pub memory_after_startup: Option<f64>,
    /// Heap at the end.
    pub memory_at_end: Option<f64>,
    /// Median time per step.
    pub time_per_step: Option<f64>,
}

/// A setup in a comparison.
#[derive(Debug, Clone, Serialize)]
pub struct SetupResult {
    /// What was measured.
    #[serde(flatten)]
    pub measured: Measured,
    /// Its figures over those of the first setup.
    pub relative_to_first: Relative,
}

/// Setups side by side, in the order in which they were named.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// Version of the program.
    pub version: &'static str,
    /// How the figures were found.
    pub effort: Effort,
    /// One entry per setup.
    pub setups: Vec<SetupResult>,
}

impl Comparison {
    /// Puts setups side by side; ratios are to the first.
    pub fn new(effort: Effort, measured: Vec<Measured>) -> Self {
        let relative: Vec<Relative> =
            measured.iter().map(|setup| relative(setup, measured.first().unwrap_or(setup))).collect();
        let result = |(measured, relative_to_first)| SetupResult { measured, relative_to_first };
        let setups = measured.into_iter().zip(relative).map(result).collect();
        Self { version: env!("CARGO_PKG_VERSION"), effort, setups }
    }

    /// As JSON with two-space indents and a final newline.
    pub fn to_json(&self) -> String {
        let mut text =
            serde_json::to_string_pretty(self).unwrap_or_else(|e| format!("{{\"error\": \"{e}\"}}"));
        text.push('\n');
        text
    }
}

fn relative(setup: &Measured, first: &Measured) -> Relative {
    let ratio = |a: Option<f64>, b: Option<f64>| a.zip(b).filter(|(_, b)| *b > 0.0).map(|(a, b)| a / b);
    let bytes = |a: Option<u64>, b: Option<u64>| ratio(a.map(|a| a as f64), b.map(|b| b as f64));
    Relative {
        startup: ratio(Some(setup.startup.median_us), Some(first.startup.median_us)),
        memory_after_startup: bytes(setup.memory.after_startup_bytes, first.memory.after_startup_bytes),
        memory_at_end: bytes(setup.memory.at_end_bytes, first.memory.at_end_bytes),
        time_per_step: ratio(setup.run.ns_per_step, first.run.ns_per_step),
    }
}
