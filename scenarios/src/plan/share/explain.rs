//! The tree in words.

use std::fmt::Write as _;

use manyworlds_components::time::Timestamp;

use super::cost::Cost;
use super::timeline::timeline;
use super::tree::Node;
use crate::plan::branch::Branch;

/// Worlds that are told of; of more, the others are counted.
const WORLDS: usize = 20;
/// Forks of a world that are told of.
const FORKS: usize = 8;

/// What runs, what is shared, and what that saves: a line per world and fork. `events` tells how many events the data of
/// a world have in a span.
pub fn explain(
    name: &str,
    branches: &[Branch],
    worlds: &[Node],
    events: &dyn Fn(&Node, Timestamp, Timestamp) -> u64,
) -> String {
    let mut text = String::new();
    let bad = branches.iter().filter(|b| b.scenario.is_err()).count();
    let results: usize = worlds.iter().map(distinct).sum();
    let planned: usize = worlds.iter().map(|w| w.branches().len()).sum();
    let nodes: usize = worlds.iter().map(Node::nodes).sum();
    let _ = write!(text, "{name}: {}", count(branches.len(), "branch", "branches"));
    if planned > results {
        let _ = write!(text, ", {} the same as another", planned - results);
    }
    if bad > 0 {
        let _ = write!(text, ", {bad} that cannot run");
    }
    let forks = nodes - worlds.len();
    let _ = writeln!(text, "; {}, {}", count(worlds.len(), "world", "worlds"), count(forks, "fork", "forks"));
    let mut cost = Cost::default();
    for (i, world) in worlds.iter().enumerate() {
        let of_world = |from, to| events(world, from, to);
        cost += Cost::of(world, &of_world);
        if i < WORLDS {
            let _ = write!(text, "world {i}: ");
            describe(&mut text, branches, world, Timestamp::MIN, 0, &of_world);
        }
    }
    if worlds.len() > WORLDS {
        let _ = writeln!(text, "... and {} more", count(worlds.len() - WORLDS, "world", "worlds"));
    }
    for branch in branches.iter().filter(|b| b.scenario.is_err()).take(FORKS) {
        let _ = writeln!(
            text,
            "cannot run: {} ({})",
            branch.name,
            branch.scenario.as_ref().err().map_or("", |e| e)
        );
    }
    if bad > FORKS {
        let _ = writeln!(text, "... and {} more that cannot run", bad - FORKS);
    }
    let saved = cost.alone_events as f64 / cost.events.max(1) as f64;
    let _ = writeln!(
        text,
        "cost: {} market events instead of {} one by one: a {saved:.1}th; {} account events",
        digits(cost.events),
        digits(cost.alone_events),
        digits(cost.account_events)
    );
    text
}

/// Results that a tree gives: equal branches have one.
fn distinct(node: &Node) -> usize {
    node.lanes.len() + node.forks.iter().map(|f| distinct(&f.node)).sum::<usize>()
}

fn describe(
    text: &mut String,
    branches: &[Branch],
    node: &Node,
    from: Timestamp,
    depth: usize,
    events: &dyn Fn(Timestamp, Timestamp) -> u64,
) {
    let scenario = &node.scenario;
    let own = Cost::own_events(node, from, events);
    let parts = [
        count(node.lanes.len(), "lane", "lanes"),
        count(scenario.accounts.len(), "account", "accounts"),
        count(scenario.models.len(), "model", "models"),
        count(scenario.orchestrator.modules().len(), "module", "modules"),
        count(own as usize, "event", "events"),
    ];
    let _ = write!(text, "{}", parts.join(", "));
    if let Some(first) = node.lanes.first().and_then(|l| l.branches.first()) {
        let name = &branches[*first].name;
        let all: usize = node.lanes.iter().map(|l| l.branches.len()).sum();
        let more = if all > 1 { format!(" .. {} more", all - 1) } else { String::new() };
        let _ = write!(text, ": {name}{more}");
    }
    let _ = writeln!(text);
    let indent = "  ".repeat(depth + 1);
    for fork in node.forks.iter().take(FORKS) {
        let known = timeline(scenario);
        let new = timeline(&fork.node.scenario);
        let new: Vec<String> = new[known.len()..].iter().map(|a| format!("{} {a}", a.at())).collect();
        let _ = write!(text, "{indent}fork at {} [{}]: ", fork.at, new.join(", "));
        describe(text, branches, &fork.node, fork.at, depth + 1, events);
    }
    if node.forks.len() > FORKS {
        let more = &node.forks[FORKS..];
        let all: u64 = more.iter().map(|f| Cost::own_events(&f.node, f.at, events)).sum();
        let _ = writeln!(
            text,
            "{indent}... and {} more, {} events",
            count(more.len(), "fork", "forks"),
            digits(all)
        );
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
