//! What is odd about branches: what is the same of several is said once.

use std::collections::HashMap;

/// Different warnings that are told.
const TOLD: usize = 20;

/// Warnings with the branches that they are of.
#[derive(Default)]
pub(super) struct Warnings {
    /// In the order in which they first came: the text, the first branch, and of how many.
    found: Vec<(String, String, usize)>,
    known: HashMap<String, usize>,
}

impl Warnings {
    pub(super) fn add(&mut self, text: String, branch: &str) {
        let next = self.found.len();
        let at = *self.known.entry(text.clone()).or_insert(next);
        if at == next {
            self.found.push((text, branch.to_owned(), 0));
        }
        self.found[at].2 += 1;
    }

    /// Each once.
    pub(super) fn told(self) -> Vec<String> {
        let more = self.found.len().saturating_sub(TOLD);
        let one = |(text, first, of): (String, String, usize)| match of {
            1 => format!("{text} [branch `{first}`]"),
            of => format!("{text} [{of} branches, `{first}` first]"),
        };
        let mut told: Vec<String> = self.found.into_iter().take(TOLD).map(one).collect();
        told.extend((more > 0).then(|| format!("... and {more} other warnings of branches")));
        told
    }
}
