//! From a plan file to branches: resolved scenarios, each with what sets it apart from the base.

mod data;
mod draws;
mod grid;
mod modules;
#[cfg(test)]
mod tests;
mod variant;
mod warnings;

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::branch::Branch;
use super::file::{BASE, PlanFile, WalkForward};
use crate::run::{PrepareError, RunPlan, Setup};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::load::{Setting, Template};
use crate::scenario::nearest::hint;
use crate::scenario::syntax::Span;
use crate::scenario::{Loaded, Loader, Overrides, Scenario, ScenarioError};
use manyworlds_components::time::Frame;
use manyworlds_systems::catalogue::CatalogueError;
pub use modules::Game;
use variant::{Context, Variant};
use warnings::Warnings;

/// Branches beyond which a plan is refused even if it is confirmed: each takes some 5 KB before anything runs.
const MOST_BRANCHES: u128 = 200_000;

/// Runs of all windows of a walk forward beyond which it is refused even if it is confirmed. Of each only the result is kept.
const MOST_RUNS: u64 = 2_000_000;

/// How a plan is expanded.
#[derive(Debug, Clone, Default)]
pub struct ExpandOptions {
    /// Values laid over the base scenario, under those of the plan.
    pub overrides: Overrides,
    /// Whether a plan of more than [`PlanFile::max_branches`] is confirmed.
    pub confirmed: bool,
}

/// A plan as branches.
#[derive(Debug, Clone)]
pub struct Expansion {
    /// The plan's name.
    pub name: String,
    /// Every branch, by id. The first is the base scenario as it is.
    pub branches: Vec<Branch>,
    /// The id of the branch that the others are compared with.
    pub baseline: usize,
    /// [`PlanFile::sample`].
    pub sample: Frame,
    /// [`PlanFile::walk_forward`].
    pub walk_forward: Option<WalkForward>,
    /// Runs that windows of a walk forward may come to: [`PlanFile::max_branches`], unless more are confirmed.
    pub most_branches: u64,
    /// The games of [`super::file::Ablation::Shapley`], in the order of the plan.
    pub games: Vec<Game>,
    /// What is odd about the plan but does not keep it from being run.
    pub warnings: Vec<String>,
}

impl PlanFile {
    /// Makes the branches. One whose parameters do not make a scenario is among them, with the reason.
    ///
    /// # Errors
    /// A base scenario that cannot be loaded, paths that lead nowhere, two branches of one name, an unknown baseline,
    /// or more branches than are confirmed.
    pub fn expand(&self, setup: &Setup, options: &ExpandOptions) -> Result<Expansion, ScenarioError> {
        let known = setup.catalogue.names();
        let loader = Loader::default().known_modules(&known).overrides(options.overrides.clone());
        self.expand_over(&loader.template(&self.base)?, setup, options)
    }

    /// As [`PlanFile::expand`], over a base scenario that is read already.
    ///
    /// # Errors
    /// As [`PlanFile::expand`].
    pub fn expand_over(
        &self,
        template: &Template,
        setup: &Setup,
        options: &ExpandOptions,
    ) -> Result<Expansion, ScenarioError> {
        let Loaded { scenario: base, warnings: odd, .. } = template.with(&[])?;
        let mut told = Warnings::default();
        odd.iter().for_each(|w| told.add(w.to_string(), BASE));
        RunPlan::check(&base, setup).map_err(|e| Diagnostic::placeless(e.to_string()))?;
        let mut context = Context { base: &base, setup, games: Vec::new(), warnings: Vec::new() };
        self.check_size(&context, options)?;
        let mut variants = Vec::new();
        let mut problems = Vec::new();
        for generator in &self.generators {
            match context.variants(generator) {
                Ok(made) => variants.extend(made),
                Err(problem) => problems.push(*problem),
            }
        }
        problems.extend(duplicates(&variants));
        if !problems.is_empty() {
            return Err(ScenarioError::new(problems));
        }
        let (games, mut warnings) = (context.games, context.warnings);
        let made: Vec<Made> = variants.par_iter().map(|variant| make(template, variant, setup)).collect();
        let mut branches = vec![Branch {
            id: 0,
            name: BASE.to_owned(),
            parameters: Vec::new(),
            scenario: Ok(Scenario { name: BASE.to_owned(), ..base }),
        }];
        for (variant, made) in variants.into_iter().zip(made) {
            let (id, Variant { name, parameters, .. }) = (branches.len(), variant);
            match made {
                Made::Scenario(scenario, odd) => {
                    odd.iter().for_each(|w| told.add(w.to_string(), &name));
                    let scenario = Scenario { name: name.clone(), ..*scenario };
                    branches.push(Branch { id, name, parameters, scenario: Ok(scenario) });
                }
                Made::Bad(reason) => branches.push(Branch { id, name, parameters, scenario: Err(reason) }),
                Made::Nowhere(found) => {
                    for problem in found {
                        let same = |p: &Diagnostic| p.path == problem.path && p.message == problem.message;
                        if !problems.iter().any(same) {
                            problems.push(problem);
                        }
                    }
                }
            }
        }
        if !problems.is_empty() {
            return Err(ScenarioError::new(problems));
        }
        let ids: HashMap<&str, usize> = branches.iter().map(|b| (b.name.as_str(), b.id)).collect();
        let Some(&baseline) = ids.get(self.baseline.0.as_str()) else {
            let names: Vec<&str> = branches.iter().map(|b| b.name.as_str()).collect();
            let message = format!("there is no branch `{}`", self.baseline.0);
            let problem = Diagnostic::error(self.baseline.1.clone(), "baseline", message);
            return Err(problem.with_help(hint(&self.baseline.0, &names, "branches")).into());
        };
        warnings.extend(told.told());
        let games = games.into_iter().map(|game| game.resolve(&ids)).collect();
        Ok(Expansion {
            name: self.name.clone(),
            branches,
            baseline,
            sample: self.sample,
            walk_forward: self.walk_forward.clone(),
            most_branches: if options.confirmed { MOST_RUNS } else { self.max_branches.min(MOST_RUNS) },
            games,
            warnings,
        })
    }

