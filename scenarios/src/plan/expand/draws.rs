//! Random and Latin-hypercube samples.

use manyworlds_engine::Streams;
use rand::RngExt as _;

use super::variant::{Variant, leaf};
use crate::plan::file::{Axis, Distribution, Draws, Generator};
use crate::scenario::load::Setting;
use crate::scenario::syntax::Node;

/// The samples. A Latin hypercube (McKay, Beckman & Conover 1979) takes one draw from each of n equally likely parts of
/// every path, in an order of the path's own.
pub(super) fn draw(generator: &Generator, draws: &Draws, latin: bool) -> Vec<Variant> {
    let (n, kind) = (draws.n as usize, if latin { "latin_hypercube" } else { "random" });
    let streams = Streams::new(draws.seed);
    let column = |axis: &Axis<Distribution>| -> Vec<f64> {
        let mut random = streams.stream(kind, &axis.path).0;
        let mut part: Vec<usize> = (0..n).collect();
        for i in (1..n).rev().filter(|_| latin) {
            part.swap(i, random.random_range(0..=i));
        }
        let place = |part: usize| {
            let u: f64 = random.random();
            if latin { ((part as f64 + u) / n as f64).min(1.0 - f64::EPSILON) } else { u }
        };
        part.into_iter().map(place).collect()
    };
    let columns: Vec<Vec<f64>> = draws.axes.iter().map(column).collect();
    let width = (n.max(2) - 1).to_string().len();
    // A name by itself; beside a name of the generator's own the number will do.
    let word = if generator.name.is_some() {
        ""
    } else if latin {
        "lhs "
    } else {
        "random "
    };
    let one = |i: usize| {
        let setting = |(axis, column): (&Axis<Distribution>, &Vec<f64>)| Setting {
            path: axis.path.clone(),
            at: axis.at.clone(),
            value: value(axis, column[i]),
        };
        let settings = draws.axes.iter().zip(&columns).map(setting).collect();
        Variant::new(generator, format!("{word}{i:0width$}"), settings)
    };
    (0..n).map(one).collect()
}

/// The value at the quantile `u`, in `[0, 1)`.
fn value(axis: &Axis<Distribution>, u: f64) -> Node {
    let float = |x: f64| leaf(format!("{x:?}"), &axis.span);
    match &axis.values {
        Distribution::Uniform(a, b) => float(a + (b - a) * u),
        Distribution::LogUniform(a, b) => float((a.ln() + (b.ln() - a.ln()) * u).exp().clamp(*a, *b)),
        Distribution::Integer(a, b) => {
            let values = (i128::from(*b) - i128::from(*a) + 1) as f64;
            let whole = (i128::from(*a) + (values * u).floor() as i128).min(i128::from(*b));
            leaf(whole.to_string(), &axis.span)
        }
        Distribution::Choice(values) => {
            values[((values.len() as f64 * u) as usize).min(values.len() - 1)].clone()
        }
    }
}
