//! A new invitation in place of an expired one. Atlan creates a new record of the person with a new GUID, and
//! everything about the old record is lost, also its memberships of groups. So they are read before, and added again
//! afterwards.

use atlan::{Cancelled, Group, Guid, User};
use tfplug::Result;

use super::{NewPlace, Place, Wanted, invite, is_refusal};
use crate::run::Claim;

/// What became of an expired invitation.
pub(super) enum Renewed {
    /// The person was invited anew.
    Invited(Box<User>),
    /// Its record was disabled instead of removed.
    Disabled,
    /// The person is pending no more.
    NotPending(Box<User>),
    /// Atlan refused to cancel it.
    Refused(atlan::Error),
    /// It is not known which groups the person would lose.
    NotTried(atlan::Error),
}

/// Cancels an expired invitation, and invites the person again.
pub(super) async fn renew(
    place: &impl NewPlace,
    wanted: &Wanted,
    claim: &mut Claim,
    user: &User,
) -> Result<Renewed> {
    let groups = match Groups::of(place, user).await {
        Ok(groups) => groups,
        Err(error) => return Ok(Renewed::NotTried(error)),
    };
    match place.client().cancel_invitation(&user.id).await {
        Ok(Cancelled::Removed) => {}
        Ok(Cancelled::Disabled) => return Ok(Renewed::Disabled),
        Err(atlan::Error::NotPending { user }) => return Ok(Renewed::NotPending(user)),
        Err(refusal) if is_refusal(&refusal) => return Ok(Renewed::Refused(refusal)),
        Err(error) => return Err(error.into()),
    }
    place.not_made();
    match invite(place, wanted, claim, None).await {
        Ok(invited) => {
            groups.rejoin(place, &user.id, &invited).await;
            Ok(Renewed::Invited(Box::new(invited)))
        }
        Err(error) => {
            groups.not_invited(place, user);
            Err(error)
        }
    }
}

/// The groups of a record that is about to be removed.
struct Groups(Vec<Group>);

impl Groups {
    async fn of(place: &impl Place, user: &User) -> atlan::Result<Self> {
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
    fn not_invited(&self, place: &impl Place, old: &User) {
        place.warning(
            format!("The invitation of {} was cancelled", old.email),
            format!(
                "It had expired, so Terraform cancelled it to send a new one, which failed.{} {RESTORES}",
                self.lost()
            ),
        );
    }

    /// Puts the person into the groups of the old record, and says what was done.
    async fn rejoin(self, place: &impl Place, old: &Guid, user: &User) {
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
