//! Whose folder it is.

use super::*;

fn store(path: &Path, digest: &str) -> Store {
    Store::of(path, "p", digest, 3)
}

#[test]
fn what_is_no_result_of_a_plan_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "mine").unwrap();
    };
    write("branches/notes.txt");
    write("progress/day.md");
    for overwrite in [false, true] {
        let error = store(folder.path(), "1").begin(overwrite).unwrap_err();
        assert!(matches!(&error, StoreError::Foreign { there, .. } if there.len() == 2), "{error:?}");
        assert!(error.to_string().contains("(branches, progress/day.md): name another folder"), "{error}");
    }
    assert!(
        folder.path().join("branches/notes.txt").exists() && folder.path().join("progress/day.md").exists()
    );
    let file = folder.path().join("branches/notes.txt");
    assert!(matches!(store(&file, "1").begin(false), Err(StoreError::Folder(_))));
}

#[test]
fn results_of_another_plan_are_replaced_only_if_that_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let (one, other) = (store(&path, "1"), store(&path, "2"));
    one.begin(false).unwrap();
    let kept = path.join("branches/0/run.ron");
    std::fs::create_dir_all(kept.parent().unwrap()).unwrap();
    for file in [&kept, &path.join("progress/0.json"), &path.join("summary.json")] {
        std::fs::write(file, "[]").unwrap();
    }
    let error = other.begin(false).unwrap_err().to_string();
    assert!(error.contains("results of another plan, `p`") && error.contains("--overwrite"), "{error}");
    assert!(kept.exists() && path.join("progress/0.json").exists(), "nothing is touched");
    assert!(one.resume().is_ok());
    // The same plan anew.
    one.begin(false).unwrap();
    assert!(!kept.exists() && !path.join("progress/0.json").exists() && !path.join("summary.json").exists());
    other.begin(true).unwrap();
    assert!(other.resume().is_ok());
    assert!(matches!(one.resume(), Err(StoreError::AnotherPlan { .. })));
}

#[test]
fn a_folder_that_was_stopped_as_it_was_made_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("progress")).unwrap();
    std::fs::write(folder.path().join("progress/.tmpXy"), "{").unwrap();
    let store = store(folder.path(), "1");
    let error = store.resume().unwrap_err().to_string();
    assert!(error.contains("no plan was begun here, or it was stopped before"), "{error}");
    store.begin(false).unwrap();
    assert!(store.resume().unwrap().is_empty());
}
