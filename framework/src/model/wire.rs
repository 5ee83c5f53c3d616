//! How enums are written: by number, never by name or position.
//!
//! Both macros give an enum the numbers that Temporal (or this project's record format) assigns to
//! it, so that a stored value means the same in every later release.

/// Declares a field-less enum whose values have wire numbers and Temporal names.
macro_rules! wire_enum {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $number:literal => $text:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
        #[non_exhaustive]
        $vis enum $name { $( $(#[$variant_meta])* $variant, )+ }

        impl $name {
            /// Every value, in the order of its number.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// The number that stands for this value on the wire.
            pub const fn number(self) -> u16 {
                match self { $( Self::$variant => $number, )+ }
            }

            /// The name Temporal gives this value.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $text, )+ }
            }

            /// The value that a wire number stands for, if this release knows it.
            pub const fn from_number(number: u16) -> Option<Self> {
                match number { $( $number => Some(Self::$variant), )+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_u16(self.number())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let number = u16::deserialize(deserializer)?;
                Self::from_number(number).ok_or_else(|| {
                    serde::de::Error::custom(format_args!(
                        concat!("unknown ", stringify!($name), " number={}"), number
                    ))
                })
            }
        }
    };
}

/// Writes an enum of one-field variants as the pair (number, content).
macro_rules! wire_tagged {
    ($name:ident { $( $number:literal => $variant:ident($content:ty), )+ }) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeTuple as _;
                let mut pair = serializer.serialize_tuple(2)?;
                match self {
                    $( Self::$variant(content) => {
                        pair.serialize_element(&($number as u16))?;
                        pair.serialize_element(content)?;
                    } )+
                }
                pair.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Pair;

                impl<'de> serde::de::Visitor<'de> for Pair {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!("a numbered ", stringify!($name)))
                    }

                    fn visit_seq<A: serde::de::SeqAccess<'de>>(
                        self,
                        mut pair: A,
                    ) -> Result<Self::Value, A::Error> {
                        use serde::de::Error as _;
                        let missing = || A::Error::invalid_length(2, &"a number and its content");
                        let number: u16 = pair.next_element()?.ok_or_else(missing)?;
                        match number {
                            $( $number => pair
                                .next_element::<$content>()?
                                .map($name::$variant)
                                .ok_or_else(missing), )+
                            unknown => Err(A::Error::custom(format_args!(
                                concat!("unknown ", stringify!($name), " number={}"), unknown
                            ))),
                        }
                    }
                }

                deserializer.deserialize_tuple(2, Pair)
            }
        }
    };
}

pub(crate) use {wire_enum, wire_tagged};
