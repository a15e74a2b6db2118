//! Ranges of single values.

use manyworlds_systems::orchestrator::course::may_change_to;
use manyworlds_systems::setting::{Check, Checker};

use super::schema::{Impact, Intervention, Recovery, What};

impl Check for Intervention {
    fn check(&self, c: &mut Checker) {
        if let Some(until) = self.until {
            c.require("until", until, until > self.at, "a time after `at`");
            let help = "a setting of what happens at once: leave it out";
            c.require("until", until, self.what.lasts(), help);
        }
        c.within("what", |c| self.what.check(c));
    }
}

/// The relative change of a price: above -1.
fn change(c: &mut Checker, field: &str, size: f64) {
    let valid = size > -1.0 && size <= 100.0 && size != 0.0;
    c.require(field, size, valid, "a relative change above -1, up to 100 and not 0, such as -0.2");
}

impl Check for What {
    fn check(&self, c: &mut Checker) {
        let positive = |c: &mut Checker, field: &str, x: f64| {
            c.require(field, x, x > 0.0 && x.is_finite(), "a number above 0");
        };
        match self {
            Self::PriceShock { size, recovery, .. } => {
                change(c, "size", *size);
                if let Recovery::Linear { share, .. } | Recovery::Exponential { share, .. } = recovery {
                    c.range("recovery.share", *share, 0.0, 1.0);
                }
            }
            Self::PricePath(points) => {
                c.require(
                    "",
                    "[]",
                    !points.is_empty(),
                    "a list of (time since the beginning, relative change)",
                );
                for (i, (after, size)) in points.iter().enumerate() {
                    let ascends = i == 0 || points[i - 1].0 < *after;
                    c.require(&format!("[{i}]"), after, ascends, "later than the point before it");
                    let valid = *size > -1.0 && *size <= 100.0;
                    c.require(&format!("[{i}]"), size, valid, "a relative change above -1 and up to 100");
                }
            }
            Self::Volatility(factor) => c.range("", *factor, 0.0, 20.0),
            Self::FlowImbalance(x) => c.range("", *x, -1.0, 1.0),
            Self::OrderFlow { quantity, impact, .. } | Self::Order { quantity, impact, .. } => {
                positive(c, "quantity", *quantity);
                c.within("impact", |c| impact.check(c));
            }
            Self::LatencySpike { add_ms } => c.range("add_ms", *add_ms, 0.0, 3.6e6),
            Self::Fees(fees) => fees.check(c),
            Self::SpreadWidening { factor, at_least_bps } => {
                c.range("factor", *factor, 1.0, 10_000.0);
                c.range("at_least_bps", *at_least_bps, 0.0, 10_000.0);
            }
            Self::DepthDrain(left) => {
                c.require(
                    "",
                    left,
                    *left > 0.0 && *left <= 1.0,
                    "the share that is left, above 0 and up to 1",
                );
            }
            Self::Borrow(borrow) => {
                c.range("short_rate", borrow.short_rate, 0.0, 10.0);
                c.range("cash_rate", borrow.cash_rate, 0.0, 10.0);
            }
            Self::Funding { factor, plus } => {
                c.range("factor", *factor, -100.0, 100.0);
                c.range("plus", *plus, -1.0, 1.0);
                let changes = *factor != 1.0 || *plus != 0.0;
                c.require("", "no change", changes, "`factor`, `plus` or both");
            }
            Self::Cash(amount) => {
                c.require("", amount, *amount != 0.0 && amount.is_finite(), "a number other than 0");
            }
            Self::Policy(policy) => {
                policy.check(c);
                let expected = "without `models`, `combine` and `select`: these stay as they were";
                c.require("", "a policy", may_change_to(policy), expected);
            }
            Self::StaleFeed
            | Self::FeedDelay(_)
            | Self::Outage
            | Self::Halt
            | Self::Liquidate
            | Self::On
            | Self::Off => {}
        }
    }
}

impl Check for Impact {
    fn check(&self, c: &mut Checker) {
        c.range("coefficient", self.coefficient, 0.0, 100.0);
        c.whole("window", self.window as u64, 3, 1_000_000);
        c.range("permanent", self.permanent, 0.0, 1.0);
    }
}
