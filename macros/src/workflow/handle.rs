//! The typed handle: a trait with one method for each message, for the client's handle.
//!
//! It goes through a macro of sempre that knows whether there is a client at all. Beside it stands a
//! trait with the signals alone, for other workflows and for children, which need no client.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    item::widest,
    naming,
    workflow::model::{Message, WorkflowModel},
};

/// What a message is to its sender.
#[derive(Clone, Copy)]
enum Kind {
    Signal,
    Query,
    Update,
}

/// The trait and its implementation; nothing for a workflow without messages.
pub(super) fn expand(model: &WorkflowModel) -> TokenStream {
    let signals = model.signals.iter().map(|signal| (Kind::Signal, signal));
    let queries = model.queries.iter().map(|query| (Kind::Query, query));
    let updates = model.updates.iter().map(|update| (Kind::Update, update));
    let messages: Vec<(Kind, &Message)> = signals.chain(queries).chain(updates).collect();
    if messages.is_empty() {
        return TokenStream::new();
    }
    let root = &model.root;
    let support = root.support();
    let self_type = &model.block.self_ty;
    let handle = naming::handle_trait(&model.ident);
    let visibility = widest(messages.iter().map(|(_, message)| &message.visibility));
    let docs = format!(
        "The messages of [`{}`], as methods of its handle.",
        model.ident
    );
    let declarations = messages
        .iter()
        .map(|(kind, message)| expand_declaration(model, *kind, message));
    let signal_definitions =
        (model.signals.iter()).map(|signal| expand_definition(model, Kind::Signal, signal));
    let query_definitions =
        (model.queries.iter()).map(|query| expand_definition(model, Kind::Query, query));
    let update_definitions =
        (model.updates.iter()).map(|update| expand_definition(model, Kind::Update, update));
    let methods = messages
        .iter()
        .map(|(kind, message)| expand_method(model, *kind, message));
    let (signals, told) = expand_for_workflows(model);
    quote! {
        #signals

        #support::typed_handle! {
            #[doc = #docs]
            #[allow(dead_code, private_interfaces)]
            #visibility trait #handle {
                #(#declarations)*
            }
        }

        const _: () = {
            #(#signal_definitions)*

            #told

            #support::typed_handle! {
                #(#query_definitions)*
                #(#update_definitions)*

                #[automatically_derived]
                impl #handle for #root::client::WorkflowHandle<#self_type> {
                    #(#methods)*
                }
            }
        };
    }
}

