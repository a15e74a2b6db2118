//! Interventions in words, on one line.

use std::fmt;

use super::schema::{Intervention, Recovery, Shape, Target, What};

fn percent(x: f64) -> String {
    let text = format!("{:+.2}", 100.0 * x);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

fn share(x: f64) -> String {
    percent(x).trim_start_matches('+').to_owned()
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PriceShock { size, shape, recovery } => {
                write!(f, "price shock {}", percent(*size))?;
                if let Shape::Ramp(over) = shape {
                    write!(f, " over {over}")?;
                }
                match recovery {
                    Recovery::None => Ok(()),
                    Recovery::Linear { over, share: part } => {
                        write!(f, ", {} back over {over}", share(*part))
                    }
                    Recovery::Exponential { half_life, share: part } => {
                        write!(f, ", {} back with a half-life of {half_life}", share(*part))
                    }
                }
            }
            Self::PricePath(points) => {
                let least = points.iter().map(|p| p.1).fold(0.0, f64::min);
                let last = points.last().map_or(0.0, |p| p.1);
                write!(f, "price path to {}, then {}", percent(least), percent(last))
            }
            Self::Volatility(factor) => write!(f, "returns x {factor}"),
            Self::FlowImbalance(x) => write!(f, "flow imbalance {}", percent(*x)),
            Self::OrderFlow { side, quantity, .. } => {
                write!(f, "somebody {}s {quantity}", if side.sign() > 0 { "buy" } else { "sell" })
            }
            Self::StaleFeed => f.write_str("stale feed"),
            Self::FeedDelay(delay) => write!(f, "feed late by {delay}"),
            Self::Outage => f.write_str("outage"),
            Self::Halt => f.write_str("trading halt"),
            Self::LatencySpike { add_ms } => write!(f, "latency +{add_ms} ms"),
            Self::Fees(fees) => write!(f, "fees {}/{} bps", fees.maker_bps, fees.taker_bps),
            Self::SpreadWidening { factor, at_least_bps } => {
                write!(f, "spread x {factor}, at least {at_least_bps} bps")
            }
            Self::DepthDrain(left) => write!(f, "{} of the depth left", share(*left)),
            Self::Borrow(rates) => {
                write!(
                    f,
                    "borrow rates {} short, {} cash",
                    percent(rates.short_rate),
                    percent(rates.cash_rate)
                )
            }
            Self::Funding { factor, plus } => {
                write!(f, "funding rates x {factor} {:+} bps", plus * 1e4)
            }
            Self::Cash(amount) => write!(f, "cash {amount:+}"),
            Self::Liquidate => f.write_str("liquidation"),
            Self::Policy(_) => f.write_str("another policy"),
            Self::Order { symbol, side, quantity, .. } => {
                write!(f, "order to {} {quantity} {symbol}", if side.sign() > 0 { "buy" } else { "sell" })
            }
            Self::On => f.write_str("on"),
            Self::Off => f.write_str("off"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.names() {
            None => f.write_str("all"),
            Some((kind, names)) => {
                let s = if names.len() == 1 { "" } else { "s" };
                write!(f, "{kind}{s} {}", names.join(", "))
            }
        }
    }
}

impl fmt::Display for Intervention {
    /// What, on whom, and until when; without its beginning.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.name.is_empty() {
            write!(f, "{}: ", self.name)?;
        }
        write!(f, "{} on {}", self.what, self.on)?;
        self.until.map_or(Ok(()), |until| write!(f, " until {until}"))
    }
}
