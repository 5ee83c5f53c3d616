//! The runway: zeros that lie ahead of sled's log, so that a step need not make its file longer.
//!
//! A write that makes a file longer costs the file system a record of the new length in its
//! journal, and a sync waits for that: about a third of a bare append. sled's log becomes longer
//! with nearly every flush. A thread keeps a stretch of zeros behind the log's end, which sled
//! takes for what it leaves behind itself when it frees a segment, and writes over.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, SyncSender},
    },
    thread::{self, JoinHandle},
};

use derive_more::Debug;

use crate::storage::sled::sled_log::{SEGMENT_HEADER_BYTES, read_at};

/// Bound: what is laid out at a time; at the end of it as much as a segment may still be unused.
const STRETCH_BYTES: u64 = 1024 * 1024;
/// The mark while a stretch is being laid out.
const NO_MARK: u64 = u64::MAX;

/// The zeros behind the end of a log, and the thread that lays them out.
///
/// Dropped when nobody writes the log any more: what was not used is cut off then.
#[derive(Debug)]
pub(super) struct Runway {
    log: Arc<Log>,
    /// None when the runway is being taken down.
    requests: Option<SyncSender<()>>,
    #[debug(skip)]
    builder: Option<JoinHandle<()>>,
}

/// The file that the runway lies in.
#[derive(Debug)]
struct Log {
    // Invariant: opened for appending. The file system then places each write behind the end that
    // the file has at that moment, under the lock that sled's writes take as well, so that zeros
    // never lie over what sled wrote, whoever is faster.
    file: File,
    segment_bytes: u64,
    /// Where sled will begin a segment when little of the runway is left.
    mark: AtomicU64,
}

impl Runway {
    /// Begins to lay out a runway behind this log of segments of so many bytes.
    pub(super) fn build(log: &Path, segment_bytes: u64) -> io::Result<Self> {
        let log = Arc::new(Log {
            file: OpenOptions::new().read(true).append(true).open(log)?,
            segment_bytes,
            mark: AtomicU64::new(NO_MARK),
        });
        // Bound: one request says it all.
        let (sender, requests) = mpsc::sync_channel(1);
        let builder = {
            let log = Arc::clone(&log);
            let thread = thread::Builder::new().name("sempre-runway".into());
            thread.spawn(move || lay_out_on_request(&log, &requests))?
        };
        let runway = Self {
            log,
            requests: Some(sender),
            builder: Some(builder),
        };
        runway.request();
        Ok(runway)
    }

    /// Has the runway made longer if little is left of it. Costs a look at the file.
    pub(super) fn check(&self) {
        let mark = self.log.mark.load(Ordering::Acquire);
        if mark != NO_MARK && !self.log.is_unused(mark) {
            self.log.mark.store(NO_MARK, Ordering::Release);
            self.request();
        }
    }

    fn request(&self) {
        if let Some(requests) = &self.requests {
            // A full channel holds the same request, a closed one belongs to a full disk.
            let _ = requests.try_send(());
        }
    }
}

impl Drop for Runway {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(builder) = self.builder.take() {
            // It has nothing to say; the runway is a matter of speed only.
            let _ = builder.join();
        }
        if let Err(error) = self.log.cut_off_unused() {
            tracing::warn!(%error, "unused end of the store's log could not be cut off");
        }
    }
}

fn lay_out_on_request(log: &Log, requests: &Receiver<()>) {
    while requests.recv().is_ok() {
        if let Err(error) = log.lay_out() {
            // sled says what this means for the store once it needs the room itself.
            tracing::warn!(%error, "store's log cannot be made longer, steps take longer");
            return;
        }
    }
}

impl Log {
    fn lay_out(&self) -> io::Result<()> {
        let zeros = vec![0; usize::try_from(STRETCH_BYTES).unwrap_or_default()];
        (&self.file).write_all(&zeros)?;
        // Durability: nothing depends on it; the next commit does not wait for this much data.
        self.file.sync_data()?;
        let end = self.file.metadata()?.len();
        let mark = mark(end, self.segment_bytes);
        self.mark.store(mark, Ordering::Release);
        Ok(())
    }

    /// Whether sled has not begun a segment here. If this cannot be told, it is not.
    fn is_unused(&self, segment: u64) -> bool {
        let mut header = [0; SEGMENT_HEADER_BYTES];
        let read = read_at(&self.file, &mut header, segment);
        read.is_ok_and(|read| read == header.len()) && header.iter().all(|byte| *byte == 0)
    }

    /// Makes the file end where the last segment that sled has begun ends, at most.
    fn cut_off_unused(&self) -> io::Result<()> {
        let end = self.file.metadata()?.len();
        let mut segments = (0..end.div_ceil(self.segment_bytes)).rev();
        let used = segments.find(|number| !self.is_unused(number * self.segment_bytes));
        let used_end = used.map_or(0, |number| (number + 1) * self.segment_bytes);
        if used_end < end {
            self.file.set_len(used_end)?;
        }
        Ok(())
    }
}

/// The last place where a segment can begin and a whole one still fits in front of the end.
fn mark(end: u64, segment_bytes: u64) -> u64 {
    (end / segment_bytes).saturating_sub(1) * segment_bytes
}
