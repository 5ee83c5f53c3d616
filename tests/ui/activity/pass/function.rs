//! Every form of an activity that is a function.
#![deny(warnings, missing_docs)]

use sempre::{
    ActivityContext, ApplicationFailure, activity,
    activity::ActivityRegistry,
    definition::{Activity, NamesActivity},
};

#[activity(start_to_close = "10s")]
async fn nothing() {}

#[activity(start_to_close = "10s")]
fn block_for_nothing() {}

/// Greets somebody.
#[activity(name = "Greet", start_to_close = "30s")]
pub async fn greet(ctx: ActivityContext, mut name: String) -> Result<String, ApplicationFailure> {
    ctx.heartbeat(&name)
        .map_err(|error| ApplicationFailure::new(error.to_string(), "Heartbeat"))?;
    name.insert_str(0, "hello ");
    Ok(name)
}

#[activity(timeout = "at_call", retry(max_attempts = 1, backoff = 2))]
pub(crate) fn add((first, second): (u32, u32)) -> u32 {
    first + second
}

#[activity(start_to_close = "10s")]
#[cfg(any())]
fn compiled_out() -> Missing {}

#[activity(start_to_close = "10s")]
#[expect(unused_variables, reason = "attributes stay with the code")]
async fn input(__input: u8) -> u8 {
    let unused = ();
    __input
}

fn type_of<A: NamesActivity<Form>, Form>(_: A) -> &'static str {
    A::Activity::TYPE
}

fn main() {
    let mut registry = ActivityRegistry::default();
    registry.register(nothing);
    registry.register(block_for_nothing);
    registry.register(greet);
    registry.register(add);
    registry.register(input);
    assert_eq!(registry.types().count(), 5);
    assert_eq!(type_of(greet), "Greet");
    assert_eq!(add::call((1, 2)), 3);
    let _ = (
        nothing::call(),
        block_for_nothing::call(),
        input::call(1),
        greet::call,
    );
}
