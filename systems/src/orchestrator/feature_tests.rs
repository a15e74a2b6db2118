//! Models and policies that read features, over a stand-in for the analysis modules.

use std::sync::Arc;

use bevy_ecs::component::Component;
use manyworlds_components::feature::FeatureSpec;
use manyworlds_components::forecast::Forecasts;
use manyworlds_components::ids::SymbolId;
use manyworlds_engine::{
    Clock, ColumnMut, FeatureTable, Journal, Kind, Module, ModuleContext, ModuleInfo, Shared, Simulation,
    Stage,
};
use serde::{Deserialize, Serialize};

use super::baselines::MarketStructure;
use super::settings::{AllowedSide, Sizing};
use super::test_world::{blueprint, closes, decisions, of, orchestrator};
use super::{DecisionPolicy, ModelEntry};

/// (feature, its value by step from the first on; missing where NaN and after the last)
type Script = &'static [(&'static str, &'static [f64])];

/// The `N`-th module that offers what it is told.
struct Scripted<const N: usize>(&'static str, Script);

#[derive(Debug, Clone, Default, Component, Serialize, Deserialize)]
struct Step<const N: usize>(usize);

fn count<const N: usize>(clock: Shared<'_, Clock>, mut steps: ColumnMut<'_, Step<N>>) {
    steps.iter_mut().for_each(|s| s.0 = clock.step as usize);
}

impl<const N: usize> Module for Scripted<N> {
    fn info(&self) -> ModuleInfo {
        let spec = |(name, _): &(&str, &[f64])| FeatureSpec::new(name, "1", "", 1);
        ModuleInfo {
            name: self.0.into(),
            stages: vec![Stage::Analyze],
            features: self.1.iter().map(spec).collect(),
            ..ModuleInfo::default()
        }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        app.component(Kind::Symbol, |_| Step::<N>::default());
        for (name, values) in self.1 {
            app.feature(name, |step: &Step<N>| values.get(step.0 - 1).copied());
        }
        app.add_systems(Stage::Analyze, count::<N>);
    }
}

const NAN: f64 = f64::NAN;
const ANALYSIS: Script = &[
    ("market_analysis.p_trending_up", &[NAN, 0.8, 0.1, 0.1]),
    ("market_analysis.p_trending_down", &[NAN, 0.0, 0.7, 0.1]),
    ("market_analysis.p_ranging", &[NAN, 0.2, 0.2, 0.0]),
    ("market_analysis.p_volatile", &[NAN, 0.0, 0.0, 0.8]),
    ("market_analysis.other", &[1.0, 1.0, 1.0, 1.0]),
];

fn structure(threshold: f64, weights: [f64; 4]) -> ModelEntry {
    ModelEntry::new(MarketStructure { threshold, level: 3, weights })
}

fn run(model: ModelEntry, policy: DecisionPolicy, modules: &[(&'static str, Script)]) -> Simulation {
    let mut plan =
        blueprint(orchestrator(vec![model], vec![policy]), &[closes(&[10.0, 11.0, 12.0, 13.0, 14.0])]);
    let module = |i: usize| -> Option<Arc<dyn Module>> {
        let (name, script) = *modules.get(i)?;
        Some(if i == 0 {
            Arc::new(Scripted::<0>(name, script))
        } else {
            Arc::new(Scripted::<1>(name, script))
        })
    };
    plan.modules = (0..2).filter_map(module).map(|m| (m, true)).collect();
    plan.build().unwrap()
}

fn both_sides() -> DecisionPolicy {
    DecisionPolicy { side: AllowedSide::Both, ..DecisionPolicy::default() }
}

#[test]
fn structure_is_the_weighted_mean_of_what_is_known_and_says_why() {
    const PIVOTS: Script = &[("pivot_analysis.trend_3", &[NAN, -0.4, NAN, 1.0])];
    let model = structure(0.25, [2.0, 1.0, 1.0, 0.0]);
    let mut sim = run(model, both_sides(), &[("market_analysis", ANALYSIS), ("pivot_analysis", PIVOTS)]);
    let mut words = Vec::new();
    for _ in 0..5 {
        sim.step().unwrap();
        let word = of::<Forecasts>(&sim, Kind::Symbol, 0).0[0];
        words.push(word.readiness.is_ready().then_some(word.score));
    }
    let near = |a: Option<f64>, b: f64| assert!(a.is_some_and(|a| (a - b).abs() < 1e-12), "{a:?} {b}");
    assert_eq!(words[0], None, "nothing is known: it abstains");
    near(words[1], (2.0 * 0.8 - 0.4) / 3.0);
    near(words[2], -0.6);
    near(words[3], (2.0 * 0.0 + 1.0) / 3.0 * (1.0 - 0.8));
    assert_eq!(words[4], None, "the features are missing again");
    let journal = sim.world().resource::<Journal>();
    let reasons: Vec<String> = journal.decision_views(sim.roster()).map(|d| d.reason()).collect();
    let with = |text: &str| reasons.iter().any(|r| r.contains(text));
    assert!(with("x 1.000 (regime +0.80, pivots -0.40)") && with("(regime -0.60)"), "{reasons:?}");
}

#[test]
fn only_what_is_read_is_refreshed() {
    let mut sim = run(structure(0.25, [1.0; 4]), both_sides(), &[("market_analysis", ANALYSIS)]);
    sim.step().unwrap();
    sim.step().unwrap();
    let offset = |name: &str| sim.schema().offset(&format!("market_analysis.{name}")).unwrap();
    let row = sim.world().resource::<FeatureTable>().row(SymbolId(0)).unwrap();
    assert_eq!(row.get(offset("p_trending_up")), Some(0.8));
    assert_eq!((row.get(offset("other")), row.get(offset("p_ranging"))), (None, None));
    assert_eq!(sim.features("symbol0").unwrap().get(offset("other")), Some(1.0), "callers see all");
}

#[test]
fn sizes_follow_the_regime() {
    let size = Sizing::Regime { trending: 1.0, ranging: 0.5, volatile: 0.0, unknown: 0.3 };
    let policy = DecisionPolicy { size, ..both_sides() };
    let bought = |modules: &[(&'static str, Script)]| {
        let mut sim = run(ModelEntry::new(super::baselines::BuyAndHold), policy.clone(), modules);
        let first = decisions(&mut sim).into_iter().next().unwrap();
        // Equity is 1,000 and the price of the decision 10, in lots of a thousandth.
        first.target.0 as f64 / 100_000.0
    };
    const NOW: Script = &[
        ("market_analysis.p_trending_up", &[0.5]),
        ("market_analysis.p_trending_down", &[0.1]),
        ("market_analysis.p_ranging", &[0.2]),
        ("market_analysis.p_volatile", &[0.2]),
    ];
    assert!((bought(&[("market_analysis", NOW)]) - 0.7).abs() < 1e-9);
    assert!((bought(&[("market_analysis", ANALYSIS)]) - 0.3).abs() < 1e-9, "not known yet");
    assert!((bought(&[]) - 0.3).abs() < 1e-9, "nobody says");
}
