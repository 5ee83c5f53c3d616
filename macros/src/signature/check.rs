//! The rules that every handler's and every activity's signature obeys.

use proc_macro2::Ident;
use quote::{ToTokens, format_ident};
use syn::{GenericArgument, Pat, PatType, PathArguments, Safety, Signature, Type};

use crate::{
    diagnostics::Diagnostics,
    signature::{
        model::{Call, Input, Returned, Takes},
        parse::{First, Parameters, Subject, returned, without_self},
    },
};

/// Checks the rules that hold whatever the function is, and says how it is called.
///
/// Of a function whose shape is wrong nothing more is said, so that one mistake is one error.
pub(crate) fn check(
    signature: &Signature,
    subject: Subject<'_>,
    diagnostics: &mut Diagnostics,
) -> Call {
    let mistakes = diagnostics.len();
    plain(signature, subject, diagnostics);
    not_generic(signature, subject, diagnostics);
    let parameters = Parameters::of(signature, subject);
    context_comes_first(&parameters, diagnostics);
    context_is_owned(&parameters, diagnostics);
    one_input(&parameters, subject, diagnostics);
    let returned = check_returned(signature, subject, diagnostics);
    if diagnostics.len() > mistakes {
        return Call::unknown();
    }
    let context = parameters
        .context
        .map(|context| Box::new(without_self((*context.ty).clone(), subject)));
    let input = parameters.inputs.first().map(|input| {
        Box::new(Input {
            name: input_name(input),
            ty: without_self((*input.ty).clone(), subject),
        })
    });
    Call {
        is_async: signature.asyncness.is_some(),
        takes: match (context, input) {
            (None, None) => Takes::Nothing,
            (Some(context), None) => Takes::Context(context),
            (Some(context), Some(input)) => Takes::Both(context, input),
            (None, Some(input)) if subject.first == First::Either => Takes::Either(input),
            (None, Some(input)) => Takes::Input(input),
        },
        returned,
    }
}

/// The engine calls it as safe Rust, at run time.
fn plain(signature: &Signature, subject: Subject<'_>, diagnostics: &mut Diagnostics) {
    let unsafety = match &signature.safety {
        Safety::Unsafe(token) => Some(token.to_token_stream()),
        Safety::Safe(token) => Some(token.to_token_stream()),
        Safety::Default => None,
    };
    let unusual = [
        unsafety,
        signature.constness.map(ToTokens::into_token_stream),
        signature.abi.as_ref().map(ToTokens::to_token_stream),
        signature.variadic.as_ref().map(ToTokens::to_token_stream),
    ];
    for token in unusual.into_iter().flatten() {
        let what = subject.what;
        diagnostics.error(token, format_args!("{what} is a plain `fn` or `async fn`"));
    }
}

/// A name in a history stands for one type of input and one of output.
fn not_generic(signature: &Signature, subject: Subject<'_>, diagnostics: &mut Diagnostics) {
    let what = subject.what;
    let message = format!("{what} is not generic, a history names one type");
    if !signature.generics.params.is_empty() {
        diagnostics.error(&signature.generics, &message);
    } else if let Some(clause) = &signature.generics.where_clause {
        diagnostics.error(clause, &message);
    }
    let parameters = Parameters::of(signature, subject);
    for input in parameters.inputs {
        if matches!(*input.ty, Type::ImplTrait(_)) {
            diagnostics.error(&input.ty, &message);
        }
    }
    if let Some(ty @ Type::ImplTrait(_)) = returned(signature) {
        diagnostics.error(ty, &message);
    }
}

/// One order of parameters everywhere.
fn context_comes_first(parameters: &Parameters<'_>, diagnostics: &mut Diagnostics) {
    if let Some(context) = parameters.misplaced_context {
        diagnostics.error(context, "the context comes once, before the input");
    }
}

/// A context outlives the call that it is handed to.
fn context_is_owned(parameters: &Parameters<'_>, diagnostics: &mut Diagnostics) {
    if let Some(context) = parameters.context
        && let Type::Reference(reference) = &*context.ty
    {
        let owned = reference
            .elem
            .to_token_stream()
            .to_string()
            .replace(' ', "");
        diagnostics.error(
            reference,
            format_args!("the context is owned, a cheap clone: `{owned}`"),
        );
    }
}

/// A struct can grow a field and still read what was recorded before; a list of arguments cannot.
fn one_input(parameters: &Parameters<'_>, subject: Subject<'_>, diagnostics: &mut Diagnostics) {
    if let Some(second) = parameters.inputs.get(1) {
        let what = subject.what;
        diagnostics.error(
            second,
            format_args!("{what} takes one input, put the values into one struct"),
        );
    }
}

/// An input is read from a payload, so there is nothing it could be borrowed from.
pub(crate) fn owned_input(call: &mut Call, subject: Subject<'_>, diagnostics: &mut Diagnostics) {
    if let Takes::Input(input) | Takes::Both(_, input) | Takes::Either(input) = &call.takes
        && let Type::Reference(reference) = &input.ty
    {
        let what = subject.what;
        diagnostics.error(
            reference,
            format_args!("the input of {what} is owned, it is read from a history"),
        );
        *call = Call::unknown();
    }
}

fn check_returned(
    signature: &Signature,
    subject: Subject<'_>,
    diagnostics: &mut Diagnostics,
) -> Returned {
    let Some(ty) = returned(signature) else {
        return Returned::Nothing;
    };
    owned_output(ty, subject, diagnostics);
    if let Some(output) = output_of_result(ty) {
        owned_output(output, subject, diagnostics);
    }
    let ty = Box::new(without_self(ty.clone(), subject));
    if subject.fails {
        Returned::Outcome(ty)
    } else {
        Returned::Value(ty)
    }
}

/// An output is written to a payload and read elsewhere.
fn owned_output(ty: &Type, subject: Subject<'_>, diagnostics: &mut Diagnostics) {
    if let Type::Reference(_) = ty {
        let what = subject.what;
        diagnostics.error(
            ty,
            format_args!("what {what} returns is owned, it is written down"),
        );
    }
}

/// The first type of what is written as a `Result`.
fn output_of_result(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) if last.ident == "Result" => {
            match arguments.args.first()? {
                GenericArgument::Type(output) => Some(output),
                _ => None,
            }
        }
        _ => None,
    }
}

fn input_name(input: &PatType) -> Ident {
    match &*input.pat {
        Pat::Ident(pattern) => pattern.ident.clone(),
        _ => format_ident!("input"),
    }
}
