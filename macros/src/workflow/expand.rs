//! `#[handlers]`: model to tokens. No mistake can arise here.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use crate::{
    naming,
    path::Root,
    signature::Takes,
    workflow::{
        handle,
        model::{Message, Routine, WorkflowModel},
    },
};

/// The user's block, the two traits of a workflow, and its typed handle.
pub(super) fn expand(model: &WorkflowModel) -> TokenStream {
    let block = &model.block;
    let signature = expand_signature(model);
    let handlers = expand_handlers(model);
    let handle = handle::expand(model);
    quote!(#block #signature #handlers #handle)
}

/// The user's block, and what others see of a workflow: its types and its typed handle.
///
/// For a block with mistakes, so that whoever uses the workflow finds it all the same.
pub(super) fn expand_outside(model: &WorkflowModel) -> TokenStream {
    let root = &model.root;
    let support = root.support();
    let (block, self_type) = (&model.block, &model.block.self_ty);
    let signature = expand_signature(model);
    let handle = handle::expand(model);
    quote! {
        #block
        #signature

        #[automatically_derived]
        impl #root::workflow::WorkflowHandlers for #self_type {
            const SIGNALS: &'static [#root::workflow::SignalHandler<Self>] = &[];
            const QUERIES: &'static [#root::workflow::QueryHandler<Self>] = &[];

            fn init(_: &Self::Input) -> Self {
                #support::never_compiled()
            }

            fn run(
                _: #root::workflow::WorkflowContext<Self>,
                _: Self::Input,
            ) -> #support::LocalBoxFuture<'static, #support::Result<Self::Output, Self::Error>> {
                #support::never_compiled()
            }
        }

        #handle
    }
}

fn expand_signature(model: &WorkflowModel) -> TokenStream {
    let root = &model.root;
    let self_type = &model.block.self_ty;
    let input = model.run.call.input_type(root);
    let output = model.run.call.returned.output(root);
    let error = model.run.call.returned.error(root);
    quote! {
        #[automatically_derived]
        impl #root::definition::WorkflowSignature for #self_type {
            type Input = #input;
            type Output = #output;
            type Error = #error;
        }
    }
}

fn expand_handlers(model: &WorkflowModel) -> TokenStream {
    let root = &model.root;
    let support = root.support();
    let self_type = &model.block.self_ty;
    let signals = model.signals.iter().map(|it| expand_signal(model, it));
    let queries = model.queries.iter().map(|it| expand_query(model, it));
    let updates = model.updates.iter().map(|it| expand_update(model, it));
    let init = expand_init(model);
    let run = expand_run(model);
    quote! {
        #[automatically_derived]
        impl #root::workflow::WorkflowHandlers for #self_type {
            const SIGNALS: &'static [#root::workflow::SignalHandler<Self>] = &[#(#signals),*];
            const QUERIES: &'static [#root::workflow::QueryHandler<Self>] = &[#(#queries),*];
            const UPDATES: &'static [#root::workflow::UpdateHandler<Self>] = &[#(#updates),*];

            #init

            fn run(
                __ctx: #root::workflow::WorkflowContext<Self>,
                __input: Self::Input,
            ) -> #support::LocalBoxFuture<'static, #support::Result<Self::Output, Self::Error>> {
                #run
            }
        }
    }
}

fn expand_init(model: &WorkflowModel) -> TokenStream {
    let support = model.root.support();
    let self_type = &model.block.self_ty;
    let Some(init) = &model.init else {
        return quote! {
            fn init(_: &Self::Input) -> Self {
                #support::state_without_init_handler::<#self_type>()
            }
        };
    };
    let ident = &init.ident;
    let span = init
        .call
        .input()
        .map_or_else(Span::call_site, |input| input.ty.span());
    let input = naming::local("__input", span);
    let argument = init.call.input().map(|_| &input);
    quote! {
        fn init(#input: &Self::Input) -> Self {
            Self::#ident(#argument)
        }
    }
}

