//! Starting an attempt where it is to run: on its shard's thread, on a thread apart, or in the pool.

use std::sync::Arc;

use derive_more::Debug;
use futures::future::{AbortHandle, AbortRegistration, Abortable};

use crate::{
    activity::{
        ActivityCancellation, ActivityCode, ActivityContext, AsyncActivity, BlockingActivity,
    },
    actor::{
        ThreadWatch, WatchedAttempt,
        port::{FreedSlot, Permit, StartedAttempt},
    },
    dispatch::{
        BlockingPool, InFlight, attempt,
        attempt_threads::Seat,
        in_flight::{Attempt, Site},
        observation::Observation,
        queue::RegisteredActivity,
        reporter::AttemptReporter,
    },
    metrics::Stopwatch,
    model::{Payloads, TaskQueue},
};

/// What the thread of a shard has at hand to run attempts with.
#[derive(Debug)]
pub(crate) struct ShardThread {
    /// The pool for blocking ones.
    pub(crate) blocking: BlockingPool,
    /// What watches over the thread itself.
    pub(crate) watch: Arc<ThreadWatch>,
}

/// An attempt that begins.
struct Beginning {
    in_flight: Arc<InFlight>,
    cancellation: Arc<ActivityCancellation>,
    reporter: Arc<AttemptReporter>,
    context: ActivityContext,
    input: Payloads,
    permit: Permit,
    task_queue: TaskQueue,
}

/// An async attempt that begins.
struct AsyncBeginning {
    attempt: Beginning,
    code: AsyncActivity,
    observation: Observation,
    stopped: AbortRegistration,
}

impl InFlight {
    /// Runs an attempt, and reports its end to the shard.
    pub(super) fn run(
        self: &Arc<Self>,
        StartedAttempt { task, permit }: StartedAttempt,
        activity: &RegisteredActivity,
        thread: &ShardThread,
    ) {
        let cancellation = Arc::<ActivityCancellation>::default();
        let (clock, route) = (self.clock.clone(), Arc::clone(&self.route));
        let reporter = AttemptReporter::new(&task, clock, route);
        let task_queue = task.task_queue.clone();
        let (info, input) = attempt::split(*task);
        let info = Arc::new(info);
        let attempt = Beginning {
            in_flight: Arc::clone(self),
            context: self.context(Arc::clone(&info), &cancellation, &reporter),
            cancellation,
            reporter,
            input,
            permit,
            task_queue,
        };
        match &activity.code {
            ActivityCode::Blocking(code) => attempt.run_in_pool(code, &thread.blocking),
            ActivityCode::Async(code) => {
                let observation = Observation {
                    watch: Arc::clone(&thread.watch),
                    attempt: WatchedAttempt::new(info),
                    conduct: Arc::clone(&activity.conduct),
                    clock: self.clock.clone(),
                };
                attempt.run_async(code, observation);
            }
        }
    }
}

impl Beginning {
    fn run_in_pool(self, code: &BlockingActivity, pool: &BlockingPool) {
        // A thread that is lost starts nothing, and has no slots any more.
        let Some(permit) = self.permit.detach() else {
            return;
        };
        let Self {
            in_flight,
            cancellation,
            reporter,
            context,
            input,
            task_queue,
            ..
        } = self;
        in_flight.begin(
            reporter.key(),
            Attempt {
                cancellation,
                reporter: Arc::clone(&reporter),
                stop: None,
                watched: None,
                site: Site::Elsewhere(None),
            },
        );
        let code = Arc::clone(code);
        // The pool reports by itself, whatever becomes of this thread.
        pool.spawn(move || {
            let stopwatch = Stopwatch::begin(&in_flight.clock);
            let ended = attempt::run_blocking(stopwatch, &code, context, input);
            in_flight.end_elsewhere(&reporter, ended, permit, task_queue);
        });
    }

    fn run_async(self, code: &AsyncActivity, observation: Observation) {
        let (stop, stopped) = AbortHandle::new_pair();
        let seat = self.in_flight.seat(&observation.conduct);
        let site = match seat {
            Some(_) => Site::Elsewhere(None),
            None => Site::ShardThread,
        };
        let entry = Attempt {
            cancellation: Arc::clone(&self.cancellation),
            reporter: Arc::clone(&self.reporter),
            stop: Some(stop),
            watched: Some(Arc::clone(&observation.attempt)),
            site,
        };
        let beginning = AsyncBeginning {
            attempt: self,
            code: Arc::clone(code),
            observation,
            stopped,
        };
        match seat {
            Some(seat) => beginning.run_apart(entry, seat),
            None => beginning.run_here(entry),
        }
    }
}

impl AsyncBeginning {
    /// Runs it on the shard's thread, which is this one.
    fn run_here(self, entry: Attempt) {
        let Self {
            attempt,
            code,
            observation,
            stopped,
        } = self;
        let Beginning {
            in_flight,
            reporter,
            context,
            input,
            permit,
            task_queue,
            ..
        } = attempt;
        in_flight.begin(reporter.key(), entry);
        let stopwatch = Stopwatch::begin(&in_flight.clock);
        actix::spawn(Abortable::new(
            async move {
                let attempt = attempt::run(stopwatch, code, context, input);
                let ended = observation.run(attempt).await;
                // The slot goes with the report, so that an engine without attempts is one without
                // open reports, and whoever decides on the report can go on in the same slot.
                let freed = FreedSlot { permit, task_queue };
                reporter.report(reporter.end(ended), Some(freed));
            },
            stopped,
        ));
    }

    /// Runs it on a thread apart.
    fn run_apart(self, entry: Attempt, seat: Seat) {
        let Self {
            attempt,
            code,
            observation,
            stopped,
        } = self;
        let Beginning {
            in_flight,
            reporter,
            context,
            input,
            permit,
            task_queue,
            ..
        } = attempt;
        // A thread that is lost starts nothing, and has no slots any more.
        let Some(permit) = permit.detach() else {
            return;
        };
        in_flight.begin(reporter.key(), entry);
        let stopwatch = Stopwatch::begin(&in_flight.clock);
        seat.run(|watch| {
            let observation = Observation {
                watch,
                ..observation
            };
            let attempt = async move {
                let attempt = attempt::run(stopwatch, code, context, input);
                let ended = observation.run(attempt).await;
                in_flight.end_elsewhere(&reporter, ended, permit, task_queue);
            };
            async move {
                // It may have been asked to stop, and then nobody wants to know.
                let _stopped = Abortable::new(attempt, stopped).await;
            }
        });
    }
}
