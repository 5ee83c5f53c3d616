//! A program whose values are encoded where they leave its code, and decoded where they come back.

use std::collections::BTreeMap;

use derive_more::Debug;

use crate::{
    machine::{
        replay::{Activation, ActivationJob, Program, ProgramCommand, QueryFailure},
        task::WorkflowTaskFailure,
    },
    model::{
        CodecError, Codecs, Failure, Payload, PayloadContext, PayloadUse, Payloads, QueryName,
        SignalName, WorkflowId,
        event::{update, workflow_task::FailedCause},
        transition::SignalDropped,
    },
};

/// The type of the failure of a value that a codec cannot encode or decode.
const CODEC: &str = "PayloadCodec";

/// A program, and the codecs that its values go through.
///
/// Where a value cannot be encoded or decoded the workflow task fails, and is tried again.
#[derive(Debug)]
pub(super) struct CodedProgram {
    #[debug(skip)]
    program: Box<dyn Program>,
    codecs: Codecs,
    /// Known from the first activation on, before which nothing is said.
    workflow_id: WorkflowId,
    /// What the program has dropped, without what its reasons quote.
    dropped: BTreeMap<SignalName, SignalDropped>,
}

impl CodedProgram {
    /// The program; the same one, if there are no codecs.
    pub(super) fn of(program: Box<dyn Program>, codecs: &Codecs) -> Box<dyn Program> {
        if codecs.is_empty() {
            return program;
        }
        Box::new(Self {
            program,
            codecs: codecs.clone(),
            workflow_id: WorkflowId::default(),
            dropped: BTreeMap::new(),
        })
    }

    fn decode(&mut self, job: &mut ActivationJob) -> Result<(), WorkflowTaskFailure> {
        if let ActivationJob::Initialize { info, .. } = job {
            self.workflow_id = info.execution.workflow_id.clone();
        }
        let decoded = self.codecs.decode(job, &self.workflow_id);
        decoded.map_err(|error| task_failure(undecoded(&error)))
    }

    fn encode(
        &self,
        command: &mut ProgramCommand,
        replaying: bool,
    ) -> Result<(), WorkflowTaskFailure> {
        let receiver = command.receiver().unwrap_or(&self.workflow_id).clone();
        let usage = match command {
            // It goes to its attempt and nowhere else.
            ProgramCommand::ScheduleLocalActivity(_) => PayloadUse::Passed,
            _ if replaying => PayloadUse::Repeated,
            _ => PayloadUse::Recorded,
        };
        let context = PayloadContext::of(&receiver).used(usage);
        let encoded = self.codecs.encode_for(command, context);
        encoded.map_err(|error| task_failure(unencoded(&error)))
    }

    /// The failure of a task, whose texts may quote what the program was given.
    fn encode_failure(&self, mut failed: WorkflowTaskFailure) -> WorkflowTaskFailure {
        let encoded = self.codecs.encode(&mut failed.failure, &self.workflow_id);
        match encoded {
            Ok(()) => failed,
            Err(error) => task_failure(unencoded(&error)),
        }
    }

    fn note_dropped(&mut self) {
        let dropped = self.program.dropped_signals();
        if dropped.is_empty() && self.dropped.is_empty() {
            return;
        }
        let known = dropped.iter().map(|(name, signal)| {
            let cause = "the program did not take it; its reason may quote it, and is not kept";
            let signal = SignalDropped {
                cause: cause.to_owned(),
                ..signal.clone()
            };
            (name.clone(), signal)
        });
        self.dropped = known.collect();
    }
}

impl Program for CodedProgram {
    fn activate(
        &mut self,
        mut activation: Activation,
    ) -> Result<Vec<ProgramCommand>, WorkflowTaskFailure> {
        for job in &mut activation.jobs {
            self.decode(job)?;
        }
        let replaying = activation.replaying;
        let activated = self.program.activate(activation);
        self.note_dropped();
        let mut commands = activated.map_err(|failed| self.encode_failure(failed))?;
        for command in &mut commands {
            self.encode(command, replaying)?;
        }
        Ok(commands)
    }

    fn dropped_signals(&self) -> &BTreeMap<SignalName, SignalDropped> {
        &self.dropped
    }

    fn check_update(&mut self, request: &update::Request) -> Result<(), Failure> {
        let mut request = request.clone();
        let decoded = self.codecs.decode(&mut request, &self.workflow_id);
        decoded.map_err(|error| undecoded(&error))?;
        self.program.check_update(&request).map_err(|mut failure| {
            let encoded = self.codecs.encode(&mut failure, &self.workflow_id);
            encoded.map_or_else(|error| unencoded(&error), |()| failure)
        })
    }

    fn query(&mut self, name: &QueryName, input: &Payloads) -> Result<Payload, QueryFailure> {
        let mut input = input.clone();
        self.codecs
            .decode(&mut input, &self.workflow_id)
            .map_err(|error| QueryFailure::MalformedInput {
                message: error.to_string(),
            })?;
        let mut answer = self.program.query(name, &input)?;
        let context = PayloadContext::of(&self.workflow_id).used(PayloadUse::Passed);
        self.codecs
            .encode_for(&mut answer, context)
            .map_err(|error| QueryFailure::HandlerFailed {
                message: error.to_string(),
            })?;
        Ok(answer)
    }
}

fn task_failure(failure: Failure) -> WorkflowTaskFailure {
    WorkflowTaskFailure {
        cause: FailedCause::WorkflowWorkerUnhandledFailure,
        failure,
    }
}

fn undecoded(error: &CodecError) -> Failure {
    Failure::own(format!("a payload cannot be decoded: {error}"), CODEC)
}

fn unencoded(error: &CodecError) -> Failure {
    Failure::own(format!("a payload cannot be encoded: {error}"), CODEC)
}
