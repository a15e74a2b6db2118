//! A steady run does not allocate: a counting allocator stands under worlds that have warmed up. A binary of its own, as the
//! allocator is one per process.
#![allow(missing_docs)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use manyworlds::Catalogue;
use manyworlds_components::time::Frame;
use manyworlds_engine::{Journal, Kind, Module, ModuleContext, ModuleInfo, Simulation, StepOutcome};
use manyworlds_systems::orchestrator::settings::{DecisionPolicy, Sizing};
use manyworlds_tests::random_walk;
use manyworlds_tests::world::{Tape, World};

struct Counting;

thread_local! {
    // Constant and without a destructor, so that reading it never allocates.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static LIVE_BYTES: Cell<i64> = const { Cell::new(0) };
}

fn count(bytes: i64, allocations: u64) {
    ALLOCATIONS.set(ALLOCATIONS.get() + allocations);
    LIVE_BYTES.set(LIVE_BYTES.get() + bytes);
}

// SAFETY: every call is passed on to the system's allocator as it came; the counters beside it are thread-local cells
// that need no allocation themselves.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64, 1);
        // SAFETY: the caller keeps the contract of `alloc`, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as i64), 0);
        // SAFETY: the pointer came from `alloc` or `realloc` above, that is from `System`, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as i64 - layout.size() as i64, 1);
        // SAFETY: the pointer came from `System` with this layout; the size is the caller's.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn world(symbols: usize, accounts: usize, bars: usize) -> World {
    let tape = |seed| Tape::Bars(random_walk(seed, bars, Frame::MINUTE));
    let mut world = World::new((0..symbols as u64).map(|i| tape(11 + i)).collect());
    let policy = |i: usize| DecisionPolicy {
        entry: 0.5 + 0.3 * i as f64 / accounts as f64,
        size: Sizing::Fraction(0.9 / symbols as f64),
        ..DecisionPolicy::default()
    };
    world.policies = (0..accounts).map(policy).collect();
    // Thousands of all-in trades at a fee would leave accounts that cannot buy a lot.
    world.venue.fees.taker_bps = 0.5;
    world
}

fn steps(simulation: &mut Simulation, n: usize) {
    for _ in 0..n {
        assert_ne!(simulation.step().unwrap(), StepOutcome::Finished, "the tape is too short for the test");
    }
}

/// Fills of the steps that are taken, counted without touching what is measured.
fn fills(simulation: &Simulation) -> u64 {
    use manyworlds_components::account::AccountTotals;
    use manyworlds_engine::Kind;
    let accounts = simulation.roster().entities(Kind::Account);
    accounts.iter().filter_map(|a| simulation.world().get::<AccountTotals>(*a)).map(|t| t.fills).sum()
}

/// Steps that are measured at a time.
const WINDOW: usize = 10_000;

/// Warms a world up until its buffers have grown: the journal goes to the recorder at thousands of rows, by then it has
/// reached its size. A record number of rows of one kind may still come later and double a buffer, so that up to three
/// windows may pass before the one that must be free of allocations. Returns its allocations and fills.
fn measure(world: &World, warm_up: usize) -> (u64, u64) {
    let mut simulation = world.blueprint().build().unwrap();
    steps(&mut simulation, warm_up);
    assert!(simulation.world().resource::<Journal>().len() < 20_000, "the journal is drained on the way");
    let mut last = (u64::MAX, 0);
    for _ in 0..4 {
        let (before, traded) = (ALLOCATIONS.get(), fills(&simulation));
        steps(&mut simulation, WINDOW);
        let allocations = ALLOCATIONS.get() - before;
        assert!(
            allocations <= last.0.min(3),
            "{allocations} allocations in {WINDOW} steps, {} before",
            last.0
        );
        last = (allocations, fills(&simulation) - traded);
        if allocations == 0 {
            break;
        }
    }
    last
}

