//! Blocks: what a file of a backup is written and read in, with bounded memory.
//!
//! A block begins with 24 bytes, all numbers big-endian:
//!
//! | bytes | meaning                                                               |
//! |-------|-----------------------------------------------------------------------|
//! | 0–3   | `SBkp`                                                                |
//! | 4     | the version of this layout                                            |
//! | 5     | whether the content is plain (1) or a block of LZ4 (2)                |
//! | 6–7   | nothing so far                                                        |
//! | 8–11  | the block's position in its file, from 0                              |
//! | 12–15 | the length of the content as it is here                               |
//! | 16–19 | the length of the content before it was compressed                    |
//! | 20–23 | CRC-32 over the file's id, the 20 bytes above, and the content        |
//!
//! The content is whole [items](Item). The last block of a file ends with [`Item::End`].

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use bytes::{Buf as _, BufMut as _, Bytes};

use crate::storage::{
    StorageError, StorageErrorKind,
    backup::{item::Item, list::FileId},
};

const MAGIC: u32 = u32::from_be_bytes(*b"SBkp");
const VERSION: u8 = 1;
const PLAIN: u8 = 1;
const COMPRESSED: u8 = 2;
const HEADER_BYTES: usize = 24;
/// Bytes before the checksum.
const CHECKED_BYTES: usize = HEADER_BYTES - 4;
/// What a block holds before it is written; a large item has one of its own.
const BLOCK_BYTES: usize = 256 * 1024;
/// Bound: LZ4 makes nothing smaller than by this factor, so what claims to be is damaged.
const COMPRESSION_MAX: usize = 255;

/// Writes a file of items.
#[derive(Debug)]
pub(in crate::storage) struct BlockWriter {
    path: PathBuf,
    file: File,
    id: FileId,
    block: Vec<u8>,
    blocks: u32,
    items: u64,
    bytes: u64,
}

impl BlockWriter {
    /// Makes a file of this name, where there is none, with this id.
    ///
    /// # Errors
    /// `Unavailable` if the file system refuses it.
    pub(in crate::storage) fn create(path: &Path, id: FileId) -> Result<Self, StorageError> {
        let file = OpenOptions::new().write(true).create_new(true).open(path);
        Ok(Self {
            file: file.map_err(|error| unwritable(path, error))?,
            path: path.to_owned(),
            id,
            block: Vec::with_capacity(BLOCK_BYTES),
            blocks: 0,
            items: 0,
            bytes: 0,
        })
    }

    /// Adds an item.
    ///
    /// # Errors
    /// `Unavailable` if the disk is full or fails.
    pub(in crate::storage) fn add(&mut self, item: Item<&[u8]>) -> Result<(), StorageError> {
        let too_long = || unwritable(&self.path, io::ErrorKind::FileTooLarge.into());
        item.write(&mut self.block).ok_or_else(too_long)?;
        self.items += 1;
        if self.block.len() >= BLOCK_BYTES {
            self.write_block()?;
        }
        Ok(())
    }

    /// Adds the end; gives back the length of the file.
    ///
    /// # Durability
    /// What the file holds is on disk then, and its name once its folder has been synced.
    ///
    /// # Errors
    /// `Unavailable` if the disk is full or fails.
    pub(in crate::storage) fn finish(mut self) -> Result<u64, StorageError> {
        self.add(Item::End(self.items))?;
        if !self.block.is_empty() {
            self.write_block()?;
        }
        let synced = self.file.sync_all();
        synced.map_err(|error| unwritable(&self.path, error))?;
        Ok(self.bytes)
    }

    fn write_block(&mut self) -> Result<(), StorageError> {
        let packed = lz4_flex::block::compress(&self.block);
        let (kind, content) = if packed.len() < self.block.len() {
            (COMPRESSED, &packed)
        } else {
            (PLAIN, &self.block)
        };
        let header = header(self.id, kind, self.blocks, content, self.block.len());
        let header =
            header.ok_or_else(|| unwritable(&self.path, io::ErrorKind::FileTooLarge.into()))?;
        let written = self.file.write_all(&header);
        let written = written.and_then(|()| self.file.write_all(content));
        written.map_err(|error| unwritable(&self.path, error))?;
        self.bytes += (header.len() + content.len()) as u64;
        self.blocks += 1;
        self.block.clear();
        // Bound: room for what most blocks need is kept.
        self.block.shrink_to(2 * BLOCK_BYTES);
        Ok(())
    }
}

/// The header of a block; `None` if the content is too long for one.
fn header(
    id: FileId,
    kind: u8,
    number: u32,
    content: &[u8],
    plain_bytes: usize,
) -> Option<[u8; HEADER_BYTES]> {
    let mut header = [0; HEADER_BYTES];
    let mut room = header.as_mut_slice();
    room.put_u32(MAGIC);
    room.put_u8(VERSION);
    room.put_u8(kind);
    room.put_u16(0);
    room.put_u32(number);
    room.put_u32(u32::try_from(content.len()).ok()?);
    room.put_u32(u32::try_from(plain_bytes).ok()?);
    let checksum = checksum(id, &header, content);
    let (_, mut room) = header.split_at_mut(CHECKED_BYTES);
    room.put_u32(checksum);
    Some(header)
}

fn checksum(id: FileId, header: &[u8; HEADER_BYTES], content: &[u8]) -> u32 {
    let (checked, _) = header.split_at(CHECKED_BYTES);
    let mut crc = crc32fast::Hasher::new();
    crc.update(&id.0);
    crc.update(checked);
    crc.update(content);
    crc.finalize()
}

