//! Equality of meaning, as a type states it and as collections of that type have it.

use std::fmt;
use std::sync::Arc;

use crate::value::Dynamic;

type Compare = dyn Fn(&Dynamic, &Dynamic) -> bool + Send + Sync;

/// Equality of meaning of two known values of one attribute, for example of e-mail addresses in other case.
#[derive(Clone)]
pub struct Same(Arc<Compare>);

/// How many elements of two sets are compared each with each. Of larger sets with more differences we say that they are
/// not the same: that shows a change of spelling, and comparing would take minutes.
const MOST_COMPARED: usize = 1_000;

impl Same {
    /// Equality as `same` decides it.
    pub fn new(same: impl Fn(&Dynamic, &Dynamic) -> bool + Send + Sync + 'static) -> Self {
        Same(Arc::new(same))
    }

    /// Whether the two mean the same. Values that are equal always do; null or unknown ones only then.
    pub fn holds(&self, a: &Dynamic, b: &Dynamic) -> bool {
        a == b
            || (a.is_wholly_known() && b.is_wholly_known() && !a.is_null() && !b.is_null() && (self.0)(a, b))
    }

    /// Equality of collections whose elements mean the same: of lists and maps one by one, of sets in any order.
    pub(super) fn of_elements(element: Same, in_order: bool) -> Self {
        Same::new(move |a, b| match (a, b) {
            (Dynamic::List(a), Dynamic::List(b)) if a.len() != b.len() => false,
            (Dynamic::List(a), Dynamic::List(b)) if in_order => {
                a.iter().zip(b).all(|(a, b)| element.holds(a, b))
            }
            (Dynamic::List(a), Dynamic::List(b)) => element.pairs_up(a, b),
            (Dynamic::Map(a), Dynamic::Map(b)) => {
                a.len() == b.len()
                    && a.iter().zip(b).all(|((key, a), (other, b))| key == other && element.holds(a, b))
            }
            _ => false,
        })
    }

    /// Whether each element of one set means the same as another one of the other.
    fn pairs_up(&self, a: &[Dynamic], b: &[Dynamic]) -> bool {
        // Both are sorted, and most elements are equal to the letter.
        let only_in = |these: &[Dynamic], others: &[Dynamic]| -> Vec<Dynamic> {
            these.iter().filter(|item| others.binary_search(item).is_err()).cloned().collect()
        };
        let (left, mut right) = (only_in(a, b), only_in(b, a));
        left.len() == right.len()
            && left.len() <= MOST_COMPARED
            && left.iter().all(|item| {
                let partner = right.iter().position(|other| self.holds(item, other));
                partner.map(|index| right.swap_remove(index)).is_some()
            })
    }
}

impl fmt::Debug for Same {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Same(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Dynamic {
        let mut items: Vec<Dynamic> = texts.iter().copied().map(Dynamic::from).collect();
        items.sort();
        Dynamic::List(items)
    }

    #[test]
    fn sets_mean_the_same_whatever_the_order_of_their_spellings() {
        let in_any_case = Same::new(|a, b| match (a.as_str(), b.as_str()) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
            _ => false,
        });
        let (set, list) =
            (Same::of_elements(in_any_case.clone(), false), Same::of_elements(in_any_case, true));
        // Capital letters come first, so that the spellings are in another order.
        let (a, b) = (texts(&["ada", "Bob", "cid"]), texts(&["Ada", "bob", "cid"]));
        assert!(set.holds(&a, &b) && set.holds(&b, &a));
        assert!(!list.holds(&a, &b), "in a list, order matters");
        for other in [&["Ada", "bob"][..], &["Ada", "bob", "dan"], &["Ada", "bob", "BOB"]] {
            assert!(!set.holds(&a, &texts(other)), "{other:?}");
        }
    }

    #[test]
    fn large_sets_take_no_time() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static COMPARED: AtomicUsize = AtomicUsize::new(0);
        let same = Same::of_elements(
            Same::new(|_, _| {
                COMPARED.fetch_add(1, Ordering::Relaxed);
                false
            }),
            false,
        );
        let set = |mark: &str| {
            let names: Vec<String> = (0..20_000).map(|index| format!("{index}{mark}")).collect();
            texts(&names.iter().map(String::as_str).collect::<Vec<_>>())
        };
        assert!(!same.holds(&set("a"), &set("b")));
        assert_eq!(COMPARED.load(Ordering::Relaxed), 0);
    }
}
