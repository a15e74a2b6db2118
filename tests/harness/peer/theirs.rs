//! The strategy as a bot of the hftbacktest crate.

use hftbacktest::backtest::assettype::LinearAsset;
use hftbacktest::backtest::data::Data;
use hftbacktest::backtest::models::{
    CommonFees, ConstantLatency, LogProbQueueFunc, LogProbQueueFunc2, PowerProbQueueFunc,
    PowerProbQueueFunc2, PowerProbQueueFunc3, ProbQueueModel, Probability, QueueModel as TheirQueue,
    RiskAdverseQueueModel, TradingValueFeeModel,
};
use hftbacktest::backtest::{Backtest, DataSource, ExchangeKind, L2AssetBuilder};
use hftbacktest::prelude::{
    BUY_EVENT, Bot, DEPTH_CLEAR_EVENT, DEPTH_EVENT, EXCH_EVENT, ElapseResult, Event, HashMapMarketDepth,
    LOCAL_EVENT, MarketDepth, OrdType, SELL_EVENT, Side as TheirSide, Status, TRADE_EVENT, TimeInForce,
};
use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::side::{AggressorSide, BookSide, Side};
use manyworlds_systems::exchange::book::queue::QueueModel;

use super::{Ending, Execution, FEES, INTERVAL_NS, Known, LOT, Quoting, Rules, TICK, Wish, step};

/// Their events.
pub type Theirs = Data<Event>;

/// Events in their layout of 64 bytes.
pub fn rows(events: &[MarketEvent]) -> Theirs {
    let (tick, lot) = (step(TICK), step(LOT));
    let row = |event: &MarketEvent| {
        let (kind, px, qty) = match &event.data {
            MarketData::Depth(update) => {
                let side = if update.side == BookSide::Bid { BUY_EVENT } else { SELL_EVENT };
                (DEPTH_EVENT | side, tick.to_f64(update.price.0), lot.to_f64(update.size.0))
            }
            MarketData::Trade(trade) => {
                let side = if trade.aggressor == AggressorSide::Buyer { BUY_EVENT } else { SELL_EVENT };
                (TRADE_EVENT | side, trade.price, trade.quantity)
            }
            _ => (DEPTH_CLEAR_EVENT, 0.0, 0.0),
        };
        let (exch_ts, local_ts) = (event.ts_event.0, event.ts_recv.0);
        Event {
            ev: EXCH_EVENT | LOCAL_EVENT | kind,
            exch_ts,
            local_ts,
            px,
            qty,
            order_id: 0,
            ival: 0,
            fval: 0.0,
        }
    };
    Data::from_data(&events.iter().map(row).collect::<Vec<_>>())
}

/// What becomes of an order in the crate that cancels have brought to the front of its queue, and a bit beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Front {
    /// What the crate makes of it: the model is asked with less than nothing ahead.
    AsIs,
    /// It stays there.
    Stays,
}

/// A model of the crate that is asked only while anything is ahead of the order.
#[derive(Debug)]
pub struct FirstStays<P>(pub P);

impl<P: Probability> Probability for FirstStays<P> {
    fn prob(&self, front: f64, back: f64) -> f64 {
        if front <= 0.0 { 1.0 } else { self.0.prob(front, back) }
    }
}

/// Runs to the end.
pub fn run_theirs(events: Theirs, quoting: Quoting, rules: Rules, front: Front) -> Ending {
    let case = (events, quoting, rules);
    match rules.queue {
        QueueModel::RiskAverse => run(case, RiskAdverseQueueModel::new()),
        QueueModel::PowerProbability(n) => estimate(case, front, PowerProbQueueFunc::new(n)),
        QueueModel::PowerProbability2(n) => estimate(case, front, PowerProbQueueFunc2::new(n)),
        QueueModel::PowerProbability3(n) => estimate(case, front, PowerProbQueueFunc3::new(n)),
        QueueModel::LogProbability => estimate(case, front, LogProbQueueFunc::new()),
        QueueModel::LogProbability2 => estimate(case, front, LogProbQueueFunc2::new()),
    }
}

