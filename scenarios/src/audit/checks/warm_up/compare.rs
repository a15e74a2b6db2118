//! Values of two worlds side by side, and after how many bars they agree for good.

use bevy_ecs::entity::Entity;
use manyworlds_components::forecast::{Forecast, Forecasts};
use manyworlds_engine::{FeatureSource, Kind, Simulation as World};

/// Numbers of a forecast: three probabilities and a score.
const FORECAST: usize = 4;

/// What one feature or model needs on one symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Need {
    /// Bars until it has a value and agrees for good; `None` if it still differed at the last one.
    pub bars: Option<u64>,
    /// Bars of the later run when it first had a value.
    pub ready: Option<u64>,
    /// Whether either run ever had a value.
    pub seen: bool,
}

/// One value on its way.
#[derive(Debug, Clone, Copy, Default)]
struct Track {
    /// Bars at the last difference; 0 if there was none.
    differed: u64,
    ready: Option<u64>,
    /// Sum and number of sizes.
    size: (f64, u64),
}

impl Track {
    fn take(&mut self, early: Option<f64>, late: Option<f64>, bars: u64, tolerance: f64) {
        if late.is_some() && self.ready.is_none() {
            self.ready = Some(bars);
        }
        if let Some(early) = early {
            self.size = (self.size.0 + early.abs(), self.size.1 + 1);
        }
        let agrees = match (early, late) {
            // What is masked claims nothing.
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(a), Some(b)) => {
                let scale = a.abs().max(b.abs()).max(self.size.0 / self.size.1.max(1) as f64);
                a == b || (a - b).abs() <= tolerance * scale
            }
        };
        if !agrees {
            self.differed = bars;
        }
    }
}

/// All features and forecasts of two worlds.
pub(super) struct Comparison {
    symbols: Vec<Entity>,
    models: usize,
    features: usize,
    /// Features first, by symbol; then models, by symbol and number.
    tracks: Vec<Track>,
    tolerance: f64,
    made: u64,
}

impl Comparison {
    pub fn new(world: &World, tolerance: f64) -> Self {
        let roster = world.roster();
        let (symbols, models) = (roster.entities(Kind::Symbol).to_vec(), roster.count(Kind::Model));
        let features = world.schema().features().len();
        let tracks = vec![Track::default(); (features + FORECAST * models) * symbols.len()];
        Self { symbols, models, features, tracks, tolerance, made: 0 }
    }

    /// Takes in both worlds as they are after one step; `bars` are those of the later one, by symbol. The worlds are of one
    /// roster, so that their entities are the same.
    pub fn compare(&mut self, early: &World, late: &World, bars: &[u64]) {
        let symbols = self.symbols.len();
        let [from_early, from_late] = [early, late].map(|w| w.world().resource::<FeatureSource>());
        for (s, symbol) in self.symbols.iter().enumerate().filter(|(s, _)| bars[*s] > 0) {
            let (a, b) = (from_early.read(early.world(), *symbol), from_late.read(late.world(), *symbol));
            for feature in 0..self.features {
                let track = &mut self.tracks[feature * symbols + s];
                track.take(a.get(feature), b.get(feature), bars[s], self.tolerance);
            }
            self.made += self.features as u64;
        }
        for (s, symbol) in self.symbols.iter().enumerate().filter(|(s, _)| bars[*s] > 0) {
            let said = [early, late].map(|w| w.world().get::<Forecasts>(*symbol));
            for m in 0..self.models {
                let [a, b] = said.map(|f| numbers(f.and_then(|f| f.0.get(m))));
                let first = self.features * symbols + (m * symbols + s) * FORECAST;
                for (i, track) in self.tracks[first..first + FORECAST].iter_mut().enumerate() {
                    track.take(a.map(|a| a[i]), b.map(|b| b[i]), bars[s], self.tolerance);
                }
                self.made += 1;
            }
        }
    }

    /// Values that were compared; a forecast is one.
    pub fn made(&self) -> u64 {
        self.made
    }

    /// Features first, then models, each by symbol.
    pub fn needs(&self, bars: &[u64]) -> Vec<Need> {
        let symbols = self.symbols.len();
        let (features, models) = self.tracks.split_at(self.features * symbols);
        let all = features.chunks(1).chain(models.chunks(FORECAST));
        all.enumerate().map(|(i, tracks)| need(tracks, bars[i % symbols])).collect()
    }
}

fn need(tracks: &[Track], bars: u64) -> Need {
    let differed = tracks.iter().map(|t| t.differed).max().unwrap_or(0);
    let ready = tracks.iter().filter_map(|t| t.ready).min();
    let agrees = if differed == 0 { 0 } else { differed + 1 };
    Need {
        bars: (differed < bars || differed == 0).then_some(agrees.max(ready.unwrap_or(0))),
        ready,
        seen: tracks.iter().any(|t| t.ready.is_some() || t.size.1 > 0),
    }
}

fn numbers(forecast: Option<&Forecast>) -> Option<[f64; FORECAST]> {
    let forecast = forecast.filter(|f| f.readiness.is_ready())?;
    let [sell, hold, buy] = forecast.probabilities.as_array();
    Some([sell, hold, buy, forecast.score])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes (early, late) bar by bar.
    fn need_of(values: &[(Option<f64>, Option<f64>)]) -> Need {
        let mut track = Track::default();
        for (i, (early, late)) in values.iter().enumerate() {
            track.take(*early, *late, i as u64 + 1, 1e-9);
        }
        need(&[track], values.len() as u64)
    }

    #[test]
    fn the_bars_until_it_agrees_for_good() {
        let same = (Some(2.0), Some(2.0));
        let (missing, other) = ((Some(2.0), None), (Some(2.0), Some(2.1)));
        assert_eq!(need_of(&[missing, missing, same, same]).bars, Some(3));
        assert_eq!(
            need_of(&[missing, same, other, same, same]).bars,
            Some(4),
            "not the first, the last for good"
        );
        assert_eq!(need_of(&[missing, same, other]).bars, None);
        assert_eq!(need_of(&[same, missing, same]).bars, Some(1), "what is masked claims nothing");
        assert_eq!(need_of(&[same, (None, Some(2.0)), same]).bars, Some(3));
        assert_eq!(need_of(&[(None, None), (None, None)]), Need { bars: Some(0), ready: None, seen: false });
        assert_eq!(need_of(&[missing, same]).ready, Some(2));
    }

    #[test]
    fn differences_are_relative_to_the_usual_size() {
        let near = (Some(1.0), Some(1.0 + 5e-10));
        assert_eq!(need_of(&[near, near]).bars, Some(1));
        // Noise around 0 of a value that is usually about 1.
        let noise = (Some(1e-13), Some(-1e-13));
        assert_eq!(need_of(&[near, near, noise, near]).bars, Some(1));
        assert_eq!(need_of(&[noise, noise]).bars, None);
    }
}
