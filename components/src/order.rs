//! Orders and their life: request -> accepted -> partially filled -> filled, canceled, rejected or expired.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, OrderId, SymbolId};
use crate::price::{Lots, Ticks};
use crate::side::Side;
use crate::time::Timestamp;

/// What makes an order fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderKind {
    /// At the best available price.
    Market,
    /// At `price` or better.
    Limit {
        /// The worst acceptable price.
        price: Ticks,
    },
    /// A market order once the market trades at `trigger` or beyond.
    Stop {
        /// Where it wakes: at or above for a buy, at or below for a sell.
        trigger: Ticks,
    },
    /// A limit order once the market trades at `trigger` or beyond.
    StopLimit {
        /// Where it wakes.
        trigger: Ticks,
        /// The worst acceptable price from then on.
        price: Ticks,
    },
    /// A stop whose trigger follows the best price since arrival at `offset`; it never moves back.
    TrailingStop {
        /// Distance from the best price.
        offset: Ticks,
        /// The trigger now; `None` until the first price.
        trigger: Option<Ticks>,
    },
}

/// How long an order works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum TimeInForce {
    /// Good till canceled.
    #[default]
    Gtc,
    /// Immediate or cancel: what cannot fill at the first opportunity is canceled.
    Ioc,
    /// Fill or kill: all at the first opportunity, or nothing.
    Fok,
    /// Good till a date.
    Gtd(Timestamp),
    /// Post-only (GTX): good till canceled, and refused with [`RejectReason::WouldCross`] if it would take liquidity when it
    /// arrives at the venue, or at the price to which it is replaced. For limit orders. Where there is no book to look at,
    /// it is refused if the first price that it sees would fill it.
    Gtx,
}

impl TimeInForce {
    /// Whether an order never takes liquidity.
    #[inline]
    pub fn is_post_only(self) -> bool {
        self == Self::Gtx
    }
}

/// How much to trade.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum OrderQuantity {
    /// A fixed number of lots, above 0.
    Lots(Lots),
    /// The lots that bring the position to this share of the account's equity (1.0 = all of it, fees included),
    /// worked out at the price of the fill; the sign is that of the order's side.
    EquityFraction(f64),
}

/// A pair of exits that is armed when the order has filled; one cancels the other.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Bracket {
    /// Take profit at this distance from the entry price, as a fraction of it.
    pub take_profit: Option<f64>,
    /// Stop loss at this distance from the entry price, as a fraction of it.
    pub stop_loss: Option<f64>,
    /// Trailing stop at this distance, as a fraction of the entry price.
    pub trailing_stop: Option<f64>,
}

/// What an account asks of a venue.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OrderRequest {
    /// Who asks.
    pub account: AccountId,
    /// For what.
    pub symbol: SymbolId,
    /// Buy or sell.
    pub side: Side,
    /// What makes it fill.
    pub kind: OrderKind,
    /// How much.
    pub quantity: OrderQuantity,
    /// How long.
    pub time_in_force: TimeInForce,
    /// Never opens or increases a position.
    pub reduce_only: bool,
    /// Orders of one group cancel each other: the first to fill cancels the rest.
    pub oco_group: Option<u64>,
    /// Exits to arm when this order has filled.
    pub bracket: Option<Bracket>,
}

impl OrderRequest {
    /// A post-only limit order (a quote) for a fixed number of lots.
    pub fn quote(account: AccountId, symbol: SymbolId, side: Side, price: Ticks, lots: i64) -> Self {
        let kind = OrderKind::Limit { price };
        Self { kind, time_in_force: TimeInForce::Gtx, ..Self::market(account, symbol, side, lots) }
    }

    /// A good-till-canceled market order for a fixed number of lots.
    pub fn market(account: AccountId, symbol: SymbolId, side: Side, lots: i64) -> Self {
        Self {
            account,
            symbol,
            side,
            kind: OrderKind::Market,
            quantity: OrderQuantity::Lots(Lots(lots)),
            time_in_force: TimeInForce::Gtc,
            reduce_only: false,
            oco_group: None,
            bracket: None,
        }
    }
}

/// Everything that can be sent to a venue. It arrives after the latency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum VenueMessage {
    /// A new order.
    Submit(OrderRequest),
    /// Cancel what remains of an order.
    Cancel(OrderId),
    /// Change the price of a limit (or the trigger of a stop) and the total quantity of a working order.
    Replace {
        /// Which order.
        order: OrderId,
        /// New limit price or trigger.
        price: Option<Ticks>,
        /// New total quantity, counting what has been filled.
        lots: Option<Lots>,
    },
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderStatus {
    /// Requested; on its way to the venue.
    Requested,
    /// Working at the venue.
    Accepted,
    /// Working, and partly filled.
    PartiallyFilled,
    /// Done: all filled.
    Filled,
    /// Done: canceled (by request, by its OCO sibling, or as the rest of an IOC).
    Canceled,
    /// Done: never worked.
    Rejected(RejectReason),
    /// Done: its time was over.
    Expired,
    /// Its price or quantity was changed.
    Replaced,
    /// A cancel or a replacement of it was refused (FIX `OrderCancelReject`); the order stays what it was, done or not.
    CancelRejected(RejectReason),
}

