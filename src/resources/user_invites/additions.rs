//! Entries that have no seat yet: everybody is checked before anything is sent. If one person fails, the others are still handled.

use std::collections::{BTreeMap, BTreeSet};

use atlan::{Loss, User, WorkspaceRole};
use futures_util::future::join_all;
use tfplug::{Error, Result};

use super::outcome::{Outcome, What};
use super::place::{Entry as Place, Who};
use super::{Entry, SeatStatus, UserInvitesArgs, many};
use crate::provider::Client;
use crate::seat::checks::{self, Stage};
use crate::seat::{self, Begun, Place as _, Wanted};
use crate::types::{OnExisting, Role};

/// An entry that has no seat yet.
pub(super) struct New<'a> {
    pub(super) place: Place<'a>,
    pub(super) role: Role,
    pub(super) wanted: Wanted,
}

impl<'a> New<'a> {
    pub(super) fn of(place: Place<'a>, role: Role, on_existing: OnExisting) -> Self {
        let wanted = place.wanted(role, on_existing);
        New { place, role, wanted }
    }

    /// Whether somebody exists who belongs to it.
    pub(super) fn has_person(&self) -> bool {
        matches!(self.place.who(), Who::Made(_))
    }

    /// What the state keeps of it.
    pub(super) fn entry(&self, user: Option<&User>) -> Entry {
        let (id, status) = match self.place.who() {
            Who::Made(id) => {
                (Some(id.into()), user.map_or(SeatStatus::Pending, |user| SeatStatus::from(user.status)))
            }
            Who::Attempted => (None, SeatStatus::Unknown),
            Who::Nobody => (None, SeatStatus::Failed),
        };
        Entry { spelled: self.place.spelled.clone(), role: self.role, id, status }
    }
}

/// Entries that have been checked, and the people who are there already. Nothing has been sent.
pub(super) struct Checked {
    pub(super) begun: Vec<Begun>,
    pub(super) found: Vec<Option<User>>,
}

