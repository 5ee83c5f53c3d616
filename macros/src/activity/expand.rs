//! `#[activity]` and `#[activities]`: model to tokens. No mistake can arise here.

use std::time::Duration;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{FnArg, Pat, Signature};

use crate::{
    activity::{
        model::{ActivityModel, FunctionModel, MethodModel, SetModel},
        options::{ActivityOptions, RetryOptions},
    },
    item::{allow_demanded_shape, widest},
    naming,
    option::Given,
    path::Root,
};

/// A function in the place of the user's that names the activity, and a type of the same name that
/// is the activity and runs it.
///
/// A function gives way to a variable of its name, which a constant or a unit struct does not.
/// Lints about a signature that is not the author's to choose are silenced.
pub(super) fn expand_function(model: &FunctionModel) -> TokenStream {
    let FunctionModel {
        root,
        item,
        activity,
    } = model;
    let ident = &activity.ident;
    let visibility = &activity.visibility;
    let name = &activity.name;
    let cfgs = &activity.attributes.cfgs;
    let others = &activity.attributes.others;
    let docs = activity
        .attributes
        .docs_or(&format!("The activity `{name}`."));
    let signature = Signature {
        ident: Ident::new("call", ident.span()),
        ..item.sig.clone()
    };
    let block = &item.block;
    let allow = allow_demanded_shape();
    let definition = expand_definition(root, activity, ident);
    let implementation = expand_implementation(root, activity, ident, &Code::Function);
    let set = expand_set_impl(
        root,
        &ident.to_token_stream(),
        &[(activity, ident.clone())],
        &[implementation],
    );
    quote! {
        #(#cfgs)*
        #docs
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug)]
        #visibility struct #ident {}

        #(#cfgs)*
        #docs
        #[allow(dead_code)]
        #visibility const fn #ident() -> #ident {
            #ident {}
        }

        #(#cfgs)*
        impl #ident {
            /// Runs the activity's code directly, as a unit test does.
            #allow
            #(#others)*
            #[allow(clippy::needless_pass_by_value, clippy::unused_async)]
            #visibility #signature #block
        }

        #(#cfgs)*
        #definition

        #(#cfgs)*
        #set
    }
}

/// The block without its activities, a trait that has them as methods, and a constant for each.
pub(super) fn expand_set(model: &SetModel) -> TokenStream {
    let SetModel {
        root,
        block,
        ident,
        methods,
    } = model;
    let self_type = &block.self_ty;
    let activities_trait = naming::activities_trait(ident);
    let visibility = widest(methods.iter().map(|it| &it.activity.visibility));
    let docs = format!("The activities of [`{ident}`], as methods that a unit test can call.");
    let declarations = methods
        .iter()
        .map(|method| expand_declaration(root, method));
    let bodies = methods.iter().map(expand_body);
    let constants = methods.iter().map(expand_constant);
    let definitions = methods.iter().map(|method| {
        let activity = &method.activity;
        let definition = naming::definition(&activity.ident);
        expand_method_definition(root, activity, &definition)
    });
    let implementations: Vec<TokenStream> = methods
        .iter()
        .map(|MethodModel { activity, .. }| {
            let definition = naming::definition(&activity.ident);
            let code = Code::Method(&activities_trait);
            expand_implementation(root, activity, &definition, &code)
        })
        .collect();
    let activities: Vec<(&ActivityModel, Ident)> = methods
        .iter()
        .map(|it| (&it.activity, naming::definition(&it.activity.ident)))
        .collect();
    let set = expand_set_impl(
        root,
        &self_type.to_token_stream(),
        &activities,
        &implementations,
    );
    quote! {
        #block

        #[doc = #docs]
        #[allow(dead_code, private_interfaces)]
        #visibility trait #activities_trait {
            #(#declarations)*
        }

        impl #activities_trait for #self_type {
            #(#bodies)*
        }

        const _: () = {
            #(#definitions)*

            #[automatically_derived]
            impl #self_type {
                #(#constants)*
            }

            #set
        };
    }
}

