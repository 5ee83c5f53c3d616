//! The rules of `#[sempre::test]`.

use syn::FnArg;

use crate::{
    diagnostics::Diagnostics,
    test::{
        model::{Parameter, TestModel},
        parse::RawTest,
    },
};

/// Holds the rules, and turns what is written into a model.
pub(super) fn check(raw: RawTest, diagnostics: &mut Diagnostics) -> TestModel {
    let RawTest {
        root,
        workflows,
        item,
    } = raw;
    let signature = &item.sig;
    if signature.asyncness.is_none() {
        diagnostics.error(
            signature.fn_token,
            "a test of workflows is an `async fn`; one that needs no environment is a `#[test]`",
        );
    }
    if !signature.generics.params.is_empty() {
        diagnostics.error(&signature.generics, "a test is not generic");
    }
    let mut parameters = signature.inputs.iter();
    let environment = match parameters.next() {
        Some(FnArg::Typed(typed)) => Some(Parameter {
            pattern: (*typed.pat).clone(),
            ty: (*typed.ty).clone(),
        }),
        Some(FnArg::Receiver(receiver)) => {
            diagnostics.error(receiver, "a test is a function, and has no `self`");
            None
        }
        None => None,
    };
    if let Some(second) = parameters.next() {
        diagnostics.error(
            second,
            "a test takes its environment and nothing else: `env: TestEnvironment`",
        );
    }
    TestModel {
        root,
        item,
        workflows,
        environment,
    }
}
