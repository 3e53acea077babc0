//! Lists `atlan_group`.

use tfplug::schema::not_blank;
use tfplug::{Args, Attempting as _, CallCx, List, ListSink, Result};

use crate::data_sources::groups::fits;
use crate::provider::Atlan;
use crate::resources::{ById, Group, group_state};
use crate::types::OnExisting;

/// Groups of the tenant in the order of their internal names, labelled by the names shown in Atlan. Without
/// arguments, the list has all groups; with several arguments, the groups that match all of them.
///
/// The provider's credential must be allowed to read groups. An API token may do so; an OAuth client may if its role
/// allows it.
///
/// Requires Terraform 1.14 or later. In earlier versions and in OpenTofu, `import` blocks with `for_each` over the data
/// source `atlan_groups` do the same.
#[derive(Args)]
#[args(timeouts(read = "30m"))]
pub struct GroupFilter {
    /// Beginning of the internal name, compared exactly.
    #[attr(check = not_blank())]
    pub name_prefix: Option<String>,
    /// Part of the name shown in Atlan. Case makes no difference.
    #[attr(check = not_blank())]
    pub alias_contains: Option<String>,
    /// Whether new people join the group automatically.
    pub is_default: Option<bool>,
}

impl List for Group {
    type Filter = GroupFilter;

    async fn list(cx: &CallCx<'_, Atlan>, filter: &GroupFilter, sink: &ListSink<Self>) -> Result<()> {
        let (prefix, part) = (filter.name_prefix.as_deref(), filter.alias_contains.as_deref());
        let mut pages = cx.client.group_pages();
        while let Some(groups) = pages.next().await.attempting(|| "list groups".to_owned())? {
            for group in groups.into_iter().filter(|group| fits(group, prefix, part, filter.is_default)) {
                let (label, id) = (group.alias.clone(), ById { id: group.id.clone().into() });
                sink.send(label, &id, &group_state(group, OnExisting::default())).await?;
            }
        }
        Ok(())
    }
}
