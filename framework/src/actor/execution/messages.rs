//! Messages to other runs, as far as the sender has to do with them.

use std::rc::Rc;

use actix::Context;

use crate::{
    actor::{execution::Execution, pipeline::Fate, shard::ShardNote},
    machine::execution::{Message, MessageOutcome, decide},
    model::MessageId,
    storage::StorageError,
};

impl Execution {
    /// Records what became of a message.
    pub(super) fn settle(
        &mut self,
        message_id: MessageId,
        outcome: MessageOutcome,
        ctx: &Context<Self>,
    ) -> Result<(), StorageError> {
        self.step(ctx, |draft| {
            decide::settle_message(draft, message_id, outcome);
        })?;
        if !self.state.status().is_open() {
            // It was brought into memory for this, and there is nothing else to do.
            self.shard.do_send(ShardNote::Closed(self.run_id()));
        }
        Ok(())
    }

    /// Records that a child was started whose end has come before the answer to its start.
    ///
    /// A step of its own, so the program hears of the start first, as it does if the answer is first.
    pub(super) fn settle_start(
        &mut self,
        message: &Message,
        ctx: &Context<Self>,
    ) -> Result<(), StorageError> {
        match decide::unanswered_start(&self.state, message) {
            Some(start) => self.settle(start, MessageOutcome::Delivered, ctx),
            None => Ok(()),
        }
    }

    /// Sends what it has to say and is not under way, once its cause is durable.
    pub(super) fn send_messages(&self) {
        if self.quarantined.is_some() {
            return;
        }
        let messages: Vec<Message> = {
            let outbound = self.shared.outbound.borrow();
            let firsts = self.state.first_messages();
            firsts.filter(|it| !outbound.has(it)).cloned().collect()
        };
        if messages.is_empty() {
            return;
        }
        let (shared, shard) = (Rc::clone(&self.shared), Rc::clone(&self.shard));
        let ticket = self.summary.ticket.get();
        self.shared.when_durable(ticket, move |fate: &Fate| {
            if let Fate::Durable = fate {
                for message in messages {
                    shared.send_message(&shard, message);
                }
            }
        });
    }
}
