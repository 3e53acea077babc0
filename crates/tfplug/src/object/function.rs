//! Functions of a provider, called as `provider::name::function(…)`.

use crate::schema::{Args, Attr};
use crate::value::Path;

use super::Provider;

/// A function: same arguments, same result, without network or settings.
///
/// The fields of `Args` are the parameters in order. `Option<_>` admits null, [`crate::Value`] null and unknown, and the
/// last field may be `#[attr(variadic)]`, a list of all further arguments.
pub trait Function: Send + Sync + Sized + 'static {
    /// Name, without any prefix.
    const NAME: &'static str;

    /// One line on what it gives.
    const SUMMARY: &'static str;

    /// Why not to use it any more, and what to use instead.
    const DEPRECATED: Option<&'static str> = None;

    /// The provider it belongs to.
    type Provider: Provider;

    /// The parameters; their doc comments are the descriptions, that of the struct describes the function.
    type Args: Args;

    /// What it gives. `Value<_>` if the result may be null or unknown. Nothing of it may be sensitive, because Terraform shows
    /// the results of functions.
    type Output: Attr;

    /// Computes the result.
    ///
    /// # Errors
    /// What is wrong with the arguments, if possible with the one to blame.
    fn call(args: Self::Args) -> Result<Self::Output, FunctionError>;
}

/// Why a function has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    pub(crate) text: String,
    pub(crate) argument: Option<Path>,
}

impl FunctionError {
    /// Something is wrong with the arguments together. `text` is a sentence.
    pub fn new(text: impl Into<String>) -> Self {
        FunctionError { text: text.into(), argument: None }
    }

    /// The same, blaming one argument. Of the further arguments of a variadic parameter, an index in the path says which;
    /// without one it is the first.
    #[must_use]
    pub fn at(self, argument: impl Into<Path>) -> Self {
        FunctionError { argument: Some(argument.into()), ..self }
    }
}
