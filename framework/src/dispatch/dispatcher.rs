//! The dispatcher actor: what the attempts of a shard and its task queues want done later.

use std::{rc::Rc, sync::Arc};

use actix::{Actor, Context, Handler, Message};

use crate::{
    actor::port::AttemptKey,
    clock::SharedClock,
    dispatch::{in_flight::InFlight, queue::TaskQueues},
    model::{TaskQueue, Timestamp},
};

/// Does at their time what attempts and task queues have put off.
#[derive(Debug)]
pub(crate) struct ActivityDispatcher {
    pub(super) clock: SharedClock,
    pub(super) queues: Arc<TaskQueues>,
    pub(super) attempts: Rc<InFlight>,
}

impl Actor for ActivityDispatcher {
    type Context = Context<Self>;
}

/// The mail of a dispatcher, from whichever thread.
#[derive(Debug)]
pub(super) enum DispatchMail {
    /// Pass on, at this time, the heartbeat of an attempt that is held back.
    FlushHeartbeat(AttemptKey, Timestamp),
    /// Go on with a task queue at this time, when its rate allows another start.
    ResumeQueue(TaskQueue, Timestamp),
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
            DispatchMail::ResumeQueue(name, at) => {
                let queues = Arc::clone(&self.queues);
                self.spawn_at(at, move || {
                    if let Some(queue) = queues.find(&name) {
                        queue.slots.resume();
                    }
                });
            }
        }
    }
}

impl ActivityDispatcher {
    fn spawn_at(&self, at: Timestamp, then: impl FnOnce() + 'static) {
        let sleep = self.clock.sleep_until(at);
        actix::spawn(async move {
            sleep.await;
            then();
        });
    }
}
