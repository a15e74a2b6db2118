//! Features: named, documented values per symbol, and the ordered schema of a run.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::time::Frame;

/// What a module says of one of its features.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureSpec {
    /// `module.feature`, e.g. `market_analysis.realized_volatility`.
    pub name: String,
    /// Unit of the value, e.g. `bps`, `1` for a pure number.
    pub unit: String,
    /// One line.
    pub meaning: String,
    /// Bars needed until the value is valid.
    pub warmup_bars: u64,
    /// The frame of these bars, where it is the feature's own; `None` where they are those of the symbol's series.
    #[serde(default)]
    pub frame: Option<Frame>,
}

impl FeatureSpec {
    /// A specification from its parts.
    pub fn new(name: &str, unit: &str, meaning: &str, warmup_bars: u64) -> Self {
        Self { name: name.into(), unit: unit.into(), meaning: meaning.into(), warmup_bars, frame: None }
    }

    /// The same, its warm-up in bars of this frame, whatever the symbol's series has.
    pub fn of_frame(self, frame: Frame) -> Self {
        Self { frame: Some(frame), ..self }
    }
}

/// The ordered features of a run. Offsets into feature vectors come from here, and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FeatureSchema {
    features: Vec<FeatureSpec>,
}

impl FeatureSchema {
    /// Appends a feature and returns its offset; `None` if the name is taken.
    pub fn push(&mut self, feature: FeatureSpec) -> Option<usize> {
        if self.offset(&feature.name).is_some() {
            return None;
        }
        self.features.push(feature);
        Some(self.features.len() - 1)
    }

    /// Where a feature stands in a vector.
    pub fn offset(&self, name: &str) -> Option<usize> {
        self.features.iter().position(|f| f.name == name)
    }

    /// All features in order.
    pub fn features(&self) -> &[FeatureSpec] {
        &self.features
    }

    /// The length of a feature vector.
    pub fn len(&self) -> usize {
        self.features.len()
    }

    /// Whether the run has no features.
    pub fn is_empty(&self) -> bool {
        self.features.is_empty()
    }

    /// A hash over names, units and order (xxh3): a model card stores it and refuses another.
    pub fn hash(&self) -> u64 {
        let mut hasher = Xxh3::new();
        for feature in &self.features {
            for part in [&feature.name, &feature.unit] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part.as_bytes());
            }
        }
        hasher.digest()
    }
}

/// The values of one symbol's features in schema order, each with a validity bit. A missing value is a cleared
/// bit, never a zero that could be taken for a value.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FeatureVector {
    values: Vec<f64>,
    mask: Vec<bool>,
}

impl FeatureVector {
    /// `len` missing values.
    pub fn missing(len: usize) -> Self {
        Self { values: vec![0.0; len], mask: vec![false; len] }
    }

    /// Sets a value; `None` and non-finite numbers clear it.
    #[inline]
    pub fn set(&mut self, offset: usize, value: Option<f64>) {
        let value = value.filter(|v| v.is_finite());
        self.mask[offset] = value.is_some();
        self.values[offset] = value.unwrap_or(0.0);
    }

    /// A value, if it is valid.
    #[inline]
    pub fn get(&self, offset: usize) -> Option<f64> {
        (*self.mask.get(offset)?).then(|| self.values[offset])
    }

    /// Values in schema order; read them together with [`FeatureVector::mask`].
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Which values are valid.
    pub fn mask(&self) -> &[bool] {
        &self.mask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_refuses_a_second_feature_of_a_name_and_hashes_order() {
        let (a, b) = (FeatureSpec::new("m.a", "1", "", 0), FeatureSpec::new("m.b", "bps", "", 5));
        let mut one = FeatureSchema::default();
        assert_eq!((one.push(a.clone()), one.push(b.clone()), one.push(a.clone())), (Some(0), Some(1), None));
        let mut other = FeatureSchema::default();
        other.push(b);
        other.push(a);
        assert_ne!(one.hash(), other.hash());
        assert_eq!(one.offset("m.b"), Some(1));
    }

    #[test]
    fn missing_is_not_zero() {
        let mut v = FeatureVector::missing(2);
        v.set(0, Some(0.0));
        v.set(1, Some(f64::NAN));
        assert_eq!((v.get(0), v.get(1), v.get(2)), (Some(0.0), None, None));
    }
}
