//! Bars for plots: what the symbols' series saw, at the frame that the scenario asks for; where that is finer than the series,
//! what was dealt in each step.

use manyworlds_components::bar::Bar;
use manyworlds_components::bar_builder::BarBuilder;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::market::{LastPrice, MarketData};
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{EventQueue, Kind, Roster};

use bevy_ecs::world::World;

use crate::output::Tables;

/// Reads new bars from the rings of the world before they are overwritten. It looks between steps: where one step brings
/// more bars than a ring holds, the oldest of them are left out of the plot.
#[derive(Debug, Clone)]
pub(super) struct PriceLog {
    builders: Vec<BarBuilder>,
    /// Symbols of which prints are read after every step, as their series is coarser; the step that was read last.
    fine: Vec<bool>,
    step: u64,
    seen: Vec<u64>,
    events: u64,
    ring: u64,
}

impl PriceLog {
    /// `fine`: by symbol, whether bars of this frame are to be made of prints.
    pub(super) fn new(frame: Frame, fine: &[bool], bars_kept: usize) -> Self {
        let (symbols, ring) = (fine.len(), (bars_kept as u64 / 2).max(1));
        let (builders, seen) = (vec![BarBuilder::new(frame); symbols], vec![0; symbols]);
        Self { builders, fine: fine.to_vec(), step: 0, seen, events: 0, ring }
    }

    /// Whether it has to look after every step.
    pub(super) fn reads_steps(&self) -> bool {
        self.fine.contains(&true)
    }

    /// Takes in what was dealt in a step, and the price that it left: of a symbol without prints there is nothing else.
    pub(super) fn read_step(&mut self, step: u64, world: &World, roster: &Roster, tables: &mut Tables) {
        if step <= self.step {
            // The world was restored to an earlier step.
            self.builders.iter_mut().for_each(|builder| *builder = BarBuilder::new(builder.frame()));
        }
        self.step = step;
        let mut add = |i: usize, ts, price, quantity| {
            if let Some(bar) = self.builders[i].add_trade(ts, price, quantity) {
                tables.add_price(&roster.symbols[i], &bar);
            }
        };
        for event in world.resource::<EventQueue>().events() {
            let i = event.symbol.index();
            if let MarketData::Trade(trade) = event.data
                && event.is_primary()
                && self.fine[i]
            {
                add(i, event.ts_recv, trade.price, trade.quantity);
            }
        }
        for (i, entity) in roster.entities(Kind::Symbol).iter().enumerate().filter(|(i, _)| self.fine[*i]) {
            if let Some(last) = world.get::<LastPrice>(*entity).filter(|last| last.is_known()) {
                add(i, last.ts_recv, last.price, 0.0);
            }
        }
    }

    /// The number of events at which it is due next, which is now or later.
    pub(super) fn due_at(&self, events: u64) -> u64 {
        // Fewer events than at the last look: after the next step.
        if events < self.events { events + 1 } else { self.events + self.ring.div_ceil(2) }
    }

    /// Whether the rings could soon lose bars that were not read. One event makes at most two bars.
    pub(super) fn is_due(&self, events: u64) -> bool {
        // Fewer events than at the last look: the world was restored to an earlier step.
        events < self.events || 2 * (events - self.events) >= self.ring
    }

    /// Reads what is new. At the end of a run, bars that are not finished are taken as they are.
    pub(super) fn read(
        &mut self,
        world: &World,
        roster: &Roster,
        events: u64,
        end: bool,
        tables: &mut Tables,
    ) {
        self.events = events;
        for (i, entity) in roster.entities(Kind::Symbol).iter().enumerate() {
            let mut add = |bar: Option<Bar>| {
                if let Some(bar) = bar {
                    tables.add_price(&roster.symbols[i], &bar);
                }
            };
            if !self.fine[i] {
                self.read_series(i, world.get::<BarSeries>(*entity), &mut add);
                let open = world.get::<BarBuilder>(*entity).filter(|_| end).cloned();
                if let Some(open) = open.and_then(|mut open| open.close_until(Timestamp::MAX)) {
                    add(self.builders[i].add_bar(&open));
                }
            }
            if end {
                add(self.builders[i].close_until(Timestamp::MAX));
            }
        }
    }

    /// The bars of a series that are new.
    fn read_series(&mut self, i: usize, series: Option<&BarSeries>, add: &mut impl FnMut(Option<Bar>)) {
        let (Some(series), builder) = (series, &mut self.builders[i]) else { return };
        if series.count() < self.seen[i] {
            // The world was restored to an earlier step: begin again where it is now.
            self.seen[i] = series.count();
            *builder = BarBuilder::new(builder.frame());
        }
        let rows = ((series.count() - self.seen[i]) as usize).min(series.bars_kept());
        self.seen[i] = series.count();
        let (opens, highs, lows) = (series.opens(rows), series.highs(rows), series.lows(rows));
        let (closes, volumes, times) = (series.closes(rows), series.volumes(rows), series.open_times(rows));
        for k in 0..times.len() {
            let bar = Bar {
                open_time: Timestamp(times[k]),
                close_time: Timestamp(times[k]),
                open: opens[k],
                high: highs[k],
                low: lows[k],
                close: closes[k],
                volume: volumes[k],
            };
            add(builder.add_bar(&bar));
        }
    }
}
