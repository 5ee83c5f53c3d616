//! Random numbers: golden values, because stored runs drew them.

use expect_test::expect;
use rand_core::Rng;

use super::fixture::{SECOND, note, noted, run, workflow};
use crate::workflow::WorkflowRandom;

#[test]
fn the_sequence_of_a_seed_never_changes() {
    let mut random = WorkflowRandom::from_seed(42);
    let mut bytes = [0; 5];
    random.fill_bytes(&mut bytes);
    let drawn = format!(
        "{bytes:?} {} {} {} {}",
        random.next_u32(),
        random.next_u64(),
        random.range(1..7),
        random.uuid()
    );
    expect!["[159, 104, 118, 68, 79] 1369325940 18149643915985481100 5 736a8474-381c-43cb-bdde-504e009f8d96"].assert_eq(&drawn);
}

#[test]
fn a_range_gives_all_of_its_numbers_and_no_other() {
    let mut random = WorkflowRandom::from_seed(1);
    let mut seen = [0; 6];
    for _ in 0..600 {
        let drawn = random.range(10..16);
        seen[usize::try_from(drawn - 10).unwrap()] += 1;
    }
    assert!(seen.iter().all(|count| *count > 50), "{seen:?}");
    assert_eq!(random.range(3..3), 3);
    assert_eq!(random.range(u64::MAX - 1..u64::MAX), u64::MAX - 1);
    let _ = random.range(0..u64::MAX);
}

workflow!(Drawing, |ctx| {
    let clone = ctx.clone();
    note(&ctx, ctx.random().next_u64().to_string());
    ctx.sleep(SECOND).await?;
    note(&ctx, clone.random().next_u64().to_string());
    assert_eq!(ctx.uuid().get_version_num(), 4);
    Ok(ctx.uuid().to_string())
});

#[test]
fn every_replay_draws_the_same_numbers() {
    let mut run = run::<Drawing>();
    run.task();
    run.history.fire_timer("1");
    let result = run.task();
    let notes = noted(&mut run);
    assert_ne!(notes[0], notes[1]);
    expect![[r#"["CompleteWorkflowExecution \"d242fed0-3080-417f-8adb-52be199dd8d1\""] ["2630786427526349372", "11375408772027966087"]"#]].assert_eq(&format!("{result:?} {notes:?}"));
}

workflow!(Streams, |ctx| {
    let own = ctx.random_stream("own").next_u64();
    let other = ctx.random_stream("other").next_u64();
    note(&ctx, format!("{own} {other}"));
    ctx.sleep(SECOND).await?;
    Ok(ctx.random_stream("own").next_u64().to_string())
});

workflow!(OneStream, |ctx| {
    let _disturbs = ctx.random().next_u64();
    let own = ctx.random_stream("own").next_u64();
    note(&ctx, own.to_string());
    Ok(ctx.random_stream("own").next_u64().to_string())
});

#[test]
fn a_stream_is_drawn_from_by_its_name_alone() {
    let mut streams = run::<Streams>();
    streams.task();
    streams.history.fire_timer("1");
    let second = streams.task();
    let mut alone = run::<OneStream>();
    assert_eq!(alone.task(), second, "nobody else has drawn from it");
    let (streams, alone) = (noted(&mut streams), noted(&mut alone));
    let (own, other) = streams[0].split_once(' ').unwrap();
    assert_eq!(own, alone[0]);
    assert_ne!(own, other);
    // Stored runs drew it.
    expect!["1122964007987986720"].assert_eq(own);
}
