//! Features for plots and for the table of features: every symbol's, at evenly spaced steps, however long the run is.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Builder, RecordBatch, StringDictionaryBuilder, TimestampNanosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use arrow::error::ArrowError;
use bevy_ecs::world::World;
use manyworlds_components::feature::FeatureVector;
use manyworlds_engine::{Clock, FeatureSource, Kind, Roster};

use crate::output::{FeatureSummary, FeaturesSummary, SymbolFeature};

/// Symbols whose samples are kept one by one; of the others, their sum.
const SYMBOLS_KEPT: usize = 8;

/// Samples of all features at the steps that are multiples of a stride. When they are too many, the stride doubles and
/// every other sample is forgotten: which steps are sampled depends on the number of steps alone, so that a fork has what
/// the uninterrupted run has.
#[derive(Debug, Clone)]
pub(super) struct FeatureSampler {
    capacity: usize,
    /// A power of two.
    stride: u64,
    steps: Vec<u64>,
    times: Vec<i64>,
    symbols: usize,
    columns: Vec<Column>,
    scratch: FeatureVector,
}

/// The samples of one feature.
#[derive(Debug, Clone, Default)]
struct Column {
    /// Of the kept symbols, sample by sample; NaN where masked.
    values: Vec<f64>,
    /// Over all symbols, one a sample; empty where all symbols are kept.
    totals: Vec<Spread>,
}

/// Valid values taken together.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Spread {
    valid: u64,
    sum: f64,
    min: f64,
    max: f64,
}

