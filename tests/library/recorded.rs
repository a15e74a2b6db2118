//! What a run with modules leaves: annotations, evenly spaced samples of the features, and their figures.

use std::collections::BTreeMap;

use bevy_ecs::prelude::{Component, Query, Res, ResMut};
use manyworlds::output::{FEATURES_FILE, FeaturesSummary, OutputFolder, ParquetSink, Sink, Table};
use manyworlds::run::{PrepareError, RunPlan};
use manyworlds::{Catalogue, Outcome, Setup, Simulation};
use manyworlds_components::feature::FeatureSpec;
use manyworlds_components::ids::SymbolId;
use manyworlds_components::market::LastPrice;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::{Annotation, Clock, Journal, Kind, Module, ModuleContext, ModuleInfo, Stage};
use manyworlds_tests::parquet_table::ParquetTable;
use manyworlds_tests::tables::{batches, digest, floats, times, words};
use serde::{Deserialize, Serialize};

/// Says the price after 20 steps, and finds something of each symbol at every seventh step: the step before.
struct BeatModule;

#[derive(Debug, Clone, Default, Component, Serialize, Deserialize)]
struct Beat {
    steps: u64,
    price: f64,
}

fn beat(
    clock: Res<Clock>,
    mut journal: ResMut<Journal>,
    mut symbols: Query<(&SymbolId, &LastPrice, &mut Beat)>,
) {
    for (symbol, last, mut beat) in &mut symbols {
        beat.steps += 1;
        beat.price = last.price;
        if clock.step.is_multiple_of(7) {
            journal.annotations.push(Annotation {
                ts: clock.now,
                at: Timestamp(clock.now.0 - 60_000_000_000),
                symbol: *symbol,
                label: "beat.seen",
                level: (clock.step % 5) as u8,
                value: last.price,
            });
        }
    }
}

impl Module for BeatModule {
    fn info(&self) -> ModuleInfo {
        ModuleInfo {
            name: "beat".into(),
            features: vec![
                FeatureSpec::new("beat.price", "quote", "the last price", 20),
                FeatureSpec::new("beat.never", "1", "nothing", 7),
            ],
            stages: vec![Stage::Analyze],
            ..ModuleInfo::default()
        }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        app.component(Kind::Symbol, |_| Beat::default());
        app.feature("beat.price", |b: &Beat| (b.steps >= 20).then_some(b.price));
        app.feature("beat.never", |_: &Beat| None);
        app.add_systems(Stage::Analyze, beat);
    }
}

const BARS: u64 = 3_000;

fn setup() -> Setup {
    Setup { catalogue: Catalogue::with_defaults().add(BeatModule), ..Setup::default() }
}

/// So many symbols over 3,000 minutes, with more of `record` and any other field.
fn build(symbols: usize, modules: &str, record: &str, more: &str) -> Simulation {
    let symbol = |i: usize| format!("(symbol: \"S{i}\", data: [Synthetic(bars: {BARS})]),");
    let text = format!(
        r#"Scenario(
        name: "recorded", seed: 3, clock: Bar("1m"),
        venues: [(name: "sim", fees: (taker_bps: 1.0))],
        symbols: [{}],
        orchestrator: (type: configurable, modules: [{modules}]),
        models: [SmaCross(fast: 10, slow: 30)],
        accounts: [(name: "base")],
        record: (equity: Bar("1h"), {record}), {more}
    )"#,
        (0..symbols).map(symbol).collect::<String>()
    );
    let setup = setup();
    setup.from_ron(&text).unwrap_or_else(|e| panic!("{e}")).build_with(&setup).unwrap()
}

fn finished(mut simulation: Simulation) -> Outcome {
    simulation.run().unwrap();
    simulation.finish().unwrap()
}

fn summary(outcome: &Outcome) -> &FeaturesSummary {
    outcome.features.as_ref().unwrap()
}

#[test]
fn annotations_are_stored_as_they_were_made() {
    let outcome = finished(build(2, "\"beat\"", "", ""));
    let ts = times(&outcome, Table::Annotations, "ts");
    assert_eq!(ts.len() as u64, BARS / 7 * 2);
    assert!(ts.is_sorted());
    assert!(
        times(&outcome, Table::Annotations, "at").iter().zip(&ts).all(|(at, ts)| at + 60_000_000_000 == *ts)
    );
    assert_eq!(words(&outcome, Table::Annotations, "symbol")[..2], ["S0", "S1"]);
    assert!(words(&outcome, Table::Annotations, "label").iter().all(|l| l == "beat.seen"));
    assert_eq!(floats(&outcome, Table::Annotations, "level")[..5], [2.0, 2.0, 4.0, 4.0, 1.0]);
    assert!(floats(&outcome, Table::Annotations, "value").iter().all(|v| *v > 0.0));
    let off = finished(build(2, "\"beat\"", "annotations: false", ""));
    assert!(batches(&off, Table::Annotations).is_empty());
    assert_eq!(off.summary.digest, outcome.summary.digest);
}

