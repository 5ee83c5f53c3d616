//! A search attribute as code names it.

use std::{borrow::Cow, marker::PhantomData};

use crate::model::{
    Payload, SearchAttributeType, SearchAttributeValue, Timestamp,
    search_attribute::value::no_value,
};

/// The name and the type of a search attribute, as a constant.
///
/// An engine knows those that its builder is given, and refuses others.
///
/// # Examples
/// ```
/// use sempre::SearchAttribute;
///
/// const CUSTOMER: SearchAttribute<String> = SearchAttribute::keyword("Customer");
/// const AMOUNT: SearchAttribute<i64> = SearchAttribute::int("Amount");
///
/// let changes = [CUSTOMER.set("ada"), AMOUNT.set(12), CUSTOMER.unset()];
/// assert_eq!(changes[1].name(), "Amount");
/// ```
#[derive(derive_more::Debug)]
pub struct SearchAttribute<T> {
    name: &'static str,
    value_type: SearchAttributeType,
    #[debug(skip)]
    value: PhantomData<fn() -> T>,
}

impl<T> Clone for SearchAttribute<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for SearchAttribute<T> {}

impl SearchAttribute<String> {
    /// A text that is compared as a whole: an id, a code, a place.
    pub const fn keyword(name: &'static str) -> Self {
        Self::new(name, SearchAttributeType::Keyword)
    }

    /// A text that is searched by its words.
    pub const fn text(name: &'static str) -> Self {
        Self::new(name, SearchAttributeType::Text)
    }
}

impl SearchAttribute<i64> {
    /// A whole number.
    pub const fn int(name: &'static str) -> Self {
        Self::new(name, SearchAttributeType::Int)
    }
}

impl SearchAttribute<f64> {
    /// A number.
    pub const fn double(name: &'static str) -> Self {
        Self::new(name, SearchAttributeType::Double)
    }
}

impl SearchAttribute<bool> {
    /// Yes or no.
    pub const fn bool(name: &'static str) -> Self {
        Self::new(name, SearchAttributeType::Bool)
    }
}

impl SearchAttribute<Timestamp> {
    /// A point in time.
    pub const fn datetime(name: &'static str) -> Self {
        Self::new(name, SearchAttributeType::Datetime)
    }
}

impl SearchAttribute<Vec<String>> {
    /// Several keywords. A run whose list is empty has no value.
    pub const fn keyword_list(name: &'static str) -> Self {
        Self::new(name, SearchAttributeType::KeywordList)
    }
}

impl<T> SearchAttribute<T> {
    const fn new(name: &'static str, value_type: SearchAttributeType) -> Self {
        Self {
            name,
            value_type,
            value: PhantomData,
        }
    }

    /// Its name in filters and histories.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Its type.
    pub const fn value_type(&self) -> SearchAttributeType {
        self.value_type
    }

    /// The change that takes its value away.
    pub fn unset(&self) -> SearchAttributeUpdate {
        SearchAttributeUpdate {
            name: self.name.into(),
            payload: no_value(self.value_type),
        }
    }
}

impl<T: SearchAttributeContent> SearchAttribute<T> {
    /// The change that gives it this value.
    pub fn set(&self, value: impl Into<T>) -> SearchAttributeUpdate {
        SearchAttributeUpdate {
            name: self.name.into(),
            payload: value.into().into_value(self.value_type).to_payload(),
        }
    }
}

/// What can be the value of a search attribute.
///
/// Implemented for the seven types, and for nothing else.
pub trait SearchAttributeContent: Sized + sealed::Sealed {
    /// The value, where the attribute is of this type.
    fn into_value(self, value_type: SearchAttributeType) -> SearchAttributeValue;

    /// The value, if it is of this type.
    fn from_value(value: SearchAttributeValue) -> Option<Self>;
}

impl SearchAttributeContent for String {
    fn into_value(self, value_type: SearchAttributeType) -> SearchAttributeValue {
        match value_type {
            SearchAttributeType::Text => SearchAttributeValue::Text(self),
            _ => SearchAttributeValue::Keyword(self),
        }
    }

    fn from_value(value: SearchAttributeValue) -> Option<Self> {
        match value {
            SearchAttributeValue::Text(text) | SearchAttributeValue::Keyword(text) => Some(text),
            _ => None,
        }
    }
}

macro_rules! content {
    ($($content:ty => $variant:ident),+ $(,)?) => { $(
        impl SearchAttributeContent for $content {
            fn into_value(self, _: SearchAttributeType) -> SearchAttributeValue {
                SearchAttributeValue::$variant(self)
            }

            fn from_value(value: SearchAttributeValue) -> Option<Self> {
                match value {
                    SearchAttributeValue::$variant(value) => Some(value),
                    _ => None,
                }
            }
        }

        impl sealed::Sealed for $content {}
    )+ };
}

content!(
    i64 => Int,
    f64 => Double,
    bool => Bool,
    Timestamp => Datetime,
    Vec<String> => KeywordList,
);

impl sealed::Sealed for String {}

mod sealed {
    pub trait Sealed {}
}

/// A change of one search attribute: a value for it, or none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SearchAttributeUpdate {
    name: Cow<'static, str>,
    payload: Payload,
}

impl SearchAttributeUpdate {
    /// The change that gives the attribute of this name a value, for tools that know no constants.
    pub fn new(name: impl Into<Cow<'static, str>>, value: &SearchAttributeValue) -> Self {
        Self {
            name: name.into(),
            payload: value.to_payload(),
        }
    }

    /// The name of the attribute.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn into_parts(self) -> (String, Payload) {
        (self.name.into_owned(), self.payload)
    }
}
