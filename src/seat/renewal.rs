//! A new invitation in place of an expired one. Atlan creates a new record of the person with a new GUID, and
//! everything about the old record is lost, also its memberships of groups. So they are read before, and added again
//! afterwards.

use atlan::{Group, Guid, User};

use super::Place;

/// The groups of a record that is about to be removed.
pub(super) struct Groups(Vec<Group>);

impl Groups {
    pub(super) async fn of(place: &impl Place, user: &User) -> atlan::Result<Self> {
        Ok(Groups(place.client().groups_of(&user.id).await?.unwrap_or_default()))
    }

    /// The groups of the old record, as a sentence. Empty if it was in none.
    fn lost(&self) -> String {
        match self.0.as_slice() {
            [] => String::new(),
            groups => {
                format!(" Atlan removed the old record of the person from these groups: {}.", names(groups))
            }
        }
    }

    /// The old record no longer exists, and the new invitation has failed.
    pub(super) fn not_invited(&self, place: &impl Place, old: &User) {
        place.warning(
            format!("The invitation of {} was cancelled", old.email),
            format!(
                "It had expired, so Terraform cancelled it to send a new one, which failed.{} {RESTORES}",
                self.lost()
            ),
        );
    }

    /// Puts the person into the groups of the old record, and says what was done.
    pub(super) async fn rejoin(self, place: &impl Place, old: &Guid, user: &User) {
        let (mut back, mut failed) = (Vec::new(), Vec::new());
        for group in &self.0 {
            match place.client().join(&group.id, user).await {
                Ok(_) => back.push(group.clone()),
                Err(error) => failed.push(format!("{:?} ({error})", group.alias)),
            }
        }
        let mut memberships = self.lost();
        if !back.is_empty() {
            memberships.push_str(&format!(
                " The provider put the person back into {}. The next plan creates the `atlan_group_member` resources of the person \
                 again, for the new GUID.",
                names(&back)
            ));
        }
        if !failed.is_empty() {
            memberships.push_str(&format!(
                " It could not put the person back into {}. {RESTORES}",
                failed.join(", ")
            ));
        }
        place.warning(
            format!("A new invitation was sent to {}", user.email),
            format!(
                "It had expired, so Terraform cancelled it and sent another mail. The person has a new record in Atlan, and so another \
                 GUID: {} instead of {old}.{memberships}",
                user.id
            ),
        );
    }
}

const RESTORES: &str = "Run `terraform apply` again: it restores the memberships that Terraform manages. Add the person to the others in \
                        Atlan.";

fn names(groups: &[Group]) -> String {
    let names: Vec<String> = groups.iter().map(|group| format!("{:?}", group.alias)).collect();
    names.join(", ")
}
