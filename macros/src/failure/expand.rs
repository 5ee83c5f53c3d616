//! `#[derive(Failure)]`: model to tokens. No mistake can arise here.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::{
    failure::model::{Case, CaseField, FailureModel},
    naming,
    path::Root,
};

/// The two directions between the error type and a failure in a history.
pub(super) fn expand(model: &FailureModel) -> TokenStream {
    let FailureModel { root, ident, cases } = model;
    let support = root.support();
    let names = cases.iter().map(|case| &case.name);
    let causes = cases.iter().flat_map(|case| &case.fields);
    let causes = causes.filter(|field| field.is_cause).map(|field| {
        let ty = &field.ty;
        quote_spanned!(ty.span()=> <#ty as #root::definition::Failure>::declare_types(__types);)
    });
    let writes = cases.iter().map(|case| expand_write(root, case));
    let reads = cases.iter().map(|case| expand_read(root, case));
    // A type without variants is matched by value: a reference is never empty.
    let subject = if cases.is_empty() {
        quote!(*self)
    } else {
        quote!(self)
    };
    quote! {
        #[automatically_derived]
        impl #root::definition::Failure for #ident {
            fn to_failure(&self) -> #root::model::Failure {
                match #subject {
                    #(#writes)*
                }
            }

            fn from_failure(__failure: &#root::model::Failure) -> #support::Option<Self> {
                #[allow(unused_variables)]
                let __reader = #support::FailureReader::new(__failure)?;
                match __reader.error_type() {
                    #(#reads)*
                    _ => #support::Option::None,
                }
            }

            fn declare_types(__types: &mut #root::definition::FailureTypes) {
                if __types.declare::<Self>(&[#(#names),*]) {
                    #(#causes)*
                }
            }
        }
    }
}

fn expand_write(root: &Root, case: &Case) -> TokenStream {
    let support = root.support();
    let Case { path, name, .. } = case;
    let bindings = case.fields.iter().enumerate().map(|(position, field)| {
        let (member, binding) = (&field.member, naming::field_binding(position));
        quote!(#member: #binding)
    });
    let fields = case.fields.iter().enumerate().map(|(position, field)| {
        let CaseField { name, ty, .. } = field;
        let binding = naming::field_binding(position);
        if field.is_cause {
            quote_spanned!(ty.span()=> .with_cause::<#ty>(#binding))
        } else {
            quote_spanned!(ty.span()=> .with_field::<#ty>(#name, #binding))
        }
    });
    let non_retryable = case.non_retryable.then(|| quote!(.non_retryable()));
    let benign = case.benign.then(|| quote!(.benign()));
    let retry_after = case.retry_after.as_ref().map(|given| {
        let (seconds, nanos) = (given.value.as_secs(), given.value.subsec_nanos());
        quote!(.with_retry_after(#support::Duration::new(#seconds, #nanos)))
    });
    quote! {
        #path { #(#bindings),* } => #support::FailureWriter::new(self, #name)
            #non_retryable
            #benign
            #retry_after
            #(#fields)*
            .finish(),
    }
}

fn expand_read(root: &Root, case: &Case) -> TokenStream {
    let support = root.support();
    let Case { path, name, .. } = case;
    let fields = case.fields.iter().map(|field| {
        let CaseField {
            member, name, ty, ..
        } = field;
        let read = if field.is_cause {
            quote_spanned!(ty.span()=> __reader.cause::<#ty>()?)
        } else {
            quote_spanned!(ty.span()=> __reader.field::<#ty>(#name)?)
        };
        quote!(#member: #read)
    });
    quote!(#name => #support::Option::Some(#path { #(#fields),* }),)
}
