//! What the two resources of memberships share: looking people up, and what to say to the practitioner.

use std::time::Duration;

use atlan::{Joined, User};
use tfplug::{Call, Cx, Error, Resource, Result, Text as _};

use crate::provider::{Atlan, Client};
use crate::types::{Guid, Person, PersonName};

/// The person that a configuration names.
///
/// # Errors
/// If nobody is known by that name; failures of the request.
pub(crate) async fn person(client: &Client, person: &Person) -> Result<User> {
    match client.person(person).await? {
        Some(user) => Ok(user),
        None => Err(Error::new("There is no such person", nobody(client, person))),
    }
}

/// Why a person that is not there may be missing, and what to do.
pub(crate) fn nobody(client: &Client, person: &Person) -> String {
    let (tenant, text) = (client.tenant(), person.text().trim().to_owned());
    match person.name() {
        PersonName::Email(_) => format!(
            "Nobody is known to Atlan ({tenant}) as {text}. If this configuration invites the person, refer to \
             `atlan_user_invite.NAME.email` instead of writing the address, so that Terraform invites first. People who come by \
             single sign-on exist after their first sign-in."
        ),
        PersonName::Id(_) => format!(
            "Nobody in the tenant {tenant} has the GUID {text}. The person may have been removed; somebody who is invited again gets \
             another GUID. Correct it, or write the email address instead."
        ),
    }
}

/// How long a message about a failure waits for the name of a group.
const NAME_WITHIN: Duration = Duration::from_secs(3);

/// A group as messages name it: by the name shown in Atlan, or by its GUID if that cannot be learned quickly.
pub(crate) async fn group_name(client: &Client, group: &atlan::Guid) -> String {
    let known = match client.remembered_group(group) {
        Some(known) => Some(known),
        None => {
            let read = tokio::time::timeout(NAME_WITHIN, client.group(group)).await;
            read.ok().and_then(atlan::Result::ok).flatten()
        }
    };
    known.map_or_else(|| group.to_string(), |group| format!("{:?}", group.alias))
}

/// Most groups that a message names.
const MOST_NAMES: usize = 20;

/// Several groups as messages name them.
pub(crate) async fn group_names(client: &Client, groups: &[atlan::Guid]) -> String {
    let mut names = Vec::new();
    for group in groups.iter().take(MOST_NAMES) {
        names.push(group_name(client, group).await);
    }
    let more = groups.len().saturating_sub(MOST_NAMES);
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    names.join(", ")
}

/// Warns that a group has single memberships and a mapping.
pub(crate) fn is_mapped(call: &Call, client: Option<&Client>, group: &str) {
    let known = client.and_then(|client| client.remembered_group(&group.parse().ok()?));
    let name = known.map_or_else(|| group.to_owned(), |group| format!("{:?}", group.alias));
    call.warn(
        format!("Sign-ins may end memberships of {name}"),
        format!(
            "This configuration has `atlan_group_member` resources for the group {name} and an `atlan_sso_group_mapping` of it. At \
             each sign-in Atlan makes the person's membership follow the identity provider. So it removes a person again whom the \
             identity provider does not list for the group, and the next plan shows the membership as to be created. Add the person \
             to the group in the identity provider, or remove one of the two resources."
        ),
    );
}

/// The error for somebody who may be out of other groups, because they were added to one.
pub(crate) async fn may_be_lost(
    client: &Client,
    email: &str,
    group: &Guid,
    groups: &[atlan::Guid],
    why: &atlan::Error,
) -> Error {
    Error::new(
        format!("{email} may be out of other groups"),
        format!(
            "The provider added {email} to the group {}. This tenant replaces a person's groups where others add to them, or it is \
             unknown what it did. The provider could not put the person back into the groups that they were in before: {why}.\n\nLook \
             in Atlan whether {email} is in these groups, and add the person where they are missing: {}. Then run `terraform apply` \
             again. It adds people to the groups that this configuration manages.",
            group_name(client, group).await,
            group_names(client, groups).await
        ),
    )
}

/// The error for a group that does not exist.
pub(crate) fn no_group(client: &Client, group: &Guid) -> Error {
    Error::new(
        "The group does not exist",
        format!(
            "The tenant {} has no group with the GUID {}. It may have been deleted. Refer to the `id` of an `atlan_group`, or \
             correct the GUID.",
            client.tenant(),
            group.text()
        ),
    )
}

/// Whether Atlan refused this particular person, as opposed to a credential that may not do it or a server that is too busy.
pub(crate) fn is_refusal(error: &atlan::Error) -> bool {
    matches!(error.status(), Some(400 | 409 | 422))
}

/// The error for somebody whom the tenant does not let join before they have accepted. `group`: as messages name it.
pub(crate) fn is_pending(user: &User, group: &str, error: &atlan::Error) -> Error {
    Error::new(format!("{} has not accepted the invitation yet", user.email), pending(user, group, error))
}

/// The same as a sentence.
pub(crate) fn pending(user: &User, group: &str, error: &atlan::Error) -> String {
    format!(
        "Atlan refused to add {} to the group {group}: {error}. The person has not accepted the invitation yet, which this tenant may \
         demand. Run `terraform apply` again afterwards.",
        user.email
    )
}

/// Warns about what an add has met.
pub(crate) async fn warn<R: Resource<Provider = Atlan>>(
    cx: &Cx<'_, R>,
    email: &str,
    group: &Guid,
    joined: &Joined,
) {
    if !joined.restored.is_empty() {
        cx.warn(
            format!("{email} was out of groups for a moment"),
            format!(
                "Adding {email} to the group {} took the person out of these other groups: {}. This tenant replaces a person's \
                 groups where others add to them. The provider put the person back at once, and sends all groups of a person from \
                 now on.",
                group_name(&cx.client, group).await,
                group_names(&cx.client, &joined.restored).await
            ),
        );
    }
    if !joined.unconfirmed.is_empty() {
        cx.warn(
            format!("Other groups of {email} do not show"),
            format!(
                "The provider added {email} to the group {} and sent the other groups of the person, too, because this tenant \
                 replaces a person's groups, or it was unknown what it did. Atlan accepted that, but its lists do not show the person \
                 in these groups so far: {}. Look in Atlan later whether {email} is in them.",
                group_name(&cx.client, group).await,
                group_names(&cx.client, &joined.unconfirmed).await
            ),
        );
    }
    if !joined.shown {
        cx.warn(
            format!("A membership of {email} does not show yet"),
            format!(
                "Atlan has accepted {email} as a member of the group {}, but its list of members does not show that so far. The state \
                 has it, and the next plan waits for it to show.",
                group_name(&cx.client, group).await
            ),
        );
    }
}
