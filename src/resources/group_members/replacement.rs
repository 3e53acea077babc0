//! The delete half of a replacement. If its create half failed, the members would have been removed, and nobody would have been added. So
//! what the create half checks is checked before anybody is removed. Nothing is written here.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tfplug::{Cx, Error, PrivateKey, Result, State, Text as _};

use super::GroupMembers;
use super::plan::is_among;
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
    /// Those of them whom another resource of the plan manages, so perhaps invites first.
    coming: BTreeSet<String>,
}

impl NextSet {
    pub(super) fn of(run: &Run, group: &Guid, most: Option<usize>, listed: BTreeSet<String>) -> Self {
        let is_coming = |name: &&String| run.holder_of_person(None, Some(name.as_str())).is_some();
        let coming = listed.iter().filter(is_coming).cloned().collect();
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
        // Nobody is left in the group, so nothing can end.
        if next == *group {
            return Ok(());
        }
        let why = format!("But the group {} was deleted since the plan", next.as_str());
        return Err(refused(cx, group, &why, "Run `terraform plan` again: it shows what has changed.").await);
    };
    let unknown = unknown(&cx.client, &next_set).await?;
    if !unknown.is_empty() {
        let why = format!("But nobody is known to Atlan as {}", listed(&unknown, MOST_NAMES));
        let way = "Correct or remove these names in `members`. If this configuration invites the people, refer to \
                   `atlan_user_invite.NAME.email` there.";
        return Err(refused(cx, group, &why, way).await);
    }
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
    let why = format!("People have joined the group {name} since the plan, and it has {has}");
    Err(refused(cx, group, &why, "Run `terraform plan` again: it shows them.").await)
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

/// The listed names that stand for nobody, as the create would find.
async fn unknown(client: &Client, next_set: &NextSet) -> Result<Vec<String>> {
    let names = next_set.listed.difference(&next_set.coming);
    let people: Vec<Person> = names.map(|name| stored(name)).collect::<Result<_>>()?;
    let look_ups = people.into_iter().map(|person| {
        let client = client.clone();
        async move { Ok(client.person(&person).await?.is_none().then(|| person.text().into_owned())) }
    });
    Ok(members::together(look_ups).await?.into_iter().flatten().collect())
}
