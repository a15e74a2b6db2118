//! From the orders that there are to those that there should be.

use manyworlds_components::ids::OrderId;
use manyworlds_components::own_orders::{OwnOrders, OwnStatus};
use manyworlds_components::price::Ticks;
use manyworlds_components::side::Side;

/// What has to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Take an order back.
    Cancel(OrderId),
    /// Send a new one.
    Place {
        /// Buy or sell.
        side: Side,
        /// Its limit.
        price: Ticks,
        /// Its size, above 0.
        lots: i64,
    },
}

/// How much of a side may be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Lots of a quote.
    pub size: i64,
    /// The largest position.
    pub most: i64,
    /// The smallest one.
    pub least: i64,
    /// Lots that can be paid for, working orders included; `None`: as many as one likes.
    pub affordable: Option<i64>,
}

/// Changes one side. An order that stands at the wanted price stays, with its place in the queue, whatever is left of it; others are
/// canceled. A new one is sent where none stands, so small that the position cannot leave its bounds even if every order of the side
/// fills, those that are on their way out included.
pub fn reconcile(
    own: &OwnOrders,
    side: Side,
    wanted: Option<i64>,
    room: &Room,
    mut change: impl FnMut(Change),
) {
    let exposed = own.exposed(side);
    let mut free = match side {
        Side::Buy => room.most.saturating_sub(own.lots).saturating_sub(exposed),
        Side::Sell => own.lots.saturating_sub(room.least).saturating_sub(exposed),
    };
    if let (Side::Buy, Some(affordable)) = (side, room.affordable) {
        free = free.min(affordable.saturating_sub(exposed));
    }
    let mut stands = false;
    for order in own.orders.iter().filter(|o| o.side == side && o.status != OwnStatus::CancelPending) {
        let Some(price) = order.price else { continue };
        if !stands && wanted == Some(price.0) && free >= 0 {
            stands = true;
        } else {
            change(Change::Cancel(order.id));
        }
    }
    let lots = room.size.min(free);
    if let Some(price) = wanted.filter(|_| !stands && lots > 0) {
        change(Change::Place { side, price: Ticks(price), lots });
    }
}
