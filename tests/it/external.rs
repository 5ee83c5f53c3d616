//! Workflows that signal others and ask them to stop: delivered once, in order, whatever happens in
//! between, or refused with a reason.

use std::time::Duration;

use sempre::{
    client::DeleteWorkflowError,
    model::{EventAttributes, EventType, ExecutionStatus, History},
};
use sempre_tests::{
    Mode, Outcome, Scenario, block_on,
    courier::{Courier, CourierHandle as _, Errand},
    workflow::{Board, BoardHandle as _},
};

use crate::ward::Ward;

fn post(id: &str, note: &str) -> Errand {
    Errand::Post(id.into(), note.into())
}

fn types(history: &History) -> Vec<EventType> {
    let attributes = history.attributes();
    attributes.map(EventAttributes::event_type).collect()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "it filters references")]
fn is_about_others(event_type: &EventType) -> bool {
    matches!(
        event_type,
        EventType::SignalExternalWorkflowExecutionInitiated
            | EventType::SignalExternalWorkflowExecutionFailed
            | EventType::ExternalWorkflowExecutionSignaled
            | EventType::RequestCancelExternalWorkflowExecutionInitiated
            | EventType::RequestCancelExternalWorkflowExecutionFailed
            | EventType::ExternalWorkflowExecutionCancelRequested
    )
}

#[test]
fn signals_reach_workflows_on_any_shard_in_their_order() -> Outcome {
    Scenario::of::<Courier>().and::<Board>().run(async |world| {
        let ids: Vec<String> = (0..8).map(|number| format!("board {number}")).collect();
        let mut boards = Vec::new();
        for id in &ids {
            boards.push(world.workflow::<Board>(id).start(()).await?);
        }
        let mut errands = Vec::new();
        for note in ["one", "two", "three"] {
            errands.extend(ids.iter().map(|id| post(id, note)));
        }
        errands.extend(ids.iter().map(|id| Errand::Close(id.clone())));
        let count = errands.len();
        let courier = world.workflow::<Courier>("courier").start(errands).await?;
        assert_eq!(courier.result().await?, vec!["done"; count]);
        for board in boards {
            assert_eq!(board.result().await?, ["one", "two", "three"]);
        }
        Ok(())
    })
}

#[test]
fn signals_that_are_sent_together_arrive_in_their_order() -> Outcome {
    Scenario::of::<Courier>()
        .and::<Board>()
        .run_in_any_order(async |world| {
            let board = world.workflow::<Board>("board").start(()).await?;
            let notes: Vec<String> = (0..40).map(|number| format!("note {number}")).collect();
            let errands = vec![
                Errand::PostAll("board".into(), notes.clone()),
                Errand::Close("board".into()),
            ];
            let courier = world.workflow::<Courier>("courier").start(errands).await?;
            assert_eq!(courier.result().await?, ["done", "done"]);
            assert_eq!(board.result().await?, notes);
            Ok(())
        })
}

#[test]
fn a_signal_says_who_sent_it_and_a_cancel_request_says_so_too() -> Outcome {
    Scenario::of::<Courier>().and::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let errands = vec![post("board", "hello"), Errand::Cancel("board".into())];
        let courier = world.workflow::<Courier>("courier").start(errands).await?;
        assert_eq!(courier.result().await?, ["done", "done"]);
        assert!(board.result().await.is_err());
        let sender = Some(courier.describe().await?.execution);
        let history = board.history().await?;
        let signaled = history.attributes().find_map(|it| match it {
            EventAttributes::WorkflowExecutionSignaled(it) => Some(it),
            _ => None,
        });
        let signaled = signaled.ok_or("a signal")?;
        assert_eq!(signaled.identity.as_str(), "history-service");
        assert_eq!(
            signaled.external_workflow_execution.as_deref(),
            sender.as_ref()
        );
        let requested = history.attributes().find_map(|it| match it {
            EventAttributes::WorkflowExecutionCancelRequested(it) => Some(it),
            _ => None,
        });
        let requested = requested.ok_or("a request")?;
        assert_eq!(
            requested.external_workflow_execution.as_deref(),
            sender.as_ref()
        );
        assert!(
            requested.cause.ends_with("with reason: enough"),
            "{}",
            requested.cause
        );
        let asked = courier.history().await?;
        let asked = asked.events.iter().find(|event| {
            event.event_type() == EventType::RequestCancelExternalWorkflowExecutionInitiated
        });
        assert_eq!(
            asked.map(|event| event.id),
            Some(requested.external_initiated_event_id)
        );
        Ok(())
    })
}

