//! The rules of `#[handlers]`, one function each.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{LitStr, ReceiverKind, ReturnType, Signature, Type, spanned::Spanned};

use crate::{
    block,
    diagnostics::Diagnostics,
    item::ItemAttributes,
    naming, option,
    signature::{self, Call, First, Returned, Subject, Takes, has_parameter, mentions_context},
    symbol::{HANDLE_METHODS, known},
    workflow::{
        model::{Message, Routine, WorkflowModel},
        parse::{RawHandler, RawHandlers, Role},
        update,
    },
};

/// Checks everything; `None` if there is no type to generate anything for.
pub(super) fn check(raw: RawHandlers, diagnostics: &mut Diagnostics) -> Option<WorkflowModel> {
    let RawHandlers {
        root,
        block,
        handlers,
    } = raw;
    let ident = block::check(&block, "handlers", diagnostics)?;
    let self_type = (*block.self_ty).clone();
    let mut runs = Vec::new();
    let mut inits = Vec::new();
    let mut signals = Vec::new();
    let mut queries = Vec::new();
    let mut updates = Vec::new();
    let mut validators = Vec::new();
    for handler in handlers {
        let call = check_handler(&handler, &self_type, diagnostics);
        match handler.role {
            Role::Run => runs.push(routine(handler, call)),
            Role::Init => inits.push(routine(handler, call)),
            Role::Signal => signals.push(message(handler, call, diagnostics)),
            Role::Query => queries.push(message(handler, call, diagnostics)),
            Role::Update => updates.push(message(handler, call, diagnostics)),
            Role::Validate => {
                let validates = handler.validates.clone();
                validators.push((validates, routine(handler, call)));
            }
        }
    }
    at_most_one(&runs, Role::Run, diagnostics);
    at_most_one(&inits, Role::Init, diagnostics);
    names_are_unique(&signals, Role::Signal, diagnostics);
    names_are_unique(&queries, Role::Query, diagnostics);
    names_are_unique(&updates, Role::Update, diagnostics);
    update::assign_validators(&mut updates, validators, diagnostics);
    let run = has_run(runs, &self_type, diagnostics);
    let init = inits.into_iter().next();
    init_input_is_run_input(init.as_ref(), &run, diagnostics);
    Some(WorkflowModel {
        root,
        block,
        ident,
        run,
        init,
        signals,
        queries,
        updates,
    })
}

/// A workflow is what its main routine does.
fn has_run(runs: Vec<Routine>, self_type: &Type, diagnostics: &mut Diagnostics) -> Routine {
    let run = runs.into_iter().next();
    run.unwrap_or_else(|| {
        diagnostics.error(
            self_type,
            "a workflow has one `#[run]` handler: `#[run] async fn run(ctx: WorkflowContext<Self>)`",
        );
        Routine {
            ident: Ident::new("run", self_type.span()),
            call: Call::unknown(),
        }
    })
}

/// There is one main routine, and one state to begin with.
fn at_most_one(routines: &[Routine], role: Role, diagnostics: &mut Diagnostics) {
    if let [first, second, ..] = routines {
        let attribute = role.attribute();
        let first = &first.ident;
        diagnostics.error(
            &second.ident,
            format_args!("a workflow has one `#[{attribute}]` handler, and `{first}` is it"),
        );
    }
}

/// A message goes to one handler.
fn names_are_unique(messages: &[Message], role: Role, diagnostics: &mut Diagnostics) {
    let mut seen = BTreeMap::new();
    for message in messages {
        if let Some(first) = seen.insert(&message.name, &message.ident) {
            let (name, attribute) = (&message.name, role.attribute());
            diagnostics.error(
                &message.ident,
                format_args!("the {attribute} \"{name}\" belongs to `{first}` already"),
            );
        }
    }
}

