//! What a scenario says of an intervention.

use std::fmt;

use manyworlds_components::side::Side;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_systems::exchange::settings::{BorrowModel, FeeModel};
use manyworlds_systems::orchestrator::settings::DecisionPolicy;
use serde::{Deserialize, Serialize};

use crate::scenario::schema::time;

/// Something that happens at a time, e.g.
/// `(at: "2024-08-05T06:00:00Z", on: Symbols(["BTCUSDT"]), what: PriceShock(size: -0.2))`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intervention {
    /// A name, for paths and reports. Default: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// When it begins.
    #[serde(with = "time::one")]
    pub at: Timestamp,
    /// When it ends, for what lasts. Default: with the run.
    #[serde(default, with = "time::option", skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// On whom. Default: all.
    #[serde(default)]
    pub on: Target,
    /// What happens.
    pub what: What,
    /// Where it is written.
    #[serde(skip)]
    pub place: Place,
}

/// On whom.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Target {
    /// All symbols, or all accounts.
    #[default]
    All,
    /// These symbols.
    Symbols(Vec<String>),
    /// The symbols of these venues.
    Venues(Vec<String>),
    /// These accounts.
    Accounts(Vec<String>),
    /// These models.
    Models(Vec<String>),
    /// These modules.
    Modules(Vec<String>),
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum What {
    /// Prices move away from what they were, and come back as far as `recovery` says.
    PriceShock {
        /// Relative change at its deepest: -0.2 is a fall by 20%. Above -1.
        size: f64,
        /// How it gets there. Default: at once.
        #[serde(default)]
        shape: Shape,
        /// How it comes back. Default: it does not.
        #[serde(default)]
        recovery: Recovery,
    },
    /// Prices are multiples of what they were along a path of (time since the beginning, relative change), on straight lines
    /// from 0 at the beginning; after the last point the change stays.
    PricePath(Vec<(Frame, f64)>),
    /// Log returns are so many times what they were; after the end prices go on from where they are then, with their own
    /// returns.
    Volatility(f64),
    /// Prints have this imbalance of buyers less sellers as a share of both, from -1 to 1: the side that took liquidity is
    /// drawn anew for each. Prices stay as they are; beside an order book, a print that changes sides is dealt at the best price
    /// of the other side. Bars have no sides: a symbol without trades is an error.
    FlowImbalance(f64),
    /// Somebody else's order comes to the market: its square-root impact is on the prices, and decays.
    OrderFlow {
        /// Which way.
        side: Side,
        /// Base units.
        quantity: f64,
        /// What it does to prices.
        #[serde(default)]
        impact: Impact,
    },
    /// The feed stands still: what happens meanwhile is learned at the end.
    StaleFeed,
    /// What happens is learned so much later.
    FeedDelay(Frame),
    /// The venue cannot be reached: new orders are refused (`venue outage`), those that are there or under way do not fill,
    /// messages wait until it is over. Prices go on being known; add a `StaleFeed` where they do not.
    Outage,
    /// Trading is halted: orders are taken and canceled, none fills. Prices go on.
    Halt,
    /// Every message to the venue takes longer.
    LatencySpike {
        /// By so many milliseconds.
        add_ms: f64,
    },
    /// Other fees.
    Fees(FeeModel),
    /// A wider spread, of which a taker pays half. Without an order book it acts on the venue's slippage (`Spread`, `Bps`); where
    /// the model knows no spread, `at_least_bps` comes on top of it, and no fill leaves the range of its bar. Both sides of a
    /// book are moved apart by as many ticks as its mean spread up to then wants.
    SpreadWidening {
        /// Times what it was.
        factor: f64,
        /// Least whole spread in basis points of the price. Default 0.
        #[serde(default)]
        at_least_bps: f64,
    },
    /// This share of the liquidity is left, above 0 and up to 1: of a bar's volume, an order takes at most the venue's
    /// `participation` (all, if there is none) times this; square-root impact is that of so much less volume. Of each size in an
    /// order book this share is left, and at least a lot.
    DepthDrain(f64),
    /// Other rates on what is borrowed.
    Borrow(BorrowModel),
    /// Other funding payments of perpetuals: the recorded rate x `factor` + `plus`. A symbol without funding rates is an error.
    Funding {
        /// Default 1.
        #[serde(default = "all")]
        factor: f64,
        /// A share of the position's value per payment, such as 0.001. Default 0.
        #[serde(default)]
        plus: f64,
    },
    /// Cash comes in, or goes out below 0. It is capital: returns are measured without it.
    Cash(f64),
    /// Orders are canceled, positions closed by market orders that need no way to the venue. The account may trade on.
    Liquidate,
    /// The account goes by another policy from then on; `models`, `combine` and `select` stay as they were.
    Policy(DecisionPolicy),
    /// The account sends a market order through its own risk checks, whatever it thinks itself; the order's impact is on the
    /// prices from the time on, and decays, even where the order is refused. Of several accounts each sends one, and the
    /// impact is that of one.
    Order {
        /// Of what.
        symbol: String,
        /// Which way.
        side: Side,
        /// Base units.
        quantity: f64,
        /// What it does to prices.
        #[serde(default)]
        impact: Impact,
    },
    /// Models or modules are switched on.
    On,
    /// Models or modules are switched off.
    Off,
}

/// How a shock gets to its deepest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Shape {
    /// At once.
    #[default]
    Gap,
    /// On a straight line, within this time.
    Ramp(Frame),
}

