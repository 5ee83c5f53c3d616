//! The texts of failures, which may hold the user's data as well: they are kept as a payload, as
//! Temporal's converters do it.

use serde::{Deserialize, Serialize};

use crate::model::{CodecError, Failure, Payload};

/// What a failure says whose texts are encoded.
const ENCODED: &str = "Encoded failure";

/// What a failure says to people.
#[derive(Serialize, Deserialize)]
struct Texts {
    message: String,
    #[serde(default)]
    stack_trace: String,
}

/// Puts the texts of a failure into its encoded attributes, unless they are there already.
pub(super) fn hide_texts(
    failure: &mut Failure,
    encode: impl FnOnce(Payload) -> Result<Payload, CodecError>,
) -> Result<(), CodecError> {
    if failure.encoded_attributes.is_some() {
        return Ok(());
    }
    let texts = Texts {
        message: std::mem::take(&mut failure.message),
        stack_trace: std::mem::take(&mut failure.stack_trace),
    };
    let texts = Payload::encode(&texts).map_err(|error| CodecError::failed(error.to_string()))?;
    failure.encoded_attributes = Some(encode(texts)?);
    ENCODED.clone_into(&mut failure.message);
    Ok(())
}

/// Takes the texts of a failure out of its encoded attributes, if they are there.
pub(super) fn show_texts(
    failure: &mut Failure,
    decode: impl FnOnce(Payload) -> Result<Payload, CodecError>,
) -> Result<(), CodecError> {
    let Some(encoded) = &failure.encoded_attributes else {
        return Ok(());
    };
    let texts = decode(encoded.clone())?;
    // Another SDK may have put something else there, or a codec that is not ours may have encoded it.
    if let Ok(Texts {
        message,
        stack_trace,
    }) = texts.decode()
    {
        failure.message = message;
        failure.stack_trace = stack_trace;
        failure.encoded_attributes = None;
    }
    Ok(())
}

/// Says to people why they cannot read the texts of a failure.
pub(super) fn say_unreadable(failure: &mut Failure, error: &CodecError) {
    failure.message = format!("{ENCODED} ({error})");
}
