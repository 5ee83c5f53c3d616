//! A function as generated code calls it.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Type, spanned::Spanned};

use crate::{naming, path::Root};

/// How a function is called: what it takes besides its receiver, and what it returns.
pub(crate) struct Call {
    /// Whether it is an `async fn`.
    pub(crate) is_async: bool,
    /// What it takes.
    pub(crate) takes: Takes,
    /// What it returns.
    pub(crate) returned: Returned,
}

/// What a function takes; the types do not mention `Self`.
pub(crate) enum Takes {
    /// Nothing but its receiver.
    Nothing,
    /// Its context.
    Context(Box<Type>),
    /// Its input.
    Input(Box<Input>),
    /// Its context and its input.
    Both(Box<Type>, Box<Input>),
    /// Its context or its input, whichever the type is.
    Either(Box<Input>),
}

/// The input of a function.
#[derive(Clone)]
pub(crate) struct Input {
    /// Its name, for a signature that repeats it.
    pub(crate) name: Ident,
    /// Its type.
    pub(crate) ty: Type,
}

/// What a function returns; the types do not mention `Self`.
pub(crate) enum Returned {
    /// Nothing is written.
    Nothing,
    /// A value, whatever its type.
    Value(Box<Type>),
    /// A value or a `Result`, whichever the type is.
    Outcome(Box<Type>),
}

impl Call {
    /// A call of nothing in particular, for a function whose shape is wrong.
    pub(crate) fn unknown() -> Self {
        Self {
            is_async: false,
            takes: Takes::Nothing,
            returned: Returned::Nothing,
        }
    }

    /// Its input, where it is known which parameter that is.
    pub(crate) fn input(&self) -> Option<&Input> {
        match &self.takes {
            Takes::Input(input) | Takes::Both(_, input) => Some(input),
            Takes::Nothing | Takes::Context(_) | Takes::Either(_) => None,
        }
    }

    /// The type of its input; the unit type if it takes none.
    pub(crate) fn input_type(&self, root: &Root) -> TokenStream {
        match &self.takes {
            Takes::Nothing | Takes::Context(_) => quote!(()),
            Takes::Input(input) | Takes::Both(_, input) => input.ty.to_token_stream(),
            Takes::Either(input) => {
                let parameter = single_parameter(root, &input.ty);
                quote_spanned!(input.ty.span()=> #parameter::Input)
            }
        }
    }

    /// Its arguments, from a context and an input at hand.
    pub(crate) fn arguments(&self, root: &Root, context: &Ident, input: &Ident) -> TokenStream {
        match &self.takes {
            Takes::Nothing => TokenStream::new(),
            Takes::Context(ty) => context_argument(root, ty, context),
            Takes::Input(_) => quote!(#input),
            Takes::Both(ty, _) => {
                let context = context_argument(root, ty, context);
                quote!(#context, #input)
            }
            Takes::Either(given) => {
                let parameter = single_parameter(root, &given.ty);
                quote_spanned!(given.ty.span()=> #parameter::pick(#context, #input))
            }
        }
    }
}

/// The context as the function takes it, which the compiler refuses if it is something else.
fn context_argument(root: &Root, ty: &Type, context: &Ident) -> TokenStream {
    let span = ty.span();
    let support = naming::shown_at(span, root.support());
    quote_spanned!(span=> <#ty as #support::ContextParameter<_>>::from_context(#context))
}

/// The one parameter of an activity, which is its context or its input.
fn single_parameter(root: &Root, ty: &Type) -> TokenStream {
    let span = ty.span();
    let support = naming::shown_at(span, root.support());
    quote_spanned! {span=>
        <#ty as #support::SingleParameter<{
            #[allow(unused_imports)]
            use #support::IsInput as _;
            #support::ParameterKind::<#ty>::IS_CONTEXT
        }>>
    }
}

impl Returned {
    /// The type of the value.
    pub(crate) fn output(&self, root: &Root) -> TokenStream {
        match self {
            Self::Nothing => quote!(()),
            Self::Value(output) => output.to_token_stream(),
            Self::Outcome(ty) => {
                let outcome = outcome(root, ty);
                quote_spanned!(ty.span()=> #outcome::Output)
            }
        }
    }

    /// The type of the error.
    pub(crate) fn error(&self, root: &Root) -> TokenStream {
        match self {
            Self::Nothing | Self::Value(_) => {
                let support = root.support();
                quote!(#support::Infallible)
            }
            Self::Outcome(ty) => {
                let outcome = outcome(root, ty);
                quote_spanned!(ty.span()=> #outcome::Error)
            }
        }
    }

    /// What it returned, as a `Result` of the two types.
    pub(crate) fn as_result(&self, root: &Root, returned: &TokenStream) -> TokenStream {
        match self {
            Self::Nothing | Self::Value(_) => {
                let support = root.support();
                quote!(#support::Result::Ok(#returned))
            }
            Self::Outcome(ty) => {
                let outcome = outcome(root, ty);
                quote!(#outcome::into_result(#returned))
            }
        }
    }
}

/// The returned type, with what tells a `Result` from a value: its type, and not its name, which
/// may be an alias.
fn outcome(root: &Root, ty: &Type) -> TokenStream {
    let span = ty.span();
    let support = naming::shown_at(span, root.support());
    quote_spanned! {span=>
        <#ty as #support::Outcome<{
            #[allow(unused_imports)]
            use #support::IsValue as _;
            #support::OutcomeKind::<#ty>::IS_RESULT
        }>>
    }
}
