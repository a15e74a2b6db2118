//! Modules that break a promise each, to see that an audit finds and names them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bevy_ecs::prelude::{Component, Query, Res, ResMut, Resource};
use manyworlds::Catalogue;
use manyworlds_components::account::Account;
use manyworlds_components::bar_series::BarSeries;
use manyworlds_components::feature::FeatureSpec;
use manyworlds_components::market::MarketData;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{
    Annotation, Clock, EventSource, Feeds, Journal, Kind, Module, ModuleContext, ModuleInfo, Stage,
};
use serde::{Deserialize, Serialize};

/// All of them.
pub fn catalogue() -> Catalogue {
    let catalogue = Catalogue::with_defaults().add(Prophet).add(Surveyor).add(Whisperer).add(Brittle);
    catalogue.add(Dice).add(Amnesiac).add(Hasty).add(Embezzler)
}

fn info(name: &str) -> ModuleInfo {
    ModuleInfo { name: name.into(), stages: vec![Stage::Analyze], ..ModuleInfo::default() }
}

/// The tape of the first symbol, captured when the world is built.
#[derive(Resource)]
struct Captured(Arc<dyn EventSource>);

fn capture(app: &mut ModuleContext<'_>) {
    let tape = app.world().resource::<Feeds>().sources[0].clone();
    app.scratch(Captured(tape));
}

/// The close of a row of a tape, if there is one.
fn close(tape: &dyn EventSource, row: u64) -> Option<f64> {
    let mut events = Vec::new();
    tape.fill(row, Timestamp::MAX, 1, &mut events);
    events.first().map(|event| match &event.data {
        MarketData::Bar(bar) => bar.close,
        MarketData::Trade(trade) => trade.price,
        _ => 0.0,
    })
}

#[derive(Debug, Clone, Default, Component, Serialize, Deserialize)]
struct Guess(f64);

/// Knows the next close.
struct Prophet;

fn read_ahead(clock: Res<Clock>, tape: Res<Captured>, mut symbols: Query<&mut Guess>) {
    for mut guess in &mut symbols {
        guess.0 = close(&*tape.0, clock.step).unwrap_or_default();
    }
}

impl Module for Prophet {
    fn info(&self) -> ModuleInfo {
        info("prophet")
    }
    fn build(&self, app: &mut ModuleContext<'_>) {
        capture(app);
        app.component(Kind::Symbol, |_| Guess::default());
        app.add_systems(Stage::Analyze, read_ahead);
    }
}

/// Knows the highest close of the whole tape before the first step.
struct Surveyor;

#[derive(Debug, Clone, Component, Serialize, Deserialize)]
struct Highest(f64);

impl Module for Surveyor {
    fn info(&self) -> ModuleInfo {
        info("surveyor")
    }
    fn build(&self, app: &mut ModuleContext<'_>) {
        let tape = app.world().resource::<Feeds>().sources[0].clone();
        let highest = (0..tape.len()).filter_map(|row| close(&*tape, row)).fold(0.0, f64::max);
        app.component(Kind::Symbol, |_| Highest(highest));
    }
}

/// Remembers nothing, but writes down what will be.
struct Whisperer;

fn whisper(clock: Res<Clock>, tape: Res<Captured>, mut journal: ResMut<Journal>) {
    if clock.step.is_multiple_of(7)
        && let Some(value) = close(&*tape.0, clock.step + 3)
    {
        let (ts, symbol) = (clock.now, 0usize.into());
        journal.annotations.push(Annotation {
            ts,
            at: ts,
            symbol,
            label: "whisperer.close",
            level: 0,
            value,
        });
    }
}

impl Module for Whisperer {
    fn info(&self) -> ModuleInfo {
        info("whisperer")
    }
    fn build(&self, app: &mut ModuleContext<'_>) {
        capture(app);
        app.add_systems(Stage::Analyze, whisper);
    }
}

/// Needs the next close so much that it fails without.
struct Brittle;

fn demand(clock: Res<Clock>, tape: Res<Captured>, feeds: Res<Feeds>) -> bevy_ecs::error::Result {
    let last = clock.next.is_none() && clock.step >= feeds.sources[0].len() && clock.step == 600;
    match close(&*tape.0, clock.step) {
        None if !last => Err("there is no tomorrow".into()),
        _ => Ok(()),
    }
}

