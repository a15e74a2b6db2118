//! Modules that the kernel tests use: a moving mean, one that depends on it, one that nobody reads, and faulty ones.

use bevy_ecs::prelude::{Component, Query, Res, ResMut, Resource};
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::feature::FeatureSpec;
use manyworlds_components::ids::SymbolId;
use manyworlds_components::market::LastPrice;
use manyworlds_engine::{Blame, Clock, Kind, Module, ModuleContext, ModuleInfo, RandomStream, Stage};
use rand::Rng as _;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, Component, Serialize, Deserialize)]
pub struct Mean {
    sum: f64,
    bars: u64,
}

/// The mean of all closes since it was enabled; valid from the fifth bar on.
pub struct MeanModule;

fn update_mean(clock: Res<Clock>, mut symbols: Query<(&SymbolId, &BarSeries, &mut Mean)>) {
    for (symbol, series, mut mean) in &mut symbols {
        Blame::symbol(*symbol);
        if series.updated_step() == clock.step {
            mean.sum += series.close(0).unwrap_or_default();
            mean.bars += 1;
        }
    }
}

impl Module for MeanModule {
    fn info(&self) -> ModuleInfo {
        ModuleInfo {
            name: "mean".into(),
            features: vec![FeatureSpec::new("mean.close", "quote", "mean close", 5)],
            stages: vec![Stage::Analyze],
            ..ModuleInfo::default()
        }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        app.component(Kind::Symbol, |_| Mean::default());
        app.feature("mean.close", |m: &Mean| (m.bars >= 5).then(|| m.sum / m.bars as f64));
        app.add_systems(Stage::Analyze, update_mean);
    }
}

#[derive(Debug, Clone, Default, Component, Serialize, Deserialize)]
pub struct Gap(Option<f64>);

/// Distance of the price from the mean; requires `mean`.
pub struct GapModule;

fn update_gap(mut symbols: Query<(&LastPrice, &Mean, &mut Gap)>) {
    for (last, mean, mut gap) in &mut symbols {
        gap.0 = (mean.bars > 0).then(|| last.price - mean.sum / mean.bars as f64);
    }
}

impl Module for GapModule {
    fn info(&self) -> ModuleInfo {
        ModuleInfo {
            name: "gap".into(),
            requires: vec!["mean".into()],
            features: vec![FeatureSpec::new("gap.to_mean", "quote", "price less mean", 1)],
            stages: vec![Stage::Predict],
            ..ModuleInfo::default()
        }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        app.component(Kind::Symbol, |_| Gap::default());
        app.feature("gap.to_mean", |g: &Gap| g.0);
        app.add_systems(Stage::Predict, update_gap);
    }
}

#[derive(Debug, Clone, Component, Serialize, Deserialize)]
pub struct Noise {
    stream: RandomStream,
    value: u64,
}

#[derive(Debug, Clone, Default, Resource, Serialize, Deserialize)]
pub struct Draws(u64);

/// Draws one random number per symbol and step. Nobody reads it.
pub struct NoiseModule;

fn draw_noise(mut draws: ResMut<Draws>, mut symbols: Query<&mut Noise>) {
    for mut noise in &mut symbols {
        noise.value = noise.stream.0.next_u64();
        draws.0 += 1;
    }
}

impl Module for NoiseModule {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "noise".into(), stages: vec![Stage::Analyze], ..ModuleInfo::default() }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        let names = app.roster().symbols.clone();
        let streams: Vec<_> = names.iter().map(|n| app.stream("noise", n)).collect();
        app.component(Kind::Symbol, |i| Noise { stream: streams[i].clone(), value: 0 });
        app.resource(Draws::default());
        app.add_systems(Stage::Analyze, draw_noise);
    }
}

/// A module made of a function, for faults.
pub struct Faulty(pub &'static str, pub fn(&mut ModuleContext<'_>));

impl Module for Faulty {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: self.0.into(), ..ModuleInfo::default() }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        (self.1)(app);
    }
}
