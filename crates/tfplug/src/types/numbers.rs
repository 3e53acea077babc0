//! Numbers of Rust's types as attributes. [`Number`] holds every number that Terraform knows, the others a range of
//! them, and refuse in validation what is outside.

use std::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64,
};

use crate::schema::derived::Shape;
use crate::schema::{Attr, Attribute, Check, Kind, expected};
use crate::value::{Dynamic, Number, Type, ValueError};

impl Attr for Number {
    type Inner = Self;

    const SHAPE: &'static Shape = &Shape::Number("Number");

    fn kind() -> Kind {
        Kind::Value(Type::Number)
    }

    fn from_dynamic(value: &Dynamic) -> Result<Self, ValueError> {
        match value.untyped() {
            Dynamic::Number(number) => Ok(number.clone()),
            other => expected("a number", other),
        }
    }

    fn to_dynamic(&self) -> Dynamic {
        Dynamic::Number(self.clone())
    }
}

/// `narrow` makes one of such a type of the widest one of its sign, `widen` the reverse.
macro_rules! integer {
    ($read:ident, $narrow:expr, $widen:expr; $range:literal: $($integer:ty),*) => {$(
        impl Attr for $integer {
            type Inner = Self;

            const SHAPE: &'static Shape = &Shape::Number(stringify!($integer));

            fn kind() -> Kind {
                Kind::Value(Type::Number)
            }

            fn describe(attribute: &mut Attribute) {
                attribute.checks.push(Check::new("", |value| match value {
                    Dynamic::Number(number)
                        if number.$read().and_then(|whole| -> Option<$integer> { $narrow(whole) }).is_none() =>
                    {
                        let (least, most) = (<$integer>::MIN, <$integer>::MAX);
                        Err(format!(concat!("It must be a whole number from {} to {}", $range, ", not {}."), least, most, number))
                    }
                    _ => Ok(()),
                }));
            }

            fn from_dynamic(value: &Dynamic) -> Result<Self, ValueError> {
                let whole = match value.untyped() {
                    Dynamic::Number(number) => number.$read().and_then($narrow),
                    _ => None,
                };
                whole.map_or_else(
                    || {
                        let (least, most) = (<$integer>::MIN, <$integer>::MAX);
                        outside("a whole number", &format!(concat!("a whole number from {} to {}", $range), least, most), value)
                    },
                    Ok,
                )
            }

            fn to_dynamic(&self) -> Dynamic {
                Dynamic::Number(Number::from($widen(*self)))
            }
        }
    )*};
}

integer!(as_i64, whole, i64::from; "": i8, i16, i32, i64);
integer!(as_u64, whole, u64::from; "": u8, u16, u32, u64);
integer!(as_i64, signed, |number| NonZeroI64::from(number).get(); " other than 0": NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64);
integer!(as_u64, unsigned, |number| NonZeroU64::from(number).get(); "": NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64);

/// How many digits of a number an error shows.
const MOST_DIGITS: usize = 40;

/// The error about a value that is no number, or about which one it is.
fn outside<T>(kind: &str, what: &str, value: &Dynamic) -> Result<T, ValueError> {
    match value.untyped() {
        Dynamic::Number(number) => {
            number.demand()?;
            let digits = number.to_string();
            let (shown, rest) = digits.split_at_checked(MOST_DIGITS).unwrap_or((&digits, ""));
            let more = if rest.is_empty() { "" } else { "…" };
            Err(ValueError::new(format!("expected {what}, found {shown}{more}")))
        }
        _ => expected(kind, value),
    }
}

fn whole<W, N: TryFrom<W>>(whole: W) -> Option<N> {
    N::try_from(whole).ok()
}

fn signed<N: TryFrom<NonZeroI64>>(whole: i64) -> Option<N> {
    N::try_from(NonZeroI64::new(whole)?).ok()
}

fn unsigned<N: TryFrom<NonZeroU64>>(whole: u64) -> Option<N> {
    N::try_from(NonZeroU64::new(whole)?).ok()
}

macro_rules! float {
    ($($float:ty),*) => {$(
        /// A number with more digits than the type holds is read as the nearest one; what a configuration says stays as
        /// it is in plan and state.
        impl Attr for $float {
            type Inner = Self;

            const SHAPE: &'static Shape = &Shape::Number(stringify!($float));

            fn kind() -> Kind {
                Kind::Value(Type::Number)
            }

            fn describe(attribute: &mut Attribute) {
                attribute.checks.push(Check::new("", |value| match value {
                    Dynamic::Number(number) if read::<$float>(number).is_none() => {
                        let most = <$float>::MAX;
                        Err(format!("It must be a number from {:e} to {most:e}.", -most))
                    }
                    _ => Ok(()),
                }));
            }

            fn from_dynamic(value: &Dynamic) -> Result<Self, ValueError> {
                let float = match value.untyped() {
                    Dynamic::Number(number) => read::<$float>(number),
                    _ => None,
                };
                let most = <$float>::MAX;
                float.map_or_else(|| outside("a number", &format!("a number from {:e} to {most:e}", -most), value), Ok)
            }

            /// The shortest decimal that means this number. Terraform has neither NaN nor infinities: as the answer of a
            /// handler they are an error.
            fn to_dynamic(&self) -> Dynamic {
                Dynamic::Number(Number::of_float(*self))
            }
        }

        impl Finite for $float {
            fn is_finite(&self) -> bool {
                <$float>::is_finite(*self)
            }
        }
    )*};
}

