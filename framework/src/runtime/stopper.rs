//! The thread that stops an engine. It is made when the engine starts, because there may be no
//! thread to be had when it stops.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use derive_more::Debug;
use futures::channel::oneshot;
use tokio::runtime::Runtime;

use crate::runtime::shutdown::Running;

/// What is to be stopped, and who waits for that.
type Order = (Running, oneshot::Sender<()>);

/// The way to the thread that stops an engine. The thread ends when this is dropped.
#[derive(Debug)]
pub(super) struct Stopper {
    #[debug(skip)]
    orders: SyncSender<Order>,
}

impl Stopper {
    /// Makes the thread, with a runtime of its own: joining blocks, and timers need a runtime.
    ///
    /// # Errors
    /// The operating system's, if it grants no thread or no runtime.
    pub(super) fn start() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()?;
        // Bound: an engine is stopped once.
        let (orders, order) = sync_channel(1);
        std::thread::Builder::new()
            .name("sempre-stop".into())
            .spawn(move || serve(&runtime, &order))?;
        Ok(Self { orders })
    }

    /// Stops an engine, and returns when that is done.
    pub(super) async fn stop(self, running: Running) {
        let (done, stopped) = oneshot::channel();
        // Invariant: the thread waits for this order, which is the only one.
        if self.orders.send((running, done)).is_err() {
            tracing::error!("the thread that stops the engine is gone");
        }
        // If it was lost, there is nobody to wait for.
        let _gone = stopped.await;
    }
}

fn serve(runtime: &Runtime, orders: &Receiver<Order>) {
    if let Ok((running, done)) = orders.recv() {
        running.run(runtime);
        // Whoever asked may have given up waiting.
        let _gone = done.send(());
    }
}
