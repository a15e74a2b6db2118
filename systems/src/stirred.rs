//! Where something has happened to what accounts hold: told by the exchange to whoever decides.

use bevy_ecs::prelude::Resource;

/// The holdings whose position has changed, or whose orders have become fewer, since Decide last looked. Scratch.
#[derive(Debug, Resource)]
pub struct Stirred {
    rows: Vec<u32>,
    /// By holding: whether it is among them.
    noted: Box<[bool]>,
}

impl Stirred {
    /// None of so many holdings.
    pub fn new(holdings: usize) -> Self {
        Self { rows: Vec::new(), noted: vec![false; holdings].into() }
    }

    /// Notes a holding.
    #[inline]
    pub fn note(&mut self, row: usize) {
        if !std::mem::replace(&mut self.noted[row], true) {
            self.rows.push(row as u32);
        }
    }

    /// Takes all out, in the order in which they were noted.
    #[inline]
    pub fn drain(&mut self) -> impl Iterator<Item = usize> {
        let Self { rows, noted } = self;
        rows.drain(..).map(|row| {
            noted[row as usize] = false;
            row as usize
        })
    }
}
