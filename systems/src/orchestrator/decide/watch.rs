//! Which accounts to look at: those about which something is not what it was when they last had nothing to do.

use manyworlds_engine::Stretch;

use super::super::groups::Groups;
use super::thresholds::Thresholds;

/// Where hardly two accounts hear the same signal, most of them have nothing to do at most bars. Whether one has follows
/// from its signal, position, orders and thresholds; while all of these stay, so does the answer, and nobody asks.
///
/// A cache: it is forgotten when anything but the systems of the schedule may have touched the world.
#[derive(Debug)]
pub(super) struct Watch {
    stretch: Stretch,
    /// As they were when the accounts were looked at.
    thresholds: Vec<Thresholds>,
    /// By symbol: accounts to be looked at, in any order.
    next: Vec<Vec<u32>>,
    /// By model: the accounts that listen to it alone.
    listeners: Vec<Vec<u32>>,
    /// Those that hear several models: their signal moves with every bar.
    always: Vec<u32>,
}

impl Watch {
    /// Nobody has been looked at yet.
    pub fn new(groups: &Groups) -> Self {
        let (mut listeners, mut always) = (vec![Vec::new(); groups.models], Vec::new());
        for (account, group) in groups.of_account.iter().enumerate() {
            match groups.only[*group] {
                Some(model) => listeners[model as usize].push(account as u32),
                None => always.push(account as u32),
            }
        }
        Self { stretch: Stretch::default(), thresholds: Vec::new(), next: Vec::new(), listeners, always }
    }

    /// Everybody is to be looked at.
    pub fn forget(&mut self) {
        self.stretch = Stretch::default();
    }

    /// Takes in what has happened since the step before: `turns` of models, and the holdings that were `stirred` (`None`
    /// where nobody tells).
    pub fn follow(
        &mut self,
        symbols: usize,
        thresholds: &[Thresholds],
        turns: &[(u32, u32)],
        stirred: Option<impl Iterator<Item = usize>>,
    ) {
        let accounts = thresholds.len();
        if stirred.is_none() || !self.stretch.lasts() || !same(&self.thresholds, thresholds) {
            self.stretch = Stretch::current();
            self.thresholds.clear();
            self.thresholds.extend_from_slice(thresholds);
            self.next.resize_with(symbols, Vec::new);
            for next in &mut self.next {
                next.clear();
                next.extend(0..accounts as u32);
            }
        }
        for &(symbol, model) in turns {
            self.next[symbol as usize].extend_from_slice(&self.listeners[model as usize]);
        }
        for row in stirred.into_iter().flatten() {
            self.next[row / accounts].push((row % accounts) as u32);
        }
    }

    /// Looks at the accounts whose answer on a symbol may have changed. Those that have something to do are left in the
    /// list, ascending: they are looked at again after the next bar.
    #[inline]
    pub fn look(&mut self, symbol: usize, mut has_to_do: impl FnMut(usize) -> bool) -> &[u32] {
        let next = &mut self.next[symbol];
        next.extend_from_slice(&self.always);
        next.sort_unstable();
        next.dedup();
        next.retain(|account| has_to_do(*account as usize));
        next
    }
}

/// Whether they are, to the bit. Without branches, as they mostly are.
#[inline]
fn same(known: &[Thresholds], now: &[Thresholds]) -> bool {
    let differ = |a: f64, b: f64| a.to_bits() ^ b.to_bits();
    let pairs = known.iter().zip(now);
    known.len() == now.len()
        && pairs.fold(0, |all, (a, b)| all | differ(a.entry, b.entry) | differ(a.exit, b.exit)) == 0
}
