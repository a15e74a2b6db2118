//! The system that checks what was decided, journals it, and sends the orders on their way.

use std::ops::Range;

use manyworlds_components::ids::{AccountId, SymbolId};
use manyworlds_components::order::{OrderRequest, OrderStatus, RejectReason, VenueMessage};
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Clock, Lazy, Shared, SharedMut};

use super::floor::{Floor, FloorParam, Tools};
use super::latency::LatencyStreams;
use super::orders::{PendingMessage, WorkingOrder};
use super::risk::OrderRates;
use crate::intents::Intents;

/// Checks and sends the step's intents and messages, in order, and clears the desk. A request that risk cuts keeps
/// its number, is journaled as rejected, and its decision carries the reason.
#[inline]
pub fn submit_intents(
    clock: Shared<'_, Clock>,
    mut intents: SharedMut<'_, Intents>,
    mut floor: Lazy<'_, '_, FloorParam<'static>>,
) -> bevy_ecs::error::Result {
    if intents.intents.is_empty() && intents.messages.is_empty() {
        return Ok(());
    }
    submit(floor.get()?, &mut intents, clock.now);
    Ok(())
}

/// Apart from the rest: in most steps there is nothing to submit.
#[inline(never)]
fn submit(floor: &mut FloorParam<'_>, intents: &mut Intents, now: Timestamp) {
    floor.open(now, |mut floor, mut tools| {
        let mut desk = Desk::new(now, &mut tools);
        desk.sum_pending(&floor, intents);
        let mut shared: Option<(Range<u32>, Range<u32>)> = None;
        for intent in &mut intents.intents {
            if let Some(request) = intent.request {
                intent.decision.reasons.cut = desk.send(&mut floor, request);
            }
            let known = shared.take().filter(|(range, _)| *range == intent.votes).map(|(_, known)| known);
            let votes = &intents.votes[intent.votes.start as usize..intent.votes.end as usize];
            let known = floor.journal.decide(intent.decision, votes, known);
            shared = Some((intent.votes.clone(), known));
        }
        for (account, symbol, message) in &intents.messages {
            desk.pass_on(&mut floor, *account, *symbol, message);
        }
    });
    intents.clear();
}

/// Where requests become orders.
pub(super) struct Desk<'a> {
    now: Timestamp,
    rates: &'a mut OrderRates,
    streams: &'a mut LatencyStreams,
    /// By account: growth of exposure that working orders, and reductions of this step, may bring. Filled only if
    /// an account has an exposure limit.
    pending: &'a mut Vec<f64>,
}

impl<'a> Desk<'a> {
    /// At a time.
    pub(super) fn new(now: Timestamp, tools: &'a mut Tools<'_>) -> Self {
        let Tools { rates, streams, buffers, .. } = tools;
        buffers.value.clear();
        Self { now, rates, streams, pending: &mut buffers.value }
    }

    fn sum_pending(&mut self, floor: &Floor<'_>, intents: &Intents) {
        self.pending.clear();
        if !floor.terms.any_exposure_limit {
            return;
        }
        self.pending.resize(floor.terms.accounts, 0.0);
        for order in floor.book.symbols.iter().flat_map(|s| &s.orders) {
            if order.parent.is_none() && !order.is_done() {
                self.pending[order.order.request.account.index()] += floor.growth(&order.order.request);
            }
        }
        for request in intents.intents.iter().filter_map(|i| i.request) {
            self.pending[request.account.index()] += floor.growth(&request).min(0.0);
        }
    }

    /// Numbers a request and sends it, unless risk cuts it.
    pub(super) fn send(&mut self, floor: &mut Floor<'_>, request: OrderRequest) -> Option<RejectReason> {
        let (s, a) = (request.symbol.index(), request.account.index());
        let pending = self.pending.get(a).copied().unwrap_or(0.0);
        let cut = floor.cut(&request, self.rates, self.now, pending);
        let id = floor.book.number();
        let (arrives_at, cut) = match cut {
            None => match self.streams.arrival(&floor.terms.venue(s).latency, (s, a), self.now) {
                Some(at) => (at, None),
                None => (self.now, Some(RejectReason::VenueOutage)),
            },
            cut => (self.now, cut),
        };
        let order = WorkingOrder::new(id, request, self.now, arrives_at);
        let orders = &mut floor.book.symbols[s].orders;
        orders.push(order);
        let at = orders.len() - 1;
        floor.working[s * floor.terms.accounts + a].count += 1;
        if let Some(reason) = cut {
            floor.totals[a].rejections += 1;
            floor.set_status(s, at, OrderStatus::Rejected(reason), self.now);
            floor.book.symbols[s].orders.pop();
            return cut;
        }
        self.rates.count(a, self.now);
        if let Some(pending) = self.pending.get_mut(a) {
            *pending += floor.growth(&request).max(0.0);
        }
        floor.set_status(s, at, OrderStatus::Requested, self.now);
        None
    }

    /// Sends a cancel or a replacement, whether the order still is or not: the account goes by what it has heard.
    fn pass_on(
        &mut self,
        floor: &mut Floor<'_>,
        account: AccountId,
        symbol: SymbolId,
        message: &VenueMessage,
    ) {
        let order = match *message {
            VenueMessage::Submit(ref request) => {
                self.send(floor, OrderRequest { account, ..*request });
                return;
            }
            VenueMessage::Cancel(order) | VenueMessage::Replace { order, .. } => order,
        };
        let s = symbol.index();
        let holding = (s, account.index());
        match self.streams.arrival(&floor.terms.venue(s).latency, holding, self.now) {
            Some(arrives_at) => {
                let message = *message;
                floor.book.symbols[s].messages.push(PendingMessage { account, message, arrives_at });
            }
            None => floor.refuse_message(s, (account, order), RejectReason::VenueOutage, self.now),
        }
    }
}
