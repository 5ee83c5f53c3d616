//! What does not belong in a source tree: binaries, downloads, and very large files.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{report, source::workspace};

/// Bound: a file that is written by hand or read in a review is smaller.
const FILE_BYTES_MAX: usize = 256 * 1024;

/// Folders whose files are binary on purpose.
const BINARY_FOLDERS: &[&str] = &[
    // Records as they lie in a store, which the fuzz targets start from.
    "fuzz/tests/targets/__fuzz__/",
    // Stores as each format has left them.
    "tests/golden/stores/",
    // What the README shows of the console.
    "console/pictures/",
];

/// Why a file does not belong in the tree, if it does not.
fn complaint(path: &str, content: &[u8]) -> Option<String> {
    let is_listed = BINARY_FOLDERS.iter().any(|folder| path.starts_with(folder));
    if content.len() > FILE_BYTES_MAX {
        return Some(format!("{path}: {} bytes", content.len()));
    }
    let is_text = std::str::from_utf8(content).is_ok_and(|text| !text.contains('\0'));
    (!is_text && !is_listed).then(|| format!("{path}: not text"))
}

/// The files under version control; of an unpacked archive, all but build products.
fn tracked() -> io::Result<Vec<PathBuf>> {
    let root = workspace();
    let listed = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(&root)
        .output();
    if let Ok(listed) = listed
        && listed.status.success()
        && !listed.stdout.is_empty()
    {
        let names = String::from_utf8_lossy(&listed.stdout).into_owned();
        return Ok(names
            .split_terminator('\0')
            .map(|name| root.join(name))
            .filter(|path| path.is_file())
            .collect());
    }
    let mut found = Vec::new();
    walk(&root, &mut found)?;
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.is_dir() {
            found.push(path);
        } else if !path.ends_with("target") {
            walk(&path, found)?;
        }
    }
    Ok(())
}

#[test]
fn the_tree_holds_no_binaries_and_no_very_large_files() -> io::Result<()> {
    let root = workspace();
    let files = tracked()?;
    assert!(files.len() > 100, "found no files to look at");
    let mut complaints = Vec::new();
    for path in files {
        let inside = path.strip_prefix(&root).unwrap_or(&path);
        let name = inside.to_string_lossy().replace('\\', "/");
        complaints.extend(complaint(&name, &fs::read(&path)?));
    }
    report(
        "remove it, or add its folder to the list with a reason",
        &complaints,
    );
    Ok(())
}

#[test]
fn binaries_downloads_and_large_files_are_told_from_sources() {
    let large = vec![b'a'; FILE_BYTES_MAX + 1];
    let cases: [(&str, &[u8], bool); 6] = [
        ("framework/src/lib.rs", b"//! A page.", true),
        ("README.md", "caf\u{e9}".as_bytes(), true),
        ("pillow.whl", b"PK\x03\x04\xff\xfe", false),
        ("plot.svg", &large, false),
        ("data.bin", b"a\0b", false),
        ("fuzz/tests/targets/__fuzz__/record", b"\xff\0", true),
    ];
    for (path, content, is_welcome) in cases {
        assert_eq!(complaint(path, content).is_none(), is_welcome, "{path}");
    }
}
