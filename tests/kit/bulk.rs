//! Bulk jobs: they act on the runs that they were started for, once, and say what came of each.

use std::{error::Error, time::Duration};

use sempre::{
    Timestamp, WorkflowHandle,
    bulk::{Bulk, BulkError, BulkJobHandle, BulkJobState, BulkOperation, BulkOutcome, StartBulk},
    model::{EventId, ExecutionStatus as Status, ResetPoint},
    testing::TestEnvironment,
};
use sempre_tests::{
    Mode, Outcome,
    workflow::{Alarm, Board, BoardHandle as _, Echo},
};

const BOARDS: &str = "WorkflowType = 'Board' AND ExecutionStatus = 'Running'";
const SECOND: Duration = Duration::from_secs(1);

fn in_mode(mode: Mode) -> TestEnvironment {
    let builder = TestEnvironment::builder().engine(move |engine| mode.configure(engine));
    builder.workflow::<Board>().workflow::<Alarm>().build()
}

/// Boards with these numbers, all open.
async fn boards(
    env: &TestEnvironment,
    count: usize,
) -> Result<Vec<WorkflowHandle<Board>>, Box<dyn Error>> {
    let mut boards = Vec::new();
    for number in 0..count {
        let board = env.workflow::<Board>(format!("board-{number}"));
        boards.push(board.start(()).await?);
    }
    Ok(boards)
}

async fn statuses(boards: &[WorkflowHandle<Board>]) -> Result<Vec<Status>, Box<dyn Error>> {
    let mut statuses = Vec::new();
    for board in boards {
        statuses.push(board.describe().await?.status);
    }
    Ok(statuses)
}

/// What came of all runs of a job, by their workflow ids.
async fn outcomes(job: &BulkJobHandle) -> Result<Vec<(String, BulkOutcome)>, Box<dyn Error>> {
    let (mut all, mut page) = (Vec::new(), Some(0));
    while let Some(number) = page {
        let results = job.results(number).await?;
        let found = results.results.into_iter();
        all.extend(found.map(|it| (it.execution.workflow_id.as_str().to_owned(), it.outcome)));
        page = results.next;
    }
    all.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(all)
}

#[sempre::test]
async fn each_operation_is_carried_out_on_all_runs_that_match() -> Outcome {
    type Start = fn(Bulk) -> StartBulk;
    let cases: [(&str, Start, Status); 7] = [
        (
            "signal",
            |it| it.signal::<Board>(|board| board.close()),
            Status::Completed,
        ),
        (
            "named",
            |it| it.signal_named("close", &()),
            Status::Completed,
        ),
        ("cancel", |it| it.cancel("enough"), Status::Canceled),
        ("terminate", |it| it.terminate("enough"), Status::Terminated),
        ("pause", |it| it.pause("the bank is down"), Status::Paused),
        (
            "reset",
            |it| it.reset(ResetPoint::FirstTask),
            Status::Terminated,
        ),
        ("retry", Bulk::retry_now, Status::Running),
    ];
    for mode in Mode::ALL {
        for (name, start, status) in cases {
            let env = in_mode(mode);
            let boards = boards(&env, 3).await?;
            let other = env.workflow::<Alarm>("other").start(900).await?;
            let job = start(env.bulk(BOARDS).await)
                .identity("ada")
                .start()
                .await?;
            let ended = job.result().await?;
            assert_eq!(ended.state, BulkJobState::Completed, "{mode} {name}");
            assert_eq!((ended.matched, ended.done), (3, 3), "{mode} {name}");
            assert_eq!(ended.identity.as_str(), "ada");
            env.skip(SECOND).await;
            let runs = boards.iter().map(|board| {
                let run_id = board.run_id().unwrap_or_default();
                env.workflow::<Board>(board.workflow_id().clone())
                    .at_run(run_id)
            });
            let runs: Vec<_> = runs.collect();
            assert_eq!(statuses(&runs).await?, [status; 3], "{mode} {name}");
            assert!(other.describe().await?.status.is_open());
            let done = |number| (format!("board-{number}"), BulkOutcome::Done);
            assert_eq!(outcomes(&job).await?, [done(0), done(1), done(2)]);
        }
    }
    Ok(())
}

