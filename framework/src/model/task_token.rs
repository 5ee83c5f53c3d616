//! Task tokens: what names one attempt of an activity outside of the process that runs it.

use std::{fmt, str::FromStr};

use derive_more::{Display, Error};
use serde::{Deserialize, Serialize};

use crate::model::{EventId, RunId, WorkflowExecution, WorkflowId};

/// Names one attempt of an activity to whoever is to complete it.
///
/// Opaque: what it consists of may change, and tokens of earlier versions stay readable. It holds
/// no secret, and whoever has it can complete the attempt, but only by way of the engine. As text
/// and for serde it is a string of letters and digits.
///
/// # Examples
/// ```
/// use sempre::model::TaskToken;
///
/// let token = TaskToken::default();
/// assert_eq!(TaskToken::from_bytes(&token.to_bytes()), Ok(token.clone()));
/// assert_eq!(token.to_string().parse(), Ok(token));
/// assert!(TaskToken::from_bytes(b"something else").is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TaskToken {
    execution: WorkflowExecution,
    scheduled_event_id: EventId,
    attempt: u32,
}

/// Bytes or a text that are no task token, or are damaged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Display, Error)]
#[display("task token is malformed")]
pub struct TaskTokenError;

/// The first byte of a token of this version.
const VERSION: u8 = 1;

impl TaskToken {
    /// The token of this attempt.
    pub fn new(execution: WorkflowExecution, scheduled_event_id: EventId, attempt: u32) -> Self {
        Self {
            execution,
            scheduled_event_id,
            attempt,
        }
    }

    /// The token as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(self.execution.run_id.as_bytes());
        bytes.extend(self.scheduled_event_id.get().to_be_bytes());
        bytes.extend(self.attempt.to_be_bytes());
        bytes.extend(self.execution.workflow_id.as_kept().as_bytes());
        bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
        bytes
    }

    /// The token with these bytes.
    ///
    /// # Errors
    /// [`TaskTokenError`] if they are not what [`to_bytes`](Self::to_bytes) has returned.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TaskTokenError> {
        let (content, sum) = bytes.split_last_chunk().ok_or(TaskTokenError)?;
        if crc32fast::hash(content).to_be_bytes() != *sum {
            return Err(TaskTokenError);
        }
        let (&[version], rest) = content.split_first_chunk().ok_or(TaskTokenError)?;
        let (run_id, rest) = rest.split_first_chunk().ok_or(TaskTokenError)?;
        let (event_id, rest) = rest.split_first_chunk().ok_or(TaskTokenError)?;
        let (attempt, workflow_id) = rest.split_first_chunk().ok_or(TaskTokenError)?;
        let workflow_id = std::str::from_utf8(workflow_id).map_err(|_| TaskTokenError)?;
        if version != VERSION {
            return Err(TaskTokenError);
        }
        Ok(Self {
            execution: WorkflowExecution {
                workflow_id: WorkflowId::from_kept(workflow_id),
                run_id: RunId::from_bytes(*run_id),
            },
            scheduled_event_id: EventId::new(u64::from_be_bytes(*event_id)),
            attempt: u32::from_be_bytes(*attempt),
        })
    }

    /// The run that asked for the activity.
    pub fn execution(&self) -> &WorkflowExecution {
        &self.execution
    }

    /// The event that scheduled the activity.
    pub fn scheduled_event_id(&self) -> EventId {
        self.scheduled_event_id
    }

    /// Which attempt it is, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }
}

impl fmt::Display for TaskToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for TaskToken {
    type Err = TaskTokenError;

    fn from_str(text: &str) -> Result<Self, TaskTokenError> {
        let digits = text.as_bytes().chunks(2);
        let bytes: Option<Vec<u8>> = digits.map(byte).collect();
        Self::from_bytes(&bytes.ok_or(TaskTokenError)?)
    }
}

/// The byte that two digits stand for.
fn byte(digits: &[u8]) -> Option<u8> {
    let &[high, low] = digits else { return None };
    let digit = |digit: u8| char::from(digit).to_digit(16).map(u8::try_from)?.ok();
    Some(digit(high)? << 4 | digit(low)?)
}

impl From<TaskToken> for String {
    fn from(token: TaskToken) -> Self {
        token.to_string()
    }
}

impl TryFrom<String> for TaskToken {
    type Error = TaskTokenError;

    fn try_from(text: String) -> Result<Self, TaskTokenError> {
        text.parse()
    }
}
