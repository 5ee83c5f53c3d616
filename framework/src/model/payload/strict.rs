//! Writes values as JSON, and refuses what JSON would not give back.
//!
//! JSON writes `NaN` and infinity as `null`, and a reader of it stops at 127 levels of nesting: a
//! value like that is accepted today and unreadable for ever after. Both are seen while writing, so
//! they cost no second look. Other losses depend on the type that reads, and only *may* happen; they
//! count as a doubt, which the caller resolves by reading the value back:
//!
//! * `Some(None)` and its kind are written as `null`, which reads as `None`;
//! * numbers of 128 bits and keys that are not text do not read in a tagged or flattened type.
//!
//! Absent on purpose: types that skip a field or write it in another way than they read it. Nothing
//! in what they write shows it.

use std::{
    cell::{Cell, RefCell},
    fmt::{Display, Write as _},
};

use bytes::Bytes;
use serde::ser::{Serialize, Serializer};

use super::compound::Compound;

/// How many levels of lists, maps and variants a reader of JSON goes down.
const DEPTH_MAX: u32 = 127;

/// What was written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) data: Bytes,
    /// Whether the value as a whole is bytes, which are then in `data` as they are.
    pub(super) is_bytes: bool,
    pub(super) doubts: Doubts,
}

/// What may be lost, depending on the type that reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Doubts {
    /// How many `Some` hold what is written as `null`.
    pub(super) null_in_some: u32,
    /// Whether there is a number or a key that not every type reads.
    pub(super) unusual: bool,
}

impl Doubts {
    /// Whether the value has to be read back before anybody relies on it.
    pub(super) fn any(self) -> bool {
        self != Self::default()
    }
}

/// Writes a value, or says what in it cannot be written, and where.
pub(super) fn write<T: Serialize + ?Sized>(value: &T) -> Result<Written, String> {
    let mut data = take_scratch();
    let notes = Notes::default();
    let mut json = serde_json::Serializer::new(&mut data);
    let written = value.serialize(Strict::new(&mut json, &notes));
    if let Err(error) = written {
        return Err(notes.explain(&error));
    }
    let bytes = notes.bytes.into_inner();
    Ok(Written {
        is_bytes: bytes.is_some(),
        data: bytes.map_or_else(|| exact(data), Bytes::from),
        doubts: Doubts {
            null_in_some: notes.null_in_some.get(),
            unusual: notes.unusual.get(),
        },
    })
}

thread_local! {
    /// Where a value is written first: most are small, and then they are kept at their exact size.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Bytes of a value up to which it is copied out of the scratch space.
const COPIED_BYTES_MAX: usize = 4 * 1024;

/// The scratch space, empty; a value that is written while another one is has one of its own.
fn take_scratch() -> Vec<u8> {
    let mut scratch = SCRATCH.try_with(Cell::take).unwrap_or_default();
    scratch.clear();
    scratch
}

/// What was written to the scratch space, without room for more.
fn exact(scratch: Vec<u8>) -> Bytes {
    if scratch.len() > COPIED_BYTES_MAX {
        return Bytes::from(scratch);
    }
    let data = Bytes::copy_from_slice(&scratch);
    // A thread that is ending may have no storage any more.
    let _kept = SCRATCH.try_with(|kept| kept.set(scratch));
    data
}

/// What is noted while a value is written.
#[derive(Debug, Default)]
pub(super) struct Notes {
    depth: Cell<u32>,
    null_in_some: Cell<u32>,
    unusual: Cell<bool>,
    bytes: RefCell<Option<Vec<u8>>>,
    /// Where the value that cannot be written is, from the inside out.
    way: RefCell<Vec<Step>>,
}

/// Where a part of a value is, seen from the whole.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Field(&'static str),
    Index(usize),
}

impl Notes {
    fn enter<E: serde::ser::Error>(&self, levels: u32) -> Result<(), E> {
        let depth = self.depth.get() + levels;
        if depth > DEPTH_MAX {
            let message = format_args!("it is nested deeper than {DEPTH_MAX} levels");
            return Err(E::custom(message));
        }
        self.depth.set(depth);
        Ok(())
    }

    pub(super) fn leave(&self, levels: u32) {
        self.depth.set(self.depth.get() - levels);
    }

    pub(super) fn step<T, E>(&self, step: Step, written: Result<T, E>) -> Result<T, E> {
        if written.is_err() {
            self.way.borrow_mut().push(step);
        }
        written
    }

    fn explain(&self, error: &serde_json::Error) -> String {
        let way = self.way.borrow();
        // What is too deep is found at the bottom of a long way, which says nothing more.
        if way.is_empty() || way.len() > 16 {
            return error.to_string();
        }
        let mut explained = String::from("at ");
        for (at, step) in way.iter().rev().enumerate() {
            let dot = if at == 0 { "" } else { "." };
            // Text takes all that is written.
            let _ = match step {
                Step::Field(name) => write!(explained, "{dot}{name}"),
                Step::Index(index) => write!(explained, "[{index}]"),
            };
        }
        explained + &format!(": {error}")
    }
}

/// Where a value stands, as far as it matters to what may be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Anywhere,
    InSome,
    Key,
}

/// A serializer that takes notes, and refuses what could not be read.
struct Strict<'n, S> {
    inner: S,
    notes: &'n Notes,
    place: Place,
}

