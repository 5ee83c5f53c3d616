//! The part of [`strict`](super::strict) that writes lists, maps and structs, element by element.

use derive_more::Debug;
use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::strict::{Noted, Notes, Place, Step};

/// A list, a map or the content of a variant that is being written.
#[derive(Debug)]
#[debug("Compound")]
pub(super) struct Compound<'n, C> {
    inner: C,
    notes: &'n Notes,
    levels: u32,
    index: usize,
}

impl<'n, C> Compound<'n, C> {
    pub(super) fn new(inner: C, notes: &'n Notes, levels: u32) -> Self {
        Self {
            inner,
            notes,
            levels,
            index: 0,
        }
    }

    fn element<'v, T: Serialize + ?Sized, E>(
        &mut self,
        value: &'v T,
        write: impl FnOnce(&mut C, &Noted<'_, 'v, T>) -> Result<(), E>,
    ) -> Result<(), E> {
        let step = Step::Index(self.index);
        self.index += 1;
        self.value(value, step, write)
    }

    fn value<'v, T: Serialize + ?Sized, E>(
        &mut self,
        value: &'v T,
        step: Step,
        write: impl FnOnce(&mut C, &Noted<'_, 'v, T>) -> Result<(), E>,
    ) -> Result<(), E> {
        let noted = Noted {
            value,
            notes: self.notes,
            place: Place::Anywhere,
        };
        let written = write(&mut self.inner, &noted);
        self.notes.step(step, written)
    }

    fn close(self) -> C {
        self.notes.leave(self.levels);
        self.inner
    }
}

/// The traits for what has elements without names.
macro_rules! write_elements {
    ($($kind:ident::$method:ident;)*) => {$(
        impl<C: $kind> $kind for Compound<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
                self.element(value, |inner, noted| inner.$method(noted))
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.close().end()
            }
        }
    )*};
}

write_elements! {
    SerializeSeq::serialize_element;
    SerializeTuple::serialize_element;
    SerializeTupleStruct::serialize_field;
    SerializeTupleVariant::serialize_field;
}

/// The traits for what has fields with names.
macro_rules! write_fields {
    ($($kind:ident;)*) => {$(
        impl<C: $kind> $kind for Compound<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), C::Error> {
                self.value(value, Step::Field(key), |inner, noted| {
                    inner.serialize_field(key, noted)
                })
            }

            fn skip_field(&mut self, key: &'static str) -> Result<(), C::Error> {
                self.inner.skip_field(key)
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.close().end()
            }
        }
    )*};
}

write_fields! {
    SerializeStruct;
    SerializeStructVariant;
}

impl<C: SerializeMap> SerializeMap for Compound<'_, C> {
    type Ok = C::Ok;
    type Error = C::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        self.inner.serialize_key(&Noted {
            value: key,
            notes: self.notes,
            place: Place::Key,
        })
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.element(value, |inner, noted| inner.serialize_value(noted))
    }

    fn end(self) -> Result<C::Ok, C::Error> {
        self.close().end()
    }
}
