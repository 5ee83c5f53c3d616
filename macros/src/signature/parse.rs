//! The parts of a signature, told apart.

use syn::{
    FnArg, GenericArgument, PatType, PathArguments, PathSegment, ReturnType, Signature, Type,
    TypePath,
    visit_mut::{VisitMut, visit_type_mut},
};

use crate::symbol;

/// Whose signature it is.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'s> {
    /// What the function is, with its article: "a signal handler".
    pub(crate) what: &'static str,
    /// The type of its context.
    pub(crate) context: &'static str,
    /// What `Self` stands for; `None` where there is no `Self`.
    pub(crate) self_type: Option<&'s Type>,
    /// Whether a `Result` means that it fails, and not that its value is a `Result`.
    pub(crate) fails: bool,
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
        let mut typed = signature.inputs.iter().filter_map(typed).peekable();
        let context = typed.next_if(|first| is_context(&first.ty, subject.context));
        let (misplaced, inputs) =
            typed.partition::<Vec<_>, _>(|parameter| is_context(&parameter.ty, subject.context));
        Self {
            context,
            misplaced_context: misplaced.into_iter().next(),
            inputs,
        }
    }
}

/// Whether a context is among the parameters.
pub(crate) fn mentions_context(signature: &Signature, subject: Subject<'_>) -> bool {
    signature
        .inputs
        .iter()
        .filter_map(typed)
        .any(|parameter| is_context(&parameter.ty, subject.context))
}

/// The two types of a `Result<Output, Error>`.
pub(super) struct ResultTypes {
    pub(super) output: Type,
    pub(super) error: Type,
}

/// How a `Result` is written: in full, or as an alias that hides its error.
pub(super) enum WrittenResult {
    Full(Box<ResultTypes>),
    Alias,
}

/// The `Result` that this type is; `None` if it is another type.
pub(super) fn result(ty: &Type) -> Option<WrittenResult> {
    let last = last_segment(ty)?;
    if last.ident != symbol::known::RESULT {
        return None;
    }
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return Some(WrittenResult::Alias);
    };
    let mut types = arguments.args.iter().map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty.clone()),
        _ => None,
    });
    let (Some(Some(output)), Some(Some(error)), None) = (types.next(), types.next(), types.next())
    else {
        return Some(WrittenResult::Alias);
    };
    Some(WrittenResult::Full(Box::new(ResultTypes { output, error })))
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