/// Every sample is what the simulation said at that step, and the figures are those of all symbols at those steps.
fn assert_samples(symbols: usize, capacity: u64, stride: u64) {
    let mut simulation = build(symbols, "\"beat\"", &format!("feature_samples: {capacity}"), "");
    let kept = symbols.min(8);
    let (mut all, mut of_kept, mut count) = (Vec::new(), Vec::new(), 0);
    for step in 1..=BARS {
        simulation.step().unwrap();
        if !step.is_multiple_of(stride) {
            continue;
        }
        count += 1;
        for i in 0..symbols {
            let price = simulation.features(&format!("S{i}")).unwrap().get("beat.price");
            all.push(price);
            of_kept.extend((i < kept).then_some((step, i, price)));
        }
    }
    let last = simulation.features("S0").unwrap().get("beat.price");
    let outcome = simulation.finish().unwrap();
    let summary = summary(&outcome);
    assert!(count <= capacity && (count > capacity / 2 || count == BARS));
    assert_eq!((summary.samples, summary.stride, summary.symbol_count), (count, stride, symbols as u64));
    assert_eq!(summary.symbols.len(), kept);
    let feature = &summary.features[0];
    assert_eq!(
        (feature.name.as_str(), feature.unit.as_str(), feature.warmup_bars),
        ("beat.price", "quote", 20)
    );
    let valid: Vec<f64> = all.iter().copied().flatten().collect();
    let masked = 1.0 - valid.len() as f64 / all.len() as f64;
    assert!((feature.masked.unwrap() - masked).abs() < 1e-12);
    assert_eq!(feature.min, valid.iter().copied().reduce(f64::min));
    assert_eq!(feature.max, valid.iter().copied().reduce(f64::max));
    let mean = valid.iter().sum::<f64>() / valid.len() as f64;
    assert!((feature.mean.unwrap() / mean - 1.0).abs() < 1e-12);
    assert_eq!(feature.symbols[0].last, last);
    let never = &summary.features[1];
    assert_eq!((never.masked, never.min, never.mean, never.symbols[0].last), (Some(1.0), None, None, None));

    let batch = &batches(&outcome, Table::FeatureSamples)[0];
    assert_eq!(batch.num_rows(), of_kept.len());
    let (ts, names) =
        (times(&outcome, Table::FeatureSamples, "ts"), words(&outcome, Table::FeatureSamples, "symbol"));
    let prices = batch.column_by_name("beat.price").unwrap();
    let values = floats(&outcome, Table::FeatureSamples, "beat.price");
    for (row, (step, symbol, price)) in of_kept.iter().enumerate() {
        assert_eq!((ts[row] - ts[0]) as u64, (step - stride) * 60_000_000_000);
        assert_eq!(names[row], format!("S{symbol}"));
        assert_eq!(prices.is_valid(row).then(|| values[row]), *price);
    }
    assert_eq!(batch.column_by_name("beat.never").unwrap().null_count(), of_kept.len());
}

#[test]
fn samples_are_bounded_evenly_spaced_and_what_the_features_were() {
    assert_samples(1, 2_000, 2);
    assert_samples(2, 3_000, 1);
    assert_samples(3, 100, 32);
    assert_samples(10, 64, 64);
}

#[test]
fn a_fork_and_a_run_gone_back_have_what_the_uninterrupted_run_has() {
    let record = "feature_samples: 700";
    let whole = finished(build(2, "\"beat\"", record, ""));
    let mut parent = build(2, "\"beat\"", record, "");
    for _ in 0..1_001 {
        parent.step().unwrap();
    }
    let fork = finished(parent.fork().unwrap());
    assert_eq!(summary(&fork), summary(&whole));
    assert_eq!(digest(&fork, Table::FeatureSamples), digest(&whole, Table::FeatureSamples));
    // Annotations are rows of what happened: those of a fork begin where it began.
    let (all, late) = (times(&whole, Table::Annotations, "ts"), times(&fork, Table::Annotations, "ts"));
    assert!(!late.is_empty() && late.len() < all.len());
    assert_eq!(all[all.len() - late.len()..], late[..]);
    let snapshot = parent.snapshot();
    for _ in 0..300 {
        parent.step().unwrap();
    }
    parent.world_mut().restore(&snapshot).unwrap();
    assert_eq!(summary(&finished(parent)), summary(&whole));
}

