//! Keys: everything lives in one tree, told apart by the first byte.
//!
//! | key                                             | value                              |
//! |-------------------------------------------------|------------------------------------|
//! | `c`, run id (16)                                | the index entry of a closed run    |
//! | `f`                                             | the version of this layout         |
//! | `i`                                             | the name that its backups go by    |
//! | `k`, content key (32), run id (16)              | nothing: the run names the payload |
//! | `n`, run id (16), content key (32)              | nothing: the same, by the run      |
//! | `o`, run id (16)                                | the index entry of a run with work |
//! | `r`, run id (16), last number (4), piece (4)    | a piece of a bundle of records     |
//! | `s`                                             | how often something has settled    |
//! | `w`, workflow id with its namespace             | the run id of its latest run       |
//!
//! Numbers are big-endian, so that keys sort as the tuples they stand for, and run ids begin with
//! their time, so that new keys arrive nearly in order. The piece counts from 0, and the last
//! piece of a value says that it is: a value without its end is seen to be incomplete.

use std::ops::RangeInclusive;

use crate::{
    model::{ContentKey, RecordNumber, RunId, WorkflowId},
    storage::sled::piece::Piece,
};

/// The key of the layout's version.
pub(super) const FORMAT: [u8; 1] = *b"f";
/// The key of the name that the store keeps when it is compacted or restored.
pub(super) const LINEAGE: [u8; 1] = *b"i";
/// The key of the number of settlements.
pub(super) const SETTLEMENTS: [u8; 1] = *b"s";

/// What the keys of index entries of closed runs begin with.
pub(super) const CLOSED: u8 = b'c';
/// What the keys begin with that say by the payload which run names it.
pub(super) const NAMER: u8 = b'k';
/// What the keys begin with that say the same by the run.
pub(super) const NAMED: u8 = b'n';
/// What the keys of index entries of runs with work begin with.
pub(super) const OPEN: u8 = b'o';
/// What the keys of bundles begin with.
const BUNDLE: u8 = b'r';
/// What the keys of the latest runs of executions begin with.
pub(super) const WORKFLOW: u8 = b'w';

/// The bytes of a key that names a run.
pub(super) type RunKey = [u8; 17];
/// The bytes of a key that says which run names which payload.
pub(super) type NameKey = [u8; 49];
/// The bytes of a key that names a piece of a bundle.
pub(super) type BundleKey = [u8; 25];

/// The key of the index entry of an open run.
pub(super) fn open_run(run_id: RunId) -> RunKey {
    run_key(OPEN, run_id)
}

/// The key of the index entry of a closed run.
pub(super) fn closed_run(run_id: RunId) -> RunKey {
    run_key(CLOSED, run_id)
}

/// The run that a key of an index entry names.
pub(super) fn parse_run(key: &[u8]) -> Option<RunId> {
    let (_, run_id) = key.split_first()?;
    run_id.try_into().ok().map(RunId::from_bytes)
}

/// The key of the latest run of an execution.
pub(super) fn current_run(workflow_id: &WorkflowId) -> Vec<u8> {
    let mut key = vec![WORKFLOW];
    key.extend_from_slice(workflow_id.as_kept().as_bytes());
    key
}

/// The execution that such a key names.
pub(super) fn parse_workflow(key: &[u8]) -> WorkflowId {
    let workflow_id = key.get(1..).unwrap_or_default();
    WorkflowId::from_kept(String::from_utf8_lossy(workflow_id))
}

/// The run that is said to be the latest one.
pub(super) fn parse_latest(value: &[u8]) -> Option<RunId> {
    value.try_into().ok().map(RunId::from_bytes)
}

/// Whether a key that begins like this is of one of the kinds above.
pub(super) fn is_known(kind: u8) -> bool {
    let ([format], [lineage], [settlements]) = (FORMAT, LINEAGE, SETTLEMENTS);
    is_of_runs(kind) || [format, lineage, settlements].contains(&kind)
}

/// Whether what a key that begins like this holds belongs to a run or to an execution.
pub(super) fn is_of_runs(kind: u8) -> bool {
    [CLOSED, NAMER, NAMED, OPEN, BUNDLE, WORKFLOW].contains(&kind)
}

