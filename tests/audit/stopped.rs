//! Audits that cannot be made, or are stopped.

use std::time::Duration;

use manyworlds::audit::{AuditError, AuditSettings, Check, Verdict, Watch, audit};

use super::{only, plan, scenario};

#[test]
fn settings_that_ask_for_nothing_are_refused() {
    let plan = plan(&scenario(""));
    for settings in [
        AuditSettings { times: 0, ..AuditSettings::default() },
        AuditSettings { forks: 0, ..AuditSettings::default() },
        AuditSettings { starts: 0, ..AuditSettings::default() },
        AuditSettings { threads: 0, ..AuditSettings::default() },
        AuditSettings { marks: 0, ..AuditSettings::default() },
    ] {
        let error = audit(&plan, &settings, &Watch::default()).unwrap_err();
        assert!(matches!(error, AuditError::Zero(_)), "{error}");
    }
}

#[test]
fn a_run_of_one_step_is_too_short() {
    let plan = plan(&scenario("").replace("bars: 600", "bars: 1"));
    let error = audit(&plan, &AuditSettings::default(), &Watch::default()).unwrap_err();
    assert_eq!(error.to_string(), "the run has 1 steps: an audit needs at least 2");
}

/// As short as it may be.
#[test]
fn a_run_of_few_steps_is_audited() {
    for bars in 2..6 {
        let plan = plan(&scenario("").replace("bars: 600", &format!("bars: {bars}")));
        let report = audit(&plan, &only(&Check::ALL), &Watch::default()).unwrap();
        assert!(report.passed(), "{bars}: {}", report.to_json());
    }
}

#[test]
fn a_run_that_fails_by_itself_is_an_error() {
    // Without the last step's excuse: there is no bar after the 600th, and with more bars it asks for one.
    let plan = plan(&scenario(r#""brittle""#).replace("bars: 600", "bars: 700"));
    let error = audit(&plan, &AuditSettings::default(), &Watch::default()).unwrap_err();
    assert!(error.to_string().contains("the run itself fails: step 700"), "{error}");
}

#[test]
fn a_stopped_audit_says_what_was_not_done() {
    let plan = plan(&scenario("").replace("bars: 600", "bars: 40_000"));
    let watch = Watch::default();
    let report = std::thread::scope(|scope| {
        let work = scope.spawn(|| audit(&plan, &only(&Check::ALL), &watch));
        while !matches!(watch.stage().what.as_str(), "causality" | "fork") {
            assert!(!work.is_finished());
            std::thread::sleep(Duration::from_millis(1));
        }
        watch.stop();
        work.join().unwrap().unwrap()
    });
    assert_eq!(report.verdict, Verdict::Stopped);
    assert!(!report.passed());
    let verdicts: Vec<Verdict> = report.checks.iter().map(|check| check.verdict).collect();
    assert_eq!(verdicts[0], Verdict::Passed, "what was done counts");
    assert_eq!(verdicts[4], Verdict::Stopped);
    assert_eq!(report.checks[4].steps_rerun, 0);
}
