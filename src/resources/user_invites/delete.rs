//! Deletes of many seats. Those whose access has ended leave the state even if it fails for others.

use std::collections::BTreeMap;

use tfplug::{Cx, Result, State, Value};

use super::outcome::Outcome;
use super::place::Work;
use super::plan::{leaving, object, own, too_many};
use super::removals::{Leaving, leave, remove};
use super::update::{look_up, losses};
use super::{UserInvites, UserInvitesArgs, deposed, exchanged, replacement, state};
use crate::explain::Blame as _;
use crate::resources::{ById, OnDestroy};
use crate::run::{self, Half, Key, Object};
use crate::seat::Place as _;

/// Advice for an error about more removals than `max_removals` allows. It must not be enough to run the command again.
const DEPOSED: &str = "Under `create_before_destroy`, Terraform now keeps these people as a deposed object, which no change of the \
                       configuration reaches. Run `terraform state rm` for the resource, and `terraform apply` with `on_existing = \
                       \"adopt\"` and everybody in `people`. Then remove those who should go, with a `max_removals` that allows it.";

pub(super) async fn delete(cx: &Cx<'_, UserInvites>, id: &ById, prior: &State<UserInvites>) -> Result<()> {
    let client = &cx.client;
    let before = own(cx.private, prior);
    let work = Work::new(client, cx, cx.private);
    let none: BTreeMap<String, ()> = BTreeMap::new();
    let all = leaving(&before, Some(&none));
    let all: Vec<Leaving<'_>> = all.iter().filter_map(|email| leave(&work, email, &before)).collect();
    for leaves in &all {
        // A create whose plan comes from now on finds out by itself what becomes of the person.
        if let Some(object) = object(&work.marks, &leaves.place.email, &leaves.before) {
            client.run().applied(&object);
        }
    }
    // In a replacement of the resource by itself, most keep their seats.
    let (keep, leaves): (Vec<_>, Vec<_>) = all.into_iter().partition(|leaves| {
        let key = Key::Person(leaves.place.email.clone());
        run::half(client.run(), leaves.place.marks(), &key) == Half::OfItself
    });
    let parting = deposed::planned_parting(cx.private, &prior.args)?;
    let policy = parting.policy;
    let rest = match parting.of_rest(&prior.args) {
        Some(rest) => {
            // Written first, so that it survives any failure below. A later apply sees only this state, and would refuse people whom the new
            // object has, too.
            let is_elsewhere = |object: Object| client.run().has_made_again(&object);
            let mut alone = before.clone();
            alone.retain(|email, entry| !object(&work.marks, email, entry).is_some_and(is_elsewhere));
            cx.checkpoint(&state(&rest, &id.id, &alone, prior.computed.failed.clone()));
            rest
        }
        None => prior.args.clone(),
    };
    let (later, leaves): (Vec<_>, Vec<_>) =
        leaves.into_iter().partition(|leaves| parting.not_now.is_some() && !is_made_again(&work, leaves));
    if policy != OnDestroy::Forget {
        let deposed = leaves.iter().filter(|leaves| is_deposed(&work, leaves));
        let deposed = deposed.map(|leaves| leaves.place.email.clone()).collect();
        let most = parting.max_removals.map_or(Value::Null, Value::Known);
        too_many(most, &before, &deposed, |_| DEPOSED.to_owned())?;
    }
    let (moving, mut leaves) = replacement::check(&work, &before, leaves).await?;
    look_up(client, &mut [], &mut leaves, |_| false, policy).await?;
    // Terraform stops managing these people, and their access does not change.
    let (stay, leaves): (Vec<_>, Vec<_>) =
        leaves.into_iter().partition(|leaves| policy != OnDestroy::Forget && is_exchanged(&work, leaves));
    if !stay.is_empty() {
        let mut left = before.clone();
        left.retain(|email, entry| {
            !object(&work.marks, email, entry).is_some_and(|object| client.run().has_made_again(&object))
        });
        for leaves in &stay {
            let_go(&work, leaves);
            left.remove(&leaves.place.email);
            work.forget([leaves.place.email.as_str()]);
        }
        // Written now, so that no failure below makes a later apply end their access.
        cx.checkpoint(&state(&rest, &id.id, &left, prior.computed.failed.clone()));
        work.send_warnings();
    }
    exchanged::refuse(&leaves, |address| keep.iter().any(|keep| keep.place.email == *address))?;
    // Under `create_before_destroy`, most of these people are in the new object already, so they lose nothing.
    let losses = losses(&[], leaves.iter().filter(|leaves| !is_made_again(&work, leaves)), policy.into());
    if !losses.is_empty() {
        client.refuse_lockout(&losses, &[]).await.blame(UserInvitesArgs::PEOPLE)?;
    }
    let mut outcome = Outcome::default();
    remove(&work, &leaves.iter().collect::<Vec<_>>(), policy.into(), &mut outcome).await;
    parting.postpone(&later, prior.args.on_destroy, &mut outcome);
    if !outcome.has_failed() {
        // Without a request, and without a failure.
        remove(&work, &keep.iter().collect::<Vec<_>>(), policy.into(), &mut outcome).await;
        moving.iter().for_each(|moving| moving.hand_over(&work));
    }
    work.send_warnings();
    if !outcome.has_failed() {
        client.run().meets_no_more(cx.private);
        return Ok(());
    }
    let mut remain = before;
    for leaves in leaves.iter().chain(&stay).filter(|leaves| !outcome.concerns(&leaves.place.email)) {
        remain.remove(&leaves.place.email);
        work.forget([leaves.place.email.as_str()]);
    }
    for (email, entry) in &remain {
        if let Some(object) = object(&work.marks, email, entry) {
            client.run().stays_after_all(object);
        }
    }
    cx.checkpoint(&state(&rest, &id.id, &remain, outcome.failed()));
    Err(outcome.into_error())
}

