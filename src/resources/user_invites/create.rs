//! Creates of many seats. If something fails for some people, that is a warning: an error would make Terraform replace the resource.

use atlan::Loss;
use tfplug::{CreateCx, Result};

use super::additions::{Checked, New, check, give_up, losses_of_new, raised_of_new, seat};
use super::outcome::Outcome;
use super::place::{Who, Work};
use super::plan::POLICY;
use super::{
    ATTEMPTS, Entries, Entry, HOLDER, UserInvites, UserInvitesArgs, UserInvitesComputed, computed, deposed,
    state,
};
use crate::explain::Blame as _;
use crate::provider::Client;
use crate::run::entries as marks;
use crate::run::{self, Key};
use crate::seat::Place as _;
use crate::types::{Guid, Role};

pub(super) async fn create(
    cx: &CreateCx<'_, UserInvites>,
    args: &UserInvitesArgs,
) -> Result<UserInvitesComputed> {
    run::forget_plan(cx.private);
    cx.private.remove(&ATTEMPTS);
    cx.private.remove(&POLICY);
    marks::begin(cx.private);
    run::deposed::begin(cx.private);
    deposed::creates(cx.client.run(), cx.private, args);
    let id = own_id()?;
    let work = Work::new(&cx.client, cx, cx.private);
    let new: Vec<New<'_>> = args
        .people
        .iter()
        .map(|(spelled, person)| {
            New::of(work.place(&atlan::fold_email(spelled), spelled), person.role, args.on_existing)
        })
        .collect();
    let checked = match check(&cx.client, &new, None).await {
        Ok(checked) => refuse_lockout_of_new(&cx.client, &new, checked).await,
        Err(error) => Err(error),
    };
    let mut outcome = Outcome::default();
    let seated = match checked {
        Ok(checked) => Ok(seat(&new, checked, &mut outcome).await),
        Err(error) => Err(error),
    };
    work.remember(new.iter().map(|new| &new.place));
    work.remember_parts(new.iter().map(|new| &new.place));
    work.send_warnings();
    let is_somebody = new.iter().any(|new| new.place.who() != Who::Nobody);
    match seated {
        Ok(_) if !new.is_empty() && new.iter().all(|new| new.place.is_untouched()) => {
            for New { place, .. } in &new {
                cx.client.run().gives_up(HOLDER, &Key::Person(place.email.clone()), place.marks());
            }
            Err(outcome.into_error())
        }
        Ok(seated) => {
            outcome.send_warning(cx, new.len());
            let entries = new
                .iter()
                .zip(&seated)
                .map(|(new, user)| (new.place.email.clone(), new.entry(user.as_ref())))
                .collect();
            Ok(computed(&id, &entries, outcome.failed()))
        }
        Err(error) => {
            if is_somebody {
                let nobody = new.iter().filter(|new| new.place.who() == Who::Nobody);
                let failed = nobody.map(|new| (new.place.email.clone(), NOT_SENT.to_owned())).collect();
                cx.checkpoint(&state(args, &id, &left(&cx.client, &new).await, failed));
            }
            Err(error)
        }
    }
}

/// What `failed` says about somebody new.
const NOT_SENT: &str = "not invited: nothing was sent, because the create of the replacement failed";

/// The entries after a refusal. Nothing was sent to Atlan, so those whom the delete half of this replacement has left are as it left them.
/// If they cannot be read, the next refresh has to.
async fn left(client: &Client, new: &[New<'_>]) -> Entries {
    let ids = new.iter().filter_map(|new| match new.place.who() {
        Who::Made(id) => Some(id),
        Who::Nobody | Who::Attempted => None,
    });
    let users = client.users_by_ids(&ids.collect()).await.unwrap_or_default();
    let entry = |new: &New<'_>| {
        let user = match new.place.who() {
            Who::Made(id) => users.iter().find(|user| user.id == id),
            Who::Nobody | Who::Attempted => None,
        };
        let entry = new.entry(user);
        let role = user.and_then(|user| user.role).map_or(entry.role, Role::from);
        (new.place.email.clone(), Entry { role, ..entry })
    };
    new.iter().map(entry).collect()
}

/// A new identifier of the resource itself.
fn own_id() -> Result<Guid> {
    let id: atlan::Guid = uuid::Uuid::new_v4().to_string().parse()?;
    Ok(id.into())
}

/// Refuses to lower roles if that could lock the caller out. In that case, releases the claims of all people.
async fn refuse_lockout_of_new(client: &Client, new: &[New<'_>], checked: Checked) -> Result<Checked> {
    let losses: Vec<Loss<'_>> = losses_of_new(new, &checked).collect();
    if losses.is_empty() {
        return Ok(checked);
    }
    let raised = raised_of_new(new, &checked);
    match client.refuse_lockout(&losses, &raised).await.blame(UserInvitesArgs::PEOPLE) {
        Ok(()) => Ok(checked),
        Err(error) => {
            give_up(new, checked);
            Err(error)
        }
    }
}
