//! From the syntax tree to settings, with all that is wrong on the way.

mod access;
mod deserializer;
mod error;
mod log;

use serde::de::DeserializeOwned;

pub use error::ReadError;

use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::syntax::{Field, Node};
use deserializer::NodeReader;
use log::Log;

/// How often a value is read again without a field that was wrong, to find what else is.
const MAX_ROUNDS: usize = 64;

/// Reads nodes and collects what is wrong with them.
#[derive(Debug, Default)]
pub struct Reader {
    log: Log,
}

impl Reader {
    /// Reads `node`, which stands at `path`. `None` where something was wrong; what, is collected.
    pub fn read<T: DeserializeOwned>(&mut self, node: &Node, path: &str) -> Option<T> {
        let mut good = true;
        for _ in 0..MAX_ROUNDS {
            let reader = NodeReader { node, path: path.to_owned(), log: &self.log, payload: false };
            let error = match reader.seed(std::marker::PhantomData::<T>) {
                Ok(value) => return good.then_some(value),
                Err(error) => error,
            };
            good = false;
            let at = error.path();
            // A field that is missing only because it is passed over has been reported.
            if error.missing.is_some() && self.log.is_skipped(&at) {
                return None;
            }
            self.log.note(error.into_diagnostic());
            if !self.log.skip(at) {
                return None;
            }
        }
        None
    }

    /// The known fields of a struct. Anything else is collected as an error.
    pub fn fields<'a>(
        &mut self,
        fields: &'a [Field],
        path: &str,
        known: &'static [&'static str],
    ) -> Vec<(String, &'a Node)> {
        self.log.known_fields(path, fields, known)
    }

    /// Adds what is wrong.
    pub fn note(&mut self, diagnostic: Diagnostic) {
        self.log.note(diagnostic);
    }

    /// What was wrong so far; the reader is then as new.
    pub fn finish(&mut self) -> Vec<Diagnostic> {
        self.log.take()
    }
}
