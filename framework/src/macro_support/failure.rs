//! The two directions between a user's error and a failure in a history.
//!
//! The fields of the error are one JSON object in the failure's details; a field that is the cause
//! is the failure's cause instead.

use std::{fmt::Display, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    definition::Failure,
    model::{self, ApplicationErrorCategory, ApplicationFailureInfo, FailureInfo, Payloads},
};

/// Writes a user's error as a failure.
#[derive(Debug)]
pub struct FailureWriter {
    message: String,
    info: ApplicationFailureInfo,
    cause: Option<model::Failure>,
    fields: Map<String, Value>,
    // An error that cannot be written in full is still a failure with a message and a type.
    complete: bool,
}

impl FailureWriter {
    /// A failure of this type with the error's message.
    pub fn new(error: &impl Display, error_type: &str) -> Self {
        Self {
            message: error.to_string(),
            info: ApplicationFailureInfo {
                error_type: error_type.into(),
                ..Default::default()
            },
            cause: None,
            fields: Map::new(),
            complete: true,
        }
    }

    /// No further attempt is made after it.
    pub fn non_retryable(mut self) -> Self {
        self.info.non_retryable = true;
        self
    }

    /// It alarms nobody.
    pub fn benign(mut self) -> Self {
        self.info.category = ApplicationErrorCategory::Benign;
        self
    }

    /// The next attempt is made after this time.
    pub fn with_retry_after(mut self, delay: Duration) -> Self {
        self.info.next_retry_delay = Some(delay);
        self
    }

    /// Adds a field of the error.
    pub fn with_field<T: Serialize>(mut self, name: &str, value: &T) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => drop(self.fields.insert(name.into(), value)),
            Err(_) => self.complete = false,
        }
        self
    }

    /// Adds the field that led to the error.
    pub fn with_cause<E: Failure>(mut self, cause: &E) -> Self {
        self.cause = Some(cause.to_failure());
        self
    }

    /// The failure.
    pub fn finish(self) -> model::Failure {
        let Self {
            message,
            mut info,
            cause,
            fields,
            complete,
        } = self;
        if complete && !fields.is_empty() {
            info.details = Payloads::encode(&fields).unwrap_or_default();
        }
        let failure = model::Failure::new(message, FailureInfo::Application(info));
        match cause {
            Some(cause) => failure.with_cause(cause),
            None => failure,
        }
    }
}

/// Reads a failure as a user's error.
#[derive(Debug)]
pub struct FailureReader<'f> {
    info: &'f ApplicationFailureInfo,
    cause: Option<&'f model::Failure>,
    fields: Map<String, Value>,
}

impl<'f> FailureReader<'f> {
    /// Begins to read; `None` if no user's error is behind the failure.
    pub fn new(failure: &'f model::Failure) -> Option<Self> {
        let FailureInfo::Application(info) = &failure.info else {
            return None;
        };
        Some(Self {
            info,
            cause: failure.cause.as_deref(),
            fields: info.details.decode().unwrap_or_default(),
        })
    }

    /// The type of the failure.
    pub fn error_type(&self) -> &str {
        &self.info.error_type
    }

    /// A field of the error; one that was not written reads as `null`.
    pub fn field<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.fields.get(name).unwrap_or(&Value::Null)).ok()
    }

    /// The field that led to the error.
    pub fn cause<E: Failure>(&self) -> Option<E> {
        E::from_failure(self.cause?)
    }
}
