//! Market data with interventions: every event is a function of itself and of time, row by row.

mod curve;
mod delay;
mod layer;
mod market;
mod source;

pub(crate) use curve::Curve;
pub(crate) use delay::Delay;
pub(crate) use layer::Layer;
pub(crate) use market::{last_mid, last_price, volatility_and_volume};
pub(crate) use source::{Changes, Drain, IntervenedSource, Sides, Widening};
