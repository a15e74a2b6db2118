//! Synthetic market data: the settings of the generator, as a scenario writes them.

use manyworlds_components::price::Step;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_systems::setting::Checker;
use serde::{Deserialize, Serialize};

use super::Scenario;
use super::data::DataSettings;
use super::symbol::SymbolSettings;
use crate::data::synthetic::{JumpSpec, RegimeSpec, SyntheticSpec, TradeSpec, VolatilitySpec, VolumeSpec};

/// A seeded synthetic symbol: a hidden process (regimes, volatility, fat-tailed innovations, jumps) on the symbol's
/// tick and lot grid. Everything has a default, so `Synthetic()` will do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SyntheticSettings {
    /// The symbol of this scenario that this one is linked to; it then shares its times, bars and regimes. Default: none.
    pub like: Option<String>,
    /// Correlation of bar returns with those of `like`. Default 0. Range [-1, 1].
    pub correlation: f64,
    /// What is generated. Default `bars`.
    pub kind: SyntheticKind,
    /// Bar length. Default: that of `like`, else `1m`. At most `1d`.
    pub frame: Option<Frame>,
    /// Open of the first bar. Default: that of `like`, else the scenario's `from`, else 2024-01-01.
    #[serde(with = "super::time::option")]
    pub start: Option<Timestamp>,
    /// No bar closes after this. Default: that of `like`, else the scenario's `to`, if there is one. Excludes `bars`.
    #[serde(with = "super::time::option")]
    pub end: Option<Timestamp>,
    /// Number of bars. Default: up to `end`, else that of `like`, else 100,000.
    pub bars: Option<u64>,
    /// Open of the first bar in quote units. Default 10,000.
    pub initial_price: f64,
    /// Volatility of log returns per year of 365 days (jumps come on top). Default 0.6. Range [0, 20].
    pub annual_volatility: f64,
    /// Expected log return per year. Default 0. Range [-20, 20].
    pub annual_drift: f64,
    /// Hidden regimes, a Markov chain. Default: none, which means a calm and a turbulent one; `[]` is one regime only.
    /// Excluded by `like`.
    pub regimes: Option<Vec<RegimeSpec>>,
    /// Jumps. Default: one in two days, 1% standard deviation.
    pub jumps: JumpSpec,
    /// How volatility moves within a regime.
    pub volatility: VolatilitySpec,
    /// Degrees of freedom of the Student-t innovations; `None` is Gaussian. Default 4. Range (2, 1000].
    pub tail_degrees_of_freedom: Option<f64>,
    /// Traded volume.
    pub volume: VolumeSpec,
    /// Trades.
    pub trades: TradeSpec,
    /// Steps of the path inside a bar. Default 8. Range [2, 256].
    pub path_steps: u32,
}

/// What is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyntheticKind {
    /// Bars.
    #[default]
    Bars,
    /// Trades, which aggregate to the same bars.
    Trades,
}

impl Default for SyntheticSettings {
    fn default() -> Self {
        Self {
            like: None,
            correlation: 0.0,
            kind: SyntheticKind::Bars,
            frame: None,
            start: None,
            end: None,
            bars: None,
            initial_price: 10_000.0,
            annual_volatility: 0.6,
            annual_drift: 0.0,
            regimes: None,
            jumps: JumpSpec::default(),
            volatility: VolatilitySpec::default(),
            tail_degrees_of_freedom: Some(4.0),
            volume: VolumeSpec::default(),
            trades: TradeSpec::default(),
            path_steps: 8,
        }
    }
}

/// The times of a symbol's bars, from which linked symbols take theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BarTimes {
    /// Bar length.
    pub frame: Frame,
    /// Open of the first bar.
    pub start: Timestamp,
    /// Close of the last bar, if it is known.
    pub end: Option<Timestamp>,
    /// Number of bars, where that says the end.
    pub bars: Option<u64>,
}

impl SyntheticSettings {
    /// What the generator is told: these settings on the symbol's grids, with the times that they leave open taken from
    /// `like`, then from the scenario. `real` holds the times of symbols with bars from files.
    pub fn spec(
        &self,
        scenario: &Scenario,
        symbol: &SymbolSettings,
        real: &[(String, BarTimes)],
    ) -> SyntheticSpec {
        let times = self.times(scenario, real, scenario.symbols.len());
        self.on(times, symbol.tick_size, symbol.lot_size)
    }

