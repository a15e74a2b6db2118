//! The plan file: what is varied, as a person writes it in RON.
//!
//! ```ron
//! Plan(
//!     name: "sweep",
//!     base: "quickstart.ron",
//!     branches: [
//!         Branch(name: "eager", set: {"accounts.base.policy.entry": 0.5}),
//!         Grid(set: {"models[0].fast": [5, 10], "models[0].slow": [30, 60]}),
//!         Random(n: 20, seed: 1, set: {"accounts.base.policy.stop_loss": LogUniform(0.005, 0.1)}),
//!         Ablation(LeaveOneOut),
//!         Cross([Swap(model: 0, with: [BuyAndHold]), Seeds(Fills(5))]),
//!     ],
//!     baseline: "base",
//!     walk_forward: (train: "60d", test: "20d", choose: "sharpe"),
//! )
//! ```

mod fields;
mod generators;
mod read;
mod walk_forward;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use manyworlds_components::time::Frame;

use crate::scenario::ScenarioError;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::load::Setting;
use crate::scenario::nearest::nearest;
use crate::scenario::read::Reader;
use crate::scenario::syntax::parse::parse;
use crate::scenario::syntax::{Node, Source, Span};

/// The branch that every plan has: the base scenario as it is.
pub const BASE: &str = "base";

pub use walk_forward::WalkForward;

/// A plan as it is written.
#[derive(Debug, Clone)]
pub struct PlanFile {
    /// Its name. Default: the file's name without its ending.
    pub name: String,
    /// The scenario that is varied. Relative to the plan's file.
    pub base: PathBuf,
    /// What is made of it, besides [`BASE`]. At least one.
    pub generators: Vec<Generator>,
    /// The branch that the others are compared with. Default: [`BASE`].
    pub baseline: (String, Span),
    /// The frame at which each branch's equity is kept for comparisons: the last mark in each. Default `1d`. What a
    /// branch marks, and so its digest, is for its scenario to say, not for this.
    pub sample: Frame,
    /// Whether branches are chosen on one window and tested on the next. Default: not.
    pub walk_forward: Option<WalkForward>,
    /// Branches beyond which the plan is only run if that is confirmed. Default 10,000.
    pub max_branches: u64,
    /// The text.
    pub source: Arc<Source>,
}

/// Something that makes branches.
#[derive(Debug, Clone)]
pub struct Generator {
    /// What it puts before the names of its branches.
    pub name: Option<String>,
    /// Where it is written.
    pub span: Span,
    /// Its path in the plan, e.g. `branches[2]`.
    pub path: String,
    /// What it does.
    pub kind: GeneratorKind,
}

/// The ways of making branches.
#[derive(Debug, Clone)]
pub enum GeneratorKind {
    /// `Branch(name: "x", set: {..})`: one.
    Branch(Vec<Setting>),
    /// `Grid(set: {"path": [values]})`: every combination, the last path varying fastest.
    Grid(Vec<Axis<Vec<Node>>>),
    /// `List([{..}, {..}])`: one for each map.
    List(Vec<Vec<Setting>>),
    /// `Random(n: .., seed: .., set: {"path": Uniform(a, b)})`: independent draws.
    Random(Draws),
    /// `LatinHypercube(n: .., seed: .., set: {..})`: of every path, one draw in each of n equally likely parts.
    LatinHypercube(Draws),
    /// `Ablation(LeaveOneOut)`, `Ablation(OneOnly)`, `Ablation(Shapley(permutations: .., seed: ..))`: of the modules.
    Ablation(Ablation),
    /// `Swap(model: 0, with: [..])`: another model in the place of one; by place or name.
    SwapModel {
        /// Place or name.
        which: Node,
        /// The others.
        with: Vec<Node>,
    },
    /// `Swap(module: "a", with: ["b"])`: another module, or the same with other settings, in the place of one.
    SwapModule {
        /// Its name.
        which: Node,
        /// The others: a name, or `{"name": (settings)}`.
        with: Vec<Node>,
    },
    /// `Seeds(Fills(k))`: the same market, k draws of latency and fills.
    Fills(u64),
    /// `Seeds(Markets(k))`: k synthetic markets.
    Markets(u64),
    /// `Cross([a, b])`: every branch of `a` with every branch of `b`.
    Cross(Vec<Generator>),
}

/// A path with what it may be.
#[derive(Debug, Clone)]
pub struct Axis<T> {
    /// The path.
    pub path: String,
    /// Where it is written.
    pub at: Span,
    /// What it may be.
    pub values: T,
    /// Where that is written.
    pub span: Span,
}

/// Random branches.
#[derive(Debug, Clone)]
pub struct Draws {
    /// How many.
    pub n: u64,
    /// Seed of the draws; each path has its own stream of it, so that another path does not shift them.
    pub seed: u64,
    /// What is drawn.
    pub axes: Vec<Axis<Distribution>>,
}

/// What a value is drawn from.
#[derive(Debug, Clone)]
pub enum Distribution {
    /// `Uniform(a, b)`: in `[a, b)`.
    Uniform(f64, f64),
    /// `LogUniform(a, b)`: the logarithm is uniform; both above 0.
    LogUniform(f64, f64),
    /// `Integer(a, b)`: whole numbers, both ends included.
    Integer(i64, i64),
    /// `Choice([..])`: one of these.
    Choice(Vec<Node>),
}

/// Which modules are taken away. What requires a module goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ablation {
    /// One at a time.
    LeaveOneOut,
    /// All but one at a time (and what it requires).
    OneOnly,
    /// Along random orders, module by module: what Shapley values are estimated from.
    Shapley {
        /// Orders.
        permutations: u64,
        /// Seed of the orders.
        seed: u64,
    },
}

impl PlanFile {
    /// Reads a plan file.
    ///
    /// # Errors
    /// Everything that is wrong with it, as far as can be seen at once.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ScenarioError> {
        let path = path.as_ref();
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let problem = match error.kind() {
                std::io::ErrorKind::NotFound => {
                    let problem = Diagnostic::placeless(format!("there is no file `{shown}`"));
                    Diagnostic { help: nearest_file(path), ..problem }
                }
                std::io::ErrorKind::InvalidData => Diagnostic::placeless(format!("`{shown}` is not a text")),
                _ => Diagnostic::placeless(format!("cannot read `{shown}`: {error}")),
            };
            problem.with_value(shown.as_str())
        })?;
        let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        Self::read(&Source::new(shown, path.parent().unwrap_or(Path::new("")), text), &name)
    }

    /// Reads a plan from a text; the base scenario is relative to `directory`.
    ///
    /// # Errors
    /// As [`PlanFile::load`].
    pub fn from_ron(text: &str, directory: impl AsRef<Path>) -> Result<Self, ScenarioError> {
        Self::read(&Source::new("plan", directory, text), "plan")
    }

    fn read(source: &Arc<Source>, name: &str) -> Result<Self, ScenarioError> {
        let root = parse(source)?;
        let mut reader = Reader::default();
        let plan = read::plan(&root, source, name, &mut reader);
        match (plan, reader.finish()) {
            (Some(plan), problems) if problems.is_empty() => Ok(plan),
            (_, mut problems) => {
                problems.sort_by_key(|d| d.span.as_ref().map(|s| s.start));
                Err(ScenarioError::new(problems))
            }
        }
    }
}

/// Which file in the same directory was probably meant.
fn nearest_file(path: &Path) -> Option<String> {
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(parent).ok()?;
    let mut names: Vec<String> =
        entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    nearest(&wanted, names.iter().map(String::as_str)).map(|best| format!("did you mean `{best}`?"))
}
