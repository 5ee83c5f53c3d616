//! Files of items: what is written is read, and nothing else is believed.

use std::fs;

use tempfile::TempDir;

use crate::storage::{
    StorageError, StorageErrorKind,
    backup::{BlockReader, BlockWriter, FileId, Item},
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const ID: FileId = FileId([7; 16]);

fn read(path: &std::path::Path, id: FileId) -> Result<Vec<Item>, StorageError> {
    let mut reader = BlockReader::open(path, id)?;
    std::iter::from_fn(|| reader.next().transpose()).collect()
}

#[test]
fn items_come_back_in_their_order_whatever_their_size() -> Outcome {
    let folder = TempDir::new()?;
    let path = folder.path().join("items");
    let large = vec![3; 1 << 20];
    let mut writer = BlockWriter::create(&path, ID)?;
    let mut expected = Vec::new();
    for number in 0..3_000_u32 {
        let key = number.to_be_bytes();
        let item = match number % 4 {
            0 => Item::Pair(&key[..], if number == 2_000 { &large } else { &key }),
            1 => Item::Gone(&key[..]),
            2 => Item::Entry(&key[..]),
            _ => Item::Known(&key[..], u64::from(number)),
        };
        writer.add(item)?;
        let own = bytes::Bytes::copy_from_slice;
        expected.push(match item {
            Item::Pair(key, value) => Item::Pair(own(key), own(value)),
            Item::Gone(key) => Item::Gone(own(key)),
            Item::Entry(entry) => Item::Entry(own(entry)),
            Item::Known(key, value) => Item::Known(own(key), value),
            Item::End(items) => Item::End(items),
        });
    }
    let bytes = writer.finish()?;
    assert_eq!(fs::metadata(&path)?.len(), bytes);
    assert_eq!(read(&path, ID)?, expected);
    let refused = read(&path, FileId([8; 16])).unwrap_err();
    assert_eq!(refused.kind(), StorageErrorKind::Corrupt);
    Ok(())
}

#[test]
fn a_file_with_any_byte_changed_or_cut_off_or_added_is_refused() -> Outcome {
    let folder = TempDir::new()?;
    let path = folder.path().join("items");
    let mut writer = BlockWriter::create(&path, ID)?;
    for number in 0..20_u32 {
        writer.add(Item::Pair(&number.to_be_bytes(), &[1; 5]))?;
    }
    writer.finish()?;
    let whole = fs::read(&path)?;
    let mut wrong = Vec::new();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        wrong.push(bytes);
        wrong.push(whole[..at].to_vec());
    }
    wrong.push([&whole[..], &[0]].concat());
    wrong.push([&whole[..], &whole[..]].concat());
    for bytes in wrong {
        fs::write(&path, bytes)?;
        let error = read(&path, ID).unwrap_err();
        let kinds = [StorageErrorKind::Corrupt, StorageErrorKind::Unsupported];
        assert!(kinds.contains(&error.kind()), "{error}");
    }
    fs::remove_file(&path)?;
    assert!(read(&path, ID).is_err());
    Ok(())
}
