//! The toggles of a plan, carried out as the time for them comes.

use manyworlds_engine::{RunError, Simulation as World};

use crate::scenario::schema::toggle::Toggle;

/// Switches modules as the toggles say, in their order, before the first step at or after the given time. `done` is how
/// many of them have been carried out.
pub(crate) fn toggle_due(world: &mut World, toggles: &[Toggle], done: &mut usize) -> Result<(), RunError> {
    while let Some(toggle) = toggles.get(*done) {
        if world.clock().next.is_none_or(|next| next < toggle.at) {
            return Ok(());
        }
        match toggle.enabled {
            true => world.enable(&toggle.module)?,
            false => world.disable(&toggle.module)?,
        }
        *done += 1;
    }
    Ok(())
}
