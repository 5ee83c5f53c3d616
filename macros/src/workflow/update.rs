//! The rules of `#[update]` and `#[validate]`, one function each.

use std::collections::BTreeSet;

use proc_macro2::Ident;
use syn::{Signature, Type};

use crate::{
    diagnostics::Diagnostics,
    naming,
    signature::{Call, Returned, Subject, has_parameter, mentions_context},
    workflow::{
        check::{has_receiver, head},
        model::{Message, Routine},
    },
};

/// An update changes the state at once, or waits with the context in hand.
pub(super) fn check_update(
    signature: &Signature,
    subject: Subject<'_>,
    diagnostics: &mut Diagnostics,
) {
    if signature.asyncness.is_some() {
        async_update_takes_context(signature, diagnostics);
    } else if mentions_context(signature, subject) {
        waiting_update_is_async(signature, diagnostics);
    } else {
        update_changes_the_state(signature, diagnostics);
    }
}

/// A borrow of the state cannot be held while the handler waits.
fn async_update_takes_context(signature: &Signature, diagnostics: &mut Diagnostics) {
    if signature.receiver().is_some() || !has_parameter(signature) {
        diagnostics.error(
            head(signature),
            "an `async` update handler takes `ctx: WorkflowContext<Self>` instead of `&mut self`, \
             the state cannot be borrowed while it waits",
        );
    }
}

/// A context is for handlers that wait for something.
fn waiting_update_is_async(signature: &Signature, diagnostics: &mut Diagnostics) {
    diagnostics.error(
        signature.fn_token,
        "an update handler that takes the context is an `async fn`",
    );
}

/// A handler that does not wait has the state to itself.
fn update_changes_the_state(signature: &Signature, diagnostics: &mut Diagnostics) {
    if !has_receiver(signature, true) {
        diagnostics.error(head(signature), "an update handler takes `&mut self`");
    }
}

/// A validator looks at the state, and at an input that the handler is still to be given.
///
/// It runs before anything is recorded, and never in a replay, so what it changed would be lost.
pub(super) fn check_validator(
    signature: &Signature,
    call: &Call,
    subject: Subject<'_>,
    diagnostics: &mut Diagnostics,
) {
    let input_is_borrowed = call
        .input()
        .is_none_or(|input| matches!(&input.ty, Type::Reference(to) if to.mutability.is_none()));
    if call.is_async
        || mentions_context(signature, subject)
        || !has_receiver(signature, false)
        || !input_is_borrowed
    {
        diagnostics.error(
            head(signature),
            "a validator is `fn(&self, input: &Input) -> Result<(), E>`, it waits for nothing and \
             changes nothing",
        );
    } else if matches!(call.returned, Returned::Nothing) {
        diagnostics.error(
            &signature.ident,
            "a validator returns `Result<(), E>`, it says whether the update is carried out",
        );
    }
}

/// Gives each update its validator.
pub(super) fn assign_validators(
    updates: &mut [Message],
    validators: Vec<(Option<Ident>, Routine)>,
    diagnostics: &mut Diagnostics,
) {
    for (validates, validator) in validators {
        let Some(validates) = validates else { continue };
        let known: BTreeSet<String> = names(updates);
        let update = updates.iter_mut().find(|update| update.ident == validates);
        let Some(update) = update else {
            validator_has_an_update(&validates, &known, diagnostics);
            continue;
        };
        if let Some(first) = &update.validator {
            at_most_one_validator(&validator, first, diagnostics);
            continue;
        }
        validator_input_is_update_input(&validator, update, diagnostics);
        update.validator = Some(validator);
    }
}

/// A validator is for an update of the same workflow.
fn validator_has_an_update(
    validates: &Ident,
    known: &BTreeSet<String>,
    diagnostics: &mut Diagnostics,
) {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let known = match &*known {
        [] => "there is none".to_owned(),
        known => format!("there are: {}", known.join(", ")),
    };
    diagnostics.error(
        validates,
        format_args!("no update has a handler `{validates}`, {known}"),
    );
}

/// An update is carried out or not, and one validator says so.
fn at_most_one_validator(second: &Routine, first: &Routine, diagnostics: &mut Diagnostics) {
    let first = &first.ident;
    diagnostics.error(
        &second.ident,
        format_args!("an update has one validator, and `{first}` is it"),
    );
}

/// A validator sees what the handler is to be given.
fn validator_input_is_update_input(
    validator: &Routine,
    update: &Message,
    diagnostics: &mut Diagnostics,
) {
    if let Some(input) = validator.call.input()
        && update.call.input().is_none()
    {
        let handler = &update.ident;
        diagnostics.error(
            &input.ty,
            format_args!(
                "a validator is given the input of its update, and `{handler}` takes none"
            ),
        );
    }
}

fn names(updates: &[Message]) -> BTreeSet<String> {
    let names = updates
        .iter()
        .map(|update| naming::wire_name(&update.ident));
    names.collect()
}
