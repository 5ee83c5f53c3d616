//! A function as generated code calls it.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::Type;

use crate::path::Root;

/// How a function is called: what it takes besides its receiver, and what it returns.
pub(crate) struct Call {
    /// Whether it is an `async fn`.
    pub(crate) is_async: bool,
    /// Whether its first parameter is its context.
    pub(crate) takes_context: bool,
    /// Its input, if it takes one.
    pub(crate) input: Option<Input>,
    /// What it returns.
    pub(crate) returned: Returned,
}

impl Call {
    /// The type of its input; the unit type if it takes none.
    pub(crate) fn input_type(&self) -> TokenStream {
        self.input
            .as_ref()
            .map_or_else(|| quote!(()), |input| input.ty.to_token_stream())
    }

    /// Its arguments, from a context and an input at hand.
    pub(crate) fn arguments(&self, context: &Ident, input: &Ident) -> TokenStream {
        let context = self.takes_context.then(|| quote!(#context,));
        let input = self.input.is_some().then(|| quote!(#input));
        quote!(#context #input)
    }
}

/// The input of a function.
pub(crate) struct Input {
    /// Its name, for a signature that repeats it.
    pub(crate) name: Ident,
    /// Its type, which does not mention `Self`.
    pub(crate) ty: Type,
}

/// What a function returns; the types do not mention `Self`.
pub(crate) enum Returned {
    /// Nothing is written.
    Nothing,
    /// A value.
    Value(Box<Type>),
    /// A value or an error.
    Result {
        /// The value.
        output: Box<Type>,
        /// The error.
        error: Box<Type>,
    },
}

impl Returned {
    /// The type of the value.
    pub(crate) fn output(&self) -> TokenStream {
        match self {
            Self::Nothing => quote!(()),
            Self::Value(output) | Self::Result { output, .. } => output.to_token_stream(),
        }
    }

    /// The type of the error.
    pub(crate) fn error(&self, root: &Root) -> TokenStream {
        match self {
            Self::Nothing | Self::Value(_) => {
                let support = root.support();
                quote!(#support::Infallible)
            }
            Self::Result { error, .. } => error.to_token_stream(),
        }
    }

    /// Whether an error is among what it returns.
    pub(crate) fn is_result(&self) -> bool {
        matches!(self, Self::Result { .. })
    }
}
