//! Audits: what breaks a promise is found and named, what keeps them all raises no alarm.

mod cheats;
mod found;
mod innocent;
mod stopped;

use manyworlds::audit::{AuditReport, AuditSettings, Check, Divergence, Finding, Watch, audit};
use manyworlds::run::RunPlan;
use manyworlds::{ModelRegistry, Setup};

/// Minute bars of one symbol, one account, and these modules.
fn scenario(modules: &str) -> String {
    format!(
        r#"Scenario(
        name: "audited",
        seed: 11,
        venues: [(name: "sim", fees: (maker_bps: 2.0, taker_bps: 5.0))],
        symbols: [(symbol: "AAA", venue: "sim", tick_size: 0.01, lot_size: 0.001, data: [Synthetic(bars: 600)])],
        orchestrator: (type: configurable, modules: [{modules}]),
        models: [SmaCross(fast: 3, slow: 8)],
        accounts: [(name: "base", cash: 1000.0, policy: (side: LongOnly))],
    )"#
    )
}

fn setup() -> Setup {
    Setup { catalogue: cheats::catalogue(), models: ModelRegistry::with_baselines(), ..Setup::default() }
}

fn plan(text: &str) -> RunPlan {
    let setup = setup();
    RunPlan::new(setup.from_ron(text).unwrap_or_else(|e| panic!("{e}")), &setup).unwrap()
}

fn only(checks: &[Check]) -> AuditSettings {
    AuditSettings { checks: checks.to_vec(), threads: 2, ..AuditSettings::default() }
}

fn audited(text: &str, settings: &AuditSettings) -> AuditReport {
    audit(&plan(text), settings, &Watch::default()).unwrap_or_else(|e| panic!("{e}"))
}

fn divergences(report: &AuditReport) -> Vec<Divergence> {
    let divergence = |finding: &Finding| match finding {
        Finding::Divergence(divergence) => divergence.clone(),
        other => panic!("{other}"),
    };
    report.findings().map(divergence).collect()
}
