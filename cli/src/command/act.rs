//! What is done to runs: a console is asked for it.

use std::{fs, io::Read as _, path::Path};

use clap::ValueEnum;
use serde_json::{Map, Value};

use super::Call;
use crate::{
    CommandError, Exit,
    arguments::{Input, Message, Pause, Reset, Retry, Start, Stop, Unpause, Which},
    look, text,
};

/// What an action is told: which of it is there.
#[derive(Default)]
pub(super) struct Asked(Map<String, Value>);

impl Asked {
    pub(super) fn of(which: &Which) -> Self {
        Self::default()
            .with("id", Some(&which.id))
            .with("run", which.run.as_deref())
    }

    pub(super) fn with(mut self, name: &str, text: Option<impl AsRef<str>>) -> Self {
        if let Some(text) = text {
            self.0.insert(name.to_owned(), text.as_ref().into());
        }
        self
    }

    pub(super) fn with_word(self, name: &str, word: Option<impl ValueEnum>) -> Self {
        let word = word.and_then(|word| word.to_possible_value());
        self.with(name, word.as_ref().map(|word| word.get_name()))
    }

    pub(super) fn with_flag(mut self, name: &str, flag: bool) -> Self {
        if flag {
            self.0.insert(name.to_owned(), true.into());
        }
        self
    }

    fn with_input(self, input: &Input) -> Result<Self, CommandError> {
        let asked = self.with_text_input(input.input.as_deref())?;
        Ok(asked.with("request_id", input.request_id.as_deref()))
    }

    pub(super) fn with_text_input(mut self, text: Option<&str>) -> Result<Self, CommandError> {
        if let Some(text) = text {
            self.0.insert("input".to_owned(), read(text)?);
        }
        Ok(self)
    }

    pub(super) fn fields(&self) -> &Map<String, Value> {
        &self.0
    }
}

/// The input that is meant: JSON, what a file holds, or what comes in.
fn read(text: &str) -> Result<Value, CommandError> {
    let whole = match (text.strip_prefix('@'), text) {
        (Some(path), _) => fs::read_to_string(Path::new(path)).map_err(|error| {
            CommandError::new(Exit::NotFound, format!("cannot read {path}: {error}"))
        })?,
        (None, "-") => {
            let mut whole = String::new();
            let read = std::io::stdin().read_to_string(&mut whole);
            read.map_err(|error| CommandError::usage(format!("cannot read the input: {error}")))?;
            whole
        }
        (None, text) => text.to_owned(),
    };
    serde_json::from_str(&whole).map_err(|error| {
        CommandError::usage(format!(
            "the input is not valid JSON: {error}; text is written in quotes: '\"{}\"'",
            text::printable(whole.trim())
        ))
    })
}

/// Asks for an action, and says what was done, or what was answered.
pub(super) fn act(mut at: Call<'_, '_>, action: &str, asked: &Asked) -> Result<Exit, CommandError> {
    let value = at.live()?.act(action, &asked.0)?;
    at.answer(&value, |_, value| {
        let answer = value.get("answer").filter(|answer| !answer.is_null());
        match (action, answer) {
            // Who has started a run wants to know which one, and who has asked has an answer.
            ("query" | "update", answer) => format!("{:#}", answer.unwrap_or(&Value::Null)),
            (_, Some(answer)) if answer.get("run_id").is_some() => {
                let run = look::text(answer, "/run_id");
                format!("{}, run {run}", done(value))
            }
            _ => done(value),
        }
    })
}

fn done(value: &Value) -> String {
    text::printable(look::text(value, "/done"))
}

pub(super) fn to_run(at: Call<'_, '_>, action: &str, which: &Which) -> Result<Exit, CommandError> {
    act(at, action, &Asked::of(which))
}

pub(super) fn start(at: Call<'_, '_>, start: &Start) -> Result<Exit, CommandError> {
    let asked = Asked::default()
        .with("id", Some(&start.id))
        .with("type", Some(&start.workflow_type))
        .with("task_queue", start.task_queue.as_deref())
        .with_input(&start.input)?;
    act(at, "start", &asked)
}

pub(super) fn message(
    at: Call<'_, '_>,
    action: &str,
    message: &Message,
) -> Result<Exit, CommandError> {
    let asked = Asked::of(&message.which).with("name", Some(&message.name));
    act(at, action, &asked.with_input(&message.input)?)
}

pub(super) fn stop(at: Call<'_, '_>, action: &str, stop: &Stop) -> Result<Exit, CommandError> {
    let asked = Asked::of(&stop.which).with("reason", stop.reason.as_deref());
    act(at, action, &asked)
}

pub(super) fn reset(at: Call<'_, '_>, reset: &Reset) -> Result<Exit, CommandError> {
    let asked = Asked::of(&reset.which)
        .with_word("to", Some(reset.to))
        .with("point", reset.point.as_deref())
        .with("reason", reset.reason.as_deref())
        .with_flag("exclude_signals", reset.excluded.exclude_signals)
        .with_flag("exclude_updates", reset.excluded.exclude_updates);
    act(at, "reset", &asked)
}

pub(super) fn retry(at: Call<'_, '_>, retry: &Retry) -> Result<Exit, CommandError> {
    let asked = Asked::of(&retry.which).with("activity", retry.activity.as_deref());
    let action = match (retry.activity.is_some(), retry.reset_attempts) {
        (true, true) => "reset-activity",
        (true, false) => "retry-activity",
        (false, _) => "retry",
    };
    act(at, action, &asked)
}

pub(super) fn pause(at: Call<'_, '_>, pause: &Pause) -> Result<Exit, CommandError> {
    held(at, "pause", pause, false)
}

pub(super) fn unpause(at: Call<'_, '_>, unpause: &Unpause) -> Result<Exit, CommandError> {
    held(at, "unpause", &unpause.paused, unpause.reset_attempts)
}

fn held(
    at: Call<'_, '_>,
    action: &str,
    pause: &Pause,
    reset_attempts: bool,
) -> Result<Exit, CommandError> {
    let asked = Asked::of(&pause.which)
        .with("activity", pause.activity.as_deref())
        .with("reason", pause.reason.as_deref())
        .with_flag("reset_attempts", reset_attempts);
    match pause.activity {
        None => act(at, action, &asked),
        Some(_) => act(at, &format!("{action}-activity"), &asked),
    }
}