    /// `links` bounds how many symbols are followed.
    fn times(&self, scenario: &Scenario, real: &[(String, BarTimes)], links: usize) -> BarTimes {
        let leader = self.like.as_ref().and_then(|like| {
            let known = real.iter().find(|(name, _)| name == like).map(|(_, times)| *times);
            let symbol = scenario.symbols.iter().find(|s| s.symbol == *like)?;
            let linked = symbol.data.iter().find_map(|data| match data {
                DataSettings::Synthetic(settings) if links > 0 => {
                    Some(settings.times(scenario, real, links - 1))
                }
                _ => None,
            });
            known.or(linked)
        });
        let frame = self.frame.or(leader.map(|l| l.frame)).unwrap_or(Frame::MINUTE);
        let from = scenario.from.map(|t| frame.ceil(t));
        let start = self.start.or(leader.map(|l| l.start)).or(from).unwrap_or(SyntheticSpec::default().start);
        let (end, bars) = match (self.end, self.bars, leader) {
            (None, None, Some(leader)) => (leader.end, leader.bars),
            (None, None, None) => (scenario.to.filter(|to| *to > start), None),
            (end, bars, _) => (end, bars),
        };
        BarTimes { frame, start, end, bars }
    }

    /// Whether they have times of their own, whatever span the scenario replays.
    fn has_own_times(&self, scenario: &Scenario) -> bool {
        let known = self.start.is_some() && (self.end.is_some() || self.bars.is_some());
        let leads = |d: &DataSettings| !matches!(d, DataSettings::Trades(_));
        let leader =
            |like: &str| scenario.symbols.iter().any(|s| s.symbol == like && s.data.iter().any(leads));
        known || self.like.as_deref().is_some_and(leader)
    }

    fn on(&self, times: BarTimes, tick_size: Step, lot_size: Step) -> SyntheticSpec {
        SyntheticSpec {
            frame: times.frame,
            start: times.start,
            end: times.end,
            bars: times.bars,
            initial_price: self.initial_price,
            annual_volatility: self.annual_volatility,
            annual_drift: self.annual_drift,
            regimes: self.regimes.clone(),
            jumps: self.jumps.clone(),
            volatility: self.volatility.clone(),
            tail_degrees_of_freedom: self.tail_degrees_of_freedom,
            volume: self.volume.clone(),
            trades: self.trades.clone(),
            tick_size,
            lot_size,
            path_steps: self.path_steps,
            like: self.like.clone(),
            correlation: self.correlation,
        }
    }

    /// Reports the first setting that is out of range, as far as it does not depend on other symbols.
    pub(super) fn check(&self, tick_size: Step, lot_size: Step, c: &mut Checker) {
        let frame = self.frame.unwrap_or(Frame::MINUTE);
        let start = self.start.unwrap_or_else(|| {
            // Any start will do for the check of the rest.
            let end = self.end.unwrap_or(SyntheticSpec::default().start + Frame::DAY.nanos());
            frame.floor(end + -frame.nanos())
        });
        let times = BarTimes { frame, start, end: self.end, bars: self.bars };
        if let Err(error) = self.on(times, tick_size, lot_size).validate() {
            c.require(&error.field, error.value, false, &error.expected);
        }
    }
}

impl Scenario {
    /// Whether its synthetic markets are the same over whatever span they are replayed.
    pub(crate) fn has_own_times(&self) -> bool {
        self.symbols.iter().flat_map(|s| &s.data).all(|data| match data {
            DataSettings::Synthetic(settings) => settings.has_own_times(self),
            DataSettings::SyntheticBook(settings) => settings.start.is_some() && settings.duration.is_some(),
            _ => true,
        })
    }

