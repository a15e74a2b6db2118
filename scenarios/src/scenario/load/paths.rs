//! Makes the files of a draft absolute, and looks whether they are there.

use std::path::{Path, PathBuf};

use super::assemble::Draft;
use super::environment::Environment;
use super::files::nearest_file;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::syntax::Node;

/// Replaces each path by its absolute form: relative to the file in which it is written, variables expanded.
pub(super) fn resolve(
    draft: &mut Draft,
    root: &Node,
    environment: &Environment,
    must_exist: bool,
) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for (s, symbol) in draft.symbols.iter_mut().enumerate() {
        for (d, data) in symbol.iter_mut().flat_map(|s| s.data.iter_mut()).enumerate() {
            let Some(paths) = data.paths_mut() else { continue };
            let several = paths.0.len() > 1;
            for (p, path) in paths.0.iter_mut().enumerate() {
                let field = format!("symbols[{s}].data[{d}].path");
                let field = if several { format!("{field}[{p}]") } else { field };
                let span = root.locate(&field);
                let written = path.to_string_lossy().into_owned();
                if written.is_empty() {
                    continue;
                }
                let problem = |message: String| {
                    Diagnostic::error(span.clone(), field.as_str(), message).with_value(written.as_str())
                };
                match environment.expand(&written) {
                    Ok(expanded) => *path = absolute(&span.source.directory.join(expanded)),
                    Err(message) => {
                        problems.push(problem(message).with_help("set it, or write the path itself"));
                        continue;
                    }
                }
                if must_exist && !path.exists() {
                    let problem = problem(format!("there is no file `{}`", path.display()));
                    let help = nearest_file(path).unwrap_or_else(|| {
                        "mend the path; paths are relative to the file in which they are written".to_owned()
                    });
                    problems.push(problem.with_help(help));
                }
            }
        }
    }
    problems
}

/// Absolute and without `.` and `..`, where that is possible without looking at the disk.
fn absolute(path: &Path) -> PathBuf {
    use std::path::Component;
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    full.components().fold(PathBuf::new(), |mut clean, part| {
        match part {
            // A parent may only be taken of a directory that is not a link.
            Component::ParentDir if !clean.is_symlink() => {
                clean.pop();
            }
            part => clean.push(part),
        }
        clean
    })
}
