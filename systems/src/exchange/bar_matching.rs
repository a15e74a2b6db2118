//! Does an order fill on a bar, and at what price? Pure functions of order, bar and rule.
//!
//! A bar says where the price was, not when. Each rule cuts it into phases in which only what is known is used:
//!
//! | phase | what happens |
//! |---|---|
//! | [`Phase::Open`] | everything that the open itself satisfies fills at the open: market orders, and limits and stops that the market has gapped through |
//! | [`Phase::Stops`] | stops that the range reaches fill at their trigger; before limits, so that of a stop loss and a take profit within one range the loss is booked |
//! | [`Phase::Limits`] | limits that the range reaches fill at their price |
//! | [`Phase::Close`] | market orders of venues that fill at the close; and what the close proves: an exit armed within the bar, or a trailing stop moved by its high, that the close lies beyond |
//!
//! `OhlcPath` assumes the path open, nearer extreme, other extreme, close instead and fills along its legs.
//! A stop loss armed within a bar by a limit or stop entry sees the whole range, its take profit only the close:
//! where the order of events is unknown the worse one is taken.

use manyworlds_components::order::OrderKind;
use manyworlds_components::price::Ticks;
use manyworlds_components::side::{LiquiditySide, Side};

use super::orders::{Eligible, WorkingOrder};
use super::price_bar::{Level, PriceBar};
use super::settings::FillRule;

/// A part of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The open.
    Open,
    /// The range, for stops.
    Stops,
    /// The range, for limits.
    Limits,
    /// The close.
    Close,
}

/// What a part of a bar does to an order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Touch {
    /// It fills at this price, slippage not yet counted.
    Fill {
        /// In quote units.
        price: f64,
        /// Whether it makes or takes.
        liquidity: LiquiditySide,
    },
    /// A stop-limit order wakes and waits for its limit.
    Wake,
}

/// What an order is now: a stop that was triggered is a market order.
pub fn effective(order: &WorkingOrder) -> OrderKind {
    match order.order.request.kind {
        OrderKind::Stop { .. } | OrderKind::TrailingStop { .. } if order.order.triggered => OrderKind::Market,
        OrderKind::StopLimit { price, .. } if order.order.triggered => OrderKind::Limit { price },
        kind => kind,
    }
}

fn take(level: Level) -> Option<Touch> {
    Some(Touch::Fill { price: level.price, liquidity: LiquiditySide::Taker })
}

fn make(bar: &PriceBar, price: Ticks) -> Option<Touch> {
    let price = bar.tick.to_f64(price.0).clamp(bar.low.price, bar.high.price);
    Some(Touch::Fill { price, liquidity: LiquiditySide::Maker })
}

/// What `phase` of `bar` does to an order that has arrived and has not filled on this bar yet.
pub fn touch(order: &WorkingOrder, bar: &PriceBar, rule: FillRule, phase: Phase) -> Option<Touch> {
    let side = order.order.request.side;
    let level = match (phase, order.eligible) {
        (_, Eligible::Not) => return None,
        (Phase::Open, Eligible::Close) => return None,
        (Phase::Close, Eligible::Close) => Some(bar.close),
        (_, Eligible::Close) => return None,
        (Phase::Open, _) => Some(bar.open),
        (_, Eligible::Open) => return None,
        _ => None,
    };
    match effective(order) {
        OrderKind::Market => {
            let at_close = rule == FillRule::Close && !bar.print && !order.order.triggered;
            match phase {
                Phase::Open if at_close => None,
                Phase::Open if rule == FillRule::WorstCase => take(bar.worst(side)),
                Phase::Open => take(bar.open),
                Phase::Close if at_close => take(bar.close),
                _ => None,
            }
        }
        OrderKind::Limit { price } => match (level, phase) {
            (Some(level), _) if level.satisfies_limit(side, price.0) => {
                let resting = order.exposed && phase == Phase::Open;
                let liquidity = if resting { LiquiditySide::Maker } else { LiquiditySide::Taker };
                Some(Touch::Fill { price: level.price, liquidity })
            }
            (None, Phase::Limits) if !order.fresh && bar.best(side).satisfies_limit(side, price.0) => {
                make(bar, price)
            }
            (None, Phase::Close) if order.fresh && bar.close.satisfies_limit(side, price.0) => {
                make(bar, price)
            }
            _ => None,
        },
        OrderKind::Stop { trigger } => stop(order, bar, phase, level, trigger).and_then(take),
        OrderKind::StopLimit { trigger, price } => {
            let woken = stop(order, bar, phase, level, trigger)?;
            if woken.satisfies_limit(side, price.0) { take(woken) } else { Some(Touch::Wake) }
        }
        OrderKind::TrailingStop { trigger: Some(trigger), .. } => match (level, phase) {
            // The extreme of the bar has moved the trigger by now.
            (None, Phase::Close) if !order.fresh => {
                let last = if rule == FillRule::WorstCase { bar.worst(side) } else { bar.close };
                if last.reaches_stop(side, trigger.0) { take(on_tick(bar, trigger)) } else { None }
            }
            _ => stop(order, bar, phase, level, trigger).and_then(take),
        },
        OrderKind::TrailingStop { trigger: None, .. } => None,
    }
}

