//! Switching modules on and off at a step boundary.

use std::sync::Arc;

use bevy_ecs::schedule::ScheduleCleanupPolicy;
use bevy_ecs::world::World;

use crate::context::ModuleContext;
use crate::error::{BuildError, ToggleError};
use crate::features::FeatureSource;
use crate::journal::{Journal, ToggleRecord};
use crate::module::{Module, ModuleInfo};
use crate::nearest;
use crate::simulation::Simulation;
use crate::stage::ModuleSystems;
use crate::state::Staged;

/// A module of a simulation, enabled or not.
#[derive(Clone)]
pub(crate) struct ModuleSlot {
    pub module: Arc<dyn Module>,
    pub info: ModuleInfo,
    pub enabled: bool,
    pub core: bool,
}

impl Simulation {
    /// Switches a module on, from the next step on. Its features warm up anew. No effect if it is on.
    ///
    /// # Errors
    /// An unknown module, a requirement that is not enabled, or a schedule that cannot be built with it.
    pub fn enable(&mut self, name: &str) -> Result<(), ToggleError> {
        let at = self.slot_index(name)?;
        if self.slots[at].enabled {
            return Ok(());
        }
        let info = self.slots[at].info.clone();
        if let Some(requires) = info.requires.iter().find(|r| !self.is_enabled(r)) {
            return Err(ToggleError::Requires { module: info.name, requires: requires.clone() });
        }
        self.rehearse(at)?;
        self.slots[at].enabled = true;
        let mut staged = Staged::default();
        self.build_module(at, &mut staged, None)?;
        staged.flush(&mut self.world, &self.roster);
        self.finish_schedule()?;
        self.journal_toggle(&info.name, true);
        Ok(())
    }

    /// Builds a world of its own with the module at `at` switched on: a module that does not fit is refused before it
    /// has touched this one.
    fn rehearse(&self, at: usize) -> Result<(), BuildError> {
        let mut blueprint = (*self.blueprint).clone();
        blueprint.sources.clear();
        let on = self.slots.iter().enumerate().filter(|(i, slot)| !slot.core && (slot.enabled || *i == at));
        blueprint.modules = on.map(|(_, slot)| (slot.module.clone(), true)).collect();
        blueprint.build().map(|_| ())
    }

    /// Switches modules until exactly those are on that the list says.
    pub(crate) fn switch_as(&mut self, enabled: &[(String, bool)]) -> Result<(), ToggleError> {
        let wanted = |name: &str| enabled.iter().any(|(n, on)| n == name && *on);
        let optional: Vec<String> =
            self.slots.iter().filter(|s| !s.core).map(|s| s.info.name.clone()).collect();
        for name in optional.iter().filter(|name| !wanted(name)) {
            if self.is_enabled(name) {
                self.disable_with_dependents(name)?;
            }
        }
        // What a module requires may stand after it in the list: go round until nothing more can be switched on.
        let mut missing: Vec<&String> = enabled.iter().filter(|(_, on)| *on).map(|(name, _)| name).collect();
        loop {
            let before = missing.len();
            let mut refused = None;
            missing.retain(|name| match self.is_enabled(name) {
                true => false,
                false => self.enable(name).map_err(|error| refused = Some(error)).is_err(),
            });
            match refused {
                None => return Ok(()),
                Some(error) if missing.len() == before => return Err(error),
                Some(_) => {}
            }
        }
    }

    /// Switches a module off, from the next step on: its systems are removed and its components freed. No effect
    /// if it is off.
    ///
    /// # Errors
    /// An unknown or core module, or enabled modules that require it.
    pub fn disable(&mut self, name: &str) -> Result<(), ToggleError> {
        let at = self.slot_index(name)?;
        let name = self.slots[at].info.name.clone();
        let dependents = self.dependents(&name);
        if !dependents.is_empty() {
            return Err(ToggleError::Required { module: name, dependents });
        }
        if self.slots[at].enabled {
            self.remove_module(at);
            self.finish_schedule()?;
            self.journal_toggle(&name, false);
        }
        Ok(())
    }

