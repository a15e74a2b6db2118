//! Groups of accounts that listen to the same models combined in the same way: they share one column of signals.

use std::ops::Range;

use super::model_switch::UnknownModel;
use super::scoring::Scoring;
use super::settings::{CombineSettings, DecisionPolicy, WeightRule};

/// Accounts per run below which it is quicker to look at each account by itself.
const FEW: usize = 4;

/// One way of combining some of the models.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Indices of the models, ascending.
    pub models: Vec<usize>,
    /// How they are combined.
    pub combine: CombineSettings,
    /// Index into [`Groups::scorings`].
    pub scoring: usize,
}

/// All groups, and which account is in which. Constant.
#[derive(Debug, Clone)]
pub struct Groups {
    /// In the order in which accounts first name them.
    pub groups: Vec<Group>,
    /// Group of each account.
    pub of_account: Vec<usize>,
    /// Runs of neighboring accounts in one group: (group, accounts).
    pub runs: Vec<(usize, Range<usize>)>,
    /// Whether most of these runs are of few accounts.
    pub scattered: bool,
    /// The distinct scorings. The first is that of the scenario's own combination: track records go by it.
    pub scorings: Vec<Scoring>,
    /// By scoring: the groups whose weights move by it.
    pub learners: Vec<Vec<usize>>,
    /// By group: its model, if it is only one and its word is taken as it is.
    pub only: Vec<Option<u32>>,
    /// Whether any group shrinks forecasts by how many were scored.
    pub shrinks: bool,
    /// Number of models.
    pub models: usize,
}

impl Groups {
    /// Sorts accounts into groups.
    ///
    /// # Errors
    /// A policy that names a model that does not exist.
    pub fn new(
        models: &[String],
        combine: &CombineSettings,
        policies: &[DecisionPolicy],
    ) -> Result<Self, UnknownModel> {
        let mut all = Self {
            groups: Vec::new(),
            of_account: Vec::new(),
            runs: Vec::new(),
            scattered: false,
            scorings: vec![Scoring::of(combine)],
            learners: vec![Vec::new()],
            only: Vec::new(),
            shrinks: false,
            models: models.len(),
        };
        for (account, policy) in policies.iter().enumerate() {
            let members = members(models, policy)?;
            let combine = policy.combine.as_ref().unwrap_or(combine);
            let known = all.groups.iter().position(|g| g.models == members && g.combine == *combine);
            let group = known.unwrap_or_else(|| all.add(members, combine));
            all.of_account.push(group);
            match all.runs.last_mut() {
                Some((last, accounts)) if *last == group => accounts.end = account + 1,
                _ => all.runs.push((group, account..account + 1)),
            }
        }
        all.scattered = all.runs.len() * FEW > policies.len();
        Ok(all)
    }

    /// The run that an account is in.
    pub(super) fn run_of(&self, account: u32) -> usize {
        self.runs.partition_point(|(_, accounts)| accounts.end <= account as usize)
    }

    fn add(&mut self, models: Vec<usize>, combine: &CombineSettings) -> usize {
        let scoring = Scoring::of(combine);
        let known = self.scorings.iter().position(|s| *s == scoring);
        let scoring = known.unwrap_or_else(|| {
            self.scorings.push(scoring);
            self.learners.push(Vec::new());
            self.scorings.len() - 1
        });
        if combine.weights != WeightRule::Equal {
            self.learners[scoring].push(self.groups.len());
        }
        let shrinks = combine.shrinkage > 0.0;
        self.shrinks |= shrinks;
        self.only.push(match models[..] {
            [only] if !shrinks => Some(only as u32),
            _ => None,
        });
        self.groups.push(Group { models, combine: combine.clone(), scoring });
        self.groups.len() - 1
    }
}

fn members(models: &[String], policy: &DecisionPolicy) -> Result<Vec<usize>, UnknownModel> {
    if policy.models.is_empty() {
        return Ok((0..models.len()).collect());
    }
    let find = |name: &String| {
        models.iter().position(|m| m == name).ok_or_else(|| UnknownModel {
            name: name.clone(),
            nearest: manyworlds_engine::nearest(name, models.iter().map(String::as_str)).map(str::to_owned),
        })
    };
    let mut members = policy.models.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    members.sort_unstable();
    members.dedup();
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening(models: &[&str]) -> DecisionPolicy {
        DecisionPolicy {
            models: models.iter().map(|m| (*m).to_owned()).collect(),
            ..DecisionPolicy::default()
        }
    }

    #[test]
    fn equal_ways_share_a_group() {
        let names = ["a".to_owned(), "b".to_owned()];
        let mut own = listening(&[]);
        own.combine = Some(CombineSettings { horizon: 5, ..CombineSettings::default() });
        let policies = [listening(&[]), listening(&["b", "a"]), listening(&["b"]), own, listening(&["b"])];
        let groups = Groups::new(&names, &CombineSettings::default(), &policies).unwrap();
        assert_eq!(groups.of_account, [0, 0, 1, 2, 1]);
        assert_eq!(groups.runs, [(0, 0..2), (1, 2..3), (2, 3..4), (1, 4..5)]);
        assert_eq!(groups.scorings.len(), 2);
        assert_eq!((groups.groups[2].scoring, groups.groups[1].models.as_slice()), (1, &[1][..]));
    }

    #[test]
    fn unknown_models_are_named() {
        let names = ["momentum_10".to_owned()];
        let error =
            Groups::new(&names, &CombineSettings::default(), &[listening(&["momentum_1"])]).unwrap_err();
        assert_eq!(error.nearest.as_deref(), Some("momentum_10"));
    }
}
