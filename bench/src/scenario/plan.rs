//! What a scenario is and at which sizes it is measured.

use crate::Outcome;

/// What a scenario is and at which sizes it is measured.
#[derive(Debug)]
pub struct Plan {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it asks, in a line.
    pub about: &'static str,
    /// What a size counts.
    pub counts: &'static str,
    /// The sizes that are measured unless others are asked for.
    pub usual: &'static [u64],
    /// Further sizes, which take long.
    pub large: &'static [u64],
    /// The largest size that makes sense.
    pub most: u64,
    /// What is done at a size.
    pub title: fn(u64) -> String,
    /// The figure that is drawn where there is no distribution to draw.
    pub drawn: &'static str,
    /// How many processes follow each other on one folder; the last one measures.
    pub phases: u32,
    /// The bytes of the bare append that this size is compared with.
    pub bare_bytes: fn(u64) -> usize,
}

impl Plan {
    /// That a size makes sense.
    pub(crate) fn check(&self, size: u64) -> Outcome {
        let Self {
            name, counts, most, ..
        } = self;
        if size > *most {
            let problem =
                format!("{name} takes at most {most} {counts}: leave {size} out of --size");
            return Err(problem.into());
        }
        Ok(())
    }
}

/// The number with its thousands apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
