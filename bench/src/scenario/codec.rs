//! Codec: what compressing and encrypting values adds to a step.

use std::{fmt::Write as _, hint::black_box, time::Duration};

use sempre::{
    codec::{Compression, Encryption, Key, StaticKeys},
    model::{Codecs, Payload, WorkflowId},
};

use crate::{
    Outcome, clock, disk,
    measurement::{Bound, Compared, Figure, Measurement, Samples, Unit, float},
    scenario::{Plan, plan::grouped},
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "codec",
    about: "what compressing and encrypting its values adds to a step",
    counts: "bytes of a value",
    usual: &[1_024, 32 * 1_024],
    large: &[],
    most: 1024 * 1024,
    title: |bytes| {
        let bytes = grouped(bytes);
        format!("a step whose activity takes and returns {bytes} bytes: what is done to its values")
    },
    drawn: "compression and encryption, a step",
    phases: 1,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// Steps in a sample, so that reading the clock is no part of it.
const STEPS: u32 = 100;
/// Samples that a median is taken of.
const SAMPLES: usize = 200;

pub(super) fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    let value = value(usize::try_from(place.size())?)?;
    let encryption = || Encryption::new(StaticKeys::new("bench", Key::generate()));
    let compression = || Compression::default().min_bytes(0);
    let compressed = cost(&Codecs::default().and(compression()), &value)?;
    let encrypted = cost(&Codecs::default().and(encryption()), &value)?;
    let both = Codecs::default().and(compression()).and(encryption());
    let (both, kept) = (cost(&both, &value)?, kept(&both, &value)?);
    // The bound is about values of 1 KiB.
    let bound = (place.size() <= 1_024).then_some(Bound::AtMost(10e-6));
    Ok(Measurement {
        figures: vec![
            Figure::time("compression, a step", compressed),
            Figure::time("encryption, a step", encrypted),
            Figure::time("compression and encryption, a step", both).bound(bound),
            Figure::new("bytes that are kept of a value", Unit::Bytes, float(kept)),
        ],
        compared: Some(Compared::new("compression and encryption, a step")),
        notes: vec![
            "a step encodes and decodes two values: what its activity takes, and what it returns"
                .into(),
            "nothing is written, so there is no ratio to a bare append".into(),
        ],
        ..Measurement::default()
    })
}

/// A value as services have them: names that repeat, and numbers that do not.
fn value(bytes: usize) -> Outcome<Payload> {
    let mut text = String::with_capacity(bytes + 64);
    let mut number = 0x9e37_79b9_7f4a_7c15_u64;
    while text.len() < bytes {
        number = number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        write!(text, "{{item: {number:016x}, amount: {}}}, ", number % 100)?;
    }
    text.truncate(bytes);
    Ok(Payload::encode(&text)?)
}

/// What is done to the values of a step, the median.
fn cost(codecs: &Codecs, value: &Payload) -> Outcome<Duration> {
    let workflow_id = WorkflowId::from("order-42");
    let mut samples = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        let begun = clock::now();
        for _ in 0..2 * STEPS {
            let mut passed = black_box(value).clone();
            codecs.encode(&mut passed, &workflow_id)?;
            codecs.decode(&mut passed, &workflow_id)?;
            black_box(passed);
        }
        samples.push(begun.elapsed() / STEPS);
    }
    Ok(Samples::new(samples).percentile(0.5))
}

fn kept(codecs: &Codecs, value: &Payload) -> Outcome<u64> {
    let mut kept = value.clone();
    codecs.encode(&mut kept, &WorkflowId::from("order-42"))?;
    Ok(kept.size() as u64)
}