#[sempre::test]
async fn what_is_paused_goes_on_and_what_is_deleted_is_gone() -> Outcome {
    for mode in Mode::ALL {
        let env = in_mode(mode);
        let boards = boards(&env, 2).await?;
        boards[1].pause("by hand").await?;
        let pause = env
            .bulk("WorkflowType = 'Board'")
            .await
            .pause("all of them");
        let paused = pause.start().await?.result().await?;
        assert_eq!((paused.done, paused.skipped), (1, 1), "{mode}");

        let unpause = env
            .bulk("ExecutionStatus = 'Paused'")
            .await
            .unpause("go on");
        assert_eq!(unpause.start().await?.result().await?.done, 2, "{mode}");
        assert_eq!(statuses(&boards).await?, [Status::Running; 2], "{mode}");

        let delete = env.bulk("WorkflowType = 'Board'").await.delete();
        assert_eq!(delete.start().await?.result().await?.done, 2, "{mode}");
        assert!(boards[0].describe().await.is_err(), "{mode}");
        assert_eq!(env.engine().await.count("").await?.total, 0, "{mode}");
    }
    Ok(())
}

#[sempre::test]
async fn the_runs_that_match_when_a_job_starts_are_acted_on_and_no_others() -> Outcome {
    for mode in Mode::ALL {
        let env = in_mode(mode);
        let boards = boards(&env, 4).await?;
        let start = env.bulk(BOARDS).await.terminate("enough").rate(1);
        let job = start.job_id("slow").start().await?;
        env.skip(Duration::from_millis(1_500)).await;
        let seen = job.describe().await?;
        assert_eq!(seen.state, BulkJobState::Running, "{mode}");
        assert_eq!((seen.matched, seen.done), (4, 2), "{mode}");

        // One has closed meanwhile, another one begins.
        boards[0].close().await?;
        boards[0].result().await?;
        let late = env.workflow::<Board>("late").start(()).await?;
        let ended = job.result().await?;
        assert_eq!(
            (ended.done, ended.skipped, ended.failed),
            (3, 1, 0),
            "{mode}"
        );
        assert!(late.describe().await?.status.is_open());
        let all = outcomes(&job).await?;
        let reason = "workflow execution is already closed status=COMPLETED".to_owned();
        assert_eq!(
            all[0],
            ("board-0".to_owned(), BulkOutcome::Skipped { reason })
        );
        assert_eq!(all.len(), 4);
    }
    Ok(())
}

#[sempre::test]
async fn a_job_is_held_back_goes_on_and_is_canceled() -> Outcome {
    for mode in Mode::ALL {
        let env = in_mode(mode);
        let boards = boards(&env, 6).await?;
        let job = env
            .bulk(BOARDS)
            .await
            .cancel("enough")
            .rate(1)
            .start()
            .await?;
        env.skip(Duration::from_millis(1_500)).await;
        job.clone().identity("ada").pause("lunch").await?;
        job.pause("another reason").await?;
        env.skip(60 * SECOND).await;
        let seen = job.describe().await?;
        assert_eq!((seen.state, seen.done), (BulkJobState::Paused, 2), "{mode}");
        let pause = seen.pause.as_ref();
        let pause = pause.map(|it| (it.identity.as_str().to_owned(), it.reason.clone()));
        assert_eq!(
            pause,
            Some(("ada".to_owned(), "lunch".to_owned())),
            "{mode}"
        );
        assert!(matches!(
            job.delete().await,
            Err(BulkError::NotEnded { .. })
        ));

        job.resume().await?;
        env.skip(Duration::from_millis(1_500)).await;
        job.cancel("that is enough").await?;
        let ended = job.result().await?;
        assert_eq!(
            (ended.state, ended.done),
            (BulkJobState::Canceled, 4),
            "{mode}"
        );
        assert_eq!(ended.pause, None);
        let left = statuses(&boards).await?;
        assert_eq!(left.iter().filter(|it| it.is_open()).count(), 2, "{mode}");
        let waiting = outcomes(&job).await?;
        let waiting = waiting.iter().filter(|it| it.1 == BulkOutcome::Waiting);
        assert_eq!(waiting.count(), 2, "{mode}");

        assert!(matches!(
            job.pause("late").await,
            Err(BulkError::Ended { .. })
        ));
        assert!(matches!(
            job.cancel("late").await,
            Err(BulkError::Ended { .. })
        ));
        job.delete().await?;
        assert!(matches!(
            job.describe().await,
            Err(BulkError::NotFound { .. })
        ));
        assert_eq!(env.engine().await.bulk_jobs().await?.ids, [""; 0]);
    }
    Ok(())
}

