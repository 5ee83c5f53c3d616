//! Content in a folder: it comes back, and what is there of others is left alone.

use std::{collections::BTreeSet, fs, path::PathBuf};

use tempfile::TempDir;

use crate::{
    model::ContentKey,
    storage::{FileStorage, PayloadStorage as _, StorageErrorKind},
};

/// A folder for a storage.
fn folder() -> (TempDir, PathBuf) {
    let outer = TempDir::new().expect("a folder of its own");
    let path = outer.path().join("deep").join("orders.payloads");
    (outer, path)
}

/// Puts so many contents there.
fn put(storage: &FileStorage, count: u32) -> BTreeSet<ContentKey> {
    let put = |number: u32| {
        let content = number.to_be_bytes();
        let key = ContentKey::of(&content);
        storage.put(&key, &content).expect("it is put");
        key
    };
    (0..count).map(put).collect()
}

#[test]
fn content_comes_back_until_it_is_deleted() {
    let (_outer, path) = folder();
    let storage = FileStorage::open(&path).expect("a new one");
    let content = vec![7; 100_000];
    let key = ContentKey::of(&content);
    assert_eq!(storage.get(&key).unwrap(), None);
    for _ in 0..2 {
        storage.put(&key, &content).unwrap();
        assert_eq!(storage.get(&key).unwrap().as_deref(), Some(&content[..]));
    }
    drop(storage);
    let storage = FileStorage::open(&path).expect("the same one");
    assert_eq!(storage.get(&key).unwrap().as_deref(), Some(&content[..]));
    for _ in 0..2 {
        storage.delete(&key).unwrap();
        assert_eq!(storage.get(&key).unwrap(), None);
    }
}

#[test]
fn what_is_damaged_is_put_anew() {
    let (_outer, path) = folder();
    let storage = FileStorage::open(&path).unwrap();
    let key = ContentKey::of(b"content");
    storage.put(&key, b"content").unwrap();
    let digits = key.to_string();
    let (folder, file) = digits.split_at(2);
    fs::write(path.join(folder).join(file), b"c0ntent").unwrap();
    storage.put(&key, b"content").unwrap();
    assert_eq!(storage.get(&key).unwrap().as_deref(), Some(&b"content"[..]));
}

#[test]
fn keys_are_listed_in_order_page_by_page_and_nothing_else_is() {
    let (_outer, path) = folder();
    let storage = FileStorage::open(&path).unwrap();
    let all = put(&storage, 1_000);
    for stranger in ["README", "ab/notes.txt", "unfinished/0"] {
        fs::write(path.join(stranger), b"nothing of ours").unwrap();
    }
    for limit in [1_000, 1_001, 7, 1] {
        let (mut found, mut after) = (Vec::<ContentKey>::new(), None);
        loop {
            let page = storage.list(after.as_ref(), limit).unwrap();
            found.extend(&page);
            after = page.last().copied();
            if page.len() < limit {
                break;
            }
        }
        assert!(found.iter().eq(&all), "pages of {limit}");
    }
}

#[test]
fn what_was_being_written_is_removed_by_the_next_owner() {
    let (_outer, path) = folder();
    drop(FileStorage::open(&path).unwrap());
    let unfinished = path.join("unfinished").join("0");
    fs::write(&unfinished, b"half").unwrap();
    let storage = FileStorage::open(&path).unwrap();
    assert!(!unfinished.exists());
    assert!(storage.list(None, 10).unwrap().is_empty());
}

#[test]
fn a_folder_has_one_owner() {
    let (_outer, path) = folder();
    let storage = FileStorage::open(&path).unwrap();
    let second = FileStorage::open(&path).expect_err("it is held");
    assert_eq!(second.kind(), StorageErrorKind::Locked);
    let holder = format!("pid={}", std::process::id());
    assert!(second.to_string().contains(&holder), "{second}");
    drop(storage);
    assert!(FileStorage::open(&path).is_ok());
}
