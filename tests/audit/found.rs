//! Each cheat is found by the check that is there for it, and named.

use manyworlds::audit::{AuditSettings, Check, Finding, Verdict};

use super::{audited, divergences, only, scenario};

/// What a look at the next bar touches, at the last step before it was varied: nothing earlier differs.
#[test]
fn a_look_ahead_is_named_with_its_step_system_and_component() {
    let report = audited(&scenario(r#""prophet""#), &only(&[Check::Causality]));
    assert_eq!(report.verdict, Verdict::Failed);
    let found = divergences(&report);
    assert_eq!(found.len(), 15, "every variation at every time");
    for (i, finding) in found.iter().enumerate() {
        let time = finding.what.rsplit(' ').next();
        assert_eq!(finding.ts.as_deref(), time, "{finding}");
        assert_eq!(finding.component.as_deref(), Some("Symbol/Guess"));
        assert_eq!(finding.module.as_deref(), Some("prophet"));
        if i < 3 {
            assert!(finding.first);
            assert!(finding.system.as_ref().unwrap().ends_with("::read_ahead"), "{finding}");
        }
    }
    let text = report.to_string();
    println!("{text}");
    assert!(text.starts_with("audit of audited (15 FOUND)") && text.contains("15 FOUND    16"), "{text}");
    let kinds: Vec<&str> = found[..3].iter().map(|f| f.what.split(' ').next().unwrap()).collect();
    assert_eq!(kinds, ["scrambled", "truncated", "scaled"]);
}

#[test]
fn a_look_ahead_at_every_mark_only_is_found_with_few_marks_too() {
    let settings = AuditSettings { marks: 1, times: 1, ..only(&[Check::Causality]) };
    let report = audited(&scenario(r#""prophet""#), &settings);
    assert_eq!(divergences(&report).len(), 3);
}

#[test]
fn a_look_ahead_while_the_world_is_built_is_found() {
    let report = audited(&scenario(r#""surveyor""#), &only(&[Check::Causality]));
    let found = divergences(&report);
    assert!(found.len() >= 10, "{}", found.len());
    for finding in found {
        assert_eq!((finding.step, finding.ts.as_ref(), finding.system.as_ref()), (0, None, None));
        assert_eq!(finding.module.as_deref(), Some("surveyor"));
        assert_eq!(finding.component.as_deref(), Some("Symbol/Highest"));
    }
}

/// No state holds it, the journal does.
#[test]
fn a_look_ahead_that_is_only_written_down_is_found() {
    let settings = AuditSettings { marks: 40, ..only(&[Check::Causality]) };
    let report = audited(&scenario(r#""whisperer""#), &settings);
    let found = divergences(&report);
    assert!(!found.is_empty());
    for finding in &found[..found.len().min(3)] {
        assert_eq!(finding.module.as_deref(), Some("whisperer"), "{finding}");
        assert_eq!(finding.component.as_deref(), Some("Journal/annotations"));
        assert!(finding.step.is_multiple_of(7) && finding.first);
    }
}

#[test]
fn a_module_that_fails_without_a_future_is_found() {
    let report = audited(&scenario(r#""brittle""#), &only(&[Check::Causality]));
    let found = divergences(&report);
    assert_eq!(found.len(), 5, "under truncation alone");
    assert_eq!(found[0].module.as_deref(), Some("brittle"));
    assert!(found[0].system.as_ref().unwrap().ends_with("::demand"));
    assert!(found[0].note.as_ref().unwrap().contains("there is no tomorrow"), "{}", found[0]);
}

#[test]
fn what_is_not_deterministic_is_named() {
    let report = audited(&scenario(r#""dice""#), &only(&[Check::Determinism]));
    let found = divergences(&report);
    assert_eq!(found.len(), 1 + 2 + 1, "again, twice on two threads, and under the other executor");
    assert_eq!(found[0].what, "the same run again");
    for finding in &found[..3] {
        assert_eq!((finding.step, finding.first), (1, true), "{finding}");
        assert_eq!(finding.module.as_deref(), Some("dice"));
        assert!(finding.system.as_ref().unwrap().ends_with("::throw"));
        assert_eq!(finding.component.as_deref(), Some("Symbol/Throw"));
    }
}

/// It is no look ahead.
#[test]
fn causality_is_not_judged_where_a_run_does_not_repeat_itself() {
    let report = audited(&scenario(r#""dice""#), &only(&[Check::Causality]));
    let found = divergences(&report);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].what, "the same run again, so that causality cannot be judged");
    assert_eq!(found[0].module.as_deref(), Some("dice"));
}

#[test]
fn hidden_state_is_found_by_forks_and_by_nothing_before() {
    let report =
        audited(&scenario(r#""amnesiac""#), &only(&[Check::Determinism, Check::Causality, Check::Fork]));
    let verdict = |check| report.check(check).unwrap().verdict;
    assert_eq!(verdict(Check::Determinism), Verdict::Passed);
    assert_eq!(verdict(Check::Causality), Verdict::Passed);
    let found = divergences(&report);
    assert!(found.iter().any(|f| f.what.starts_with("forked after step ")), "{found:?}");
    assert!(found.iter().any(|f| f.what.starts_with("taken back from the end to step ")), "{found:?}");
    for finding in &found[..found.len().min(3)] {
        // The count is seen where one of the two gets to a multiple of a hundred.
        assert_eq!(finding.module.as_deref(), Some("amnesiac"), "{finding}");
        assert!(finding.system.as_ref().unwrap().ends_with("::count"));
        assert_eq!(finding.component.as_deref(), Some("Symbol/Parity"));
    }
}

#[test]
fn a_warm_up_that_is_too_short_is_found_with_the_one_that_is_needed() {
    let report = audited(&scenario(r#""hasty""#), &only(&[Check::WarmUp]));
    let needs = &report.check(Check::WarmUp).unwrap().warm_up;
    let need = |name: &str| needs.iter().find(|need| need.name == name).unwrap_or_else(|| panic!("{name}"));
    assert_eq!((need("hasty.window").declared_bars, need("hasty.window").needed_bars), (5, Some(20)));
    assert_eq!(need("hasty.window_of_20").needed_bars, Some(20));
    // (1 - 2/11)^n times a difference of some thousandths falls below 1e-9 after 60 to 110 bars.
    let exponential = need("hasty.exponential").needed_bars.unwrap();
    assert!((50..120).contains(&exponential), "{exponential}");
    assert_eq!(need("sma_cross_3_8").needed_bars, Some(8));
    let found = report.findings().map(|f| match f {
        Finding::WarmUp(short) => (short.name.as_str(), short.declared_bars, short.needed_bars),
        other => panic!("{other}"),
    });
    let found: Vec<_> = found.into_iter().collect();
    assert_eq!(found, [("hasty.window", 5, Some(20)), ("hasty.exponential", 5, Some(exponential))]);
    let text = report.findings().next().unwrap().to_string();
    assert!(
        text.starts_with("feature `hasty.window` declares a warm-up of 5 bars and needs 20 (AAA"),
        "{text}"
    );
}

#[test]
fn what_is_not_watched_long_enough_is_said_to_need_more() {
    let settings = AuditSettings { horizon_bars: Some(40), ..only(&[Check::WarmUp]) };
    let report = audited(&scenario(r#""hasty""#), &settings);
    let needs = &report.check(Check::WarmUp).unwrap().warm_up;
    let exponential = needs.iter().find(|need| need.name == "hasty.exponential").unwrap();
    assert_eq!((exponential.needed_bars, exponential.watched_bars), (None, 40));
    assert!(report.findings().any(|f| f.to_string().contains("needs more than the 40 that were watched")));
}

#[test]
fn books_that_do_not_follow_from_the_fills_are_found() {
    let report = audited(&scenario(r#""embezzler""#), &only(&[Check::Accounting]));
    let found: Vec<_> = report
        .findings()
        .map(|f| match f {
            Finding::Books(wrong) => (wrong.account.as_str(), wrong.equation, wrong.step),
            other => panic!("{other}"),
        })
        .collect();
    // It is taken after the marks of that step, so that equity lags behind, too.
    let cash = "cash = initial cash - value of fills - fees - borrow cost";
    assert!(found.contains(&("base", cash, Some(123))), "{found:?}");
    assert!(found.iter().any(|f| f.1 == "cash at the end, by fills.parquet" && f.2.is_none()), "{found:?}");
    assert!(found.iter().any(|f| f.1 == "profits of all round trips = change of equity"), "{found:?}");
    assert!(!found.iter().any(|f| f.1.starts_with("position")), "{found:?}");
}
