//! `shapes_ruled`: rules between attributes, checks, deprecation, write-only values and conditional replacement.

use tfplug::schema::{between, len};
use tfplug::{Args, Computed, Sensitive, WriteOnly};

use super::store::Shape;

/// An object with rules.
#[derive(Args)]
#[args(
    conflicts(red, green),
    exactly_one_of(north, south),
    at_least_one_of(salt, pepper),
    required_together(user, password)
)]
pub(crate) struct RuledArgs {
    /// Not with green.
    red: Option<String>,
    /// Not with red.
    green: Option<String>,
    /// Or south.
    north: Option<String>,
    /// Or north.
    south: Option<String>,
    /// If not pepper.
    salt: Option<String>,
    /// If not salt.
    pepper: Option<String>,
    /// With a password.
    user: Option<String>,
    /// With a user.
    password: Option<String>,
    /// A name of one to eight letters.
    #[attr(check = len(1..=8))]
    name: Option<String>,
    /// What `name` was before.
    #[attr(deprecated = "Use `name`.")]
    title: Option<String>,
    /// How much fits in; never less.
    #[attr(check = between(0..=100), replace_if = |prior, planned| planned < prior)]
    capacity: Option<i64>,
    /// What is never stored.
    #[attr(requires(secret_version))]
    secret: Option<WriteOnly<String>>,
    /// Raised when the secret changes.
    secret_version: Option<i64>,
    /// A way in that nobody may see. Configuration that Terraform generates for such an object wants an edit: it writes
    /// `{}` for the secret.
    hidden: Option<Sensitive<Hidden>>,
    /// Ways in.
    ways: Option<Vec<Way>>,
}

/// A hidden way in.
#[derive(Args)]
struct Hidden {
    /// What opens it.
    word: String,
    /// How often it opens.
    #[attr(default = 3)]
    times: i64,
}

/// A way in.
#[derive(Args)]
#[args(exactly_one_of(key, bell))]
struct Way {
    /// A key.
    key: Option<String>,
    /// A bell.
    bell: Option<String>,
}

/// What is computed.
#[derive(Computed)]
pub(crate) struct RuledComputed {
    /// Type and number.
    #[attr(keep)]
    id: String,
    /// What `id` was before.
    #[attr(keep, deprecated = "Use `id`.")]
    number: String,
    /// How long the secret is.
    #[attr(follows(secret_version))]
    secret_length: Option<i64>,
}

pub(crate) struct Ruled;

impl Shape for Ruled {
    const NAME: &'static str = "ruled";
    type Args = RuledArgs;
    type Computed = RuledComputed;

    fn answer(id: &str, args: &RuledArgs) -> RuledComputed {
        RuledComputed {
            id: id.to_owned(),
            number: id.rsplit('-').next().unwrap_or_default().to_owned(),
            secret_length: args.secret_version,
        }
    }
}
