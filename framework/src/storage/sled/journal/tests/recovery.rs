//! What of a journal counts after a crash, and what is damage.

use std::ops::Range;

use crate::{
    model::RunId,
    storage::{
        CommitPart, StorageErrorKind,
        sled::journal::{
            head::{HEAD_BYTES, Head, Kind},
            recovery::{Image, Recovered, recover},
            tests::book::{Book, closing, opening, part},
        },
    },
};

/// What the entries of a usual journal hold.
fn usual() -> Vec<Vec<CommitPart>> {
    vec![
        vec![opening(1), opening(2)],
        vec![part(1, 2, 700)],
        vec![part(2, 2, 0), part(1, 3, 100), part(3, 1, 900)],
        vec![closing(1, 4)],
    ]
}

/// A journal with these entries, and where each of them lies.
fn written(entries: &[Vec<CommitPart>]) -> (Book, Vec<Range<usize>>) {
    let mut book = Book::new();
    let places = entries.iter().map(|parts| book.add(Kind::Commits, parts));
    let places = places.collect();
    (book, places)
}

fn recovered(images: &[Image]) -> Recovered {
    let recovered = recover(images).expect("nothing is missing");
    recovered.expect("there are entries")
}

fn parts(recovered: &Recovered) -> Vec<Vec<CommitPart>> {
    let entries = recovered.entries.iter();
    entries.map(|entry| entry.parts.clone()).collect()
}

/// What is said about a journal that is refused.
fn refused(images: &[Image]) -> String {
    let error = recover(images).expect_err("something is missing");
    assert_eq!(error.kind(), StorageErrorKind::Corrupt);
    error.to_string()
}

#[test]
fn a_journal_gives_back_what_was_written() {
    let (book, places) = written(&usual());
    let found = recovered(&book.images());
    assert_eq!(parts(&found), usual());
    assert_eq!((found.next_sequence, found.next_file), (5, 2));
    assert_eq!(found.last_of_files, [Some(4)]);
    assert!(found.garbled.is_empty());
    for (entry, place) in found.entries.iter().zip(places) {
        assert_eq!(entry.bytes, place.len());
    }
    assert_eq!(recover(&[]).unwrap(), None);
    let zeros = Image {
        name: "zeros".to_owned(),
        bytes: vec![0; 5000],
    };
    assert_eq!(
        recover(&[zeros]).unwrap(),
        None,
        "no entry was ever written"
    );
}

#[test]
fn a_cut_anywhere_leaves_the_entries_before_it() {
    let (book, places) = written(&usual());
    // An entry is whole with the last byte of its records.
    let end_of_records = |(parts, place): (&Vec<CommitPart>, &Range<usize>)| {
        let head = book.files[0][place.clone()].first_chunk().unwrap();
        let (_, head) = Head::from_bytes(head).unwrap();
        let records: usize = parts.iter().map(|part| part.record.len()).sum();
        place.start + HEAD_BYTES + head.directory_bytes as usize + records
    };
    let ends: Vec<_> = usual().iter().zip(&places).map(end_of_records).collect();
    for cut in 0..book.files[0].len() {
        for keeps_length in [true, false] {
            let mut images = book.images();
            if keeps_length {
                images[0].bytes[cut..].fill(0);
            } else {
                images[0].bytes.truncate(cut);
            }
            let found = recover(&images).expect("a cut is no damage");
            let found = found.map_or_else(Vec::new, |found| parts(&found));
            let whole = ends.iter().filter(|end| **end <= cut).count();
            assert_eq!(found, usual()[..whole], "cut={cut}");
        }
    }
}