/// The initial state is made from the input of the run, and there is no other.
fn init_input_is_run_input(init: Option<&Routine>, run: &Routine, diagnostics: &mut Diagnostics) {
    if let Some(input) = init.and_then(|init| init.call.input())
        && run.call.input().is_none()
    {
        diagnostics.error(
            &input.ty,
            "`#[init]` is given the input of `#[run]`, which takes none",
        );
    }
}

fn routine(handler: RawHandler, call: Call) -> Routine {
    Routine {
        ident: handler.method.sig.ident,
        call,
    }
}

fn message(handler: RawHandler, call: Call, diagnostics: &mut Diagnostics) -> Message {
    let ident = handler.method.sig.ident;
    not_a_handle_method(&ident, diagnostics);
    if handler.name.is_none() {
        option::check_wire_name(&naming::wire_name(&ident), &ident, diagnostics);
    }
    Message {
        name: handler
            .name
            .as_ref()
            .map_or_else(|| naming::wire_name(&ident), LitStr::value),
        call,
        validator: None,
        attributes: ItemAttributes::sort(&handler.method.attrs),
        visibility: handler.method.vis,
        ident,
    }
}

/// The handle's own method would win, and do something else.
fn not_a_handle_method(ident: &Ident, diagnostics: &mut Diagnostics) {
    let name = naming::wire_name(ident);
    if HANDLE_METHODS.contains(&name.as_str()) {
        diagnostics.error(
            ident,
            format_args!(
                "every workflow handle has a method `{name}`: call the handler something else, \
                 the message can keep its name with `name = \"{name}\"`"
            ),
        );
    }
}

fn check_handler(handler: &RawHandler, self_type: &Type, diagnostics: &mut Diagnostics) -> Call {
    let signature = &handler.method.sig;
    let subject = Subject {
        what: match handler.role {
            Role::Run => "a `#[run]` handler",
            Role::Init => "an `#[init]` handler",
            Role::Signal => "a signal handler",
            Role::Query => "a query handler",
            Role::Update => "an update handler",
            Role::Validate => "a validator",
        },
        context: known::WORKFLOW_CONTEXT,
        first: match handler.role {
            Role::Run => First::Context,
            Role::Signal | Role::Update if signature.receiver().is_none() => First::Context,
            Role::Init | Role::Signal | Role::Query | Role::Update | Role::Validate => First::Input,
        },
        self_type: Some(self_type),
        fails: matches!(handler.role, Role::Run | Role::Update),
    };
    let mistakes = diagnostics.len();
    let mut call = signature::check(signature, subject, diagnostics);
    if diagnostics.len() > mistakes {
        return call;
    }
    match handler.role {
        Role::Run => run_is_async_with_context(signature, diagnostics),
        Role::Init => init_makes_the_state(signature, &call, diagnostics),
        Role::Signal => check_signal(signature, &call, subject, diagnostics),
        Role::Query => check_query(signature, &call, subject, diagnostics),
        Role::Update => update::check_update(signature, subject, diagnostics),
        Role::Validate => update::check_validator(signature, &call, subject, diagnostics),
    }
    if !matches!(handler.role, Role::Init | Role::Validate) {
        signature::owned_input(&mut call, subject, diagnostics);
    }
    call
}

/// The state is shared with the handlers, so nobody can hold a borrow of it while waiting.
fn run_is_async_with_context(signature: &Signature, diagnostics: &mut Diagnostics) {
    let waits = signature.asyncness.is_some() && has_parameter(signature);
    if !waits || signature.receiver().is_some() {
        diagnostics.error(
            head(signature),
            "a `#[run]` handler is `async fn run(ctx: WorkflowContext<Self>)`, \
             with an input if there is one",
        );
    }
}