    /// Switches a module off together with every enabled module that requires it, dependents first. Returns the
    /// names in that order.
    ///
    /// # Errors
    /// An unknown or core module.
    pub fn disable_with_dependents(&mut self, name: &str) -> Result<Vec<String>, ToggleError> {
        let mut off = Vec::new();
        for dependent in self.dependents(name) {
            if self.is_enabled(&dependent) {
                off.extend(self.disable_with_dependents(&dependent)?);
            }
        }
        self.disable(name)?;
        off.push(name.to_owned());
        Ok(off)
    }

    /// Whether a module is switched on.
    pub fn is_enabled(&self, name: &str) -> bool {
        self.slots.iter().any(|s| s.info.name == name && s.enabled)
    }

    fn dependents(&self, name: &str) -> Vec<String> {
        let needs = self.slots.iter().filter(|s| s.enabled && s.info.requires.iter().any(|r| r == name));
        needs.map(|s| s.info.name.clone()).collect()
    }

    pub(crate) fn slot_index(&mut self, name: &str) -> Result<usize, ToggleError> {
        if let Some(at) = self.slots.iter().position(|s| s.info.name == name && !s.core) {
            return Ok(at);
        }
        match self.blueprint.lookup.as_ref().and_then(|find| find(name)) {
            Some(module) => {
                let info = module.info();
                // Another spelling of a module that is here already.
                if let Some(at) = self.slots.iter().position(|s| s.info.name == info.name && !s.core) {
                    return Ok(at);
                }
                self.slots.push(ModuleSlot { module, info, enabled: false, core: false });
                Ok(self.slots.len() - 1)
            }
            None => {
                let known = self.slots.iter().filter(|s| !s.core).map(|s| s.info.name.as_str());
                Err(ToggleError::Unknown {
                    name: name.to_owned(),
                    nearest: nearest(name, known).map(str::to_owned),
                })
            }
        }
    }

    /// Puts the features of the module at `at` into the schema, once.
    pub(crate) fn declare_features(&mut self, at: usize) -> Result<(), BuildError> {
        let info = &self.slots[at].info;
        let mut source = self.world.resource_mut::<FeatureSource>();
        for feature in &info.features {
            let prefixed = feature.name.strip_prefix(&info.name).is_some_and(|rest| rest.starts_with('.'));
            if !prefixed || !source.declare(&info.name, feature.clone()) {
                let (module, feature) = (info.name.clone(), feature.name.clone());
                return Err(BuildError::BadFeature { module, feature });
            }
        }
        Ok(())
    }

    /// Lets the module at `at` register itself. What it puts on entities may wait in `staged`.
    pub(crate) fn build_module(
        &mut self,
        at: usize,
        staged: &mut Staged,
        parent: Option<&Self>,
    ) -> Result<(), BuildError> {
        self.scope = None;
        self.declare_features(at)?;
        let ModuleSlot { module, info, .. } = self.slots[at].clone();
        let mut context = ModuleContext {
            world: &mut self.world,
            schedule: &mut self.schedule,
            registry: &mut self.registry,
            roster: &self.roster,
            staged,
            parent,
            owner: info.name.clone(),
            errors: Vec::new(),
        };
        module.build(&mut context);
        if let Some(error) = context.errors.pop() {
            return Err(error);
        }
        match self.world.resource::<FeatureSource>().unread(&info.name).pop() {
            Some(feature) => Err(BuildError::UnreadFeature { module: info.name, feature }),
            None => Ok(()),
        }
    }

    fn remove_module(&mut self, at: usize) {
        self.scope = None;
        let name = self.slots[at].info.name.clone();
        self.slots[at].enabled = false;
        // A module without systems has no set; then there is nothing to remove.
        let _ = self.schedule.initialize(&mut self.world);
        let set = ModuleSystems(name.clone());
        let policy = ScheduleCleanupPolicy::RemoveSystemsOnly;
        let _ = self.schedule.remove_systems_in_set(set, &mut self.world, policy);
        self.registry.remove_owner(&name, &mut self.world, &self.roster);
        self.world.resource_mut::<FeatureSource>().forget(&name);
    }

    fn journal_toggle(&mut self, module: &str, enabled: bool) {
        let (step, ts) = (self.clock().step, self.clock().now);
        let record = ToggleRecord { step, ts, module: module.to_owned(), enabled };
        toggled(&mut self.world, record);
    }
}

fn toggled(world: &mut World, record: ToggleRecord) {
    world.resource_mut::<Journal>().toggles.push(record);
}
