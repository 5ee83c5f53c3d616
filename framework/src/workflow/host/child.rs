//! What child workflows ask of the host.

use std::rc::Rc;

use super::host::{Operation, ProgramHost, UnsentCommand, Wish};
use crate::{
    definition::Failure as _,
    machine::replay::{ChildResolution, ChildSequence, ChildStart, ProgramCommand, children},
    model::{ChildOptions, Payloads, RunId, WorkflowExecution, WorkflowId},
    workflow::{
        Canceled, ChildCancellationType,
        operation::{ChildOperation, Phase},
    },
};

impl ProgramHost {
    pub(in crate::workflow) fn handle_child_start_resolved(
        &self,
        child: ChildSequence,
        resolution: ChildStart,
    ) {
        let operation = self.children.borrow().get(&child).cloned();
        // A child that was given up meanwhile has nobody to tell.
        let Some(operation) = operation else { return };
        match resolution {
            ChildStart::Started(execution) => operation.start.fill(Ok(execution)),
            ChildStart::Failed(failure) => {
                self.end_child(child, &operation);
                operation.start.fill(Err(failure.clone()));
                operation.end.fill(Err(failure));
            }
        }
    }

    pub(in crate::workflow) fn handle_child_resolved(
        &self,
        child: ChildSequence,
        resolution: ChildResolution,
    ) {
        let operation = self.children.borrow().get(&child).cloned();
        let Some(operation) = operation else { return };
        self.end_child(child, &operation);
        operation.end.fill(match resolution {
            ChildResolution::Completed(result) => Ok(result),
            ChildResolution::Failed(failure) => Err(failure),
        });
    }

    /// Asks for a child.
    pub(in crate::workflow) fn start_child(
        &self,
        operation: &Rc<ChildOperation>,
        input: Payloads,
        options: ChildOptions,
    ) {
        if let Some(canceled) = operation.scope.canceled() {
            return self.give_child_up(operation, canceled);
        }
        let live = Operation::Child(Rc::clone(operation));
        self.remember(operation.number, &operation.scope, live);
        self.draft(UnsentCommand::StartChild {
            operation: Rc::clone(operation),
            input,
            options: Box::new(options),
        });
    }

    /// Numbers a child that leaves, and gives it an id if it has none.
    // Replay: the id follows from the run that began so, or went on from one that was reset, and the
    // number: what a run has asked for that was reset may still be there.
    pub(super) fn send_child(
        &self,
        operation: Rc<ChildOperation>,
        input: Payloads,
        mut options: Box<ChildOptions>,
    ) -> Option<ProgramCommand> {
        if operation.phase.get() != Phase::Unsent {
            return None;
        }
        let child = self.next_child();
        let original = || self.info.borrow().lineage.original_execution_run_id;
        let run_id = self.reset_to.get().unwrap_or_else(original);
        let new_id = || WorkflowId::from(format!("{run_id}_{child}"));
        let id = options.workflow_id.take().unwrap_or_else(new_id);
        // A child is in the namespace of its parent.
        let id = id.beside(&self.info.borrow().execution.workflow_id);
        options.workflow_id = Some(id.clone());
        *operation.workflow_id.borrow_mut() = Some(id);
        operation.phase.set(Phase::Sent(child));
        let workflow_type = operation.workflow_type.clone();
        self.children.borrow_mut().insert(child, operation);
        Some(ProgramCommand::StartChild {
            child,
            workflow_type,
            input,
            options,
        })
    }

    /// Cancels a child by its cancellation type; its futures resolve accordingly.
    pub(in crate::workflow) fn cancel_child(
        &self,
        operation: &ChildOperation,
        canceled: &Canceled,
    ) {
        use ChildCancellationType as Type;
        match (operation.phase.get(), operation.cancellation) {
            (Phase::Canceling | Phase::Over, _) => return,
            (
                Phase::Sent(child),
                Type::WaitCancellationCompleted | Type::WaitCancellationRequested,
            ) => {
                operation.phase.set(Phase::Canceling);
                self.draft(cancellation(child, canceled));
                return;
            }
            (Phase::Sent(child), Type::TryCancel) => {
                self.draft(cancellation(child, canceled));
                self.forget_child(child);
            }
            (Phase::Sent(child), Type::Abandon) => self.forget_child(child),
            (Phase::Unsent, _) => {}
        }
        self.give_child_up(operation, canceled);
    }

    /// The future that stands for a child was dropped.
    pub(in crate::workflow) fn drop_child(&self, operation: &ChildOperation) {
        if self.is_silent() {
            return;
        }
        operation.start.leave();
        self.forget(operation.number);
        match (operation.phase.get(), operation.cancellation) {
            // An abandoned child goes its own way, sent or not.
            (_, ChildCancellationType::Abandon) | (Phase::Canceling | Phase::Over, _) => {}
            (Phase::Unsent, _) => operation.phase.set(Phase::Over),
            (Phase::Sent(child), _) => {
                operation.phase.set(Phase::Over);
                self.forget_child(child);
                self.draft(UnsentCommand::CancelChild {
                    child,
                    reason: String::new(),
                    wish: Wish::of_drop(),
                });
            }
        }
    }

    /// Nothing more comes of a child; whoever waits for it is told that it was canceled.
    fn give_child_up(&self, operation: &ChildOperation, canceled: &Canceled) {
        operation.phase.set(Phase::Over);
        self.forget(operation.number);
        let execution = WorkflowExecution {
            workflow_id: operation.workflow_id.borrow().clone().unwrap_or_default(),
            run_id: RunId::default(),
        };
        let workflow_type = operation.workflow_type.clone();
        let failure = children::canceled(execution, workflow_type, canceled.to_failure());
        operation.start.fill(Err(Box::new(failure.clone())));
        operation.end.fill(Err(Box::new(failure)));
    }

    fn end_child(&self, child: ChildSequence, operation: &ChildOperation) {
        operation.phase.set(Phase::Over);
        self.forget(operation.number);
        self.forget_child(child);
    }

    fn forget_child(&self, child: ChildSequence) {
        let removed = self.children.borrow_mut().remove(&child);
        drop(removed);
    }
}

/// The wish that a child stops, for this reason.
fn cancellation(child: ChildSequence, canceled: &Canceled) -> UnsentCommand {
    UnsentCommand::CancelChild {
        child,
        reason: canceled.reason().unwrap_or_default().to_owned(),
        wish: Wish::Said,
    }
}
