//! `atlan_access_report`: who may do what in a tenant, compared with what a configuration expects. It is meant for
//! `check` blocks.
//!
//! `judge.rs` compares; this file has the attributes and the requests: the pages of people, those of groups, those of the groups whose
//! members are expected, and the tokens if they are asked for.

mod judge;

use std::collections::{BTreeMap, BTreeSet};

use atlan::{ApiToken, Timestamp};
use tfplug::schema::at_least;
use tfplug::{
    Args, Attempting as _, CallCx, Computed, Config, DataSource, Diagnostics, Error, Result, Text as _, Value,
};

use crate::provider::Atlan;
use crate::types::{Email, Guid, Role, Status};
use judge::{Facts, Members};

/// Expected roles by email address.
type Roles = BTreeMap<String, Option<Role>>;
/// Expected members by internal name of the group.
type MembersByGroup = BTreeMap<String, BTreeSet<Email>>;
/// Addresses by internal name of the group.
type AddressesByGroup = BTreeMap<String, Vec<String>>;

/// Comparison of the access to the tenant with the access that is expected. If an argument is left out, the lists
/// that depend on it are null. Use it in `check` blocks: an assertion about a list warns in each plan.
///
/// *Unexpected* people are active, or have an invitation that they can accept. People with an expired invitation are in `expired`, and
/// disabled people in `disabled`. Of the other lists, only `missing_members` can name them, and `pending_too_long` those whose invitation has
/// expired. Days are counted by Atlan's clock. Lists are sorted by address or name.
///
/// You can also put the data source inside the `check` block. Then a report that cannot be read is only a warning,
/// too. But Terraform reads such a data source again in each apply, so its plan is never empty (the exit code with
/// `-detailed-exitcode` is 2).
///
/// The provider's credential must be allowed to read people and groups, and API tokens with `include_api_tokens`. An API token may do
/// so; an OAuth client may if its role allows it.
#[derive(Args)]
#[args(timeouts(read = "10m"))]
pub struct AccessReportArgs {
    /// Roles of the people who are expected, by email address in any case. `null` accepts any role.
    pub expected_users: Option<Roles>,
    /// Internal names of the groups that are expected.
    pub expected_groups: Option<BTreeSet<String>>,
    /// Email addresses of the members who are expected, by internal name of the group. Takes at least one request for
    /// each group.
    pub expected_members: Option<MembersByGroup>,
    /// Days after which an open invitation is in `pending_too_long`.
    #[attr(default = 7u32, check = at_least(0))]
    pub pending_days: u32,
    /// Days without a login after which an active person is in `inactive_users`.
    #[attr(check = at_least(0))]
    pub inactive_days: Option<u32>,
    /// Email addresses of the admins who are expected.
    pub expected_admins: Option<BTreeSet<Email>>,
    /// Whether to read the API tokens, too.
    #[attr(default = false)]
    pub include_api_tokens: bool,
    /// Days before its expiry from which an API token is in `expiring_tokens`.
    #[attr(default = 30u32, check = at_least(0))]
    pub token_days: u32,
    /// Email addresses of people who are left out of every list, such as break-glass accounts. `counts` includes them.
    pub ignore: Option<BTreeSet<Email>>,
}

