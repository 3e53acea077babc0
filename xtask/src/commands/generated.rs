//! Code shared by the commands that write checked-in files.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// A page with `text` in place of what is between these two markers; `None` without both.
pub(super) fn between_markers(page: &str, [begin, end]: [&str; 2], text: &str) -> Option<String> {
    let (before, rest) = page.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}\n\n{}\n\n{end}{after}", text.trim()))
}

/// Names of the generated files whose checked-in text is missing or another.
pub(super) fn differing<'a>(
    folder: &Path,
    generated: &'a BTreeMap<String, String>,
) -> io::Result<Vec<&'a str>> {
    let mut names = Vec::new();
    for (name, text) in generated {
        match fs::read_to_string(folder.join(name)) {
            Ok(present) if present == *text => {}
            Ok(_) => names.push(name.as_str()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => names.push(name.as_str()),
            Err(error) => return Err(error),
        }
    }
    Ok(names)
}
