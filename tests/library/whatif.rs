//! What-if plans: the result of every branch is that of its scenario run alone, however it is shared and whatever else
//! happens beside it.

use std::sync::Mutex;

use manyworlds::output::AccountSummary;
use manyworlds::plan::run::{Observer, PlanOutcome, RunOptions, combined_digest, run};
use manyworlds::plan::share::{ShareOptions, explain, share};
use manyworlds::plan::{Branch, BranchResult, BranchStatus};
use manyworlds::{ModelRegistry, Setup};
use manyworlds_components::forecast::{Action, Probabilities};
use manyworlds_components::time::Frame;
use manyworlds_systems::orchestrator::{Forecaster, ModelCard, ModelKind, Outlook, Reads, SymbolView};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

/// What a branch may be made of: each a place in the lists below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Choice {
    models: usize,
    accounts: usize,
    combine: usize,
    toggles: usize,
    interventions: usize,
    world: usize,
}

const MODELS: [&str; 6] = [
    "SmaCross(fast: 3, slow: 8)",
    "Momentum(lookback: 5), SmaCross(fast: 3, slow: 8), EmaCross(fast: 2, slow: 5)",
    "EmaCross(fast: 2, slow: 5), SmaCross(fast: 3, slow: 8), Momentum(lookback: 5)",
    "Named(name: \"a\", model: SmaCross(fast: 3, slow: 8)), Named(name: \"b\", model: SmaCross(fast: 3, slow: 8))",
    "MarketStructure(threshold: 0.1), Breakout(window: 6)",
    "",
];
const ACCOUNTS: [&str; 4] = [
    "(name: \"x\", policy: (entry: 0.45, exit: 0.4))",
    "(name: \"x\", policy: (entry: 0.45, exit: 0.4, side: Both, opposite: Flips)), (name: \"y\", cash: 500.0)",
    "(name: \"x\", policy: (entry: 0.4, exit: 0.34, size: Fraction(0.5), stop_loss: 0.01, side: Both)),
     (name: \"z\", policy: (entry: 0.4, combine: Some((pool: Log))), risk: (max_drawdown: 0.02))",
    "(name: \"x\", policy: (entry: 0.4, exit: 0.34, side: ShortOnly, size: Fraction(3.0)))",
];
const COMBINE: [&str; 4] = [
    "()",
    "(pool: Log, weights: Hedge(eta: 0.5), shrinkage: 2.0)",
    "(horizon: 3, neutral_bps: 2.0)",
    "(weights: FixedShare(eta: 0.7, alpha: 0.1), floor: 0.05)",
];
const TOGGLES: [&str; 6] = [
    "",
    "(at: \"2024-01-01T01:00:00Z\", module: \"extrema\", enabled: true)",
    "(at: \"2024-01-01T01:00:30Z\", module: \"market_analysis\", enabled: false)",
    "(at: \"2024-01-01T03:00:00Z\", module: \"market_analysis\", enabled: false),
     (at: \"2024-01-01T01:00:00Z\", module: \"extrema\", enabled: true)",
    "(at: \"2024-01-01T01:00:00Z\", module: \"extrema\", enabled: true),
     (at: \"2024-01-01T02:00:00Z\", module: \"extrema\", enabled: false)",
    "(at: \"2023-01-01\", module: \"market_analysis\", enabled: false), (at: \"2025-01-01\", module: \"extrema\", enabled: true)",
];
/// At steps and between them, before toggles and after; `MODEL` is the first of the branch's models.
const INTERVENTIONS: [&str; 12] = [
    "",
    "(at: \"2024-01-01T01:30:00Z\", what: PriceShock(size: -0.1, shape: Ramp(\"7m\"), recovery: Exponential(half_life: \"20m\")))",
    "(at: \"2024-01-01T01:30:00Z\", what: PriceShock(size: -0.1, shape: Ramp(\"7m\"), recovery: Exponential(half_life: \"20m\"))),
     (at: \"2024-01-01T02:30:00Z\", on: Symbols([\"BBB\"]), what: Volatility(3.0))",
    "(at: \"2024-01-01T01:00:00Z\", until: \"2024-01-01T01:20:30Z\", what: Outage), (at: \"2024-01-01T01:00:00Z\", what: Fees(taker_bps: 20.0))",
    "(at: \"2024-01-01T00:40:30Z\", until: \"2024-01-01T01:10:00Z\", what: StaleFeed)",
    "(at: \"2024-01-01T01:00:00Z\", on: Symbols([\"AAA\"]), until: \"2024-01-01T02:10:00Z\", what: FeedDelay(\"150s\"))",
    "(at: \"2024-01-01T02:00:00Z\", on: Accounts([\"x\"]), what: Cash(700.0)), (at: \"2024-01-01T02:00:00Z\", what: Liquidate)",
    "(at: \"2024-01-01T02:00:00Z\", on: Accounts([\"x\"]), what: Policy(entry: 0.4, exit: 0.35, side: Both, size: VolatilityTarget(annual: 0.9, window: 700)))",
    "(at: \"2024-01-01T03:00:00Z\", on: Accounts([\"x\"]), what: Order(symbol: \"BBB\", side: Buy, quantity: 0.02, impact: (window: 50)))",
    "(at: \"2024-01-01T01:00:00Z\", on: Models([\"MODEL\"]), what: Off), (at: \"2024-01-01T02:00:00Z\", on: Models([\"MODEL\"]), what: On)",
    "(at: \"2024-01-01T01:00:00Z\", on: Models([\"MODEL\"]), what: Off)",
    "(at: \"2024-01-01T02:00:00Z\", what: LatencySpike(add_ms: 40_000.0)), (at: \"2024-01-01T02:00:30Z\", what: DepthDrain(0.001)),
     (at: \"2024-01-01T02:00:00Z\", what: SpreadWidening(factor: 2.0, at_least_bps: 30.0)), (at: \"2024-01-01T02:15:00Z\", what: Borrow(short_rate: 9.0))",
];
const FIRST_MODELS: [&str; 6] = ["sma_cross_3_8", "momentum_5", "ema_cross_2_5", "a", "market_structure", ""];
const WORLDS: [(&str, u64, u64); 4] = [("5.0", 1, 0), ("5.0", 1, 1), ("9.0", 1, 0), ("5.0", 2, 0)];

fn text(choice: Choice) -> String {
    let (fee, seed, draws) = WORLDS[choice.world];
    let Choice { models, accounts, combine, toggles, .. } = choice;
    let interventions = INTERVENTIONS[choice.interventions];
    let unnamed = FIRST_MODELS[models].is_empty() && interventions.contains("MODEL");
    let interventions =
        if unnamed { String::new() } else { interventions.replace("MODEL", FIRST_MODELS[models]) };
    format!(
        r#"Scenario(
            seed: {seed}, draws: {draws},
            venues: [(name: "sim", fees: (taker_bps: {fee}), latency: Uniform(min_ms: 1.0, max_ms: 90_000.0),
                      margin: (initial: 0.2, maintenance: 0.1))],
            symbols: [(symbol: "AAA", data: [Synthetic(bars: 300, annual_volatility: 3.0)]),
                      (symbol: "BBB", data: [Synthetic(like: "AAA", correlation: 0.5)])],
            orchestrator: (type: configurable, modules: {{"market_analysis": (volatility_window: 10)}}),
            models: [{}], combine: {}, accounts: [{}], toggles: [{}],
            interventions: [{interventions}], record: (equity: Step),
        )"#,
        MODELS[models], COMBINE[combine], ACCOUNTS[accounts], TOGGLES[toggles]
    )
}

fn branches(setup: &Setup, choices: &[Choice]) -> Vec<Branch> {
    let branch = |(id, choice): (usize, &Choice)| Branch {
        id,
        name: format!("b{id}"),
        parameters: Vec::new(),
        scenario: setup.from_ron(&text(*choice)).map_err(|e| panic!("{e}")),
    };
    choices.iter().enumerate().map(branch).collect()
}

fn alone(setup: &Setup, branch: &Branch) -> Vec<AccountSummary> {
    let mut simulation = branch.scenario.as_ref().unwrap().build_with(setup).unwrap();
    simulation.run().unwrap();
    simulation.finish().unwrap().summary.accounts
}

fn options(threads: usize, max_lanes: usize) -> RunOptions {
    RunOptions { threads, max_lanes, sample: Frame::MINUTE, ..RunOptions::default() }
}

fn digests(outcome: &PlanOutcome) -> Vec<(usize, Option<u64>, BranchStatus)> {
    outcome.results.iter().map(|r| (r.id, r.digest, r.status.clone())).collect()
}

fn choice() -> impl Strategy<Value = Choice> {
    let interventions = 0..INTERVENTIONS.len() + 4;
    let parts = (0..MODELS.len(), 0..ACCOUNTS.len(), 0..COMBINE.len(), 0..TOGGLES.len(), interventions);
    (parts, 0..WORLDS.len() * 2).prop_map(|((models, accounts, combine, toggles, interventions), world)| {
        Choice {
            models,
            accounts,
            combine,
            toggles,
            // Mostly the same world and time, so that there is something to share.
            interventions: interventions.saturating_sub(4),
            world: world.saturating_sub(WORLDS.len()),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn every_branch_is_its_scenario_alone(
        choices in prop::collection::vec(choice(), 1..10),
        max_lanes in 1usize..6,
        memory in prop::sample::select(vec![1u64, 1 << 30]),
    ) {
        let setup = Setup::default();
        let branches = branches(&setup, &choices);
        let run_with = |threads| run(&branches, &setup, RunOptions { memory_bytes: memory, ..options(threads, max_lanes) }, &());
        let one = run_with(1);
        prop_assert!(one.complete);
        for (branch, result) in branches.iter().zip(&one.results) {
            let expected = alone(&setup, branch);
            prop_assert_eq!(branch.id, result.id);
            let liquidated = expected.iter().all(|a| a.status == "liquidated");
            prop_assert_eq!(result.status != BranchStatus::Complete, liquidated);
            prop_assert_eq!(result.digest, Some(combined_digest(&expected)), "{}", branch.name);
            for ((own, expected), series) in result.accounts.iter().zip(&expected).zip(&result.series) {
                prop_assert_eq!(&own.name, &expected.name);
                prop_assert_eq!((own.final_equity, own.fills, own.sharpe), (expected.final_equity, expected.fills, expected.sharpe));
                prop_assert_eq!(series.equity.last(), Some(&expected.final_equity));
                // While a feed stands still there are no steps.
                let stale = INTERVENTIONS[choices[branch.id].interventions].contains("StaleFeed");
                prop_assert!((series.ts.len() == 300 || stale) && series.ts.is_sorted());
            }
        }
        for threads in [2, 8] {
            prop_assert_eq!(digests(&run_with(threads)), digests(&one));
        }
    }
}

fn plain(models: usize) -> Choice {
    Choice { models, accounts: 0, combine: 0, toggles: 0, interventions: 0, world: 0 }
}

#[test]
fn what_is_common_is_done_once() {
    let setup = Setup::default();
    let count = |choices: &[Choice], options| {
        let worlds = share(&branches(&setup, choices), options);
        let lanes: Vec<usize> = worlds.iter().map(|w| w.by_lane().len()).collect();
        (worlds.iter().map(manyworlds::plan::share::Node::nodes).sum::<usize>(), lanes)
    };
    let lanes = ShareOptions { max_lanes: 256, threads: 1 };
    // The same, twice; other models, policies and combinations; another venue.
    let choices = [
        plain(0),
        plain(0),
        plain(1),
        Choice { accounts: 1, ..plain(0) },
        Choice { combine: 1, ..plain(0) },
        Choice { world: 2, ..plain(0) },
    ];
    assert_eq!(count(&choices, lanes), (2, vec![4, 1]));
    assert_eq!(count(&choices, ShareOptions { max_lanes: 2, threads: 1 }), (3, vec![2, 2, 1]));
    // A trunk, a fork with a fork of its own, and another.
    let toggled = |toggles| Choice { toggles, ..plain(0) };
    let forks = [toggled(0), toggled(1), toggled(2), toggled(4)];
    assert_eq!(count(&forks, lanes), (4, vec![1]));
    let branches = branches(&setup, &forks);
    let text = explain("p", &branches, &share(&branches, lanes), &|_, _, _| 600).to_string();
    assert!(text.contains("4 branches; 1 world, 3 forks"), "{text}");
    assert!(text.contains("    fork at 2024-01-01T02:00:00Z [2024-01-01T02:00:00Z extrema off]"), "{text}");
    assert!(text.lines().count() < 8, "{text}");
}

/// Branches that differ in interventions alone are one world, which they leave at the first that differs.
#[test]
fn interventions_are_forked_at() {
    let setup = Setup::default();
    let choices: Vec<Choice> = (0..INTERVENTIONS.len())
        .map(|interventions| Choice { interventions, accounts: interventions % 4, ..plain(1) })
        .collect();
    let branches = branches(&setup, &choices);
    let alone: Vec<_> = branches.iter().map(|b| Some(combined_digest(&alone(&setup, b)))).collect();
    let one_account: Vec<Branch> = choices
        .iter()
        .zip(&branches)
        .map(|(choice, b)| {
            let text = text(Choice { accounts: 0, ..*choice });
            Branch { scenario: setup.from_ron(&text).map_err(|e| e.to_string()), ..b.clone() }
        })
        .collect();
    let worlds = share(&one_account, ShareOptions::default());
    assert_eq!(worlds.len(), 1);
    // The second and third have their shock in common, the tenth and eleventh that the model is off.
    assert_eq!(worlds[0].nodes(), INTERVENTIONS.len());
    let text = explain("p", &one_account, &worlds, &|_, _, _| 600).to_string();
    assert!(text.contains("12 branches; 1 world, 11 forks"), "{text}");
    assert!(text.contains("2024-01-01T00:40:30Z stale feed on all until 2024-01-01T01:10:00Z]"), "{text}");
    for (threads, lanes) in [(1, 256), (2, 2)] {
        let outcome = run(&branches, &setup, options(threads, lanes), &());
        let found: Vec<_> = outcome.results.iter().map(|r| r.digest).collect();
        assert_eq!(found, alone);
    }
}

#[test]
fn a_branch_of_which_all_accounts_are_liquidated_has_failed() {
    let setup = Setup::default();
    let mut branches = branches(&setup, &[plain(0); 8]);
    for branch in &mut branches {
        let text = text(plain(0))
            .replace("seed: 1", &format!("seed: {}", branch.id))
            .replace(MODELS[0], "BuyAndHold")
            .replace("annual_volatility: 3.0", "annual_volatility: 20.0")
            .replace(ACCOUNTS[0], "(name: \"x\", policy: (entry: 0.4, size: Fraction(2.4)))");
        branch.scenario = setup.from_ron(&text).map_err(|e| panic!("{e}"));
    }
    let outcome = run(&branches, &setup, options(2, 256), &());
    let failed = BranchStatus::Failed("all of its accounts were liquidated".to_owned());
    let mut count = 0;
    for (branch, result) in branches.iter().zip(&outcome.results) {
        let alone = alone(&setup, branch);
        assert_eq!(result.digest, Some(combined_digest(&alone)));
        assert_eq!(result.status == failed, alone.iter().all(|a| a.status == "liquidated"));
        count += usize::from(result.status == failed);
    }
    assert!(count > 0);
}

/// Forecasts BUY, and panics at its `at`-th forecast.
#[derive(Debug, Clone)]
struct Bomb {
    at: u64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Fuse {
    burned: u64,
}

impl Forecaster for Bomb {
    type State = Fuse;

    fn name(&self) -> String {
        format!("bomb_{}", self.at)
    }

    fn card(&self) -> ModelCard {
        ModelCard::new(&self.name(), ModelKind::Rule, &["bars.close"])
    }

    fn bars_needed(&self) -> usize {
        1
    }

    fn warmup(&self) -> u64 {
        1
    }

    fn reads(&self) -> Reads {
        Reads::Features(Vec::new())
    }

    fn forecast(&self, _: &SymbolView<'_>, fuse: &mut Fuse) -> Option<Outlook> {
        fuse.burned += 1;
        assert!(fuse.burned < self.at, "boom after {}", fuse.burned);
        Some(Outlook { probabilities: Probabilities::leaning(Action::Buy, 0.7), score: 1.0 })
    }
}

/// Keeps what it hears; can stop the plan.
#[derive(Default)]
struct Ear {
    heard: Mutex<Vec<usize>>,
    stop_after: Option<usize>,
}

impl Observer for Ear {
    fn finished(&self, results: &[BranchResult]) -> Result<(), String> {
        self.heard.lock().unwrap().extend(results.iter().map(|r| r.id));
        Ok(())
    }

    fn interrupted(&self) -> bool {
        self.stop_after.is_some_and(|n| self.heard.lock().unwrap().len() >= n)
    }
}

#[test]
fn a_lane_that_panics_harms_no_other() {
    let models =
        ModelRegistry::with_baselines().register("early", Bomb { at: 5 }).register("late", Bomb { at: 250 });
    let setup = Setup { models, ..Setup::default() };
    let mut branches = branches(
        &setup,
        &[
            plain(0),
            plain(1),
            plain(4),
            plain(0),
            Choice { toggles: 1, ..plain(0) },
            Choice { accounts: 3, ..plain(0) },
        ],
    );
    for (id, bomb) in [(1, "early"), (3, "late"), (4, "late")] {
        let text = text(Choice { toggles: usize::from(id == 4), ..plain(0) })
            .replace(MODELS[0], &format!("Registered({bomb:?})"));
        branches[id].scenario = setup.from_ron(&text).map_err(|e| panic!("{e}"));
    }
    branches[5].scenario = Err("fast is not below slow".to_owned());
    for (threads, max_lanes) in [(1, 256), (2, 3), (8, 2)] {
        let ear = Ear::default();
        let outcome = run(&branches, &setup, options(threads, max_lanes), &ear);
        assert!(outcome.complete);
        for (branch, result) in branches.iter().zip(&outcome.results) {
            match (&result.status, branch.id) {
                (BranchStatus::Failed(reason), 1) => assert!(reason.contains("boom after 5"), "{reason}"),
                (BranchStatus::Failed(reason), 3 | 4) => {
                    assert!(reason.contains("boom after 250"), "{reason}")
                }
                (BranchStatus::Failed(reason), 5) => assert_eq!(reason, "fast is not below slow"),
                (BranchStatus::Complete, 0 | 2) => {
                    assert_eq!(result.digest, Some(combined_digest(&alone(&setup, branch))));
                }
                (status, id) => panic!("{id}: {status:?}"),
            }
        }
        let mut heard = ear.heard.into_inner().unwrap();
        heard.sort_unstable();
        assert_eq!(heard, [0, 1, 2, 3, 4, 5], "each once");
    }
}

#[test]
fn what_fails_without_any_lane_fails_for_all() {
    let setup = Setup::default();
    let mut branches = branches(&setup, &[plain(0), plain(1), plain(2)]);
    for branch in &mut branches {
        // More events in a step than are allowed.
        branch.scenario.as_mut().unwrap().max_events_per_step = 1;
    }
    let outcome = run(&branches, &setup, options(2, 256), &());
    assert!(
        outcome.results.iter().all(|r| matches!(&r.status, BranchStatus::Failed(_)) && r.digest.is_none())
    );
    assert!(outcome.worlds <= 4, "{}", outcome.worlds);
}

#[test]
fn an_interrupted_plan_goes_on_to_the_same_results() {
    let setup = Setup::default();
    let choices: Vec<Choice> = (0..4).map(|world| Choice { world, ..plain(world) }).collect();
    let branches = branches(&setup, &choices);
    let whole = run(&branches, &setup, options(1, 256), &());
    let ear = Ear { stop_after: Some(2), ..Ear::default() };
    let part = run(&branches, &setup, options(1, 256), &ear);
    assert!(!part.complete && part.results.len() == 2);
    let done: Vec<usize> = part.results.iter().map(|r| r.id).collect();
    let left: Vec<Branch> = branches.iter().filter(|b| !done.contains(&b.id)).cloned().collect();
    let rest = run(&left, &setup, options(2, 1), &());
    assert!(rest.complete);
    let mut both: Vec<_> = digests(&part).into_iter().chain(digests(&rest)).collect();
    both.sort_by_key(|(id, _, _)| *id);
    assert_eq!(both, digests(&whole));
}

/// A model sees what is switched on after it was made: in the run itself as in a fork, which is made when all is there.
#[test]
fn features_of_a_module_that_is_switched_on_later() {
    let setup = Setup::default();
    let later = Choice { models: 4, toggles: 1, ..plain(0) };
    let of = |choice| setup.from_ron(&text(choice)).unwrap().build_with(&setup).unwrap();
    let (mut run, mut without) = (of(later), of(Choice { toggles: 0, ..later }));
    let at = |minute: i64| {
        manyworlds_components::time::Timestamp(1_704_067_200_000_000_000 + minute * 60_000_000_000)
    };
    let model = |run: &manyworlds::Simulation| {
        let digest = run.digest();
        digest.components.into_iter().find(|c| c.0 == "Model/ForecasterState<MarketStructure>").unwrap()
    };
    for simulation in [&mut run, &mut without] {
        simulation.run_until(at(59)).unwrap();
    }
    assert_eq!(model(&run), model(&without));
    run.run_until(at(90)).unwrap();
    let mut fork = run.fork().unwrap();
    for simulation in [&mut run, &mut without, &mut fork] {
        simulation.run_until(at(200)).unwrap();
    }
    assert_ne!(model(&run), model(&without), "it reads what is there now");
    assert_eq!(fork.digest().first_difference(&run.digest()), None);
}