impl<'n, S> Strict<'n, S> {
    fn new(inner: S, notes: &'n Notes) -> Self {
        Self {
            inner,
            notes,
            place: Place::Anywhere,
        }
    }
}

/// A value that is written through [`Strict`].
pub(super) struct Noted<'n, 'v, T: ?Sized> {
    pub(super) value: &'v T,
    pub(super) notes: &'n Notes,
    pub(super) place: Place,
}

impl<T: Serialize + ?Sized> Serialize for Noted<'_, '_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Strict {
            inner: serializer,
            notes: self.notes,
            place: self.place,
        })
    }
}

impl<'n, S: Serializer> Strict<'n, S> {
    fn noted<'v, T: ?Sized>(&self, value: &'v T) -> Noted<'n, 'v, T> {
        Noted {
            value,
            notes: self.notes,
            place: self.place,
        }
    }

    fn null(&self) {
        if self.place == Place::InSome {
            self.notes
                .null_in_some
                .set(self.notes.null_in_some.get() + 1);
        }
    }

    /// A number or a truth value, which is no key in all types that read.
    fn scalar(&self) {
        if self.place == Place::Key {
            self.notes.unusual.set(true);
        }
    }

    fn compound<C>(
        self,
        levels: u32,
        begin: impl FnOnce(S) -> Result<C, S::Error>,
    ) -> Result<Compound<'n, C>, S::Error> {
        self.notes.enter(levels)?;
        Ok(Compound::new(begin(self.inner)?, self.notes, levels))
    }
}

/// JSON has no other numbers.
fn finite<E: serde::ser::Error>(is_finite: bool, value: impl Display) -> Result<(), E> {
    if is_finite {
        return Ok(());
    }
    let why = format_args!("{value} is no number that JSON can carry");
    Err(E::custom(why))
}

/// The methods that pass a plain value on, once something was noted about it.
macro_rules! pass_on {
    ($($method:ident($value:ty) $(=> $note:ident)?;)*) => {$(
        fn $method(self, value: $value) -> Result<S::Ok, S::Error> {
            $(self.$note();)?
            self.inner.$method(value)
        }
    )*};
}

impl<'n, S: Serializer> Serializer for Strict<'n, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Compound<'n, S::SerializeSeq>;
    type SerializeTuple = Compound<'n, S::SerializeTuple>;
    type SerializeTupleStruct = Compound<'n, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Compound<'n, S::SerializeTupleVariant>;
    type SerializeMap = Compound<'n, S::SerializeMap>;
    type SerializeStruct = Compound<'n, S::SerializeStruct>;
    type SerializeStructVariant = Compound<'n, S::SerializeStructVariant>;

    pass_on! {
        serialize_bool(bool) => scalar;
        serialize_i8(i8) => scalar;
        serialize_i16(i16) => scalar;
        serialize_i32(i32) => scalar;
        serialize_i64(i64) => scalar;
        serialize_u8(u8) => scalar;
        serialize_u16(u16) => scalar;
        serialize_u32(u32) => scalar;
        serialize_u64(u64) => scalar;
        serialize_char(char);
        serialize_str(&str);
    }

    fn serialize_i128(self, value: i128) -> Result<S::Ok, S::Error> {
        self.notes.unusual.set(true);
        self.inner.serialize_i128(value)
    }

    fn serialize_u128(self, value: u128) -> Result<S::Ok, S::Error> {
        self.notes.unusual.set(true);
        self.inner.serialize_u128(value)
    }

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        finite(value.is_finite(), value)?;
        self.scalar();
        self.inner.serialize_f32(value)
    }

    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        finite(value.is_finite(), value)?;
        self.scalar();
        self.inner.serialize_f64(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<S::Ok, S::Error> {
        if self.notes.depth.get() > 0 {
            return self.inner.serialize_bytes(value);
        }
        // The bytes are all there is to the value; what is written here is not looked at.
        self.notes.bytes.replace(Some(value.to_vec()));
        self.inner.serialize_unit()
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.null();
        self.inner.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let place = match self.place {
            Place::Key => Place::Key,
            Place::Anywhere | Place::InSome => Place::InSome,
        };
        self.inner.serialize_some(&Noted {
            value,
            notes: self.notes,
            place,
        })
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.null();
        self.inner.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        self.null();
        self.inner.serialize_unit_struct(name)
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let noted = self.noted(value);
        self.inner.serialize_newtype_struct(name, &noted)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.notes.enter(1)?;
        let noted = Noted {
            value,
            notes: self.notes,
            place: Place::Anywhere,
        };
        let written = self
            .inner
            .serialize_newtype_variant(name, index, variant, &noted);
        self.notes.leave(1);
        self.notes.step(Step::Field(variant), written)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.compound(1, |inner| inner.serialize_seq(len))
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.compound(1, |inner| inner.serialize_tuple(len))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.compound(1, |inner| inner.serialize_tuple_struct(name, len))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.compound(2, |inner| {
            inner.serialize_tuple_variant(name, index, variant, len)
        })
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.compound(1, |inner| inner.serialize_map(len))
    }

    fn serialize_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        self.compound(1, |inner| inner.serialize_struct(name, len))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.compound(2, |inner| {
            inner.serialize_struct_variant(name, index, variant, len)
        })
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}