trait Finite: std::str::FromStr {
    fn is_finite(&self) -> bool;
}

float!(f32, f64);

/// The nearest floating-point number, by way of the digits, so that it is rounded once.
fn read<F: Finite>(number: &Number) -> Option<F> {
    number.to_string().parse().ok().filter(F::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Mode;

    fn refusal<T: Attr>(number: &str) -> Option<String> {
        let mut attribute = Attribute::new("n", T::kind(), Mode::Required);
        T::describe(&mut attribute);
        let value = Dynamic::Number(Number::parse(number).expect(number));
        let refusal = attribute.checks.iter().find_map(|check| check.test(&value).err());
        assert_eq!(
            refusal.is_some(),
            T::from_dynamic(&value).is_err(),
            "validation and reading agree on {number}"
        );
        refusal
    }

    #[test]
    fn each_type_holds_its_range() {
        assert_eq!(refusal::<i8>("-128"), None);
        assert_eq!(refusal::<u16>("65535"), None);
        assert_eq!(refusal::<u64>("18446744073709551615"), None);
        assert_eq!(refusal::<f32>("340282346638528860000000000000000000000"), None);
        assert_eq!(refusal::<f64>("1e308"), None);
        assert_eq!(
            refusal::<i8>("128").as_deref(),
            Some("It must be a whole number from -128 to 127, not 128.")
        );
        assert_eq!(
            refusal::<u16>("0.5").as_deref(),
            Some("It must be a whole number from 0 to 65535, not 0.5.")
        );
        assert_eq!(refusal::<NonZeroU8>("255"), None);
        assert_eq!(refusal::<NonZeroI64>("-9223372036854775808"), None);
        assert_eq!(
            refusal::<NonZeroU8>("0").as_deref(),
            Some("It must be a whole number from 1 to 255, not 0.")
        );
        assert_eq!(
            refusal::<NonZeroI8>("0").as_deref(),
            Some("It must be a whole number from -128 to 127 other than 0, not 0.")
        );
        assert_eq!(NonZeroU16::MAX.to_dynamic(), Dynamic::from(65535));
        assert!(refusal::<u64>("-1").is_some() && refusal::<u64>("18446744073709551616").is_some());
        assert!(refusal::<i64>("9223372036854775808").is_some());
        assert_eq!(
            refusal::<f32>("1e39").as_deref(),
            Some("It must be a number from -3.4028235e38 to 3.4028235e38.")
        );
        assert!(refusal::<f64>("-1e309").is_some());
    }

    #[test]
    fn what_a_type_cannot_hold_is_named_with_its_range() {
        fn read<T: Attr>(value: Dynamic) -> String {
            T::from_dynamic(&value).err().expect("outside").to_string()
        }
        let number = |text| Dynamic::Number(Number::parse(text).expect("a number"));
        assert_eq!(
            read::<u64>(number("-1")),
            "expected a whole number from 0 to 18446744073709551615, found -1"
        );
        assert_eq!(
            read::<NonZeroI8>(number("0")),
            "expected a whole number from -128 to 127 other than 0, found 0"
        );
        assert_eq!(read::<i8>("x".into()), "expected a whole number, found text");
        assert_eq!(read::<f32>(f32::NAN.to_dynamic()), "NaN is not a number that Terraform can store");
        assert_eq!(
            read::<f64>((-f32::INFINITY).to_dynamic()),
            "-infinity is not a number that Terraform can store"
        );
        assert_eq!(
            read::<f32>(number("1e39")),
            "expected a number from -3.4028235e38 to 3.4028235e38, found 1000000000000000000000000000000000000000"
        );
    }

    #[test]
    fn floats_are_written_with_the_fewest_digits() {
        assert_eq!(0.1_f32.to_dynamic(), Dynamic::Number(Number::parse("0.1").expect("number")));
        assert_eq!(f32::from_dynamic(&0.1_f32.to_dynamic()), Ok(0.1));
        assert_eq!(f64::from_dynamic(&1e-300_f64.to_dynamic()), Ok(1e-300));
        assert_eq!(f64::from_dynamic(&f64::INFINITY.to_dynamic()).ok(), None);
        assert_eq!(u64::MAX.to_dynamic(), Dynamic::Number(Number::from(u64::MAX)));
    }
}
