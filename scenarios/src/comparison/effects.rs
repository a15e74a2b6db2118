//! What the parameters of a plan do to the ranking metric, as data for plots.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::order::spearman;
use crate::plan::Branch;
use crate::stats::quantile;

/// What the parameters do to the ranking metric.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ParameterEffects {
    /// One for each numeric parameter with two values or more.
    pub single: Vec<Effect>,
    /// One for each pair of them that branches set together; at most 15.
    pub heatmaps: Vec<Heatmap>,
    /// A line per branch through all parameters; `None` without a parameter that varies.
    pub parallel: Option<ParallelCoordinates>,
}

/// A parameter's values, in order: as they are, or in bins of about equally many branches where there are more than 16.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// The parameter's path, as in `--set`.
    pub path: String,
    /// From low to high.
    pub bins: Vec<Bin>,
}

/// Values `low <= x <= high`; one value where both are the same.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Smallest value in it.
    pub low: f64,
    /// Largest value in it.
    pub high: f64,
}

/// The ranking metric over one parameter; all lists are as long as the axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The parameter.
    pub axis: Axis,
    /// Branches with a defined metric.
    pub branches: Vec<usize>,
    /// Median.
    pub median: Vec<Option<f64>>,
    /// Lower quartile.
    pub low: Vec<Option<f64>>,
    /// Upper quartile.
    pub high: Vec<Option<f64>>,
    /// Spearman's rank correlation of parameter and metric.
    pub correlation: Option<f64>,
}

/// The ranking metric over two parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heatmap {
    /// Columns.
    pub x: Axis,
    /// Rows.
    pub y: Axis,
    /// Median of the metric, `[row][column]`; `None` where no branch is.
    pub median: Vec<Vec<Option<f64>>>,
    /// Branches in the cell.
    pub branches: Vec<Vec<usize>>,
}

/// A line per branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParallelCoordinates {
    /// The parameters that vary, in the order of the plan.
    pub paths: Vec<String>,
    /// For each parameter: null for a numeric one, else its values; [`ParallelRow::values`] then hold places in this list.
    pub labels: Vec<Option<Vec<String>>>,
    /// At most 1,000 branches, evenly over the ranking, the best first.
    pub rows: Vec<ParallelRow>,
}

/// One branch's line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParallelRow {
    /// [`crate::plan::Branch::id`].
    pub id: usize,
    /// By parameter; `None` where the branch does not set it.
    pub values: Vec<Option<f64>>,
    /// The ranking metric.
    pub metric: f64,
}

/// Values of a parameter beyond which they are put into bins.
const MOST_VALUES: usize = 16;

/// Bins that they are put into.
const BINS: usize = 10;

/// Most heatmaps.
const MOST_HEATMAPS: usize = 15;

/// Most lines of the parallel coordinates.
const MOST_LINES: usize = 1_000;

/// What is known of one branch: its parameters, and the ranking metric. In the order of the ranking, the best first.
pub(super) struct Tried<'a> {
    pub branch: &'a Branch,
    pub metric: f64,
}

/// A parameter with the value that each branch sets, if any.
struct Parameter<'a> {
    path: &'a str,
    texts: Vec<Option<&'a str>>,
    /// Where all values are numbers.
    numbers: Option<Vec<Option<f64>>>,
}

