//! From a world that has ended to the results of its branches.

use manyworlds_engine::RunError;
use xxhash_rust::xxh3::xxh3_64;

use crate::output::{AccountSummary, Recording};
use crate::plan::result::{BranchResult, BranchStatus, Series};
use crate::plan::share::Lane;
use crate::run::Simulation;

/// The results of all branches of these lanes.
pub(super) fn of(simulation: &mut Simulation, lanes: &[Lane]) -> Result<Vec<BranchResult>, RunError> {
    simulation.close()?;
    let recording = simulation.recording();
    let (_, summaries) = simulation.account_summaries(&recording, false);
    let mut results = Vec::new();
    for lane in lanes {
        let account =
            |(at, name): &(usize, String)| AccountSummary { name: name.clone(), ..summaries[*at].clone() };
        let accounts: Vec<AccountSummary> = lane.accounts.iter().map(account).collect();
        let series: Vec<Series> = lane.accounts.iter().map(|(at, _)| series(&recording, *at)).collect();
        let liquidated = !accounts.is_empty() && accounts.iter().all(|a| a.status == "liquidated");
        let status = match liquidated {
            true => BranchStatus::Failed("all of its accounts were liquidated".to_owned()),
            false => BranchStatus::Complete,
        };
        let digest = Some(combined_digest(&accounts));
        for id in &lane.branches {
            let (status, accounts, series) = (status.clone(), accounts.clone(), series.clone());
            results.push(BranchResult { id: *id, status, digest, accounts, series });
        }
    }
    Ok(results)
}

/// xxh3 of the accounts' digests, in order: the digest of a branch, and of the same scenario run alone.
pub fn combined_digest(accounts: &[AccountSummary]) -> u64 {
    xxh3_64(accounts.iter().map(|a| a.digest.as_str()).collect::<Vec<_>>().join(" ").as_bytes())
}

fn series(recording: &Recording, account: usize) -> Series {
    match recording.curves.get(account) {
        Some(curve) => Series { ts: curve.ts.clone(), equity: curve.equity.clone() },
        // Daily closes are what statistics are made of anyway.
        None => {
            let daily = &recording.accounts[account];
            Series { ts: daily.ts.clone(), equity: daily.equity.clone() }
        }
    }
}
