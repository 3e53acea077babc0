//! What `terraform query` finds (Terraform 1.14 and later), one file for each resource. Pages are read as Terraform takes
//! their objects, and no page is read after the limit. Of the objects of earlier pages only the GUIDs are kept, because an object that
//! moves from one page to another must not be sent twice.

mod api_token;
mod group;
mod group_member;
mod group_members;
mod oauth_client;
mod people;
mod sso_group_mapping;
mod user_invite;
mod user_role;

use tfplug::{Attempting as _, CallCx, Result};

use crate::members::{MOST_NAMES, listed};
use crate::provider::Atlan;

/// Whether a record's maker is the one that a filter names, if it names one.
fn is_made_by(maker: Option<&str>, wanted: Option<&str>) -> bool {
    wanted.is_none_or(|name| maker.unwrap_or_default().to_lowercase() == name.to_lowercase())
}

/// Groups that are in Atlan's list of groups, but whose members Atlan does not give. A list resource leaves them out and lists the members
/// of the others. If Atlan does not give the members of any group, the cause is not one group, and the list fails.
#[derive(Default)]
struct WithoutMembers {
    groups: Vec<String>,
    first: Option<atlan::Error>,
    others: bool,
}

impl WithoutMembers {
    /// Whether a failed read of a group's members concerns that group alone. A gateway that answers with a page of its own would do so for every
    /// group.
    fn is_meant_by(error: &atlan::Error) -> bool {
        error.status() == Some(404) && !error.is_of_gateway()
    }

    fn note(&mut self, group: &atlan::Group, error: atlan::Error) {
        self.groups.push(format!("{:?} (GUID {})", group.alias, group.id));
        self.first.get_or_insert(error);
    }

    /// Atlan has given the members of a group.
    fn given(&mut self) {
        self.others = true;
    }

    /// The outcome of the whole list. `sent`: the outcome for the other groups.
    fn end(self, cx: &CallCx<'_, Atlan>, sent: Result<()>) -> Result<()> {
        if let (Some(error), false, true) = (self.first, self.others, sent.is_ok()) {
            return Err(error).attempting(|| "list the members of groups".to_owned());
        }
        let groups = match self.groups.len() {
            0 => return sent,
            1 => "1 group".to_owned(),
            several => format!("{several} groups"),
        };
        cx.warning(
            format!("Members of {groups} were left out"),
            format!(
                "Atlan lists these groups and answers 404 when it is asked for their members: {}. They may have been deleted in the meantime, \
                 or belong to another system. Run the command again. If the warning stays, look at the groups in Atlan.",
                listed(&self.groups, MOST_NAMES)
            ),
        );
        sent
    }
}
