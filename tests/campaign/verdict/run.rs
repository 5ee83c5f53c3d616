//! What was said of runs: they are there, once, with what they have been told; or they are not.

use std::collections::BTreeMap;

use sempre::model::{EventAttributes, ExecutionStatus, bulk::bulk_request_of};

use crate::campaign::{
    line::Request,
    patron::Said,
    verdict::{Look, Verdict},
    workload::{CHEERS, again_id, board_id, cheer_id, chit_id, tell_id, trip_id},
};

/// What was said until two moments: at the first it has to be there, after the second it cannot be.
#[derive(Clone, Copy)]
pub(in crate::campaign) struct Promises<'s> {
    pub(in crate::campaign) said: &'s Said,
    pub(in crate::campaign) later: &'s Said,
    /// What had been said when bulk jobs were asked for, and when they were done.
    pub(in crate::campaign) when_asked: &'s BTreeMap<Request, Said>,
    pub(in crate::campaign) when_done: &'s BTreeMap<Request, Said>,
}

/// Whatever was acknowledged of any run is in the store, once.
pub(in crate::campaign) fn check(look: &Look, promises: &Promises<'_>) -> Verdict {
    for (request, run_id) in &promises.said.begun {
        match request {
            Request::Trip(trip) => check_trip(look, promises, *trip, run_id)?,
            Request::Again(number) => check_again(look, promises, *number)?,
            _ => {}
        }
    }
    for request in promises.said.done.keys() {
        match request {
            Request::Board(number) => check_board(look, promises, *number)?,
            Request::Chit(number) => check_chit(look, promises, *number)?,
            Request::Post(_) | Request::Sweep(_) => check_job(promises, request)?,
            _ => {}
        }
    }
    Ok(())
}

fn check_trip(look: &Look, promises: &Promises<'_>, trip: u32, run_id: &str) -> Verdict {
    let id = trip_id(trip);
    match look.runs_of(&id) {
        [run] if run.run_id.to_string() == run_id => {}
        [] => return Err(format!("the start of {id} is lost").into()),
        runs => return Err(format!("{id} has begun as {run_id}, and has {runs:?}").into()),
    }
    let happened = look.happened(&id)?;
    let is_done = |request: &Request| promises.said.done.contains_key(request);
    for number in 1..=CHEERS {
        let times = signals(&happened, &cheer_id(trip, number));
        if times > 1 || times == 0 && is_done(&Request::Cheer(trip, number)) {
            return Err(format!("{id} has had cheer {number} {times} times").into());
        }
    }
    let times = updates(&happened, &tell_id(trip));
    if times > 1 || times == 0 && is_done(&Request::Tell(trip)) {
        return Err(format!("{id} was told {times} times").into());
    }
    if is_done(&Request::Trip(trip)) && !look.history(&id)?.is_closed() {
        return Err(format!("the close of {id} is lost").into());
    }
    Ok(())
}

fn signals(happened: &[EventAttributes], request_id: &str) -> usize {
    let signals = happened.iter().filter(|event| match event {
        EventAttributes::WorkflowExecutionSignaled(it) => it.request_id.as_str() == request_id,
        _ => false,
    });
    signals.count()
}

fn updates(happened: &[EventAttributes], update_id: &str) -> usize {
    let updates = happened.iter().filter(|event| match event {
        EventAttributes::WorkflowExecutionUpdateAccepted(it) => {
            it.protocol_instance_id.as_str() == update_id
        }
        _ => false,
    });
    updates.count()
}

/// A run that is reset is followed by one run for each time that it was reset.
fn check_again(look: &Look, promises: &Promises<'_>, number: u32) -> Verdict {
    let id = again_id(number);
    let is_of = |request: &Request| match request {
        Request::Again(it) | Request::Reset(it, _) => *it == number,
        _ => false,
    };
    let begun = promises.said.begun.iter().filter(|(it, _)| is_of(it));
    let begun: Vec<&String> = begun.map(|(_, run_id)| run_id).collect();
    let asked = promises.later.asked.iter().filter(|it| is_of(it)).count();
    let runs = look.runs_of(&id);
    let found: Vec<String> = runs.iter().map(|it| it.run_id.to_string()).collect();
    if found.len() > asked || begun.iter().any(|it| !found.contains(it)) {
        return Err(
            format!("{id} has begun as {begun:?}, asked={asked}, and has {found:?}").into(),
        );
    }
    let mut earlier = runs.iter().skip(1);
    if let Some(open) = earlier.find(|it| it.status.is_open()) {
        return Err(format!("{id} was reset, and is open as {}", open.run_id).into());
    }
    Ok(())
}

