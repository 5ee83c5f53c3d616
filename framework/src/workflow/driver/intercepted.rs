//! What interceptors are told of a program: that its code goes on, and what it calls.

use super::{driver::Driver, failure};
use crate::{
    interceptor::{InboundCall, InboundMessage, InboundTask, Interceptors, OutboundCall, Scopes},
    machine::{
        replay::{Activation, ActivationJob, ProgramCommand, QueryFailure},
        task::WorkflowTaskFailure,
    },
    model::{Failure, Header, Payload, QueryName, WorkflowInfo},
    panic::catch,
    workflow::WorkflowHandlers,
};

impl<W: WorkflowHandlers> Driver<W> {
    /// Has the code go on in the scopes of the interceptors, and shows them what it calls.
    pub(super) fn take_intercepted(
        &mut self,
        activation: Activation,
    ) -> Result<Vec<ProgramCommand>, WorkflowTaskFailure> {
        if self.interceptors().is_empty() {
            return self.take_caught(activation);
        }
        let mut scopes = self.arrive(&activation).map_err(failure::program)?;
        let mut activation = Some(activation);
        let mut answered = None;
        let ran = catch(|| {
            scopes.run(&mut || {
                let taken = activation.take().map(|it| self.take_caught(it));
                answered = taken.map(|answer| {
                    let mut commands = answer?;
                    let (interceptors, info) = (self.interceptors(), self.info());
                    for command in &mut commands {
                        leave(interceptors, &info, command);
                    }
                    Ok(commands)
                });
            });
        });
        let answered = match ran {
            Ok(()) => answered.unwrap_or_else(|| Ok(Vec::new())),
            Err(panic) => Err(failure::program(failure::panicked(panic))),
        };
        scopes.end(answered.as_ref().err().map(|failed| &failed.failure));
        answered
    }

    fn arrive(&self, activation: &Activation) -> Result<Scopes, Failure> {
        let messages: Vec<_> = activation.jobs.iter().filter_map(message).collect();
        let begins = activation.jobs.iter().find_map(|job| match job {
            ActivationJob::Initialize { info, .. } => Some(&**info),
            _ => None,
        });
        let known = self.info();
        let task = InboundTask::new(begins.unwrap_or(&known), &messages);
        self.interceptors().arrive(&InboundCall::WorkflowTask(task))
    }

    /// Has the code answer a query in the scopes of the interceptors.
    pub(super) fn answer_intercepted(
        &self,
        query_name: &QueryName,
        answer: impl FnOnce() -> Result<Payload, QueryFailure>,
    ) -> Result<Payload, QueryFailure> {
        let failed = |message: String| QueryFailure::HandlerFailed { message };
        let info = self.info();
        let call = InboundCall::Query {
            info: &info,
            query_name,
        };
        let mut scopes = self
            .interceptors()
            .arrive(&call)
            .map_err(|failure| failed(failure.to_string()))?;
        let (mut answer, mut answered) = (Some(answer), None);
        let ran = catch(|| {
            scopes.run(&mut || answered = answer.take().map(|answer| answer()));
        });
        let answered = match ran {
            Ok(()) => answered.unwrap_or_else(|| Err(failed("it was not run".to_owned()))),
            Err(panic) => Err(failed(panic.to_string())),
        };
        let failure = answered.as_ref().err();
        let failure = failure.map(|failed| Failure::own(failed.to_string(), "QueryFailed"));
        scopes.end(failure.as_ref());
        answered
    }
}

fn message(job: &ActivationJob) -> Option<InboundMessage<'_>> {
    match job {
        ActivationJob::Signal { name, header, .. } => Some(InboundMessage::Signal { name, header }),
        ActivationJob::Update { request, .. } => Some(InboundMessage::Update {
            name: &request.name,
            header: &request.header,
        }),
        _ => None,
    }
}

/// Shows the interceptors a command that calls somebody, and gives it the header they make of it.
fn leave(interceptors: &Interceptors, caller: &WorkflowInfo, command: &mut ProgramCommand) {
    let (call, header): (_, &mut Option<Header>) = match command {
        ProgramCommand::ScheduleActivity {
            activity_type,
            options,
            ..
        } => {
            let call = OutboundCall::Activity {
                caller,
                activity_type,
                is_local: false,
            };
            (call, &mut options.header)
        }
        ProgramCommand::ScheduleLocalActivity(task) => {
            let call = OutboundCall::Activity {
                caller,
                activity_type: &task.activity_type,
                is_local: true,
            };
            (call, &mut task.header)
        }
        ProgramCommand::StartChild {
            workflow_type,
            options,
            ..
        } => {
            let call = OutboundCall::StartChild {
                caller,
                // Invariant: a child that leaves has an id.
                workflow_id: options.workflow_id.get_or_insert_default(),
                workflow_type,
            };
            (call, &mut options.header)
        }
        ProgramCommand::SignalExternal { signal, .. } => {
            let call = OutboundCall::SignalExternal {
                caller,
                workflow_id: &signal.workflow_execution.workflow_id,
                signal_name: &signal.signal_name,
            };
            (call, &mut signal.header)
        }
        ProgramCommand::ContinueAsNew(next) => {
            (OutboundCall::ContinueAsNew { caller }, &mut next.header)
        }
        _ => return,
    };
    let own = caller.header();
    let mut changed = header.take().unwrap_or_else(|| own.clone());
    drop(interceptors.leave(&call, &mut changed));
    // What is as the run has it need not be said.
    *header = Some(changed).filter(|it| it != own);
}
