//! A process that is killed loses nothing that it was told is there.

use sempre::Engine;
use sempre_tests::{
    Outcome, block_on,
    workflow::{Board, BoardHandle as _},
};

use crate::child::Acknowledger;

#[test]
fn what_was_acknowledged_before_a_kill_is_there_after_it() -> Outcome {
    let folder = tempfile::tempdir()?;
    for (round, after) in [3, 40, 120].into_iter().enumerate() {
        let folder = folder.path().join(round.to_string());
        let mut killed = Acknowledger::start_in(&folder, u32::MAX)?;
        let mut acknowledged = Vec::new();
        while acknowledged.len() < after {
            let text = killed.acknowledged()?.ok_or("it never has enough")?;
            if text.starts_with("note") {
                acknowledged.push(text);
            }
        }
        // On Unix this is SIGKILL: it gets no chance to write anything more.
        killed.process.kill()?;
        killed.process.wait()?;
        let notes = block_on(async {
            let engine = Engine::open(&folder).workflow::<Board>();
            let engine = engine.start().await?;
            let board = engine.workflow::<Board>("board");
            let notes = board.notes().await?;
            board.history().await?.check_grammar()?;
            engine.shutdown().await;
            Ok(notes)
        })?;
        // There may be more: what it had written and was about to say.
        let kept = notes.get(..after).ok_or("all of it is there")?;
        assert_eq!(kept, acknowledged);
    }
    Ok(())
}