/// How a shock is recovered from, after its deepest point.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Recovery {
    /// Not at all.
    #[default]
    None,
    /// On a straight line.
    Linear {
        /// Within this time.
        over: Frame,
        /// Which share of the shock is recovered. Default: all.
        #[serde(default = "all")]
        share: f64,
    },
    /// Of what will be recovered, half is within each half-life.
    Exponential {
        /// The half-life.
        half_life: Frame,
        /// Which share of the shock is recovered in the end. Default: all.
        #[serde(default = "all")]
        share: f64,
    },
}

fn all() -> f64 {
    1.0
}

/// Square-root impact of an order: Y sigma sqrt(Q / V), with the standard deviation of log returns and the mean volume per bar
/// over the bars before it (prints are taken together by minute). It is there at once; what is not permanent decays.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Impact {
    /// Y. Default 1; 0 is no impact.
    pub coefficient: f64,
    /// Bars. Default 1,440.
    pub window: usize,
    /// Half-life of what is not permanent. Default 30 minutes.
    pub half_life: Frame,
    /// Share that stays. Default 1/3.
    pub permanent: f64,
}

impl Default for Impact {
    fn default() -> Self {
        let half_life = Frame::from_nanos(30 * Frame::MINUTE.nanos()).unwrap_or(Frame::HOUR);
        Self { coefficient: 1.0, window: 1_440, half_life, permanent: 1.0 / 3.0 }
    }
}

/// File and line. All places are equal, and read the same: where something is written does not make it another.
#[derive(Clone, Default)]
pub struct Place(pub Option<(String, usize)>);

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Place")
    }
}

impl fmt::Display for Place {
    /// `file:line: `, or nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |(file, line)| write!(f, "{file}:{line}: "))
    }
}

/// What an intervention acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Market data of symbols.
    Data,
    /// Terms of trade of symbols.
    Terms,
    /// Accounts.
    Accounts,
    /// Models and modules.
    Switches,
}

impl What {
    /// What it acts on.
    pub fn domain(&self) -> Domain {
        match self {
            Self::PriceShock { .. }
            | Self::PricePath(_)
            | Self::Volatility(_)
            | Self::FlowImbalance(_)
            | Self::OrderFlow { .. }
            | Self::StaleFeed
            | Self::FeedDelay(_) => Domain::Data,
            Self::Outage
            | Self::Halt
            | Self::LatencySpike { .. }
            | Self::Fees(_)
            | Self::SpreadWidening { .. }
            | Self::DepthDrain(_)
            | Self::Borrow(_)
            | Self::Funding { .. } => Domain::Terms,
            Self::Cash(_) | Self::Liquidate | Self::Policy(_) | Self::Order { .. } => Domain::Accounts,
            Self::On | Self::Off => Domain::Switches,
        }
    }

    /// On or off, if it is that.
    pub fn switch(&self) -> Option<bool> {
        match self {
            Self::On => Some(true),
            Self::Off => Some(false),
            _ => None,
        }
    }

    /// Whether it lasts, so that `until` means something.
    pub fn lasts(&self) -> bool {
        self.domain() == Domain::Terms
            || matches!(
                self,
                Self::Volatility(_) | Self::FlowImbalance(_) | Self::StaleFeed | Self::FeedDelay(_)
            )
    }

    /// What two of them cannot be at the same time on the same symbol; `None` where they add up.
    pub fn slot(&self) -> Option<&'static str> {
        Some(match self {
            Self::StaleFeed | Self::FeedDelay(_) => "when events are learned",
            Self::FlowImbalance(_) => "the imbalance of prints",
            Self::Outage | Self::Halt => "whether the venue trades",
            Self::LatencySpike { .. } => "latency",
            Self::Fees(_) => "fees",
            Self::SpreadWidening { .. } => "the spread",
            Self::DepthDrain(_) => "depth",
            Self::Borrow(_) => "borrow rates",
            Self::Funding { .. } => "funding rates",
            _ => return None,
        })
    }
}

impl Target {
    /// The names, and what they are names of.
    pub fn names(&self) -> Option<(&'static str, &[String])> {
        match self {
            Self::All => None,
            Self::Symbols(names) => Some(("symbol", names)),
            Self::Venues(names) => Some(("venue", names)),
            Self::Accounts(names) => Some(("account", names)),
            Self::Models(names) => Some(("model", names)),
            Self::Modules(names) => Some(("module", names)),
        }
    }
}

impl Intervention {
    /// The end of what lasts; the end of time if it does not say.
    pub fn end(&self) -> Timestamp {
        self.until.unwrap_or(Timestamp::MAX)
    }

    /// Whether it is later than a run that another one of its name is in: the rest of a stress that is longer than the data.
    pub fn goes_on(&self, all: &[Self], (from, to): (Timestamp, Timestamp)) -> bool {
        let began = |other: &Self| other.name == self.name && (from..=to).contains(&other.at);
        self.at > to && !self.name.is_empty() && all.iter().any(began)
    }

    /// Whether it acts on a symbol of a venue: its data or its terms of trade. What accounts do does not.
    pub fn touches(&self, symbol: &str, venue: &str) -> bool {
        let named = |names: &[String], name: &str| names.iter().any(|n| n == name);
        match (&self.on, self.what.domain()) {
            (Target::All, Domain::Data | Domain::Terms) => true,
            (Target::Symbols(names), _) => named(names, symbol),
            (Target::Venues(names), _) => named(names, venue),
            _ => false,
        }
    }
}
