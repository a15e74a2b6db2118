//! A market maker: quotes at the best prices, skewed by what it holds, and now and then goes flat as a taker.

use manyworlds_components::side::Side;

/// What the maker is told.
#[derive(Debug, Clone, Copy)]
pub struct Quoting {
    /// Ticks behind the best price at which it quotes.
    pub behind: i64,
    /// Lots of a quote.
    pub lots: i64,
    /// Most lots to hold.
    pub most: i64,
    /// Its quotes move by a tick against its position for so many lots.
    pub lots_per_tick: i64,
    /// Every so many decisions it takes what makes it flat.
    pub flatten_every: i64,
    /// Decisions with which it begins, and with which it has canceled all; counted from the first event.
    pub span: (i64, i64),
}

impl Default for Quoting {
    fn default() -> Self {
        Self { behind: 0, lots: 40, most: 400, lots_per_tick: 120, flatten_every: 250, span: (10, i64::MAX) }
    }
}

/// An own order as far as the maker knows.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Its number, in whatever the exchange counts.
    pub id: u64,
    /// Buy or sell.
    pub side: Side,
    /// Its limit, in ticks.
    pub price: i64,
    /// Whether it works and nobody has asked for its end.
    pub active: bool,
    /// Whether its end was asked for.
    pub leaving: bool,
}

/// What the maker wants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wish {
    /// An order is canceled.
    Cancel(u64),
    /// A post-only order.
    Quote(Side, i64, i64),
    /// An order that takes.
    Take(Side, i64, i64),
}

impl Quoting {
    /// What to do at a decision: `top` are the best prices in ticks, `held` the position in lots.
    pub fn decide(&self, decision: i64, top: (i64, i64), held: i64, orders: &[Known], out: &mut Vec<Wish>) {
        if decision < self.span.0 {
            return;
        }
        if decision >= self.span.1 {
            out.extend(orders.iter().filter(|o| o.active).map(|o| Wish::Cancel(o.id)));
            return;
        }
        if decision % self.flatten_every == 0 && held != 0 {
            // Far beyond the best price, so that it takes for sure.
            let (side, price) = if held > 0 { (Side::Sell, top.0 - 50) } else { (Side::Buy, top.1 + 50) };
            out.push(Wish::Take(side, price, held.abs()));
        }
        let skew = held / self.lots_per_tick;
        let quotes = [
            (Side::Buy, (top.0 - self.behind - skew).min(top.0), held < self.most),
            (Side::Sell, (top.1 + self.behind - skew).max(top.1), held > -self.most),
        ];
        for (side, price, wanted) in quotes {
            let own = orders.iter().filter(|o| o.side == side);
            let mut there = false;
            for order in own {
                if wanted && order.price == price && !order.leaving {
                    there = true;
                } else if order.active {
                    out.push(Wish::Cancel(order.id));
                }
            }
            if wanted && !there {
                out.push(Wish::Quote(side, price, self.lots));
            }
        }
    }
}
