//! The model in use: when it is fitted, and what it says of now.

use serde::{Deserialize, Serialize};

use super::super::settings::HmmSettings;
use super::fit::{HmmWorkspace, fit};
use super::kernel::Kernel;
use super::model::{HmmModel, MAX_STATES};
use crate::indicators::Ring;

/// A model that is fitted to the values so far every so often, and filtered with every value.
///
/// The first fit comes with value `first_fit`, the next after as many values again as there have been (so that a young
/// model is soon mended), but never later than `refit` values after the last. A fit sees the last `window` values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HmmFilter {
    values: Ring<f64>,
    seen: u64,
    until_fit: u64,
    model: Option<HmmModel>,
    filtered: [f64; MAX_STATES],
}

impl HmmFilter {
    /// Without values.
    pub fn new(settings: &HmmSettings) -> Self {
        Self {
            values: Ring::new(settings.window as usize),
            seen: 0,
            until_fit: settings.first_fit,
            model: None,
            filtered: [0.0; MAX_STATES],
        }
    }

    /// Takes in a value.
    #[inline]
    pub fn update(&mut self, x: f64, settings: &HmmSettings, work: &mut HmmWorkspace) {
        self.values.push(x);
        self.seen += 1;
        self.until_fit -= 1;
        if self.until_fit == 0 {
            self.refit(settings, work);
        } else if let Some(model) = &self.model {
            self.filtered = match model.states {
                2 => filter::<2>(model, &self.filtered, x),
                3 => filter::<3>(model, &self.filtered, x),
                _ => filter::<4>(model, &self.filtered, x),
            };
        }
    }

    #[cold]
    fn refit(&mut self, settings: &HmmSettings, work: &mut HmmWorkspace) {
        let (old, new) = self.values.slices();
        work.values.clear();
        work.values.extend_from_slice(old);
        work.values.extend_from_slice(new);
        self.until_fit = settings.refit.min(self.seen);
        // Values that do not vary leave the model as it is; there is nothing to filter by them either.
        if let Some((model, filtered, _)) = fit(work, self.model.as_ref(), settings) {
            (self.model, self.filtered) = (Some(model), filtered);
        }
    }

    /// The model in use.
    pub fn model(&self) -> Option<&HmmModel> {
        self.model.as_ref()
    }

    /// The filtered probabilities of the states, in order of their variance.
    pub fn filtered(&self) -> Option<&[f64]> {
        self.model.as_ref().map(|m| &self.filtered[..m.states])
    }

    /// The filtered probability of the most volatile state.
    #[inline]
    pub fn p_high(&self) -> Option<f64> {
        self.model.as_ref().map(|m| self.filtered[m.states - 1])
    }

    /// As [`Self::p_high`], but 0 where that state is less than `ratio` times as volatile as the calmest: then the
    /// model tells no regimes apart.
    #[inline]
    pub fn p_volatile(&self, ratio: f64) -> Option<f64> {
        let model = self.model.as_ref()?;
        let distinct = model.variance[model.states - 1] >= ratio * ratio * model.variance[0];
        Some(if distinct { self.filtered[model.states - 1] } else { 0.0 })
    }

    /// The most probable state now.
    pub fn state(&self) -> Option<usize> {
        let filtered = self.filtered()?;
        (0..filtered.len()).reduce(|best, i| if filtered[i] > filtered[best] { i } else { best })
    }

    /// Standard deviation of the next value.
    pub fn predicted_deviation(&self) -> Option<f64> {
        self.model.as_ref().map(|m| m.predicted_deviation(&self.filtered))
    }
}

#[inline]
fn filter<const K: usize>(model: &HmmModel, filtered: &[f64; MAX_STATES], x: f64) -> [f64; MAX_STATES] {
    let kernel = Kernel::<K>::new(model);
    let now = kernel.filter(&kernel.predict(&std::array::from_fn(|i| filtered[i])), x).0;
    std::array::from_fn(|i| if i < K { now[i] } else { 0.0 })
}
