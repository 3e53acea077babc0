//! Texts for a shell.

/// The text, quoted as one word for a shell.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_path_with_quotes_is_one_word_to_a_shell() {
        let said = Command::new("sh")
            .args(["-c", &format!("printf %s {}", quoted("it's \"$HOME\""))])
            .output()
            .unwrap();
        assert_eq!(said.stdout, b"it's \"$HOME\"");
    }
}
