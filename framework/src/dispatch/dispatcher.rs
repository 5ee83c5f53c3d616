//! The dispatcher actor: does at their time what the attempts of a shard have put off.

use actix::{Actor, Context, Handler, Message};
use derive_more::Debug;

use crate::clock::{MonotonicTime, SharedClock};

/// Does at their time what attempts have put off, on the shard's thread.
#[derive(Debug)]
pub(super) struct ActivityDispatcher {
    pub(super) clock: SharedClock,
}

impl Actor for ActivityDispatcher {
    type Context = Context<Self>;
}

/// The mail of a dispatcher, from whichever thread: something to do later.
#[derive(Debug)]
pub(super) struct Later {
    /// When.
    pub(super) at: MonotonicTime,
    /// What.
    #[debug(skip)]
    pub(super) act: Box<dyn FnOnce() + Send>,
}

impl Message for Later {
    type Result = ();
}

impl Handler<Later> for ActivityDispatcher {
    type Result = ();

    fn handle(&mut self, later: Later, _: &mut Self::Context) {
        let sleep = self.clock.sleep_until_monotonic(later.at);
        actix::spawn(async move {
            sleep.await;
            (later.act)();
        });
    }
}