/// A method of the trait: the user's signature, with what its future has to be said.
fn expand_declaration(root: &Root, model: &MethodModel) -> TokenStream {
    let MethodModel { method, activity } = model;
    let name = &activity.name;
    let cfgs = &activity.attributes.cfgs;
    let docs = activity
        .attributes
        .docs_or(&format!("Runs the activity `{name}`."));
    let mut signature = method.sig.clone();
    for argument in &mut signature.inputs {
        if let FnArg::Typed(typed) = argument {
            let name = match &*typed.pat {
                Pat::Ident(pattern) => pattern.ident.clone(),
                _ => Ident::new("input", activity.ident.span()),
            };
            *typed.pat = syn::parse_quote!(#name);
        }
    }
    if signature.asyncness.take().is_some() {
        let support = root.support();
        let output = match &signature.output {
            syn::ReturnType::Default => quote!(()),
            syn::ReturnType::Type(_, ty) => ty.to_token_stream(),
        };
        signature.output = syn::parse_quote! {
            -> impl #support::Future<Output = #output> + #support::Send
        };
    }
    quote!(#(#cfgs)* #docs #signature;)
}

/// A method of the trait's implementation: the user's code, as it stands.
fn expand_body(model: &MethodModel) -> TokenStream {
    let MethodModel { method, activity } = model;
    let (cfgs, others) = (&activity.attributes.cfgs, &activity.attributes.others);
    let (signature, block) = (&method.sig, &method.block);
    quote!(#(#cfgs)* #(#others)* #signature #block)
}

fn expand_constant(model: &MethodModel) -> TokenStream {
    let activity = &model.activity;
    let name = &activity.name;
    let cfgs = &activity.attributes.cfgs;
    let docs = activity
        .attributes
        .docs_or(&format!("The activity `{name}`."));
    let (visibility, ident) = (&activity.visibility, &activity.ident);
    let definition = naming::definition(ident);
    quote! {
        #(#cfgs)*
        #docs
        #[allow(non_upper_case_globals, dead_code)]
        #visibility const #ident: #definition = #definition {};
    }
}

fn expand_method_definition(
    root: &Root,
    activity: &ActivityModel,
    definition: &Ident,
) -> TokenStream {
    let cfgs = &activity.attributes.cfgs;
    let visibility = &activity.visibility;
    let implementation = expand_definition(root, activity, definition);
    quote! {
        #(#cfgs)*
        #[doc(hidden)]
        #[allow(non_camel_case_types, missing_docs, unnameable_types, unreachable_pub)]
        #[derive(Clone, Copy, Debug)]
        #visibility struct #definition {}

        #(#cfgs)*
        #implementation
    }
}

fn expand_definition(root: &Root, activity: &ActivityModel, definition: &Ident) -> TokenStream {
    let input = activity.call.input_type(root);
    let output = activity.call.returned.output(root);
    let error = activity.call.returned.error(root);
    let name = &activity.name;
    let options = expand_options(root, &activity.options);
    quote! {
        #[automatically_derived]
        impl #root::definition::Activity for #definition {
            type Input = #input;
            type Output = #output;
            type Error = #error;

            const TYPE: &'static str = #name;

            fn options() -> #root::model::ActivityOptions {
                #options
            }
        }
    }
}

fn expand_set_impl(
    root: &Root,
    self_type: &TokenStream,
    activities: &[(&ActivityModel, Ident)],
    implementations: &[TokenStream],
) -> TokenStream {
    let support = root.support();
    let failures = activities.iter().map(|(activity, definition)| {
        let cfgs = &activity.attributes.cfgs;
        quote! {
            #(#cfgs)*
            #support::declare_failure_types::<#definition>(__types);
        }
    });
    quote! {
        #[automatically_derived]
        impl #root::activity::ActivitySet for #self_type {
            fn implementations(
                self: #support::Arc<Self>,
            ) -> #support::Vec<#root::activity::ActivityImplementation> {
                #support::Vec::from([#(#implementations),*])
            }

            fn declare_failure_types(__types: &mut #root::definition::FailureTypes) {
                #(#failures)*
            }
        }
    }
}