#[sempre::test]
async fn a_job_without_a_filter_is_refused_unless_it_is_said_twice() -> Outcome {
    let env = in_mode(Mode::Live);
    boards(&env, 2).await?;
    for filter in ["", "  "] {
        let bulk = env.bulk(filter).await;
        assert_eq!(bulk.clone().dry_run().await, Err(BulkError::NoFilter));
        let refused = bulk.clone().terminate("all").start().await;
        assert_eq!(refused.err(), Some(BulkError::NoFilter));
        assert_eq!(bulk.all_runs().dry_run().await?.count, 2);
    }
    let job = env
        .bulk("")
        .await
        .all_runs()
        .terminate("all")
        .start()
        .await?;
    assert_eq!(job.result().await?.done, 2);
    Ok(())
}

#[sempre::test]
async fn a_job_that_makes_no_sense_is_refused_at_once() -> Outcome {
    let env = in_mode(Mode::Live);
    let bulk = env.bulk(BOARDS).await;
    let long = "x".repeat(70_000);
    let cases = [
        (
            bulk.clone().cancel("").rate(0),
            "bulk job: rate is not from 1 to 10,000 runs a second",
        ),
        (
            bulk.clone().cancel("").rate(10_001),
            "bulk job: rate is not from 1 to 10,000 runs a second",
        ),
        (
            bulk.clone().cancel("").job_id(""),
            "bulk job: job_id is empty or longer than 200 bytes",
        ),
        (
            bulk.clone().cancel(&long[..2_001]),
            "bulk job: reason is longer than 2,000 bytes",
        ),
        (
            bulk.clone().signal_named("", &()),
            "bulk job: signal_name is empty or longer than 1,000 bytes",
        ),
        (
            bulk.clone().signal_named("post", &long),
            "bulk job: input is larger than 64 KiB",
        ),
        (
            bulk.clone().reset(ResetPoint::Event(EventId::new(4))),
            "bulk job: point names an event, which each history numbers its own way",
        ),
        (
            env.bulk("WorkflowTyp = 'Board'").await.cancel(""),
            "filter is not valid: there is no field WorkflowTyp, did you mean WorkflowType? column=1",
        ),
        (
            env.bulk("GROUP BY ExecutionStatus").await.cancel(""),
            "filter has GROUP BY, which only a count can have",
        ),
    ];
    for (start, said) in cases {
        let error = start.start().await.expect_err(said);
        assert_eq!(error.to_string(), said);
    }
    assert_eq!(env.engine().await.bulk_jobs().await?.ids, [""; 0]);
    Ok(())
}

