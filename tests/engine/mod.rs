//! The kernel: what holds of every world, whatever its modules.

mod build;
mod events;
mod failures;
mod layout;
mod modules;
mod properties;
mod toggles;
mod trace;
