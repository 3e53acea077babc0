//! What `terraform query` finds (Terraform 1.14 and later), one file for each resource. Pages are read as Terraform takes
//! their objects, so memory does not grow with the tenant, and no page is read after the limit.

mod api_token;
mod group;
mod group_member;
mod group_members;
mod oauth_client;
mod people;
mod sso_group_mapping;
mod user_invite;
mod user_role;

use tfplug::CallCx;

use crate::members::listed;
use crate::provider::Atlan;

/// Whether a record's maker is the one that a filter names, if it names one.
fn is_made_by(maker: Option<&str>, wanted: Option<&str>) -> bool {
    wanted.is_none_or(|name| maker.unwrap_or_default().to_lowercase() == name.to_lowercase())
}

/// Groups that a list of all groups has, and whose members Atlan does not give. They end no list: the members of all others are
/// wanted all the same.
#[derive(Default)]
struct WithoutMembers(Vec<String>);

impl WithoutMembers {
    /// Whether a failed read of a group's members means that group alone. The page of a gateway would come for every group.
    fn is_meant_by(error: &atlan::Error) -> bool {
        error.status() == Some(404) && !error.is_of_gateway()
    }

    fn note(&mut self, group: &atlan::Group) {
        self.0.push(format!("{:?} (GUID {})", group.alias, group.id));
    }

    fn warn(&self, cx: &CallCx<'_, Atlan>) {
        let groups = match self.0.len() {
            0 => return,
            1 => "1 group".to_owned(),
            several => format!("{several} groups"),
        };
        cx.warning(
            format!("Members of {groups} were left out"),
            format!(
                "Atlan lists these groups and answers 404 when it is asked for their members: {}. They may have been deleted meanwhile, or \
                 belong to another system. Run the command again. If the warning stays, look at the groups in Atlan.",
                listed(&self.0, MOST_NAMES)
            ),
        );
    }
}

/// Most groups that a warning names.
const MOST_NAMES: usize = 20;
