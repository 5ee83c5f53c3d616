//! `#[handlers]`: model to tokens. No mistake can arise here.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::spanned::Spanned;

use crate::{
    naming,
    workflow::{
        handle,
        model::{Message, WorkflowModel},
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

fn expand_signature(model: &WorkflowModel) -> TokenStream {
    let root = &model.root;
    let self_type = &model.block.self_ty;
    let input = model.run.call.input_type();
    let output = model.run.call.returned.output();
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
    let init = expand_init(model);
    let run = expand_run(model);
    quote! {
        #[automatically_derived]
        impl #root::workflow::WorkflowHandlers for #self_type {
            const SIGNALS: &'static [#root::workflow::SignalHandler<Self>] = &[#(#signals),*];
            const QUERIES: &'static [#root::workflow::QueryHandler<Self>] = &[#(#queries),*];

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
        .input
        .as_ref()
        .map_or_else(Span::call_site, |input| input.ty.span());
    let input = naming::local("__input", span);
    let argument = init.call.input.as_ref().map(|_| &input);
    quote! {
        fn init(#input: &Self::Input) -> Self {
            Self::#ident(#argument)
        }
    }
}

fn expand_run(model: &WorkflowModel) -> TokenStream {
    let support = model.root.support();
    let ident = &model.run.ident;
    let ctx = quote::format_ident!("__ctx");
    let input = quote::format_ident!("__input");
    let arguments = model.run.call.arguments(&ctx, &input);
    let run = if model.run.call.returned.is_result() {
        quote!(run)
    } else {
        quote!(run_without_error)
    };
    quote!(#support::#run(Self::#ident(#arguments)))
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
    let handler = expand_handler(signal, &first);
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
    let handler = expand_handler(query, &quote!(&Self));
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

/// The user's handler as a function of two arguments: what it works on, and its input.
fn expand_handler(message: &Message, first: &TokenStream) -> TokenStream {
    let ident = &message.ident;
    let input_type = message.call.input_type();
    if message.call.input.is_some() {
        quote!(|__first: #first, __input: #input_type| Self::#ident(__first, __input))
    } else {
        quote!(|__first: #first, (): ()| Self::#ident(__first))
    }
}
