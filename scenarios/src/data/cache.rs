//! Lets a scenario name a csv, Parquet or zip file directly: it is converted once, and found again by its content.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3;

use crate::data::error::DataError;
use crate::data::import::{ImportSpec, digest_file, import_to};
use crate::data::tape::{FORMAT_VERSION, SourceFile, Tape};

/// Rises with every change of the importer that changes what it makes of the same bytes.
const IMPORT_VERSION: u32 = 2;

/// `MANYWORLDS_CACHE`, else `$XDG_CACHE_HOME/manyworlds`, else `~/.cache/manyworlds`, else a folder among the system's
/// temporary files.
pub fn default_cache_dir() -> PathBuf {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("MANYWORLDS_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").filter(|dir| dir.is_absolute()).map(|dir| dir.join("manyworlds")))
        .or_else(|| set("HOME").map(|home| home.join(".cache").join("manyworlds")))
        .unwrap_or_else(|| env::temp_dir().join("manyworlds-cache"))
}

/// Opens a tape, or imports foreign files into `cache_dir` and opens the result. A single own tape is opened where it
/// lies. The tape's name in the cache is a digest of the files' names and bytes, the settings and the versions, so that
/// a change of any of them imports anew. Several processes may do so at once: each renames a complete file into place.
/// Where `cache_dir` cannot be made, the system's temporary folder is used.
///
/// An own tape of a book is read on the tick and lot size of `spec`: sizes off it are rounded where `off_lot` is `flag`,
/// rows off it are left out where the policy is `skip`, and both are counted among its defects.
///
/// # Errors
/// Those of [`crate::data::import()`] and [`Tape::open`].
pub fn open_or_import(
    paths: &[PathBuf],
    spec: &ImportSpec,
    cache_dir: &Path,
) -> Result<Arc<Tape>, DataError> {
    if let [path] = paths
        && path.extension().is_some_and(|end| end == "arrow")
    {
        return Tape::open(path)?.fit(spec).map(Arc::new);
    }
    let mut digests: Vec<(PathBuf, SourceFile)> =
        paths.iter().map(|path| Ok((path.clone(), digest_file(path)?))).collect::<Result<_, DataError>>()?;
    digests.sort_by(|a, b| (&a.1.name, &a.1.digest).cmp(&(&b.1.name, &b.1.digest)));
    let path = cache_folder(cache_dir).join(format!("{}.arrow", cache_key(&digests, spec)));
    let named = |tape: Tape| paths.iter().take(1).fold(tape, |tape, first| tape.made_of(first));
    if path.exists() {
        // A damaged or outdated entry is made again.
        if let Ok(tape) = Tape::open(&path) {
            return Ok(Arc::new(named(tape)));
        }
    }
    let outcome = import_to(paths, &digests, &path, spec)?;
    Ok(Arc::new(named(Tape::open(&outcome.path)?)))
}

/// Where entries are: `cache_dir`, which is made, or else the system's temporary folder.
pub(super) fn cache_folder(cache_dir: &Path) -> PathBuf {
    match fs::create_dir_all(cache_dir) {
        Ok(()) => cache_dir.to_owned(),
        Err(_) => env::temp_dir().join("manyworlds-cache"),
    }
}

fn cache_key(digests: &[(PathBuf, SourceFile)], spec: &ImportSpec) -> String {
    let mut hasher = Xxh3::new();
    hasher.update(format!("{FORMAT_VERSION}\0{IMPORT_VERSION}\0").as_bytes());
    hasher.update(serde_json::to_string(spec).unwrap_or_default().as_bytes());
    for (_, source) in digests {
        hasher.update(format!("\0{}\0{}", source.name, source.digest).as_bytes());
    }
    format!("{:032x}", hasher.digest128())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: &str = "time,open,high,low,close,volume\n\
        1672531200,1,2,1,2,5\n1672531260,2,2,1,1,5\n1672531320,1,3,1,2,5\n";

    #[test]
    fn a_file_is_converted_once_and_again_when_it_or_the_settings_change() {
        let folder = tempfile::tempdir().unwrap();
        let (file, cache) = (folder.path().join("AB-1m.csv"), folder.path().join("cache"));
        fs::write(&file, CSV).unwrap();
        let spec = ImportSpec::default();
        let count = || fs::read_dir(&cache).unwrap().count();
        let first = open_or_import(std::slice::from_ref(&file), &spec, &cache).unwrap();
        let written = fs::metadata(first.path()).unwrap().modified().unwrap();
        let second = open_or_import(std::slice::from_ref(&file), &spec, &cache).unwrap();
        assert_eq!((first.digest(), count()), (second.digest(), 1));
        assert_eq!(fs::metadata(second.path()).unwrap().modified().unwrap(), written);
        let other = ImportSpec { venue: Some("x".to_owned()), ..spec.clone() };
        open_or_import(std::slice::from_ref(&file), &other, &cache).unwrap();
        assert_eq!(count(), 2);
        fs::write(&file, CSV.replace(",5\n", ",6\n")).unwrap();
        let changed = open_or_import(&[file], &spec, &cache).unwrap();
        assert_eq!(count(), 3);
        assert_ne!(changed.digest(), first.digest());
    }

    #[test]
    fn a_damaged_entry_is_made_again_and_a_tape_is_opened_in_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("AB-1m.csv");
        fs::write(&file, CSV).unwrap();
        let first =
            open_or_import(std::slice::from_ref(&file), &ImportSpec::default(), folder.path()).unwrap();
        let (path, digest) = (first.path().to_owned(), first.digest().to_owned());
        drop(first);
        fs::write(&path, b"ARROW1").unwrap();
        let again = open_or_import(&[file], &ImportSpec::default(), folder.path()).unwrap();
        assert_eq!(again.digest(), digest);
        let direct = open_or_import(&[path], &ImportSpec::default(), &folder.path().join("unused")).unwrap();
        assert_eq!(direct.digest(), digest);
        assert!(!folder.path().join("unused").exists());
    }

    #[test]
    fn many_at_once_agree() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("AB-1m.csv");
        fs::write(&file, CSV).unwrap();
        let open =
            || open_or_import(std::slice::from_ref(&file), &ImportSpec::default(), folder.path()).unwrap();
        let digests: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| open().digest().to_owned())).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert!(digests.iter().all(|d| *d == digests[0]));
    }
}
