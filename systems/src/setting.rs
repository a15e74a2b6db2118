//! Range checks of settings: every violation with its path, its value, and what would be right.

use std::fmt::Display;

/// One setting that is out of range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {value} is not {expected}")]
pub struct SettingError {
    /// Where it stands, e.g. `venues[0].fees.maker_bps`.
    pub path: String,
    /// What was given.
    pub value: String,
    /// What would be right, e.g. `a number from 0 to 1`.
    pub expected: String,
}

/// Collects violations while it walks through settings.
#[derive(Debug, Default)]
pub struct Checker {
    path: Vec<String>,
    errors: Vec<SettingError>,
}

/// Settings that can be checked.
pub trait Check {
    /// Reports every value that is out of range.
    fn check(&self, checker: &mut Checker);
}

impl Checker {
    /// Checks a whole tree of settings.
    pub fn run(settings: &impl Check) -> Vec<SettingError> {
        let mut checker = Self::default();
        settings.check(&mut checker);
        checker.errors
    }

    /// Descends into a field for the length of `inner`. List items are written `name[3]`.
    pub fn within(&mut self, field: impl Display, inner: impl FnOnce(&mut Self)) {
        self.path.push(field.to_string());
        inner(self);
        self.path.pop();
    }

    /// Reports `field` unless `holds`.
    pub fn require(&mut self, field: &str, value: impl Display, holds: bool, expected: &str) {
        if !holds {
            let mut path = self.path.clone();
            if !field.is_empty() {
                path.push(field.to_owned());
            }
            self.errors.push(SettingError {
                path: path.join("."),
                value: value.to_string(),
                expected: expected.to_owned(),
            });
        }
    }

    /// Reports a number that is not within `low ..= high`. NaN never is.
    pub fn range(&mut self, field: &str, value: f64, low: f64, high: f64) {
        let expected = if high == f64::INFINITY {
            format!("a number of at least {low}")
        } else {
            format!("a number from {low} to {high}")
        };
        self.require(field, value, value >= low && value <= high && value.is_finite(), &expected);
    }

    /// Reports a whole number that is not within `low ..= high`.
    pub fn whole(&mut self, field: &str, value: u64, low: u64, high: u64) {
        self.require(
            field,
            value,
            (low..=high).contains(&value),
            &format!("a whole number from {low} to {high}"),
        );
    }
}