/// The initial state is there before the first message, so making it cannot wait.
fn init_makes_the_state(signature: &Signature, call: &Call, diagnostics: &mut Diagnostics) {
    let input_is_borrowed = call
        .input()
        .is_none_or(|input| matches!(&input.ty, Type::Reference(to) if to.mutability.is_none()));
    if call.is_async
        || matches!(call.takes, Takes::Context(_) | Takes::Both(..))
        || signature.receiver().is_some()
        || !matches!(call.returned, Returned::Value(_))
        || !input_is_borrowed
    {
        diagnostics.error(
            head(signature),
            "an `#[init]` handler is `fn init(input: &Input) -> Self` or `fn init() -> Self`",
        );
    }
}

fn check_signal(
    signature: &Signature,
    call: &Call,
    subject: Subject<'_>,
    diagnostics: &mut Diagnostics,
) {
    signal_returns_nothing(signature, call, diagnostics);
    if call.is_async {
        async_signal_takes_context(signature, diagnostics);
    } else if mentions_context(signature, subject) {
        waiting_signal_is_async(signature, diagnostics);
    } else {
        signal_changes_the_state(signature, diagnostics);
    }
}

/// Whoever sends a signal does not wait for its handler.
fn signal_returns_nothing(signature: &Signature, call: &Call, diagnostics: &mut Diagnostics) {
    if !matches!(call.returned, Returned::Nothing) {
        diagnostics.error(
            &signature.output,
            "a signal handler returns nothing, nobody waits for it",
        );
    }
}

/// A borrow of the state cannot be held while the handler waits.
fn async_signal_takes_context(signature: &Signature, diagnostics: &mut Diagnostics) {
    if signature.receiver().is_some() || !has_parameter(signature) {
        diagnostics.error(
            head(signature),
            "an `async` signal handler takes `ctx: WorkflowContext<Self>` instead of `&mut self`, \
             the state cannot be borrowed while it waits",
        );
    }
}

/// A context is for handlers that wait for something.
fn waiting_signal_is_async(signature: &Signature, diagnostics: &mut Diagnostics) {
    diagnostics.error(
        signature.fn_token,
        "a signal handler that takes the context is an `async fn`",
    );
}

/// A handler that does not wait has the state to itself.
fn signal_changes_the_state(signature: &Signature, diagnostics: &mut Diagnostics) {
    if !has_receiver(signature, true) {
        diagnostics.error(head(signature), "a signal handler takes `&mut self`");
    }
}

fn check_query(
    signature: &Signature,
    call: &Call,
    subject: Subject<'_>,
    diagnostics: &mut Diagnostics,
) {
    query_is_not_async(signature, diagnostics);
    query_reads_the_state(signature, subject, diagnostics);
    query_answers(signature, call, diagnostics);
}

/// A query is answered at once, from the state as it is.
fn query_is_not_async(signature: &Signature, diagnostics: &mut Diagnostics) {
    if let Some(token) = signature.asyncness {
        diagnostics.error(token, "a query handler is not `async`, it cannot wait");
    }
}

/// A query leaves no event, so what it changed would be lost in replay.
fn query_reads_the_state(
    signature: &Signature,
    subject: Subject<'_>,
    diagnostics: &mut Diagnostics,
) {
    if !has_receiver(signature, false) || mentions_context(signature, subject) {
        diagnostics.error(
            head(signature),
            "a query handler takes `&self` and no context, it changes nothing",
        );
    }
}

/// A question wants an answer.
fn query_answers(signature: &Signature, call: &Call, diagnostics: &mut Diagnostics) {
    if matches!(call.returned, Returned::Nothing) {
        diagnostics.error(&signature.ident, "a query handler returns its answer");
    }
}

/// Whether the receiver is `&mut self`, or `&self`.
pub(super) fn has_receiver(signature: &Signature, mutable: bool) -> bool {
    signature.receiver().is_some_and(|receiver| {
        matches!(&receiver.kind, ReceiverKind::Reference(_, _, token) if token.is_some() == mutable)
    })
}

/// The tokens to show where the whole shape of a signature is in question.
pub(super) fn head(signature: &Signature) -> impl ToTokens {
    let mut head = signature.clone();
    head.output = ReturnType::Default;
    head
}