    /// The same markets, with times of their own: another span may be replayed without making others of them.
    pub(crate) fn with_own_times(mut self) -> Self {
        let base = self.clone();
        for (symbol, own) in self.symbols.iter_mut().zip(&base.symbols) {
            for data in &mut symbol.data {
                if let DataSettings::SyntheticBook(settings) = data {
                    let spec = settings.spec(&base, own);
                    (settings.start, settings.duration) = (Some(spec.start), Some(spec.duration));
                }
                let DataSettings::Synthetic(settings) = data else { continue };
                if settings.has_own_times(&base) {
                    continue;
                }
                let times = settings.times(&base, &[], base.symbols.len());
                let count = settings.on(times, symbol.tick_size, symbol.lot_size).bar_count();
                settings.start = Some(times.start);
                if settings.end.is_none() {
                    settings.bars = Some(count);
                }
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_from_the_leader_then_from_the_scenario() {
        let text = r#"(
            venues: [(name: "v", fees: ())], from: "2024-01-01T00:00:30Z", to: "2024-02-01",
            symbols: [
                (symbol: "A", tick_size: 0.5, data: [Synthetic(frame: "5m")]),
                (symbol: "B", data: [Synthetic(like: "A", correlation: 0.5)]),
                (symbol: "C", data: [Synthetic(like: "B", bars: 7)]),
                (symbol: "R", data: [Bars(path: "r.csv")]),
                (symbol: "D", data: [Synthetic(like: "R")]),
            ],
        )"#;
        let scenario = Scenario::from_ron(text).unwrap();
        let time = |s: &str| crate::scenario::schema::time::parse(s).unwrap();
        let (start, end) = (time("2020-01-01"), time("2020-03-01"));
        let real = [("R".to_owned(), BarTimes { frame: Frame::HOUR, start, end: Some(end), bars: None })];
        let spec = |i: usize| match &scenario.symbols[i].data[0] {
            DataSettings::Synthetic(settings) => settings.spec(&scenario, &scenario.symbols[i], &real),
            _ => unreachable!(),
        };
        let five = "5m".parse().unwrap();
        for i in [0, 1] {
            assert_eq!((spec(i).frame, spec(i).start), (five, time("2024-01-01T00:05:00Z")));
            assert_eq!((spec(i).end, spec(i).bars), (Some(time("2024-02-01")), None));
        }
        assert_eq!((spec(2).frame, spec(2).end, spec(2).bars), (five, None, Some(7)));
        assert_eq!((spec(4).frame, spec(4).start, spec(4).end), (Frame::HOUR, start, Some(end)));
        assert_eq!((spec(0).tick_size.value(), spec(1).tick_size.value()), (0.5, 0.01));
        let specs: Vec<_> = (0..3)
            .map(|i| crate::data::synthetic::SymbolSpec { symbol: ["A", "B", "C"][i].into(), spec: spec(i) })
            .collect();
        assert!(crate::data::synthetic::SyntheticMarket::new(&specs, 7).is_ok());
    }

    #[test]
    fn markets_with_times_of_their_own_stay_the_same_over_another_span() {
        let text = r#"(
            venues: [(name: "v", fees: ())], from: "2024-01-01T00:00:30Z", to: "2024-02-01",
            symbols: [
                (symbol: "A", tick_size: 0.5, data: [Synthetic(frame: "5m")]),
                (symbol: "B", data: [Synthetic(like: "A", correlation: 0.5)]),
                (symbol: "C", data: [Synthetic(bars: 7)]),
            ],
        )"#;
        let scenario = Scenario::from_ron(text).unwrap();
        assert!(!scenario.has_own_times());
        let own = scenario.clone().with_own_times();
        assert!(own.has_own_times());
        let later = crate::scenario::schema::time::parse("2024-01-20");
        let moved = Scenario { from: later, to: later.map(|t| t + Frame::DAY.nanos()), ..own };
        let times = |scenario: &Scenario, i: usize| match &scenario.symbols[i].data[0] {
            DataSettings::Synthetic(settings) => {
                let spec = settings.spec(scenario, &scenario.symbols[i], &[]);
                (spec.start, spec.frame, spec.bar_count())
            }
            _ => unreachable!(),
        };
        for i in 0..3 {
            assert_eq!(times(&moved, i), times(&scenario, i));
        }
        assert_ne!(times(&Scenario { from: later, ..scenario.clone() }, 0), times(&scenario, 0));
    }
}