impl Module for Brittle {
    fn info(&self) -> ModuleInfo {
        info("brittle")
    }
    fn build(&self, app: &mut ModuleContext<'_>) {
        capture(app);
        app.add_systems(Stage::Analyze, demand);
    }
}

/// Draws from what all worlds of the process share.
struct Dice;

static THROWS: AtomicU64 = AtomicU64::new(0);

#[derive(Debug, Clone, Default, Component, Serialize, Deserialize)]
struct Throw(u64);

fn throw(mut symbols: Query<&mut Throw>) {
    for mut throw in &mut symbols {
        throw.0 = THROWS.fetch_add(1, Ordering::Relaxed);
    }
}

impl Module for Dice {
    fn info(&self) -> ModuleInfo {
        info("dice")
    }
    fn build(&self, app: &mut ModuleContext<'_>) {
        app.component(Kind::Symbol, |_| Throw::default());
        app.add_systems(Stage::Analyze, throw);
    }
}

/// Counts where no snapshot sees it; a fork begins again.
struct Amnesiac;

#[derive(Resource)]
struct Hidden(u64);

#[derive(Debug, Clone, Default, Component, Serialize, Deserialize)]
struct Parity(bool);

fn count(mut hidden: ResMut<Hidden>, mut symbols: Query<&mut Parity>) {
    hidden.0 += 1;
    for mut parity in &mut symbols {
        parity.0 = hidden.0.is_multiple_of(100);
    }
}

impl Module for Amnesiac {
    fn info(&self) -> ModuleInfo {
        info("amnesiac")
    }
    fn build(&self, app: &mut ModuleContext<'_>) {
        app.scratch(Hidden(0));
        app.component(Kind::Symbol, |_| Parity::default());
        app.add_systems(Stage::Analyze, count);
    }
}

/// Says that five bars are enough, whatever it does.
struct Hasty;

#[derive(Debug, Clone, Default, Component, Serialize, Deserialize)]
struct Means {
    window: Option<f64>,
    exponential: Option<f64>,
    bars: u64,
}

fn average(clock: Res<Clock>, mut symbols: Query<(&BarSeries, &mut Means)>) {
    for (series, mut means) in symbols.iter_mut().filter(|(series, _)| series.updated_step() == clock.step) {
        means.bars += 1;
        let closes = series.closes((means.bars as usize).min(20));
        let newest = closes.last().copied().unwrap_or_default();
        means.window = (means.bars >= 5).then(|| closes.iter().sum::<f64>() / closes.len() as f64);
        let before = means.exponential.unwrap_or(newest);
        means.exponential = Some(before + 2.0 / 11.0 * (newest - before));
    }
}

impl Module for Hasty {
    fn info(&self) -> ModuleInfo {
        let feature = |name, warmup| FeatureSpec::new(name, "price", "a mean of closes", warmup);
        let features = vec![
            feature("hasty.window", 5),
            feature("hasty.window_of_20", 20),
            feature("hasty.exponential", 5),
        ];
        ModuleInfo { features, lookback: 20, ..info("hasty") }
    }
    fn build(&self, app: &mut ModuleContext<'_>) {
        app.component(Kind::Symbol, |_| Means::default());
        app.feature("hasty.window", |means: &Means| means.window);
        app.feature("hasty.window_of_20", |means: &Means| means.window.filter(|_| means.bars >= 20));
        app.feature("hasty.exponential", |means: &Means| means.exponential);
        app.add_systems(Stage::Analyze, average);
    }
}

/// Takes a little for itself.
struct Embezzler;

fn embezzle(clock: Res<Clock>, mut accounts: Query<&mut Account>) {
    if clock.step == 123
        && let Some(mut account) = accounts.iter_mut().next()
    {
        account.cash += 0.01;
    }
}

impl Module for Embezzler {
    fn info(&self) -> ModuleInfo {
        info("embezzler")
    }
    fn build(&self, app: &mut ModuleContext<'_>) {
        app.add_systems(Stage::Analyze, embezzle);
    }
}
