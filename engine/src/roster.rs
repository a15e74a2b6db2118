//! Who is an entity: the names of a run, and the entities that stand for them in one world.

use bevy_ecs::entity::Entity;
use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use manyworlds_components::ids::{AccountId, ListingId, ModelId, SymbolId, VenueId};

use crate::state::Registry;

/// The kinds of entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// One per exchange.
    Venue,
    /// One per tradable instrument.
    Symbol,
    /// One per registered forecaster.
    Model,
    /// One per what-if variant.
    Account,
    /// One per symbol and account: row `symbol * accounts + account`.
    Holding,
    /// One per symbol and venue that has data of it: the primary ones of all symbols first, then the further ones.
    Listing,
}

impl Kind {
    pub(crate) const ALL: [Self; 6] =
        [Self::Venue, Self::Symbol, Self::Model, Self::Account, Self::Holding, Self::Listing];
}

/// The names of a run in scenario order, and the entities of one world. Position is identity: the entity at index
/// `i` has the dense id `i`, and its row in every column is `i`.
#[derive(Debug, Clone, Default, Resource)]
pub struct Roster {
    /// Venue names.
    pub venues: Vec<String>,
    /// Symbol names.
    pub symbols: Vec<String>,
    /// Model names.
    pub models: Vec<String>,
    /// Account names.
    pub accounts: Vec<String>,
    /// Symbols on venues that are not their own, in the order of their listing ids.
    pub further: Vec<(SymbolId, VenueId)>,
    /// Behind a pointer, as bevy takes the room of 64 resources for each.
    entities: Box<[Vec<Entity>; 6]>,
}

impl Roster {
    /// A roster of names; entities come with the world.
    pub fn new(
        venues: Vec<String>,
        symbols: Vec<String>,
        models: Vec<String>,
        accounts: Vec<String>,
    ) -> Self {
        Self { venues, symbols, models, accounts, further: Vec::new(), entities: Default::default() }
    }

    /// The same with symbols that are listed on further venues, too.
    #[must_use]
    pub fn with_further(self, further: Vec<(SymbolId, VenueId)>) -> Self {
        Self { further, ..self }
    }

    /// The symbol of a listing.
    #[inline]
    pub fn symbol_of(&self, listing: ListingId) -> SymbolId {
        match listing.index().checked_sub(self.symbols.len()) {
            None => SymbolId(listing.0),
            Some(i) => self.further[i].0,
        }
    }

    /// The listings of a symbol: its own venue's, then the further ones.
    pub fn listings_of(&self, symbol: SymbolId) -> impl Iterator<Item = ListingId> + '_ {
        let of = move |(i, further): (usize, &(SymbolId, VenueId))| {
            (further.0 == symbol).then(|| ListingId::from(self.symbols.len() + i))
        };
        std::iter::once(symbol.primary()).chain(self.further.iter().enumerate().filter_map(of))
    }

    /// How many entities of a kind there are.
    pub fn count(&self, kind: Kind) -> usize {
        match kind {
            Kind::Venue => self.venues.len(),
            Kind::Symbol => self.symbols.len(),
            Kind::Model => self.models.len(),
            Kind::Account => self.accounts.len(),
            Kind::Holding => self.symbols.len() * self.accounts.len(),
            Kind::Listing => self.symbols.len() + self.further.len(),
        }
    }

    /// The entities of a kind, by dense id.
    pub fn entities(&self, kind: Kind) -> &[Entity] {
        &self.entities[kind as usize]
    }

    /// The row of a holding.
    #[inline]
    pub fn holding(&self, symbol: SymbolId, account: AccountId) -> usize {
        symbol.index() * self.accounts.len() + account.index()
    }

    /// The id of a symbol.
    pub fn symbol_id(&self, name: &str) -> Option<SymbolId> {
        self.symbols.iter().position(|n| n == name).map(SymbolId::from)
    }

    /// The id of an account.
    pub fn account_id(&self, name: &str) -> Option<AccountId> {
        self.accounts.iter().position(|n| n == name).map(AccountId::from)
    }

    /// The id of a model.
    pub fn model_id(&self, name: &str) -> Option<ModelId> {
        self.models.iter().position(|n| n == name).map(ModelId::from)
    }

    /// Registers the ids, which never change.
    pub(crate) fn register_ids(registry: &mut Registry, world: &mut World) {
        registry.add_constant::<VenueId>("engine", world, Some(Kind::Venue));
        registry.add_constant::<SymbolId>("engine", world, Some(Kind::Symbol));
        registry.add_constant::<ModelId>("engine", world, Some(Kind::Model));
        registry.add_constant::<AccountId>("engine", world, Some(Kind::Account));
        registry.add_constant::<ListingId>("engine", world, Some(Kind::Listing));
    }

    /// Spawns every entity in a fixed order with its dense id.
    pub(crate) fn spawn(&mut self, world: &mut World) {
        let accounts = self.accounts.len();
        for kind in Kind::ALL {
            let entities = (0..self.count(kind)).map(|i| match kind {
                Kind::Venue => world.spawn(VenueId::from(i)).id(),
                Kind::Symbol => world.spawn(SymbolId::from(i)).id(),
                Kind::Model => world.spawn(ModelId::from(i)).id(),
                Kind::Account => world.spawn(AccountId::from(i)).id(),
                Kind::Holding => {
                    world.spawn((SymbolId::from(i / accounts), AccountId::from(i % accounts))).id()
                }
                Kind::Listing => world.spawn(ListingId::from(i)).id(),
            });
            self.entities[kind as usize] = entities.collect();
        }
    }
}
