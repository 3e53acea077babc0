//! `normalize_email`: the one spelling of an email address.

use tfplug::{Args, Function, FunctionError};

use crate::provider::Atlan;
use crate::types::Email;

/// Returns an email address as Atlan stores and compares it: without white space at its ends and in lower case. Two
/// addresses belong to the same person exactly if the function returns the same text for both. It is useful for keys of
/// `for_each` whose addresses come from a file.
///
/// Requires Terraform 1.8 or OpenTofu 1.7, or later. In earlier versions, `lower(trimspace(email))` gives the same text.
/// Before 1.11, OpenTofu configures the provider before it calls a function, so the provider needs its settings.
#[derive(Args)]
pub struct NormalizeEmailArgs {
    /// Email address in any spelling.
    pub email: Email,
}

/// The function.
pub struct NormalizeEmail;

impl Function for NormalizeEmail {
    const NAME: &'static str = "normalize_email";
    const SUMMARY: &'static str = "Email address in the spelling that Atlan stores";

    type Provider = Atlan;
    type Args = NormalizeEmailArgs;
    type Output = String;

    fn call(args: NormalizeEmailArgs) -> Result<String, FunctionError> {
        Ok(args.email.folded())
    }
}
