//! What activities of a peer saw, and when: the only way to time a system from inside its work.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sempre_bench::Outcome;
use tokio::sync::watch;

/// How long a peer may take for what is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// When activities ran, and how late they were if they were to run at a moment.
#[derive(Clone, Debug)]
pub(crate) struct Arrivals {
    seen: Arc<Mutex<Vec<Arrival>>>,
    count: watch::Sender<usize>,
}

/// One activity that ran.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    at: Instant,
    late: Duration,
}

impl Arrivals {
    pub(crate) fn new() -> Self {
        Self {
            seen: Arc::default(),
            count: watch::Sender::new(0),
        }
    }

    /// An activity runs.
    pub(crate) fn note(&self) {
        self.push(Duration::ZERO);
    }

    /// An activity runs that should have run at this moment, in nanoseconds of the calendar.
    pub(crate) fn note_due(&self, due_nanos: u64) {
        self.push(Duration::from_nanos(nanos_now().saturating_sub(due_nanos)));
    }

    fn push(&self, late: Duration) {
        let at = sempre_bench::now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push(Arrival { at, late });
        // Told in the order of the count, because the list is still locked.
        self.count.send_replace(seen.len());
    }

    /// Forgets what was seen so far.
    pub(crate) fn forget(&self) {
        let _seen = self.take();
    }

    /// Waits until this many activities have run.
    ///
    /// # Errors
    /// If they have not in five minutes.
    pub(crate) async fn wait(&self, count: u32) -> Outcome {
        let wanted = usize::try_from(count)?;
        let mut changes = self.count.subscribe();
        let all = changes.wait_for(|seen| *seen >= wanted);
        // The sender is here, so there will be news; what is looked at is locked, and let go.
        let in_time = tokio::time::timeout(PATIENCE, all).await.is_ok();
        if in_time {
            return Ok(());
        }
        let seen = *self.count.borrow();
        Err(format!("only {seen} of {count} activities ran in {PATIENCE:?}").into())
    }

    /// The times between the activities that ran.
    pub(crate) fn take_gaps(&self) -> Vec<Duration> {
        let seen = self.take();
        let pairs = seen.iter().zip(seen.iter().skip(1));
        pairs.map(|(one, next)| next.at - one.at).collect()
    }

    /// How late each activity was that ran.
    pub(crate) fn take_late(&self) -> Vec<Duration> {
        self.take().iter().map(|arrival| arrival.late).collect()
    }

    fn take(&self) -> Vec<Arrival> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        self.count.send_replace(0);
        std::mem::take(&mut *seen)
    }
}

/// The present of the machine's calendar, in nanoseconds.
pub(crate) fn nanos_now() -> u64 {
    sempre_bench::wall().as_nanos()
}
