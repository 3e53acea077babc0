//! What the two resources of memberships share: look-ups of people, and diagnostics.

use std::collections::BTreeSet;
use std::time::Duration;

use atlan::{Joined, User};
use tfplug::{Call, Cx, Error, Resource, Result, Text as _};
use tokio::task::JoinSet;

use crate::provider::{Atlan, Client};
use crate::run::{MembershipClaim, MembershipClash, Run};
use crate::types::{Guid, Person, PersonName};

mod outcome;

pub(crate) use outcome::{Outcome, reason, removal_attempted};

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

/// The person whom an action, a list or a data source is about. Nothing in the configuration need create them.
///
/// # Errors
/// As [`person`].
pub(crate) async fn existing_person(client: &Client, person: &Person) -> Result<User> {
    match client.person(person).await? {
        Some(user) => Ok(user),
        None => Err(Error::new("There is no such person", nobody_there(client, person))),
    }
}

/// How to refer to people in a list, whose invitations may have failed for some of them.
const OF_MANY: &str = "If an `atlan_user_invites` invites people, use only those who have a GUID: `[for email, person in \
                       atlan_user_invites.NAME.people : email if person.id != null]`.";

/// The people that a configuration names, in the order of the names. Look-ups share their requests.
///
/// # Errors
/// One error for everybody who is not known; failures of the requests.
pub(crate) async fn people(client: &Client, names: &BTreeSet<Person>) -> Result<Vec<(Person, User)>> {
    let look_ups = names.iter().cloned().map(|name| {
        let client = client.clone();
        async move { client.person(&name).await.map(|user| (name, user)) }
    });
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for (name, user) in together(look_ups).await? {
        match user {
            Some(user) => found.push((name, user)),
            None => missing.push(name),
        }
    }
    match missing.as_slice() {
        [] => Ok(found),
        [one] => Err(Error::new("There is no such person", nobody(client, one))),
        several => {
            let names: Vec<String> = several.iter().map(|name| name.text().trim().to_owned()).collect();
            let detail = format!(
                "Nobody is known to Atlan ({}) by these names: {}. If this configuration invites them, refer to \
                 `atlan_user_invite.NAME.email` instead of writing the addresses, so that Terraform invites first. {OF_MANY} People who \
                 come by single sign-on exist after their first sign-in. Somebody who was removed and invited again has another GUID.",
                client.tenant(),
                names.join(", ")
            );
            Err(Error::new(format!("{} people do not exist", several.len()), detail))
        }
    }
}

/// Somebody in a group, with an address.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) id: atlan::Guid,
    pub(crate) email: String,
}

/// Members with their addresses, looked up by GUID where the list of members shows none. People who no longer exist are left out, and so
/// are accounts without an address, which are not people.
///
/// # Errors
/// Failures of the requests.
pub(crate) async fn named(client: &Client, members: Vec<atlan::Member>) -> atlan::Result<Vec<Named>> {
    let (shown, hidden): (Vec<_>, Vec<_>) = members.into_iter().partition(|member| member.email.is_some());
    let mut named: Vec<Named> =
        shown.into_iter().filter_map(|member| Some(Named { id: member.id, email: member.email? })).collect();
    let look_ups = hidden.into_iter().map(|member| {
        let client = client.clone();
        async move {
            let email = match client.user(&member.id).await {
                // An account without an address cannot be read as a person, so only its address is asked for.
                Err(atlan::Error::Unreadable { .. }) => client.address_of(&member.id).await?,
                user => user?.map(|user| user.email),
            };
            Ok(email.map(|email| Named { id: member.id, email }))
        }
    });
    named.extend(together(look_ups).await?.into_iter().flatten());
    Ok(named)
}

/// Waits until no removal of the people of a claim is under way, and until no removal with a lost answer can still
/// take effect. Only then does a look-up show who must be added.
///
/// # Errors
/// When the time of the call is over, and on Ctrl-C.
pub(crate) async fn removals_are_over(
    client: &Client,
    call: &Call,
    claim: &MembershipClaim,
    group: &Guid,
    people: &[atlan::Guid],
) -> Result<()> {
    claim.removals_ended(call).await?;
    Ok(client.removals_are_over(group, people).await?)
}

/// Calls at the same time, so that they share requests; results in their order.
///
/// # Errors
/// The first failure.
pub(crate) async fn together<T: Send + 'static, F>(calls: impl Iterator<Item = F>) -> atlan::Result<Vec<T>>
where
    F: Future<Output = atlan::Result<T>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for (number, call) in calls.enumerate() {
        tasks.spawn(async move { (number, call.await) });
    }
    let mut results = Vec::with_capacity(tasks.len());
    while let Some(task) = tasks.join_next().await {
        match task {
            Ok((number, result)) => results.push((number, result?)),
            Err(gone) => {
                let message = gone.to_string();
                return Err(atlan::Error::Internal { what: "people", message });
            }
        }
    }
    results.sort_by_key(|(number, _)| *number);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

/// Some names, and how many others there are.
pub(crate) fn listed(names: &[String], most: usize) -> String {
    let shown: Vec<&str> = names.iter().take(most).map(String::as_str).collect();
    match names.len().saturating_sub(most) {
        0 => shown.join(", "),
        others => format!("{}, and {others} more", shown.join(", ")),
    }
}

/// A number of people, as messages say it.
pub(crate) fn count(people: usize) -> String {
    if people == 1 { "1 person".to_owned() } else { format!("{people} people") }
}

