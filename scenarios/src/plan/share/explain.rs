//! The tree in words, and as data.

use std::fmt;

use manyworlds_components::time::Timestamp;
use serde::Serialize;

use super::cost::Cost;
use super::timeline::timeline;
use super::tree::Node;
use crate::plan::branch::Branch;

/// Worlds that are told of in words; of more, the others are counted.
const WORLDS: usize = 20;
/// Forks of a world that are told of in words.
const FORKS: usize = 8;

/// What runs, what is shared, and what that saves. In words, a line per world and fork.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The plan's name.
    pub name: String,
    /// Branches.
    pub branches: usize,
    /// Those that are the same as another.
    pub equal: usize,
    /// Those that cannot run.
    pub cannot_run: Vec<Unrunnable>,
    /// Forks of all worlds.
    pub forks: usize,
    /// What it costs.
    pub cost: Cost,
    /// The worlds, with their forks.
    pub worlds: Vec<World>,
}

/// A branch that cannot run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unrunnable {
    /// Its number.
    pub id: usize,
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// A world, or what forks from one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct World {
    /// When it leaves the world before it; null for one that begins with the run.
    pub at: Option<String>,
    /// What happens in it that did not happen before.
    pub actions: Vec<String>,
    /// Lanes.
    pub lanes: usize,
    /// Accounts of all lanes, those of its forks included.
    pub accounts: usize,
    /// Models.
    pub models: usize,
    /// Modules.
    pub modules: usize,
    /// Market events that it works through itself.
    pub events: u64,
    /// The branches whose results it gives, by number.
    pub branches: Vec<usize>,
    /// The name of the first of them.
    pub first: Option<String>,
    /// What forks from it, in time order.
    pub forks: Vec<World>,
}

/// What will be run of a plan, and what that costs. `events` tells how many events the data of a world have in a span.
pub fn explain(
    name: &str,
    branches: &[Branch],
    worlds: &[Node],
    events: &dyn Fn(&Node, Timestamp, Timestamp) -> u64,
) -> Explanation {
    let results: usize = worlds.iter().map(distinct).sum();
    let planned: usize = worlds.iter().map(|w| w.branches().len()).sum();
    let nodes: usize = worlds.iter().map(Node::nodes).sum();
    let mut cost = Cost::default();
    let told = worlds.iter().map(|world| {
        let of_world = |from, to| events(world, from, to);
        cost += Cost::of(world, &of_world);
        World::of(branches, world, (None, 0), &of_world)
    });
    let unrunnable = |b: &Branch| {
        let reason = b.scenario.as_ref().err()?.clone();
        Some(Unrunnable { id: b.id, name: b.name.clone(), reason })
    };
    Explanation {
        name: name.to_owned(),
        branches: branches.len(),
        equal: planned.saturating_sub(results),
        cannot_run: branches.iter().filter_map(unrunnable).collect(),
        forks: nodes - worlds.len(),
        worlds: told.collect(),
        cost,
    }
}

/// Results that a tree gives: equal branches have one.
fn distinct(node: &Node) -> usize {
    node.lanes.len() + node.forks.iter().map(|f| distinct(&f.node)).sum::<usize>()
}

impl World {
    /// Of a node that begins at a time, after so many actions of the node before it.
    fn of(
        branches: &[Branch],
        node: &Node,
        (at, known): (Option<Timestamp>, usize),
        events: &dyn Fn(Timestamp, Timestamp) -> u64,
    ) -> Self {
        let timeline = timeline(&node.scenario);
        let own: Vec<usize> = node.lanes.iter().flat_map(|lane| lane.branches.iter().copied()).collect();
        let fork =
            |fork: &super::Fork| World::of(branches, &fork.node, (Some(fork.at), timeline.len()), events);
        Self {
            at: at.map(|at| at.to_string()),
            actions: timeline.iter().skip(known).map(|a| format!("{} {a}", a.at())).collect(),
            lanes: node.lanes.len(),
            accounts: node.scenario.accounts.len(),
            models: node.scenario.models.len(),
            modules: node.scenario.orchestrator.modules().len(),
            events: Cost::own_events(node, at.unwrap_or(Timestamp::MIN), events),
            first: own.first().map(|id| branches[*id].name.clone()),
            branches: own,
            forks: node.forks.iter().map(fork).collect(),
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let parts = [
            count(self.lanes, "lane", "lanes"),
            count(self.accounts, "account", "accounts"),
            count(self.models, "model", "models"),
            count(self.modules, "module", "modules"),
            count(self.events as usize, "event", "events"),
        ];
        write!(f, "{}", parts.join(", "))?;
        if let Some(first) = &self.first {
            write!(f, ": {first}")?;
        }
        if self.branches.len() > 1 {
            write!(f, " .. {} more", self.branches.len() - 1)?;
        }
        writeln!(f)?;
        let indent = "  ".repeat(depth + 1);
        for fork in self.forks.iter().take(FORKS) {
            let at = fork.at.as_deref().unwrap_or_default();
            write!(f, "{indent}fork at {at} [{}]: ", fork.actions.join(", "))?;
            fork.write(f, depth + 1)?;
        }
        if self.forks.len() > FORKS {
            let more = &self.forks[FORKS..];
            let (forks, all) = (count(more.len(), "fork", "forks"), more.iter().map(|w| w.events).sum());
            writeln!(f, "{indent}... and {forks} more, {} events", digits(all))?;
        }
        Ok(())
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, count(self.branches, "branch", "branches"))?;
        if self.equal > 0 {
            write!(f, ", {} the same as another", self.equal)?;
        }
        let bad = self.cannot_run.len();
        if bad > 0 {
            write!(f, ", {bad} that cannot run")?;
        }
        let worlds = count(self.worlds.len(), "world", "worlds");
        writeln!(f, "; {worlds}, {}", count(self.forks, "fork", "forks"))?;
        for (i, world) in self.worlds.iter().take(WORLDS).enumerate() {
            write!(f, "world {i}: ")?;
            world.write(f, 0)?;
        }
        if self.worlds.len() > WORLDS {
            writeln!(f, "... and {} more", count(self.worlds.len() - WORLDS, "world", "worlds"))?;
        }
        for branch in self.cannot_run.iter().take(FORKS) {
            writeln!(f, "cannot run: {} ({})", branch.name, branch.reason)?;
        }
        if bad > FORKS {
            writeln!(f, "... and {} more that cannot run", bad - FORKS)?;
        }
        let Cost { events, account_events, alone_events } = self.cost;
        let saved = alone_events as f64 / events.max(1) as f64;
        writeln!(
            f,
            "cost: {} market events instead of {} one by one: a {saved:.1}th; {} account events",
            digits(events),
            digits(alone_events),
            digits(account_events)
        )
    }
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", digits(n as u64), if n == 1 { one } else { many })
}

/// With commas: 1,234,567.
fn digits(n: u64) -> String {
    let plain = n.to_string();
    let mut text = String::new();
    for (i, c) in plain.chars().enumerate() {
        if i > 0 && (plain.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    text
}
