//! What the two resources of memberships share: looking people up, and what to say to the practitioner.

use atlan::{Joined, User};
use tfplug::{Cx, Error, Resource, Result, Text as _};

use crate::provider::{Atlan, Client};
use crate::types::{Guid, Person};

/// The person that a configuration names.
///
/// # Errors
/// If nobody is known by that name; failures of the request.
pub(crate) async fn person(client: &Client, person: &Person) -> Result<User> {
    match client.person(person).await? {
        Some(user) => Ok(user),
        None => Err(Error::new("Nobody is known by this name", nobody(client, person))),
    }
}

/// Why a person that is not there may be missing, and what to do.
pub(crate) fn nobody(client: &Client, person: &Person) -> String {
    format!(
        "Nobody is known to Atlan ({}) as {}. If this configuration invites the person, refer to `atlan_user_invite.NAME.email` \
         instead of writing the address, so that Terraform invites first. People who come by single sign-on exist after their \
         first sign-in.",
        client.tenant(),
        person.text().trim()
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

/// The error for somebody whom the tenant does not let join before they have accepted.
pub(crate) fn is_pending(user: &User, error: &atlan::Error) -> Error {
    Error::new(format!("{} has not accepted the invitation yet", user.email), pending(user, error))
}

/// The same as a sentence.
pub(crate) fn pending(user: &User, error: &atlan::Error) -> String {
    format!(
        "Atlan refused to add {} to the group: {error}. The person has not accepted the invitation yet, which this tenant may \
         demand. Run `terraform apply` again afterwards.",
        user.email
    )
}

/// Warns about what an add has met.
pub(crate) fn warn<R: Resource<Provider = Atlan>>(cx: &Cx<'_, R>, email: &str, joined: &Joined) {
    if !joined.restored.is_empty() {
        let groups: Vec<&str> = joined.restored.iter().map(atlan::Guid::as_str).collect();
        cx.warn(
            format!("{email} was out of groups for a moment"),
            format!(
                "Adding {email} to a group took the person out of these other groups: {}. This tenant replaces a person's groups \
                 where others add to them. The provider put the person back at once, and sends all groups of a person from now on.",
                groups.join(", ")
            ),
        );
    }
    if !joined.shown {
        cx.warn(
            format!("The membership of {email} does not show yet"),
            "Atlan has accepted the change, but its list of members does not show it so far. The state has it, and the next plan \
             waits for it to show.",
        );
    }
}