/// Why a person whom nothing in the configuration creates may be missing, and what to do.
pub(crate) fn nobody_there(client: &Client, person: &Person) -> String {
    match person.name() {
        PersonName::Email(_) => format!(
            "Nobody is known to Atlan ({}) as {}. The person may have been removed, or has another address by now. Check the spelling. \
             People who come by single sign-on exist after their first sign-in.",
            client.tenant(),
            person.text().trim()
        ),
        PersonName::Id(_) => nobody(client, person),
    }
}

/// Why a person that is not there may be missing, and what to do.
pub(crate) fn nobody(client: &Client, person: &Person) -> String {
    let (tenant, text) = (client.tenant(), person.text().trim().to_owned());
    match person.name() {
        PersonName::Email(_) => format!(
            "Nobody is known to Atlan ({tenant}) as {text}. If this configuration invites the person, refer to \
             `atlan_user_invite.NAME.email` instead of writing the address, so that Terraform invites first. {OF_MANY} People who come \
             by single sign-on exist after their first sign-in."
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

/// The same without a request.
pub(crate) fn known_group_name(client: Option<&Client>, group: &atlan::Guid) -> String {
    let known = client.and_then(|client| client.remembered_group(group));
    known.map_or_else(|| group.to_string(), |group| format!("{:?}", group.alias))
}

/// A clash with the name of the group, if something has shown it.
pub(crate) fn clash(client: Option<&Client>, clash: &MembershipClash) -> Error {
    clash.error(|group| Some(client?.remembered_group(&group.parse().ok()?)?.alias))
}

/// Most people or groups that a message names.
pub(crate) const MOST_NAMES: usize = 20;

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

/// Warns about people whom this apply has taken out of a group, and whom a resource that has failed was to add again. `names`: of its
/// configuration, folded.
pub(crate) fn warn_of_ended(
    call: &Call,
    run: &Run,
    client: Option<&Client>,
    group: &Guid,
    names: impl IntoIterator<Item = String>,
) {
    let ended = run.memberships().out_of(group, &names.into_iter().collect());
    if ended.is_empty() {
        return;
    }
    let are = if ended.len() == 1 { "is" } else { "are" };
    call.warning(
        format!("{} {are} out of the group", count(ended.len())),
        format!(
            "Before this resource failed, this apply took these people out of the group {}: {}. The configuration has them in the group, \
             and nothing has added them again. Correct what the error says, then run `terraform apply` again: it adds them.",
            known_group_name(client, group),
            listed(&ended, MOST_NAMES)
        ),
    );
}

/// Warns that a group has single memberships and a mapping.
pub(crate) fn is_mapped(call: &Call, client: Option<&Client>, group: &str) {
    let name = group.parse().map_or_else(|_| group.to_owned(), |group| known_group_name(client, &group));
    call.warning(
        format!("Sign-ins may end memberships of {name}"),
        format!(
            "This configuration has `atlan_group_member` resources for the group {name} and an `atlan_sso_group_mapping` of it. At \
             each sign-in Atlan makes the person's membership follow the identity provider. So Atlan removes \
             a person whom the identity provider does not list for the group, and the next plan creates the \
             membership again. Add the person \
             to the group in the identity provider, or remove one of the two resources."
        ),
    );
}

/// Summary and detail about a person who may have lost other groups because they were added to one.
pub(crate) async fn may_be_lost(
    client: &Client,
    email: &str,
    group: &Guid,
    groups: &[atlan::Guid],
    why: &atlan::Error,
) -> (String, String) {
    (
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

/// The error for a group that does not exist. `more` ends the detail.
pub(crate) fn no_group(client: &Client, group: &Guid, more: &str) -> Error {
    Error::new(
        "The group does not exist",
        format!(
            "The tenant {} has no group with the GUID {}. It may have been deleted. Refer to the `id` of an `atlan_group`, or \
             correct the GUID.{more}",
            client.tenant(),
            group.text()
        ),
    )
}

/// Whether Atlan refused this particular person, as opposed to a credential that may not do it or a server that is too busy.
pub(crate) fn is_refusal(error: &atlan::Error) -> bool {
    !error.is_not_sent() && matches!(error.status(), Some(400 | 409 | 422))
}

/// The error for somebody whom the tenant does not let join before they have accepted. `group`: as messages name it.
pub(crate) fn is_pending(user: &User, group: &str, error: &atlan::Error) -> Error {
    Error::new(format!("{} has not accepted the invitation yet", user.email), pending(user, group, error))
}

/// The same as a sentence.
pub(crate) fn pending(user: &User, group: &str, error: &atlan::Error) -> String {
    format!(
        "Atlan refused to add {} to the group {group}: {error}. The person has not accepted the invitation \
         yet, which this tenant may require. Run `terraform apply` again after they have accepted it.",
        user.email
    )
}

/// Warns about other groups that an add has taken somebody out of.
pub(crate) async fn warn_of_others<R: Resource<Provider = Atlan>>(
    cx: &Cx<'_, R>,
    email: &str,
    group: &Guid,
    joined: &Joined,
) {
    if !joined.restored.is_empty() {
        cx.warning(
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
        cx.warning(
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
}

/// Warns about people whose membership no list shows so far.
pub(crate) async fn warn_of_unseen<R: Resource<Provider = Atlan>>(
    cx: &Cx<'_, R>,
    emails: &[String],
    group: &Guid,
) {
    let summary = match emails {
        [] => return,
        [one] => format!("A membership of {one} does not show yet"),
        several => format!("{} memberships do not show yet", several.len()),
    };
    cx.warning(
        summary,
        format!(
            "Atlan has accepted the change, but no list of the members of the group {} has shown it so far for: {}. The state has \
             it, and the next plan waits for it to show.",
            group_name(&cx.client, group).await,
            listed(emails, MOST_NAMES)
        ),
    );
}
