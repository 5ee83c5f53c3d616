//! Every state of every machine with every input, as one table each.

use std::fmt::{Debug, Write as _};

use expect_test::{Expect, expect};

use crate::{
    machine::replay::life_cycle::{
        IllegalTransition, Step, activity, child, close, external, timer,
    },
    model::EventId,
};

#[track_caller]
fn check<S: Copy + Debug, I: Copy + Debug, E: Debug>(
    step: fn(S, I) -> Result<Step<S, E>, IllegalTransition>,
    states: &[S],
    inputs: &[I],
    expected: &Expect,
) {
    let mut table = String::new();
    for &state in states {
        for &input in inputs {
            match step(state, input) {
                Ok(Step { next, effect }) => {
                    write!(table, "{state:?} {input:?} -> {next:?}").unwrap();
                    match effect {
                        Some(effect) => writeln!(table, " {effect:?}").unwrap(),
                        None => writeln!(table).unwrap(),
                    }
                }
                Err(error) => writeln!(table, "{error}").unwrap(),
            }
        }
    }
    expected.assert_eq(&table);
}

#[test]
fn activity_steps() {
    use activity::{Input, State, step};
    let id = EventId::new(5);
    check(
        step,
        &[
            State::Requested,
            State::Pending(id),
            State::Canceling(id),
            State::CancelRecorded(id),
            State::Done,
        ],
        &[
            Input::Recorded(id),
            Input::CancelRequested,
            Input::CancelRecorded,
            Input::Ended,
        ],
        &expect![[r#"
            Requested Recorded(5) -> Pending(5)
            Requested CancelRequested -> Done Retract
            CancelRecorded cannot follow in state Requested of machine=activity
            Ended cannot follow in state Requested of machine=activity
            Recorded(5) cannot follow in state Pending(5) of machine=activity
            Pending(5) CancelRequested -> Canceling(5) RequestCancel(5)
            CancelRecorded cannot follow in state Pending(5) of machine=activity
            Pending(5) Ended -> Done Resolve
            Recorded(5) cannot follow in state Canceling(5) of machine=activity
            Canceling(5) CancelRequested -> Canceling(5)
            Canceling(5) CancelRecorded -> CancelRecorded(5)
            Ended cannot follow in state Canceling(5) of machine=activity
            Recorded(5) cannot follow in state CancelRecorded(5) of machine=activity
            CancelRecorded(5) CancelRequested -> CancelRecorded(5)
            CancelRecorded cannot follow in state CancelRecorded(5) of machine=activity
            CancelRecorded(5) Ended -> Done Resolve
            Recorded(5) cannot follow in state Done of machine=activity
            Done CancelRequested -> Done
            CancelRecorded cannot follow in state Done of machine=activity
            Ended cannot follow in state Done of machine=activity
        "#]],
    );
}

#[test]
fn timer_steps() {
    use timer::{Input, State, step};
    check(
        step,
        &[
            State::Requested,
            State::Pending,
            State::Canceling,
            State::Done,
        ],
        &[
            Input::Recorded,
            Input::CancelRequested,
            Input::CancelRecorded,
            Input::Fired,
        ],
        &expect![[r#"
            Requested Recorded -> Pending
            Requested CancelRequested -> Done Retract
            CancelRecorded cannot follow in state Requested of machine=timer
            Fired cannot follow in state Requested of machine=timer
            Recorded cannot follow in state Pending of machine=timer
            Pending CancelRequested -> Canceling Cancel
            CancelRecorded cannot follow in state Pending of machine=timer
            Pending Fired -> Done Resolve
            Recorded cannot follow in state Canceling of machine=timer
            Canceling CancelRequested -> Canceling
            Canceling CancelRecorded -> Done
            Fired cannot follow in state Canceling of machine=timer
            Recorded cannot follow in state Done of machine=timer
            Done CancelRequested -> Done
            CancelRecorded cannot follow in state Done of machine=timer
            Fired cannot follow in state Done of machine=timer
        "#]],
    );
}

#[test]
fn external_steps() {
    use external::{Input, State, step};
    check(
        step,
        &[State::Requested, State::Pending, State::Done],
        &[Input::Recorded, Input::Answered],
        &expect![[r#"
            Requested Recorded -> Pending
            Answered cannot follow in state Requested of machine=external
            Recorded cannot follow in state Pending of machine=external
            Pending Answered -> Done Resolve
            Recorded cannot follow in state Done of machine=external
            Answered cannot follow in state Done of machine=external
        "#]],
    );
}

#[test]
fn close_steps() {
    use close::{Input, State, step};
    check(
        step,
        &[State::Open, State::Requested, State::Closed],
        &[Input::Requested, Input::Recorded],
        &expect![[r#"
            Open Requested -> Requested
            Recorded cannot follow in state Open of machine=close
            Requested cannot follow in state Requested of machine=close
            Requested Recorded -> Closed
            Requested cannot follow in state Closed of machine=close
            Recorded cannot follow in state Closed of machine=close
        "#]],
    );
}

#[test]
fn child_steps() {
    use child::{Input, State, step};
    check(
        step,
        &[
            State::Requested,
            State::Initiated,
            State::Started,
            State::Done,
        ],
        &[
            Input::Recorded,
            Input::CancelRequested,
            Input::Started,
            Input::StartFailed,
            Input::Ended,
        ],
        &expect![[r#"
            Requested Recorded -> Initiated
            Requested CancelRequested -> Done Retract
            Started cannot follow in state Requested of machine=child
            StartFailed cannot follow in state Requested of machine=child
            Ended cannot follow in state Requested of machine=child
            Recorded cannot follow in state Initiated of machine=child
            Initiated CancelRequested -> Initiated RequestCancel
            Initiated Started -> Started ResolveStart
            Initiated StartFailed -> Done ResolveStart
            Ended cannot follow in state Initiated of machine=child
            Recorded cannot follow in state Started of machine=child
            Started CancelRequested -> Started RequestCancel
            Started cannot follow in state Started of machine=child
            StartFailed cannot follow in state Started of machine=child
            Started Ended -> Done Resolve
            Recorded cannot follow in state Done of machine=child
            Done CancelRequested -> Done
            Started cannot follow in state Done of machine=child
            StartFailed cannot follow in state Done of machine=child
            Ended cannot follow in state Done of machine=child
        "#]],
    );
}
