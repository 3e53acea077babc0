//! Sums and products of numbers, exactly, as far as 38 digits go. About larger numbers no verdict is given.

use std::cmp::Ordering;

use crate::value::Number;

/// `units × 10^-places`.
#[derive(Clone, Copy)]
struct Decimal {
    units: i128,
    places: u32,
}

impl Decimal {
    fn of(number: &Number) -> Option<Self> {
        let text = number.to_string();
        let places = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let units = text.replacen('.', "", 1).parse().ok()?;
        Some(Decimal { units, places: u32::try_from(places).ok()? })
    }

    fn at(self, places: u32) -> Option<i128> {
        self.units.checked_mul(10_i128.checked_pow(places.checked_sub(self.places)?)?)
    }

    fn plus(self, other: Self) -> Option<Self> {
        let places = self.places.max(other.places);
        Some(Decimal { units: self.at(places)?.checked_add(other.at(places)?)?, places })
    }

    fn times(self, other: Self) -> Option<Self> {
        let places = self.places.checked_add(other.places)?;
        Some(Decimal { units: self.units.checked_mul(other.units)?, places })
    }

    fn compare(self, other: Self) -> Option<Ordering> {
        let places = self.places.max(other.places);
        Some(self.at(places)?.cmp(&other.at(places)?))
    }
}

/// How a number compares with the sum of others.
pub(super) fn with_sum(number: &Number, parts: &[&Number]) -> Option<Ordering> {
    let zero = Decimal { units: 0, places: 0 };
    let sum = parts.iter().try_fold(zero, |sum, part| sum.plus(Decimal::of(part)?))?;
    Decimal::of(number)?.compare(sum)
}

/// How a number compares with the product of others.
pub(super) fn with_product(number: &Number, parts: &[&Number]) -> Option<Ordering> {
    let one = Decimal { units: 1, places: 0 };
    let product = parts.iter().try_fold(one, |product, part| product.times(Decimal::of(part)?))?;
    Decimal::of(number)?.compare(product)
}