/// What Atlan answers. Lists are sorted by address or name.
#[derive(Computed)]
#[computed(data, args = AccessReportArgs)]
pub struct AccessReportComputed {
    /// People who are not in `expected_users`.
    pub unexpected_users: Option<Vec<Person>>,
    /// Addresses in `expected_users` that nobody has.
    pub missing_users: Option<Vec<String>>,
    /// People whose role is not the one in `expected_users`.
    pub wrong_roles: Option<Vec<WrongRole>>,
    /// Groups that are not in `expected_groups`.
    pub unexpected_groups: Option<Vec<String>>,
    /// Names in `expected_groups` that no group has.
    pub missing_groups: Option<Vec<String>>,
    /// Addresses of members who are not in `expected_members`, by internal name of the group. Only groups with such members.
    pub unexpected_members: Option<AddressesByGroup>,
    /// Addresses in `expected_members` that are not in the group, by internal name of the group. Only groups with such addresses.
    pub missing_members: Option<AddressesByGroup>,
    /// People who have not accepted for more than `pending_days`, expired invitations included; the oldest first.
    pub pending_too_long: Vec<Person>,
    /// Active people who have not logged in for more than `inactive_days`, or never.
    pub inactive_users: Option<Vec<InactivePerson>>,
    /// Admins who are not in `expected_admins`, invited ones included.
    pub unexpected_admins: Option<Vec<Person>>,
    /// API tokens that expire within `token_days`. Null without `include_api_tokens`.
    pub expiring_tokens: Option<Vec<Token>>,
    /// API tokens whose creator is disabled or no longer in the tenant. Null without `include_api_tokens`.
    pub orphaned_tokens: Option<Vec<Token>>,
    /// API tokens with a lifetime of more than a year. Null without `include_api_tokens`.
    pub long_lived_tokens: Option<Vec<Token>>,
    /// Active admins.
    pub admins: Vec<Person>,
    /// People with an invitation that they can accept.
    pub pending: Vec<Person>,
    /// People whose invitation has expired.
    pub expired: Vec<Person>,
    /// People who are disabled.
    pub disabled: Vec<Person>,
    /// Active and invited people who are in no group. Null if the tenant does not say.
    pub users_without_groups: Option<Vec<Person>>,
    /// Internal names of groups without members. Null if the tenant does not say.
    pub empty_groups: Option<Vec<String>>,
    /// Internal names of groups that new people join automatically.
    pub default_groups: Vec<String>,
    /// Numbers of all people and groups.
    pub counts: Counts,
}

/// A person in a list of the report.
#[derive(Clone, Debug, PartialEq, Eq, Computed)]
#[computed(data)]
pub struct Person {
    /// Email address in lower case.
    pub email: String,
    /// GUID of the person.
    pub id: Guid,
    /// Workspace role of the person.
    pub role: Option<Role>,
    /// Status of the person.
    pub status: Status,
    /// Time at which the invitation was sent, in RFC 3339 format. Null for people who were not invited.
    pub invited_at: Option<String>,
}

/// A person whose role is not the one that is expected.
#[derive(Computed)]
#[computed(data)]
pub struct WrongRole {
    /// Email address in lower case.
    pub email: String,
    /// GUID of the person.
    pub id: Guid,
    /// Workspace role that is expected.
    pub expected_role: Role,
    /// Workspace role of the person.
    pub role: Option<Role>,
    /// Status of the person.
    pub status: Status,
    /// Time at which the invitation was sent, in RFC 3339 format. Null for people who were not invited.
    pub invited_at: Option<String>,
}

/// A person who does not log in.
#[derive(Computed)]
#[computed(data)]
pub struct InactivePerson {
    /// Email address in lower case.
    pub email: String,
    /// GUID of the person.
    pub id: Guid,
    /// Workspace role of the person.
    pub role: Option<Role>,
    /// Status of the person.
    pub status: Status,
    /// Time at which the invitation was sent, in RFC 3339 format. Null for people who were not invited.
    pub invited_at: Option<String>,
    /// Time of the last login, in RFC 3339 format. Null for people who never logged in.
    pub last_login_at: Option<String>,
}

/// An API token in a list of the report.
#[derive(Computed)]
#[computed(data)]
pub struct Token {
    /// GUID of the token.
    pub id: Guid,
    /// Name shown in Atlan.
    pub display_name: String,
    /// User name of the identity that created the token. Null if the tenant does not say.
    pub created_by: Option<String>,
    /// Time at which the token expires, in RFC 3339 format. Null if the tenant does not say.
    pub expires_at: Option<String>,
}

