//! The dispatcher actor: what the attempts of a shard want done later.

use std::sync::Arc;

use actix::{Actor, Context, Handler, Message};

use crate::{
    actor::port::AttemptKey,
    clock::{MonotonicTime, SharedClock},
    dispatch::InFlight,
};

/// Does at their time what attempts have put off.
#[derive(Debug)]
pub(crate) struct ActivityDispatcher {
    pub(super) clock: SharedClock,
    pub(super) attempts: Arc<InFlight>,
}

impl Actor for ActivityDispatcher {
    type Context = Context<Self>;
}

/// The mail of a dispatcher, from whichever thread.
#[derive(Debug)]
pub(super) enum DispatchMail {
    /// Pass on, at this time, the heartbeat of an attempt that is held back.
    FlushHeartbeat(AttemptKey, MonotonicTime),
}

impl Message for DispatchMail {
    type Result = ();
}

impl Handler<DispatchMail> for ActivityDispatcher {
    type Result = ();

    fn handle(&mut self, mail: DispatchMail, _: &mut Self::Context) {
        match mail {
            DispatchMail::FlushHeartbeat(key, at) => {
                if let Some(port) = self.attempts.port(key) {
                    self.spawn_at(at, move || port.flush());
                }
            }
        }
    }
}

impl ActivityDispatcher {
    fn spawn_at(&self, at: MonotonicTime, then: impl FnOnce() + 'static) {
        let sleep = self.clock.sleep_until_monotonic(at);
        actix::spawn(async move {
            sleep.await;
            then();
        });
    }
}
