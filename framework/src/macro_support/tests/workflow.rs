//! Tests of what `#[derive(Workflow)]` and `#[handlers]` write, run by the driver.

use std::{convert::Infallible, time::Duration};

use derive_more::{Display, Error};
use serde::{Deserialize, Serialize};

use super::noting;
use crate::{
    Canceled, Failure, Workflow, WorkflowContext,
    definition::WorkflowSignature,
    handlers,
    machine::replay::{
        Activation, ActivationJob, Program, ProgramCommand, QueryFailure, TimerSequence,
    },
    model::{EventId, FailureInfo, Header, Identity, Payload, Payloads, Timestamp},
    workflow::Driver,
};

#[derive(Serialize, Deserialize)]
struct Order {
    items: Vec<String>,
}

#[derive(Debug, Display, Error, Failure)]
enum OrderError {
    #[display("nobody approved")]
    Unapproved(#[failure(cause)] Canceled),
    #[failure(non_retryable)]
    #[display("nothing was ordered")]
    Empty,
}

impl From<Canceled> for OrderError {
    fn from(canceled: Canceled) -> Self {
        Self::Unapproved(canceled)
    }
}

#[derive(Workflow)]
#[workflow(name = "order-fulfilment")]
struct Fulfilment {
    items: Vec<String>,
    approved_by: Option<String>,
}

#[handlers(crate = noting)]
impl Fulfilment {
    #[init]
    fn init(order: &Order) -> Self {
        Self {
            items: order.items.clone(),
            approved_by: None,
        }
    }

    #[run]
    async fn run(ctx: WorkflowContext<Self>, order: Order) -> Result<String, OrderError> {
        if order.items.is_empty() {
            return Err(OrderError::Empty);
        }
        ctx.wait_until(|state| state.approved_by.is_some()).await?;
        Ok(ctx.state(|state| format!("{} by {:?}", state.count(), state.approved_by)))
    }

    #[signal]
    fn approve(&mut self, by: String) {
        self.approved_by = Some(by);
    }

    #[signal(name = "add-later")]
    async fn add(ctx: WorkflowContext<Self>, item: String) {
        if ctx.sleep(Duration::from_secs(1)).await.is_ok() {
            ctx.update(|state| state.items.push(item));
        }
    }

    #[signal]
    fn clear(&mut self) {
        self.items.clear();
    }

    #[query]
    fn items(&self) -> Vec<String> {
        self.items.clone()
    }

    #[query(name = "has-item")]
    fn has(&self, item: String) -> Result<bool, String> {
        Ok(self.items.contains(&item))
    }

    fn count(&self) -> usize {
        self.items.len()
    }
}

/// A workflow of the smallest form.
#[derive(Workflow, Default)]
struct Nothing;

#[handlers(crate = noting)]
impl Nothing {
    #[run]
    async fn do_nothing(_ctx: WorkflowContext<Self>) {}
}

fn initialize<T: Serialize>(input: &T) -> ActivationJob {
    ActivationJob::Initialize {
        info: Box::default(),
        input: payloads(input),
        random_seed: 1,
    }
}

fn signal<T: Serialize>(name: &str, input: &T) -> ActivationJob {
    ActivationJob::Signal {
        name: name.into(),
        input: payloads(input),
        identity: Identity::default(),
        header: Header::EMPTY,
    }
}

fn payloads<T: Serialize>(value: &T) -> Payloads {
    Payloads::encode(value).expect("it encodes")
}

fn activate(program: &mut dyn Program, jobs: Vec<ActivationJob>) -> Vec<ProgramCommand> {
    let activation = Activation {
        now: Timestamp::EPOCH,
        replaying: false,
        history_length: 3,
        history_size_bytes: 0,
        suggest_continue_as_new: false,
        started_event_id: EventId::new(3),
        jobs,
    };
    program.activate(activation).expect("the program goes on")
}

fn order(items: &[&str]) -> Order {
    Order {
        items: items.iter().map(ToString::to_string).collect(),
    }
}

fn started(items: &[&str]) -> Driver<Fulfilment> {
    let mut program = Driver::<Fulfilment>::new();
    assert_eq!(activate(&mut program, vec![initialize(&order(items))]), []);
    program
}

#[test]
fn a_workflow_type_is_the_given_name_or_that_of_the_type() {
    assert_eq!(Fulfilment::TYPE, "order-fulfilment");
    assert_eq!(Nothing::TYPE, "Nothing");
}

#[test]
fn a_workflow_without_input_and_error_has_the_unit_signature() {
    fn is<W: WorkflowSignature<Input = (), Output = (), Error = Infallible>>() {}
    is::<Nothing>();
    let commands = activate(&mut Driver::<Nothing>::new(), vec![initialize(&())]);
    assert_eq!(
        commands,
        [ProgramCommand::Complete {
            result: Payloads::EMPTY
        }]
    );
}

#[test]
fn run_goes_on_after_a_signal_and_returns_its_output() {
    let mut program = started(&["tea"]);
    let commands = activate(&mut program, vec![signal("approve", &"ada")]);
    let result = payloads(&r#"1 by Some("ada")"#);
    assert_eq!(commands, [ProgramCommand::Complete { result }]);
}

#[test]
fn run_fails_with_its_own_error() {
    let jobs = vec![initialize(&order(&[]))];
    let commands = activate(&mut Driver::<Fulfilment>::new(), jobs);
    let [ProgramCommand::Fail { failure }] = commands.as_slice() else {
        panic!("not a failure: {commands:?}");
    };
    assert!(matches!(
        OrderError::from_failure(failure),
        Some(OrderError::Empty)
    ));
    assert!(matches!(&failure.info, FailureInfo::Application(info) if info.non_retryable));
}

#[test]
fn an_async_signal_handler_waits_beside_the_main_routine() {
    let mut program = started(&["tea"]);
    let commands = activate(&mut program, vec![signal("add-later", &"milk")]);
    assert_eq!(
        commands,
        [ProgramCommand::StartTimer {
            user_metadata: None,
            timer: TimerSequence(1),
            duration: Duration::from_secs(1),
        }]
    );
    let fired = ActivationJob::FireTimer {
        timer: TimerSequence(1),
    };
    assert_eq!(activate(&mut program, vec![fired]), []);
    let items = program.query(&"items".into(), &Payloads::EMPTY);
    assert_eq!(
        items,
        Ok(Payload::encode(&["tea", "milk"]).expect("it encodes"))
    );
}

#[test]
fn a_signal_without_input_takes_none() {
    let mut program = started(&["tea"]);
    activate(&mut program, vec![signal("clear", &())]);
    let items = program.query(&"items".into(), &Payloads::EMPTY);
    assert_eq!(
        items,
        Ok(Payload::encode::<[&str]>(&[]).expect("it encodes"))
    );
}

#[test]
fn a_query_decodes_its_input_and_encodes_its_answer() {
    let mut program = started(&["tea"]);
    let answer = program.query(&"has-item".into(), &payloads(&"tea"));
    let expected: Result<bool, String> = Ok(true);
    assert_eq!(answer, Ok(Payload::encode(&expected).expect("it encodes")));
}

#[test]
fn a_query_whose_input_does_not_decode_is_refused() {
    let refused = started(&["tea"]).query(&"has-item".into(), &payloads(&7));
    assert!(
        matches!(refused, Err(QueryFailure::MalformedInput { .. })),
        "{refused:?}"
    );
}