#[test]
fn sectors_that_reach_the_disk_in_any_order_are_an_entry_or_none() {
    let parts_of_last = vec![part(4, 1, 800), opening(5), part(6, 1, 700)];
    let (book, places) = written(&[usual(), vec![parts_of_last]].concat());
    let last = places.last().unwrap().clone();
    let sectors: Vec<_> = (last.start / 512..last.end.div_ceil(512)).collect();
    let before = &book.files[0][..last.start];
    for pattern in 0..1_u32 << sectors.len() {
        for old in [0, 0x5a] {
            let mut images = book.images();
            let mut disk = before.to_vec();
            disk.resize(images[0].bytes.len(), old);
            for (bit, sector) in sectors.iter().enumerate() {
                if pattern & 1 << bit != 0 {
                    let place = sector * 512..((sector + 1) * 512).min(disk.len());
                    disk[place.clone()].copy_from_slice(&images[0].bytes[place]);
                }
            }
            images[0].bytes = disk;
            let found = recovered(&images);
            assert!(found.garbled.is_empty());
            let all = pattern + 1 == 1 << sectors.len();
            let entries = found.entries.len();
            assert!(if all {
                entries == 5
            } else {
                entries == 4 || entries == 5
            });
            let expected = [
                usual(),
                vec![vec![part(4, 1, 800), opening(5), part(6, 1, 700)]],
            ];
            assert_eq!(parts(&found), expected.concat()[..entries]);
        }
    }
}

#[test]
fn a_flip_in_an_entry_that_was_on_disk_costs_one_record_at_most() {
    let (book, places) = written(&usual());
    let acknowledged = places[..3].iter().cloned().flatten();
    let mut garbled = 0;
    for at in acknowledged {
        let mut images = book.images();
        images[0].bytes[at] ^= 0x10;
        let found = recovered(&images);
        assert_eq!(found.next_sequence, 5, "at={at}");
        garbled += found.garbled.len();
        let named = |run: RunId, number| {
            let mut all = found.garbled.iter();
            all.any(|it| (it.run_id, it.number) == (run, number))
        };
        for (expected, part) in usual().concat().iter().zip(parts(&found).concat()) {
            assert_eq!(
                (part.run_id, part.number),
                (expected.run_id, expected.number)
            );
            assert_eq!(part.index, expected.index, "at={at}");
            let is_garbled = part.record != expected.record;
            assert_eq!(is_garbled, named(part.run_id, part.number), "at={at}");
        }
        assert!(found.garbled.len() <= 1, "at={at}");
    }
    let records = usual()[..3].concat();
    let records = records.iter().map(|part| part.record.len());
    assert_eq!(
        garbled,
        records.sum::<usize>(),
        "every byte of a record, and no other"
    );
}