#[sempre::test]
async fn a_job_that_is_started_twice_is_one_job() -> Outcome {
    let env = in_mode(Mode::Live);
    boards(&env, 2).await?;
    let start = async |reason: &str| {
        let bulk = env.bulk(BOARDS).await.terminate(reason);
        bulk.job_id("tidy-up").start().await
    };
    let job = start("enough").await?;
    let again = start("enough").await?;
    assert_eq!(again.id(), "tidy-up");
    assert_eq!(job.result().await?.done, 2);
    // Also when it has ended.
    let again = start("enough").await?.result().await?;
    assert_eq!(again, job.describe().await?);
    let other = start("something else").await;
    assert!(matches!(other, Err(BulkError::AlreadyExists { .. })));

    // Its id is free once it is deleted, and its requests are others then.
    job.delete().await?;
    boards(&env, 2).await?;
    assert_eq!(start("something else").await?.result().await?.done, 2);
    Ok(())
}

#[sempre::test]
async fn what_the_engine_does_by_itself_is_no_business_of_a_job() -> Outcome {
    let env = in_mode(Mode::Live);
    boards(&env, 1).await?;
    let create = env.schedule("alarms").create::<Alarm>(1);
    create.every(Duration::from_secs(3_600)).await?;
    let filter = "WorkflowType = 'temporal-sys-scheduler-workflow' OR WorkflowType = 'Board' \
                  OR WorkflowId STARTS_WITH 'temporal-sys-batch:'";
    assert_eq!(env.bulk(filter).await.dry_run().await?.count, 1);
    let job = env
        .bulk(filter)
        .await
        .delete()
        .job_id("all")
        .start()
        .await?;
    assert_eq!(job.result().await?.matched, 1);
    let engine = env.engine().await;
    assert_eq!(engine.list("").await?.runs, []);
    assert_eq!(engine.count("").await?.total, 0);
    assert_eq!(engine.schedules().await?.ids, ["alarms"]);
    let listed = engine.list("WorkflowId = 'temporal-sys-batch:all'").await?;
    assert_eq!(listed.runs.len(), 1, "whoever names them sees them");
    let taken = env
        .workflow::<Echo>("temporal-sys-batch:mine")
        .start("x".to_owned())
        .await;
    assert!(taken.is_err_and(|error| { error.to_string().contains("temporal-sys-") }));
    assert!(
        engine
            .registered()
            .workflows
            .iter()
            .all(|it| { !it.workflow_type.as_str().starts_with("temporal-sys") })
    );
    Ok(())
}

#[sempre::test]
async fn a_dry_run_counts_and_shows_the_latest() -> Outcome {
    let env = in_mode(Mode::Live);
    let boards = boards(&env, 12).await?;
    let terminate = env.bulk(BOARDS).await.terminate("enough");
    let preview = terminate.dry_run().await?;
    assert_eq!(preview.count, 12);
    assert_eq!(preview.sample.len(), 10);
    assert_eq!(preview.sample[0].workflow_id.as_str(), "board-11");
    assert!(statuses(&boards).await?.iter().all(|it| it.is_open()));
    Ok(())
}

#[sempre::test]
async fn a_long_job_goes_on_in_further_runs_and_keeps_its_results() -> Outcome {
    let env = in_mode(Mode::Live);
    let boards = boards(&env, 450).await?;
    boards[7].terminate("by hand").await?;
    let start = env.bulk("WorkflowType = 'Board'").await.terminate("enough");
    let job = start.rate(1).job_id("long").start().await?;
    let ended = job.result().await?;
    assert_eq!((ended.matched, ended.done, ended.skipped), (450, 449, 1));
    let engine = env.engine().await;
    let runs = engine
        .list("WorkflowId = 'temporal-sys-batch:long'")
        .await?
        .runs;
    assert!(runs.len() > 1, "runs={}", runs.len());
    assert!(runs.iter().all(|run| run.history_length < 2_100));
    let all = outcomes(&job).await?;
    assert_eq!(all.len(), 450);
    let done = all
        .iter()
        .filter(|(_, outcome)| *outcome == BulkOutcome::Done);
    assert_eq!(done.count(), 449);
    assert_eq!(engine.bulk_jobs().await?.ids, ["long"]);
    job.delete().await?;
    assert_eq!(
        engine
            .count("WorkflowId = 'temporal-sys-batch:long'")
            .await?
            .total,
        0
    );
    Ok(())
}

