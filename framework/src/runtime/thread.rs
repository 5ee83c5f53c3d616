//! One shard's thread: a tokio runtime, an actix system, the shard and its dispatcher.

use std::{sync::Arc, thread::JoinHandle};

use actix::{Actor as _, Addr, AsyncContext as _, Context};
use futures::channel::oneshot;

use crate::{
    actor::{RecoveredRun, Shard, ShardConfig, ShardServices},
    dispatch::{BlockingPool, DispatcherHandle, TaskQueues},
    supervision::RestartPolicy,
};

/// What a shard's thread is made of.
pub(super) struct ShardThread {
    pub(super) index: usize,
    pub(super) services: ShardServices,
    pub(super) queues: Arc<TaskQueues>,
    pub(super) blocking: BlockingPool,
    pub(super) restart_policy: RestartPolicy,
    pub(super) recovered: Vec<RecoveredRun>,
}

/// A shard's thread that runs.
#[derive(Debug)]
pub(super) struct RunningThread {
    /// Ends the thread.
    pub(super) stop: Option<oneshot::Sender<()>>,
    pub(super) thread: JoinHandle<()>,
}

impl ShardThread {
    /// Starts the thread; the shard's address arrives once it takes mail.
    pub(super) fn start(
        self,
    ) -> std::io::Result<(
        RunningThread,
        oneshot::Receiver<std::io::Result<Addr<Shard>>>,
    )> {
        let (ready, address) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name(format!("sempre-shard-{}", self.index))
            .spawn(move || self.run(ready, stopped))?;
        Ok((
            RunningThread {
                stop: Some(stop),
                thread,
            },
            address,
        ))
    }

    fn run(
        self,
        ready: oneshot::Sender<std::io::Result<Addr<Shard>>>,
        stopped: oneshot::Receiver<()>,
    ) {
        let runtime = match tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
        {
            Ok(runtime) => runtime,
            Err(error) => return drop(ready.send(Err(error))),
        };
        let system = actix::System::with_tokio_rt(|| runtime);
        system.block_on(async move {
            let address = Shard::create(|ctx: &mut Context<Shard>| self.shard(ctx));
            // If nobody waits for the address any more, the stop signal is gone too.
            let _gone = ready.send(Ok(address));
            let _stopped = stopped.await;
        });
    }

    fn shard(self, ctx: &mut Context<Shard>) -> Shard {
        let Self {
            services,
            queues,
            blocking,
            restart_policy,
            recovered,
            ..
        } = self;
        let clock = services.clock.clone();
        let activities = DispatcherHandle::start(clock, queues, blocking, ctx.address());
        Shard::new(ShardConfig {
            services,
            activities,
            restart_policy,
            recovered,
        })
    }
}
