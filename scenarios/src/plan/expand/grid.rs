//! Every combination of some values.

use super::variant::{Variant, axis_labels};
use crate::plan::file::{Axis, Generator};
use crate::scenario::load::Setting;
use crate::scenario::syntax::Node;
use crate::scenario::syntax::print::compact;

/// All combinations, the last path varying fastest.
pub(super) fn grid(generator: &Generator, axes: &[Axis<Vec<Node>>]) -> Vec<Variant> {
    let labels = axis_labels(axes);
    let total: usize = axes.iter().map(|a| a.values.len()).product();
    let one = |number: usize| {
        let (mut rest, mut places) = (number, vec![0; axes.len()]);
        for (place, axis) in places.iter_mut().zip(axes).rev() {
            *place = rest % axis.values.len();
            rest /= axis.values.len();
        }
        let setting = |(axis, place): (&Axis<Vec<Node>>, &usize)| Setting {
            path: axis.path.clone(),
            at: axis.at.clone(),
            value: axis.values[*place].clone(),
        };
        let settings: Vec<Setting> = axes.iter().zip(&places).map(setting).collect();
        let part = |(label, s): (&String, &Setting)| format!("{label}={}", compact(&s.value));
        let name = labels.iter().zip(&settings).map(part).collect::<Vec<_>>().join(", ");
        Variant::new(generator, name, settings)
    };
    (0..total).map(one).collect()
}
