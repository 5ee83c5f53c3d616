//! The parts of a signature, told apart.

use syn::{
    FnArg, PatType, PathSegment, ReturnType, Signature, Type, TypePath,
    visit_mut::{VisitMut, visit_type_mut},
};

/// Whose signature it is.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'s> {
    /// What the function is, with its article: "a signal handler".
    pub(crate) what: &'static str,
    /// The type of its context, for advice; an alias of it is as good.
    pub(crate) context: &'static str,
    /// What is known of the first parameter.
    pub(crate) first: First,
    /// What `Self` stands for; `None` where there is no `Self`.
    pub(crate) self_type: Option<&'s Type>,
    /// Whether a `Result` means that it fails, and not that its value is a `Result`.
    pub(crate) fails: bool,
}

/// What the first parameter of a function is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    /// Its context.
    Context,
    /// Its input.
    Input,
    /// Its context if there is another parameter behind it, and else whichever its type is.
    Either,
}

/// The parameters of a signature.
pub(super) struct Parameters<'s> {
    /// The first parameter, if it is the context.
    pub(super) context: Option<&'s PatType>,
    /// A context anywhere else.
    pub(super) misplaced_context: Option<&'s PatType>,
    pub(super) inputs: Vec<&'s PatType>,
}

impl<'s> Parameters<'s> {
    /// Tells the parameters of this signature apart.
    pub(super) fn of(signature: &'s Signature, subject: Subject<'_>) -> Self {
        let typed = signature.inputs.iter().filter_map(typed);
        let mut typed = typed.collect::<Vec<_>>().into_iter().peekable();
        let begins_with_context = match subject.first {
            First::Context => true,
            First::Input => false,
            First::Either => typed.len() > 1,
        };
        let is_written_as_context =
            |parameter: &&PatType| is_context(&parameter.ty, subject.context);
        let context = typed.next_if(|first| match subject.first {
            First::Input => is_written_as_context(first),
            First::Context | First::Either => {
                begins_with_context || is_reference_to(&first.ty, subject.context)
            }
        });
        let (misplaced, inputs) = typed.partition::<Vec<_>, _>(|parameter| {
            context.is_some() && is_written_as_context(parameter)
        });
        Self {
            context,
            misplaced_context: misplaced.into_iter().next(),
            inputs,
        }
    }
}

/// Whether a parameter is written as a context.
pub(crate) fn mentions_context(signature: &Signature, subject: Subject<'_>) -> bool {
    signature
        .inputs
        .iter()
        .filter_map(typed)
        .any(|parameter| is_context(&parameter.ty, subject.context))
}

/// Whether there is a parameter besides the receiver.
pub(crate) fn has_parameter(signature: &Signature) -> bool {
    signature
        .inputs
        .iter()
        .any(|argument| typed(argument).is_some())
}

/// The type that is returned; `None` if nothing is written, or `()`.
pub(super) fn returned(signature: &Signature) -> Option<&Type> {
    match &signature.output {
        ReturnType::Type(_, ty) if !is_unit(ty) => Some(ty),
        _ => None,
    }
}

/// The same type with `Self` spelled out.
pub(super) fn without_self(mut ty: Type, subject: Subject<'_>) -> Type {
    if let Some(self_type) = subject.self_type {
        SpellOutSelf(self_type).visit_type_mut(&mut ty);
    }
    ty
}

struct SpellOutSelf<'s>(&'s Type);

impl VisitMut for SpellOutSelf<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        visit_type_mut(self, ty);
        let Type::Path(TypePath {
            qself: None, path, ..
        }) = ty
        else {
            return;
        };
        let mut segments = path.segments.iter();
        if segments.next().is_none_or(|first| first.ident != "Self") {
            return;
        }
        let self_type = self.0;
        let rest: Vec<&PathSegment> = segments.collect();
        *ty = if rest.is_empty() {
            self_type.clone()
        } else {
            syn::parse_quote!(<#self_type>::#(#rest)::*)
        };
    }
}

fn typed(argument: &FnArg) -> Option<&PatType> {
    match argument {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    }
}

fn is_context(ty: &Type, context: &str) -> bool {
    match ty {
        Type::Reference(reference) => is_context(&reference.elem, context),
        ty => last_segment(ty).is_some_and(|last| last.ident == context),
    }
}

fn is_reference_to(ty: &Type, context: &str) -> bool {
    matches!(ty, Type::Reference(_)) && is_context(ty, context)
}

fn is_unit(ty: &Type) -> bool {
    matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty())
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}
