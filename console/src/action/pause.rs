//! A run, or one of its activities, is held back and let go on.

use super::{
    ActionOutcome,
    run::{done, reason},
};
use crate::{problem::Problem, visit::Visit};

pub(super) async fn pause(visit: &Visit) -> Result<ActionOutcome, Problem> {
    visit.target()?.pause(reason(visit)).await?;
    Ok(done(visit, "it was paused"))
}

pub(super) async fn unpause(visit: &Visit) -> Result<ActionOutcome, Problem> {
    visit.target()?.unpause(reason(visit)).await?;
    Ok(done(visit, "it was unpaused"))
}

pub(super) async fn pause_activity(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let activity = visit.fields.required("activity")?;
    let run = visit.target()?;
    run.pause_activity(activity, reason(visit)).await?;
    Ok(done(visit, format!("activity {activity} was paused")))
}

pub(super) async fn unpause_activity(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let activity = visit.fields.required("activity")?;
    let run = visit.target()?;
    let unpause = run.unpause_activity(activity);
    let unpause = if visit.fields.is_set("reset_attempts") {
        unpause.reset_attempts()
    } else {
        unpause
    };
    unpause.await?;
    Ok(done(visit, format!("activity {activity} was unpaused")))
}

pub(super) async fn reset_activity(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let activity = visit.fields.required("activity")?;
    visit.target()?.reset_activity(activity).await?;
    let said = format!("the attempts of activity {activity} are counted anew");
    Ok(done(visit, said))
}