#[test]
fn an_entry_that_is_gone_altogether_is_named() {
    let cases = [
        (0..1, "first_entry=1 last_entry=1"),
        (1..3, "first_entry=2 last_entry=3"),
    ];
    for (gone, says) in cases {
        let (book, places) = written(&usual());
        let mut images = book.images();
        images[0].bytes[places[gone.start].start..places[gone.end - 1].end].fill(0);
        let message = refused(&images);
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn a_file_that_is_gone_or_empty_is_noticed() {
    let mut book = Book::new();
    for parts in usual() {
        book.add(Kind::Commits, &parts);
        book.next_file();
    }
    book.add(Kind::Commits, &[part(9, 1, 10)]);
    assert_eq!(recovered(&book.images()).entries.len(), 5);
    for gone in 0..4 {
        let mut images = book.images();
        images[gone].bytes.fill(0);
        let message = refused(&images);
        assert!(
            message.contains(&format!("first_entry={}", gone + 1)),
            "{message}"
        );
        images.remove(gone);
        refused(&images);
    }
    // The order in which files are listed says nothing.
    let mut images = book.images();
    images.reverse();
    let found = recovered(&images);
    assert_eq!(found.entries.len(), 5);
    assert_eq!(found.last_of_files, [5, 4, 3, 2, 1].map(Some));
}

#[test]
fn without_syncs_what_is_missing_is_where_the_journal_ends() {
    for missing in 0..4 {
        let mut book = Book::new();
        book.syncs = false;
        let places: Vec<_> = usual()
            .iter()
            .map(|parts| book.add(Kind::Commits, parts))
            .collect();
        let mut images = book.images();
        images[0].bytes[places[missing].clone()].fill(0);
        let found = recovered(&images);
        assert_eq!(parts(&found), usual()[..missing]);
        assert_eq!(found.next_sequence, missing as u64 + 1);
    }
}

#[test]
fn what_a_crash_left_behind_the_end_stays_behind_it() {
    let mut book = Book::new();
    book.syncs = false;
    let places: Vec<_> = usual()
        .iter()
        .map(|parts| book.add(Kind::Commits, parts))
        .collect();
    book.files[0][places[1].clone()].fill(0);
    // The next owner goes on behind the first entry. The third and the fourth are whole.
    book.next_file();
    book.head.sequence = 2;
    book.head.synced = 1;
    book.syncs = true;
    book.add(Kind::Opened, &[]);
    book.add(Kind::Commits, &[part(1, 2, 50)]);
    let found = recovered(&book.images());
    let expected = [usual()[..1].to_vec(), vec![vec![part(1, 2, 50)]]].concat();
    assert_eq!(parts(&found), expected);
    assert_eq!(found.last_of_files, [Some(1), Some(3)]);
    // Also where the mark of the opening is damaged.
    let mut images = book.images();
    images[1].bytes[..2 * HEAD_BYTES].fill(0);
    let message = refused(&images);
    assert!(message.contains("first_entry=2 last_entry=2"), "{message}");
}

#[test]
fn what_a_file_held_before_does_not_count() {
    let mut past = Book::new();
    for number in 1..40 {
        past.add(Kind::Commits, &[part(7, number, 90)]);
    }
    for length in 1..4 {
        let mut book = Book::new();
        book.head.file = 9;
        book.head.sequence = 40;
        book.head.synced = 39;
        book.head.needed = 40;
        for parts in &usual()[..length] {
            book.add(Kind::Commits, parts);
        }
        let mut images = book.images();
        let end = book.files[0].len();
        images[0].bytes.truncate(end);
        images[0].bytes.extend_from_slice(&past.files[0][end..]);
        let found = recovered(&images);
        assert_eq!(parts(&found), usual()[..length]);
        assert_eq!(found.next_file, 10);
        // Cut short while it was written, it is the file that it was.
        images[0].bytes[..end].fill(0);
        assert!(
            recover(&images).is_err(),
            "entries that were on disk are missing"
        );
    }
}

#[test]
fn what_is_not_needed_may_be_missing() {
    let (mut book, places) = written(&usual());
    book.head.needed = 4;
    book.head.settlements = 12;
    book.add(Kind::Commits, &[part(9, 1, 10)]);
    let mut images = book.images();
    images[0].bytes[..places[2].end].fill(0x77);
    let found = recovered(&images);
    assert_eq!(parts(&found), [vec![closing(1, 4)], vec![part(9, 1, 10)]]);
    assert_eq!((found.needed, found.settlements), (4, 12));
}

#[test]
fn two_files_with_one_number_are_refused() {
    let (book, _) = written(&usual());
    let mut images = book.images();
    images.extend(book.images());
    images[1].name = "a-copy".to_owned();
    let message = refused(&images);
    assert!(message.contains("journal-0 and a-copy"), "{message}");
}

#[test]
fn a_record_may_hold_a_journal() {
    let mut inner = Book::new();
    inner.head.file = 99;
    inner.head.sequence = 1000;
    inner.head.needed = 1000;
    inner.add(Kind::Commits, &[part(8, 1, 64)]);
    let mut whole = vec![0; 64];
    for shift in 0..64 {
        whole.extend_from_slice(&vec![1; shift]);
        whole.extend_from_slice(&inner.files[0]);
    }
    let mut holder = part(1, 2, 0);
    holder.record = whole.into();
    let entries = vec![vec![opening(1)], vec![holder], vec![part(1, 3, 10)]];
    let (book, _) = written(&entries);
    assert_eq!(parts(&recovered(&book.images())), entries);
}

#[test]
fn no_flip_in_a_closed_journal_brings_anything_back() {
    let mut book = Book::new();
    book.add(Kind::Opened, &[]);
    book.add(Kind::Commits, &[opening(1)]);
    book.next_file();
    book.head.needed = 3;
    book.head.settlements = 1;
    book.add(Kind::Closed, &[]);
    book.files.remove(0);
    let end = book.files[0].len();
    for at in 0..end {
        let mut images = book.images();
        images[0].bytes[at] ^= 1;
        let found = recovered(&images);
        assert!(found.entries.is_empty() && found.garbled.is_empty());
        assert_eq!((found.next_sequence, found.settlements), (4, 1));
    }
}
