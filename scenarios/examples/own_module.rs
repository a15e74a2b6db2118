//! A module and a model of one's own, run like those that come with manyworlds:
//!
//!     cargo run --release -p manyworlds --example own_module
//!
//! The module `relative_volume` says how busy the newest bar is; the model `busy_streak` follows closes that go one way
//! while it is. Both are registered by name, take part in a scenario, and are forked, switched and digested like any other.
#![allow(clippy::print_stdout)]

use std::sync::{Arc, Mutex};

use bevy_ecs::prelude::{Component, Query, Res};
use manyworlds::components::bar_series::BarSeries;
use manyworlds::components::feature::FeatureSpec;
use manyworlds::components::forecast::{Action, Probabilities};
use manyworlds::engine::{Clock, Kind, Module, ModuleContext, ModuleInfo, SettingSpec, Stage};
use manyworlds::systems::orchestrator::{Forecaster, ModelCard, ModelKind, Outlook, Reads, SymbolView};
use manyworlds::systems::setting::{Check, Checker};
use manyworlds::{Catalogue, ModelRegistry, Setup, Simulation};
use serde::{Deserialize, Serialize};

/// The settings of the module, as a scenario writes them: `"relative_volume": (window: 60)`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RelativeVolumeSettings {
    /// Bars of the mean.
    pub window: u64,
}

impl Default for RelativeVolumeSettings {
    fn default() -> Self {
        Self { window: 30 }
    }
}

impl Check for RelativeVolumeSettings {
    fn check(&self, checker: &mut Checker) {
        checker.whole("window", self.window, 2, 300);
    }
}

/// What the module knows of a symbol. A component: forks and digests see it because the module registers it.
#[derive(Debug, Clone, Default, Component, Serialize, Deserialize)]
pub struct RelativeVolume {
    ratio: Option<f64>,
    bars: u64,
}

/// A constant of the module, on every symbol, so that the system needs no captured state.
#[derive(Debug, Clone, Copy, Component)]
pub struct VolumeWindow(usize);

/// The module: volume of the newest bar over the mean of the last `window` bars.
pub struct RelativeVolumeModule(pub RelativeVolumeSettings);

impl Module for RelativeVolumeModule {
    fn info(&self) -> ModuleInfo {
        let window = self.0.window;
        ModuleInfo {
            name: "relative_volume".into(),
            purpose: "how busy the newest bar is".into(),
            stages: vec![Stage::Analyze],
            requires: Vec::new(),
            needs_books: false,
            lookback: self.0.window as usize,
            features: vec![FeatureSpec::new(
                "relative_volume.ratio",
                "1",
                "volume over its mean, the bar itself included",
                window,
            )],
            settings: vec![SettingSpec::new("window", 30, "2 ..= 300", "bars of the mean")],
        }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        let window = self.0.window as usize;
        app.component(Kind::Symbol, |_| RelativeVolume::default());
        app.constant(Kind::Symbol, |_| VolumeWindow(window));
        app.feature("relative_volume.ratio", |v: &RelativeVolume| v.ratio);
        app.add_systems(Stage::Analyze, update_relative_volume);
    }
}

/// A feature is missing, not zero, until the module has seen a whole window.
fn update_relative_volume(
    clock: Res<Clock>,
    mut symbols: Query<(&BarSeries, &VolumeWindow, &mut RelativeVolume)>,
) {
    for (series, window, mut volume) in &mut symbols {
        if series.updated_step() != clock.step {
            continue;
        }
        volume.bars += 1;
        let volumes = series.volumes(window.0);
        let mean = volumes.iter().sum::<f64>() / window.0 as f64;
        let ready = volume.bars >= window.0 as u64 && mean > 0.0;
        volume.ratio = volumes.last().filter(|_| ready).map(|newest| newest / mean);
    }
}

/// The model: BUY (SELL) after `length` rising (falling) closes in a row while volume is above its mean.
#[derive(Debug, Clone)]
pub struct BusyStreak {
    /// Closes in a row.
    pub length: i64,
}

/// What the model remembers of a symbol.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Streak {
    /// Positive while closes rise.
    run: i64,
}

impl Forecaster for BusyStreak {
    type State = Streak;

    fn name(&self) -> String {
        format!("busy_streak_{}", self.length)
    }

    fn card(&self) -> ModelCard {
        ModelCard::new(&self.name(), ModelKind::Rule, &["bars.close", "relative_volume.ratio"])
    }

