//! `atlan_users`: people of a tenant by email address.

use std::collections::{BTreeMap, BTreeSet};

use tfplug::schema::{Check, at_least};
use tfplug::{Args, Attempting as _, CallCx, Computed, DataSource, Error, Result};

use super::two_people;
use crate::members;
use crate::provider::{Atlan, Client};
use crate::types::{Email, Guid, Role, Status, is_uuid};

/// People of the tenant, invited or active. Without arguments, the result is all people; with several arguments, the
/// people who match all of them. Terraform stores the result in the state: about 300 bytes for each person.
///
/// The provider's credential must be allowed to read people. An API token may do so; an OAuth client may if its role
/// allows it.
#[derive(Args)]
#[args(timeouts(read = "5m"))]
pub struct UsersArgs {
    /// Email addresses. Case makes no difference. If nobody has an address, this is no error: `missing` lists it.
    pub emails: Option<BTreeSet<Email>>,
    /// Workspace role.
    pub role: Option<Role>,
    /// Status.
    pub status: Option<Status>,
    /// Domain of the email address: what follows the `@`. Case makes no difference.
    #[attr(check = domain())]
    pub email_domain: Option<String>,
    /// GUID of a group. Selects only its members.
    #[attr(check = is_uuid())]
    pub group_id: Option<Guid>,
    /// Largest number of people. If more people match, the read fails, and the error says how many.
    #[attr(default = 5000u32, check = at_least(1))]
    pub max_results: u32,
}

/// A domain, without the `@`.
pub(crate) fn domain() -> Check {
    Check::new("the part of an email address after the `@`, such as `example.com`", |value| {
        let Some(text) = value.as_str() else { return Ok(()) };
        let is_domain = !text.is_empty() && !text.contains(|c: char| c == '@' || c.is_whitespace());
        let problem = "It must be what follows the `@` of an email address, such as \"example.com\".";
        if is_domain { Ok(()) } else { Err(problem.to_owned()) }
    })
}

/// Whether an email address is of this domain.
pub(crate) fn is_of_domain(email: &str, domain: &str) -> bool {
    email.rsplit_once('@').is_some_and(|(_, own)| own.eq_ignore_ascii_case(domain))
}

/// What Atlan answers.
#[derive(Computed)]
#[computed(data, args = UsersArgs)]
pub struct UsersComputed {
    /// The people by email address in lower case.
    pub users: BTreeMap<String, ListedUser>,
    /// Addresses of `emails` in lower case that nobody has. Do not create one `atlan_user_invite` for each of them: a
    /// person who is invited is no longer missing, so the next apply would cancel the invitation. Invite from a list
    /// of your own.
    pub missing: BTreeSet<String>,
}

/// A person.
#[derive(Computed)]
#[computed(data)]
pub struct ListedUser {
    /// GUID of the person.
    pub id: Guid,
    /// User name of the person.
    pub username: Option<String>,
    /// Workspace role of the person.
    pub role: Option<Role>,
    /// Status of the person.
    pub status: Status,
    /// Whether SCIM manages the person. Null if the tenant does not say.
    pub is_scim: Option<bool>,
    /// Time at which the invitation was sent, in RFC 3339 format. Null for people who were not invited.
    pub invited_at: Option<String>,
}

/// The data source.
pub struct Users;

impl DataSource for Users {
    const NAME: &'static str = "users";

    type Provider = Atlan;
    type Args = UsersArgs;
    type Computed = UsersComputed;

    async fn read(cx: &CallCx<'_, Atlan>, args: &UsersArgs) -> Result<UsersComputed> {
        let wanted: Option<BTreeSet<String>> =
            args.emails.as_ref().map(|emails| emails.iter().map(Email::folded).collect());
        let people = people(&cx.client, args.group_id.as_ref(), wanted.as_ref()).await;
        let (people, members) = people.attempting(|| "read people".to_owned())?;
        let mut missing = wanted.unwrap_or_default();
        for user in &people {
            missing.remove(&atlan::fold_email(&user.email));
        }
        let role = args.role.map(atlan::WorkspaceRole::from);
        let fits = |user: &atlan::User| {
            members.as_ref().is_none_or(|members| members.contains(&user.id))
                && role.is_none_or(|role| user.role == Some(role))
                && args.status.is_none_or(|status| Status::from(user.status) == status)
                && args.email_domain.as_ref().is_none_or(|domain| is_of_domain(&user.email, domain))
        };
        let people: Vec<atlan::User> = people.into_iter().filter(fits).collect();
        if people.len() > args.max_results as usize {
            return Err(too_many(people.len(), args.max_results).at(UsersArgs::MAX_RESULTS));
        }
        let mut users = BTreeMap::new();
        for user in people {
            let email = atlan::fold_email(&user.email);
            let listed = ListedUser {
                id: user.id.clone().into(),
                username: user.username,
                role: user.role.map(Role::from),
                status: user.status.into(),
                is_scim: user.is_scim,
                invited_at: user.invited_at,
            };
            if let Some(other) = users.insert(email.clone(), listed) {
                return Err(two_people(&email, &other.id, &user.id.into(), "users"));
            }
        }
        Ok(UsersComputed { users, missing })
    }
}

/// People among whom are all that fit, and the members of the group, if there is one.
async fn people(
    client: &Client,
    group: Option<&Guid>,
    emails: Option<&BTreeSet<String>>,
) -> Result<(Vec<atlan::User>, Option<BTreeSet<atlan::Guid>>)> {
    let members = match group {
        None => None,
        Some(group) => {
            let group = group.folded();
            let members = client.members(&group).await?;
            let members =
                members.ok_or_else(|| members::no_group(client, &group, "").at(UsersArgs::GROUP_ID))?;
            Some(members.into_iter().map(|member| member.id).collect::<BTreeSet<atlan::Guid>>())
        }
    };
    let people = match (emails, &members) {
        (Some(emails), _) => client.users_by_emails(emails).await?,
        (None, Some(members)) => client.users_by_ids(members).await?,
        (None, None) => client.users().await?,
    };
    Ok((people, members))
}

fn too_many(count: usize, most: u32) -> Error {
    Error::new(
        "Too many people",
        format!(
            "{count} people match, more than max_results = {most}. The result is stored in the state. \
             Narrow it by \
             `emails`, `role`, `status`, `email_domain` or `group_id`, or raise `max_results`."
        ),
    )
}
