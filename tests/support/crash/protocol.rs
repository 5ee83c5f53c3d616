//! What is said between the parent, who asks, and the child, who is killed: a line each.
//!
//! Asking again is always allowed, and is how a parent finds out what became of a request whose
//! acknowledgement never came: the request ids follow from the request.

use std::str::FromStr;

use derive_more::Display;

/// What a child says when its engine has started.
pub const READY: &str = "ready";

/// What the parent asks for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Display)]
pub enum Request {
    /// Start the journey, and say when it has closed.
    #[display("start {_0}")]
    Start(String),
    /// Send the journey the signal with this number.
    #[display("signal {_0} {_1}")]
    Signal(String, u32),
}

/// What the child acknowledges, once the client's call has returned.
#[derive(Clone, PartialEq, Eq, Debug, Display)]
pub enum Reply {
    /// The engine has started.
    #[display("ready")]
    Ready,
    /// The journey has started, as this run.
    #[display("started {_0} {_1}")]
    Started(String, String),
    /// The signal is recorded.
    #[display("signaled {_0} {_1}")]
    Signaled(String, u32),
    /// The signal came too late.
    #[display("refused {_0} {_1}")]
    Refused(String, u32),
    /// The journey has closed.
    #[display("closed {_0}")]
    Closed(String),
}

impl FromStr for Request {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        match words(line).as_slice() {
            ["start", journey] => Ok(Self::Start((*journey).into())),
            ["signal", journey, number] => Ok(Self::Signal((*journey).into(), count(number)?)),
            _ => Err(format!("no request: {line}")),
        }
    }
}

impl FromStr for Reply {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        match words(line).as_slice() {
            [READY] => Ok(Self::Ready),
            ["started", journey, run] => Ok(Self::Started((*journey).into(), (*run).into())),
            ["signaled", journey, number] => Ok(Self::Signaled((*journey).into(), count(number)?)),
            ["refused", journey, number] => Ok(Self::Refused((*journey).into(), count(number)?)),
            ["closed", journey] => Ok(Self::Closed((*journey).into())),
            _ => Err(format!("no reply: {line}")),
        }
    }
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn count(word: &str) -> Result<u32, String> {
    word.parse()
        .map_err(|_: <u32 as FromStr>::Err| format!("no number: {word}"))
}

/// The request id of a start, which makes it the same start each time.
pub fn start_request_id(journey: &str) -> String {
    format!("start-{journey}")
}

/// The request id of a signal, which makes it the same signal each time.
pub fn signal_request_id(journey: &str, number: u32) -> String {
    format!("signal-{journey}-{number}")
}