    /// Refuses more branches than are confirmed, before any is made.
    fn check_size(&self, context: &Context<'_>, options: &ExpandOptions) -> Result<(), ScenarioError> {
        let sizes: Vec<u128> = self.generators.iter().map(|g| context.count(g)).collect();
        let total = sizes.iter().fold(1, |a: u128, b| a.saturating_add(*b));
        let asked = if options.confirmed { MOST_BRANCHES } else { u128::from(self.max_branches) };
        let limit = asked.min(MOST_BRANCHES);
        let largest = self.generators.iter().zip(&sizes).max_by_key(|(_, size)| **size);
        let Some((generator, size)) = largest.filter(|_| total > limit) else { return Ok(()) };
        let message = format!("the plan has {total} branches ({size} of them from here), more than {limit}");
        let help = match total > MOST_BRANCHES {
            true => format!("no plan may have more than {MOST_BRANCHES}: make several of it"),
            false => "if that is meant, confirm it with --yes, or write `max_branches: ...`".to_owned(),
        };
        let problem = Diagnostic::error(generator.span.clone(), generator.path.as_str(), message);
        Err(problem.with_help(help).into())
    }
}

/// Names that are there more than once.
fn duplicates(variants: &[Variant]) -> Vec<Diagnostic> {
    let mut first: HashMap<&str, Option<&Variant>> = HashMap::from([(BASE, None)]);
    let mut problems = Vec::new();
    for variant in variants {
        if let Some(known) = first.get(variant.name.as_str()) {
            let message = match known {
                Some(known) => format!(
                    "two branches are called `{}`; the first is made in line {}",
                    variant.name,
                    known.span.line()
                ),
                None => format!("`{BASE}` is the base scenario as it is, which every plan runs"),
            };
            let problem = Diagnostic::error(variant.span.clone(), variant.path.as_str(), message);
            let help = "names must differ: give one of them another `name: \"...\"`";
            problems.push(problem.with_value(variant.name.as_str()).with_help(help));
        } else {
            first.insert(&variant.name, Some(variant));
        }
    }
    // One is enough to see what is meant; a grid that is there twice has thousands.
    problems.truncate(5);
    problems
}

/// What became of a variant.
enum Made {
    /// With what is odd about it.
    Scenario(Box<Scenario>, Vec<Diagnostic>),
    /// Its values are wrong.
    Bad(String),
    /// Its paths are.
    Nowhere(Vec<Diagnostic>),
}

fn make(template: &Template, variant: &Variant, setup: &Setup) -> Made {
    let error = match template.with(&variant.settings) {
        Ok(loaded) => {
            return match RunPlan::check(&loaded.scenario, setup) {
                Ok(()) => Made::Scenario(Box::new(loaded.scenario), loaded.warnings),
                Err(error) => unfit(variant, &error),
            };
        }
        Err(error) => error,
    };
    let written = |d: &Diagnostic, place: &dyn Fn(&Span, &Setting) -> bool| {
        d.span.as_ref().is_some_and(|span| variant.settings.iter().any(|setting| place(span, setting)))
    };
    let on_path = |d: &&Diagnostic| {
        written(d, &|span, Setting { at, .. }| {
            Arc::ptr_eq(&at.source, &span.source) && at.start == span.start
        })
    };
    let nowhere: Vec<Diagnostic> = error.diagnostics().iter().filter(on_path).cloned().collect();
    if nowhere.is_empty() {
        let lines: Vec<String> = error.diagnostics().iter().map(ToString::to_string).collect();
        // What is blamed may be what the base says, beside which a value of the branch does not go.
        let own = |span: &Span, setting: &Setting| Arc::ptr_eq(&setting.value.span.source, &span.source);
        let blamed = error.diagnostics().iter().any(|d| written(d, &own));
        let values = variant.parameters.iter().map(|(path, value)| format!("{path}={value}"));
        let values = if blamed || variant.parameters.is_empty() {
            String::new()
        } else {
            values.collect::<Vec<_>>().join(", ") + ": "
        };
        return Made::Bad(values + &lines.join("; "));
    }
    Made::Nowhere(nowhere)
}

/// Parts that do not fit. A setting that its module does not know is a path that leads nowhere.
fn unfit(variant: &Variant, error: &PrepareError) -> Made {
    let unknown = matches!(error, PrepareError::Catalogue(CatalogueError::Syntax { field: Some(_), .. }));
    let inside = |s: &&Setting| s.path.starts_with("orchestrator.modules.");
    match variant.settings.iter().find(inside).filter(|_| unknown) {
        Some(setting) => {
            let path = setting.path.as_str();
            Made::Nowhere(vec![Diagnostic::error(setting.at.clone(), path, error.to_string())])
        }
        None => Made::Bad(error.to_string()),
    }
}
