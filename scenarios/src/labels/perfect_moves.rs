//! Perfect moves: the trades of one who knew all closes.

use manyworlds_components::bar::Bar;
use manyworlds_components::time::Timestamp;
use manyworlds_systems::orchestrator::settings::AllowedSide;

use super::LabelError;

/// What a trade of one unit costs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MoveCosts {
    /// Of entry and exit together, in quote units.
    pub per_round_trip: f64,
    /// Of entry and of exit, in bps of the close at which it happens.
    pub per_side_bps: f64,
}

impl MoveCosts {
    fn side(&self, close: f64) -> f64 {
        close * self.per_side_bps / 1e4
    }

    fn check(&self) -> Result<(), LabelError> {
        let fields = [("per_round_trip", self.per_round_trip), ("per_side_bps", self.per_side_bps)];
        match fields.into_iter().find(|(_, v)| !(v.is_finite() && *v >= 0.0)) {
            Some((field, value)) => Err(LabelError::Costs { field, value }),
            None => Ok(()),
        }
    }
}

/// A trade from the close of one bar to the close of a later one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Move {
    /// +1 long, -1 short.
    pub position: i8,
    /// The bar at whose close it is entered, from 0.
    pub entry: usize,
    /// The bar at whose close it is left.
    pub exit: usize,
    /// What one unit gains, costs taken off, in quote units.
    pub gain: f64,
}

/// The trades that earn the most over finished bars. It borrows these bars: see [the folder](super) for why.
#[derive(Debug, Clone, PartialEq)]
pub struct PerfectMoves<'a> {
    bars: &'a [Bar],
    moves: Vec<Move>,
}

impl PerfectMoves<'_> {
    /// The trades in order of time; they never overlap.
    pub fn moves(&self) -> &[Move] {
        &self.moves
    }

    /// What they gain together, in quote units.
    pub fn total(&self) -> f64 {
        self.moves.iter().map(|m| m.gain).sum()
    }

    /// By bar: the position (+1, 0, -1) to hold from its close to the next; 0 after the last.
    pub fn positions(&self) -> Vec<i8> {
        let mut positions = vec![0; self.bars.len()];
        for m in &self.moves {
            positions[m.entry..m.exit].fill(m.position);
        }
        positions
    }

    /// From when on they may be used: each depends on every bar, so not before the last has closed. `None` without bars.
    pub fn known_at(&self) -> Option<Timestamp> {
        self.bars.last().map(|bar| bar.close_time)
    }
}

/// Positions by state.
const POSITIONS: [i8; 3] = [0, 1, -1];
const FLAT: usize = 0;

/// The most that one unit (long or short, flat at the end) can earn by trading at closes, and how.
///
/// Dynamic programming over (bar, position), exact, O(n) time, 3 bytes per bar. With V_i(s) the most that can have been
/// earned, marked at close i, when s is held from there:
/// V_i(s) = max over r of V_{i-1}(r) + r (c_i - c_{i-1}) - cost(r -> s at c_i), and the answer is V_n(flat).
/// Among equals it holds on, then prefers to be flat: no trade that gains nothing, entries and exits at the first of
/// equal closes.
///
/// # Errors
/// A close that is not positive, bars out of order, or costs that are not.
pub fn perfect_moves(
    bars: &[Bar],
    costs: MoveCosts,
    sides: AllowedSide,
) -> Result<PerfectMoves<'_>, LabelError> {
    costs.check()?;
    check(bars)?;
    let allowed = [true, sides != AllowedSide::ShortOnly, sides != AllowedSide::LongOnly];
    // By bar and state: the state before.
    let mut from: Vec<[u8; 3]> = Vec::with_capacity(bars.len());
    let mut value = [0.0, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let mut previous = bars.first().map_or(0.0, |bar| bar.close);
    for bar in bars {
        let (close, change) = (bar.close, bar.close - previous);
        let marked: [f64; 3] = std::array::from_fn(|s| value[s] + f64::from(POSITIONS[s]) * change);
        let leave = costs.side(close);
        let enter = leave + costs.per_round_trip;
        let mut origin = [0u8; 3];
        for s in 0..3 {
            (value[s], origin[s]) = (marked[s], s as u8);
            for r in (0..3).filter(|r| *r != s && allowed[s]) {
                let cost = if r == FLAT { 0.0 } else { leave } + if s == FLAT { 0.0 } else { enter };
                if marked[r] - cost > value[s] {
                    (value[s], origin[s]) = (marked[r] - cost, r as u8);
                }
            }
        }
        from.push(origin);
        previous = close;
    }
    Ok(PerfectMoves { bars, moves: trace(bars, costs, &from) })
}

fn check(bars: &[Bar]) -> Result<(), LabelError> {
    for (row, bar) in bars.iter().enumerate() {
        if !(bar.close.is_finite() && bar.close > 0.0) {
            return Err(LabelError::Close { row, close: bar.close });
        }
        if row > 0 && bar.open_time <= bars[row - 1].open_time {
            return Err(LabelError::Order { row, open_time: bar.open_time });
        }
    }
    Ok(())
}

/// The trades on the best way to a flat end.
fn trace(bars: &[Bar], costs: MoveCosts, from: &[[u8; 3]]) -> Vec<Move> {
    let mut moves = Vec::new();
    let (mut state, mut exit) = (FLAT, 0);
    for (i, origin) in from.iter().enumerate().rev() {
        let before = origin[state] as usize;
        if before == state {
            continue;
        }
        if state != FLAT {
            let (entry_price, exit_price) = (bars[i].close, bars[exit].close);
            let costs = costs.per_round_trip + costs.side(entry_price) + costs.side(exit_price);
            let gain = f64::from(POSITIONS[state]) * (exit_price - entry_price) - costs;
            moves.push(Move { position: POSITIONS[state], entry: i, exit, gain });
        }
        (state, exit) = (before, i);
    }
    moves.reverse();
    moves
}
