//! `atlan_user`: one person, found by GUID, email address or user name.

use std::collections::BTreeMap;

use atlan::Similar;
use tfplug::schema::not_blank;
use tfplug::{Args, Attempting as _, CallCx, Computed, DataSource, Error, Result, Text as _};

use crate::near::similar;
use crate::provider::Atlan;
use crate::types::{Email, Guid, Role, Status};

/// A person of the tenant, invited or active. Set exactly one of `id`, `email` and `username`.
///
/// The provider's credential must be allowed to read people. An API token may do so; an OAuth client may if its role
/// allows it.
#[derive(Args)]
#[args(exactly_one_of(id, email, username), timeouts(read = "2m"))]
pub struct UserArgs {
    /// GUID of the person.
    pub id: Option<Guid>,
    /// Email address of the person. Case makes no difference.
    pub email: Option<Email>,
    /// User name of the person. Case makes no difference.
    #[attr(check = not_blank())]
    pub username: Option<String>,
    /// Whether to read the groups of the person, too. This takes one more request.
    #[attr(default = false)]
    pub include_groups: bool,
}

/// What Atlan answers.
#[derive(Computed)]
#[computed(data, args = UserArgs)]
pub struct UserComputed {
    /// GUID of the person.
    pub id: Guid,
    /// Email address of the person.
    pub email: Email,
    /// User name of the person.
    pub username: Option<String>,
    /// First name. Null while the invitation is pending.
    pub first_name: Option<String>,
    /// Last name. Null while the invitation is pending.
    pub last_name: Option<String>,
    /// Workspace role of the person.
    pub role: Option<Role>,
    /// Status of the person.
    pub status: Status,
    /// Whether SCIM manages the person. Null if the tenant does not say.
    pub is_scim: Option<bool>,
    /// Time at which the invitation was sent, in RFC 3339 format. Null for people who were not invited.
    pub invited_at: Option<String>,
    /// User name of the sender of the invitation.
    pub invited_by: Option<String>,
    /// Time of the last login, in RFC 3339 format. Changes without Terraform. Null before the first login.
    pub last_login_at: Option<String>,
    /// GUIDs of the person's groups by internal name. Null unless `include_groups` is `true`.
    pub groups: Option<BTreeMap<String, Guid>>,
}

/// The data source.
pub struct User;

impl DataSource for User {
    const NAME: &'static str = "user";

    type Provider = Atlan;
    type Args = UserArgs;
    type Computed = UserComputed;

    async fn read(cx: &CallCx<'_, Atlan>, args: &UserArgs) -> Result<UserComputed> {
        let asked = || format!("read {}", wanted(args));
        let user = find(cx, args).await.attempting(asked)?;
        let groups = match args.include_groups {
            true => {
                let groups = cx.client.groups_of(&user.id).await.attempting(asked)?;
                // The person was found in a list that was read earlier in the run, and has been removed since.
                let gone = || nobody(cx, args, &format!("with the GUID {} any more", user.id), "");
                let groups = groups.ok_or_else(gone)?;
                Some(groups.into_iter().map(|group| (group.name, group.id.into())).collect())
            }
            false => None,
        };
        Ok(UserComputed {
            id: user.id.into(),
            email: user.email.into(),
            username: user.username,
            first_name: user.first_name,
            last_name: user.last_name,
            role: user.role.map(Role::from),
            status: user.status.into(),
            is_scim: user.is_scim,
            invited_at: user.invited_at,
            invited_by: user.invited_by,
            last_login_at: user.last_login_at.map(|at| at.to_string()),
            groups,
        })
    }
}

/// What the configuration names the person by.
fn wanted(args: &UserArgs) -> String {
    match (&args.id, &args.email, &args.username) {
        (Some(id), ..) => id.as_str().to_owned(),
        (_, Some(email), _) => email.text().into_owned(),
        (.., username) => format!("user {:?}", username.as_deref().unwrap_or_default()),
    }
}

async fn find(cx: &CallCx<'_, Atlan>, args: &UserArgs) -> Result<atlan::User> {
    if let Some(id) = &args.id {
        let Some(user) = cx.client.user(&id.folded()).await? else {
            return Err(nobody(cx, args, "with this GUID", "").at(UserArgs::ID));
        };
        return Ok(user);
    }
    if let Some(email) = &args.email {
        let email = email.folded();
        let Some(user) = cx.client.user_by_email(&email).await? else {
            let near = near(cx, Similar::Email, &email).await;
            return Err(nobody(cx, args, "with this email address", &near).at(UserArgs::EMAIL));
        };
        let all = cx.client.users_with_email(&email);
        if all.len() > 1 {
            return Err(several(args, &all).at(UserArgs::EMAIL));
        }
        return Ok(user);
    }
    let username = args.username.as_deref().unwrap_or_default();
    let mut found = cx.client.users_by_username(username).await?;
    match (found.pop(), found.as_slice()) {
        (Some(user), []) => Ok(user),
        (Some(user), others) => {
            let all: Vec<atlan::Guid> = others.iter().chain([&user]).map(|user| user.id.clone()).collect();
            Err(several(args, &all).at(UserArgs::USERNAME))
        }
        (None, _) => {
            let near = near(cx, Similar::Username, username).await;
            Err(nobody(cx, args, "with this user name", &near).at(UserArgs::USERNAME))
        }
    }
}

/// A sentence about people whose address or user name resembles one that nobody has. That it cannot be written is no
/// reason for another error.
async fn near(cx: &CallCx<'_, Atlan>, by: Similar, text: &str) -> String {
    let users = match cx.client.similar_users(by, text).await {
        Ok(users) => users,
        Err(error) => {
            tracing::debug!(%error, "no similar people could be read");
            return String::new();
        }
    };
    let name = |user: &atlan::User| match by {
        Similar::Email => Some(user.email.clone()),
        Similar::Username => user.username.clone(),
    };
    let names: Vec<String> = users.iter().filter_map(name).collect();
    similar(text, names.iter().map(String::as_str))
}

/// `whom` completes "nobody …".
fn nobody(cx: &CallCx<'_, Atlan>, args: &UserArgs, whom: &str, near: &str) -> Error {
    Error::new(
        format!("Could not read {}", wanted(args)),
        format!(
            "The tenant {} has nobody {whom}.{near} People who come by single sign-on exist after their first \
             login; the data source `atlan_users` reads the people who are there.",
            cx.client.tenant()
        ),
    )
}

fn several(args: &UserArgs, ids: &[atlan::Guid]) -> Error {
    let mut ids: Vec<String> = ids.iter().map(|id| format!("\n  - {id}")).collect();
    ids.sort();
    Error::new(
        format!("Could not read {}", wanted(args)),
        format!("{} people match. Use `id` instead:\n{}", ids.len(), ids.concat()),
    )
}
