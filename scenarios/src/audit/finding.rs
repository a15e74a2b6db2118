//! One thing that an audit has found.

use std::fmt;

use serde::Serialize;

/// One thing that an audit has found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// Two runs that must be the same are not.
    Divergence(Divergence),
    /// A feature or model needs more bars than it says.
    WarmUp(ShortWarmUp),
    /// The books do not follow from the fills.
    Books(WrongBooks),
}

/// Two runs that must be the same are not.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Divergence {
    /// What was done to the one run, e.g. `scrambled after 2024-01-01T12:00:00Z`.
    pub what: String,
    /// The first step after which they differ; 0 is before the first step.
    pub step: u64,
    /// Its time, ISO 8601 UTC; null for step 0.
    pub ts: Option<String>,
    /// Whether `step` is known to be the first; if not, it is the one at which the difference was seen.
    pub first: bool,
    /// The module whose system made them differ; else the one that owns the component.
    pub module: Option<String>,
    /// Full name of the system after which they differ; null where it is not known or none was at work.
    pub system: Option<String>,
    /// The component that differs; of several, the first by name.
    pub component: Option<String>,
    /// All components that differ after that system.
    pub components: Vec<String>,
    /// What else there is to say, e.g. the error of the run that failed.
    pub note: Option<String>,
}

/// A feature or model needs more bars than it says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShortWarmUp {
    /// `feature` or `model`.
    pub of: &'static str,
    /// Its name.
    pub name: String,
    /// Where it was worst.
    pub symbol: String,
    /// Bars that it says.
    pub declared_bars: u64,
    /// Bars that it needs; null if more than were watched.
    pub needed_bars: Option<u64>,
    /// Bars that were watched.
    pub watched_bars: u64,
    /// Beginning of the run that began late.
    pub begun: String,
}

/// The books do not follow from the fills.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WrongBooks {
    /// Whose.
    pub account: String,
    /// Of which symbol, for positions.
    pub symbol: Option<String>,
    /// The equation that does not hold.
    pub equation: &'static str,
    /// What follows from the fills.
    pub expected: f64,
    /// What the books say.
    pub found: f64,
    /// The first step after which it does not hold; null for what is only known at the end.
    pub step: Option<u64>,
    /// Its time, ISO 8601 UTC.
    pub ts: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Divergence(finding) => finding.fmt(f),
            Self::WarmUp(finding) => finding.fmt(f),
            Self::Books(finding) => finding.fmt(f),
        }
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.first { "differs from" } else { "is seen to differ by" };
        match &self.ts {
            Some(ts) => write!(f, "{}: {how} step {} ({ts})", self.what, self.step)?,
            None => write!(f, "{}: differs before the first step", self.what)?,
        }
        let parts = [("module", &self.module), ("system", &self.system), ("component", &self.component)];
        for (name, value) in parts {
            if let Some(value) = value {
                write!(f, ", {name} `{value}`")?;
            }
        }
        if self.components.len() > 1 {
            write!(f, " and {} more", self.components.len() - 1)?;
        }
        self.note.as_ref().map_or(Ok(()), |note| write!(f, " ({note})"))
    }
}

impl fmt::Display for ShortWarmUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { of, name, symbol, declared_bars, watched_bars, begun, .. } = self;
        write!(f, "{of} `{name}` declares a warm-up of {declared_bars} bars and needs ")?;
        match self.needed_bars {
            Some(bars) => write!(f, "{bars}")?,
            None => write!(f, "more than the {watched_bars} that were watched")?,
        }
        write!(f, " ({symbol}, begun at {begun})")
    }
}

impl fmt::Display for WrongBooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = self.symbol.as_ref().map(|s| format!(" of `{s}`")).unwrap_or_default();
        let Self { account, equation, expected, found, .. } = self;
        write!(f, "account `{account}`{of}: {equation}: {expected} by the fills, {found} in the books")?;
        match (&self.step, &self.ts) {
            (Some(step), Some(ts)) => write!(f, ", from step {step} ({ts})"),
            _ => Ok(()),
        }
    }
}
