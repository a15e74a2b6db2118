//! The checks, one a file.

pub(super) mod accounting;
pub(super) mod causality;
pub(super) mod determinism;
pub(super) mod fork;
pub(super) mod warm_up;
