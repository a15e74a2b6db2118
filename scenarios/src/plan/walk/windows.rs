//! Where the windows lie, and the scenarios that are run in them.

use manyworlds_components::time::{Frame, Timestamp};

use crate::intervention::{Intervention, Target, What};
use crate::plan::branch::Branch;
use crate::plan::expand::Expansion;
use crate::plan::file::WalkForward;
use crate::plan::share::{Action, timeline, with_timeline};
use crate::run::{MarketInput, Setup, WarmUp, declared_warm_up, longest_frame};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::{Scenario, ScenarioError};

/// A training window and the test window after it. Events at its end belong to a window, those at its beginning too: a decision
/// there is its first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Beginning and end of the training window.
    pub train: (Timestamp, Timestamp),
    /// Beginning and end of the test window; it begins where the training window ends.
    pub test: (Timestamp, Timestamp),
}

/// The windows of a plan.
#[derive(Clone)]
pub struct WalkPlan {
    /// What is asked for.
    pub settings: WalkForward,
    /// In time order; at least one.
    pub windows: Vec<Window>,
    /// What is watched before each window.
    pub warm_up: WarmUp,
    /// What of the run lies after the last whole window.
    pub left: (Timestamp, Timestamp),
    /// First time of the run.
    start: Timestamp,
    grid: Frame,
    input: MarketInput,
}

impl WalkPlan {
    /// The windows over the span of the base scenario, whose data `input` holds; `None` if the plan wants none.
    ///
    /// The first training window begins as soon as everything is warm, at a whole day where the lengths are whole days (else
    /// hour, minute, second). Test windows that would reach beyond the data are left out.
    ///
    /// # Errors
    /// Windows longer than the run, nothing to choose from, or more runs than are confirmed.
    pub fn of(plan: &Expansion, setup: &Setup, input: &MarketInput) -> Result<Option<Self>, ScenarioError> {
        let Some(settings) = &plan.walk_forward else { return Ok(None) };
        let wrong = |message: String, help: &str| {
            let problem = Diagnostic::error(settings.span.clone(), "walk_forward", message);
            ScenarioError::from(problem.with_help(help))
        };
        let runnable = || plan.branches.iter().filter_map(|b| b.scenario.as_ref().ok());
        let (Some(base), true) = (runnable().next(), runnable().count() > 1) else {
            let message = "there is nothing to choose from: no branch but one can run".to_owned();
            return Err(wrong(message, "add branches, or take `walk_forward` away"));
        };
        let warm_up = match settings.warmup {
            Some(frame) => WarmUp { bars: 1, frame },
            None => longest_warm_up(runnable(), setup, input),
        };
        let (from, to) = base.span();
        let (first, last) = input.span().unwrap_or_default();
        let (start, end) = (from.max(first), to.min(last));
        let grid = grid([settings.train, settings.test, settings.step]);
        let warm = input.end_of_warm_up(start, warm_up.bars, warm_up.frame);
        let warm = warm.max(base.trade_from.unwrap_or(start));
        // A bar that is stamped before its end does not cost the last window.
        let bar = longest_frame(base, input).nanos();
        let reach = end + (bar.min(settings.test.nanos() / 2) - 1).max(0);
        let windows = if warm > reach { Vec::new() } else { lay_out(settings, grid.ceil(warm), reach) };
        let Some(last) = windows.last() else {
            let message = format!(
                "the windows are longer than the run: {} of training and {} of test after a warm-up until {}, and the run \
                 ends at {end}",
                settings.train,
                settings.test,
                if warm > reach { "after that".to_owned() } else { grid.ceil(warm).to_string() },
            );
            return Err(wrong(message, "shorten `train`, `test` or `warmup`, or run more data"));
        };
        let (runs, most) = (windows.len() * (plan.branches.len() + 2), plan.most_branches);
        if runs as u64 > most {
            let message = format!(
                "{} windows of {} branches are {runs} runs, more than {most}",
                windows.len(),
                plan.branches.len()
            );
            return Err(wrong(
                message,
                "if that is meant, confirm it with --yes, or write `max_branches: ...`",
            ));
        }
        let left = (last.test.1.min(end), end);
        let (settings, input) = (settings.clone(), input.clone());
        Ok(Some(Self { settings, windows, warm_up, left, start, grid, input }))
    }

    /// Market events of the base scenario between two times.
    pub(super) fn events_between(&self, from: Timestamp, to: Timestamp) -> u64 {
        self.input.events_between(from, to)
    }

    /// Runs of all windows: their numbers are below this.
    pub fn runs(&self, plan: &Expansion) -> usize {
        self.windows.len() * (plan.branches.len() + 2)
    }

    /// Digest of everything that the results of windows depend on, where that of the plan is `digest`.
    pub fn digest(&self, digest: &str) -> String {
        let Self { settings, windows, warm_up, start, .. } = self;
        let text = format!("{digest} {} {windows:?} {warm_up:?} {start}", settings.choose);
        format!("{:016x}", xxhash_rust::xxh3::xxh3_64(text.as_bytes()))
    }

    /// A branch in a window: the same scenario from the beginning of the warm-up to the end of the window.
    pub(super) fn scenario(&self, scenario: &Scenario, (from, to): (Timestamp, Timestamp)) -> Scenario {
        let begin = self.input.start_of_warm_up(from, self.warm_up.bars, self.warm_up.frame);
        let mut scenario = scenario.clone().with_own_times();
        scenario.from = Some(self.grid.floor(begin).max(self.start));
        scenario.trade_from = Some(from);
        scenario.to = Some(to);
        // What comes after the window, or after the data, is not known yet.
        let last = to.min(self.left.1);
        let known = timeline(&scenario).into_iter().filter(|action| action.at() <= last);
        let known: Vec<_> = known.filter_map(|action| seen_from(from, action)).collect();
        with_timeline(scenario, &known)
    }

