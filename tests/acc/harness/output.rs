//! What a command of Terraform said.

/// A finished command.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) command: String,
    /// Exit status; `None` after a signal.
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    /// Asserts success.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, Some(0), "{self}");
        self
    }

    /// Asserts an ordinary failure: neither a crash (2 and more) nor a signal.
    #[track_caller]
    pub(crate) fn fails(self) -> Self {
        assert_eq!(self.status, Some(1), "{self}");
        self
    }

    /// Asserts that it said all this, wherever the lines were broken.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        let text = self.flat();
        for part in parts {
            assert!(text.contains(&flat(part)), "nothing of {part:?} in: {self}");
        }
        self
    }

    /// Asserts that it said none of this.
    #[track_caller]
    pub(crate) fn does_not_say(self, parts: &[&str]) -> Self {
        let text = self.flat();
        for part in parts {
            assert!(!text.contains(&flat(part)), "{part:?} in: {self}");
        }
        self
    }

    /// All it said, without the frames of diagnostics, every run of white space made one space.
    fn flat(&self) -> String {
        flat(&format!("{}\n{}", self.stdout, self.stderr))
    }

    /// All it said, without the frames of diagnostics, in lines.
    pub(crate) fn lines(&self) -> Vec<String> {
        let text = format!("{}\n{}", self.stdout, self.stderr);
        let bare =
            |line: &str| line.strip_prefix('│').unwrap_or(line).strip_prefix(' ').unwrap_or(line).to_owned();
        text.lines().map(bare).collect()
    }

    /// The block that a message prints to be pasted, from the line that starts with `head` to its closing brace.
    #[track_caller]
    pub(crate) fn block(&self, head: &str) -> String {
        let lines = self.lines();
        let from = lines.iter().position(|line| line.trim_start().starts_with(head));
        let from = from.unwrap_or_else(|| panic!("no block {head:?} in: {self}"));
        let to = lines[from..].iter().position(|line| line.trim() == "}");
        let to = to.unwrap_or_else(|| panic!("block {head:?} has no end in: {self}"));
        lines[from..=from + to].join("\n")
    }
}

fn flat(text: &str) -> String {
    text.replace(['│', '╷', '╵'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { command, status, stdout, stderr } = self;
        write!(f, "`terraform {command}` ended with {status:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}
