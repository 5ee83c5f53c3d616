//! Stopping an engine, in the order that loses nothing.
//!
//! 1. No requests (the routes are closed) and no new attempts (the queues drain). Attempts that
//!    want to know are told.
//! 2. Running attempts end, or the grace period does.
//! 3. Each shard lets its executions leave memory, which they do once all is durable.
//! 4. The threads end, then the committer, then the store is closed. A thread that an attempt blocks
//!    is left behind.

use std::{sync::Arc, time::Duration};

use derive_more::Debug;
use futures::{
    channel::oneshot,
    future::{Either, select},
};
use tokio::runtime::Runtime;

use crate::{
    actor::ShardMail,
    runtime::{crew::Crew, watchdog::Watchdog},
};

/// How long shards are given to write what is decided, beyond the grace period.
const WRITE_GRACE: Duration = Duration::from_secs(30);

/// An engine as the one who stops it sees it.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) crew: Arc<Crew>,
    pub(super) watchdog: Watchdog,
    pub(super) grace: Duration,
}

impl Running {
    /// Takes no more attempts, and says what is about to come.
    pub(super) fn begin_to_stop(&self) {
        tracing::info!(
            attempts = self.crew.equipment.force.queues.attempts(),
            grace = ?self.grace,
            "the engine is shutting down"
        );
        self.crew.equipment.force.queues.drain();
        self.crew.equipment.runner.shut_down();
    }

    /// Stops everything. Blocks until it has stopped.
    pub(super) fn run(self, runtime: &Runtime) {
        let all_stopped = runtime.block_on(self.drain());
        if all_stopped {
            self.join();
        } else {
            tracing::error!("a thread does not stop, and is left behind");
            self.let_go();
        }
    }

    /// Lets attempts end and executions leave memory; `false` if some thread does not answer.
    async fn drain(&self) -> bool {
        let (clock, queues) = (
            &self.crew.equipment.clock,
            &self.crew.equipment.force.queues,
        );
        let grace = clock.sleep(self.grace);
        if let Either::Right(_) = select(std::pin::pin!(queues.idle()), grace).await {
            for load in queues.loads().iter().filter(|load| load.attempts > 0) {
                tracing::warn!(
                    task_queue = %load.task_queue,
                    attempts = load.attempts,
                    max_attempts = load.max_attempts,
                    waiting = load.waiting,
                    waiting_since = ?load.waiting_since,
                    "attempts outlast the grace period and are abandoned"
                );
            }
        }
        let stops = self
            .crew
            .routes
            .addresses()
            .into_iter()
            .map(|shard| async move {
                let (done, stopped) = oneshot::channel();
                shard.send(ShardMail::Stop(done)).await.is_err() || stopped.await.is_ok()
            });
        let stops = std::pin::pin!(futures::future::join_all(stops));
        let patience = clock.sleep(WRITE_GRACE);
        match select(stops, patience).await {
            Either::Left((stopped, _)) => stopped.into_iter().all(|stopped| stopped),
            Either::Right(_) => false,
        }
    }

    fn join(self) {
        let Self { crew, watchdog, .. } = self;
        watchdog.stop();
        crew.join_lanes();
        // The watchdog has ended, so nobody else holds the crew.
        if let Some(crew) = Arc::into_inner(crew) {
            crew.equipment.stop();
        }
        tracing::info!("the engine has shut down");
    }

    /// Tells everything to stop, and waits for nothing.
    pub(super) fn let_go(self) {
        self.crew.equipment.force.queues.drain();
        self.crew.equipment.runner.shut_down();
        self.watchdog.let_go();
        self.crew.let_lanes_go();
        self.crew.equipment.let_attempts_go();
        // It ends by itself before long.
        let _reading = self.crew.equipment.reader.close();
        let _backup = self.crew.equipment.backups.close();
        self.crew.equipment.retention.close();
        self.crew.equipment.payloads.let_go();
        self.crew.equipment.committer.let_go();
    }
}
