//! One branch before it is a scenario: its name and its settings.

use super::modules::NamedGame;
use crate::plan::file::{Axis, Generator, GeneratorKind};
use crate::run::Setup;
use crate::scenario::Scenario;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::load::Setting;
use crate::scenario::nearest::hint;
use crate::scenario::schema::data::DataSettings;
use crate::scenario::syntax::path::{Segment, segments};
use crate::scenario::syntax::print::compact;
use crate::scenario::syntax::{Class, Kind, Node, Span};
use manyworlds_systems::exchange::settings::LatencyModel;

/// A branch before it is a scenario.
#[derive(Debug, Clone)]
pub(super) struct Variant {
    pub name: String,
    pub settings: Vec<Setting>,
    /// The settings as people see them.
    pub parameters: Vec<(String, String)>,
    /// What made it.
    pub span: Span,
    pub path: String,
}

impl Variant {
    pub(super) fn new(generator: &Generator, name: String, settings: Vec<Setting>) -> Self {
        let parameters = settings.iter().map(|s| (s.path.clone(), compact(&s.value))).collect();
        let (span, path) = (generator.span.clone(), generator.path.clone());
        Self { name, settings, parameters, span, path }
    }
}

/// What variants are made from.
pub(super) struct Context<'a> {
    pub base: &'a Scenario,
    pub setup: &'a Setup,
    pub games: Vec<NamedGame>,
    pub warnings: Vec<String>,
}

pub(super) type Made = Result<Vec<Variant>, Box<Diagnostic>>;

impl Context<'_> {
    /// How many branches it will make, at most.
    pub(super) fn count(&self, generator: &Generator) -> u128 {
        match &generator.kind {
            GeneratorKind::Branch(_) => 1,
            GeneratorKind::Grid(axes) => {
                axes.iter().fold(1, |n: u128, axis| n.saturating_mul(axis.values.len() as u128))
            }
            GeneratorKind::List(items) => items.len() as u128,
            GeneratorKind::Random(draws) | GeneratorKind::LatinHypercube(draws) => u128::from(draws.n),
            GeneratorKind::Ablation(ablation) => self.count_ablation(*ablation),
            GeneratorKind::SwapModel { with, .. } | GeneratorKind::SwapModule { with, .. } => {
                with.len() as u128
            }
            GeneratorKind::Fills(k) | GeneratorKind::Markets(k) => u128::from(*k),
            GeneratorKind::Cross(parts) => {
                parts.iter().fold(1, |n: u128, part| n.saturating_mul(self.count(part)))
            }
        }
    }

    /// The branches of a generator.
    pub(super) fn variants(&mut self, generator: &Generator) -> Made {
        let mut made = match &generator.kind {
            GeneratorKind::Branch(settings) => {
                let name = generator.name.clone().unwrap_or_default();
                return Ok(vec![Variant::new(generator, name, settings.clone())]);
            }
            GeneratorKind::Grid(axes) => super::grid::grid(generator, axes),
            GeneratorKind::List(items) => items
                .iter()
                .map(|settings| {
                    let labels = labels(settings.iter().map(|s| s.path.as_str()));
                    let part = |(label, s): (String, &Setting)| format!("{label}={}", compact(&s.value));
                    let name = labels.into_iter().zip(settings).map(part).collect::<Vec<_>>().join(", ");
                    Variant::new(generator, name, settings.clone())
                })
                .collect(),
            GeneratorKind::Random(draws) => super::draws::draw(generator, draws, false),
            GeneratorKind::LatinHypercube(draws) => super::draws::draw(generator, draws, true),
            GeneratorKind::Ablation(ablation) => self.ablation(generator, *ablation)?,
            GeneratorKind::SwapModel { which, with } => self.swap_model(generator, which, with)?,
            GeneratorKind::SwapModule { which, with } => self.swap_module(generator, which, with)?,
            GeneratorKind::Fills(k) => {
                let random = |v: &manyworlds_systems::exchange::settings::VenueSettings| {
                    !matches!(v.latency, LatencyModel::Constant { .. })
                };
                if !self.base.venues.iter().any(random) {
                    self.warnings.push(format!(
                        "{}: no venue has a random latency, so that all draws of fills are the same: write e.g. \
                         `latency: Uniform(min_ms: 5, max_ms: 50)`",
                        generator.path
                    ));
                }
                let one = |i| {
                    let setting = number(generator, "draws", i);
                    Variant::new(generator, format!("fills {i}"), vec![setting])
                };
                (1..=*k).map(one).collect()
            }
            GeneratorKind::Markets(k) => {
                let synthetic = DataSettings::is_synthetic;
                if !self.base.symbols.iter().flat_map(|s| &s.data).any(synthetic) {
                    let message = "the base scenario has no synthetic market: there is one market only";
                    let problem = Diagnostic::error(generator.span.clone(), generator.path.as_str(), message);
                    let help = "draw fills, `Seeds(Fills(10))`, or make a symbol's data `Synthetic(...)`";
                    return Err(Box::new(problem.with_help(help)));
                }
                let one = |i| {
                    let setting = number(generator, "seed", self.base.seed.wrapping_add(i));
                    Variant::new(generator, format!("market {i}"), vec![setting])
                };
                (1..=*k).map(one).collect()
            }
            GeneratorKind::Cross(parts) => {
                let parts = parts.iter().map(|p| self.variants(p)).collect::<Result<Vec<_>, _>>()?;
                cross(generator, parts)?
            }
        };
        if let Some(prefix) = &generator.name {
            made.iter_mut().for_each(|v| v.name = format!("{prefix} {}", v.name).trim_end().to_owned());
        }
        Ok(made)
    }

    fn swap_model(&self, generator: &Generator, which: &Node, with: &[Node]) -> Made {
        let names: Vec<String> = self.base.models.iter().map(|m| m.name()).collect();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let place = match &which.kind {
            Kind::Leaf(Class::Number, text) => text.parse().ok().filter(|at| *at < names.len()),
            _ => which.as_text().and_then(|name| names.iter().position(|n| *n == name)),
        };
        let Some(place) = place else {
            let message = format!("the base scenario has no model {}", which.describe());
            let problem = Diagnostic::error(which.span.head(), generator.path.as_str(), message);
            let help = hint(&which.as_text().unwrap_or_default(), &known, "models");
            return Err(Box::new(problem.with_value(which.span.head().text()).with_help(help)));
        };
        let one = |node: &Node| {
            let path = format!("models[{place}]");
            let name = format!("{path}={}", compact(node));
            let setting = Setting { path, at: which.span.clone(), value: node.clone() };
            Variant::new(generator, name, vec![setting])
        };
        Ok(with.iter().map(one).collect())
    }
}

