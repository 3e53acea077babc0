//! One run of the acceptance tests, and what came of it, read from what the test program prints.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use xtask::terraform::VARIABLE;

/// What came of a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// How many tests passed, without those skipped.
    pub(super) passed: usize,
    /// The names of those that failed.
    pub(super) failed: Vec<String>,
    /// How many were skipped, by the reason.
    pub(super) skipped: BTreeMap<String, usize>,
}

impl Outcome {
    /// The skipped ones, for a cell of the table.
    pub(super) fn skips(&self) -> String {
        let reasons: Vec<String> =
            self.skipped.iter().map(|(reason, count)| format!("{reason} ({count})")).collect();
        match self.skipped.values().sum() {
            0 => "0".to_owned(),
            sum => format!("{sum}: {}", reasons.join("; ")),
        }
    }
}

/// Runs the tests that take the Terraform of the variable. The output of a run with a failure goes to standard error.
pub(super) fn run(workspace: &Path, tests: &Path, terraform: &Path) -> Result<Outcome, Box<dyn Error>> {
    let output = Command::new(tests)
        .args(["path::", "--show-output", "--color=never"])
        .current_dir(workspace)
        .env(VARIABLE, terraform)
        .env("CHECKPOINT_DISABLE", "1")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let outcome = read(&said);
    if !output.status.success() {
        io::stderr().write_all(said.as_bytes())?;
    }
    match (output.status.success(), outcome.failed.is_empty()) {
        (true, true) if outcome.passed == 0 => Err("the acceptance tests ran nothing".into()),
        (true, true) | (false, false) => Ok(outcome),
        _ => Err(format!("the acceptance tests ended with {}, and named no failure", output.status).into()),
    }
}

/// The outcome in the output of a test program: a line for each test, then a section with what each test printed.
fn read(output: &str) -> Outcome {
    let mut outcome = Outcome::default();
    let mut skipped = 0;
    let mut in_section = false;
    for line in output.lines() {
        in_section |= line.starts_with("---- ");
        if in_section {
            if let Some(reason) = line.strip_prefix("skipped: ") {
                *outcome.skipped.entry(reason.to_owned()).or_default() += 1;
                skipped += 1;
            }
        } else if let Some((name, result)) = line.strip_prefix("test ").and_then(|it| it.rsplit_once(" ... "))
        {
            match result {
                "ok" => outcome.passed += 1,
                "FAILED" => outcome.failed.push(name.to_owned()),
                _ => {} // `ignored`, or a test that takes long
            }
        }
    }
    outcome.passed -= skipped;
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passed_failed_and_skipped_tests_are_told_apart() {
        let output = "
running 5 tests
test group::path::a ... ok
test queries::path::b ... ok
test queries::path::c ... ok
test group::path::d has been running for over 60 seconds
test group::path::d ... FAILED
test group::path::e ... ok

successes:

---- group::path::a stdout ----
test something printed ... ok

---- queries::path::b stdout ----
skipped: list resources

---- queries::path::c stdout ----
skipped: list resources


successes:
    group::path::a

failures:

---- group::path::d stdout ----
assertion failed

test result: FAILED. 4 passed; 1 failed; 0 ignored; 0 measured; 9 filtered out; finished in 1.00s
";
        let expected = Outcome {
            passed: 2,
            failed: vec!["group::path::d".to_owned()],
            skipped: [("list resources".to_owned(), 2)].into(),
        };
        assert_eq!(read(output), expected);
        assert_eq!(expected.skips(), "2: list resources (2)");
        assert_eq!(Outcome::default().skips(), "0");
    }
}