fn on_tick(bar: &PriceBar, tick: Ticks) -> Level {
    let price = bar.tick.to_f64(tick.0).clamp(bar.low.price, bar.high.price);
    Level { price, up: tick.0, down: tick.0 }
}

/// Where a stop wakes in a phase: at the open if the market has gapped through it, else at its trigger.
fn stop(
    order: &WorkingOrder,
    bar: &PriceBar,
    phase: Phase,
    level: Option<Level>,
    trigger: Ticks,
) -> Option<Level> {
    let side = order.order.request.side;
    if let Some(level) = level {
        return level.reaches_stop(side, trigger.0).then_some(level);
    }
    let in_range = phase == Phase::Stops || (phase == Phase::Limits && order.fresh);
    if !in_range || !bar.worst(side).reaches_stop(side, trigger.0) {
        return None;
    }
    // An exit armed at the open may lie beyond it already, if slippage was larger than its distance.
    let gapped = !order.fresh && bar.open.reaches_stop(side, trigger.0);
    Some(if gapped { bar.open } else { on_tick(bar, trigger) })
}

/// Where along a leg of the path an order is touched: (distance from `from` in quote units, where, what).
pub fn touch_leg(
    order: &WorkingOrder,
    bar: &PriceBar,
    from: Level,
    to: Level,
) -> Option<(f64, Level, Touch)> {
    let side = order.order.request.side;
    let kind = effective(order);
    let (reached, trigger): (fn(Level, Side, i64) -> bool, Ticks) = match kind {
        OrderKind::Limit { price } => (Level::satisfies_limit, price),
        OrderKind::Stop { trigger }
        | OrderKind::StopLimit { trigger, .. }
        | OrderKind::TrailingStop { trigger: Some(trigger), .. } => (Level::reaches_stop, trigger),
        OrderKind::Market | OrderKind::TrailingStop { trigger: None, .. } => return None,
    };
    let (at, crossed) = if reached(from, side, trigger.0) {
        (from, true)
    } else if reached(to, side, trigger.0) {
        (on_tick(bar, trigger), false)
    } else {
        return None;
    };
    let touch = match kind {
        OrderKind::Limit { price } if !crossed => make(bar, price)?,
        OrderKind::StopLimit { price, .. } if !at.satisfies_limit(side, price.0) => Touch::Wake,
        _ => take(at)?,
    };
    Some(((at.price - from.price).abs(), at, touch))
}

/// Moves the trigger of a trailing stop after the price has been at `level`. It never moves back.
pub fn trail(order: &mut WorkingOrder, level: Level) {
    let side = order.order.request.side;
    if let OrderKind::TrailingStop { offset, trigger } = &mut order.order.request.kind {
        let candidate = match side {
            Side::Sell => level.down - offset.0,
            Side::Buy => level.up + offset.0,
        };
        let moved = match (*trigger, side) {
            (None, _) => candidate,
            (Some(now), Side::Sell) => now.0.max(candidate),
            (Some(now), Side::Buy) => now.0.min(candidate),
        };
        *trigger = Some(Ticks(moved));
    }
}

/// The corners of the path of a bar: open, nearer extreme, other extreme, close. At equal distance a rising bar
/// goes down first and a falling one up; distances are equal if they differ by no more than the rounding of prices.
pub fn path(bar: &PriceBar) -> [Level; 4] {
    let up = bar.high.price - bar.open.price;
    let down = bar.open.price - bar.low.price;
    let equal = (up - down).abs() <= 2.0 * f64::EPSILON * bar.high.price.abs();
    let high_first = if equal { bar.close.price < bar.open.price } else { up < down };
    let (near, far) = if high_first { (bar.high, bar.low) } else { (bar.low, bar.high) };
    [bar.open, near, far, bar.close]
}