/// The key that says, by the payload, that a run names it.
pub(super) fn namer(key: &ContentKey, run_id: RunId) -> NameKey {
    let rest = key.as_bytes().iter().chain(run_id.as_bytes());
    gather([NAMER].into_iter().chain(rest.copied()))
}

/// The keys that say which runs name a payload.
pub(super) fn namers(key: &ContentKey) -> RangeInclusive<NameKey> {
    namer(key, RunId::from_u128(0))..=namer(key, RunId::from_u128(u128::MAX))
}

/// The key that says, by the run, that it names a payload.
pub(super) fn named(run_id: RunId, key: &ContentKey) -> NameKey {
    let rest = run_id.as_bytes().iter().chain(key.as_bytes());
    gather([NAMED].into_iter().chain(rest.copied()))
}

/// The keys that say which payloads a run names.
pub(super) fn all_named(run_id: RunId) -> RangeInclusive<NameKey> {
    let end = |byte| ContentKey::from_bytes([byte; ContentKey::BYTES]);
    named(run_id, &end(0))..=named(run_id, &end(u8::MAX))
}

/// The payload that such a key says a run names.
pub(super) fn parse_named(key: &[u8]) -> Option<ContentKey> {
    let (_, key) = key.split_last_chunk()?;
    Some(ContentKey::from_bytes(*key))
}

/// What a key says by the payload: which, and which run names it.
pub(super) fn parse_namer(key: &[u8]) -> Option<(ContentKey, RunId)> {
    let (name, run_id) = key.get(1..)?.split_at_checked(ContentKey::BYTES)?;
    let name = ContentKey::from_bytes(name.try_into().ok()?);
    Some((name, RunId::from_bytes(run_id.try_into().ok()?)))
}

/// The run of which a key says that it names a payload.
pub(super) fn parse_namer_of(key: &[u8]) -> Option<RunId> {
    let (run_id, name) = key.get(1..)?.split_first_chunk()?;
    (name.len() == ContentKey::BYTES).then(|| RunId::from_bytes(*run_id))
}

/// The key of one piece of the bundle that ends with this record.
pub(super) fn bundle(run_id: RunId, last: RecordNumber, piece: Piece) -> BundleKey {
    bundle_key(run_id, last, piece.to_number())
}

/// The keys of the bundles that end with one of these records.
pub(super) fn bundles(
    run_id: RunId,
    from: RecordNumber,
    to: RecordNumber,
) -> RangeInclusive<BundleKey> {
    bundle_key(run_id, from, 0)..=bundle_end(run_id, to)
}

/// A key after every piece of this bundle and before the next one; no piece has it.
pub(super) fn bundle_end(run_id: RunId, last: RecordNumber) -> BundleKey {
    bundle_key(run_id, last, u32::MAX)
}

/// What a key says about its piece; `None` if it is no key of a piece of a bundle.
pub(super) fn parse_bundle(key: &[u8]) -> Option<((RunId, RecordNumber), Piece)> {
    let (&BUNDLE, rest) = key.split_first()? else {
        return None;
    };
    let (run_id, rest) = rest.split_first_chunk()?;
    let (last, piece) = rest.split_first_chunk()?;
    let last = RecordNumber::new(u32::from_be_bytes(*last));
    let piece = u32::from_be_bytes(piece.try_into().ok()?);
    let bundle = (RunId::from_bytes(*run_id), last);
    Some((bundle, Piece::from_number(piece)))
}

fn run_key(kind: u8, run_id: RunId) -> RunKey {
    gather([kind].into_iter().chain(*run_id.as_bytes()))
}

fn bundle_key(run_id: RunId, last: RecordNumber, piece: u32) -> BundleKey {
    let parts = run_key(BUNDLE, run_id)
        .into_iter()
        .chain(last.get().to_be_bytes())
        .chain(piece.to_be_bytes());
    gather(parts)
}

/// The first `N` bytes of an iterator that has as many.
fn gather<const N: usize>(mut bytes: impl Iterator<Item = u8>) -> [u8; N] {
    [(); N].map(|()| bytes.next().unwrap_or_default())
}
