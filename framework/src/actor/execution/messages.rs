//! Messages between runs, as far as a run has to do with them.

use actix::Context;

use crate::{
    actor::{
        Refusal, Reply,
        execution::{Execution, request::refuse_broken},
        shard::ShardNote,
    },
    machine::execution::{Message, MessageOutcome, decide},
    model::MessageId,
    storage::StorageError,
};

impl Execution {
    /// Records what another run has to say, and answers that at once.
    pub(super) fn hear(
        &mut self,
        message: &Message,
        reply: Reply<()>,
        ctx: &Context<Self>,
    ) -> Result<(), StorageError> {
        self.settle_start(message, ctx)?;
        match self.step(ctx, |draft| decide::receive_message(draft, message)) {
            Ok(answer) => {
                self.shared
                    .answer_peer(reply, answer.map_err(Refusal::from));
                Ok(())
            }
            Err(error) => Err(refuse_broken(reply, error)),
        }
    }

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
    fn settle_start(&mut self, message: &Message, ctx: &Context<Self>) -> Result<(), StorageError> {
        match decide::unanswered_start(&self.state, message) {
            Some(start) => self.settle(start, MessageOutcome::Delivered, ctx),
            None => Ok(()),
        }
    }

    /// Sends what it has to say and is not under way. Its causes have been handed over.
    pub(super) fn send_messages(&self) {
        if self.quarantined.is_some() {
            return;
        }
        let messages: Vec<Message> = {
            let outbound = self.shared.outbound.borrow();
            let firsts = self.state.first_messages();
            let waiting = firsts.filter(|it| !outbound.has(it));
            // One more than there is room for, so that the run is told when there is some again.
            waiting.take(outbound.room() + 1).cloned().collect()
        };
        for message in messages {
            self.shared.send_message(&self.shard, message);
        }
        self.shared.let_next_speak(&self.shard);
    }
}