#[sempre::test]
async fn more_runs_than_a_page_holds_are_all_acted_on() -> Outcome {
    let env = in_mode(Mode::Live);
    boards(&env, 1_100).await?;
    let start = env.bulk(BOARDS).await.terminate("enough").rate(10_000);
    let ended = start.start().await?.result().await?;
    assert_eq!((ended.matched, ended.done), (1_100, 1_100));
    Ok(())
}

#[sempre::test]
async fn an_engine_that_is_busy_is_waited_for() -> Outcome {
    let builder = TestEnvironment::builder().engine(|engine| engine.max_requests(4));
    let env = builder.workflow::<Board>().build();
    boards(&env, 40).await?;
    let ended = env
        .bulk(BOARDS)
        .await
        .terminate("enough")
        .start()
        .await?
        .result()
        .await?;
    assert_eq!((ended.done, ended.skipped, ended.failed), (40, 0, 0));
    Ok(())
}

#[sempre::test]
async fn a_job_goes_on_where_an_engine_before_has_left_off() -> Outcome {
    let env = in_mode(Mode::Live);
    let boards = boards(&env, 5).await?;
    let post = env
        .bulk(BOARDS)
        .await
        .signal::<Board>(|board| board.post("seen".to_owned()));
    let job = post.rate(1).start().await?;
    env.skip(Duration::from_millis(1_500)).await;
    // A workflow that is new starts the engine anew.
    env.workflow::<Echo>("echo").start("x".to_owned()).await?;
    let ended = job.result().await?;
    assert_eq!((ended.done, ended.failed), (5, 0));
    for board in boards {
        assert_eq!(board.notes().await?, ["seen"]);
    }
    Ok(())
}

#[sempre::test]
async fn a_reset_leaves_out_what_it_is_told_to_and_forks_once() -> Outcome {
    for mode in Mode::ALL {
        let env = in_mode(mode);
        let boards = boards(&env, 2).await?;
        boards[0].post("a note".to_owned()).await?;
        let reset = env
            .bulk(BOARDS)
            .await
            .reset(ResetPoint::FirstTask)
            .exclude_signals();
        let job = reset.reason("once more").start().await?;
        let ended = job.result().await?;
        assert_eq!(ended.done, 2, "{mode}");
        assert_eq!(ended.reason, "once more");
        assert!(matches!(ended.operation, BulkOperation::Reset { .. }));
        let board = env.workflow::<Board>("board-0");
        assert_eq!(board.notes().await?, [""; 0], "{mode}");
        assert_eq!(
            env.engine()
                .await
                .count("WorkflowType = 'Board'")
                .await?
                .total,
            4,
            "{mode}"
        );

        // A point that a history does not have is no failure.
        let later = env.now().after(3_600 * SECOND);
        let reset = env.bulk(BOARDS).await.reset(ResetPoint::Time(later));
        let ended = reset.start().await?.result().await?;
        assert_eq!((ended.done, ended.skipped), (0, 2), "{mode}");
    }
    Ok(())
}

#[sempre::test]
async fn a_job_says_which_runs_have_refused() -> Outcome {
    let env = in_mode(Mode::Live);
    let boards = boards(&env, 2).await?;
    for _ in 0..10_000 {
        boards[1].post(String::new()).await?;
    }
    let post = env
        .bulk(BOARDS)
        .await
        .signal::<Board>(|board| board.post("late".to_owned()));
    let ended = post.start().await?.result().await?;
    assert_eq!((ended.done, ended.failed), (1, 1));
    assert_eq!(ended.failures[0].execution.workflow_id.as_str(), "board-1");
    let error = "workflow execution accepts no further signals limit=10000";
    assert_eq!(ended.failures[0].error, error);
    assert!(ended.started_at > Timestamp::EPOCH && ended.ended_at >= Some(ended.started_at));
    Ok(())
}
