//! A measurement in a process of its own: what it is told, and what it says.
//!
//! The child is this program with the same arguments and one more, its [`Job`] as JSON. It says on
//! standard output how far it is and what it measured, one line of JSON each. A scenario may take
//! several phases, each in a new process on the same folder: one fills a store, the next opens it.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Command, Stdio},
};

use serde::{Deserialize, Serialize};

use crate::{Outcome, measurement::Measurement, scenario::Scenario, subject::Subject};

/// What a child process is to measure.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Job {
    /// The work.
    pub scenario: Scenario,
    /// How much of it.
    pub size: u64,
    /// The label of the subject that does it.
    pub subject: String,
    /// Which of the scenario's phases, from 1.
    pub phase: u32,
    /// An empty folder for the first phase, and what that left for the others.
    pub folder: PathBuf,
}

/// What a child process says, a line each.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Message {
    /// How far it is.
    Progress(String),
    /// What it has measured.
    Measured(Measurement),
    /// Why it could not.
    Failed(String),
}

impl Job {
    /// Reads a job from the command line.
    ///
    /// # Errors
    /// If it was not written by this program.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// Says how far the job is.
    pub fn note(&self, how_far: impl Into<String>) {
        say(&Message::Progress(how_far.into()));
    }

    /// Has a new process do the job, and hears what it says.
    pub(crate) fn delegate(&self, mut note: impl FnMut(String)) -> Outcome<Measurement> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(std::env::args_os().skip(1))
            .arg("--measure")
            .arg(serde_json::to_string(self)?)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or("the output is piped")?;
        let mut outcome = None;
        for line in BufReader::new(output).lines() {
            match serde_json::from_str(&line?) {
                Ok(Message::Progress(how_far)) => note(how_far),
                Ok(Message::Measured(measurement)) => outcome = Some(Ok(measurement)),
                Ok(Message::Failed(why)) => outcome = Some(Err(why.into())),
                // What a system that is measured prints is not meant for this process.
                Err(_) => {}
            }
        }
        let status = child.wait()?;
        match outcome {
            Some(Ok(_)) | None if !status.success() => {
                Err(format!("the process ended badly: {status}").into())
            }
            Some(outcome) => outcome,
            None => Err("the process ended without a measurement".into()),
        }
    }

    /// Does the job in this process, and says what came of it.
    pub(crate) fn carry_out(&self, subjects: &[Box<dyn Subject>]) -> bool {
        let message = match self.measure(subjects) {
            Ok(measurement) => Message::Measured(measurement),
            Err(error) => Message::Failed(error.to_string()),
        };
        say(&message);
        matches!(message, Message::Measured(_))
    }

    fn measure(&self, subjects: &[Box<dyn Subject>]) -> Outcome<Measurement> {
        let mut subjects = subjects.iter();
        let subject = subjects
            .find(|subject| subject.label() == self.subject)
            .ok_or_else(|| format!("there is no subject {}", self.subject))?;
        subject.measure(self)
    }
}

fn say(message: &Message) {
    let Ok(line) = serde_json::to_string(message) else {
        return;
    };
    // A parent that is gone needs no news.
    let _gone = writeln!(std::io::stdout().lock(), "{line}");
}
