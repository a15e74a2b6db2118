//! A symbol's features as a caller sees them.

use manyworlds_components::feature::{FeatureSchema, FeatureVector};
use ndarray::ArrayView1;

/// The features of one symbol at one moment, in schema order.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    schema: FeatureSchema,
    vector: FeatureVector,
}

impl Features {
    pub(super) fn new(schema: FeatureSchema, vector: FeatureVector) -> Self {
        Self { schema, vector }
    }

    /// The schema: names, units, meaning, warm-up, hash.
    pub fn schema(&self) -> &FeatureSchema {
        &self.schema
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.schema.features().iter().map(|f| f.name.as_str())
    }

    /// The values, shape `(features,)`. Where the mask is false the value means nothing.
    pub fn values(&self) -> ArrayView1<'_, f64> {
        ArrayView1::from(self.vector.values())
    }

    /// Which values are valid.
    pub fn mask(&self) -> &[bool] {
        self.vector.mask()
    }

    /// A value by name; `None` if it is missing now or unknown.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.vector.get(self.schema.offset(name)?)
    }
}
