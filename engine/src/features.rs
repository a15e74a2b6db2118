//! Features of a world: the schema of the run, where each value is read, and the optional dense table of them.

use std::sync::Arc;

use bevy_ecs::entity::Entity;
use bevy_ecs::prelude::{Resource, World};
use manyworlds_components::feature::{FeatureSchema, FeatureVector};
use manyworlds_components::ids::SymbolId;

use crate::roster::{Kind, Roster};

/// Reads one feature of one symbol.
pub(crate) type Extract = Arc<dyn Fn(&World, Entity) -> Option<f64> + Send + Sync>;

/// The schema of a run and, for the features of enabled modules, how to read them.
#[derive(Clone, Default, Resource)]
pub struct FeatureSource {
    schema: FeatureSchema,
    readers: Vec<Option<Extract>>,
    owners: Vec<String>,
}

impl FeatureSource {
    /// The ordered features, those of disabled modules included.
    pub fn schema(&self) -> &FeatureSchema {
        &self.schema
    }

    /// The features of a symbol now; those of disabled or warming modules are missing.
    pub fn read(&self, world: &World, symbol: Entity) -> FeatureVector {
        let mut vector = FeatureVector::missing(self.schema.len());
        self.read_into(world, symbol, &mut vector);
        vector
    }

    /// As [`FeatureSource::read`], into a vector that is there already; it gets the length of the schema.
    pub fn read_into(&self, world: &World, symbol: Entity, vector: &mut FeatureVector) {
        if vector.values().len() != self.schema.len() {
            *vector = FeatureVector::missing(self.schema.len());
        }
        for (offset, reader) in self.readers.iter().enumerate() {
            vector.set(offset, reader.as_ref().and_then(|read| read(world, symbol)));
        }
    }

    pub(crate) fn declare(&mut self, owner: &str, spec: manyworlds_components::feature::FeatureSpec) -> bool {
        if let Some(offset) = self.schema.offset(&spec.name) {
            return self.owners[offset] == owner;
        }
        self.schema.push(spec);
        self.readers.push(None);
        self.owners.push(owner.to_owned());
        true
    }

    pub(crate) fn set_reader(&mut self, owner: &str, name: &str, reader: Extract) -> bool {
        match self.schema.offset(name) {
            Some(offset) if self.owners[offset] == owner => {
                self.readers[offset] = Some(reader);
                true
            }
            _ => false,
        }
    }

    pub(crate) fn forget(&mut self, owner: &str) {
        for (reader, _) in self.readers.iter_mut().zip(&self.owners).filter(|(_, o)| *o == owner) {
            *reader = None;
        }
    }

    pub(crate) fn unread(&self, owner: &str) -> Vec<String> {
        let of_owner = self.readers.iter().zip(&self.owners).zip(self.schema.features());
        of_owner.filter(|((r, o), _)| r.is_none() && *o == owner).map(|(_, f)| f.name.clone()).collect()
    }
}

/// Features of all symbols, refreshed at the end of Analyze where somebody asked for them
/// ([`crate::ModuleContext::want_feature`]). Rows are symbols.
#[derive(Debug, Clone, Default, Resource)]
pub struct FeatureTable {
    rows: Vec<FeatureVector>,
    /// Whether somebody reads all that the schema has, what it gets later included.
    everything: bool,
    /// Names that were asked for, and where they stand in the schema, if some module of the run has offered them so far.
    wanted: Vec<(String, Option<usize>)>,
}

/// A feature that was asked for, whether a module offers it already or only one that is switched on later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WantedFeature(usize);

impl FeatureTable {
    /// A feature of a symbol; `None` while it is missing: warming up, switched off, or not offered by any module yet.
    #[inline]
    pub fn get(&self, symbol: SymbolId, feature: WantedFeature) -> Option<f64> {
        let (_, offset) = self.wanted.get(feature.0)?;
        self.rows.get(symbol.index())?.get((*offset)?)
    }

    /// The features of a symbol in schema order, missing where nobody asked for them; `None` before the first refresh.
    pub fn row(&self, symbol: SymbolId) -> Option<&FeatureVector> {
        self.rows.get(symbol.index())
    }

    pub(crate) fn want_all(&mut self) {
        self.everything = true;
    }

    pub(crate) fn want(&mut self, name: &str) -> WantedFeature {
        let known = self.wanted.iter().position(|(wanted, _)| wanted == name);
        WantedFeature(known.unwrap_or_else(|| {
            self.wanted.push((name.to_owned(), None));
            self.wanted.len() - 1
        }))
    }
}

/// Fills the table. Exclusive: it reads whatever components the modules' readers name.
pub(crate) fn refresh_feature_table(world: &mut World) {
    world.resource_scope(|world, mut table: bevy_ecs::change_detection::Mut<FeatureTable>| {
        let FeatureTable { rows, everything, wanted } = &mut *table;
        let source = world.resource::<FeatureSource>();
        for (name, offset) in wanted.iter_mut().filter(|(_, offset)| offset.is_none()) {
            *offset = source.schema.offset(name);
        }
        let symbols = world.resource::<Roster>().entities(Kind::Symbol);
        rows.resize_with(symbols.len(), FeatureVector::default);
        for (row, symbol) in rows.iter_mut().zip(symbols) {
            if row.values().len() != source.schema.len() {
                *row = FeatureVector::missing(source.schema.len());
            }
            let mut refresh = |offset: usize| {
                let reader = source.readers[offset].as_ref();
                row.set(offset, reader.and_then(|read| read(world, *symbol)));
            };
            match everything {
                true => (0..source.readers.len()).for_each(refresh),
                false => wanted.iter().filter_map(|(_, offset)| *offset).for_each(&mut refresh),
            }
        }
    });
}
