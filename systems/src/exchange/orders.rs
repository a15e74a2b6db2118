//! The orders that are on their way to a venue or work there.

use manyworlds_components::fill::FillReason;
use manyworlds_components::ids::{AccountId, OrderId};
use manyworlds_components::order::{Order, OrderKind, OrderRequest, OrderStatus, VenueMessage};
use manyworlds_components::price::Lots;
use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

/// OCO groups with this bit belong to brackets, the rest of the number being the order that armed them.
const BRACKET_GROUP: u64 = 1 << 63;

/// An order with what the venue has to remember of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WorkingOrder {
    /// The order.
    pub order: Order,
    /// What its fills will be called.
    pub reason: FillReason,
    /// The order whose fill armed it, if it is an exit of a bracket.
    pub parent: Option<OrderId>,
    /// Whether the venue has seen an event since it arrived: from then on its limit price makes a market.
    pub exposed: bool,
    /// Whether it came to life within the current event, after the open: it must not see what may lie before.
    pub fresh: bool,
    /// Whether it has filled within the current event: one fill per event and order.
    pub touched: bool,
    /// Whether it may fill in the current event: it arrived before the event began.
    pub eligible: Eligible,
}

/// What an order may see of the current event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Eligible {
    /// It is still on its way.
    #[default]
    Not,
    /// It arrived during the event, and its venue fills at the close: the close alone.
    Close,
    /// It was good only until some time within the event: the open alone.
    Open,
    /// All of it.
    Whole,
}

impl WorkingOrder {
    /// A request that becomes an order.
    pub fn new(id: OrderId, request: OrderRequest, requested_at: Timestamp, arrives_at: Timestamp) -> Self {
        use manyworlds_components::order::OrderQuantity;
        let lots = match request.quantity {
            OrderQuantity::Lots(lots) => lots,
            OrderQuantity::EquityFraction(_) => Lots(0),
        };
        let reason = match request.kind {
            OrderKind::TrailingStop { .. } => FillReason::TrailingStop,
            OrderKind::Stop { .. } if request.reduce_only => FillReason::StopLoss,
            _ => FillReason::Signal,
        };
        let order = Order {
            id,
            request,
            lots,
            filled: Lots(0),
            requested_at,
            arrives_at,
            triggered: false,
            status: OrderStatus::Requested,
        };
        Self {
            order,
            reason,
            parent: None,
            exposed: false,
            fresh: false,
            touched: false,
            eligible: Eligible::Not,
        }
    }

    /// The exit group that a bracket on `parent` arms.
    pub fn bracket_group(parent: OrderId) -> u64 {
        BRACKET_GROUP | parent.0
    }

    /// Whether all orders of its OCO group are of its own symbol for sure.
    pub(super) fn is_bracket_group(group: u64) -> bool {
        group & BRACKET_GROUP != 0
    }

    /// Whether it has been done away with.
    #[inline]
    pub fn is_done(&self) -> bool {
        self.order.status.is_done()
    }
}

/// A cancel or a replacement on its way.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PendingMessage {
    /// Who sent it.
    pub account: AccountId,
    /// What it says.
    pub message: VenueMessage,
    /// When it reaches the venue.
    pub arrives_at: Timestamp,
}

/// The orders of one symbol.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SymbolOrders {
    /// In the order of their numbers.
    pub orders: Vec<WorkingOrder>,
    /// In the order in which they were sent.
    pub messages: Vec<PendingMessage>,
}

impl SymbolOrders {
    /// Whether an event of the symbol has nothing to do here.
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.orders.is_empty() && self.messages.is_empty()
    }
}

/// All orders of a world, by symbol. Done orders are forgotten; the journal has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkingBook {
    /// By symbol.
    pub symbols: Vec<SymbolOrders>,
    next_id: u64,
}

impl WorkingBook {
    pub(super) fn new(symbols: usize) -> Self {
        Self { symbols: vec![SymbolOrders::default(); symbols], next_id: 1 }
    }

    /// The next order number.
    #[inline]
    pub fn number(&mut self) -> OrderId {
        let id = OrderId(self.next_id);
        self.next_id += 1;
        id
    }

    /// The number that the next order will have.
    #[inline]
    pub fn next_number(&self) -> OrderId {
        OrderId(self.next_id)
    }

    /// The symbol of a working order, and the order.
    pub fn find(&self, id: OrderId) -> Option<(usize, &WorkingOrder)> {
        self.symbols.iter().enumerate().find_map(|(s, list)| {
            let at = list.orders.binary_search_by_key(&id, |w| w.order.id).ok()?;
            Some((s, &list.orders[at]))
        })
    }

    /// Number of orders that are on their way or working, armed exits included.
    pub fn len(&self) -> usize {
        self.symbols.iter().map(|s| s.orders.len()).sum()
    }

    /// Whether there are no orders.
    pub fn is_empty(&self) -> bool {
        self.symbols.iter().all(|s| s.orders.is_empty())
    }
}
