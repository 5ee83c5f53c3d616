//! Starting a child of a run, which may be on any shard.

use actix::Context;

use crate::{
    actor::{Refusal, Reply, message::Started, shard::Shard},
    machine::execution::{Message, Rejection, decide::Start},
    model::WorkflowId,
};

impl Shard {
    /// Starts the child that a message asks for, unless it was started before.
    ///
    /// The message names the run, so a child that has been started, has closed and was followed by
    /// another run of its id is known as well.
    pub(super) fn start_child(
        &mut self,
        message: &Message,
        reply: Reply<Started>,
        ctx: &mut Context<Self>,
    ) {
        // The sender may have left with its thread.
        let refuse = |reply: Reply<Started>, refusal| drop(reply.send(Err(refusal)));
        let Some(start) = Start::of_child(message) else {
            return refuse(reply, Rejection::NotStarted.into());
        };
        let checked = self.check_namespace(&start, &message.sender.workflow_id);
        if let Err(rejection) = checked.and_then(|()| start.check()) {
            return refuse(reply, rejection.into());
        }
        let run_id = start.execution.run_id;
        match self.entry(run_id) {
            Ok(None) => self.start_checked(Box::new(start), reply, ctx),
            Ok(Some(_)) => {
                let started = Started {
                    run_id,
                    is_new: false,
                    update: None,
                };
                self.answer_start(run_id, reply, Ok(started));
            }
            Err(error) => refuse(reply, Refusal::unreadable(&error)),
        }
    }

    /// That there is the namespace of a child. A run whose own is no longer declared goes on, and so do
    /// the children that it has there.
    fn check_namespace(&self, start: &Start, parent: &WorkflowId) -> Result<(), Rejection> {
        let child = &start.execution.workflow_id;
        let is_beside_parent = child.namespace_name() == parent.namespace_name();
        if is_beside_parent || self.shared.services.namespaces.have(child) {
            return Ok(());
        }
        Err(Rejection::NoNamespace {
            namespace: child.namespace(),
        })
    }
}
