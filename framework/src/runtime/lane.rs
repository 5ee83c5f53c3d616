//! One shard's thread: a tokio runtime, an actix system, the shard and its dispatcher.

use std::{sync::Arc, thread::JoinHandle};

use actix::{Actor as _, Addr, AsyncContext as _, Context};
use derive_more::Debug;
use futures::{FutureExt as _, channel::oneshot, future::Shared};

use crate::{
    actor::{
        RecoveredRun, Shard, ShardConfig, ShardServices, ThreadWatch, committer::CommitHandle,
    },
    dispatch::{BlockingPool, DispatcherHandle, InFlight, LaneSlots, ShardThread, TaskQueues},
    runtime::rest::RestReport,
    supervision::{Quarantine, RestartPolicy},
};

/// What a shard's thread is made of.
pub(super) struct LanePlan {
    pub(super) index: usize,
    pub(super) services: ShardServices,
    pub(super) queues: Arc<TaskQueues>,
    pub(super) blocking: BlockingPool,
    /// The attempts of the shard, which may have begun on an earlier thread.
    pub(super) attempts: Arc<InFlight>,
    pub(super) restart_policy: RestartPolicy,
    pub(super) quarantine: Quarantine,
    /// Whom to tell when the thread comes to rest, if anybody wants to know.
    pub(super) rest: Option<RestReport>,
    pub(super) recovered: Vec<RecoveredRun>,
}

/// How others reach a shard, and learn that its thread was given up.
#[derive(Clone, Debug)]
pub(super) struct LaneAddress {
    #[debug(skip)]
    pub(super) shard: Addr<Shard>,
    /// What its thread is doing.
    pub(super) watch: Arc<ThreadWatch>,
    /// Completes when the thread is given up.
    #[debug(skip)]
    pub(super) retired: Shared<oneshot::Receiver<()>>,
}

/// A shard's thread that runs.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) watch: Arc<ThreadWatch>,
    commit: CommitHandle,
    slots: Arc<LaneSlots>,
    queues: Arc<TaskQueues>,
    /// Ends the thread when dropped.
    #[debug(skip)]
    stop: oneshot::Sender<()>,
    /// Tells callers that the thread was given up when dropped.
    #[debug(skip)]
    retire: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

/// A thread that was given up, until those who wait for an answer of it are told.
#[derive(Debug)]
pub(super) struct GivenUp {
    // Invariant: these are dropped in this order. Callers are told before the thread ends, so that
    // an answer that never comes is known to be one of a thread that was given up.
    #[debug(skip)]
    _retire: oneshot::Sender<()>,
    #[debug(skip)]
    _stop: oneshot::Sender<()>,
}

impl Lane {
    /// Gives the thread up: nothing it holds or does counts any more. Blocks until nothing it has
    /// decided can reach the store.
    ///
    /// Those who wait for an answer of it are told when what is returned is dropped.
    pub(super) fn retire(self) -> GivenUp {
        self.commit.retire();
        self.slots.retire();
        self.queues.forget_lost();
        GivenUp {
            _retire: self.retire,
            _stop: self.stop,
        }
    }

    /// Ends the thread, and waits until it has.
    pub(super) fn join(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::error!("a shard's thread panicked");
        }
    }
}

impl LanePlan {
    /// Starts the thread, and waits until its shard takes mail.
    pub(super) fn start(self) -> std::io::Result<(Lane, LaneAddress)> {
        let (ready, address) = std::sync::mpsc::sync_channel(1);
        let (stop, stopped) = oneshot::channel();
        let (retire, retired) = oneshot::channel();
        let slots = Arc::<LaneSlots>::default();
        let watch = Arc::clone(&self.services.watch);
        let commit = self.services.committer.clone();
        let (lane_slots, queues) = (Arc::clone(&slots), Arc::clone(&self.queues));
        let thread = std::thread::Builder::new()
            .name(format!("sempre-shard-{}", self.index))
            .spawn(move || self.run(lane_slots, &ready, stopped))?;
        let stopped = |_| std::io::Error::other("the shard's thread has stopped");
        let shard = address.recv().map_err(stopped)??;
        let address = LaneAddress {
            shard,
            watch: Arc::clone(&watch),
            retired: retired.shared(),
        };
        let lane = Lane {
            watch,
            commit,
            slots,
            queues,
            stop,
            retire,
            thread,
        };
        Ok((lane, address))
    }

    fn run(
        self,
        slots: Arc<LaneSlots>,
        ready: &std::sync::mpsc::SyncSender<std::io::Result<Addr<Shard>>>,
        stopped: oneshot::Receiver<()>,
    ) {
        self.services.watch.attend();
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all();
        if let Some(rest) = self.rest.clone() {
            builder.on_thread_park(move || rest.send());
        }
        let built = builder.build();
        // If nobody waits for the answer any more, the stop signal is gone too.
        let runtime = match built {
            Ok(runtime) => runtime,
            Err(error) => return drop(ready.send(Err(error))),
        };
        let system = actix::System::with_tokio_rt(|| runtime);
        system.block_on(async move {
            if let Some(rest) = &self.rest {
                rest.observer.begins(rest.turn.clone());
                actix::spawn(rest.turn.clone().serve());
                // Whoever drives the clock has to see that an alarm rings, so it does so here.
                actix::spawn(self.queues.tend(&self.services.clock));
            }
            let address = Shard::create(|ctx: &mut Context<Shard>| self.shard(slots, ctx));
            let _gone = ready.send(Ok(address));
            let _stopped = stopped.await;
        });
    }

    /// The shard, on whichever thread this is called.
    pub(super) fn shard(self, slots: Arc<LaneSlots>, ctx: &mut Context<Shard>) -> Shard {
        let Self {
            services,
            queues,
            blocking,
            attempts,
            restart_policy,
            quarantine,
            recovered,
            ..
        } = self;
        let watch = Arc::clone(&services.watch);
        let thread = ShardThread { blocking, watch };
        let activities = DispatcherHandle::start(attempts, queues, thread, slots, ctx.address());
        Shard::new(ShardConfig {
            services,
            activities,
            restart_policy,
            quarantine,
            recovered,
        })
    }
}
