//! Numbers as Terraform means them: decimal, of any size, exact.
//!
//! Terraform computes with 512 bits, so neither `i64` nor `f64` holds every number it sends; a rounded one comes back
//! to the practitioner as "invalid plan". Numbers are therefore kept as their decimal digits, in one canonical form,
//! so that `1.50` and `15e-1` are equal, sort and hash alike. There is no arithmetic here.

use std::cmp::Ordering;
use std::fmt;

use super::ValueError;
use super::display::shorten;

/// How many digits a number may have before, and how many after the decimal point. Terraform knows no limit but that of
/// its memory. The fraction of a double has up to 1,074 digits, Terraform's 512 bits have 155 that count, and it sends
/// them written out; but text with an exponent is let in, too, where seven characters would ask for 100,000 zeros each
/// time that the number is written.
const MAX_DIGITS: i64 = 2_000;

/// A decimal number of any size, exactly. Infinity is none: no configuration can express it. (What a handler's floating-point
/// number has beyond that is held all the same, so that the error can say where; it is never written.)
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number(Repr);

/// Whole numbers that fit are always [`Repr::Int`], so that equal numbers have equal representations.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Repr {
    Int(i64),
    Decimal(Box<Decimal>),
    NotFinite(NotFinite),
}

/// What floating-point numbers have and Terraform does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum NotFinite {
    NegativeInfinity,
    Infinity,
    Nan,
}

/// `0.digits × 10^point`; the digits neither begin nor end with a zero.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Decimal {
    negative: bool,
    digits: String,
    point: i64,
}

impl Number {
    /// Reads a number as JSON and HCL write it: `-12`, `0.5`, `1e3`.
    ///
    /// # Errors
    /// If the text is no number, or one that would have over 2,000 digits on either side of the decimal point.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        if let Ok(int) = text.parse::<i64>() {
            return Ok(int.into());
        }
        let no_number = || ValueError::new(format!("expected a number, got {:?}", shorten(text)));
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (unsigned, None),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
            Some(_) => return Err(no_number()),
            None => (mantissa, ""),
        };
        if !is_digits(whole) {
            return Err(no_number());
        }
        let exponent = match exponent {
            None => 0,
            Some(text) if is_digits(text.strip_prefix(['-', '+']).unwrap_or(text)) => {
                // What overflows is beyond every limit, unless the mantissa is zero.
                text.parse::<i64>().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX })
            }
            Some(_) => return Err(no_number()),
        };

        let mut digits = String::with_capacity(whole.len() + fraction.len());
        digits.push_str(whole);
        digits.push_str(fraction);
        let number = Number::canonical(negative, &digits, exponent.saturating_add(length(whole)));
        match &number.0 {
            Repr::Decimal(decimal) if decimal.point > MAX_DIGITS || decimal.decimals() > MAX_DIGITS => {
                Err(ValueError::new(format!(
                    "the number {} has over {MAX_DIGITS} digits on one side of the decimal point",
                    shorten(text)
                )))
            }
            _ => Ok(number),
        }
    }

    /// The shortest decimal that means this floating-point number; `None` for infinities and what is no number.
    pub fn from_f64(value: f64) -> Option<Self> {
        if value.is_finite() { Number::parse(&format!("{value:e}")).ok() } else { None }
    }

    /// The same for the answer of a handler, which an error is about if it is no number.
    pub(crate) fn of_float(value: impl Into<f64> + fmt::LowerExp) -> Self {
        Number::parse(&format!("{value:e}")).unwrap_or_else(|_| {
            let value = value.into();
            Number(Repr::NotFinite(match value.is_nan() {
                true => NotFinite::Nan,
                false if value < 0.0 => NotFinite::NegativeInfinity,
                false => NotFinite::Infinity,
            }))
        })
    }

    /// Whether Terraform has this number.
    pub(crate) fn is_number(&self) -> bool {
        !matches!(self.0, Repr::NotFinite(_))
    }

    /// Demands that Terraform has this number.
    pub(crate) fn demand(&self) -> Result<(), ValueError> {
        match self.is_number() {
            true => Ok(()),
            false => Err(ValueError::new(format!("{self} is not a number that Terraform can store"))),
        }
    }

    /// The number, if it is whole and fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Int(int) => Some(int),
            Repr::Decimal(_) | Repr::NotFinite(_) => None,
        }
    }

    /// The number, if it is whole, not negative and fits.
    pub fn as_u64(&self) -> Option<u64> {
        match &self.0 {
            Repr::Int(int) => u64::try_from(*int).ok(),
            // The longest that fits has twenty digits.
            Repr::Decimal(decimal) if decimal.point == 19 || decimal.point == 20 => {
                self.to_string().parse().ok()
            }
            Repr::Decimal(_) | Repr::NotFinite(_) => None,
        }
    }

    /// The nearest floating-point number; infinite for what is too large.
    pub fn as_f64(&self) -> f64 {
        match &self.0 {
            Repr::Int(int) => *int as f64,
            Repr::NotFinite(NotFinite::NegativeInfinity) => f64::NEG_INFINITY,
            Repr::NotFinite(NotFinite::Infinity) => f64::INFINITY,
            Repr::NotFinite(NotFinite::Nan) => f64::NAN,
            Repr::Decimal(decimal) => {
                let Decimal { negative, digits, point } = decimal.as_ref();
                let sign = if *negative { "-" } else { "" };
                format!("{sign}0.{digits}e{point}").parse().unwrap_or(f64::NAN)
            }
        }
    }

    /// The floating-point number of exactly this value, for numbers with decimals. Terraform sends such as
    /// floating-point and all others as text.
    pub(crate) fn exact_fraction(&self) -> Option<f64> {
        let Repr::Decimal(decimal) = &self.0 else { return None };
        // A binary fraction of n bits has n decimals, the last of them 5; 1074 is the most a double has.
        let decimals = usize::try_from(decimal.decimals()).ok().filter(|count| (1..=1074).contains(count))?;
        if !decimal.digits.ends_with('5') {
            return None;
        }
        let float = self.as_f64();
        (fraction_bits(float) == Some(decimals) && format!("{float:.decimals$}") == self.to_string())
            .then_some(float)
    }

    /// The number `0.digits × 10^point`, where digits may begin and end with zeros.
    fn canonical(negative: bool, digits: &str, point: i64) -> Self {
        let significant = digits.trim_start_matches('0');
        let point = point.saturating_sub(length(digits) - length(significant));
        let significant = significant.trim_end_matches('0');
        if significant.is_empty() {
            return Number(Repr::Int(0));
        }
        let decimal = Decimal { negative, digits: significant.to_owned(), point };
        if decimal.decimals() <= 0
            && point <= 19
            && let Ok(int) = decimal.to_string().parse()
        {
            return Number(Repr::Int(int));
        }
        Number(Repr::Decimal(Box::new(decimal)))
    }
}

