//! `walk_forward: (...)`: choose on a window, test on the next.

use manyworlds_components::time::Frame;

use super::fields::{Fields, refuse};
use crate::plan::store::METRICS;
use crate::scenario::nearest::hint;
use crate::scenario::read::Reader;
use crate::scenario::syntax::{Node, Span};

/// `walk_forward: (train: "60d", test: "20d", step: "20d", anchored: false, choose: "sharpe", warmup: "2d")`: how branches are
/// chosen on one window and tested on the next. What comes of it is said in [`crate::plan::walk`].
#[derive(Debug, Clone)]
pub struct WalkForward {
    /// Length of the windows on which a branch is chosen; of the first one where they are anchored.
    pub train: Frame,
    /// Length of the windows, each after its training window, on which the chosen one is run.
    pub test: Frame,
    /// From one window to the next; at least `test`, so that no time is tested twice. Default: `test`.
    pub step: Frame,
    /// Whether all training windows begin where the first does, so that they grow. Default: no.
    pub anchored: bool,
    /// The metric by which the best is chosen, as in `--sort`. Default `sharpe`.
    pub choose: String,
    /// How long models and modules watch before an account may trade, in both windows. Default: what the models and modules
    /// of all branches declare that they need.
    pub warmup: Option<Frame>,
    /// Where it is written.
    pub span: Span,
}

const FIELDS: &[&str] = &["train", "test", "step", "anchored", "choose", "warmup"];

pub(super) fn read(node: &Node, path: &str, reader: &mut Reader) -> Option<WalkForward> {
    let fields = Fields::of(node, path, FIELDS, reader)?;
    let mut length = |name: &str, example: &str| {
        let node = fields.need(name, example, reader)?;
        reader.read::<Frame>(node, &fields.path(name))
    };
    let (train, test) = (length("train", "\"60d\""), length("test", "\"20d\""));
    let step = fields.or("step", None::<Frame>, reader);
    let anchored = fields.or("anchored", false, reader);
    let choose = fields.or("choose", "sharpe".to_owned(), reader);
    let warmup = fields.or("warmup", None::<Frame>, reader);
    if let (Some(choose), Some(at)) = (&choose, fields.get("choose"))
        && !METRICS.contains(&choose.as_str())
    {
        let help = hint(choose, &METRICS, "metrics");
        refuse(at, &fields.path("choose"), format!("unknown metric `{choose}`"), help, reader);
        return None;
    }
    if let (Some(test), Some(Some(step)), Some(at)) = (test, step, fields.get("step"))
        && step < test
    {
        let message = format!("test windows of {test} would overlap: one begins {step} after the other");
        refuse(at, &fields.path("step"), message, format!("write at least \"{test}\""), reader);
        return None;
    }
    Some(WalkForward {
        train: train?,
        test: test?,
        step: step?.or(test)?,
        anchored: anchored?,
        choose: choose?,
        warmup: warmup?,
        span: node.span.head(),
    })
}
