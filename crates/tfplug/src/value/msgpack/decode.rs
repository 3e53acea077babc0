//! Bytes from Terraform → [`Dynamic`].

use std::collections::BTreeMap;

use rmp::Marker;

use super::{MAX_DEPTH, REFINED, promise};
use crate::value::display::{shorten, shorten_type};
use crate::value::refinements::{Bound, Promises};
use crate::value::{Dynamic, Number, Refinements, Step, Type, ValueError};

/// Reads a value of type `ty`. Sets come out in canonical order.
///
/// # Errors
/// If the bytes are no such value, hold more than one, or nest over 512 deep.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Dynamic, ValueError> {
    let mut reader = Reader { rest: bytes, depth: 0 };
    let value = reader.value(ty)?;
    if reader.rest.is_empty() {
        Ok(value)
    } else {
        Err(ValueError::new(format!("{} bytes follow after the end of the value", reader.rest.len())))
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    depth: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, ty: &Type) -> Result<Dynamic, ValueError> {
        if self.depth == MAX_DEPTH {
            return Err(ValueError::new(format!("the value nests over {MAX_DEPTH} deep")));
        }
        self.depth += 1;
        let value = self.part(ty);
        self.depth -= 1;
        value
    }

    fn part(&mut self, ty: &Type) -> Result<Dynamic, ValueError> {
        let marker = self.marker()?;
        if marker == Marker::Null {
            return Ok(Dynamic::Null);
        }
        if let Some(length) = self.extension(marker)? {
            return self.unknown(length);
        }
        match ty {
            Type::Bool => match marker {
                Marker::True => Ok(Dynamic::Bool(true)),
                Marker::False => Ok(Dynamic::Bool(false)),
                other => Err(unexpected(ty, other)),
            },
            Type::Number => self.number(marker).map(Dynamic::Number),
            Type::String => match self.text(marker)? {
                Some(text) => Ok(Dynamic::String(text.to_owned())),
                None => Err(unexpected(ty, marker)),
            },
            Type::List(element) => self.list(marker, ty, element),
            Type::Set(element) => self.list(marker, ty, element).map(sorted).map_err(ValueError::under_set),
            Type::Tuple(elements) => self.tuple(marker, ty, elements),
            Type::Map(element) => self.map(marker, ty, element),
            Type::Object(attributes) => self.object(marker, ty, attributes),
            Type::Dynamic => self.typed(marker),
        }
    }

    fn list(&mut self, marker: Marker, ty: &Type, element: &Type) -> Result<Dynamic, ValueError> {
        let count = self.array_length(marker)?.ok_or_else(|| unexpected(ty, marker))?;
        let mut items = Vec::with_capacity(count.min(self.rest.len()));
        for index in 0..count {
            items.push(self.value(element).map_err(|error| error.under(Step::Index(index)))?);
        }
        Ok(Dynamic::List(items))
    }

    fn tuple(&mut self, marker: Marker, ty: &Type, elements: &[Type]) -> Result<Dynamic, ValueError> {
        let count = self.array_length(marker)?.ok_or_else(|| unexpected(ty, marker))?;
        if count != elements.len() {
            return Err(ValueError::new(format!("expected {} elements, got {count}", elements.len())));
        }
        let mut items = Vec::with_capacity(count.min(self.rest.len()));
        for (index, element) in elements.iter().enumerate() {
            items.push(self.value(element).map_err(|error| error.under(Step::Index(index)))?);
        }
        Ok(Dynamic::List(items))
    }

    fn map(&mut self, marker: Marker, ty: &Type, element: &Type) -> Result<Dynamic, ValueError> {
        let count = self.map_length(marker)?.ok_or_else(|| unexpected(ty, marker))?;
        let mut entries = BTreeMap::new();
        for _ in 0..count {
            let key = self.key()?;
            let value = self.value(element).map_err(|error| error.under(Step::Key(key.to_owned())))?;
            if entries.insert(key.to_owned(), value).is_some() {
                return Err(ValueError::new(format!("the key {:?} is given twice", shorten(key))));
            }
        }
        Ok(Dynamic::Map(entries))
    }

    fn object(
        &mut self,
        marker: Marker,
        ty: &Type,
        attributes: &BTreeMap<String, Type>,
    ) -> Result<Dynamic, ValueError> {
        let count = self.map_length(marker)?.ok_or_else(|| unexpected(ty, marker))?;
        let mut entries = BTreeMap::new();
        // Terraform sends them in order.
        let mut next = attributes.iter();
        for _ in 0..count {
            let key = self.key()?;
            let expected = next.next().filter(|(name, _)| *name == key);
            let Some((name, ty)) = expected.or_else(|| attributes.get_key_value(key)) else {
                return Err(ValueError::new(format!("the object has no attribute {:?}", shorten(key))));
            };
            let value = self.value(ty).map_err(|error| error.under(Step::Attribute(name.clone())))?;
            if entries.insert(name.clone(), value).is_some() {
                return Err(ValueError::new(format!("the attribute {:?} is given twice", shorten(key))));
            }
        }
        if entries.len() == attributes.len() {
            return Ok(Dynamic::Map(entries));
        }
        match attributes.keys().find(|name| !entries.contains_key(*name)) {
            Some(name) => Err(ValueError::new(format!("the attribute {:?} is missing", shorten(name)))),
            None => Ok(Dynamic::Map(entries)),
        }
    }

    /// A value of open type: an array of the type, as JSON, and the value.
    fn typed(&mut self, marker: Marker) -> Result<Dynamic, ValueError> {
        if self.array_length(marker)? != Some(2) {
            return Err(ValueError::new(format!(
                "expected an array of a type and a value, got {}",
                shown(marker)
            )));
        }
        let marker = self.marker()?;
        let Some(json) = self.bytes(marker)? else {
            return Err(ValueError::new(format!("expected a type as JSON, got {}", shown(marker))));
        };
        let ty = Type::from_json(json)?;
        let value = self.value(&ty)?;
        // An open type says nothing that the place of the value doesn't say.
        Ok(if ty == Type::Dynamic { value } else { Dynamic::Typed(Box::new(ty), Box::new(value)) })
    }

    fn number(&mut self, marker: Marker) -> Result<Number, ValueError> {
        let float = match marker {
            Marker::F32 => f64::from(f32::from_be_bytes(self.array()?)),
            Marker::F64 => f64::from_be_bytes(self.array()?),
            marker => {
                if let Some(number) = self.integer(marker)? {
                    return Ok(number);
                }
                return match self.text(marker)? {
                    Some(text) => Number::parse(text),
                    None => Err(unexpected(&Type::Number, marker)),
                };
            }
        };
        Number::from_f64(float).ok_or_else(|| {
            ValueError::new(format!("expected a finite number, got {float}, which no configuration has"))
        })
    }

    fn integer(&mut self, marker: Marker) -> Result<Option<Number>, ValueError> {
        Ok(Some(match marker {
            Marker::FixPos(value) => Number::from(i64::from(value)),
            Marker::FixNeg(value) => Number::from(i64::from(value)),
            Marker::U8 => Number::from(i64::from(u8::from_be_bytes(self.array()?))),
            Marker::U16 => Number::from(i64::from(u16::from_be_bytes(self.array()?))),
            Marker::U32 => Number::from(u32::from_be_bytes(self.array()?)),
            Marker::U64 => Number::from(u64::from_be_bytes(self.array()?)),
            Marker::I8 => Number::from(i64::from(i8::from_be_bytes(self.array()?))),
            Marker::I16 => Number::from(i64::from(i16::from_be_bytes(self.array()?))),
            Marker::I32 => Number::from(i32::from_be_bytes(self.array()?)),
            Marker::I64 => Number::from(i64::from_be_bytes(self.array()?)),
            _ => return Ok(None),
        }))
    }

    /// An unknown value with whatever is promised about it. Promises may be ignored, so none that can't be read makes
    /// the value unreadable.
    fn unknown(&mut self, length: usize) -> Result<Dynamic, ValueError> {
        let [kind] = self.array()?;
        let payload = self.take(length)?;
        if kind != u8::from_be_bytes(REFINED.to_be_bytes()) {
            return Ok(Dynamic::unknown());
        }
        let mut promises = Promises::default();
        // What was read before the first oddity holds nevertheless.
        let _odd = Reader { rest: payload, depth: self.depth }.promises(&mut promises);
        Ok(Dynamic::Unknown(Refinements::from(promises)))
    }

    fn promises(&mut self, promises: &mut Promises) -> Result<(), ValueError> {
        let marker = self.marker()?;
        for _ in 0..self.map_length(marker)?.unwrap_or(0) {
            let marker = self.marker()?;
            match self.integer(marker)?.and_then(|key| key.as_u64()) {
                Some(promise::NOT_NULL) => promises.not_null = self.marker()? == Marker::False,
                Some(promise::PREFIX) => {
                    let marker = self.marker()?;
                    promises.prefix = self.text(marker)?.map(str::to_owned);
                }
                Some(promise::LOWER) => promises.lower = Some(self.bound()?),
                Some(promise::UPPER) => promises.upper = Some(self.bound()?),
                Some(promise::MIN_LENGTH) => promises.min_length = self.length()?,
                Some(promise::MAX_LENGTH) => promises.max_length = self.length()?,
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    fn bound(&mut self) -> Result<Bound, ValueError> {
        let marker = self.marker()?;
        if self.array_length(marker)? != Some(2) {
            return Err(unexpected(&Type::Number, marker));
        }
        let marker = self.marker()?;
        let number = self.number(marker)?;
        match self.marker()? {
            Marker::True => Ok(Bound { number, inclusive: true }),
            Marker::False => Ok(Bound { number, inclusive: false }),
            other => Err(unexpected(&Type::Bool, other)),
        }
    }

    fn length(&mut self) -> Result<Option<u64>, ValueError> {
        let marker = self.marker()?;
        Ok(self.integer(marker)?.and_then(|count| count.as_u64()))
    }

    fn key(&mut self) -> Result<&'a str, ValueError> {
        let marker = self.marker()?;
        self.text(marker)?
            .ok_or_else(|| ValueError::new(format!("expected a text key, got {}", shown(marker))))
    }

    fn text(&mut self, marker: Marker) -> Result<Option<&'a str>, ValueError> {
        if matches!(marker, Marker::Bin8 | Marker::Bin16 | Marker::Bin32) {
            return Ok(None);
        }
        let Some(bytes) = self.bytes(marker)? else { return Ok(None) };
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(error) => Err(ValueError::new(format!("expected text in UTF-8: {error}"))),
        }
    }

    /// The bytes of a text or byte string.
    fn bytes(&mut self, marker: Marker) -> Result<Option<&'a [u8]>, ValueError> {
        let length = match marker {
            Marker::FixStr(length) => usize::from(length),
            Marker::Str8 | Marker::Bin8 => self.size::<1>()?,
            Marker::Str16 | Marker::Bin16 => self.size::<2>()?,
            Marker::Str32 | Marker::Bin32 => self.size::<4>()?,
            _ => return Ok(None),
        };
        self.take(length).map(Some)
    }

    fn array_length(&mut self, marker: Marker) -> Result<Option<usize>, ValueError> {
        Ok(Some(match marker {
            Marker::FixArray(length) => usize::from(length),
            Marker::Array16 => self.size::<2>()?,
            Marker::Array32 => self.size::<4>()?,
            _ => return Ok(None),
        }))
    }

    fn map_length(&mut self, marker: Marker) -> Result<Option<usize>, ValueError> {
        Ok(Some(match marker {
            Marker::FixMap(length) => usize::from(length),
            Marker::Map16 => self.size::<2>()?,
            Marker::Map32 => self.size::<4>()?,
            _ => return Ok(None),
        }))
    }

    /// The length of an extension, whose kind comes next.
    fn extension(&mut self, marker: Marker) -> Result<Option<usize>, ValueError> {
        Ok(Some(match marker {
            Marker::FixExt1 => 1,
            Marker::FixExt2 => 2,
            Marker::FixExt4 => 4,
            Marker::FixExt8 => 8,
            Marker::FixExt16 => 16,
            Marker::Ext8 => self.size::<1>()?,
            Marker::Ext16 => self.size::<2>()?,
            Marker::Ext32 => self.size::<4>()?,
            _ => return Ok(None),
        }))
    }

    fn marker(&mut self) -> Result<Marker, ValueError> {
        let [byte] = self.array()?;
        Ok(Marker::from_u8(byte))
    }

    /// A big-endian length of `N` bytes.
    fn size<const N: usize>(&mut self) -> Result<usize, ValueError> {
        Ok(self.array::<N>()?.into_iter().fold(0, |size, byte| size << 8 | usize::from(byte)))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ValueError> {
        let (array, rest) = self.rest.split_first_chunk().ok_or_else(ended)?;
        self.rest = rest;
        Ok(*array)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], ValueError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(ended)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// A set whose elements are in canonical order already; so any element type will do.
fn sorted(list: Dynamic) -> Dynamic {
    Type::Set(Box::new(Type::Bool)).normalize(list)
}

fn ended() -> ValueError {
    ValueError::new("the bytes end in the middle of a value")
}

fn unexpected(ty: &Type, got: Marker) -> ValueError {
    ValueError::new(format!("expected {}, got {}", shorten_type(ty), shown(got)))
}

fn shown(marker: Marker) -> &'static str {
    match marker {
        Marker::Null => "null",
        Marker::True | Marker::False => "a bool",
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => "a string",
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => "bytes",
        Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => "an array",
        Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => "a map",
        Marker::Reserved => "a reserved marker",
        Marker::FixExt1
        | Marker::FixExt2
        | Marker::FixExt4
        | Marker::FixExt8
        | Marker::FixExt16
        | Marker::Ext8
        | Marker::Ext16
        | Marker::Ext32 => "an extension",
        Marker::FixPos(_)
        | Marker::FixNeg(_)
        | Marker::U8
        | Marker::U16
        | Marker::U32
        | Marker::U64
        | Marker::I8
        | Marker::I16
        | Marker::I32
        | Marker::I64
        | Marker::F32
        | Marker::F64 => "a number",
    }
}
