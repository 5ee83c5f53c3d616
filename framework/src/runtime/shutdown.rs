//! Stopping an engine, in the order that loses nothing.
//!
//! 1. No requests (the routes are closed) and no new attempts (the queues drain).
//! 2. Running attempts end, or the grace period does.
//! 3. Each shard lets its executions leave memory, which they do once all is durable.
//! 4. The threads end, then the committer, then the store is closed.

use std::{sync::Arc, time::Duration};

use derive_more::Debug;
use futures::{
    channel::oneshot,
    future::{Either, select},
};

use crate::{
    actor::{ShardMail, committer::Committer},
    clock::SharedClock,
    dispatch::{BlockingPool, TaskQueues},
    runtime::{route::Routes, thread::RunningThread},
    storage::Store,
};

/// How long shards are given to write what is decided, beyond the grace period.
const WRITE_GRACE: Duration = Duration::from_secs(30);

/// What an engine is made of.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) clock: SharedClock,
    pub(super) grace: Duration,
    pub(super) queues: Arc<TaskQueues>,
    pub(super) threads: Vec<RunningThread>,
    pub(super) committer: Committer,
    #[debug(skip)]
    pub(super) store: Arc<dyn Store>,
    pub(super) blocking: BlockingPool,
}

impl Parts {
    /// Stops everything, and returns when it has stopped.
    pub(super) async fn shut_down(self, routes: &Arc<Routes>) {
        self.queues.drain();
        let (done, stopped) = oneshot::channel();
        let routes = Arc::clone(routes);
        // A thread with a runtime of its own: joining blocks, and timers need a runtime.
        let stopper = std::thread::Builder::new()
            .name("sempre-stop".into())
            .spawn(move || {
                self.run(&routes);
                // Whoever asked may have given up waiting.
                let _gone = done.send(());
            });
        match stopper {
            Ok(_) => drop(stopped.await),
            Err(error) => tracing::error!(%error, "no thread to shut the engine down"),
        }
    }

    fn run(self, routes: &Routes) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        let all_stopped = match runtime {
            Ok(runtime) => runtime.block_on(self.drain(routes)),
            Err(error) => {
                tracing::error!(%error, "no runtime to drain the engine");
                false
            }
        };
        if all_stopped {
            self.join();
        } else {
            tracing::error!("a thread does not stop, and is left behind");
            self.let_go();
        }
    }

    /// Lets attempts end and executions leave memory; `false` if some thread does not answer.
    async fn drain(&self, routes: &Routes) -> bool {
        let grace = self.clock.sleep_until(self.clock.now().after(self.grace));
        let idle = std::pin::pin!(self.queues.idle());
        if let Either::Right(_) = select(idle, grace).await {
            let attempts = self.queues.attempts();
            tracing::warn!(
                attempts,
                "attempts outlast the grace period and are abandoned"
            );
        }
        let stops = routes.addresses().into_iter().map(|shard| async move {
            let (done, stopped) = oneshot::channel();
            shard.send(ShardMail::Stop(done)).await.is_err() || stopped.await.is_ok()
        });
        let stops = std::pin::pin!(futures::future::join_all(stops));
        let patience = self.clock.sleep_until(self.clock.now().after(WRITE_GRACE));
        match select(stops, patience).await {
            Either::Left((stopped, _)) => stopped.into_iter().all(|stopped| stopped),
            Either::Right(_) => false,
        }
    }

    fn join(self) {
        for RunningThread { stop, thread } in self.threads {
            drop(stop);
            if thread.join().is_err() {
                tracing::error!("a shard's thread panicked");
            }
        }
        self.committer.join();
        drop(self.blocking);
        drop(self.store);
    }

    /// Tells everything to stop, and waits for nothing.
    pub(super) fn let_go(self) {
        self.queues.drain();
        drop(self);
    }
}