/// Every variant of each with every one of the others. None may set what another has set: two names would be one run.
fn cross(generator: &Generator, parts: Vec<Vec<Variant>>) -> Made {
    let mut all = vec![Variant::new(generator, String::new(), Vec::new())];
    for part in parts {
        let pair = |left: &Variant| {
            let joined = |right: &Variant| {
                if let Some(twice) =
                    right.settings.iter().find(|s| left.settings.iter().any(|l| undoes(s, l)))
                {
                    let message =
                        format!("`{}` is set twice: by `{}` and by `{}`", twice.path, left.name, right.name);
                    let problem = Diagnostic::error(generator.span.clone(), generator.path.as_str(), message);
                    return Err(Box::new(problem.with_help("vary it in one of the crossed parts only")));
                }
                let mut both = left.clone();
                if !both.name.is_empty() {
                    both.name.push_str("; ");
                }
                both.name.push_str(&right.name);
                both.settings.extend(right.settings.iter().cloned());
                both.parameters.extend(right.parameters.iter().cloned());
                Ok(both)
            };
            part.iter().map(joined).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(pair).collect::<Result<_, _>>()?;
    }
    Ok(all)
}

/// Whether nothing is left of an earlier setting after a later one: that of the same path, or of a whole that it is in.
fn undoes(later: &Setting, earlier: &Setting) -> bool {
    let rest = earlier.path.strip_prefix(later.path.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn number(generator: &Generator, path: &str, value: u64) -> Setting {
    let at = generator.span.clone();
    Setting { path: path.to_owned(), value: leaf(value.to_string(), &at), at }
}

/// A number.
pub(super) fn leaf(text: String, span: &Span) -> Node {
    Node { span: span.clone(), kind: Kind::Leaf(Class::Number, text) }
}

/// Short names of paths: the last part, where that tells them apart.
pub(super) fn labels<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let paths: Vec<&str> = paths.collect();
    let last = |path: &str| match segments(path).ok().and_then(|s| s.into_iter().next_back()) {
        Some(Segment::Name(name)) => name,
        _ => path.to_owned(),
    };
    let short: Vec<String> = paths.iter().map(|p| last(p)).collect();
    let label = |(i, path): (usize, &&str)| {
        let unique = short.iter().filter(|s| **s == short[i]).count() == 1;
        if unique { short[i].clone() } else { (*path).to_owned() }
    };
    paths.iter().enumerate().map(label).collect()
}

/// Short names of axes.
pub(super) fn axis_labels<T>(axes: &[Axis<T>]) -> Vec<String> {
    labels(axes.iter().map(|a| a.path.as_str()))
}
