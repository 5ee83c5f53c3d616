//! A program that does as it is told: activation by activation, a list of commands.

use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    rc::Rc,
    time::Duration,
};

use crate::{
    machine::{
        replay::{
            Activation, ActivitySequence, Program, ProgramCommand, QueryFailure, TimerSequence,
        },
        task::WorkflowTaskFailure,
    },
    model::{
        ActivityOptions, ActivityType, Failure, Payload, Payloads, QueryName, SignalName,
        event::update, transition::SignalDropped,
    },
};

/// What a scripted program was told.
pub(super) type Told = Rc<RefCell<Vec<Activation>>>;

pub(super) struct Script {
    steps: VecDeque<Vec<ProgramCommand>>,
    told: Told,
    dropped: BTreeMap<SignalName, SignalDropped>,
}

impl Script {
    /// A program that answers its activations with these commands, and then with none.
    pub(super) fn new(steps: Vec<Vec<ProgramCommand>>) -> Self {
        Self {
            steps: steps.into(),
            told: Told::default(),
            dropped: BTreeMap::new(),
        }
    }

    pub(super) fn told(&self) -> Told {
        Rc::clone(&self.told)
    }
}

impl Program for Script {
    fn activate(
        &mut self,
        activation: Activation,
    ) -> Result<Vec<ProgramCommand>, WorkflowTaskFailure> {
        self.told.borrow_mut().push(activation);
        Ok(self.steps.pop_front().unwrap_or_default())
    }

    fn dropped_signals(&self) -> &BTreeMap<SignalName, SignalDropped> {
        &self.dropped
    }

    fn check_update(&mut self, _: &update::Request) -> Result<(), Failure> {
        Ok(())
    }

    fn query(&mut self, name: &QueryName, _: &Payloads) -> Result<Payload, QueryFailure> {
        Ok(Payload::encode(name.as_str()).unwrap())
    }
}

pub(super) fn schedule(number: u32, activity_type: &str) -> ProgramCommand {
    ProgramCommand::ScheduleActivity {
        activity: ActivitySequence(number),
        activity_type: ActivityType::from(activity_type),
        input: Payloads::EMPTY,
        options: ActivityOptions::default(),
    }
}

pub(super) fn cancel_activity(number: u32) -> ProgramCommand {
    ProgramCommand::CancelActivity {
        activity: ActivitySequence(number),
    }
}

pub(super) fn start_timer(number: u32) -> ProgramCommand {
    ProgramCommand::StartTimer {
        user_metadata: None,
        timer: TimerSequence(number),
        duration: Duration::from_secs(60),
    }
}

pub(super) fn cancel_timer(number: u32) -> ProgramCommand {
    ProgramCommand::CancelTimer {
        timer: TimerSequence(number),
    }
}

pub(super) fn complete() -> ProgramCommand {
    ProgramCommand::Complete {
        result: Payloads::EMPTY,
    }
}
