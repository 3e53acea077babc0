//! Names that resemble one that was not found, for messages: a typo is the usual reason.

/// Longest list in a message.
const MOST: usize = 5;

/// Up to five names that resemble `wanted`, the most similar first. Case makes no difference.
pub(crate) fn near<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.trim().to_lowercase();
    let mut near: Vec<(u32, &str)> = names
        .into_iter()
        .filter_map(|name| similarity(&wanted, &name.to_lowercase()).map(|similarity| (similarity, name)))
        .collect();
    near.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
    near.dedup_by(|one, other| one.1 == other.1);
    near.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// How much two names resemble each other, in thousandths. `None`: too little to be mistaken for each other.
fn similarity(wanted: &str, name: &str) -> Option<u32> {
    const LEAST: u32 = 600;
    if wanted.is_empty() || name.is_empty() {
        return None;
    }
    let (wanted, name): (Vec<char>, Vec<char>) = (wanted.chars().collect(), name.chars().collect());
    let (short, long) = (wanted.len().min(name.len()), wanted.len().max(name.len()));
    // A part of a name is near, too: people leave out words.
    if short >= 3 && (contains(&name, &wanted) || contains(&wanted, &name)) {
        return Some(LEAST + thousandths(short, long) * 4 / 10);
    }
    let alike = thousandths(long - distance(&wanted, &name).min(long), long);
    (alike >= LEAST).then_some(alike)
}

fn thousandths(part: usize, whole: usize) -> u32 {
    u32::try_from(part * 1000 / whole.max(1)).unwrap_or(1000)
}

fn contains(text: &[char], part: &[char]) -> bool {
    text.windows(part.len().max(1)).any(|window| window == part)
}

/// The number of letters to insert, remove, replace or swap with their neighbour.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut before = vec![0; other.len() + 1];
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut next = vec![i + 1; other.len() + 1];
        for (j, b) in other.iter().enumerate() {
            let replaced = row[j] + usize::from(a != b);
            next[j + 1] = replaced.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                next[j + 1] = next[j + 1].min(before[j - 1] + 1);
            }
        }
        before = std::mem::replace(&mut row, next);
    }
    row[other.len()]
}

/// A sentence that names what resembles `wanted`; empty if nothing does.
pub(crate) fn similar<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let near: Vec<String> = near(wanted, names).iter().map(|name| format!("{name:?}")).collect();
    if near.is_empty() { String::new() } else { format!(" Similar: {}.", near.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_other_case_and_parts_are_near_and_others_are_not() {
        let names = ["data_stewards", "data_engineers", "finance", "Data Stewards", "ops"];
        for (wanted, found) in [
            ("data_steward", vec!["data_stewards", "Data Stewards"]),
            ("DATA_STEWARDS", vec!["data_stewards", "Data Stewards"]),
            ("stewards", vec!["Data Stewards", "data_stewards"]),
            ("fniance", vec!["finance"]),
            ("osp", vec!["ops"]),
            ("marketing", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(near(wanted, names), found, "{wanted}");
        }
        let many: Vec<String> = (0..20).map(|n| format!("team_{n}")).collect();
        assert_eq!(near("team", many.iter().map(String::as_str)).len(), 5);
        assert_eq!(similar("osp", names), " Similar: \"ops\".");
        assert_eq!(similar("marketing", names), "");
    }
}
