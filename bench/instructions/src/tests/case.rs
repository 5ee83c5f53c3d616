//! Each case does its work, whether somebody counts or not.

use crate::{Outcome, case::Case, run::Run};

#[test]
fn every_case_runs_and_is_found_by_its_name() -> Outcome {
    for case in Case::ALL {
        assert_eq!(Case::find(case.name())?, case);
        case.run()?;
    }
    assert!(Case::find("nothing").is_err());
    Ok(())
}

#[test]
fn a_step_leaves_six_events_and_one_transition() -> Outcome {
    let mut run = Run::with_steps(3)?;
    let before = run.events.len();
    let sealed = run.step()?;
    assert_eq!(sealed.transition.events().count(), 6);
    assert_eq!(run.events.len(), before + 6);
    Ok(())
}