/// Where the code of an activity is.
enum Code<'c> {
    /// In the function `call` of the set.
    Function,
    /// In the set's method of the same name, which it has from this trait.
    Method(&'c Ident),
}

/// One activity of a set.
fn expand_implementation(
    root: &Root,
    activity: &ActivityModel,
    definition: &Ident,
    code: &Code<'_>,
) -> TokenStream {
    let span = activity.ident.span();
    let support = naming::shown_at(span, root.support());
    let [set, ctx, input] = ["__set", "__ctx", "__input"].map(|name| naming::local(name, span));
    if activity.is_broken {
        return quote!(#support::never_compiled());
    }
    let arguments = activity.call.arguments(root, &ctx, &input);
    let mut run = match code {
        Code::Function => quote_spanned!(span=> Self::call(#arguments)),
        Code::Method(activities) => {
            let method = &activity.ident;
            quote_spanned!(span=> <Self as #activities>::#method(&#set, #arguments))
        }
    };
    if activity.call.is_async {
        run = quote_spanned!(span=> #run.await);
    }
    run = activity.call.returned.as_result(root, &run);
    let implementation = if activity.call.is_async {
        run = quote_spanned!(span=> async move { #run });
        quote_spanned!(span=> #support::async_activity::<#definition, _, _>)
    } else {
        quote_spanned!(span=> #support::blocking_activity::<#definition, _>)
    };
    let cfgs = &activity.attributes.cfgs;
    quote_spanned! {span=>
        #(#cfgs)*
        #implementation(
            &self,
            |#set: #support::Arc<Self>, #ctx, #input| #run,
        )
    }
}

fn expand_options(root: &Root, options: &ActivityOptions) -> TokenStream {
    let support = root.support();
    let durations = [
        ("schedule_to_close", &options.schedule_to_close),
        ("schedule_to_start", &options.schedule_to_start),
        ("start_to_close", &options.start_to_close),
        ("heartbeat", &options.heartbeat),
    ];
    let durations = durations.into_iter().filter_map(|(name, given)| {
        let value = expand_duration(root, given.as_ref()?);
        let field = Ident::new(name, proc_macro2::Span::call_site());
        Some(quote!(options.#field = #support::Option::Some(#value);))
    });
    let task_queue = options.task_queue.as_ref().map(|name| {
        quote!(options.task_queue = #support::Option::Some(#root::model::TaskQueue::new(#name));)
    });
    let retry = options.retry.as_ref().map(|retry| {
        let retry = expand_retry(root, retry);
        quote!(options.retry = #support::Option::Some(#retry);)
    });
    quote! {
        #[allow(unused_mut)]
        let mut options = #root::model::ActivityOptions::default();
        #(#durations)*
        #task_queue
        #retry
        options
    }
}

fn expand_retry(root: &Root, retry: &RetryOptions) -> TokenStream {
    let initial = retry.initial_interval.as_ref().map(|given| {
        let value = expand_duration(root, given);
        quote!(.initial_interval(#value))
    });
    let backoff = retry.backoff.as_ref().map(|given| {
        let value = given.value;
        quote!(.backoff(#value))
    });
    let max_interval = retry.max_interval.as_ref().map(|given| {
        let value = expand_duration(root, given);
        quote!(.max_interval(#value))
    });
    let max_attempts = retry.max_attempts.as_ref().map(|given| {
        let value = given.value;
        quote!(.max_attempts(#value))
    });
    let non_retryable = &retry.non_retryable;
    quote! {
        #root::model::RetryPolicy::default()
            #initial
            #backoff
            #max_interval
            #max_attempts
            #(.non_retryable(#non_retryable))*
    }
}

fn expand_duration(root: &Root, given: &Given<Duration>) -> TokenStream {
    let support = root.support();
    let seconds = given.value.as_secs();
    let nanos = given.value.subsec_nanos();
    quote!(#support::Duration::new(#seconds, #nanos))
}
