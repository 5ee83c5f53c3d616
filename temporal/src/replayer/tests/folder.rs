//! Which files of a folder are histories, and in which order they are found.

use expect_test::expect;

use super::fixture::{folder, inside, naps};
use crate::{
    ReplayFilesError,
    replayer::folder::{Found, find},
};

fn found(names: &[&str]) -> (Vec<String>, usize) {
    let files: Vec<_> = names.iter().map(|name| (*name, b"".as_slice())).collect();
    let folder = folder(&files);
    let Found { files, skipped, .. } = find(&[folder.path().to_owned()]).unwrap();
    let name = |path: &std::path::PathBuf| {
        let inside = path.strip_prefix(folder.path()).unwrap();
        inside.to_str().unwrap().to_owned()
    };
    (files.iter().map(name).collect(), skipped)
}

#[test]
fn folders_are_walked_to_their_ends_in_the_order_of_names() {
    let (files, skipped) = found(&[
        "b.json",
        "c.pb",
        "a/2.json",
        "a/1/z.binpb",
        "a.JSON",
        "d/e.json",
    ]);
    assert_eq!(
        files,
        [
            "a/1/z.binpb",
            "a/2.json",
            "a.JSON",
            "b.json",
            "c.pb",
            "d/e.json"
        ]
    );
    assert_eq!(skipped, 0);
}

#[test]
fn other_files_are_left_alone_and_counted() {
    let (files, skipped) = found(&["notes.md", "history.json", "json", "history.json.orig"]);
    assert_eq!(files, ["history.json"]);
    assert_eq!(skipped, 3);
}

#[test]
fn a_folder_without_a_history_is_an_error_even_beside_one_that_has_some() {
    let folder = folder(&[("full/history.json", b"{}"), ("empty/notes.md", b"")]);
    let paths = ["full", "empty"].map(|name| folder.path().join(name));
    let error = naps().replay(paths).unwrap_err();
    assert!(matches!(
        error,
        ReplayFilesError::NoHistory { skipped: 1, .. }
    ));
    expect!["…/empty: there is no history in this folder, so nothing would be checked; a history is named *.json, *.pb or *.binpb skipped=1"]
        .assert_eq(&inside(folder.path(), &error.to_string()));
}

#[test]
fn a_path_that_leads_nowhere_is_an_error() {
    let folder = folder(&[("history.json", b"{}")]);
    let error = naps()
        .replay([folder.path().join("histories")])
        .unwrap_err();
    assert!(
        matches!(error, ReplayFilesError::NotFound { .. }),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_back_is_reported_and_not_followed() {
    let folder = folder(&[("a/history.json", b"{}")]);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("a/back")).unwrap();
    let found = find(&[folder.path().to_owned()]).unwrap();
    assert_eq!(found.files.len(), 1);
    let [closed] = found.closed.as_slice() else {
        panic!("one place cannot be looked into: {found:?}");
    };
    assert!(closed.path.ends_with("a/back"), "{closed:?}");
}
