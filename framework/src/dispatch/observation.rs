//! Polling an attempt under the watch of its thread, and learning from how long that takes.

use std::{future::poll_fn, pin::pin, sync::Arc, time::Duration};

use derive_more::Debug;

use crate::{
    actor::{ThreadWatch, WatchedAttempt},
    clock::SharedClock,
    dispatch::conduct::Conduct,
};

/// What an attempt of an async activity is polled under.
#[derive(Debug)]
pub(super) struct Observation {
    /// The watch of the thread that it runs on.
    pub(super) watch: Arc<ThreadWatch>,
    /// The attempt.
    pub(super) attempt: Arc<WatchedAttempt>,
    /// The conduct of its type.
    pub(super) conduct: Arc<Conduct>,
    pub(super) clock: SharedClock,
}

impl Observation {
    /// Runs the attempt to its end.
    pub(super) async fn run<T>(self, attempt: impl Future<Output = T>) -> T {
        let mut attempt = pin!(attempt);
        let ended = poll_fn(|cx| {
            let begun = self.clock.read().monotonic;
            let watching = self.watch.begin_poll(&self.attempt, begun);
            let poll = attempt.as_mut().poll(cx);
            let has_blocked = ThreadWatch::end_poll(watching, &self.attempt);
            let lasted = self.clock.read().monotonic.since(begun);
            self.take_note(lasted, has_blocked);
            poll
        });
        let ended = ended.await;
        self.conduct.ended();
        ended
    }

    fn take_note(&self, lasted: Duration, has_blocked: bool) {
        self.conduct.polled(lasted);
        if has_blocked {
            self.conduct.blocked();
            let info = &self.attempt.info;
            tracing::info!(
                workflow_id = %info.execution.workflow_id,
                run_id = %info.execution.run_id,
                workflow_type = %info.workflow_type,
                activity_id = %info.activity_id,
                activity_type = %info.activity_type,
                attempt = info.attempt,
                ?lasted,
                "an activity attempt no longer blocks its thread"
            );
        }
    }
}