fn estimate(case: (Theirs, Quoting, Rules), front: Front, model: impl Probability + 'static) -> Ending {
    match front {
        Front::AsIs => run(case, ProbQueueModel::new(model)),
        Front::Stays => run(case, ProbQueueModel::new(FirstStays(model))),
    }
}

fn run<Q>((events, quoting, rules): (Theirs, Quoting, Rules), queue: Q) -> Ending
where
    Q: TheirQueue<HashMapMarketDepth> + 'static,
{
    let asset = L2AssetBuilder::new()
        .data(vec![DataSource::Data(events)])
        .parallel_load(false)
        .latency_model(ConstantLatency::new(rules.latency_ns.0, rules.latency_ns.1))
        .asset_type(LinearAsset::new(1.0))
        .fee_model(TradingValueFeeModel::new(CommonFees::new(FEES.0, FEES.1)))
        .exchange(ExchangeKind::NoPartialFillExchange)
        .queue_model(queue)
        .depth(|| HashMapMarketDepth::new(TICK, LOT))
        .build()
        .unwrap_or_else(|e| panic!("{e}"));
    let mut bot = Backtest::builder().add_asset(asset).build().unwrap_or_else(|e| panic!("{e}"));
    let (mut decision, mut next, mut fills) = (0, 1, Vec::new());
    let (mut known, mut wishes) = (Vec::new(), Vec::new());
    loop {
        let went = bot.elapse(INTERVAL_NS).unwrap_or_else(|e| panic!("{e}"));
        decision += 1;
        known.clear();
        wishes.clear();
        for order in bot.orders(0).values() {
            let side = if order.side == TheirSide::Buy { Side::Buy } else { Side::Sell };
            match order.status {
                Status::Filled => {
                    let lots = (order.exec_qty / LOT).round() as i64 * side.sign();
                    let fill: Execution = (order.exch_timestamp, lots, order.exec_price_tick, order.maker);
                    fills.push((order.exch_timestamp, order.order_id, fill));
                }
                Status::Canceled | Status::Expired => {}
                status => known.push(Known {
                    id: order.order_id,
                    side,
                    price: order.price_tick,
                    active: status == Status::New && order.req == Status::None,
                    leaving: order.req == Status::Canceled,
                }),
            }
        }
        bot.clear_inactive_orders(Some(0));
        known.sort_by_key(|o| o.id);
        if went == ElapseResult::EndOfData {
            break;
        }
        let depth = bot.depth(0);
        let (bid, ask) = (depth.best_bid_tick(), depth.best_ask_tick());
        let held = (bot.position(0) / LOT).round() as i64;
        if bid == i64::MIN || ask == i64::MAX {
            continue;
        }
        quoting.decide(decision, (bid, ask), held, &known, &mut wishes);
        for wish in &wishes {
            let (side, price, lots, time) = match *wish {
                Wish::Cancel(id) => {
                    bot.cancel(0, id, false).unwrap_or_else(|e| panic!("{e}"));
                    continue;
                }
                Wish::Quote(side, price, lots) => (side, price, lots, TimeInForce::GTX),
                Wish::Take(side, price, lots) => (side, price, lots, TimeInForce::GTC),
            };
            let (price, quantity) = (price as f64 * TICK, lots as f64 * LOT);
            let sent = match side {
                Side::Buy => bot.submit_buy_order(0, next, price, quantity, time, OrdType::Limit, false),
                Side::Sell => bot.submit_sell_order(0, next, price, quantity, time, OrdType::Limit, false),
            };
            sent.unwrap_or_else(|e| panic!("{e}"));
            next += 1;
        }
    }
    let depth = bot.depth(0);
    let mid = 0.5 * (depth.best_bid_tick() + depth.best_ask_tick()) as f64 * TICK;
    let values = bot.state_values(0);
    fills.sort_by_key(|(ts, id, _)| (*ts, *id));
    Ending {
        fills: fills.into_iter().map(|(_, _, fill)| fill).collect(),
        position: (values.position / LOT).round() as i64,
        equity: values.balance + values.position * mid - values.fee,
        fees: values.fee,
        traded_value: values.trading_value,
    }
}
