//! Types of fields and rules between them, as a practitioner meets them, and the laws of their equality.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "all of it is test code")]

mod laws;
mod meaning;
mod rules;
mod thing;

use std::fmt::Display;

use expect_test::Expect;

/// A subject held against its snapshot.
fn check(subject: &impl Display, expect: Expect) {
    expect.assert_eq(&subject.to_string());
}