/// Reads a file of items, and believes nothing that is not proven.
#[derive(Debug)]
pub(in crate::storage) struct BlockReader {
    path: PathBuf,
    file: File,
    id: FileId,
    block: Bytes,
    blocks: u32,
    items: u64,
    offset: u64,
    has_ended: bool,
}

impl BlockReader {
    /// Opens the file of this name, which has this id.
    ///
    /// # Errors
    /// `Corrupt` if there is none; `Unavailable` if it cannot be read.
    pub(in crate::storage) fn open(path: &Path, id: FileId) -> Result<Self, StorageError> {
        let file = File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => damaged(path, 0, "it is missing"),
            _ => unreadable(path, error),
        })?;
        Ok(Self {
            path: path.to_owned(),
            file,
            id,
            block: Bytes::new(),
            blocks: 0,
            items: 0,
            offset: 0,
            has_ended: false,
        })
    }

    /// How many bytes of the file have been read.
    pub(in crate::storage) fn offset(&self) -> u64 {
        self.offset
    }

    /// The next item; `None` behind the last one.
    ///
    /// # Errors
    /// `Corrupt` if the file is not what was written; `Unavailable` if it cannot be read.
    pub(in crate::storage) fn next(&mut self) -> Result<Option<Item>, StorageError> {
        if self.has_ended {
            return Ok(None);
        }
        if self.block.is_empty() {
            self.block = self.read_block()?;
        }
        let item = Item::take(&mut self.block)
            .ok_or_else(|| damaged(&self.path, self.offset, "a block is no sequence of items"))?;
        if let Item::End(items) = item {
            let is_last = self.block.is_empty() && self.read_up_to(1)?.is_empty();
            if items != self.items || !is_last {
                return Err(damaged(
                    &self.path,
                    self.offset,
                    "it does not end where it says",
                ));
            }
            self.has_ended = true;
            return Ok(None);
        }
        self.items += 1;
        Ok(Some(item))
    }

    fn read_block(&mut self) -> Result<Bytes, StorageError> {
        let at = self.offset;
        let wrong = |what| damaged(&self.path, at, what);
        let header = self.read_up_to(HEADER_BYTES)?;
        let header: [u8; HEADER_BYTES] = header.try_into().map_err(|_| wrong("it is cut short"))?;
        let mut rest = header.as_slice();
        let (magic, version, kind) = (rest.get_u32(), rest.get_u8(), rest.get_u8());
        rest.advance(2);
        let (number, bytes, plain_bytes) = (rest.get_u32(), rest.get_u32(), rest.get_u32());
        let found = rest.get_u32();
        if magic != MAGIC {
            return Err(wrong("no block begins here"));
        }
        if version != VERSION {
            let message = format!(
                "backup was written by a newer release, restore it with that: file={}",
                self.path.display()
            );
            return Err(StorageError::new(StorageErrorKind::Unsupported, message));
        }
        let content = self.read_up_to(bytes as usize)?;
        let wrong = |what| damaged(&self.path, at, what);
        if content.len() != bytes as usize {
            return Err(wrong("it is cut short"));
        }
        if found != checksum(self.id, &header, &content) {
            return Err(wrong(
                "a checksum is wrong, or the file is another backup's",
            ));
        }
        if number != self.blocks {
            return Err(wrong("a block is not at its place"));
        }
        self.offset += (HEADER_BYTES + content.len()) as u64;
        self.blocks += 1;
        let plain_bytes = plain_bytes as usize;
        match kind {
            PLAIN => Ok(content.into()),
            COMPRESSED if plain_bytes <= content.len().saturating_mul(COMPRESSION_MAX) => {
                let plain = lz4_flex::block::decompress(&content, plain_bytes);
                let plain = plain.ok().filter(|plain| plain.len() == plain_bytes);
                let wrong = || damaged(&self.path, at, "a block cannot be decompressed");
                plain.map(Bytes::from).ok_or_else(wrong)
            }
            _ => Err(damaged(&self.path, at, "a block is of an unknown kind")),
        }
    }

    /// So many bytes, or as many as there are left. What a length claims takes no memory before it is
    /// there.
    fn read_up_to(&self, bytes: usize) -> Result<Vec<u8>, StorageError> {
        let mut read = Vec::new();
        let mut file = (&self.file).take(bytes as u64);
        file.read_to_end(&mut read)
            .map_err(|error| unreadable(&self.path, error))?;
        Ok(read)
    }
}

/// A file of a backup is not what was written.
pub(super) fn damaged(path: &Path, offset: u64, what: &str) -> StorageError {
    let file = path.display();
    let message = format!(
        "backup is damaged, {what}; restore an earlier one, or another copy: file={file} \
         offset={offset}"
    );
    StorageError::new(StorageErrorKind::Corrupt, message)
}

pub(super) fn unreadable(path: &Path, error: io::Error) -> StorageError {
    failed("backup cannot be read", path, error)
}

pub(super) fn unwritable(path: &Path, error: io::Error) -> StorageError {
    let what = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "backup cannot be written, the disk is full"
        }
        io::ErrorKind::PermissionDenied => {
            "backup cannot be written, give the process the right to write there"
        }
        _ => "backup cannot be written",
    };
    failed(what, path, error)
}

fn failed(what: &str, path: &Path, error: io::Error) -> StorageError {
    let message = format!("{what}: path={} cause={error}", path.display());
    StorageError::new(StorageErrorKind::Unavailable, message).with_source(error)
}
