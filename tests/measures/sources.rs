//! The files of a module.

use std::path::Path;

/// Every Rust file of a module, which is a file or a folder of its name: path below `systems`, and lines.
pub fn files(systems: &Path, module: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut waiting = vec![format!("{module}.rs"), module.to_owned()];
    while let Some(name) = waiting.pop() {
        let path = systems.join(&name);
        if let Ok(entries) = std::fs::read_dir(&path) {
            waiting.extend(entries.flatten().map(|e| format!("{name}/{}", e.file_name().to_string_lossy())));
        } else if name.ends_with(".rs")
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            found.push((name, text.lines().count()));
        }
    }
    found.sort();
    found
}

/// Whether a file holds tests only: they are counted for their length, not for how much of them is covered.
pub fn is_test(path: &str) -> bool {
    let path = path.trim_end_matches(".rs");
    path.split('/').any(|part| part == "tests" || part == "test_world" || part.ends_with("_tests"))
}
