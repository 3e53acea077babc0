//! Values with their own meaning: how each is read, compared and written.
//!
//! Values from a configuration must follow the rules here. Values from Atlan are accepted as they are, so that objects
//! made elsewhere under other rules can be imported.

use std::borrow::Cow;

use tfplug::{Choice, Text};

mod sso;

pub use sso::{ClaimText, IdpAlias};

/// Name of a group as people see it in Atlan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias(String);

impl Text for Alias {
    const RULE: &'static str =
        "non-blank text without control characters and without white space at either end";

    fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            Err("It must not be blank.".to_owned())
        } else if text.trim() != text {
            Err(format!("It must not begin or end with white space. Did you mean {:?}?", text.trim()))
        } else if text.chars().any(char::is_control) {
            Err("It must not contain control characters such as tabs or line breaks.".to_owned())
        } else {
            Ok(Alias(text.to_owned()))
        }
    }

    fn stored(text: &str) -> Result<Self, String> {
        Ok(Alias(text.to_owned()))
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

/// A name from Atlan. White space at its ends is left out, because no configuration may have it, not even the one that Terraform writes.
impl From<String> for Alias {
    fn from(text: String) -> Self {
        let bare = text.trim();
        if bare.is_empty() { Alias(text) } else { Alias(bare.to_owned()) }
    }
}

/// Internal name of a group. The rule is Atlan's documented one
/// (`developer.atlan.com/snippets/users-groups/create/`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(String);

/// Nothing in an alias can be part of an internal name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("no internal name can be derived from {0:?}, because it has no letter or digit; set `name`")]
pub struct NoSlug(String);

impl Slug {
    /// The internal name that an alias gets: transliterated to ASCII, in lower case, with one `_` in place of each
    /// run of other characters than letters and digits, and no `_` at either end. For aliases of ASCII letters,
    /// digits and single spaces it is what Atlan's SDKs derive.
    ///
    /// # Errors
    /// When nothing is left.
    pub fn of(alias: &Alias) -> Result<Self, NoSlug> {
        let ascii = any_ascii::any_ascii(&alias.0).to_ascii_lowercase();
        let words = ascii.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let slug = words.collect::<Vec<_>>().join("_");
        if slug.is_empty() { Err(NoSlug(alias.0.clone())) } else { Ok(Slug(slug)) }
    }
}

impl Text for Slug {
    const RULE: &'static str = "one or more lower-case ASCII letters, digits and `_`";

    fn parse(text: &str) -> Result<Self, String> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !text.is_empty() && text.chars().all(allowed) {
            return Ok(Slug(text.to_owned()));
        }
        // Another name replaces the group, and a configuration that Terraform generated for an import states the name.
        let problem = "It must be one or more lower-case ASCII letters, digits and `_`. For a group that already \
                       exists, leave `name` out, and the group keeps its name.";
        match Slug::of(&Alias(text.to_owned())) {
            Ok(slug) => Err(format!("{problem} For a new group, {:?} is a valid name.", slug.0)),
            Err(_) => Err(problem.to_owned()),
        }
    }

    fn stored(text: &str) -> Result<Self, String> {
        Ok(Slug(text.to_owned()))
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

impl From<String> for Slug {
    fn from(text: String) -> Self {
        Slug(text)
    }
}

/// Description of a group. White space at its ends, such as the last line break of a heredoc, makes no difference, because
/// a server may trim it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description(String);

impl Text for Description {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(Description(text.to_owned()))
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }

    fn same(&self, other: &Self) -> bool {
        self.0.trim() == other.0.trim()
    }
}

impl From<String> for Description {
    fn from(text: String) -> Self {
        Description(text)
    }
}

/// Email address of a person, in the practitioner's spelling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Email(String);

impl Email {
    /// The form in which Atlan stores and compares it.
    pub fn folded(&self) -> String {
        atlan::fold_email(&self.0)
    }

    /// Whether the local part has a `+`, which Atlan's help pages say is refused.
    pub fn has_plus(&self) -> bool {
        self.0.rsplit_once('@').is_some_and(|(local, _)| local.contains('+'))
    }
}

impl Text for Email {
    const RULE: &'static str = "an email address such as `ada@example.com`";

    fn parse(text: &str) -> Result<Self, String> {
        let options = email_address::Options::default()
            .without_display_text()
            .without_domain_literal()
            .with_required_tld();
        match email_address::EmailAddress::parse_with_options(text.trim(), options) {
            Ok(_) => Ok(Email(text.to_owned())),
            Err(problem) => {
                let problem = problem.to_string();
                let problem = problem.trim_end_matches('.');
                Err(format!("{text:?} is not an email address such as \"ada@example.com\": {problem}."))
            }
        }
    }

    fn stored(text: &str) -> Result<Self, String> {
        Ok(Email(text.to_owned()))
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }

    fn same(&self, other: &Self) -> bool {
        self.folded() == other.folded()
    }
}

impl From<String> for Email {
    fn from(text: String) -> Self {
        Email(text)
    }
}

/// Identifier that Atlan gives to a group, person or role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guid(atlan::Guid);

impl Text for Guid {
    const RULE: &'static str = "a GUID as Atlan shows it";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse()
            .map(Guid)
            .map_err(|error: atlan::InvalidGuid| format!("{text:?} is not a GUID: {error}."))
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.0.as_str())
    }
}

impl Guid {
    /// The GUID that an import names, if its text is one. People write GUIDs in any case; Atlan's are in lower case.
    pub fn of_import(text: &str) -> Option<Self> {
        let id: atlan::Guid = text.trim().to_ascii_lowercase().parse().ok()?;
        id.is_uuid().then_some(Guid(id))
    }

