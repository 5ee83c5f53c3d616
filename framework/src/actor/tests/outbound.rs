//! What is under way: so much and no more, each once, and those that wait get their turns.

use crate::{
    actor::{
        Outage, Refusal,
        outbound::{Answer, Outbound},
    },
    machine::execution::{Message, MessageContent, MessageOutcome, Rejection},
    model::{MessageId, MessageKind, RunId, WorkflowExecution},
};

fn message(run: u128, event_id: u64, bytes: usize) -> Message {
    let sender = WorkflowExecution {
        workflow_id: "sender".into(),
        run_id: RunId::from_u128(run),
    };
    let id = MessageId {
        event_id: event_id.into(),
        kind: MessageKind::RequestCancel,
    };
    let reason = "x".repeat(bytes);
    Message::new(id, sender, MessageContent::RequestCancel { reason })
}

fn end(outbound: &mut Outbound, message: &Message) -> Option<RunId> {
    outbound.end((message.sender.run_id, message.id), message.size());
    outbound.next_waiting()
}

#[test]
fn a_message_is_under_way_once() {
    let mut outbound = Outbound::default();
    let one = message(1, 5, 10);
    assert!(outbound.begin(&one));
    assert!(outbound.has(&one));
    assert!(!outbound.begin(&one));
    assert_eq!(end(&mut outbound, &one), None);
    assert!(!outbound.has(&one));
    assert_eq!(end(&mut outbound, &one), None, "an answer that comes twice");
    assert!(outbound.begin(&one));
}

#[test]
fn runs_wait_for_room_in_turn_and_once_each() {
    let mut outbound = Outbound::default();
    let crowd: Vec<Message> = (1..=1_024).map(|it| message(1, it, 1)).collect();
    assert!(crowd.iter().all(|it| outbound.begin(it)));
    for run in [7, 8, 7] {
        assert!(!outbound.begin(&message(run, 1, 1)));
    }
    let (first, rest) = crowd.split_at(63);
    assert!(first.iter().all(|it| end(&mut outbound, it).is_none()));
    assert_eq!(end(&mut outbound, &rest[0]), Some(RunId::from_u128(7)));
    assert!(outbound.begin(&message(7, 1, 1)));
    assert_eq!(
        outbound.next_waiting(),
        None,
        "there is room for a few only"
    );
    assert_eq!(end(&mut outbound, &rest[1]), Some(RunId::from_u128(8)));
    assert_eq!(end(&mut outbound, &rest[2]), None);
}

#[test]
fn large_messages_fill_it_as_well() {
    let mut outbound = Outbound::default();
    let large: Vec<Message> = (1..=32).map(|it| message(1, it, 2 * 1024 * 1024)).collect();
    assert!(large.iter().all(|it| outbound.begin(it)));
    let next = message(2, 1, 1);
    assert!(!outbound.begin(&next));
    assert_eq!(end(&mut outbound, &large[0]), Some(RunId::from_u128(2)));
    assert!(outbound.begin(&next));
}

#[test]
fn an_answer_settles_a_message_or_says_when_to_send_it_again() {
    let not_found = Answer::Settled(MessageOutcome::NotFound);
    let cause = || "garbled".to_owned();
    let answers = [
        (Ok(()), Answer::Settled(MessageOutcome::Delivered)),
        (
            Err(Refusal::NotFound {
                workflow_id: "nobody".into(),
            }),
            not_found,
        ),
        (Err(Rejection::NotStarted.into()), not_found),
        (
            Err(Rejection::TooManySignals { limit: 1 }.into()),
            Answer::Settled(MessageOutcome::TooManySignals),
        ),
        (Err(Refusal::Unknown(Outage::Dropped)), Answer::Lost),
        (Err(Refusal::Unavailable(Outage::Dropped)), Answer::Lost),
        (Err(Refusal::Unknown(Outage::ThreadLost)), Answer::NotNow),
        (
            Err(Refusal::Unavailable(Outage::Store { reason: cause() })),
            Answer::NotNow,
        ),
        (
            Err(Refusal::Unavailable(Outage::ShuttingDown)),
            Answer::NotHere,
        ),
        (Err(Refusal::Damaged { cause: cause() }), Answer::NotHere),
        (
            Err(Refusal::Quarantined { cause: cause() }),
            Answer::NotHere,
        ),
    ];
    for (answer, expected) in answers {
        let shown = format!("{answer:?}");
        assert_eq!(Answer::from(answer), expected, "{shown}");
    }
}
