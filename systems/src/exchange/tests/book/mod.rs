//! Orders before replayed books.

mod accounts;
mod conservation;
mod helper;
mod latency;
mod life;
mod marks;
mod queues;
mod rules;
mod single_orders;
mod taking;
