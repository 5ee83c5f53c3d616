//! The messages of a shard's runs that are on their way to other runs.
//!
//! What a run has to say stands in its outbox, which is on disk; here is only what is under way. So
//! whatever is lost here is sent again when its run is loaded the next time.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use actix::Addr;

use crate::{
    actor::{Outage, Refusal, Shard, service::Shared, shard::ShardNote},
    machine::execution::{Message, MessageContent, MessageOutcome, Rejection},
    model::{MessageId, RunId},
};

/// Bound: messages of one shard that are under way. The runs whose messages find no room wait, by
/// their ids, and are told when there is some.
const MESSAGES_MAX: usize = 1_024;
/// How many there is room for when one of those is told: it looks through all that it has to say.
const ROOM: usize = 64;
/// Bound: bytes of these messages.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// Names a message among those of all runs.
pub(super) type MessageKey = (RunId, MessageId);

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct Outbound {
    under_way: BTreeSet<MessageKey>,
    bytes: usize,
    /// The runs that have more to send than there was room for, longest waiting first.
    waiting: VecDeque<RunId>,
    waits: BTreeSet<RunId>,
}

impl Outbound {
    /// How many messages there is room for, as far as their number goes.
    pub(super) fn room(&self) -> usize {
        MESSAGES_MAX.saturating_sub(self.under_way.len())
    }

    /// Whether no message is under way.
    pub(super) fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    /// Whether a message is under way.
    pub(super) fn has(&self, message: &Message) -> bool {
        self.under_way.contains(&key(message))
    }

    /// Takes note of a message that is about to be sent; `false` if it is under way, or has to wait.
    pub(super) fn begin(&mut self, message: &Message) -> bool {
        let key = key(message);
        if self.under_way.contains(&key) {
            return false;
        }
        if self.under_way.len() >= MESSAGES_MAX || self.bytes >= BYTES_MAX {
            if self.waits.insert(key.0) {
                self.waiting.push_back(key.0);
            }
            return false;
        }
        self.bytes += message.size();
        self.under_way.insert(key)
    }

    /// Takes note of a message that is no longer under way.
    pub(super) fn end(&mut self, key: MessageKey, bytes: usize) {
        if self.under_way.remove(&key) {
            self.bytes -= bytes;
        }
    }

    /// Takes the run that has waited longest, if there is room for what it has to say.
    pub(super) fn next_waiting(&mut self) -> Option<RunId> {
        if self.under_way.len() + ROOM > MESSAGES_MAX || self.bytes >= BYTES_MAX {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.waits.remove(&next);
        Some(next)
    }
}

fn key(message: &Message) -> MessageKey {
    (message.sender.run_id, message.id)
}

impl Shared {
    /// Takes note of a message that is no longer under way, and lets the next run speak.
    pub(super) fn end_message(&self, key: MessageKey, bytes: usize, shard: &Addr<Shard>) {
        self.outbound.borrow_mut().end(key, bytes);
        self.let_next_speak(shard);
    }

    /// Tells the run that has waited longest for room, if there is some.
    pub(super) fn let_next_speak(&self, shard: &Addr<Shard>) {
        if let Some(run_id) = self.outbound.borrow_mut().next_waiting() {
            // Bound: one note for each message that was under way, and for each of these notes.
            shard.do_send(ShardNote::SendMessages(run_id));
        }
    }

    /// Sends a message whose cause has been handed over, unless it is under way or has to wait.
    pub(super) fn send_message(&self, shard: &Addr<Shard>, message: Message) {
        // Durability: what a shard has handed over that is shut out may be dropped.
        if !self.pipeline.borrow().is_in_line() || !self.outbound.borrow_mut().begin(&message) {
            return;
        }
        let (key, bytes) = (key(&message), message.size());
        let starts = matches!(message.content, MessageContent::StartChild { .. });
        let is_last = message.is_of_close();
        let is_nowhere = !self.services.namespaces.have(&message.receiver.workflow_id);
        let (peers, shard) = (Arc::clone(&self.services.peers), shard.clone());
        actix::spawn(async move {
            if is_last {
                // What the run was told before is answered by now: who hears of both on this thread
                // hears of that first.
                tokio::task::yield_now().await;
            }
            let answer = peers.deliver(message).await;
            let answer = match Answer::from(answer) {
                // A child whose first step broke has never been started, and is to be.
                Answer::NeverStarted if starts => Answer::NotNow,
                Answer::NeverStarted => Answer::Settled(MessageOutcome::NotFound),
                Answer::Settled(MessageOutcome::NotFound) if is_nowhere && !starts => {
                    Answer::Settled(MessageOutcome::NoNamespace)
                }
                answer => answer,
            };
            // Bound: one note for each message under way.
            shard.do_send(ShardNote::Answered { key, bytes, answer });
        });
    }
}

/// What the answer to a message means for its sender.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::actor) enum Answer {
    /// The message is settled.
    Settled(MessageOutcome),
    /// It was lost with a step of its receiver, which is rebuilt, or its receiver can take it now: it
    /// is sent again at once.
    Lost,
    /// It can be sent again after a while.
    NotNow,
    /// It is sent again when its run is loaded the next time.
    NotHere,
    /// The run that it is for has never been.
    NeverStarted,
}

impl From<Result<(), Refusal>> for Answer {
    fn from(answer: Result<(), Refusal>) -> Self {
        let refusal = match answer {
            Ok(()) => return Self::Settled(MessageOutcome::Delivered),
            Err(refusal) => refusal,
        };
        match refusal {
            Refusal::Rejected(Rejection::TooManySignals { .. }) => {
                Self::Settled(MessageOutcome::TooManySignals)
            }
            Refusal::Rejected(Rejection::NoNamespace { .. }) => {
                Self::Settled(MessageOutcome::NoNamespace)
            }
            Refusal::AlreadyStarted { .. } => Self::Settled(MessageOutcome::AlreadyExists),
            Refusal::NotFound { .. } | Refusal::Rejected(_) => {
                Self::Settled(MessageOutcome::NotFound)
            }
            Refusal::Unavailable(Outage::NeverStarted { .. }) => Self::NeverStarted,
            Refusal::Unavailable(Outage::Dropped) | Refusal::Unknown(Outage::Dropped) => Self::Lost,
            // A thread that is lost may have none in its place.
            Refusal::Unavailable(Outage::ThreadLost | Outage::Store { .. })
            | Refusal::Unknown(Outage::ThreadLost) => Self::NotNow,
            _ => Self::NotHere,
        }
    }
}