    /// The branches of a plan on a training window; the numbers of the `window`-th begin at its place times their count.
    pub fn training(&self, plan: &Expansion, window: usize) -> Vec<Branch> {
        let span = self.windows[window].train;
        let branch = |b: &Branch| {
            let scenario = self.scenario(b.scenario.as_ref().ok()?, span);
            let (id, name) = (window * plan.branches.len() + b.id, b.name.clone());
            Some(Branch { id, name, parameters: Vec::new(), scenario: Ok(scenario) })
        };
        plan.branches.iter().filter_map(branch).collect()
    }

    /// The chosen branch on a test window, and the baseline beside it. Their numbers are after those of all training.
    pub fn testing(&self, plan: &Expansion, window: usize, chosen: Option<usize>) -> Vec<Branch> {
        let span = self.windows[window].test;
        let first = self.windows.len() * plan.branches.len() + 2 * window;
        let branch = |(place, id): (usize, Option<usize>)| {
            let branch = &plan.branches[id?];
            let scenario = self.scenario(branch.scenario.as_ref().ok()?, span);
            let (id, name) = (first + place, branch.name.clone());
            Some(Branch { id, name, parameters: Vec::new(), scenario: Ok(scenario) })
        };
        [chosen, Some(plan.baseline)].into_iter().enumerate().filter_map(branch).collect()
    }
}

/// What is left of an action where accounts begin at `from`. What lasts from before holds, from the first step on, and so do
/// prices that were moved; what accounts did in an instant before is over.
fn seen_from(from: Timestamp, action: Action) -> Option<Action> {
    match action {
        Action::Intervene(past) if past.at < from => match past.what {
            What::Cash(_) | What::Liquidate => None,
            What::Order { symbol, side, quantity, impact } => {
                let (on, what) = (Target::Symbols(vec![symbol]), What::OrderFlow { side, quantity, impact });
                Some(Action::Intervene(Intervention { on, what, ..past }))
            }
            _ => Some(Action::Intervene(past)),
        },
        other => Some(other),
    }
}

/// The longest of all branches; those of equal models and modules are asked once.
fn longest_warm_up<'a>(
    scenarios: impl Iterator<Item = &'a Scenario>,
    setup: &Setup,
    input: &MarketInput,
) -> WarmUp {
    let mut known = std::collections::HashSet::new();
    let mut longest = WarmUp { bars: 0, frame: Frame::SECOND };
    for scenario in scenarios {
        if !known.insert(format!("{:?} {:?} {:?}", scenario.models, scenario.orchestrator, scenario.clock)) {
            continue;
        }
        // What cannot be had fails when it is run.
        if let Ok(warm_up) = declared_warm_up(scenario, setup, input) {
            longest = longest.longer(warm_up);
        }
    }
    longest
}

/// The longest unit of time of which all are multiples.
fn grid(lengths: [Frame; 3]) -> Frame {
    let units = [Frame::DAY, Frame::HOUR, Frame::MINUTE, Frame::SECOND];
    let whole = |unit: &Frame| lengths.iter().all(|length| length.nanos() % unit.nanos() == 0);
    units.into_iter().find(whole).or(Frame::from_nanos(1)).unwrap_or(Frame::SECOND)
}

/// Windows from `first` on, as many as end at `last` or before.
fn lay_out(settings: &WalkForward, first: Timestamp, last: Timestamp) -> Vec<Window> {
    let window = |k: i64| {
        let begin = first + settings.step.nanos().saturating_mul(k);
        let split = begin + settings.train.nanos();
        let from = if settings.anchored { first } else { begin };
        Window { train: (from, split), test: (split, split + settings.test.nanos()) }
    };
    (0..).map(window).take_while(|w| w.test.1 <= last && w.test.1 > w.test.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlanFile;

    fn settings(text: &str) -> WalkForward {
        let text = format!("Plan(base: \"x.ron\", branches: [Seeds(Fills(1))], walk_forward: ({text}))");
        PlanFile::from_ron(&text, ".").unwrap().walk_forward.unwrap()
    }

    fn days(windows: &[Window]) -> Vec<[i64; 4]> {
        windows.iter().map(|w| [w.train.0.day(), w.train.1.day(), w.test.0.day(), w.test.1.day()]).collect()
    }

    #[test]
    fn windows_follow_one_another() {
        let (first, last) = (Timestamp(0), Timestamp(0) + 100 * Frame::DAY.nanos());
        let rolling = lay_out(&settings("train: \"60d\", test: \"20d\""), first, last);
        assert_eq!(days(&rolling), [[0, 60, 60, 80], [20, 80, 80, 100]]);
        let anchored = lay_out(&settings("train: \"60d\", test: \"20d\", anchored: true"), first, last);
        assert_eq!(days(&anchored), [[0, 60, 60, 80], [0, 80, 80, 100]]);
        let sparse = lay_out(&settings("train: \"30d\", test: \"10d\", step: \"50d\""), first, last);
        assert_eq!(days(&sparse), [[0, 30, 30, 40], [50, 80, 80, 90]]);
        assert!(lay_out(&settings("train: \"90d\", test: \"20d\""), first, last).is_empty());
    }

    #[test]
    fn windows_begin_at_whole_units() {
        let unit = |text: &str| {
            let s = settings(text);
            grid([s.train, s.test, s.step]).to_string()
        };
        assert_eq!(unit("train: \"2w\", test: \"1d\""), "1d");
        assert_eq!(unit("train: \"2d\", test: \"36h\""), "1h");
        assert_eq!(unit("train: \"1h\", test: \"90m\""), "1m");
        assert_eq!(unit("train: \"1500ms\", test: \"1s\""), "1ns");
    }
}