#[test]
fn what_can_be_for_nobody_fails_and_what_has_ended_cannot_be_stopped_any_more() -> Outcome {
    Scenario::of::<Courier>()
        .and::<Board>()
        .run_in_any_order(async |world| {
            let closed = world.workflow::<Board>("closed").start(()).await?;
            closed.terminate("over").await?;
            let first = world.workflow::<Board>("open").start(()).await?;
            let first_run = first.run_id().ok_or("a run")?;
            first.terminate("over").await?;
            let second = world.workflow::<Board>("open").start(()).await?;
            let second_run = second.run_id().ok_or("a run")?;
            let errands = vec![
                post("missing", "a"),
                Errand::Cancel("missing".into()),
                post("closed", "b"),
                Errand::Cancel("closed".into()),
                post("courier", "to myself"),
                Errand::Cancel("courier".into()),
                Errand::PostAt("open".into(), first_run, "too late".into()),
                Errand::PostAt("missing".into(), second_run, "another's".into()),
                Errand::PostAt("open".into(), second_run, "c".into()),
            ];
            let courier = world.workflow::<Courier>("courier").start(errands).await?;
            assert_eq!(
                courier.result().await?,
                [
                    "NotFound", "NotFound", "NotFound", "done", "NotFound", "NotFound", "NotFound",
                    "NotFound", "done"
                ]
            );
            assert_eq!(second.notes().await?, ["c"]);
            Ok(())
        })
}

#[test]
fn what_the_last_workflow_task_says_is_recorded_and_never_arrives() -> Outcome {
    Scenario::of::<Courier>().and::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let errands = vec![Errand::Leave("board".into(), "farewell".into())];
        let courier = world.workflow::<Courier>("courier").start(errands).await?;
        courier.result().await?;
        let told: Vec<_> = types(&courier.history().await?);
        assert_eq!(
            told[told.len() - 2..],
            [
                EventType::SignalExternalWorkflowExecutionInitiated,
                EventType::WorkflowExecutionCompleted
            ]
        );
        world.crash_and_restart().await?;
        let board = world
            .workflow::<Board>("board")
            .at_run(board.run_id().ok_or("a run")?);
        assert_eq!(board.notes().await?, Vec::<String>::new());
        Ok(())
    })
}

#[test]
fn a_message_that_is_dropped_before_it_left_leaves_no_trace_and_a_later_one_goes_on() -> Outcome {
    Scenario::of::<Courier>().and::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let errands = vec![
            Errand::Withdraw("board".into(), "never".into()),
            Errand::Leave("board".into(), "ever".into()),
            Errand::Sleep(60),
        ];
        let courier = world.workflow::<Courier>("courier").start(errands).await?;
        while board.notes().await?.is_empty() {
            tokio::task::yield_now().await;
        }
        world.until(&courier, |it| it.history_length >= 9).await?;
        world.pass_seconds(60).await;
        courier.result().await?;
        let history = courier.history().await?;
        let about: Vec<_> = types(&history)
            .into_iter()
            .filter(is_about_others)
            .collect();
        assert_eq!(
            about,
            [
                EventType::SignalExternalWorkflowExecutionInitiated,
                EventType::ExternalWorkflowExecutionSignaled
            ]
        );
        assert_eq!(board.notes().await?, ["ever"]);
        Ok(())
    })
}

#[test]
fn a_canceled_run_says_nothing_more_unless_it_is_detached() -> Outcome {
    Scenario::of::<Courier>().and::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let errands = vec![Errand::Sleep(60), post("board", "too late")];
        let courier = world.workflow::<Courier>("courier").start(errands).await?;
        courier.cancel("stop").await?;
        let canceled = r#"Canceled(Canceled { reason: Some("stop") })"#;
        assert_eq!(courier.result().await?, ["done", canceled]);
        assert_eq!(board.notes().await?, Vec::<String>::new());
        Ok(())
    })
}