fn expand_run(model: &WorkflowModel) -> TokenStream {
    let root = &model.root;
    let support = root.support();
    let Routine { ident, call } = &model.run;
    let ctx = format_ident!("__ctx");
    let input = format_ident!("__input");
    let arguments = call.arguments(root, &ctx, &input);
    let outcome = call
        .returned
        .as_result(root, &quote!(Self::#ident(#arguments).await));
    quote!(#support::run(async move { #outcome }))
}

fn expand_signal(model: &WorkflowModel, signal: &Message) -> TokenStream {
    let root = &model.root;
    let support = root.support();
    let (handle, first) = if signal.call.is_async {
        let context = quote!(#root::workflow::WorkflowContext<Self>);
        (quote!(begin_signal), context)
    } else {
        (quote!(handle_signal), quote!(&mut Self))
    };
    let handler = expand_handler(root, signal, &first);
    let name = &signal.name;
    let cfgs = &signal.attributes.cfgs;
    quote! {
        #(#cfgs)*
        #root::workflow::SignalHandler {
            name: #name,
            handle: |__ctx, __input| #support::#handle(__ctx, __input, #handler),
        }
    }
}

fn expand_query(model: &WorkflowModel, query: &Message) -> TokenStream {
    let root = &model.root;
    let support = root.support();
    let handler = expand_handler(root, query, &quote!(&Self));
    let name = &query.name;
    let cfgs = &query.attributes.cfgs;
    quote! {
        #(#cfgs)*
        #root::workflow::QueryHandler {
            name: #name,
            answer: |__state, __input| #support::answer_query(__state, __input, #handler),
        }
    }
}

fn expand_update(model: &WorkflowModel, update: &Message) -> TokenStream {
    let root = &model.root;
    let support = root.support();
    let (handle, first) = if update.call.is_async {
        let context = quote!(#root::workflow::WorkflowContext<Self>);
        (quote!(begin_update), context)
    } else {
        (quote!(handle_update), quote!(&mut Self))
    };
    let handler = expand_failing_handler(root, update, &first);
    let validate = expand_validator(root, update);
    let name = &update.name;
    let cfgs = &update.attributes.cfgs;
    quote! {
        #(#cfgs)*
        #root::workflow::UpdateHandler {
            name: #name,
            validate: |__state, __input| #validate,
            handle: |__ctx, __input| #support::#handle(__ctx, __input, #handler),
        }
    }
}

/// What says whether an update may be carried out.
fn expand_validator(root: &Root, update: &Message) -> TokenStream {
    let support = root.support();
    let input_type = update.call.input_type(root);
    let Some(Routine { ident, call }) = &update.validator else {
        return quote!(#support::check_update_input::<Self, #input_type>(__state, __input));
    };
    let span = call
        .input()
        .map_or_else(|| ident.span(), |input| input.ty.span());
    let input = naming::local("__input", span);
    let argument = call.input().map(|_| &input);
    let verdict = quote_spanned!(ident.span()=> Self::#ident(__first, #argument));
    quote! {
        #support::validate_update(
            __state,
            __input,
            |__first: &Self, #input: &#input_type| #verdict,
        )
    }
}

/// The same as `expand_handler` for a handler that may fail: what it returns is a `Result`.
fn expand_failing_handler(root: &Root, message: &Message, first: &TokenStream) -> TokenStream {
    let ident = &message.ident;
    let input_type = message.call.input_type(root);
    let (state, input) = (format_ident!("__first"), format_ident!("__input"));
    let arguments = handler_arguments(root, message, &state, &input);
    let returned = &message.call.returned;
    let support = root.support();
    let (output, error) = (returned.output(root), returned.error(root));
    let result = quote!(#support::Result<#output, #error>);
    if message.call.is_async {
        let outcome = returned.as_result(root, &quote!(Self::#ident(#arguments).await));
        let body = quote!(async move { let __result: #result = #outcome; __result });
        quote!(|#state: #first, #input: #input_type| #body)
    } else {
        let outcome = returned.as_result(root, &quote!(Self::#ident(#arguments)));
        quote!(|#state: #first, #input: #input_type| -> #result { #outcome })
    }
}

/// The user's handler as a function of two arguments: what it works on, and its input.
fn expand_handler(root: &Root, message: &Message, first: &TokenStream) -> TokenStream {
    let ident = &message.ident;
    let input_type = message.call.input_type(root);
    let (state, input) = (format_ident!("__first"), format_ident!("__input"));
    let arguments = handler_arguments(root, message, &state, &input);
    quote!(|#state: #first, #input: #input_type| Self::#ident(#arguments))
}

fn handler_arguments(root: &Root, message: &Message, first: &Ident, input: &Ident) -> TokenStream {
    let arguments = message.call.arguments(root, first, input);
    match &message.call.takes {
        Takes::Context(_) | Takes::Both(..) => arguments,
        Takes::Nothing | Takes::Input(_) | Takes::Either(_) => quote!(#first, #arguments),
    }
}
