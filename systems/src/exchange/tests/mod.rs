//! Tests of the exchange through small simulations.

mod accounts;
mod book;
mod brackets;
mod conservation;
mod helper;
mod interventions;
mod life;
mod money;
mod path;
mod risk_limits;
mod rules;
