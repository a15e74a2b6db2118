//! Interventions: what happens to venues and accounts at given times, whatever they do themselves.
//!
//! Terms of trade are pure functions of time: a [`TermChange`] holds for what happens at its venue from `from` on and
//! before `until` - a bar counts as of its open, a print and a message as of their own time. So there is no state to keep,
//! and a world that forks goes on by the changes of its own plan. Accounts are acted on at the first step at or after a time.

mod act;

use manyworlds_components::ids::{AccountId, SymbolId};
use manyworlds_components::side::Side;
use manyworlds_components::time::Timestamp;

use super::settings::{BorrowModel, FeeModel, LatencyModel, SlippageModel, VenueSettings};
pub use act::AccountActs;
pub(super) use act::act_on_accounts;

/// All interventions of a run on its venues and accounts. Default: none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExchangeInterventions {
    /// On the terms of trade; those of one kind do not overlap in symbol and time.
    pub terms: Vec<TermChange>,
    /// On accounts; those of one time are carried out in this order.
    pub accounts: Vec<AccountAct>,
}

/// The terms of trade of some symbols are others for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct TermChange {
    /// From then on.
    pub from: Timestamp,
    /// Before then; [`Timestamp::MAX`]: to the end.
    pub until: Timestamp,
    /// Whose.
    pub symbols: Vec<SymbolId>,
    /// How.
    pub change: VenueChange,
}

/// What is other about the terms of trade.
#[derive(Debug, Clone, PartialEq)]
pub enum VenueChange {
    /// The venue cannot be reached: new orders are refused, nothing is matched, messages wait.
    Outage,
    /// Trading stops: orders are taken and canceled, nothing is matched.
    Halt,
    /// Every message takes this much longer, in milliseconds.
    Latency(f64),
    /// What executions cost.
    Fees(FeeModel),
    /// The quoted spread, half of which a taker pays.
    Spread {
        /// Times the spread of the venue's slippage model.
        factor: f64,
        /// The least that the whole spread is, in basis points of the price: also where the model has none.
        at_least_bps: f64,
    },
    /// The share of the liquidity that is left: of a bar's volume for one order, and of the volume that square-root
    /// impact is measured by.
    Depth(f64),
    /// Yearly rates on what is borrowed.
    Borrow(BorrowModel),
}

/// What happens to accounts at the first step at or after a time.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountAct {
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub accounts: Vec<AccountId>,
    /// What.
    pub act: Act,
}

/// What happens to an account.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Act {
    /// Cash comes in, or goes out below 0. It is capital, not profit: the account is measured as if it had begun with it.
    Cash(f64),
    /// Its orders are canceled, its positions closed by market orders that need no way to the venue. It may trade on.
    Liquidate,
    /// It sends a market order, through its own risk checks and with its venue's latency.
    Order {
        /// Of what.
        symbol: SymbolId,
        /// Which way.
        side: Side,
        /// How many lots.
        lots: i64,
    },
}

/// Whether a venue trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trading {
    /// As always.
    #[default]
    Open,
    /// Orders are taken and canceled, nothing is matched.
    Halted,
    /// It cannot be reached.
    Down,
}

/// The terms of trade of one symbol.
#[derive(Debug, Clone, PartialEq)]
pub struct Dealing {
    /// Its venue's settings, as they are now.
    pub venue: VenueSettings,
    /// Whether it can be traded.
    pub trading: Trading,
    /// Share of the volume that square-root impact is measured by.
    pub depth: f64,
    /// What a taker pays beyond the slippage model, as a fraction of the price.
    pub half_spread: f64,
}

impl Dealing {
    /// On these settings, with nothing out of the ordinary.
    pub fn new(venue: VenueSettings) -> Self {
        Self { venue, trading: Trading::Open, depth: 1.0, half_spread: 0.0 }
    }

    /// Takes a change in.
    pub fn change(&mut self, change: &VenueChange) {
        match change {
            VenueChange::Outage => self.trading = Trading::Down,
            VenueChange::Halt if self.trading == Trading::Open => self.trading = Trading::Halted,
            VenueChange::Halt => {}
            VenueChange::Latency(more) => match &mut self.venue.latency {
                LatencyModel::Constant { ms } => *ms += more,
                LatencyModel::Uniform { min_ms, max_ms } => {
                    *min_ms += more;
                    *max_ms += more;
                }
                LatencyModel::PerDirection { entry_ms, .. } => *entry_ms += more,
                LatencyModel::Recorded(table) => table.delay(*more),
                LatencyModel::Feed { plus_ms, .. } => *plus_ms += more,
            },
            VenueChange::Fees(fees) => self.venue.fees = fees.clone(),
            VenueChange::Spread { factor, at_least_bps } => match &mut self.venue.slippage {
                SlippageModel::Spread { bps } => *bps = (*bps * factor).max(*at_least_bps),
                SlippageModel::Bps(half) => *half = (*half * factor).max(at_least_bps / 2.0),
                SlippageModel::None | SlippageModel::SquareRoot { .. } => {
                    self.half_spread = at_least_bps / 20_000.0;
                }
            },
            VenueChange::Depth(left) => {
                self.depth *= left;
                self.venue.participation = Some(self.venue.participation.unwrap_or(1.0) * left);
            }
            VenueChange::Borrow(borrow) => self.venue.borrow = *borrow,
        }
    }
}