impl Default for Spread {
    fn default() -> Self {
        Self { valid: 0, sum: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl Spread {
    /// Of one value; nothing for NaN.
    fn of(value: f64) -> Self {
        if value.is_nan() {
            return Self::default();
        }
        Self { valid: 1, sum: value, min: value, max: value }
    }

    fn join(self, other: Self) -> Self {
        Self {
            valid: self.valid + other.valid,
            sum: self.sum + other.sum,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }

    /// Share masked of so many, least, mean and greatest value.
    fn figures(self, of: u64) -> [Option<f64>; 4] {
        let known = |value: f64| (self.valid > 0).then_some(value);
        let masked = (of > 0).then(|| 1.0 - self.valid as f64 / of as f64);
        [masked, known(self.min), known(self.sum / self.valid as f64), known(self.max)]
    }
}

impl FeatureSampler {
    /// Keeps at most `capacity` samples of so many symbols.
    pub(super) fn new(capacity: usize, symbols: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            stride: 1,
            steps: Vec::new(),
            times: Vec::new(),
            symbols,
            columns: Vec::new(),
            scratch: FeatureVector::default(),
        }
    }

    /// Whether a step is to be sampled.
    #[inline]
    pub(super) fn is_due(&self, step: u64) -> bool {
        step & (self.stride - 1) == 0
    }

    /// How many steps after this one the next is that is to be sampled.
    pub(super) fn steps_to_next(&self, step: u64) -> u64 {
        self.stride - (step & (self.stride - 1))
    }

    fn kept(&self) -> usize {
        self.symbols.min(SYMBOLS_KEPT)
    }

    /// Takes a sample. In a world without features it does nothing.
    pub(super) fn take(&mut self, world: &World, roster: &Roster, clock: &Clock) {
        let source = world.resource::<FeatureSource>();
        if source.schema().is_empty() {
            return;
        }
        // The world was restored to an earlier step: what came after it is forgotten.
        let before = self.steps.partition_point(|step| *step < clock.step);
        self.cut(before);
        let (kept, sample) = (self.kept(), self.steps.len());
        self.steps.push(clock.step);
        self.times.push(clock.now.0);
        // A module that was switched on later brings features of which there are no samples yet.
        let features = self.columns.len().max(source.schema().len());
        self.columns.resize_with(features, Column::default);
        for column in &mut self.columns {
            column.values.resize((sample + 1) * kept, f64::NAN);
            if self.symbols > kept {
                column.totals.resize(sample + 1, Spread::default());
            }
        }
        for (symbol, entity) in roster.entities(Kind::Symbol).iter().enumerate() {
            source.read_into(world, *entity, &mut self.scratch);
            for (offset, column) in self.columns.iter_mut().enumerate() {
                let value = self.scratch.get(offset).unwrap_or(f64::NAN);
                if symbol < kept {
                    column.values[sample * kept + symbol] = value;
                }
                if let Some(total) = column.totals.get_mut(sample) {
                    *total = total.join(Spread::of(value));
                }
            }
        }
        while self.steps.len() > self.capacity {
            self.thin();
        }
    }

    /// Forgets all but the first `samples`.
    fn cut(&mut self, samples: usize) {
        let kept = self.kept();
        self.steps.truncate(samples);
        self.times.truncate(samples);
        for column in &mut self.columns {
            column.values.truncate(samples * kept);
            column.totals.truncate(samples);
        }
    }

    /// Doubles the stride and forgets the samples that are no multiples of it.
    fn thin(&mut self) {
        self.stride *= 2;
        let (kept, mut to) = (self.kept(), 0);
        for from in 0..self.steps.len() {
            if !self.steps[from].is_multiple_of(self.stride) {
                continue;
            }
            self.steps[to] = self.steps[from];
            self.times[to] = self.times[from];
            for column in &mut self.columns {
                column.values.copy_within(from * kept..(from + 1) * kept, to * kept);
                if let Some(total) = column.totals.get(from).copied() {
                    column.totals[to] = total;
                }
            }
            to += 1;
        }
        self.cut(to);
    }

    /// The figures of every feature; `None` where nothing was sampled.
    pub(super) fn summary(&self, world: &World, roster: &Roster) -> Option<FeaturesSummary> {
        let samples = self.steps.len() as u64;
        let source = world.resource::<FeatureSource>();
        let kept = self.kept();
        if samples == 0 {
            return None;
        }
        let entities = roster.entities(Kind::Symbol).iter().take(kept);
        let last: Vec<FeatureVector> = entities.map(|entity| source.read(world, *entity)).collect();
        let symbols = &roster.symbols[..kept];
        let feature = |(offset, column): (usize, &Column)| {
            let spec = source.schema().features().get(offset)?;
            let of_symbol = |symbol: usize| {
                let values = column.values.iter().skip(symbol).step_by(kept.max(1));
                values.map(|v| Spread::of(*v)).fold(Spread::default(), Spread::join)
            };
            let spreads: Vec<Spread> = (0..kept).map(of_symbol).collect();
            let all = if column.totals.is_empty() { &spreads } else { &column.totals };
            let all = all.iter().copied().fold(Spread::default(), Spread::join);
            let [masked, min, mean, max] = all.figures(samples * self.symbols as u64);
            let by_symbol = |(i, symbol): (usize, &String)| {
                let [masked, min, mean, max] = spreads[i].figures(samples);
                SymbolFeature { symbol: symbol.clone(), masked, min, mean, max, last: last[i].get(offset) }
            };
            Some(FeatureSummary {
                name: spec.name.clone(),
                unit: spec.unit.clone(),
                meaning: spec.meaning.clone(),
                warmup_bars: spec.warmup_bars,
                masked,
                min,
                mean,
                max,
                symbols: symbols.iter().enumerate().map(by_symbol).collect(),
            })
        };
        Some(FeaturesSummary {
            samples,
            stride: self.stride,
            symbol_count: self.symbols as u64,
            symbols: symbols.to_vec(),
            features: self.columns.iter().enumerate().filter_map(feature).collect(),
        })
    }

    /// The samples as a table: `ts`, `symbol`, and a column per feature, null where it was masked.
    ///
    /// # Errors
    /// When two features have one name; no schema has such.
    pub(super) fn table(&self, world: &World, roster: &Roster) -> Result<RecordBatch, ArrowError> {
        let schema = world.resource::<FeatureSource>().schema();
        let kept = self.kept();
        let mut times = TimestampNanosecondBuilder::new().with_timezone("UTC");
        let mut symbols = StringDictionaryBuilder::<Int32Type>::new();
        for ts in &self.times {
            for symbol in &roster.symbols[..kept] {
                times.append_value(*ts);
                symbols.append_value(symbol);
            }
        }
        let word = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let mut columns: Vec<ArrayRef> = vec![Arc::new(times.finish()), Arc::new(symbols.finish())];
        let mut fields =
            vec![Field::new("ts", columns[0].data_type().clone(), false), Field::new("symbol", word, false)];
        for (spec, column) in schema.features().iter().zip(&self.columns) {
            let mut values = Float64Builder::with_capacity(column.values.len());
            column.values.iter().for_each(|v| values.append_option((!v.is_nan()).then_some(*v)));
            fields.push(Field::new(&spec.name, DataType::Float64, true));
            columns.push(Arc::new(values.finish()));
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
    }
}
