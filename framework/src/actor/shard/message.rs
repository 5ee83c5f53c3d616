//! Messages between runs, as far as the shard has to do with them: answers on their way back to the
//! sender, and messages for receivers that cannot take them yet.

use std::time::Duration;

use actix::{AsyncContext as _, Context};

use crate::{
    actor::{
        Outage, Refusal, Reply,
        message::{ExecutionMail, ExecutionRequest},
        outbound::{Answer, MessageKey},
        shard::{Shard, ShardNote},
    },
    model::RunId,
};

/// How long after a fault of the store, or the loss of a thread, a message is sent again.
const PAUSE: Duration = Duration::from_secs(1);

impl Shard {
    /// Passes the answer to a message on to its sender, and lets the next one go.
    pub(super) fn answered(
        &mut self,
        key: MessageKey,
        bytes: usize,
        answer: Answer,
        ctx: &mut Context<Self>,
    ) {
        let (run_id, message_id) = key;
        if let Answer::Settled(outcome) = answer {
            // Durability: until its run has recorded this answer it is not sent again. A second
            // answer could be another one, and whoever gave it would have acted on it.
            let mail = ExecutionMail::Settle(message_id, outcome, bytes);
            return self.deliver(run_id, mail, ctx);
        }
        self.shared.end_message(key, bytes, &ctx.address());
        match answer {
            Answer::Settled(_) | Answer::NotHere | Answer::NeverStarted => {}
            Answer::Lost => self.deliver(run_id, ExecutionMail::SendMessages, ctx),
            Answer::NotNow => {
                let at = self.shared.read_clock().after(PAUSE);
                // Bound: one note for each message that was under way.
                drop(self.note_at(at, ShardNote::SendMessages(run_id), ctx));
            }
        }
    }

    /// Takes note of an answer that its run is not told: the message is sent again.
    pub(super) fn lose_answer(&self, run_id: RunId, mail: &ExecutionMail, ctx: &Context<Self>) {
        if let ExecutionMail::Settle(message_id, _, bytes) = mail {
            let key = (run_id, *message_id);
            self.shared.end_message(key, *bytes, &ctx.address());
        }
    }

    /// Keeps the reply to a message for a run that is damaged or in quarantine: it is sent again
    /// when that has changed. Gives back all other mail.
    pub(super) fn park(
        &self,
        run_id: RunId,
        mail: ExecutionMail,
        refusal: &Refusal,
    ) -> Option<ExecutionMail> {
        let waits = matches!(
            refusal,
            Refusal::Damaged { .. } | Refusal::Quarantined { .. }
        );
        match mail {
            ExecutionMail::Request(ExecutionRequest::Receive(_, reply), _) if waits => {
                // Bound: one reply for each message of a sender's outbox.
                let mut parked = self.shared.parked.borrow_mut();
                parked.entry(run_id).or_default().push(reply);
                None
            }
            mail => Some(mail),
        }
    }

    /// Has the messages sent again that a run could not take.
    pub(super) fn unpark(&self, run_id: RunId) {
        let parked = self.shared.parked.borrow_mut().remove(&run_id);
        for reply in parked.unwrap_or_default() {
            // The sender may have left with its thread.
            let _gone = Reply::<()>::send(reply, Err(Refusal::Unavailable(Outage::Dropped)));
        }
    }
}