/// The effects of all parameters, and what has to be said about them.
pub(super) fn effects(tried: &[Tried<'_>], notes: &mut Vec<String>) -> ParameterEffects {
    let parameters: Vec<Parameter<'_>> = parameters(tried).into_iter().filter(Parameter::varies).collect();
    let metric: Vec<f64> = tried.iter().map(|t| t.metric).collect();
    let numeric: Vec<(&str, &Vec<Option<f64>>)> =
        parameters.iter().filter_map(|p| Some((p.path, p.numbers.as_ref()?))).collect();
    let single = numeric.iter().filter_map(|(path, values)| effect(path, values, &metric)).collect();
    let pairs = (0..numeric.len()).flat_map(|i| (i + 1..numeric.len()).map(move |j| (i, j)));
    let mut heatmaps: Vec<Heatmap> =
        pairs.filter_map(|(i, j)| heatmap(numeric[i], numeric[j], &metric)).take(MOST_HEATMAPS + 1).collect();
    if heatmaps.len() > MOST_HEATMAPS {
        heatmaps.pop();
        notes.push(format!("only the first {MOST_HEATMAPS} pairs of parameters have a heatmap"));
    }
    let parallel = (!parameters.is_empty()).then(|| lines(&parameters, tried));
    ParameterEffects { single, heatmaps, parallel }
}

/// Every path that any branch sets, in the order of the plan.
fn parameters<'a>(tried: &[Tried<'a>]) -> Vec<Parameter<'a>> {
    let mut rows: Vec<usize> = (0..tried.len()).collect();
    rows.sort_unstable_by_key(|row| tried[*row].branch.id);
    let mut columns: Vec<Parameter<'a>> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for row in rows {
        for (path, value) in &tried[row].branch.parameters {
            let at = *known.entry(path).or_insert_with(|| {
                columns.push(Parameter { path, texts: vec![None; tried.len()], numbers: None });
                columns.len() - 1
            });
            columns[at].texts[row] = Some(value);
        }
    }
    for column in &mut columns {
        let number = |text: &Option<&str>| match text {
            None => Ok(None),
            Some(text) => {
                text.replace('_', "").parse().ok().filter(|x: &f64| x.is_finite()).ok_or(()).map(Some)
            }
        };
        column.numbers = column.texts.iter().map(number).collect::<Result<_, ()>>().ok();
    }
    columns
}

impl Parameter<'_> {
    fn varies(&self) -> bool {
        self.texts.iter().any(|text| *text != self.texts[0])
    }
}

fn effect(path: &str, values: &[Option<f64>], metric: &[f64]) -> Option<Effect> {
    let (x, y): (Vec<f64>, Vec<f64>) = values.iter().zip(metric).filter_map(|(x, y)| x.zip(Some(*y))).unzip();
    let axis = Axis::of(path, &x)?;
    let mut cells = vec![Vec::new(); axis.bins.len()];
    x.iter().zip(&y).for_each(|(x, y)| cells[axis.bin(*x)].push(*y));
    let at = |q: f64| cells.iter().map(|cell| quantile(cell, q)).collect();
    Some(Effect {
        branches: cells.iter().map(Vec::len).collect(),
        median: at(0.5),
        low: at(0.25),
        high: at(0.75),
        correlation: spearman(&x, &y),
        axis,
    })
}

fn heatmap(x: (&str, &Vec<Option<f64>>), y: (&str, &Vec<Option<f64>>), metric: &[f64]) -> Option<Heatmap> {
    let both = x.1.iter().zip(y.1).zip(metric).filter_map(|((x, y), m)| Some((*x)?).zip(*y).zip(Some(*m)));
    let both: Vec<((f64, f64), f64)> = both.collect();
    let (xs, ys): (Vec<f64>, Vec<f64>) = both.iter().map(|(at, _)| *at).unzip();
    let (x, y) = (Axis::of(x.0, &xs)?, Axis::of(y.0, &ys)?);
    let mut cells = vec![vec![Vec::new(); x.bins.len()]; y.bins.len()];
    both.iter().for_each(|((at_x, at_y), m)| cells[y.bin(*at_y)][x.bin(*at_x)].push(*m));
    let median = cells.iter().map(|row| row.iter().map(|cell| quantile(cell, 0.5)).collect()).collect();
    let branches = cells.iter().map(|row| row.iter().map(Vec::len).collect()).collect();
    Some(Heatmap { x, y, median, branches })
}

impl Axis {
    /// `None` for fewer than two values.
    fn of(path: &str, values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let same: Vec<&[f64]> = sorted.chunk_by(|a, b| a == b).collect();
        if same.len() < 2 {
            return None;
        }
        let mut bins: Vec<(usize, Bin)> = Vec::new();
        let mut before = 0;
        for (i, group) in same.iter().enumerate() {
            // Equal values are never parted.
            let number = if same.len() > MOST_VALUES { before * BINS / sorted.len() } else { i };
            before += group.len();
            match bins.last_mut() {
                Some((last, bin)) if *last == number => bin.high = group[0],
                _ => bins.push((number, Bin { low: group[0], high: group[0] })),
            }
        }
        Some(Self { path: path.to_owned(), bins: bins.into_iter().map(|(_, bin)| bin).collect() })
    }

    /// The bin of one of the values that the axis is made of.
    fn bin(&self, value: f64) -> usize {
        self.bins.partition_point(|bin| bin.high < value).min(self.bins.len() - 1)
    }
}

