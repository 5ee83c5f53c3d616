//! `#[sempre::test]`: model to tokens. No mistake can arise here.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ReturnType;

use crate::test::model::TestModel;

/// A test of the standard harness, which runs the user's code to its end.
///
/// A test that says nothing of what it returns may use `?` all the same.
pub(super) fn expand(model: &TestModel) -> TokenStream {
    let TestModel {
        root,
        item,
        workflows,
        environment,
    } = model;
    let support = root.support();
    let (attributes, visibility) = (&item.attrs, &item.vis);
    let (ident, block) = (&item.sig.ident, &item.block);
    let (output, body) = match &item.sig.output {
        ReturnType::Default => (
            quote!(#support::TestResult),
            quote!({ #block #support::Result::Ok(()) }),
        ),
        ReturnType::Type(_, ty) => (ty.to_token_stream(), block.to_token_stream()),
    };
    let parameter = environment.as_ref().map(|parameter| {
        let (pattern, ty) = (&parameter.pattern, &parameter.ty);
        quote!(#pattern: #ty)
    });
    let argument = environment.as_ref().map(|_| quote!(__environment));
    let run = quote! {
        #root::testing::run_test(
            #root::testing::TestEnvironment::builder() #(.workflow::<#workflows>())*,
            |__environment| __body(#argument),
        )
    };
    // `#[should_panic]` wants a function that returns nothing.
    let (returned, run) = match &item.sig.output {
        ReturnType::Default => (None, quote!(#support::assert_passed(#run))),
        ReturnType::Type(_, ty) => (Some(quote!(-> #ty)), run),
    };
    quote! {
        #[::core::prelude::v1::test]
        #(#attributes)*
        #visibility fn #ident() #returned {
            #[allow(
                unreachable_code,
                clippy::unnecessary_wraps,
                clippy::unused_async,
                clippy::used_underscore_items
            )]
            async fn __body(#parameter) -> #output #body
            #run
        }
    }
}
