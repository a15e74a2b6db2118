//! The resolved scenario as text, and its digest.

use ron::Options;
use ron::extensions::Extensions;
use xxhash_rust::xxh3::xxh3_64;

use super::schema::Scenario;
use super::syntax::Source;
use super::syntax::parse::parse;
use super::syntax::print::annotated;

impl Scenario {
    /// The resolved scenario as RON: nothing inherited, every default written out, every path absolute. Loading it gives
    /// the same scenario.
    pub fn to_ron(&self) -> String {
        let extensions = Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES;
        let text = Options::default().with_default_extension(extensions).to_string(self);
        // Numbers, texts and names only: there is nothing that RON could not hold.
        let text = text.map_or_else(|e| unreachable!("{e}"), |text| format!("Scenario{text}\n"));
        match parse(&Source::new("resolved", "", text.as_str())) {
            Ok(node) => annotated(&node, &|_, _| None),
            Err(_) => text,
        }
    }

    /// xxh3 of the resolved scenario. Of paths only the file names count, so that the digest is the same wherever the
    /// data lies; what is in the files has digests of its own.
    pub fn digest(&self) -> u64 {
        let mut bare = self.clone();
        for data in bare.symbols.iter_mut().flat_map(|s| &mut s.data) {
            for path in data.paths_mut().into_iter().flat_map(|paths| &mut paths.0) {
                *path = path.file_name().unwrap_or_default().into();
            }
        }
        xxh3_64(bare.to_ron().as_bytes())
    }
}
