//! A backtest as a plain loop over bars, written against the documentation and sharing no code with what it checks: its own
//! averages (exact, in cents), its own money, its own fills. Of manyworlds it knows the bar.
#![allow(clippy::needless_range_loop)]

use manyworlds_components::bar::Bar;

/// Lots per base unit.
const LOTS: f64 = 1_000.0;

/// What happens inside a bar that reaches a stop loss, a take profit, or both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Inside {
    /// The stop loss comes first.
    StopFirst,
    /// Open, nearer extreme, other extreme, close.
    Path,
}

/// What is traded and what it costs.
#[derive(Debug, Clone)]
pub struct Rules {
    pub fast: usize,
    pub slow: usize,
    pub cash: f64,
    /// Of the traded value.
    pub fee: f64,
    /// Of the price.
    pub slippage: f64,
    /// Share of equity per position.
    pub fraction: f64,
    /// Initial margin; with it positions flip, without it they are long only and paid in cash.
    pub margin: Option<f64>,
    /// Stop loss and take profit as fractions of the entry price.
    pub exits: Option<(f64, f64)>,
    pub inside: Inside,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            fast: 10,
            slow: 30,
            cash: 100_000.0,
            fee: 0.001,
            slippage: 0.0,
            fraction: 1.0,
            margin: None,
            exits: None,
            inside: Inside::StopFirst,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Trade {
    pub symbol: usize,
    pub long: bool,
    pub entry_ts: i64,
    pub exit_ts: i64,
    pub quantity: f64,
    pub entry_price: f64,
    pub exit_price: f64,
    pub fees: f64,
    pub pnl: f64,
    pub reason: &'static str,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Ledger {
    /// In order of their ends, then of their symbols.
    pub trades: Vec<Trade>,
    /// After each bar.
    pub equity: Vec<f64>,
}

#[derive(Debug, Clone, Default)]
struct Position {
    /// Negative if short.
    lots: i64,
    entry_ts: i64,
    entry_price: f64,
    fees: f64,
    /// In cents.
    stop: i64,
    profit: i64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Wish {
    Nothing,
    /// Long (+1) or short (-1).
    Be(i64),
    Leave,
}

fn cents(price: f64) -> i64 {
    (price * 100.0).round() as i64
}

struct Book<'a> {
    rules: &'a Rules,
    cash: f64,
    positions: Vec<Position>,
    marks: Vec<f64>,
    ledger: Ledger,
}

/// Trades all markets, bar by bar; they have the same times.
pub fn run(markets: &[Vec<Bar>], rules: &Rules) -> Ledger {
    let n = markets.len();
    let mut book = Book {
        rules,
        cash: rules.cash,
        positions: vec![Position::default(); n],
        marks: vec![0.0; n],
        ledger: Ledger::default(),
    };
    let mut wishes = vec![Wish::Nothing; n];
    for i in 0..markets[0].len() {
        for s in 0..n {
            book.leave_at_gap(s, &markets[s][i]);
        }
        // What gives up a position comes first: others may need the money.
        for selling in [true, false] {
            for s in 0..n {
                let held = book.positions[s].lots.signum();
                let gives_up = held != 0 && matches!(wishes[s], Wish::Leave | Wish::Be(_));
                if gives_up == selling && wishes[s] != Wish::Nothing {
                    book.fulfil(s, &markets[s][i], wishes[s]);
                    wishes[s] = Wish::Nothing;
                }
            }
        }
        for s in 0..n {
            book.leave_inside(s, &markets[s][i]);
            book.marks[s] = markets[s][i].close;
        }
        let value: f64 = (0..n).map(|s| book.positions[s].lots as f64 / LOTS * book.marks[s]).sum();
        book.ledger.equity.push(book.cash + value);
        for s in 0..n {
            wishes[s] = book.wish(s, &markets[s][..=i]);
        }
    }
    for s in 0..n {
        if let Some(last) = markets[s].last().filter(|_| book.positions[s].lots != 0) {
            book.end_trade(s, last.close_time.0, last.close, 0.0, "end_of_run");
        }
    }
    book.ledger.trades.sort_by_key(|t| (t.exit_ts, t.symbol));
    book.ledger
}

impl Book<'_> {
    /// What the averages say after the last of `bars`.
    fn wish(&self, s: usize, bars: &[Bar]) -> Wish {
        let Rules { fast, slow, margin, .. } = *self.rules;
        if bars.len() < slow {
            return Wish::Nothing;
        }
        let sum = |n: usize| bars[bars.len() - n..].iter().map(|b| cents(b.close)).sum::<i64>();
        let direction = (sum(fast) * slow as i64 - sum(slow) * fast as i64).signum();
        let held = self.positions[s].lots.signum();
        match (direction, margin) {
            (0, _) => Wish::Nothing,
            (d, _) if d == held => Wish::Nothing,
            (d, Some(_)) => Wish::Be(d),
            (1, None) => Wish::Be(1),
            (_, None) if held > 0 => Wish::Leave,
            _ => Wish::Nothing,
        }
    }

