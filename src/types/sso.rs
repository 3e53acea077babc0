//! Values of single sign-on.

use std::borrow::Cow;

use tfplug::Text;

/// Alias of an identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdpAlias(atlan::IdpAlias);

impl Text for IdpAlias {
    const RULE: &'static str = "one or more letters, digits, `-` and `_`";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map(IdpAlias).map_err(|_: atlan::InvalidIdpAlias| {
            format!(
                "{text:?} is not the alias of an identity provider, which consists of letters, digits, `-` and `_`. The alias \
                 is in the address of the provider's page, under SSO in Atlan's admin center."
            )
        })
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.0.as_str())
    }
}

impl From<atlan::IdpAlias> for IdpAlias {
    fn from(alias: atlan::IdpAlias) -> Self {
        IdpAlias(alias)
    }
}

impl std::ops::Deref for IdpAlias {
    type Target = atlan::IdpAlias;

    fn deref(&self) -> &atlan::IdpAlias {
        &self.0
    }
}

/// Name or value of a claim, which Atlan compares exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimText(String);

impl ClaimText {
    /// The claim that Atlan's own clients name.
    pub fn member_of() -> Self {
        ClaimText("memberOf".to_owned())
    }
}

impl Text for ClaimText {
    const RULE: &'static str = "non-blank text without white space at either end";

    fn parse(text: &str) -> Result<Self, String> {
        let bare = text.trim();
        if bare.is_empty() {
            Err("It must not be blank.".to_owned())
        } else if bare == text {
            Ok(ClaimText(text.to_owned()))
        } else {
            Err(format!(
                "It must not begin or end with white space, because Atlan compares exactly. Did you mean {bare:?}?"
            ))
        }
    }

    fn stored(text: &str) -> Result<Self, String> {
        Ok(ClaimText(text.to_owned()))
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

impl From<String> for ClaimText {
    fn from(text: String) -> Self {
        ClaimText(text)
    }
}
