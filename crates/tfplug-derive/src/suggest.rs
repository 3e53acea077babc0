//! Wrong words: what to write instead.

/// What to say of an option that does not exist.
pub(crate) fn unknown_option(unknown: &str, known: &[&str]) -> String {
    match nearest(unknown, known) {
        Some(known) => format!("unknown option `{unknown}`, did you mean `{known}`?"),
        None => {
            let known: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
            format!("unknown option `{unknown}`; known here: {}", known.join(", "))
        }
    }
}

/// The known name that is most like a wrong one, unless all are too far away.
pub(crate) fn nearest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let (distance, known) = known.iter().map(|known| (distance(wrong, known), *known)).min()?;
    (distance <= (known.len() / 2).min(3)).then_some(known)
}

/// How many letters must be added, removed or changed to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(&b) {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = *cell;
            left = changed.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attr::{FOR_ARGS, FOR_COMPUTED};

    #[test]
    fn distance_counts_changes() {
        for (a, b, expected) in
            [("", "", 0), ("", "abc", 3), ("replase", "replace", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn suggestions_are_near_or_absent() {
        assert_eq!(nearest("replase", &FOR_ARGS), Some("replace"));
        assert_eq!(nearest("volatlie", &FOR_COMPUTED), Some("volatile"));
        assert_eq!(nearest("evn", &FOR_ARGS), None);
        assert_eq!(nearest("colour", &FOR_ARGS), None);
    }
}