    fn slipped(&self, bar: &Bar, direction: i64) -> f64 {
        (bar.open * (1.0 + direction as f64 * self.rules.slippage)).clamp(bar.low, bar.high)
    }

    fn fulfil(&mut self, s: usize, bar: &Bar, wish: Wish) {
        let held = self.positions[s].lots;
        match wish {
            Wish::Leave if held != 0 => {
                let price = self.slipped(bar, -held.signum());
                self.leave(s, bar.open_time.0, price, "signal");
            }
            Wish::Be(direction) => self.be(s, bar, direction),
            _ => {}
        }
    }

    /// Brings the position to `fraction` of equity on one side, as far as the money goes.
    fn be(&mut self, s: usize, bar: &Bar, direction: i64) {
        let rules = self.rules;
        let price = self.slipped(bar, direction);
        let closing = self.positions[s].lots.abs();
        let others: f64 = (0..self.positions.len())
            .filter(|o| *o != s)
            .map(|o| self.positions[o].lots as f64 / LOTS * self.marks[o])
            .sum();
        let equity = self.cash + others + self.positions[s].lots as f64 / LOTS * price;
        let whole = |quantity: f64| (quantity.max(0.0) * LOTS + 1e-9).floor() as i64;
        let wanted = whole(rules.fraction * equity / price);
        let payable = match rules.margin {
            None => whole(self.cash / (price * (1.0 + rules.fee))),
            // after x price x margin + (after + closing) x price x fee <= equity
            Some(margin) => {
                let closing_fee = closing as f64 / LOTS * price * rules.fee;
                whole((equity - closing_fee) / (price * (margin + rules.fee)))
            }
        };
        let lots = wanted.min(payable);
        if lots == 0 {
            return;
        }
        if closing > 0 {
            self.leave(s, bar.open_time.0, price, "signal");
        }
        let quantity = lots as f64 / LOTS;
        let fee = quantity * price * rules.fee;
        self.cash -= direction as f64 * quantity * price + fee;
        let at = cents(price);
        let away = |fraction: f64| cents(price * fraction).max(1);
        let (stop, profit) = rules.exits.unwrap_or((0.5, 0.5));
        self.positions[s] = Position {
            lots: direction * lots,
            entry_ts: bar.open_time.0,
            entry_price: price,
            fees: fee,
            stop: at - direction * away(stop),
            profit: at + direction * away(profit),
        };
    }

    fn leave(&mut self, s: usize, ts: i64, price: f64, reason: &'static str) {
        let quantity = self.positions[s].lots as f64 / LOTS;
        let fee = quantity.abs() * price * self.rules.fee;
        self.cash += quantity * price - fee;
        self.end_trade(s, ts, price, fee, reason);
    }

    fn end_trade(&mut self, s: usize, ts: i64, price: f64, fee: f64, reason: &'static str) {
        let position = std::mem::take(&mut self.positions[s]);
        let quantity = position.lots as f64 / LOTS;
        let fees = position.fees + fee;
        self.ledger.trades.push(Trade {
            symbol: s,
            long: position.lots > 0,
            entry_ts: position.entry_ts,
            exit_ts: ts,
            quantity: quantity.abs(),
            entry_price: position.entry_price,
            exit_price: price,
            fees,
            pnl: quantity * (price - position.entry_price) - fees,
            reason,
        });
    }

    /// A market that opens beyond an exit leaves at the open.
    fn leave_at_gap(&mut self, s: usize, bar: &Bar) {
        let Position { lots, stop, profit, .. } = self.positions[s];
        if lots == 0 || self.rules.exits.is_none() {
            return;
        }
        let (open, side) = (cents(bar.open), lots.signum());
        if (open - stop) * side <= 0 {
            self.leave(s, bar.open_time.0, bar.open, "stop_loss");
        } else if (open - profit) * side >= 0 {
            self.leave(s, bar.open_time.0, bar.open, "take_profit");
        }
    }

    fn leave_inside(&mut self, s: usize, bar: &Bar) {
        let Position { lots, stop, profit, .. } = self.positions[s];
        if lots == 0 || self.rules.exits.is_none() {
            return;
        }
        let reached = |price: f64| -> Option<(i64, &'static str)> {
            let (at, side) = (cents(price), lots.signum());
            if (at - stop) * side <= 0 {
                Some((stop, "stop_loss"))
            } else if (at - profit) * side >= 0 {
                Some((profit, "take_profit"))
            } else {
                None
            }
        };
        // In either order of the extremes: the first that reaches an exit.
        let (worse, better) = if lots > 0 { (bar.low, bar.high) } else { (bar.high, bar.low) };
        let corners = match self.rules.inside {
            Inside::StopFirst => [worse, better],
            Inside::Path => {
                let (up, down) = (cents(bar.high) - cents(bar.open), cents(bar.open) - cents(bar.low));
                let rising = bar.close >= bar.open;
                if up < down || (up == down && !rising) { [bar.high, bar.low] } else { [bar.low, bar.high] }
            }
        };
        if let Some((at, reason)) = corners.into_iter().find_map(reached) {
            self.leave(s, bar.close_time.0, at as f64 / 100.0, reason);
        }
    }
}
