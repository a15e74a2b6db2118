//! Which accounts are drawn: all of them while they are few; else the best, the median and the worst, with a
//! fan of the quantiles over the others.

use std::collections::BTreeSet;

use super::{
    model::{AccountCurves, RunData},
    summary::AccountSummary,
};

/// Up to this many accounts are each drawn by themselves.
pub(super) const DRAWN_AT_MOST: usize = 7;

/// Up to this many accounts go into the fan.
pub(super) const KEPT_AT_MOST: usize = 2_000;

/// The accounts (by index in the summary) whose curves are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    /// Drawn by themselves.
    pub(super) drawn: BTreeSet<usize>,
    /// Read at all, drawn ones included.
    pub(super) kept: BTreeSet<usize>,
}

/// Accounts from best to worst by total return; undefined returns come last, ties in the summary's order.
pub(super) fn ranking(accounts: &[AccountSummary]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..accounts.len()).collect();
    let key = |i: usize| {
        let account = &accounts[i];
        account.metric("total_return").or_else(|| account.metric("final_equity")).unwrap_or(f64::NEG_INFINITY)
    };
    order.sort_by(|&a, &b| key(b).total_cmp(&key(a)).then(a.cmp(&b)));
    order
}

/// The best, median and worst of a ranking, without repeats.
pub(super) fn exemplars(ranking: &[usize]) -> Vec<(usize, &'static str)> {
    let Some((&best, &worst)) = ranking.first().zip(ranking.last()) else { return Vec::new() };
    let mut out = vec![(best, "best")];
    for (index, word) in [(ranking[ranking.len() / 2], "median"), (worst, "worst")] {
        if out.iter().all(|(i, _)| *i != index) {
            out.push((index, word));
        }
    }
    out
}

/// Chooses the accounts to draw and to keep.
pub(super) fn choose(accounts: &[AccountSummary]) -> Choice {
    if accounts.len() <= DRAWN_AT_MOST {
        let all: BTreeSet<usize> = (0..accounts.len()).collect();
        return Choice { drawn: all.clone(), kept: all };
    }
    let ranking = ranking(accounts);
    let drawn: BTreeSet<usize> = exemplars(&ranking).into_iter().map(|(i, _)| i).collect();
    let stride = accounts.len().div_ceil(KEPT_AT_MOST);
    let kept = ranking.iter().copied().step_by(stride).chain(drawn.iter().copied()).collect();
    Choice { drawn, kept }
}

/// One drawn account.
#[derive(Clone, Debug)]
pub(super) struct Lane<'a> {
    /// Unescaped label, short enough for a plot.
    pub(super) label: String,
    pub(super) curves: &'a AccountCurves,
    /// Line style, `0..DRAWN_AT_MOST`.
    pub(super) style: usize,
}

/// The drawn accounts of one run; with a fan, from best to worst and labeled so.
pub(super) fn of_run(run: &RunData) -> Vec<Lane<'_>> {
    let with_fan = has_fan(run);
    let mut drawn: Vec<(usize, String, &AccountCurves)> = Vec::new();
    let exemplars = exemplars(&ranking(&run.summary.accounts));
    for (i, curves) in run.curves.iter().filter(|c| c.drawn && c.first.is_some()).enumerate() {
        let rank = exemplars.iter().position(|(a, _)| run.summary.accounts[*a].name == curves.name);
        let (order, label) = match rank {
            Some(rank) if with_fan => (rank, format!("{}: {}", exemplars[rank].1, curves.name)),
            _ => (i, curves.name.clone()),
        };
        drawn.push((order, label, curves));
    }
    drawn.sort_by_key(|(order, ..)| *order);
    drawn
        .into_iter()
        .enumerate()
        .map(|(style, (_, label, curves))| Lane { label, curves, style: style % DRAWN_AT_MOST })
        .collect()
}

/// Whether a run has accounts that are not drawn by themselves.
pub(super) fn has_fan(run: &RunData) -> bool {
    run.curves.iter().any(|c| !c.drawn)
}

/// The rule, in words, by which accounts are drawn; empty when all are.
pub(super) fn rule(run: &RunData) -> String {
    if !has_fan(run) {
        return String::new();
    }
    let kept = run.curves.len();
    let of = if kept < run.account_count {
        format!("{kept} of {} accounts, evenly spaced by rank", run.account_count)
    } else {
        format!("all {} accounts", run.account_count)
    };
    format!(
        "Drawn: the best, median and worst account by total return. Bands: the middle 50% and 90% over {of} at each time."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::summary::Summary;

    fn accounts(returns: &[Option<f64>]) -> Vec<AccountSummary> {
        let items: Vec<String> = returns
            .iter()
            .enumerate()
            .map(|(i, r)| {
                format!(r#"{{"name":"a{i}","total_return":{}}}"#, r.map_or("null".into(), |r| r.to_string()))
            })
            .collect();
        Summary::parse(&format!(r#"{{"accounts":[{}]}}"#, items.join(",")), "x").unwrap().accounts
    }

    #[test]
    fn few_accounts_are_all_drawn() {
        let choice = choose(&accounts(&[Some(0.1); 7]));
        assert_eq!(choice.drawn.len(), 7);
    }

    #[test]
    fn many_accounts_draw_best_median_worst() {
        let returns: Vec<_> = (0..11).map(|i| Some(f64::from((i * 7) % 11))).collect();
        let set = accounts(&returns);
        let ranks = exemplars(&ranking(&set));
        let values: Vec<_> =
            ranks.iter().map(|(i, w)| (set[*i].metric("total_return").unwrap(), *w)).collect();
        assert_eq!(values, [(10.0, "best"), (5.0, "median"), (0.0, "worst")]);
        let choice = choose(&set);
        assert_eq!((choice.drawn.len(), choice.kept.len()), (3, 11));
    }

    #[test]
    fn undefined_returns_rank_last_and_thousands_are_thinned() {
        assert_eq!(ranking(&accounts(&[None, Some(-1.0), Some(2.0)])), [2, 1, 0]);
        let choice = choose(&accounts(&vec![Some(1.0); 5_000]));
        assert!(choice.kept.len() <= KEPT_AT_MOST + 3 && choice.kept.len() > 1_000);
    }
}
