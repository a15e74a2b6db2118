//! Branches that differ in their modules: ablations and swaps.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use manyworlds_engine::Streams;
use rand::RngExt as _;

use super::variant::{Context, Made, Variant};
use crate::plan::file::{Ablation, Generator};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::load::Setting;
use crate::scenario::nearest::hint;
use crate::scenario::schema::orchestrator::canonical;
use crate::scenario::syntax::parse::parse;
use crate::scenario::syntax::print::compact;
use crate::scenario::syntax::{Kind, Node, Source};

/// Modules as players, and which branch tells the worth of which of them together: what Shapley values are estimated
/// from (Castro, Gomez & Tejada 2009).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Game {
    /// The modules.
    pub modules: Vec<String>,
    /// Random orders of them, by place in `modules`.
    pub permutations: Vec<Vec<usize>>,
    /// For each order, the branch with its first 0, 1, 2, ... modules; one more than there are modules.
    pub branches: Vec<Vec<usize>>,
}

/// A game of which the branches are not numbered yet.
pub(super) struct NamedGame {
    modules: Vec<String>,
    permutations: Vec<Vec<usize>>,
    branches: Vec<Vec<String>>,
}

impl NamedGame {
    pub(super) fn resolve(self, ids: &HashMap<&str, usize>) -> Game {
        let id = |name: &String| ids.get(name.as_str()).copied().unwrap_or_default();
        let branches = self.branches.iter().map(|names| names.iter().map(id).collect()).collect();
        Game { modules: self.modules, permutations: self.permutations, branches }
    }
}

/// The modules of the base: name, settings, and the places of those that each requires, directly or not.
struct Players {
    modules: Vec<(String, String)>,
    requires: Vec<BTreeSet<usize>>,
}

impl Players {
    fn of(context: &Context<'_>) -> Self {
        let listed = context.base.orchestrator.loadable(&context.setup.catalogue, context.base.has_books());
        let listed = listed.map(|(modules, _)| modules).unwrap_or_default();
        let modules: Vec<(String, String)> =
            listed.iter().map(|m| (m.name.clone(), m.settings.text())).collect();
        let direct = |(name, settings): &(String, String)| -> BTreeSet<usize> {
            let built = context.setup.catalogue.build(name, Some(settings));
            let named = built.map(|m| m.info().requires).unwrap_or_default();
            named.iter().filter_map(|r| modules.iter().position(|(m, _)| m == r)).collect()
        };
        let mut requires: Vec<BTreeSet<usize>> = modules.iter().map(direct).collect();
        // As many rounds as the longest chain may have links.
        for _ in 0..modules.len() {
            for i in 0..requires.len() {
                let more: Vec<usize> = requires[i].iter().flat_map(|r| requires[*r].clone()).collect();
                requires[i].extend(more);
            }
        }
        Self { modules, requires }
    }

    /// Those of the set that have all that they require in it.
    fn standing(&self, set: &BTreeSet<usize>) -> BTreeSet<usize> {
        set.iter().copied().filter(|i| self.requires[*i].is_subset(set)).collect()
    }

    fn names(&self, set: &BTreeSet<usize>) -> Vec<&str> {
        set.iter().map(|i| self.modules[*i].0.as_str()).collect()
    }

    /// The branch with these modules, and no others.
    fn variant(
        &self,
        generator: &Generator,
        name: String,
        set: &BTreeSet<usize>,
    ) -> Result<Variant, Box<Diagnostic>> {
        let modules: Vec<(String, String)> = set.iter().map(|i| self.modules[*i].clone()).collect();
        with_modules(generator, name, &modules)
    }
}

/// The branch with these modules and settings, and no others.
fn with_modules(
    generator: &Generator,
    name: String,
    modules: &[(String, String)],
) -> Result<Variant, Box<Diagnostic>> {
    let entry = |(name, settings): &(String, String)| format!("{name:?}: {settings}");
    let entries = modules.iter().map(entry).collect::<Vec<_>>().join(", ");
    let text = format!("(type: configurable, modules: {{{entries}}})");
    let value = parse(&Source::new(format!("{} ({name})", generator.path), "", text))?;
    let setting = Setting { path: "orchestrator".to_owned(), at: generator.span.clone(), value };
    let mut variant = Variant::new(generator, name, vec![setting]);
    let names: Vec<&str> = modules.iter().map(|(name, _)| name.as_str()).collect();
    variant.parameters = vec![("orchestrator.modules".to_owned(), format!("{names:?}"))];
    Ok(variant)
}