fn lines(parameters: &[Parameter<'_>], tried: &[Tried<'_>]) -> ParallelCoordinates {
    let words = |p: &Parameter<'_>| -> Option<Vec<String>> {
        let mut words: Vec<String> = Vec::new();
        if p.numbers.is_none() {
            words = p.texts.iter().flatten().map(|text| (*text).to_owned()).collect();
            words.sort();
            words.dedup();
        }
        p.numbers.is_none().then_some(words)
    };
    let labels: Vec<Option<Vec<String>>> = parameters.iter().map(words).collect();
    let value = |p: &Parameter<'_>, labels: &Option<Vec<String>>, row: usize| match (&p.numbers, labels) {
        (Some(numbers), _) => numbers[row],
        (None, Some(labels)) => {
            let text = p.texts[row]?;
            labels.binary_search_by(|label| label.as_str().cmp(text)).ok().map(|at| at as f64)
        }
        (None, None) => None,
    };
    let shown = tried.len().min(MOST_LINES);
    let row = |i: usize| {
        let row = i * tried.len() / shown;
        let values = parameters.iter().zip(&labels).map(|(p, labels)| value(p, labels, row)).collect();
        ParallelRow { id: tried[row].branch.id, values, metric: tried[row].metric }
    };
    let rows = (0..shown).map(row).collect();
    ParallelCoordinates { paths: parameters.iter().map(|p| p.path.to_owned()).collect(), labels, rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch(id: usize, parameters: &[(&str, &str)]) -> Branch {
        let parameters = parameters.iter().map(|(p, v)| ((*p).to_owned(), (*v).to_owned())).collect();
        Branch { id, name: id.to_string(), parameters, scenario: Err("not needed".into()) }
    }

    fn of(branches: &[Branch], metric: impl Fn(usize) -> f64) -> ParameterEffects {
        let tried: Vec<Tried<'_>> =
            branches.iter().map(|branch| Tried { branch, metric: metric(branch.id) }).collect();
        effects(&tried, &mut Vec::new())
    }

    #[test]
    fn a_grid_is_a_heatmap() {
        let mut branches = vec![branch(0, &[])];
        for (i, (fast, slow)) in
            [("5", "30"), ("5", "60"), ("1_0", "30"), ("1_0", "60")].into_iter().enumerate()
        {
            branches.push(branch(i + 1, &[("fast", fast), ("slow", slow), ("how", "Fast")]));
        }
        branches.push(branch(5, &[("slow", "60"), ("how", "Slow")]));
        let made = of(&branches, |id| id as f64);
        let map = &made.heatmaps[0];
        assert_eq!((map.x.path.as_str(), map.y.path.as_str(), made.heatmaps.len()), ("fast", "slow", 1));
        assert_eq!(map.x.bins[1], Bin { low: 10.0, high: 10.0 });
        assert_eq!(map.median, [[Some(1.0), Some(3.0)], [Some(2.0), Some(4.0)]]);
        assert_eq!(map.branches, [[1, 1], [1, 1]]);
        assert_eq!(made.single.iter().map(|e| e.axis.path.as_str()).collect::<Vec<_>>(), ["fast", "slow"]);
        assert_eq!(made.single[1].median, [Some(2.0), Some(4.0)]);
        assert_eq!(made.single[1].branches, [2, 3]);
        assert!(made.single[0].correlation.unwrap() > 0.5);
        let parallel = made.parallel.unwrap();
        assert_eq!(parallel.labels, [None, None, Some(vec!["Fast".into(), "Slow".into()])]);
        assert_eq!(parallel.rows[5].values, [None, Some(60.0), Some(1.0)]);
        assert_eq!(parallel.rows[0].values, [None; 3]);
    }

    #[test]
    fn many_values_are_binned_evenly() {
        let branches: Vec<Branch> = (0..2_000).map(|i| branch(i, &[("x", &i.to_string())])).collect();
        let made = of(&branches, |id| -(id as f64));
        let effect = &made.single[0];
        assert_eq!(effect.branches, [200; BINS]);
        assert_eq!(effect.axis.bins[1], Bin { low: 200.0, high: 399.0 });
        assert_eq!((effect.median[0], effect.correlation), (Some(-99.5), Some(-1.0)));
        assert_eq!(made.parallel.unwrap().rows.len(), 1_000);
        assert_eq!(of(&branches[..1], |_| 0.0), ParameterEffects::default());
    }
}
