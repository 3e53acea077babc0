//! Deletes of many seats. Those whose access has ended leave the state even if it fails for others.

use std::collections::BTreeMap;

use tfplug::{Cx, Result, State, Value};

use super::outcome::Outcome;
use super::place::Work;
use super::plan::{leaving, object, too_many};
use super::removals::{Leaving, leave, remove};
use super::update::{look_up, losses};
use super::{UserInvites, UserInvitesArgs, deposed, entries, exchanged, replacement, state};
use crate::explain::Blame as _;
use crate::resources::{ById, OnDestroy};
use crate::run::{self, Half, Key};
use crate::seat::Place as _;

/// The way on from an error about a removal that no plan has shown.
const DEPOSED: &str = "A change of the configuration does not reach a deposed object. If nobody should leave, run `terraform state rm` for the \
                       resource, and `terraform apply` with `on_existing = \"adopt\"` and all `people`.";

pub(super) async fn delete(cx: &Cx<'_, UserInvites>, id: &ById, prior: &State<UserInvites>) -> Result<()> {
    let client = &cx.client;
    let before = entries(&prior.args.people, &prior.computed.people);
    let work = Work::new(client, cx, cx.private);
    let none: BTreeMap<String, ()> = BTreeMap::new();
    let all = leaving(&before, Some(&none));
    let all: Vec<Leaving<'_>> = all.iter().filter_map(|email| leave(&work, email, &before)).collect();
    // In a replacement of the resource by itself, most keep their seats.
    let (keep, leaves): (Vec<_>, Vec<_>) = all.into_iter().partition(|leaves| {
        let key = Key::Person(leaves.place.email.clone());
        run::half(client.run(), leaves.place.marks(), &key) == Half::OfItself
    });
    let parting = deposed::planned_parting(cx.private, &prior.args);
    let (policy, rest) = (parting.policy, parting.of_rest(&prior.args));
    if parting.is_replaced {
        // Whatever fails: a later apply knows only what the state has.
        cx.checkpoint(&state(&rest, &id.id, &before, prior.computed.failed.clone()));
    }
    let (later, leaves): (Vec<_>, Vec<_>) =
        leaves.into_iter().partition(|leaves| parting.not_now.is_some() && !is_made_again(&work, leaves));
    if policy != OnDestroy::Forget {
        let unplanned = leaves.iter().filter(|leaves| was_not_planned(&work, leaves));
        let unplanned = unplanned.map(|leaves| leaves.place.email.clone()).collect();
        too_many(parting.max_removals.map_or(Value::Null, Value::Known), &before, &unplanned, DEPOSED)?;
    }
    let (moving, mut leaves) = replacement::check(&work, &before, leaves).await?;
    look_up(client, &mut [], &mut leaves, |_| false, policy).await?;
    exchanged::refuse(&leaves, |address| keep.iter().any(|keep| keep.place.email == *address))?;
    // Under `create_before_destroy`, most of these people are in the new object already, so they lose nothing.
    let losses = losses(&[], leaves.iter().filter(|leaves| !is_made_again(&work, leaves)), policy.into());
    if !losses.is_empty() {
        client.refuse_lockout(&losses, &[]).await.blame(UserInvitesArgs::PEOPLE)?;
    }
    let mut outcome = Outcome::default();
    remove(&work, &leaves, policy.into(), &mut outcome).await;
    parting.postpone(&later, prior.args.on_destroy, &mut outcome);
    if !outcome.has_failed() {
        // Without a request, and without a failure.
        remove(&work, &keep, policy.into(), &mut outcome).await;
        moving.iter().for_each(|moving| moving.hand_over(&work));
    }
    work.send_warnings();
    if !outcome.has_failed() {
        return Ok(());
    }
    let mut remain = before;
    for leaves in leaves.iter().filter(|leaves| !outcome.concerns(&leaves.place.email)) {
        remain.remove(&leaves.place.email);
        work.forget([leaves.place.email.as_str()]);
    }
    cx.checkpoint(&state(&rest, &id.id, &remain, outcome.failed()));
    Err(outcome.into_error())
}

/// Whether no plan has shown that the person of an entry leaves: under `create_before_destroy`, Terraform plans the removal of the old
/// object in the apply.
fn was_not_planned(work: &Work<'_>, leaves: &Leaving<'_>) -> bool {
    let (run, email) = (work.client.run(), &leaves.place.email);
    let half = run::half(run, leaves.place.marks(), &Key::Person(email.clone()));
    let is_deposed =
        object(&work.marks, email, &leaves.before).is_some_and(|object| run.is_deposed(&object, &half));
    is_deposed && !is_made_again(work, leaves)
}

/// Whether another object of this run has the person by now.
fn is_made_again(work: &Work<'_>, leaves: &Leaving<'_>) -> bool {
    let object = object(&work.marks, &leaves.place.email, &leaves.before);
    object.is_some_and(|object| work.client.run().is_made_again(&object))
}