#[test]
fn the_counter_counts() {
    let before = ALLOCATIONS.get();
    let list = std::hint::black_box(Vec::<u8>::with_capacity(100));
    assert_eq!(ALLOCATIONS.get() - before, 1);
    drop(list);
}

#[test]
fn one_symbol_and_one_account_do_not_allocate() {
    let (allocations, fills) = measure(&world(1, 1, 90_100), 50_000);
    assert!(fills > 300, "trades are part of it: {fills} fills");
    assert_eq!(allocations, 0, "in 10,000 steps with {fills} fills");
}

#[test]
fn ten_symbols_and_a_hundred_accounts_do_not_allocate() {
    let (allocations, fills) = measure(&world(10, 100, 44_100), 4_000);
    assert!(fills > 100_000, "trades are part of it: {fills} fills");
    assert_eq!(allocations, 0, "in 10,000 steps with {fills} fills");
}

/// All models, weights that move, exits armed and canceled, partial fills, random latency, margin.
#[test]
fn everything_at_once_does_not_allocate() {
    use manyworlds_systems::exchange::settings::{FillRule, LatencyModel, MarginModel, SlippageModel};
    use manyworlds_systems::orchestrator::settings::{
        AllowedSide, CombineSettings, ModelSettings, OppositeSignal, WeightRule,
    };
    let mut world = world(3, 4, 70_100);
    world.models.extend([
        ModelSettings::EmaCross { fast: 5, slow: 20 },
        ModelSettings::Momentum { lookback: 30, threshold: 0.001, skip: 1 },
        ModelSettings::MeanReversion { window: 30, z: 1.5 },
        ModelSettings::Breakout { window: 40 },
        ModelSettings::MajorityClass { window: 100 },
        ModelSettings::BuyAndHold,
    ]);
    let weights = WeightRule::FixedShare { eta: 0.4, alpha: 0.02 };
    world.combine = CombineSettings { weights, horizon: 5, shrinkage: 10.0, ..CombineSettings::default() };
    for policy in &mut world.policies {
        (policy.entry, policy.exit) = (0.42, 0.38);
        (policy.stop_loss, policy.take_profit, policy.trailing_stop) =
            (Some(0.004), Some(0.008), Some(0.005));
        (policy.side, policy.opposite) = (AllowedSide::Both, OppositeSignal::Flips);
    }
    let venue = &mut world.venue;
    venue.fills = FillRule::OhlcPath;
    venue.latency = LatencyModel::Uniform { min_ms: 1.0, max_ms: 90_000.0 };
    venue.slippage = SlippageModel::SquareRoot { coefficient: 0.01, window: 30 };
    venue.participation = Some(0.5);
    venue.margin = Some(MarginModel { initial: 0.5, maintenance: 0.05, liquidation_fee_bps: 0.0 });
    let (allocations, fills) = measure(&world, 30_000);
    assert!(fills > 1_000, "trades are part of it: {fills} fills");
    assert_eq!(allocations, 0, "in 10,000 steps with {fills} fills");
}

/// Frames from a minute to a day, their trends, and the five aligned series.
#[test]
fn timeframes_do_not_allocate() {
    let mut world = world(2, 1, 90_100);
    world.modules = vec!["multi_timeframe".into()];
    world.settings = [("multi_timeframe".into(), "(adapter: (rows: 30))".into())].into();
    let (allocations, fills) = measure(&world, 50_000);
    assert_eq!(allocations, 0, "in 10,000 steps with {fills} fills");
}

/// Three venues as one book. Books themselves allocate when their window moves, so that what counts is the difference.
#[test]
fn consolidated_books_do_not_allocate() {
    let count = |modules: &[&str]| {
        let mut world = world(1, 1, 12_100).with_books(3, 5);
        // Nobody trades: the journal's lists of decisions and fills would double at other steps with the module than without.
        world.policies[0].entry = 0.999;
        world.modules = modules.iter().map(|m| (*m).to_owned()).collect();
        world.settings = [("cob".into(), "(stale_after: \"30s\")".into())].into();
        let mut simulation = world.blueprint().build().unwrap();
        steps(&mut simulation, 2_000);
        let before = ALLOCATIONS.get();
        steps(&mut simulation, 10_000);
        ALLOCATIONS.get() - before
    };
    let (without, with) = (count(&[]), count(&["cob"]));
    // The journal's list of annotations may double once more.
    assert!(with <= without + 2, "{with} allocations in 10,000 steps, {without} without the module");
}

