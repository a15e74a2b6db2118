//! Range checks of the settings, and what is wrong where one fails.

use std::fmt::Display;

use manyworlds_components::time::Frame;

use super::pattern::IntradayPattern;
use super::spec::SyntheticSpec;

/// A setting out of its range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` is {value}: it must be {expected}")]
pub struct FieldError {
    /// Path of the field, such as `jumps.per_day` or `regimes[1].volatility`.
    pub field: String,
    /// What it holds.
    pub value: String,
    /// What would be right.
    pub expected: String,
}

/// Why a synthetic market cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyntheticError {
    /// A setting out of its range.
    #[error("synthetic symbol `{symbol}`: {error}")]
    Field {
        /// Whose setting.
        symbol: String,
        /// Which, and what would be right.
        error: FieldError,
    },
    /// Two symbols, or a symbol and a reference, have one name.
    #[error("synthetic symbol `{symbol}` is there twice: names must differ")]
    Duplicate {
        /// The name.
        symbol: String,
    },
    /// A name that no symbol has.
    #[error("there is no symbol `{name}`{}", nearest.as_ref().map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
    Unknown {
        /// The name asked for.
        name: String,
        /// The most similar name there is.
        nearest: Option<String>,
    },
    /// Following `like` from a symbol leads back to it.
    #[error("synthetic symbols are linked in a circle: {}", circle.join(" -> "))]
    Circle {
        /// The symbols along it.
        circle: Vec<String>,
    },
}

/// Collects the first field out of range.
fn check(
    ok: bool,
    field: impl Display,
    value: impl Display,
    expected: impl Display,
) -> Result<(), FieldError> {
    if ok {
        return Ok(());
    }
    Err(FieldError { field: field.to_string(), value: value.to_string(), expected: expected.to_string() })
}

fn within(field: impl Display, value: f64, low: f64, high: f64) -> Result<(), FieldError> {
    check((low..=high).contains(&value), field, value, format!("from {low} to {high}"))
}

impl SyntheticSpec {
    /// Checks every range that the fields' documentation states.
    ///
    /// # Errors
    /// The first field out of range.
    pub fn validate(&self) -> Result<(), FieldError> {
        check(self.frame <= Frame::DAY, "frame", self.frame, "at most 1d")?;
        check(
            self.frame.floor(self.start) == self.start,
            "start",
            self.start,
            format!("on the grid of {} bars, such as {}", self.frame, self.frame.ceil(self.start)),
        )?;
        if let Some(end) = self.end {
            check(self.bars.is_none(), "bars", "set together with `end`", "the only one of the two")?;
            check(end - self.start >= self.frame.nanos(), "end", end, "at least one frame after `start`")?;
        }
        let fits = i64::try_from(self.bar_count())
            .ok()
            .and_then(|bars| bars.checked_mul(self.frame.nanos()))
            .and_then(|length| self.start.nanos().checked_add(length));
        check(self.bar_count() >= 1, "bars", self.bar_count(), "at least 1")?;
        check(fits.is_some(), "bars", self.bar_count(), "few enough to end before the year 2262")?;
        let (tick, lot) = (self.tick_size.value(), self.lot_size.value());
        within("initial_price", self.initial_price, tick, tick * 1e12)?;
        within("annual_volatility", self.annual_volatility, 0.0, 20.0)?;
        within("annual_drift", self.annual_drift, -20.0, 20.0)?;
        self.validate_regimes()?;
        let bar_days = self.frame.nanos() as f64 / Frame::DAY.nanos() as f64;
        within("jumps.per_day", self.jumps.per_day, 0.0, 0.5 / bar_days)?;
        within("jumps.mean", self.jumps.mean, -1.0, 1.0)?;
        within("jumps.sd", self.jumps.sd, 0.0, 1.0)?;
        within("volatility.log_sd", self.volatility.log_sd, 0.0, 2.0)?;
        within("volatility.components", f64::from(self.volatility.components), 1.0, 32.0)?;
        within("volatility.decay", self.volatility.decay, 0.0, 2.0)?;
        check(
            self.volatility.longest >= self.volatility.shortest,
            "volatility.longest",
            self.volatility.longest,
            format!("at least `volatility.shortest`, {}", self.volatility.shortest),
        )?;
        if let Some(df) = self.tail_degrees_of_freedom {
            check(df > 2.0 && df <= 1000.0, "tail_degrees_of_freedom", df, "above 2 and at most 1000")?;
        }
        within("volume.mean", self.volume.mean, 4.0 * lot, lot * 1e12)?;
        within("volume.elasticity", self.volume.elasticity, 0.0, 2.0)?;
        within("volume.log_sd", self.volume.log_sd, 0.0, 2.0)?;
        within("volume.volatility_share", self.volume.volatility_share, 0.0, 1.0)?;
        self.validate_pattern()?;
        within("trades.per_bar", self.trades.per_bar, 1.0, 100_000.0)?;
        within("trades.branching_ratio", self.trades.branching_ratio, 0.0, 0.95)?;
        within("trades.spread_ticks", f64::from(self.trades.spread_ticks), 0.0, 1_000.0)?;
        within("path_steps", f64::from(self.path_steps), 2.0, 256.0)?;
        within("correlation", self.correlation, -1.0, 1.0)?;
        let linked = self.like.is_some() || self.correlation == 0.0;
        check(linked, "correlation", self.correlation, "0 unless `like` names a symbol")
    }

    fn validate_regimes(&self) -> Result<(), FieldError> {
        let Some(regimes) = &self.regimes else { return Ok(()) };
        check(
            self.like.is_none(),
            "regimes",
            "set together with `like`",
            "left to the symbol that `like` names",
        )?;
        check(
            regimes.len() <= 1_000,
            "regimes",
            format!("a list of {}", regimes.len()),
            "at most 1000 regimes",
        )?;
        for (i, regime) in regimes.iter().enumerate() {
            within(format!("regimes[{i}].volatility"), regime.volatility, 0.01, 100.0)?;
            within(format!("regimes[{i}].annual_drift"), regime.annual_drift, -100.0, 100.0)?;
            let (duration, frame) = (regime.mean_duration, self.frame);
            let field = format!("regimes[{i}].mean_duration");
            check(duration >= frame, field, duration, format!("at least one frame, {frame}"))?;
            let unique = regimes[..i].iter().all(|other| other.name != regime.name);
            check(unique, format!("regimes[{i}].name"), &regime.name, "different from the others")?;
        }
        Ok(())
    }

    fn validate_pattern(&self) -> Result<(), FieldError> {
        let IntradayPattern::Hourly(hours) = &self.volume.pattern else { return Ok(()) };
        let field = "volume.pattern";
        check(
            hours.len() == 24,
            field,
            format!("a list of {}", hours.len()),
            "24 numbers, one per hour UTC",
        )?;
        for (hour, value) in hours.iter().enumerate() {
            within(format!("{field}[{hour}]"), *value, 1e-3, 1e3)?;
        }
        Ok(())
    }
}
