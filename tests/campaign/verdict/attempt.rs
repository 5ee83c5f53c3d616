//! No activity runs after its completion was recorded.

use crate::{
    campaign::{
        line::Request,
        patron::Said,
        place::Folder,
        verdict::{Look, Verdict},
        workload::trip_id,
    },
    crash::{attempt, ledger},
};

/// Compares what attempts of trips have done with what histories say; what is reset does things again.
pub(in crate::campaign) fn check(look: &Look, folder: &Folder, said: &Said) -> Verdict {
    let mut attempts = ledger::read(&folder.steps())?;
    attempts.extend(ledger::read(&folder.bank())?);
    attempts.retain(|(id, _), _| id.starts_with("trip-"));
    attempt::check_order(&attempts)?;
    for request in said.begun.keys() {
        if let Request::Trip(trip) = request {
            let id = trip_id(*trip);
            attempt::check_completed(&attempts, &id, &look.history(&id)?)?;
        }
    }
    Ok(())
}