/// What a world holds depends on its rings and rows, not on how long it has run.
#[test]
fn memory_does_not_grow_with_the_tape() {
    let mut simulation = world(2, 3, 120_000).blueprint().build().unwrap();
    steps(&mut simulation, 20_000);
    let early = LIVE_BYTES.get();
    steps(&mut simulation, 20_000);
    let later = LIVE_BYTES.get();
    steps(&mut simulation, 79_000);
    let late = LIVE_BYTES.get();
    assert_eq!((later - early, late - early), (0, 0), "bytes more than after 20,000 steps");
}

/// A module that holds a lot, part of it in its component and part of it behind a pointer.
struct Hoard;

#[derive(Debug, Clone, bevy_ecs::prelude::Component, serde::Serialize, serde::Deserialize)]
struct Heap {
    inline: ([u64; 16], [u64; 16]),
    behind: Vec<u64>,
}

impl Module for Hoard {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "hoard".into(), ..ModuleInfo::default() }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        app.component(Kind::Symbol, |_| Heap { inline: ([1; 16], [2; 16]), behind: vec![7; 10_000] });
    }
}

/// Live bytes of a world at some steps; a module is switched as `switch` says at each of them.
fn live(world: &World, module: &str, switch: [Option<bool>; 3]) -> [i64; 3] {
    let base = LIVE_BYTES.get();
    let mut simulation = world.blueprint().build().unwrap();
    switch.map(|on| {
        steps(&mut simulation, 1_000);
        match on {
            Some(true) => simulation.enable(module).unwrap(),
            Some(false) => simulation.disable(module).unwrap(),
            None => {}
        }
        // The executor takes stock of the systems at the first step after a switch.
        steps(&mut simulation, 1);
        // What was found is output: without a recorder it would pile up.
        *simulation.world_mut().resource_mut::<Journal>() = Journal::default();
        LIVE_BYTES.get() - base
    })
}

/// What a module took from the heap is back once it is switched off. What stays are the emptied tables, which bevy keeps
/// for whoever has those components next: a fixed amount per symbol, however long the run was and however often the
/// module is switched.
#[test]
fn a_module_that_is_switched_off_gives_its_memory_back() {
    let catalogue = Catalogue::with_defaults().add(Hoard);
    for module in catalogue.names() {
        let mut all = world(8, 1, 3_100);
        all.catalogue = catalogue.clone();
        all.modules = catalogue.with_requirements(&[module]).into_iter().map(str::to_owned).collect();
        let mut all = all.with_books_if_needed(2, 5);
        let with = live(&all, module, [None; 3]);
        let switched = live(&all, module, [Some(false), Some(true), Some(false)]);
        all.modules.retain(|m| m != module);
        let without = live(&all, module, [None; 3]);
        let kept = [0, 2].map(|at| {
            let (took, kept) = (with[at] - without[at], switched[at] - without[at]);
            assert!(kept <= took / 10 + 8 * 18_432, "{module}: of {took} bytes {kept} stay at switch {at}");
            kept
        });
        assert!(kept[1] - kept[0] < 16_384, "{module}: {kept:?} bytes stay, more with every switch");
        // Just switched on, it has not filled its windows yet; emptied tables stand beside it.
        assert!(switched[1] - with[1] < 8 * 18_432, "{module}: {switched:?}, never switched {with:?}");
        if module == "hoard" {
            assert!(with[0] - without[0] > 8 * 80_000, "the module is seen: {with:?} {without:?}");
        }
    }
}