/// Whether the person leaves with a deposed object. The apply that has replaced it has shown nobody that they leave.
fn is_deposed(work: &Work<'_>, leaves: &Leaving<'_>) -> bool {
    let (run, email) = (work.client.run(), &leaves.place.email);
    let half = run::half(run, leaves.place.marks(), &Key::Person(email.clone()));
    let object = object(&work.marks, email, &leaves.before);
    object.is_some_and(|object| run.is_deposed(&object, &half)) && !is_made_again(work, leaves)
}

/// Whether addresses have changed in Atlan, so that the new object has another person under this key, or its create for this key failed.
fn is_exchanged(work: &Work<'_>, leaves: &Leaving<'_>) -> bool {
    let (run, email) = (work.client.run(), &leaves.place.email);
    let Some((user, object)) = leaves.user.as_ref().zip(object(&work.marks, email, &leaves.before)) else {
        return false;
    };
    let is_moved = atlan::fold_email(&user.email) != *email;
    run.has_other_person(&object) || (is_moved && is_deposed(work, leaves) && run.could_not_make(&object))
}

/// Stops managing a person whom the new object does not have, without ending the access.
fn let_go(work: &Work<'_>, leaves: &Leaving<'_>) {
    let (Some(user), entry) = (&leaves.user, &leaves.place.email) else { return };
    if let Some(object) = object(&work.marks, entry, &leaves.before) {
        work.client.run().deleted(&object);
    }
    leaves.place.warning(
        format!("{} keeps the access", user.email),
        format!(
            "The entry {entry:?} was for this person (GUID {id}), whose address is {email} now. In the new object, the entry has another \
             person, or nobody. So it is not certain that this person should lose the access: nothing was sent, and Terraform no longer \
             manages them. To manage them, add {email:?} to `people` with `on_existing = \"adopt\"`. To end their access, disable them in \
             Atlan or by the action `atlan_disable_user`.",
            email = user.email,
            id = user.id
        ),
    );
}

/// Whether another object of this run has the person by now.
fn is_made_again(work: &Work<'_>, leaves: &Leaving<'_>) -> bool {
    let object = object(&work.marks, &leaves.place.email, &leaves.before);
    object.is_some_and(|object| work.client.run().is_made_again(&object))
}
