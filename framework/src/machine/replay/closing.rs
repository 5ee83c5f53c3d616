//! How a run closes, or an update is answered, with a word that is too large: it fails, and says
//! what was too large.
//!
//! The same code would say the same at each further attempt of its workflow task, so the run would
//! never close. It is decided here, on the program's side of the door, because a replay has to come
//! to the same command.
// Replay: the limits stand in old histories; a change of theirs takes an engine flag.

use crate::{
    machine::replay::ProgramCommand,
    model::{Failure, FailureInfo, Payloads, ServerFailureInfo, event::update, limits},
};

/// Characters of an error's message that are kept when the rest of it is too large.
const MESSAGE_CHARS_MAX: usize = 1_000;

/// The command, or one that fails the run or the update because of what is too large in it.
pub(super) fn within_limits(command: ProgramCommand) -> ProgramCommand {
    match command {
        ProgramCommand::Complete { result } => match excess("workflow result", &result) {
            None => ProgramCommand::Complete { result },
            Some(message) => fail(message, None),
        },
        ProgramCommand::CompleteUpdate { update_id, outcome } => ProgramCommand::CompleteUpdate {
            update_id,
            outcome: outcome_within_limits(outcome),
        },
        ProgramCommand::Cancel { details } => {
            match excess("details of the cancellation", &details) {
                None => ProgramCommand::Cancel { details },
                Some(message) => fail(message, None),
            }
        }
        ProgramCommand::Fail { failure } => match failure_excess("workflow failure", &failure) {
            None => ProgramCommand::Fail { failure },
            Some(message) => fail(message, Some(failure)),
        },
        ProgramCommand::ContinueAsNew(asked) => match excess("workflow input", &asked.input) {
            None => ProgramCommand::ContinueAsNew(asked),
            Some(message) => fail(message, None),
        },
        command => command,
    }
}

fn outcome_within_limits(outcome: update::Outcome) -> update::Outcome {
    match outcome {
        update::Outcome::Success(result) => match excess("update result", &result) {
            None => update::Outcome::Success(result),
            Some(message) => update::Outcome::Failure(Box::new(too_large_failure(message, None))),
        },
        update::Outcome::Failure(failure) => match failure_excess("update failure", &failure) {
            None => update::Outcome::Failure(failure),
            Some(message) => {
                let failure = too_large_failure(message, Some(*failure));
                update::Outcome::Failure(Box::new(failure))
            }
        },
    }
}

fn excess(what: &str, payloads: &Payloads) -> Option<String> {
    too_large(what, payloads.size(), limits::PAYLOAD_BYTES_MAX)
}

fn failure_excess(what: &str, failure: &Failure) -> Option<String> {
    let causes = failure.chain().count();
    too_large("chain of failure causes", causes, limits::FAILURE_CHAIN_MAX)
        .or_else(|| too_large(what, failure.size(), limits::PAYLOAD_BYTES_MAX))
}

fn too_large(what: &str, actual: usize, limit: usize) -> Option<String> {
    (actual > limit).then(|| format!("{what} is too large limit={limit} actual={actual}"))
}

/// Fails the run, with what is small of the failure that was too large.
fn fail(message: String, reported: Option<Failure>) -> ProgramCommand {
    ProgramCommand::Fail {
        failure: too_large_failure(message, reported),
    }
}

fn too_large_failure(message: String, reported: Option<Failure>) -> Failure {
    let info = ServerFailureInfo {
        non_retryable: true,
    };
    let failure = Failure::new(message, FailureInfo::Server(info));
    match reported {
        Some(reported) => failure.with_cause(shortened(reported)),
        None => failure,
    }
}

fn shortened(failure: Failure) -> Failure {
    let message: String = failure.message.chars().take(MESSAGE_CHARS_MAX).collect();
    let error_type = match failure.info {
        FailureInfo::Application(info) => info.error_type,
        _ => String::new(),
    };
    let error_type: String = error_type.chars().take(MESSAGE_CHARS_MAX).collect();
    Failure::application(message, error_type)
}
