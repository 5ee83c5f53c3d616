//! The schedule has acted once at each second.

use crate::campaign::{
    verdict::{Look, Verdict},
    workload::SCHEDULE,
};

const DAY: u32 = 24 * 3_600;

/// Each action has one run; once all have been made up for, none is missing between two others.
pub(in crate::campaign) fn check(look: &Look, is_complete: bool) -> Verdict {
    let prefix = format!("{SCHEDULE}-");
    let mut times = Vec::new();
    for (id, runs) in &look.all {
        if let Some(time) = id.as_str().strip_prefix(&prefix) {
            if runs.len() != 1 {
                return Err(format!("{id} has {} runs", runs.len()).into());
            }
            times.push(second_of_day(time).ok_or(format!("{id} names no time"))?);
        }
    }
    // Ids are in the order of time, of which no more than a few minutes pass.
    let gap = times.windows(2).find(|pair| match pair {
        [one, next] => (one + 1) % DAY != *next,
        _ => false,
    });
    match gap {
        Some(gap) if is_complete => Err(format!("the schedule left out {gap:?}").into()),
        _ => Ok(()),
    }
}

/// What the clock shows in `2026-11-25T02:00:07Z`, in seconds.
fn second_of_day(time: &str) -> Option<u32> {
    let (_, clock) = time.split_once('T')?;
    let mut parts = clock.trim_end_matches('Z').split(':');
    let mut part = || parts.next()?.parse::<u32>().ok();
    Some((part()? * 60 + part()?) * 60 + part()?)
}