/// Claims and checks all people who get a seat. `others`: addresses of the people who have a seat already, by GUID; `None` in a
/// create.
///
/// # Errors
/// If anything stands in the way of anybody; nobody is claimed then.
pub(super) async fn check(
    client: &Client,
    new: &[New<'_>],
    others: Option<&BTreeMap<&str, &str>>,
) -> Result<Checked> {
    let (mut begun, mut errors) = (Vec::new(), Vec::new());
    for New { place, wanted, .. } in new {
        match seat::begin(place, wanted).await {
            Ok(one) => begun.push((place, one)),
            Err(error) => errors.push((place.email.clone(), error)),
        }
    }
    let checked = match errors.is_empty() {
        true => find(client, new, &begun, others).await,
        false => Err(many::error(errors)),
    };
    match checked {
        Ok(found) => Ok(Checked { begun: begun.into_iter().map(|(_, begun)| begun).collect(), found }),
        Err(error) => {
            for (place, begun) in begun {
                begun.give_up(place);
            }
            Err(error)
        }
    }
}

/// Who of them is there already.
async fn find(
    client: &Client,
    new: &[New<'_>],
    begun: &[(&Place<'_>, Begun)],
    others: Option<&BTreeMap<&str, &str>>,
) -> Result<Vec<Option<User>>> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let emails: BTreeSet<String> = new.iter().map(|new| new.place.email.clone()).collect();
    let users = client.users_before_invitations(&emails).await?;
    let users: BTreeMap<String, User> =
        users.into_iter().map(|user| (atlan::fold_email(&user.email), user)).collect();
    // A replacement keeps people by their GUID, and their address may have become the key of another entry.
    let kept: BTreeMap<&str, &str> = begun
        .iter()
        .filter_map(|(place, begun)| Some((begun.kept()?.as_str(), place.email.as_str())))
        .collect();
    let mut obstacles = Vec::new();
    let mut found = Vec::with_capacity(new.len());
    for (New { place, wanted, .. }, (_, begun)) in new.iter().zip(begun) {
        // A replacement keeps the person of the entry, whoever has the address by now.
        let is_another = |user: &&User| begun.kept().is_some_and(|kept| *kept != user.id);
        let user = users.get(&place.email).filter(|user| !is_another(user));
        if let Some(user) = user {
            let other = others.and_then(|others| others.get(user.id.as_str()));
            if let Some(other) = other.or(kept.get(user.id.as_str())).filter(|other| **other != place.email) {
                return Err(same_person(other, &place.email, user).at(wanted.email_at.clone()));
            }
            obstacles.extend(seat::check(place, wanted, begun, user).await?);
        }
        found.push(user.cloned());
    }
    if obstacles.is_empty() {
        return Ok(found);
    }
    let stage = if others.is_none() { Stage::Create } else { Stage::Update };
    Err(checks::refused(&obstacles, stage).at(UserInvitesArgs::PEOPLE))
}

pub(super) fn same_person(one: &str, other: &str, user: &User) -> Error {
    Error::new(
        "Two entries are one person",
        format!(
            "The entries {one:?} and {other:?} are one person (GUID {}), whose address has changed in Atlan. Nothing was sent.\n\nRemove \
             {one:?} from `people`, and set `on_destroy = \"forget\"` and `on_existing = \"adopt\"` for that apply: {other:?} takes the \
             person over, and nobody gets a mail.",
            user.id
        ),
    )
}

/// Seats everybody, those whose role is lowered last. Returns those who have a seat now.
pub(super) async fn seat(new: &[New<'_>], checked: Checked, outcome: &mut Outcome) -> Vec<Option<User>> {
    let mut seated: Vec<Option<User>> = vec![None; new.len()];
    let entries = new.iter().zip(checked.begun).zip(checked.found).enumerate();
    let (lowered, others): (Vec<_>, Vec<_>) = entries.partition(|(_, ((new, _), found))| {
        found.as_ref().is_some_and(|user| checks::loss_by_role(user, new.wanted.role).is_some())
    });
    for some in [others, lowered] {
        let steps = some.into_iter().map(|(number, ((new, begun), found))| async move {
            let (before, keeps) = (found.clone(), begun.kept().is_some());
            (number, before, keeps, seat::finish(&new.place, &new.wanted, begun, found).await)
        });
        for (number, before, keeps, finished) in join_all(steps).await {
            let (user, email) = (&mut seated[number], &new[number].place.email);
            match finished {
                Ok(now) => *user = Some(now),
                Err(error) => {
                    let New { place, .. } = &new[number];
                    let what = match place.who() {
                        Who::Made(_) if keeps => What::Replace,
                        // Invited or taken over, and then something failed.
                        Who::Made(_) => What::TakeOver,
                        Who::Nobody | Who::Attempted => What::Invite,
                    };
                    *user = match (what, place.who()) {
                        // The person may be enabled by now.
                        (What::TakeOver, Who::Made(id)) => {
                            place.client().user(&id).await.ok().flatten().or(before)
                        }
                        _ => before,
                    };
                    outcome.fail(email, what, error);
                }
            }
        }
    }
    seated
}

pub(super) fn give_up(new: &[New<'_>], checked: Checked) {
    for (new, begun) in new.iter().zip(checked.begun) {
        begun.give_up(&new.place);
    }
}

pub(super) fn losses_of_new<'a>(new: &'a [New<'_>], checked: &'a Checked) -> impl Iterator<Item = Loss<'a>> {
    let lowered =
        |(new, found): (&New<'_>, &'a Option<User>)| checks::loss_by_role(found.as_ref()?, new.wanted.role);
    new.iter().zip(&checked.found).filter_map(lowered)
}

/// People who are there and become admins.
pub(super) fn raised_of_new(new: &[New<'_>], checked: &Checked) -> Vec<User> {
    let found = new.iter().zip(&checked.found);
    let raised = found.filter(|(new, _)| new.wanted.role == WorkspaceRole::Admin);
    raised.filter_map(|(_, found)| found.clone()).collect()
}