#[test]
fn a_module_that_is_off_for_a_while_is_masked_then_and_one_that_comes_later_before() {
    let toggle = |hour: u32, on: bool| {
        format!("(at: \"2024-01-01T{hour:02}:00:00Z\", module: \"beat\", enabled: {on})")
    };
    let off = format!("toggles: [{}, {}],", toggle(5, false), toggle(15, true));
    let masked = |o: &Outcome| summary(o).features[0].masked.unwrap();
    let always = finished(build(1, "\"beat\"", "", ""));
    let paused = finished(build(1, "\"beat\"", "", &off));
    // It warms up anew for 20 steps.
    let more = (600.0 + 19.0) / BARS as f64;
    assert!(
        (masked(&paused) - masked(&always) - more).abs() < 2.5 / BARS as f64,
        "{} {}",
        masked(&paused),
        masked(&always)
    );
    let later = finished(build(1, "", "", &format!("toggles: [{}],", toggle(15, true))));
    assert_eq!(summary(&later).features.len(), 2);
    assert!(batches(&later, Table::FeatureSamples)[0].num_rows() > 1_000);
}

#[test]
fn a_run_in_batches_leaves_what_one_step_by_step_leaves() {
    let toggles = "toggles: [(at: \"2024-01-01T05:00:30Z\", module: \"beat\", enabled: false)],";
    let records = [
        "feature_samples: 100, prices: \"5m\"",
        "feature_samples: 0",
        "feature_samples: 0, features: [\"beat.price\"]",
    ];
    for record in records {
        let new = || build(2, "\"beat\"", record, toggles);
        let (mut stepped, mut watched, mut looks) = (new(), new(), Vec::new());
        stepped.run_while(|_| true).unwrap();
        let half = stepped.world().clock().now + -1_600 * 60_000_000_000;
        watched.run_until(half).unwrap();
        assert_eq!((watched.world().clock().now, watched.world().clock().step), (half, 1_400));
        let look = |s: &Simulation| {
            looks.push(s.world().clock().step);
            true
        };
        watched.run_watched(Timestamp::MAX, 700, look).unwrap();
        assert_eq!(looks, [1_400, 2_100, 2_800]);
        let (stepped, watched) = (stepped.finish().unwrap(), watched.finish().unwrap());
        let whole = finished(new());
        assert_eq!(watched.summary.digest, stepped.summary.digest);
        assert_eq!(whole.summary.digest, stepped.summary.digest);
        assert!(watched.tables == stepped.tables && whole.tables == stepped.tables, "{record}");
    }
}

#[test]
fn without_modules_or_without_samples_nothing_is_kept() {
    for (modules, record) in [("", ""), ("\"beat\"", "feature_samples: 0")] {
        let outcome = finished(build(1, modules, record, ""));
        assert_eq!((outcome.features.is_none(), outcome.correlation.is_none()), (true, true));
        assert!(!outcome.tables.contains_key(&Table::FeatureSamples));
    }
}

#[test]
fn a_folder_has_what_memory_has_and_its_page_shows_it() {
    let memory = finished(build(2, "\"beat\"", "", ""));
    let folder = tempfile::tempdir().unwrap();
    let out = OutputFolder::at(folder.path());
    let scenario = build(2, "\"beat\"", "", "").plan().scenario.clone();
    let plan = std::sync::Arc::new(RunPlan::new(scenario, &setup()).unwrap());
    let sink = |tables: &_| Ok::<_, PrepareError>(Sink::Parquet(ParquetSink::create(&out, tables).unwrap()));
    let stored = finished(Simulation::new(plan, sink, std::time::Instant::now()).unwrap());
    assert_eq!(stored.features, memory.features);
    let text = std::fs::read_to_string(folder.path().join(FEATURES_FILE)).unwrap();
    assert_eq!(&serde_json::from_str::<FeaturesSummary>(&text).unwrap(), summary(&memory));
    let table = ParquetTable::read(&out.table(Table::Annotations));
    assert_eq!(table.times("ts"), times(&memory, Table::Annotations, "ts"));
    assert_eq!(table.words("symbol"), words(&memory, Table::Annotations, "symbol"));
    assert_eq!(table.numbers("level"), floats(&memory, Table::Annotations, "level"));
    assert_eq!(table.numbers("value"), floats(&memory, Table::Annotations, "value"));
    let table = ParquetTable::read(&out.table(Table::FeatureSamples));
    assert_eq!(table.times("ts"), times(&memory, Table::FeatureSamples, "ts"));
    assert!(!out.path().join("correlation.json").exists());

    out.write("summary.json", stored.summary.to_json().as_bytes()).unwrap();
    let page = out.path().join("report.html");
    manyworlds::report::write(&[out.path()], &page).unwrap();
    let page = std::fs::read_to_string(page).unwrap();
    for part in ["beat.seen", "beat.price", "beat.never", "100.00%", "What modules found"] {
        assert!(page.contains(part), "{part}");
    }
    // A later run into the same folder leaves nothing of this one.
    out.clear().unwrap();
    let left: BTreeMap<_, _> =
        std::fs::read_dir(out.path()).unwrap().flatten().map(|e| (e.file_name(), ())).collect();
    assert!(left.is_empty(), "{left:?}");
}