impl Decimal {
    /// How many digits follow the decimal point; zero or less for whole numbers.
    fn decimals(&self) -> i64 {
        length(&self.digits).saturating_sub(self.point)
    }
}

/// How many bits the binary fraction of a finite number has after the point.
fn fraction_bits(float: f64) -> Option<usize> {
    let bits = float.abs().to_bits();
    let (exponent, stored) = (bits >> 52, bits & ((1 << 52) - 1));
    let mantissa = if exponent == 0 { stored } else { stored | (1 << 52) };
    let lowest = i64::try_from(exponent.max(1)).ok()? - 1075 + i64::from(mantissa.trailing_zeros());
    usize::try_from(-lowest).ok()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn length(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}

/// By value.
impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Int(a), Repr::Int(b)) => a.cmp(b),
            (Repr::Decimal(a), Repr::Decimal(b)) => a.cmp(b),
            (Repr::Int(a), Repr::Decimal(b)) => compare(*a, b),
            (Repr::Decimal(a), Repr::Int(b)) => compare(*b, a).reverse(),
            (Repr::NotFinite(a), Repr::NotFinite(b)) => a.cmp(b),
            (Repr::NotFinite(_), _) => Ordering::Greater,
            (_, Repr::NotFinite(_)) => Ordering::Less,
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn compare(int: i64, decimal: &Decimal) -> Ordering {
    if int == 0 {
        return if decimal.negative { Ordering::Greater } else { Ordering::Less };
    }
    let digits = int.unsigned_abs().to_string();
    let point = length(&digits);
    Decimal { negative: int < 0, digits: digits.trim_end_matches('0').to_owned(), point }.cmp(decimal)
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_size = || self.point.cmp(&other.point).then_with(|| self.digits.cmp(&other.digits));
        match (self.negative, other.negative) {
            (false, false) => by_size(),
            (true, true) => by_size().reverse(),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// All digits, without an exponent.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Int(int) => int.fmt(f),
            Repr::Decimal(decimal) => decimal.fmt(f),
            Repr::NotFinite(NotFinite::NegativeInfinity) => f.write_str("-infinity"),
            Repr::NotFinite(NotFinite::Infinity) => f.write_str("infinity"),
            Repr::NotFinite(NotFinite::Nan) => f.write_str("NaN"),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Decimal { negative, digits, point } = self;
        if *negative {
            f.write_str("-")?;
        }
        let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
        match usize::try_from(*point) {
            Ok(point) if point > 0 && point < digits.len() => {
                write!(f, "{}.{}", &digits[..point], &digits[point..])
            }
            Ok(point) if point > 0 => write!(f, "{digits}{}", zeros(-self.decimals())),
            _ => write!(f, "0.{}{digits}", zeros(point.saturating_neg())),
        }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Number(Repr::Int(value))
    }
}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        Number(Repr::Int(value.into()))
    }
}

impl From<u32> for Number {
    fn from(value: u32) -> Self {
        Number(Repr::Int(value.into()))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        let digits = value.to_string();
        Number::canonical(false, &digits, length(&digits))
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        let digits = value.to_string();
        Number::canonical(false, &digits, length(&digits))
    }
}

#[cfg(test)]
mod tests;
