//! Updates that wait for a workflow task: the next one brings the first of them.
//!
//! They are nowhere but here. Those that no workflow task is to bring are given back, and are decided
//! upon again; so are all when the run leaves memory, or breaks.

use std::{collections::VecDeque, rc::Rc};

use actix::Addr;
use derive_more::Debug;

use crate::{
    actor::{
        Outage, Refusal, Reply, UpdateAnswer,
        message::{ExecutionMail, ExecutionRequest, Reach},
        shard::{Shard, ShardNote},
    },
    machine::execution::{
        ExecutionState,
        decide::{self, Admission},
    },
    model::{RunId, event::update::Request},
};

/// An update, and where its answer goes.
#[derive(Debug)]
pub(super) struct WaitingUpdate {
    pub(super) request: Request,
    #[debug(skip)]
    pub(super) reply: Reply<UpdateAnswer>,
}

/// The updates of a run that wait for a workflow task, in the order in which they came.
#[derive(Debug)]
pub(super) struct WaitingUpdates {
    run_id: RunId,
    #[debug(skip)]
    shard: Rc<Addr<Shard>>,
    // Bound: as many as may be in flight.
    line: VecDeque<WaitingUpdate>,
}

impl WaitingUpdates {
    pub(super) fn new(run_id: RunId, shard: Rc<Addr<Shard>>) -> Self {
        Self {
            run_id,
            shard,
            line: VecDeque::new(),
        }
    }

    /// Whose they are.
    pub(super) fn run_id(&self) -> RunId {
        self.run_id
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.line.len()
    }

    /// Takes one in, behind the others.
    pub(super) fn push(&mut self, update: WaitingUpdate) {
        self.line.push_back(update);
    }

    /// Takes out the one that has waited for longest.
    pub(super) fn take_first(&mut self, state: &ExecutionState) -> Option<WaitingUpdate> {
        while let Some(update) = self.line.pop_front() {
            if let Ok(Admission::New) = decide::admit_update(state, &update.request) {
                return Some(update);
            }
            // Another one of its id has come first.
            self.shard.do_send(update.again(self.run_id));
        }
        None
    }

    /// Has all of them decided upon again.
    pub(super) fn give_back(&mut self) {
        for update in self.line.drain(..) {
            self.shard.do_send(update.again(self.run_id));
        }
    }

    /// Refuses all of them: nobody goes on with the run any more.
    pub(super) fn refuse(&mut self) {
        for update in self.line.drain(..) {
            let refusal = Refusal::Unavailable(Outage::ShuttingDown);
            // The caller may have given up waiting.
            drop(update.reply.send(Err(refusal)));
        }
    }
}

impl Drop for WaitingUpdates {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl WaitingUpdate {
    /// Has the update decided upon again.
    ///
    /// It goes by way of the shard, because the run may leave memory at the same moment. Should it be
    /// followed by another meanwhile, that one carries the update out.
    pub(super) fn again(self, run_id: RunId) -> ShardNote {
        let again = ExecutionRequest::Update(self.request, self.reply);
        let mail = ExecutionMail::Request(again, Reach::Chain);
        ShardNote::Returned { run_id, mail }
    }
}