#[test]
fn a_message_for_a_damaged_run_arrives_when_it_is_taken_back() -> Outcome {
    block_on(async {
        let ward = Ward::open(Mode::Evicted).await?;
        let (engine, store) = (&ward.engine, &ward.store);
        let ill = engine.workflow::<Board>("ill").start(()).await?;
        engine.workflow::<Board>("well").start(()).await?;
        store.damage(ill.run_id());
        let errands = vec![
            post("well", "first"),
            post("ill", "get well"),
            post("well", "last"),
        ];
        let courier = engine.workflow::<Courier>("courier").start(errands).await?;
        ward.until_quarantined().await;
        assert_eq!(courier.done().await?, ["done"]);
        store.heal();
        engine.resume("ill").await?;
        assert_eq!(courier.result().await?, ["done"; 3]);
        assert_eq!(ill.notes().await?, ["get well"]);
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn a_message_for_a_damaged_run_fails_when_that_is_ended_or_deleted() -> Outcome {
    for is_deleted in [false, true] {
        block_on(async {
            let ward = Ward::open(Mode::Evicted).await?;
            let (engine, store) = (&ward.engine, &ward.store);
            let ill = engine.workflow::<Board>("ill").start(()).await?;
            store.damage(ill.run_id());
            let courier = engine.workflow::<Courier>("courier");
            let courier = courier.start(vec![post("ill", "get well")]).await?;
            ward.until_quarantined().await;
            if is_deleted {
                ill.delete().await?;
            } else {
                store.heal();
                ill.terminate("hopeless").await?;
            }
            assert_eq!(courier.result().await?, ["NotFound"]);
            engine.shutdown().await;
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn a_run_that_has_closed_is_brought_up_until_its_messages_have_arrived() -> Outcome {
    for mode in Mode::ALL {
        block_on(async {
            let ward = Ward::open(Mode::Evicted).await?;
            let ill = ward.engine.workflow::<Board>("ill").start(()).await?;
            ward.store.damage(ill.run_id());
            let courier = ward.engine.workflow::<Courier>("courier");
            let notes = vec!["one".into(), "two".into()];
            let errands = vec![Errand::PostAll("ill".into(), notes)];
            let courier = courier.start(errands).await?;
            ward.until_quarantined().await;
            courier.terminate("no time").await?;
            let run_id = courier.run_id().ok_or("a run")?;
            // It cannot go before its messages have arrived.
            let kept = courier.delete().await;
            assert!(
                matches!(kept, Err(DeleteWorkflowError::StillOpen { .. })),
                "{kept:?}"
            );
            ward.engine.shutdown().await;

            let store = ward.store.clone();
            store.heal();
            let ward = Ward::on(store, mode, ward.clock.clone()).await?;
            let ill = ward.engine.workflow::<Board>("ill");
            while ill.notes().await?.len() < 2 {
                tokio::task::yield_now().await;
            }
            assert_eq!(ill.notes().await?, ["one", "two"]);
            // Nothing was added to the history that had closed.
            let courier = ward.engine.workflow::<Courier>("courier").at_run(run_id);
            let history = courier.history().await?;
            history.check_grammar()?;
            assert_eq!(
                courier.describe().await?.status,
                ExecutionStatus::Terminated
            );
            while courier.delete().await.is_err() {
                tokio::task::yield_now().await;
            }
            ward.engine.shutdown().await;
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn more_messages_than_can_be_under_way_all_arrive() -> Outcome {
    block_on(async {
        let ward = Ward::open(Mode::Live).await?;
        let board = ward.engine.workflow::<Board>("board").start(()).await?;
        // One run has more to say than its shard lets go at a time.
        let crowd = 1_100;
        let errands = (0..crowd).map(|it| Errand::Leave(format!("nobody {it}"), "x".into()));
        let errands: Vec<_> = errands.chain([Errand::Sleep(60)]).collect();
        let many = ward.engine.workflow::<Courier>("many");
        let many = many.start(errands).await?;
        let errands = vec![Errand::PostAll(
            "board".into(),
            vec!["a".into(), "b".into()],
        )];
        let one = ward
            .engine
            .workflow::<Courier>("one")
            .start(errands)
            .await?;
        assert_eq!(one.result().await?, ["done"]);
        assert_eq!(board.notes().await?, ["a", "b"]);
        // Each is asked for and answered.
        let answered = async || -> Result<usize, Box<dyn std::error::Error>> {
            let types = types(&many.history().await?);
            let failed = EventType::SignalExternalWorkflowExecutionFailed;
            Ok(types.iter().filter(|it| **it == failed).count())
        };
        while answered().await? < crowd {
            tokio::task::yield_now().await;
        }
        ward.pass(Duration::from_secs(60)).await;
        assert_eq!(many.result().await?.len(), 1_101);
        assert_eq!(answered().await?, crowd);
        ward.engine.shutdown().await;
        Ok(())
    })
}