    /// The spelling that Atlan uses.
    pub fn folded(&self) -> Self {
        Self::of_import(self.0.as_str()).unwrap_or_else(|| self.clone())
    }
}

/// Begins the placeholder for the identifier of an object of which it is unknown whether it was created.
const UNCLEAR: &str = "unknown-";

impl Guid {
    /// A placeholder for the identifier of an object that may have been created under this name, which no other object has: letters,
    /// digits, `-` and `_`.
    pub(crate) fn unclear(name: &str) -> Self {
        Guid(atlan::Guid::made_of(&format!("{UNCLEAR}{name}")))
    }

    /// Whether it is such a placeholder.
    pub(crate) fn is_unclear(&self) -> bool {
        self.unclear_name().is_some()
    }

    /// The name in such a placeholder.
    pub(crate) fn unclear_name(&self) -> Option<&str> {
        self.0.as_str().strip_prefix(UNCLEAR)
    }
}

/// Checks that a GUID is a UUID, to tell it from a name that somebody wrote in its place. The rule of the type says
/// this in words.
pub(crate) fn is_uuid() -> tfplug::schema::Check {
    tfplug::schema::Check::new("", |value| match value.as_str() {
        // The type has already refused text that is no GUID at all.
        Some(text) if Guid::parse(text).is_ok() && Guid::of_import(text).is_none() => {
            Err(format!("{text:?} is not a GUID such as \"6f1d3c2a-8f0e-4a57-9a0b-2c4d5e6f7a8b\"."))
        }
        _ => Ok(()),
    })
}

/// Checks that each of several names says something.
pub(crate) fn none_blank() -> tfplug::schema::Check {
    tfplug::schema::Check::new("", |value| {
        let mut names = value.as_list().unwrap_or_default().iter().filter_map(tfplug::Dynamic::as_str);
        if names.any(|name| name.trim().is_empty()) {
            return Err("It must not hold a blank name.".to_owned());
        }
        Ok(())
    })
}

impl From<atlan::Guid> for Guid {
    fn from(guid: atlan::Guid) -> Self {
        Guid(guid)
    }
}

impl std::ops::Deref for Guid {
    type Target = atlan::Guid;

    fn deref(&self) -> &atlan::Guid {
        &self.0
    }
}

/// A workspace role; every person has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Role {
    /// May do everything.
    #[choice("$admin", alias = "admin")]
    Admin,
    /// May work with assets.
    #[choice("$member", alias = "member")]
    Member,
    /// May only view.
    #[choice("$guest", alias = "guest")]
    Guest,
}

impl From<Role> for atlan::WorkspaceRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin => atlan::WorkspaceRole::Admin,
            Role::Member => atlan::WorkspaceRole::Member,
            Role::Guest => atlan::WorkspaceRole::Guest,
        }
    }
}

impl From<atlan::WorkspaceRole> for Role {
    fn from(role: atlan::WorkspaceRole) -> Self {
        match role {
            atlan::WorkspaceRole::Admin => Role::Admin,
            atlan::WorkspaceRole::Member => Role::Member,
            atlan::WorkspaceRole::Guest => Role::Guest,
        }
    }
}

/// Role of an OAuth client: one of the workspace roles, or the name of another role of the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRole(String);

impl ClientRole {
    /// The name on the wire.
    pub fn name(&self) -> &str {
        match self.0.parse::<atlan::WorkspaceRole>() {
            Ok(role) => role.as_str(),
            Err(_) => &self.0,
        }
    }

    /// Whether it is one of the three that every tenant has.
    pub fn is_workspace_role(&self) -> bool {
        self.0.parse::<atlan::WorkspaceRole>().is_ok()
    }
}

impl Text for ClientRole {
    const RULE: &'static str =
        "`$admin`, `$member`, `$guest`, or the exact name of another role of the tenant";

    fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            Err("It must not be blank.".to_owned())
        } else if text.trim() != text {
            Err(format!("It must not begin or end with white space. Did you mean {:?}?", text.trim()))
        } else {
            Ok(ClientRole(text.to_owned()))
        }
    }

    fn stored(text: &str) -> Result<Self, String> {
        Ok(ClientRole(text.to_owned()))
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }

    fn same(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl From<String> for ClientRole {
    fn from(text: String) -> Self {
        ClientRole(text)
    }
}

/// The workspace role that a text names in any spelling: case, white space at the ends and the `$` make no difference.
/// More tolerant than [`Role`], for data from files and for look-ups.
pub(crate) fn workspace_role(text: &str) -> Option<atlan::WorkspaceRole> {
    text.trim().to_lowercase().parse().ok()
}

/// What to do when the object to be created exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum OnExisting {
    /// Fail, and say how to import it.
    #[default]
    Error,
    /// Take it over.
    Adopt,
}

/// Status of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Status {
    /// Invited, and the invitation can be accepted.
    Pending,
    /// Invited, and the invitation is too old to be accepted.
    Expired,
    /// Can log in.
    Active,
    /// Cannot log in until enabled again.
    Disabled,
}

impl From<atlan::UserStatus> for Status {
    fn from(status: atlan::UserStatus) -> Self {
        match status {
            atlan::UserStatus::Pending => Status::Pending,
            atlan::UserStatus::Expired => Status::Expired,
            atlan::UserStatus::Active => Status::Active,
            atlan::UserStatus::Disabled => Status::Disabled,
        }
    }
}

mod person;

pub(crate) use person::{Named, keep_guid_spelling, planned_name};
pub use person::{Person, PersonName};

#[cfg(test)]
mod tests;