impl Context<'_> {
    pub(super) fn count_ablation(&self, ablation: Ablation) -> u128 {
        let n = self.base.orchestrator.modules().len() as u128;
        match ablation {
            Ablation::LeaveOneOut | Ablation::OneOnly => n,
            Ablation::Shapley { permutations, .. } => {
                u128::from(permutations).saturating_mul(n + 1).min(1 << n.min(100))
            }
        }
    }

    pub(super) fn ablation(&mut self, generator: &Generator, ablation: Ablation) -> Made {
        let players = Players::of(self);
        let n = players.modules.len();
        if n == 0 {
            let message = "the base scenario loads no module: there is nothing to leave out";
            let problem = Diagnostic::error(generator.span.clone(), generator.path.as_str(), message);
            let help = "add e.g. `orchestrator: (type: configurable, modules: [\"market_analysis\"])` to it";
            return Err(Box::new(problem.with_help(help)));
        }
        let all: BTreeSet<usize> = (0..n).collect();
        match ablation {
            Ablation::LeaveOneOut => {
                let without = |i: usize| {
                    let left = players.standing(&all.iter().copied().filter(|k| *k != i).collect());
                    let mut gone = vec![players.modules[i].0.as_str()];
                    gone.extend(
                        all.difference(&left).filter(|k| **k != i).map(|k| players.modules[*k].0.as_str()),
                    );
                    players.variant(generator, format!("without {}", gone.join(", ")), &left)
                };
                (0..n).map(without).collect()
            }
            Ablation::OneOnly => {
                let only = |i: usize| {
                    let mut set = players.requires[i].clone();
                    set.insert(i);
                    let with = players.requires[i].iter().filter(|k| **k != i);
                    let with: Vec<&str> = with.map(|k| players.modules[*k].0.as_str()).collect();
                    let with =
                        if with.is_empty() { String::new() } else { format!(" with {}", with.join(", ")) };
                    players.variant(generator, format!("only {}{with}", players.modules[i].0), &set)
                };
                (0..n).map(only).collect()
            }
            Ablation::Shapley { permutations, seed } => {
                let mut random = Streams::new(seed).stream("shapley", &generator.path).0;
                let mut game = NamedGame {
                    modules: players.modules.iter().map(|m| m.0.clone()).collect(),
                    permutations: Vec::new(),
                    branches: Vec::new(),
                };
                let mut coalitions: BTreeMap<BTreeSet<usize>, String> = BTreeMap::new();
                for _ in 0..permutations {
                    let mut order: Vec<usize> = (0..n).collect();
                    for i in (1..n).rev() {
                        order.swap(i, random.random_range(0..=i));
                    }
                    let mut names = Vec::new();
                    for length in 0..=n {
                        let set = players.standing(&order[..length].iter().copied().collect());
                        let words = players.names(&set).join("+");
                        let words = if words.is_empty() { "none".to_owned() } else { words };
                        names.push(coalitions.entry(set).or_insert(format!("modules {words}")).clone());
                    }
                    game.permutations.push(order);
                    game.branches.push(names);
                }
                self.games.push(game);
                let mut coalitions: Vec<_> = coalitions.into_iter().collect();
                coalitions.sort_by_key(|(set, _)| set.len());
                let one = |(set, name): (BTreeSet<usize>, String)| players.variant(generator, name, &set);
                coalitions.into_iter().map(one).collect()
            }
        }
    }

    pub(super) fn swap_module(&self, generator: &Generator, which: &Node, with: &[Node]) -> Made {
        let modules = Players::of(self).modules;
        let known: Vec<&str> = modules.iter().map(|(name, _)| name.as_str()).collect();
        let name = which.as_word().unwrap_or_default();
        let refuse = |node: &Node, message: String, help: String| {
            let problem = Diagnostic::error(node.span.head(), generator.path.as_str(), message);
            Box::new(problem.with_value(node.span.head().text()).with_help(help))
        };
        let Some(place) = known.iter().position(|m| *m == canonical(&name)) else {
            let message = format!("the base scenario has no module {}", which.describe());
            return Err(refuse(
                which,
                message,
                hint(canonical(&name), &known, "modules of the base scenario"),
            ));
        };
        let offered = self.setup.catalogue.names();
        let one = |node: &Node| {
            let (name, settings) = match &node.kind {
                Kind::Map(entries) if entries.len() == 1 => (entries[0].0.as_word(), compact(&entries[0].1)),
                _ => (node.as_word(), "()".to_owned()),
            };
            let Some(name) = name else {
                let message = format!("expected a module, found {}", node.describe());
                return Err(refuse(
                    node,
                    message,
                    "write `\"name\"` or `{\"name\": (setting: 1)}`".to_owned(),
                ));
            };
            let name = canonical(&name).to_owned();
            if !offered.contains(&name.as_str()) {
                return Err(refuse(
                    node,
                    format!("unknown module `{name}`"),
                    hint(&name, &offered, "modules"),
                ));
            }
            let mut swapped = modules.clone();
            let label =
                format!("{}={name}{}", modules[place].0, if settings == "()" { "" } else { &settings });
            swapped[place] = (name, settings);
            with_modules(generator, label, &swapped)
        };
        with.iter().map(one).collect()
    }
}
