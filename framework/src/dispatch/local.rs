//! Attempts of local activities: run beside the slots of their queue, for the execution alone.
//!
//! They run where other attempts do: on the shard's thread if their type is trusted with it, on a
//! thread apart if not, in the pool if they block. One on the shard's thread is polled at once, and
//! costs nothing more if it is ready then, not even a message.

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
};

use derive_more::Debug;
use futures::future::{AbortHandle, Abortable};

use crate::{
    activity::{
        ActivityCode, ActivityContext, AsyncActivity, AttemptPort, BlockingActivity, ControlInbox,
    },
    actor::{LocalAttempt, LocalEnd, LocalInbox, LocalKey, LocalStart, ShardMail, WatchedAttempt},
    dispatch::{
        InFlight, ShardThread, attempt,
        observation::Observation,
        queue::{LocalCount, RegisteredActivity},
    },
    machine::execution::decide::AttemptOutcome,
    metrics::Stopwatch,
    model::Payloads,
};

/// Where heartbeats and progress of local activities go: nobody waits for them.
#[derive(Debug)]
struct Nobody;

impl AttemptPort for Nobody {
    fn heartbeat(&self, _: Payloads) {}

    fn progress(&self, _: Payloads) {}

    fn controls(&self) -> Option<&ControlInbox> {
        None
    }
}

/// A local attempt that begins.
struct Beginning {
    in_flight: Arc<InFlight>,
    context: ActivityContext,
    input: Payloads,
    desk: Desk,
}

/// Where the end of a local attempt is left.
struct Desk {
    in_flight: Arc<InFlight>,
    key: LocalKey,
    inbox: Arc<LocalInbox>,
    /// Counted until the end is left.
    count: LocalCount,
}

impl Desk {
    fn leave(self, outcome: AttemptOutcome) {
        let end = LocalEnd {
            key: self.key,
            outcome,
        };
        if self.inbox.leave(end) {
            // Bound: one for each time that an inbox was empty.
            let mail = ShardMail::LocalEnded(self.inbox.run_id);
            self.in_flight.route.send(mail);
        }
        drop(self.count);
    }
}

impl InFlight {
    /// Runs an attempt of a local activity.
    pub(super) fn run_local(
        self: &Arc<Self>,
        local: LocalAttempt,
        activity: &RegisteredActivity,
        count: LocalCount,
        thread: &ShardThread,
    ) -> LocalStart {
        let LocalAttempt {
            key,
            info,
            input,
            cancellation,
            inbox,
        } = local;
        let info = Arc::new(info);
        let beginning = Beginning {
            in_flight: Arc::clone(self),
            context: self.local_context(Arc::clone(&info), cancellation, Arc::new(Nobody)),
            input,
            desk: Desk {
                in_flight: Arc::clone(self),
                key,
                inbox,
                count,
            },
        };
        match &activity.code {
            ActivityCode::Blocking(code) => beginning.run_in_pool(code, thread),
            ActivityCode::Async(code) => {
                let observation = Observation {
                    watch: Arc::clone(&thread.watch),
                    attempt: WatchedAttempt::new(info),
                    conduct: Arc::clone(&activity.conduct),
                    clock: self.clock.clone(),
                };
                beginning.run_async(code, observation)
            }
        }
    }
}

impl Beginning {
    fn run_in_pool(self, code: &BlockingActivity, thread: &ShardThread) -> LocalStart {
        let Self {
            context,
            input,
            desk,
            ..
        } = self;
        let code = Arc::clone(code);
        let stopwatch = Stopwatch::begin(&desk.in_flight.clock);
        thread.blocking.spawn(move || {
            desk.leave(attempt::run_blocking(stopwatch, &code, context, input));
        });
        LocalStart::Running(None)
    }

    fn run_async(self, code: &AsyncActivity, observation: Observation) -> LocalStart {
        let Self {
            in_flight,
            context,
            input,
            desk,
        } = self;
        let (stop, stopped) = AbortHandle::new_pair();
        let stopwatch = Stopwatch::begin(&in_flight.clock);
        let attempt = attempt::run(stopwatch, Arc::clone(code), context, input);
        if let Some(seat) = in_flight.seat(&observation.conduct) {
            seat.run(|watch| {
                let observation = Observation {
                    watch,
                    ..observation
                };
                let attempt = async move { desk.leave(observation.run(attempt).await) };
                async move {
                    // It may have been stopped, and then nobody wants to know.
                    let _stopped = Abortable::new(attempt, stopped).await;
                }
            });
            return LocalStart::Running(Some(stop));
        }
        let mut attempt = Box::pin(observation.run(attempt));
        // It is polled again with a waker that counts, if it has to wait for anything.
        let first = attempt
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        if let Poll::Ready(outcome) = first {
            return LocalStart::Ended(outcome);
        }
        actix::spawn(async move {
            let attempt = async move { desk.leave(attempt.await) };
            let _stopped = Abortable::new(attempt, stopped).await;
        });
        LocalStart::Running(Some(stop))
    }
}