/// A board has what each job has posted, once, if it had begun by then.
fn check_board(look: &Look, promises: &Promises<'_>, number: u32) -> Verdict {
    let id = board_id(number);
    if look.runs_of(&id).len() != 1 {
        return Err(format!("{id} has {} runs", look.runs_of(&id).len()).into());
    }
    let happened = look.happened(&id)?;
    let mut posted: BTreeMap<String, usize> = BTreeMap::new();
    for event in &happened {
        if let EventAttributes::WorkflowExecutionSignaled(it) = event
            && let Some((job, _)) = bulk_request_of(&it.request_id)
        {
            *posted.entry(job.to_owned()).or_default() += 1;
        }
    }
    let board = Request::Board(number);
    for post in &promises.later.asked {
        let Request::Post(job) = post else { continue };
        let times = posted.remove(&format!("post-{job}")).unwrap_or_default();
        let asked = promises.when_asked.get(post);
        let has_to = promises.said.done.contains_key(post)
            && asked.is_some_and(|asked| asked.done.contains_key(&board));
        let done = promises.when_done.get(post);
        let cannot = done.is_some_and(|done| !done.asked.contains(&board));
        if times > 1 || has_to && times == 0 || cannot && times > 0 {
            let what = format!("{id} was posted to by job {job} {times} times, {has_to} {cannot}");
            return Err(what.into());
        }
    }
    if !posted.is_empty() {
        return Err(format!("{id} was posted to by {posted:?}").into());
    }
    match promises.said.done.get(&Request::Close(number)) {
        Some(_) if !look.history(&id)?.is_closed() => {
            Err(format!("the close of {id} is lost").into())
        }
        Some(notes) => {
            let notes: Vec<u32> = serde_json::from_str(notes)?;
            let told = happened.iter().filter(|event| {
                matches!(event, EventAttributes::WorkflowExecutionSignaled(it)
                    if bulk_request_of(&it.request_id).is_some())
            });
            let told = told.count();
            if notes.len() != told {
                return Err(format!("{id} was told {told} notes and returned {notes:?}").into());
            }
            Ok(())
        }
        None => Ok(()),
    }
}

/// A chit is there until it is torn or swept, and not then.
fn check_chit(look: &Look, promises: &Promises<'_>, number: u32) -> Verdict {
    let (id, chit) = (chit_id(number), Request::Chit(number));
    let tear = Request::Tear(number);
    let sweeps = promises.later.asked.iter();
    let sweeps: Vec<_> = sweeps
        .filter(|it| matches!(it, Request::Sweep(_)))
        .collect();
    let may_be_swept = sweeps.iter().any(|sweep| {
        let done = promises.when_done.get(*sweep);
        done.is_none_or(|done| done.asked.contains(&chit))
    });
    let is_swept = sweeps.iter().any(|sweep| {
        let asked = promises.when_asked.get(*sweep);
        promises.said.done.contains_key(*sweep)
            && asked.is_some_and(|asked| asked.done.contains_key(&chit))
    });
    let has_gone = is_swept || promises.said.done.contains_key(&tear);
    let may_go = may_be_swept
        || promises.later.asked.contains(&tear)
        || promises.later.asked.contains(&Request::Expire);
    match look.runs_of(&id) {
        [] if may_go => Ok(()),
        [] => Err(format!("{id} is lost").into()),
        _ if has_gone => Err(format!("{id} is there, and was deleted").into()),
        [run] if run.status == ExecutionStatus::Completed => Ok(()),
        runs => Err(format!("{id} had completed, and has {runs:?}").into()),
    }
}

/// A job that has ended has refused nothing, and left no run out that it says it is about.
fn check_job(promises: &Promises<'_>, request: &Request) -> Verdict {
    let said = promises.said.done.get(request).ok_or("it is done")?;
    let [matched, done, skipped, failed]: [u64; 4] = serde_json::from_str(said)?;
    let asked = promises.when_asked.get(request).ok_or("it was asked for")?;
    let boards = asked.done_of(|it| match it {
        Request::Board(board) => Some(*board),
        _ => None,
    });
    let is_post = matches!(request, Request::Post(_));
    let least = if is_post { boards.count() as u64 } else { 0 };
    if failed > 0 || matched != done + skipped || matched < least || is_post && skipped > 0 {
        return Err(format!("{request:?}, least={least}, has ended as {said}").into());
    }
    Ok(())
}
