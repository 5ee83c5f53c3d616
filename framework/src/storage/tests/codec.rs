//! That a codec finds all of the user's data in what is recorded: the samples have some in each
//! place where there can be any.

use serde_json::Value;

use crate::{
    model::{
        Codec, CodecError, Codecs, Encoding, Failure, Payload, PayloadContext, Transition,
        UserData as _, UserDataVisitor, WorkflowId,
    },
    storage::tests::sample,
};

/// Puts each payload into another one.
struct Veil;

const VEILED: &str = "test/veiled";

impl Codec for Veil {
    fn encode(&self, payload: Payload, _: PayloadContext<'_>) -> Result<Payload, CodecError> {
        Ok(Payload {
            encoding: Encoding::Other(VEILED.into()),
            data: rmp_serde::to_vec(&payload).expect("a payload").into(),
            ..Payload::default()
        })
    }

    fn decode(&self, payload: Payload, _: PayloadContext<'_>) -> Result<Payload, CodecError> {
        if payload.encoding.as_str() != VEILED {
            return Ok(payload);
        }
        rmp_serde::from_slice(&payload.data).map_err(|error| CodecError::damaged(error.to_string()))
    }
}

/// The encodings of all payloads that have a value, but for those of search attributes and headers.
fn encodings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let (Some(Value::String(encoding)), Some(_)) =
                (fields.get("encoding"), fields.get("data"))
                && encoding != "binary/null"
            {
                found.push(encoding.clone());
            }
            for (name, value) in fields {
                if name != "search_attributes" && name != "header" {
                    encodings(value, found);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|it| encodings(it, found)),
        _ => {}
    }
}

/// Takes out what another SDK has encoded, which is no business of our codecs.
struct Plain;

impl UserDataVisitor for Plain {
    fn payload(&mut self, _: &mut Payload) -> Result<(), CodecError> {
        Ok(())
    }

    fn failure(&mut self, failure: &mut Failure) -> Result<(), CodecError> {
        failure.encoded_attributes = None;
        Ok(())
    }
}

fn samples() -> impl Iterator<Item = Transition> {
    let samples = sample::all().into_iter().flat_map(|(_, samples)| samples);
    samples.map(|(_, mut sample)| {
        sample.visit(&mut Plain).expect("it takes everything");
        sample
    })
}

#[test]
fn codecs_encode_all_payloads_of_all_transitions_and_nothing_else() {
    let (codecs, id) = (Codecs::default().and(Veil), WorkflowId::from("order-42"));
    let mut payloads = 0;
    for sample in samples() {
        let mut transition = sample.clone();
        codecs.encode(&mut transition, &id).expect("it is encoded");
        let mut found = Vec::new();
        let shown = serde_json::to_value(&transition).expect("a transition");
        encodings(&shown, &mut found);
        assert!(
            found.iter().all(|encoding| encoding == VEILED),
            "{found:?} in {shown:#}"
        );
        payloads += found.len();
        codecs.decode(&mut transition, &id).expect("it is decoded");
        assert_eq!(transition, sample);
    }
    assert!(payloads > 20, "the samples have user data in them");
}

/// Sees whether failures say what they said.
#[derive(Default)]
struct Texts(Vec<String>);

impl UserDataVisitor for Texts {
    fn payload(&mut self, _: &mut Payload) -> Result<(), CodecError> {
        Ok(())
    }

    fn failure(&mut self, failure: &mut Failure) -> Result<(), CodecError> {
        self.0.push(failure.message.clone());
        self.0.push(failure.stack_trace.clone());
        Ok(())
    }
}

#[test]
fn codecs_encode_what_failures_say() {
    let (codecs, id) = (Codecs::default().and(Veil), WorkflowId::from("order-42"));
    let cause = Failure::application("card 4111 is expired", "Expired");
    let mut failure = Failure::application("charging failed", "Charge").with_cause(cause);
    failure.stack_trace = "src/charge.rs:42".into();
    let before = failure.clone();
    codecs.encode(&mut failure, &id).expect("it is encoded");
    let mut texts = Texts::default();
    failure.visit(&mut texts).expect("nobody refuses");
    assert_eq!(texts.0, ["Encoded failure", "", "Encoded failure", ""]);
    // Once is enough: what is encoded stays as it is.
    let once = failure.clone();
    codecs.encode(&mut failure, &id).expect("it is encoded");
    assert_eq!(failure, once);
    codecs.decode(&mut failure, &id).expect("it is decoded");
    assert_eq!(failure, before);
}

/// Decodes nothing.
struct Broken;

impl Codec for Broken {
    fn encode(&self, payload: Payload, context: PayloadContext<'_>) -> Result<Payload, CodecError> {
        Veil.encode(payload, context)
    }

    fn decode(&self, payload: Payload, _: PayloadContext<'_>) -> Result<Payload, CodecError> {
        match payload.encoding.as_str() {
            VEILED => Err(CodecError::unknown_key("k7")),
            _ => Ok(payload),
        }
    }
}

#[test]
fn what_cannot_be_decoded_says_why() {
    let (codecs, id) = (Codecs::default().and(Broken), WorkflowId::from("order-42"));
    let mut payload = Payload::encode("value").expect("text");
    codecs.encode(&mut payload, &id).expect("it is encoded");
    assert_eq!(
        codecs.decode(&mut payload.clone(), &id),
        Err(CodecError::unknown_key("k7"))
    );
    codecs.decode_leniently(&mut payload, &id);
    assert_eq!(payload.unreadable(), Some("key `k7` is not known"));
    let error = payload.decode::<String>().expect_err("nobody can read it");
    assert_eq!(
        error.to_string(),
        "payload does not decode: key `k7` is not known, encoding=test/veiled"
    );
    let mut failure = Failure::application("card 4111 is expired", "Expired");
    codecs.encode(&mut failure, &id).expect("it is encoded");
    codecs.decode_leniently(&mut failure, &id);
    assert_eq!(failure.message, "Encoded failure (key `k7` is not known)");
}