impl OrderStatus {
    /// Whether nothing can happen to the order any more.
    pub fn is_done(self) -> bool {
        matches!(self, Self::Filled | Self::Canceled | Self::Rejected(_) | Self::Expired)
    }
}

/// Why an order was refused, before it was sent (risk) or at the venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RejectReason {
    /// No market price is known yet.
    NoPrice,
    /// Less than one lot.
    BelowLotSize,
    /// Cash does not cover cost and fees.
    InsufficientFunds,
    /// Equity does not cover the initial margin.
    InsufficientMargin,
    /// The position limit of the account would be passed.
    PositionLimit,
    /// The gross exposure limit of the account would be passed.
    ExposureLimit,
    /// Too many orders within the window.
    OrderRate,
    /// The drawdown limit was passed: the account trades no more.
    KillSwitch,
    /// The account was liquidated.
    Liquidated,
    /// A reduce-only order that would not reduce.
    ReduceOnly,
    /// Selling short is not allowed.
    ShortNotAllowed,
    /// A cancel or a replacement of an order that the account never had, or that has not reached the venue yet.
    UnknownOrder,
    /// A cancel or a replacement that came when the order was done.
    TooLateToCancel,
    /// A fill-or-kill order that could not be filled at once.
    CannotFill,
    /// A price or trigger that is not positive, or a replacement that makes no sense for the order's kind.
    InvalidPrice,
    /// The venue cannot be reached.
    VenueOutage,
    /// A post-only order that would take liquidity.
    WouldCross,
    /// The price lies outside of the venue's price band.
    PriceBand,
    /// It would trade with another order of the same account.
    SelfTrade,
}

impl RejectReason {
    /// What it means, for people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::NoPrice => "no market price is known yet",
            Self::BelowLotSize => "less than one lot",
            Self::InsufficientFunds => "cash does not cover cost and fees",
            Self::InsufficientMargin => "equity does not cover the initial margin",
            Self::PositionLimit => "position limit",
            Self::ExposureLimit => "exposure limit",
            Self::OrderRate => "order rate limit",
            Self::KillSwitch => "drawdown kill switch",
            Self::Liquidated => "account was liquidated",
            Self::ReduceOnly => "reduce-only order would not reduce",
            Self::ShortNotAllowed => "selling short is not allowed",
            Self::UnknownOrder => "no such order",
            Self::TooLateToCancel => "too late to cancel",
            Self::CannotFill => "fill-or-kill order cannot be filled at once",
            Self::InvalidPrice => "invalid price",
            Self::VenueOutage => "venue outage",
            Self::WouldCross => "post-only order would take liquidity",
            Self::PriceBand => "price outside of the price band",
            Self::SelfTrade => "would trade with an order of its own account",
        }
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.describe())
    }
}

/// An order at the venue, or on its way there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Its number.
    pub id: OrderId,
    /// What was asked.
    pub request: OrderRequest,
    /// Total lots; 0 while an equity fraction has not been worked out.
    pub lots: Lots,
    /// Filled lots.
    pub filled: Lots,
    /// When the account decided.
    pub requested_at: Timestamp,
    /// When it reaches the venue; it cannot fill on anything that happened before.
    pub arrives_at: Timestamp,
    /// Whether a stop has been triggered.
    pub triggered: bool,
    /// Where it stands.
    pub status: OrderStatus,
}

impl Order {
    /// Lots still to be filled.
    #[inline]
    pub fn remaining(&self) -> Lots {
        Lots(self.lots.0 - self.filled.0)
    }
}

/// A change of an order's status, for the journal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OrderEvent {
    /// When.
    pub ts: Timestamp,
    /// Which order.
    pub order: OrderId,
    /// Whose.
    pub account: AccountId,
    /// Of what.
    pub symbol: SymbolId,
    /// What it is now.
    pub status: OrderStatus,
}

/// What of a holding's orders is on its way or working. On holding entities; the exchange writes it, Decide reads it so
/// that one intention is not sent twice.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, bevy_ecs::component::Component, Serialize, Deserialize,
)]
pub struct WorkingOrders {
    /// Number of orders, armed exits of a bracket left out.
    pub count: u32,
    /// Number of armed exits.
    pub exits: u32,
}
