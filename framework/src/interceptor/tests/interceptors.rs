//! Several interceptors of one engine.

use std::sync::{Arc, Mutex};

use crate::{
    interceptor::{CallScope, Inbound, InboundCall, Interceptors, Outbound, OutboundCall, Scopes},
    model::{
        Failure, Header, Payload, QueryName, WorkflowId, WorkflowInfo, WorkflowType,
        schedule::{SCHEDULER_TYPE, scheduler_id},
    },
};

/// What was seen, in order.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn add(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Notes all that it is told, under its name.
struct Noting(&'static str, Seen);

impl Noting {
    fn scope(&self, what: &str) -> Box<dyn CallScope> {
        self.1.add(format!("{} {what}", self.0));
        Box::new(Noting(self.0, self.1.clone()))
    }
}

impl CallScope for Noting {
    fn run(&mut self, code: &mut dyn FnMut()) {
        self.1.add(format!("{} enters", self.0));
        code();
        self.1.add(format!("{} leaves", self.0));
    }

    fn end(&mut self, failure: Option<&Failure>) {
        let failure = failure.map_or("well", |it| it.message.as_str());
        self.1.add(format!("{} ends {failure}", self.0));
    }
}

impl Outbound for Noting {
    fn outbound(&self, call: &OutboundCall<'_>, header: &mut Header) -> Option<Box<dyn CallScope>> {
        header.insert(self.0, Payload::encode(&self.0).unwrap());
        Some(self.scope(&call.to_string()))
    }
}

impl Inbound for Noting {
    fn inbound(&self, _: &InboundCall<'_>) -> Result<Option<Box<dyn CallScope>>, Failure> {
        Ok(Some(self.scope("is told")))
    }
}

/// Lets nothing pass.
struct Refusing;

impl Inbound for Refusing {
    fn inbound(&self, _: &InboundCall<'_>) -> Result<Option<Box<dyn CallScope>>, Failure> {
        Err(Failure::application("not today", "Refused"))
    }
}

/// Breaks.
struct Panicking;

impl Outbound for Panicking {
    fn outbound(&self, _: &OutboundCall<'_>, _: &mut Header) -> Option<Box<dyn CallScope>> {
        panic!("broken")
    }
}

impl Inbound for Panicking {
    fn inbound(&self, _: &InboundCall<'_>) -> Result<Option<Box<dyn CallScope>>, Failure> {
        panic!("broken")
    }
}

/// Runs nothing, or everything twice.
struct Unfaithful(u32);

impl CallScope for Unfaithful {
    fn run(&mut self, code: &mut dyn FnMut()) {
        for _ in 0..self.0 {
            code();
        }
    }
}

impl Inbound for Unfaithful {
    fn inbound(&self, _: &InboundCall<'_>) -> Result<Option<Box<dyn CallScope>>, Failure> {
        Ok(Some(Box::new(Self(self.0))))
    }
}

fn leave(interceptors: &Interceptors, header: &mut Header) -> Scopes {
    let call = OutboundCall::StartWorkflow {
        workflow_id: &WorkflowId::from("order-42"),
        workflow_type: &WorkflowType::from("Order"),
    };
    interceptors.leave(&call, header)
}

fn arrive(interceptors: &Interceptors) -> Result<Scopes, Failure> {
    interceptors.arrive(&InboundCall::Query {
        info: &WorkflowInfo::default(),
        query_name: &QueryName::from("total"),
    })
}

#[test]
fn the_first_interceptor_is_told_first_and_its_scope_is_outermost() {
    let seen = Seen::default();
    let interceptors = Interceptors::NONE
        .outbound(Noting("one", seen.clone()))
        .outbound(Noting("two", seen.clone()));
    let mut header = Header::EMPTY;
    let mut scopes = leave(&interceptors, &mut header);
    assert_eq!(
        seen.take(),
        [
            "one start of Order order-42",
            // The second one is told within the scope of the first.
            "one enters",
            "two start of Order order-42",
            "one leaves",
        ]
    );
    scopes.run(&mut || seen.add("code"));
    assert_eq!(
        seen.take(),
        [
            "one enters",
            "two enters",
            "code",
            "two leaves",
            "one leaves"
        ]
    );
    scopes.end(Some(&Failure::application("badly", "Bad")));
    assert_eq!(seen.take(), ["two ends badly", "one ends badly"]);
    let names: Vec<_> = header.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["one", "two"]);
}

#[test]
fn who_refuses_a_call_ends_the_scopes_of_those_before_it() {
    let seen = Seen::default();
    let interceptors = Interceptors::NONE
        .inbound(Noting("one", seen.clone()))
        .inbound(Refusing)
        .inbound(Noting("two", seen.clone()));
    let refused = arrive(&interceptors).expect_err("a refusal");
    assert_eq!(refused.message, "not today");
    assert_eq!(
        seen.take(),
        [
            "one is told",
            "one enters",
            "one leaves",
            "one ends not today"
        ]
    );
}

#[test]
fn a_panic_refuses_a_call_that_arrives_and_changes_nothing_about_one_that_leaves() {
    let refused = arrive(&Interceptors::NONE.inbound(Panicking)).expect_err("a refusal");
    assert!(
        refused
            .message
            .starts_with("an interceptor panicked: broken"),
        "{}",
        refused.message
    );
    let mut header = Header::EMPTY;
    leave(&Interceptors::NONE.outbound(Panicking), &mut header).end(None);
    assert!(header.is_empty());
}

#[test]
fn code_is_run_once_whatever_scopes_do() {
    for times in [0, 2] {
        let interceptors = Interceptors::NONE.inbound(Unfaithful(times));
        let mut scopes = arrive(&interceptors).expect("it may run");
        let mut runs = 0;
        scopes.run(&mut || runs += 1);
        assert_eq!(runs, 1, "{times}");
    }
}

#[test]
fn nobody_is_told_of_what_a_schedule_does_for_itself() {
    let interceptors = Interceptors::NONE.outbound(Panicking).inbound(Refusing);
    let info = WorkflowInfo {
        workflow_type: SCHEDULER_TYPE.into(),
        ..WorkflowInfo::default()
    };
    let query = InboundCall::Query {
        info: &info,
        query_name: &QueryName::from("total"),
    };
    assert!(interceptors.arrive(&query).is_ok());

    let seen = Seen::default();
    let interceptors = Interceptors::NONE.outbound(Noting("one", seen.clone()));
    let start = OutboundCall::StartWorkflow {
        workflow_id: &scheduler_id("nightly"),
        workflow_type: &info.workflow_type,
    };
    drop(interceptors.leave(&start, &mut Header::default()));
    let next = OutboundCall::ContinueAsNew { caller: &info };
    drop(interceptors.leave(&next, &mut Header::default()));
    assert!(seen.take().is_empty());
    drop(leave(&interceptors, &mut Header::default()));
    assert_eq!(seen.take(), ["one start of Order order-42"]);
}
