//! The way from the attempts of a shard to the shard, whichever thread it is on.

use std::sync::Arc;

use actix::Addr;
use arc_swap::ArcSwapOption;
use derive_more::Debug;

use crate::{
    actor::{
        AttemptReport, Shard, ShardMail,
        port::{FreedSlot, Permit},
    },
    dispatch::{
        LaneSlots,
        dispatcher::{ActivityDispatcher, Later},
    },
    model::TaskQueue,
};

/// The thread that a shard is on.
#[derive(Debug)]
pub(super) struct Front {
    #[debug(skip)]
    pub(super) shard: Addr<Shard>,
    #[debug(skip)]
    pub(super) dispatcher: Addr<ActivityDispatcher>,
    pub(super) slots: Arc<LaneSlots>,
}

/// Where the attempts of a shard report to; it moves with the shard.
#[derive(Debug, Default)]
pub(super) struct ShardRoute {
    #[debug(skip)]
    front: ArcSwapOption<Front>,
}

impl ShardRoute {
    /// The shard is on this thread now.
    pub(super) fn move_to(&self, front: Front) {
        self.front.store(Some(Arc::new(front)));
    }

    /// Sends mail to the shard.
    pub(super) fn send(&self, mail: ShardMail) {
        if let Some(front) = &*self.front.load() {
            // Bound: that of the one who sends.
            front.shard.do_send(mail);
        }
    }

    /// Tells the shard what an attempt has to say.
    pub(super) fn report(&self, report: AttemptReport) {
        // Bound: slots bound the attempts, and of each there is one end, between two heartbeats an
        // interval, and one report of progress until that is recorded.
        self.send(ShardMail::Attempt(Box::new(report)));
    }

    /// Has something done later, on the shard's thread.
    pub(super) fn put_off(&self, later: Later) {
        if let Some(front) = &*self.front.load() {
            // Bound: one for each report that is held back.
            front.dispatcher.do_send(later);
        }
    }

    /// Binds a slot that has been given back to the shard's thread; if that is lost meanwhile, it
    /// goes to whoever is next.
    pub(super) fn free(&self, permit: Permit, task_queue: TaskQueue) -> Option<FreedSlot> {
        let front = self.front.load();
        let permit = front.as_ref()?.slots.hold(permit)?;
        Some(FreedSlot { permit, task_queue })
    }
}
