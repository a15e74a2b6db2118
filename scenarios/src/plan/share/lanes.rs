//! Many lanes as one scenario.

use std::collections::{HashMap, HashSet};

use super::key::LaneParts;
use crate::scenario::Scenario;
use crate::scenario::schema::account::AccountSettings;
use manyworlds_systems::orchestrator::settings::ModelSettings;

/// Accounts of a lane: (account of the world, name in the branch).
pub(super) type LaneAccounts = Vec<(usize, String)>;

/// One scenario with the accounts and models of all lanes over what they have in common, and where each lane's accounts
/// are in it. A single lane stays as it is.
pub(super) fn merge(common: &Scenario, lanes: &[LaneParts]) -> (Scenario, Vec<LaneAccounts>) {
    if let [only] = lanes {
        let LaneParts { models, combine, accounts } = only.clone();
        let places = accounts.iter().enumerate().map(|(i, a)| (i, a.name.clone())).collect();
        return (Scenario { models, combine, accounts, ..common.clone() }, vec![places]);
    }
    let mut roll = ModelRoll::default();
    let mut accounts: Vec<AccountSettings> = Vec::new();
    let mut places = Vec::new();
    for (l, lane) in lanes.iter().enumerate() {
        let names = roll.enter(&lane.models);
        let named = |own: &String| {
            let at = lane.models.iter().position(|m| m.name() == *own);
            // A model that is not there stays so, for the world to refuse.
            at.map_or_else(|| own.clone(), |at| names[at].clone())
        };
        let mut own = Vec::new();
        for account in &lane.accounts {
            own.push((accounts.len(), account.name.clone()));
            let mut account = account.clone();
            account.name = format!("{l}/{}", account.name);
            account.policy.models = match account.policy.models.as_slice() {
                [] => names.clone(),
                some => some.iter().map(named).collect(),
            };
            account.policy.combine.get_or_insert_with(|| lane.combine.clone());
            accounts.push(account);
        }
        places.push(own);
    }
    (Scenario { models: roll.models, accounts, ..common.clone() }, places)
}

/// The models of a world, each once where the lanes' orders allow it.
#[derive(Default)]
struct ModelRoll {
    models: Vec<ModelSettings>,
    /// Places of equal models, ascending.
    known: HashMap<String, Vec<usize>>,
    names: HashSet<String>,
}

impl ModelRoll {
    /// Enters a lane's models and gives their names in the world. Their order is kept: forecasts are pooled in the order
    /// of the world's models, and sums of floating-point numbers depend on it.
    fn enter(&mut self, models: &[ModelSettings]) -> Vec<String> {
        let (mut names, mut next) = (Vec::new(), 0);
        for model in models {
            let plain = unnamed(model);
            let key = format!("{plain:?}");
            let at = self.known.get(&key).and_then(|places| places.iter().find(|p| **p >= next).copied());
            let at = at.unwrap_or_else(|| self.add(model, plain, key));
            names.push(self.models[at].name());
            next = at + 1;
        }
        names
    }

    fn add(&mut self, model: &ModelSettings, plain: &ModelSettings, key: String) -> usize {
        let own = model.name();
        let model = if self.names.contains(&own) {
            let free = (2..).map(|k| format!("{own}#{k}")).find(|name| !self.names.contains(name));
            ModelSettings::Named { name: free.unwrap_or_default(), model: Box::new(plain.clone()) }
        } else {
            model.clone()
        };
        self.names.insert(model.name());
        self.models.push(model);
        self.known.entry(key).or_default().push(self.models.len() - 1);
        self.models.len() - 1
    }
}

/// The model behind its names.
fn unnamed(model: &ModelSettings) -> &ModelSettings {
    match model {
        ModelSettings::Named { model, .. } => unnamed(model),
        plain => plain,
    }
}
