//! What waits for the disk, and who writes it: the committer's thread, or that of a shard.
//!
//! At most one thread has the *right to write* at any time; whoever takes it writes a group, and
//! gives it back.
//!
//! 1. Whoever hands something over and finds that nobody writes has to see to it that somebody
//!    does: it writes itself, or calls the committer's thread.
//! 2. Whoever gives the right back looks once more. So what was handed over while somebody wrote is
//!    written without a further word.
//! 3. The right can be passed on to the committer's thread, which sleeps otherwise.

use std::sync::{OnceLock, PoisonError};

use derive_more::Debug;

use crate::{
    actor::committer::{
        desk::Desk,
        group::{Group, Request},
    },
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicIsize, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
        thread::{self, Thread},
    },
};

/// Bound: transitions that wait for the disk at the same time. A shard that would exceed it waits
/// for the committer, and its callers with it.
const WAITING_MAX: usize = 16 * 1024;

/// What a shard's thread writes by itself at most; a crowd is left to the committer's thread, so
/// that the shard goes on meanwhile.
const WRITTEN_HERE_MAX: isize = 4;

/// The committer's thread is called when so many wait, however busy their shards are.
const CALL_FROM: isize = 64;

/// What waits for the disk.
#[derive(Debug)]
pub(super) struct Line {
    #[debug(skip)]
    entrance: SyncSender<Request>,
    /// Locked by whoever has the right to write, and so without waiting.
    #[debug(skip)]
    waiting: Mutex<Waiting>,
    /// How many wait; a request may be taken out before it is counted.
    count: AtomicIsize,
    /// Whether somebody has the right to write.
    is_writing: AtomicBool,
    /// Whether the committer's thread has been given the right, and does not know it yet.
    is_called: AtomicBool,
    thread: OnceLock<Thread>,
    /// Whether the committer's thread ends once nothing waits.
    ends: AtomicBool,
    /// Whether nothing is written any more.
    has_ended: AtomicBool,
}

/// What is at hand for whoever writes.
struct Waiting {
    requests: Receiver<Request>,
    /// Empty between two flushes; kept for its room.
    group: Group,
}

impl Line {
    pub(super) fn new() -> Self {
        let (entrance, waiting) = sync_channel(WAITING_MAX);
        Self {
            entrance,
            waiting: Mutex::new(Waiting {
                requests: waiting,
                group: Group::default(),
            }),
            count: AtomicIsize::new(0),
            is_writing: AtomicBool::new(false),
            is_called: AtomicBool::new(false),
            thread: OnceLock::new(),
            ends: AtomicBool::new(false),
            has_ended: AtomicBool::new(false),
        }
    }

    /// Sets the thread that [attends](Self::attend), before anybody can call it.
    pub(super) fn set_thread(&self, thread: Thread) {
        // It is set once, by whoever starts the thread.
        let _first = self.thread.set(thread);
    }

    /// Adds a request; says whether somebody writes it by rule 2, or nobody ever will.
    pub(super) fn hand_over(&self, request: Request) -> Handover {
        if self.has_ended() {
            return Handover::Ended;
        }
        match self.entrance.try_send(request) {
            Ok(()) => {}
            Err(TrySendError::Full(request)) => {
                self.call();
                // Invariant: the line has its receiver as long as it lives.
                let _sent = self.entrance.send(request);
            }
            Err(TrySendError::Disconnected(_)) => return Handover::Ended,
        }
        let count = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        if self.has_ended() {
            self.drop_waiting();
            return Handover::Ended;
        }
        if count >= CALL_FROM {
            self.call();
        }
        if self.is_writing.load(Ordering::SeqCst) {
            Handover::Attended
        } else {
            Handover::Unattended
        }
    }

    /// Writes what waits on this thread, unless somebody writes already; leaves it to the
    /// committer's thread if that takes long.
    pub(super) fn write_here(&self, desk: &Desk) {
        let count = self.count.load(Ordering::SeqCst);
        if count <= 0 {
            return;
        }
        if count > WRITTEN_HERE_MAX || !desk.is_quick() {
            return self.call();
        }
        if self.take_right() {
            self.write_group(desk);
            self.give_right_back();
        }
    }

    /// Has the committer's thread write what waits, if anything does.
    pub(super) fn call_for_waiting(&self) {
        if self.count.load(Ordering::SeqCst) > 0 {
            self.call();
        }
    }

    /// Has the committer's thread write what waits, unless somebody writes already.
    pub(super) fn call(&self) {
        if self.take_right() {
            self.pass_right_on();
        }
    }

    /// Has the committer's thread end once nothing waits.
    pub(super) fn end(&self) {
        self.ends.store(true, Ordering::SeqCst);
        self.call();
    }

    /// Takes the right to write for good; what is handed over then is
    /// [taken](Self::take_waiting) one by one.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn keep_right(&self) {
        self.is_writing.store(true, Ordering::SeqCst);
    }

    /// Takes out what has waited longest.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn take_waiting(&self) -> Option<Request> {
        let request = self.lock().requests.try_recv().ok()?;
        self.count.fetch_sub(1, Ordering::SeqCst);
        Some(request)
    }

    fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::SeqCst)
    }

    fn take_right(&self) -> bool {
        !self.is_writing.swap(true, Ordering::SeqCst)
    }

    fn give_right_back(&self) {
        self.is_writing.store(false, Ordering::SeqCst);
        // Invariant: rule 2. Who handed something over before this look saw that somebody writes.
        if self.is_wanted() {
            self.call();
        }
    }

    fn pass_right_on(&self) {
        self.is_called.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    fn is_wanted(&self) -> bool {
        self.count.load(Ordering::SeqCst) > 0 || self.ends.load(Ordering::SeqCst)
    }

    fn write_group(&self, desk: &Desk) {
        let mut waiting = self.lock();
        let Waiting { requests, group } = &mut *waiting;
        while !group.is_full()
            && let Ok(request) = requests.try_recv()
        {
            self.count.fetch_sub(1, Ordering::SeqCst);
            group.take(request);
        }
        group.flush(desk);
    }

    /// Writes group after group until nothing waits.
    fn write_all(&self, desk: &Desk) {
        while self.count.load(Ordering::SeqCst) > 0 {
            self.write_group(desk);
            if self.count.load(Ordering::SeqCst) < CALL_FROM {
                // What the shards have just been told is durable causes the next transitions. On
                // busy processors they get their turn, and share a flush instead of paying for two.
                thread::yield_now();
            }
        }
    }

    /// Drops what waits, which nobody writes any more.
    fn drop_waiting(&self) {
        let waiting = self.lock();
        while waiting.requests.try_recv().is_ok() {}
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Invariant: a flush catches the store's panics, and nothing else here panics.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The committer's thread: writes whenever it is called, until the line ends.
    pub(super) fn attend(&self, desk: &Desk) {
        loop {
            while !self.is_called.swap(false, Ordering::SeqCst) {
                thread::park();
            }
            self.write_all(desk);
            if self.ends.load(Ordering::SeqCst) {
                // The right stays taken, so that nobody writes from now on.
                self.has_ended.store(true, Ordering::SeqCst);
                return self.drop_waiting();
            }
            self.give_right_back();
        }
    }
}

/// Who writes what was handed over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Handover {
    /// Somebody does.
    Attended,
    /// Nobody, unless the caller sees to it.
    Unattended,
    /// Nobody: the committer has ended.
    Ended,
}
