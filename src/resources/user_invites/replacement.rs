//! The delete half of a replacement. Before anybody is removed, this checks whatever the create half would refuse. Otherwise people would
//! lose access for a replacement that then fails. Nothing is written here.

use std::collections::{BTreeMap, BTreeSet};

use atlan::{User, WorkspaceRole};
use tfplug::Result;

use super::additions::same_person;
use super::place::Work;
use super::plan::object;
use super::removals::Leaving;
use super::{Entries, HOLDER, SeatStatus, UserInvitesArgs};
use crate::run::Key;
use crate::seat::checks::{self, Obstacle, Stage};
use crate::seat::{self, Wanted};
use crate::types::{OnExisting, Role};

/// An entry that leaves the map, with the key that its person has in the new object: the address has changed in Atlan, and the
/// configuration has followed.
pub(super) struct Moving<'a> {
    pub(super) leaves: Leaving<'a>,
    pub(super) next: String,
}

impl Moving<'_> {
    /// Leaves the person to the create half.
    pub(super) fn hand_over(&self, work: &Work<'_>) {
        let Leaving { place, before, .. } = &self.leaves;
        let Some((id, object)) = before.id.as_deref().zip(object(&work.marks, &place.email, before)) else {
            return;
        };
        let next = Key::Person(self.next.clone());
        let marks = work.marks.entry(&next);
        seat::hand_over(place, HOLDER, &object, id, before.role.into(), next, &marks);
    }
}

/// Refuses what the create half would refuse. Returns the entries whose person gets another key, and those whose person leaves.
///
/// # Errors
/// If somebody stands in the way of the create; failures of requests.
pub(super) async fn check<'a>(
    work: &Work<'_>,
    before: &Entries,
    leaves: Vec<Leaving<'a>>,
) -> Result<(Vec<Moving<'a>>, Vec<Leaving<'a>>)> {
    let Some((next, adopts)) = work.marks.next().filter(|_| !leaves.is_empty()) else {
        return Ok((Vec::new(), leaves));
    };
    let on_existing = if adopts { OnExisting::Adopt } else { OnExisting::Error };
    let wanted = |(email, seal): (&String, &Option<String>)| {
        // Nobody has a higher role than an admin.
        let role = seal.as_deref().and_then(|role| role.parse().ok()).unwrap_or(WorkspaceRole::Admin);
        work.place(email, email).wanted(Role::from(role), on_existing)
    };
    // The outcome of an unclear invitation is the business of the create half.
    let is_kept = |wanted: &Wanted| {
        let entry = before.get(&wanted.email);
        entry.is_some_and(|entry| entry.id.is_some() || entry.status == SeatStatus::Unknown)
    };
    let (kept, new): (Vec<Wanted>, Vec<Wanted>) = next.iter().map(wanted).partition(is_kept);
    let ids = |wanted: &Wanted| before.get(&wanted.email)?.id.clone().map(|id| (*id).clone());
    let kept: BTreeMap<atlan::Guid, &Wanted> =
        kept.iter().filter_map(|wanted| Some((ids(wanted)?, wanted))).collect();
    let mut obstacles = Vec::new();
    let mut moving: BTreeMap<atlan::Guid, String> = BTreeMap::new();
    let people = people_by_address(work, &new).await?;
    for wanted in &new {
        let Some(user) = people.get(&wanted.email) else { continue };
        if let Some(other) = kept.get(&user.id) {
            return Err(same_person(&other.email, &wanted.email, user).at(UserInvitesArgs::PEOPLE));
        }
        if leaves.iter().any(|leaves| leaves.before.id.as_deref() == Some(&user.id)) {
            moving.insert(user.id.clone(), wanted.email.clone());
            obstacles.extend(Obstacle::to_keep(wanted, user));
        } else {
            obstacles.extend(Obstacle::to_take_over(wanted, user));
        }
    }
    if !adopts && !kept.is_empty() {
        let users = work.client.users_by_ids(&kept.keys().cloned().collect()).await?;
        obstacles.extend(users.iter().filter_map(|user| Obstacle::to_keep(kept.get(&user.id)?, user)));
    }
    if !obstacles.is_empty() {
        return Err(checks::refused(&obstacles, Stage::DeleteHalf).at(UserInvitesArgs::PEOPLE));
    }
    let (mut moves, mut stays) = (Vec::new(), Vec::new());
    for leaves in leaves {
        match leaves.before.id.as_deref().and_then(|id| moving.remove(id)) {
            Some(next) => moves.push(Moving { leaves, next }),
            None => stays.push(leaves),
        }
    }
    Ok((moves, stays))
}

/// Those of them who are in the tenant.
async fn people_by_address(work: &Work<'_>, wanted: &[Wanted]) -> Result<BTreeMap<String, User>> {
    let emails: BTreeSet<String> = wanted.iter().map(|wanted| wanted.email.clone()).collect();
    let users = work.client.users_before_invitations(&emails).await?;
    Ok(users.into_iter().map(|user| (atlan::fold_email(&user.email), user)).collect())
}
