//! The delete half of a replacement. Before anybody is removed, this checks whatever the create half would refuse, and whether it would
//! add somebody who has got the address of a member. Nothing is written here.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tfplug::{Cx, Error, PrivateKey, Result, State, Text as _};

use super::plan::is_among;
use super::{GroupMembers, GroupMembersArgs};
use crate::members::{self, MOST_NAMES, listed};
use crate::provider::Client;
use crate::resources::stored;
use crate::run::Run;
use crate::types::{Guid, Person};

/// Set by the plan of a create: what it is about. In a replacement, the delete gets it, too.
pub(super) const NEXT_SET: PrivateKey<NextSet> = PrivateKey::new("next_set");

/// What a create is about.
#[derive(Deserialize, Serialize)]
pub(super) struct NextSet {
    group: String,
    /// Most members whom it would remove. `None`: any number.
    most: Option<usize>,
    /// GUIDs and folded addresses of those who are listed.
    listed: BTreeSet<String>,
    /// Those of them whom the plan invites.
    coming: BTreeSet<String>,
}

impl NextSet {
    pub(super) fn of(run: &Run, group: &Guid, most: Option<usize>, listed: BTreeSet<String>) -> Self {
        let coming = listed.iter().filter(|name| run.will_invite(name)).cloned().collect();
        NextSet { group: group.text().into_owned(), most, listed, coming }
    }

    fn lists(&self, id: &atlan::Guid, email: &str) -> bool {
        is_among(&self.listed, id, email)
    }
}

/// Refuses the delete of a replacement whose create would fail. `prior`: the state, which has everybody whom the plan has shown.
pub(super) async fn check(
    cx: &Cx<'_, GroupMembers>,
    group: &Guid,
    prior: &State<GroupMembers>,
) -> Result<()> {
    let Some(next_set) = cx.private.get(&NEXT_SET) else { return Ok(()) };
    let (next, ids): (Guid, _) = (stored(&next_set.group)?, &prior.computed.user_ids);
    let Some(present) = cx.client.members(&next).await? else {
        // The group itself was deleted, so there is no membership to remove.
        if next == *group {
            return Ok(());
        }
        let why = format!("The group {} was deleted after the plan", next.as_str());
        return Err(refused(cx, group, &why, "Run `terraform plan` again: it shows what has changed.").await);
    };
    let people = look_up(&cx.client, &next_set).await?;
    let unknown: Vec<String> =
        people.iter().filter(|(_, user)| user.is_none()).map(|(name, _)| name.clone()).collect();
    if !unknown.is_empty() {
        let why = format!("Atlan knows nobody as {}", listed(&unknown, MOST_NAMES));
        let way = "Correct or remove these names in `members`. If this configuration invites the people, refer to \
                   `atlan_user_invite.NAME.email` there.";
        return Err(refused(cx, group, &why, way).await);
    }
    refuse_old_addresses(&cx.client, &people, ids).await?;
    // If the group is the same, those of the state leave it before the create looks.
    let leaves = |id: &atlan::Guid| next == *group && ids.values().any(|known| **known == *id);
    let stays = present.into_iter().filter(|member| !leaves(&member.id)).collect();
    let stays = members::named(&cx.client, stays).await?;
    let others = stays.iter().filter(|person| !next_set.lists(&person.id, &person.email)).count();
    if next_set.most.is_none_or(|most| others <= most) {
        return Ok(());
    }
    let name = members::group_name(&cx.client, &next).await;
    let has = if others == 1 {
        "1 member who is not listed".to_owned()
    } else {
        format!("{others} members who are not listed")
    };
    let why = format!("The group {name} has {has}, more than the plan has shown");
    let way = "Run `terraform plan` again, without `-refresh=false`: it shows them.";
    Err(refused(cx, group, &why, way).await)
}

/// Refuses a listed address that the state has for one person and Atlan for another.
async fn refuse_old_addresses(
    client: &Client,
    people: &[(String, Option<atlan::User>)],
    ids: &BTreeMap<String, Guid>,
) -> Result<()> {
    let other = |(name, user): &(String, Option<atlan::User>)| {
        let before = ids.get(name).filter(|id| user.as_ref().is_some_and(|user| user.id != ***id))?;
        Some((name.clone(), before.clone()))
    };
    let mut moved = Vec::new();
    for (old, id) in people.iter().filter_map(other) {
        moved.push(match client.user(&id).await? {
            Some(user) => format!("the member {old} is {} now (GUID {})", user.email, user.id),
            None => format!("the member {old} (GUID {}) no longer exists", id.as_str()),
        });
    }
    if moved.is_empty() {
        return Ok(());
    }
    let error = Error::new(
        "Addresses of members have changed",
        format!(
            "Somebody else has the address of a member by now: {}. A replacement would remove the member and add the other person. Nothing \
             was sent.\n\nWrite the new addresses in `members`. If you mean whoever has an old address now, write the GUID of that person. If \
             a member no longer exists, run `terraform plan` again, without `-refresh=false`.",
            listed(&moved, MOST_NAMES)
        ),
    );
    Err(error.at(GroupMembersArgs::MEMBERS))
}

async fn refused(cx: &Cx<'_, GroupMembers>, group: &Guid, why: &str, way: &str) -> Error {
    Error::new(
        "Replacing the members would fail after the delete",
        format!(
            "This apply replaces the `atlan_group_members` of the group {}. {why}. Terraform would remove the members first, and the create of \
             the new object would then fail. Nothing was sent.\n\n{way}",
            members::group_name(&cx.client, group).await
        ),
    )
}

/// Who the listed names stand for, as the create would find them.
async fn look_up(client: &Client, next_set: &NextSet) -> Result<Vec<(String, Option<atlan::User>)>> {
    let people = next_set.listed.difference(&next_set.coming);
    let people: Vec<Person> = people.map(|name| stored(name)).collect::<Result<_>>()?;
    let look_ups = people.into_iter().map(|person| {
        let client = client.clone();
        async move { Ok((person.text().into_owned(), client.person(&person).await?)) }
    });
    Ok(members::together(look_ups).await?)
}