    fn bars_needed(&self) -> usize {
        2
    }

    fn warmup(&self) -> u64 {
        2
    }

    fn reads(&self) -> Reads {
        Reads::Features(vec!["relative_volume.ratio".into()])
    }

    fn forecast(&self, symbol: &SymbolView<'_>, streak: &mut Streak) -> Option<Outlook> {
        let change = symbol.bars.close(0)? - symbol.bars.close(1)?;
        streak.run = match (change > 0.0, change < 0.0) {
            (true, _) => streak.run.max(0) + 1,
            (_, true) => streak.run.min(0) - 1,
            _ => 0,
        };
        // Without its first (and only) feature - warming up, or switched off - the model abstains.
        let busy = symbol.features.get(0)? > 1.0;
        let action = match streak.run {
            run if busy && run >= self.length => Action::Buy,
            run if busy && run <= -self.length => Action::Sell,
            _ => Action::Hold,
        };
        Some(Outlook { probabilities: Probabilities::leaning(action, 0.7), score: streak.run as f64 })
    }
}

/// A scenario that names both.
pub const SCENARIO: &str = r#"Scenario(
    name: "own_module",
    seed: 5,
    clock: Bar("1m"),
    venues: [(name: "sim", fees: (taker_bps: 1.0), slippage: Bps(0.5))],
    symbols: [(symbol: "BTCUSDT", data: [Synthetic(bars: 3_000, initial_price: 42_000.0)])],
    orchestrator: (type: configurable, modules: {"relative_volume": (window: 60)}),
    models: [Registered("busy_streak"), SmaCross(fast: 10, slow: 30)],
    accounts: [
        (name: "streak", policy: (models: ["busy_streak"], size: Fraction(0.5))),
        (name: "both", policy: (entry: 0.5, size: Fraction(0.5))),
    ],
    record: (equity: Bar("1h"), features: ["relative_volume.ratio"]),
)"#;

/// What comes with manyworlds, and ours.
pub fn setup() -> Setup {
    Setup {
        catalogue: Catalogue::with_defaults().add_with(RelativeVolumeModule),
        models: ModelRegistry::with_baselines().register("busy_streak", BusyStreak { length: 3 }),
        ..Setup::default()
    }
}

fn show(title: &str, simulation: &Simulation) -> Result<(), Box<dyn std::error::Error>> {
    let features = simulation.features("BTCUSDT")?;
    let ratio = features.get("relative_volume.ratio").map_or("missing".into(), |r| format!("{r:.3}"));
    println!("{title}: step {}, relative_volume.ratio {ratio}", simulation.world().clock().step);
    for (model, forecast) in simulation.predictions("BTCUSDT")? {
        let [sell, hold, buy] = forecast.probabilities.as_array();
        println!("  {model:<15} sell {sell:.3} hold {hold:.3} buy {buy:.3} ({:?})", forecast.readiness);
    }
    Ok(())
}

/// The tour.
pub fn run() -> Result<(), Box<dyn std::error::Error>> {
    let setup = setup();
    let mut simulation = setup.from_ron(SCENARIO)?.build_with(&setup)?;

    let first = Arc::new(Mutex::new(Vec::new()));
    let keep = first.clone();
    simulation.on_decision(move |decision| {
        if let Ok(mut kept) = keep.lock()
            && kept.len() < 3
        {
            kept.push(decision.to_string());
        }
    });
    for _ in 0..1_000 {
        simulation.step()?;
    }
    show("after 1,000 bars", &simulation)?;

    // From here two worlds: one goes on as it is, in the other the module is switched off for 500 bars.
    let mut without = simulation.fork()?;
    without.disable("relative_volume")?;
    for _ in 0..500 {
        without.step()?;
    }
    show("fork, module off", &without)?;
    without.enable("relative_volume")?;
    without.run()?;
    simulation.run()?;
    show("to the end", &simulation)?;

    println!("first decisions:");
    for decision in first.lock().map_err(|e| e.to_string())?.iter() {
        println!("  {decision}");
    }
    println!(
        "state digests: {} with the module throughout, {} without for 500 bars",
        simulation.digest(),
        without.digest()
    );
    for (name, run) in [("throughout", simulation), ("interrupted", without)] {
        for account in run.finish()?.summary.accounts {
            let equity = account.final_equity;
            println!("{name:<12} {:<7} {equity:>12.2} after {} trades", account.name, account.trades);
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    run()
}