/// Numbers of people and groups.
#[derive(Computed)]
#[computed(data)]
pub struct Counts {
    /// All people.
    pub users: u64,
    /// Active people.
    pub active: u64,
    /// People with an invitation that they can accept.
    pub pending: u64,
    /// People whose invitation has expired.
    pub expired: u64,
    /// People who are disabled.
    pub disabled: u64,
    /// Active admins.
    pub admins: u64,
    /// Active members.
    pub members: u64,
    /// Active guests.
    pub guests: u64,
    /// All groups.
    pub groups: u64,
}

/// The data source.
pub struct AccessReport;

impl DataSource for AccessReport {
    const NAME: &'static str = "access_report";

    type Provider = Atlan;
    type Args = AccessReportArgs;
    type Computed = AccessReportComputed;

    fn validate(config: &Config<'_, AccessReportArgs>, diagnostics: &mut Diagnostics) {
        if let Value::Known(users) = config.get(AccessReportArgs::EXPECTED_USERS) {
            addresses(&users, diagnostics);
        }
    }

    async fn read(cx: &CallCx<'_, Atlan>, args: &AccessReportArgs) -> Result<AccessReportComputed> {
        if let Some(users) = &args.expected_users {
            let mut diagnostics = Diagnostics::new();
            addresses(users, &mut diagnostics);
            diagnostics.into_result()?;
        }
        let (asked, error) = match facts(cx, args).await {
            Ok(facts) if facts.now.is_none() => return Err(no_clock()),
            Ok(facts) => return Ok(judge::report(cx, args, facts)),
            Err((asked, error)) => (asked, error),
        };
        // Who is called, because another credential may do it.
        let whose = match cx.client.current().await {
            Ok(caller) if error.is_forbidden() => format!("{asked} as {}", caller.username),
            _ => asked.to_owned(),
        };
        Err(error).attempting(|| whose.clone())
    }
}

/// The keys of `expected_users` must be addresses, each once.
fn addresses(users: &Roles, diagnostics: &mut Diagnostics) {
    let at = |key: &str| tfplug::Path::attribute("expected_users").key(key);
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    for key in users.keys() {
        match Email::parse(key) {
            Err(problem) => diagnostics.error_at(at(key), "Invalid key of \"expected_users\"", problem),
            Ok(email) => {
                if let Some(other) = known.insert(email.folded(), key) {
                    let detail = format!("{other:?} and {key:?} are the same address.");
                    diagnostics.error_at(at(key), "Two keys are one address", detail);
                }
            }
        }
    }
}

/// What the report is made of.
async fn facts(
    cx: &CallCx<'_, Atlan>,
    args: &AccessReportArgs,
) -> Result<Facts, (&'static str, atlan::Error)> {
    let people = cx.client.counted_users().await.map_err(|error| ("read people", error))?;
    let groups = cx.client.counted_groups().await.map_err(|error| ("read groups", error))?;
    let mut members = BTreeMap::new();
    for name in args.expected_members.iter().flat_map(BTreeMap::keys) {
        let Some(group) = groups.iter().find(|group| group.name == *name) else { continue };
        let read = cx.client.members(&group.id).await;
        let found: Members =
            read.map_err(|error| ("read the members of a group", error))?.unwrap_or_default();
        members.insert(name.clone(), found);
    }
    let tokens = match args.include_api_tokens {
        true => {
            Some(cx.client.credentials::<ApiToken>().await.map_err(|error| ("read the API tokens", error))?)
        }
        false => None,
    };
    // No request so far has gone without an answer, whose `Date` header this is.
    let now: Option<Timestamp> = cx.client.server_time();
    Ok(Facts { people, groups, members, tokens, now })
}

/// A day is counted by a clock that nobody has told.
fn no_clock() -> Error {
    Error::new(
        "Atlan's answers have no time",
        "The report counts days by the `Date` header of Atlan's answers, which a proxy may have removed.",
    )
}
