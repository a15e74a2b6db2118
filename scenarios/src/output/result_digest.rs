//! A digest of what an account did and came to: the same for an account alone and for the same account beside others.

use manyworlds_components::decision::Decision;
use manyworlds_components::fill::{Fill, RoundTrip};
use manyworlds_engine::EquityRow;
use xxhash_rust::xxh3::Xxh3;

/// Digest (xxh3) over an account's decisions, fills, round trips and marks, each in order. Ids are left out: they count
/// what all accounts of a world do. A branch of a plan is compared by it with the same branch run alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResultDigest {
    /// Decisions, fills, round trips, marks: the rows of one kind come in order, kinds in any.
    kinds: [Kind; 4],
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Kind {
    rows: u64,
    hash: u64,
}

impl Kind {
    /// Chains the row's bits to those before it.
    fn add(&mut self, bits: &[u64]) {
        let mut hasher = Xxh3::with_seed(self.hash);
        bits.iter().for_each(|b| hasher.update(&b.to_le_bytes()));
        self.hash = hasher.digest();
        self.rows += 1;
    }
}

impl ResultDigest {
    pub(super) fn decision(&mut self, d: &Decision) {
        let [sell, hold, buy] = d.reasons.combined.as_array().map(f64::to_bits);
        let (symbol, position, target) = (u64::from(d.symbol.0), d.position.0 as u64, d.target.0 as u64);
        let price = d.price.to_bits();
        self.kinds[0].add(&[
            d.ts.0 as u64,
            symbol,
            d.action as u64,
            price,
            position,
            target,
            sell,
            hold,
            buy,
        ]);
    }

    pub(super) fn fill(&mut self, f: &Fill) {
        let [quantity, price, fee] = [f.quantity, f.price, f.fee].map(f64::to_bits);
        let (symbol, side, reason) = (u64::from(f.symbol.0), f.side as u64, f.reason as u64);
        self.kinds[1].add(&[f.ts.0 as u64, symbol, side, f.lots.0 as u64, reason, quantity, price, fee]);
    }

    pub(super) fn trade(&mut self, t: &RoundTrip) {
        let [quantity, entry, exit] = [t.quantity, t.entry_price, t.exit_price].map(f64::to_bits);
        let [pnl, fees, mae, mfe] = [t.pnl, t.fees, t.mae, t.mfe].map(f64::to_bits);
        let (symbol, side, reason) = (u64::from(t.symbol.0), t.side as u64, t.reason as u64);
        let when = [t.entry_ts.0 as u64, t.exit_ts.0 as u64];
        self.kinds[2]
            .add(&[when[0], when[1], symbol, side, reason, quantity, entry, exit, pnl, fees, mae, mfe]);
    }

    pub(super) fn mark(&mut self, row: &EquityRow) {
        let [equity, cash, drawdown, exposure] =
            [row.equity, row.cash, row.drawdown, row.exposure].map(f64::to_bits);
        self.kinds[3].add(&[row.ts.0 as u64, equity, cash, drawdown, exposure]);
    }

    /// The digest of all rows so far.
    pub fn value(&self) -> u64 {
        let mut all = Kind::default();
        self.kinds.iter().for_each(|kind| all.add(&[kind.rows, kind.hash]));
        all.hash
    }
}