/// The trait with the signals for other workflows, and its implementation; nothing for a workflow
/// without signals.
fn expand_for_workflows(model: &WorkflowModel) -> (TokenStream, TokenStream) {
    if model.signals.is_empty() {
        return (TokenStream::new(), TokenStream::new());
    }
    let root = &model.root;
    let self_type = &model.block.self_ty;
    let signals = naming::signals_trait(&model.ident);
    let visibility = widest(model.signals.iter().map(|signal| &signal.visibility));
    let docs = format!(
        "The signals of [`{}`], as methods of the workflow that another workflow speaks to.",
        model.ident
    );
    let sent = quote!(#root::workflow::ExternalMessage);
    let declarations = model.signals.iter().map(|signal| {
        let docs = (signal.attributes).docs_or(&format!("Sends the signal `{}`.", signal.name));
        let (cfgs, ident) = (&signal.attributes.cfgs, &signal.ident);
        let parameter = signal.call.input().map(|input| {
            let (name, ty) = (&input.name, &input.ty);
            quote!(#name: #ty)
        });
        quote! {
            #(#cfgs)*
            #docs
            fn #ident(&self, #parameter) -> #sent;
        }
    });
    let methods = |receiver: TokenStream| {
        let methods = model.signals.iter().map(|signal| {
            let (cfgs, ident) = (&signal.attributes.cfgs, &signal.ident);
            let definition = naming::definition(ident);
            let (parameter, argument) = expand_argument(signal);
            quote! {
                #(#cfgs)*
                fn #ident(&self, #parameter) -> #sent {
                    #receiver::signal::<#definition>(self, #argument)
                }
            }
        });
        quote!(#(#methods)*)
    };
    let to_external = methods(quote!(#root::workflow::ExternalWorkflow));
    let to_child = methods(quote!(#root::workflow::ChildHandle));
    let declared = quote! {
        #[doc = #docs]
        #[allow(dead_code, private_interfaces)]
        #visibility trait #signals {
            #(#declarations)*
        }
    };
    let implemented = quote! {
        #[automatically_derived]
        impl #signals for #root::workflow::ExternalWorkflow<#self_type> {
            #to_external
        }

        #[automatically_derived]
        impl #signals for #root::workflow::ChildHandle<#self_type> {
            #to_child
        }
    };
    (declared, implemented)
}

/// How a method takes the input of its message, and what it passes on.
fn expand_argument(message: &Message) -> (TokenStream, TokenStream) {
    match message.call.input() {
        Some(input) => {
            let ty = &input.ty;
            (quote!(__input: #ty), quote!(__input))
        }
        None => (TokenStream::new(), quote!(())),
    }
}

fn expand_declaration(model: &WorkflowModel, kind: Kind, message: &Message) -> TokenStream {
    let name = &message.name;
    let docs = message.attributes.docs_or(&match kind {
        Kind::Signal => format!("Sends the signal `{name}`."),
        Kind::Query => format!("Asks the query `{name}`."),
        Kind::Update => format!("Has the update `{name}` carried out."),
    });
    let cfgs = &message.attributes.cfgs;
    let ident = &message.ident;
    let parameter = message.call.input().map(|input| {
        let (name, ty) = (&input.name, &input.ty);
        quote!(#name: #ty)
    });
    let returned = expand_returned(model, kind, message);
    quote! {
        #(#cfgs)*
        #docs
        fn #ident(&self, #parameter) -> #returned;
    }
}

fn expand_method(model: &WorkflowModel, kind: Kind, message: &Message) -> TokenStream {
    let root = &model.root;
    let self_type = &model.block.self_ty;
    let cfgs = &message.attributes.cfgs;
    let ident = &message.ident;
    let definition = naming::definition(ident);
    let (parameter, argument) = expand_argument(message);
    let returned = expand_returned(model, kind, message);
    let send = match kind {
        Kind::Signal => quote!(signal),
        Kind::Query => quote!(query),
        Kind::Update => quote!(update),
    };
    quote! {
        #(#cfgs)*
        fn #ident(&self, #parameter) -> #returned {
            #root::client::ExecutionHandle::<#self_type>::#send::<#definition>(self, #argument)
        }
    }
}

fn expand_returned(model: &WorkflowModel, kind: Kind, message: &Message) -> TokenStream {
    let root = &model.root;
    match kind {
        Kind::Signal => {
            let self_type = &model.block.self_ty;
            quote!(#root::client::SendSignal<#self_type>)
        }
        Kind::Query => {
            let support = root.support();
            let output = message.call.returned.output(root);
            let error = quote!(#root::client::QueryWorkflowError);
            let result = quote!(#support::Result<#output, #error>);
            quote!(impl #support::Future<Output = #result> + #support::Send)
        }
        Kind::Update => {
            let output = message.call.returned.output(root);
            let error = message.call.returned.error(root);
            quote!(#root::client::SendUpdate<#output, #error>)
        }
    }
}

fn expand_definition(model: &WorkflowModel, kind: Kind, message: &Message) -> TokenStream {
    let root = &model.root;
    let self_type = &model.block.self_ty;
    let definition = naming::definition(&message.ident);
    let cfgs = &message.attributes.cfgs;
    let input = message.call.input_type(root);
    let name = &message.name;
    let (definition_trait, output) = match kind {
        Kind::Signal => (quote!(Signal), None),
        Kind::Query => {
            let output = message.call.returned.output(root);
            (quote!(Query), Some(quote!(type Output = #output;)))
        }
        Kind::Update => {
            let output = message.call.returned.output(root);
            let error = message.call.returned.error(root);
            let types = quote!(type Output = #output; type Error = #error;);
            (quote!(Update), Some(types))
        }
    };
    quote! {
        #(#cfgs)*
        #[allow(non_camel_case_types)]
        enum #definition {}

        #(#cfgs)*
        #[automatically_derived]
        impl #root::definition::#definition_trait for #definition {
            type Workflow = #self_type;
            type Input = #input;
            #output
            const NAME: &'static str = #name;
        }
    }
}
