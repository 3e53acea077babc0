//! The old object of a replacement under `create_before_destroy`: a deposed object, as Terraform calls it. Its people should leave by the
//! `on_destroy` of the configuration, as the plan has said, but the removal gets the state alone. [`Run::new_terms`] says what is known.

use serde::{Deserialize, Serialize};
use tfplug::{Error, Private, PrivateKey, Text as _};

use super::UserInvitesArgs;
use super::outcome::{Outcome, What};
use super::plan;
use super::removals::Leaving;
use crate::resources::{OnDestroy, stored};
use crate::run::{NewTerms, Object, Run, Terms};

/// Set by the plan of the removal in the apply that has created the new object. If the removal fails, the state keeps it: a later apply
/// knows nothing of the new object.
const DECIDED: PrivateKey<Decided> = PrivateKey::new("decided");

#[derive(Clone, Deserialize, Serialize)]
struct Decided {
    terms: Terms,
    not_now: Option<NotNow>,
}

/// Why nobody is removed in this apply.
#[derive(Clone, Copy, Deserialize, Serialize)]
pub(super) enum NotNow {
    /// What may replace the object has different policies.
    Several,
    /// The policy of what may replace the object takes more away.
    Stricter,
}

/// How people leave when an object is removed.
pub(super) struct Parting {
    pub(super) policy: OnDestroy,
    pub(super) max_removals: Option<u32>,
    pub(super) not_now: Option<NotNow>,
    /// Whether this follows the configuration, which has replaced the object in this apply.
    pub(super) is_replaced: bool,
}

/// Records for the delete how the people of this object leave.
pub(super) fn plan_parting(
    run: &Run,
    private: &Private,
    entries: &[Object],
    prior: &UserInvitesArgs,
) -> Parting {
    let own = own_terms(prior);
    let is_left = private.get(&DECIDED).is_some();
    let new = if is_left { None } else { decide(run.new_terms(entries), &own) };
    let is_replaced = new.is_some();
    let decided = new.unwrap_or(Decided { terms: own, not_now: None });
    if is_left || is_replaced {
        private.set(&DECIDED, &decided);
    }
    parting(decided, prior.on_destroy, is_replaced)
}

/// As [`plan_parting`] has recorded it, or the plan of the create half.
pub(super) fn planned_parting(private: &Private, prior: &UserInvitesArgs) -> Parting {
    match private.get(&DECIDED) {
        Some(decided) => parting(decided, prior.on_destroy, true),
        None => Parting {
            policy: plan::policy(private, prior.on_destroy),
            max_removals: prior.max_removals,
            not_now: None,
            is_replaced: false,
        },
    }
}

fn parting(Decided { terms, not_now }: Decided, prior: OnDestroy, is_replaced: bool) -> Parting {
    let policy = stored(&terms.on_destroy).unwrap_or(prior);
    Parting { policy, max_removals: terms.max_removals, not_now, is_replaced }
}

/// The create of a resource begins.
pub(super) fn creates(run: &Run, private: &Private, args: &UserInvitesArgs) {
    run.sets_terms(private, own_terms(args));
}

fn own_terms(args: &UserInvitesArgs) -> Terms {
    Terms { on_destroy: args.on_destroy.text().into_owned(), max_removals: args.max_removals }
}

/// `None`: nothing replaces the object.
fn decide(new: NewTerms, own: &Terms) -> Option<Decided> {
    let possible = match new {
        NewTerms::Known(terms) => return Some(Decided { terms, not_now: None }),
        NewTerms::Possible(possible) => possible,
    };
    let first = possible.first()?;
    if possible.iter().any(|terms| terms.on_destroy != first.on_destroy) {
        return Some(Decided { terms: own.clone(), not_now: Some(NotNow::Several) });
    }
    let not_now = (takes(first) > takes(own)).then_some(NotNow::Stricter);
    let max_removals = if possible.len() == 1 { first.max_removals } else { own.max_removals };
    Some(Decided { terms: Terms { on_destroy: first.on_destroy.clone(), max_removals }, not_now })
}

/// How much a policy takes away.
fn takes(terms: &Terms) -> u8 {
    match stored(&terms.on_destroy) {
        Ok(OnDestroy::Forget) => 0,
        Ok(OnDestroy::Downgrade) => 1,
        Ok(OnDestroy::Revoke | OnDestroy::Disable) | Err(_) => 2,
    }
}

impl Parting {
    /// The arguments by which what remains of an object leaves in a later apply.
    pub(super) fn of_rest(&self, prior: &UserInvitesArgs) -> UserInvitesArgs {
        match self.is_replaced {
            true => {
                UserInvitesArgs { on_destroy: self.policy, max_removals: self.max_removals, ..prior.clone() }
            }
            false => prior.clone(),
        }
    }

    /// Records that these people stay in the object for a later apply.
    pub(super) fn postpone(&self, leaves: &[Leaving<'_>], prior: OnDestroy, outcome: &mut Outcome) {
        let Some(why) = self.not_now else { return };
        for leaves in leaves {
            outcome.fail(&leaves.place.email, What::Remove, not_now(why, self.policy, prior));
        }
    }
}

fn not_now(why: NotNow, policy: OnDestroy, prior: OnDestroy) -> Error {
    let (policy, prior) = (policy.text(), prior.text());
    let why = match why {
        NotNow::Several => "This apply creates several `atlan_user_invites` with different `on_destroy`, and it is not certain which of them \
                            replaces the object"
            .to_owned(),
        NotNow::Stricter => format!(
            "The replaced object had `on_destroy = {prior:?}` and the new one has {policy:?}, but nobody is in both, so it is not certain that \
             one replaces the other"
        ),
    };
    let otherwise = match policy.as_ref() {
        "forget" => "",
        _ => {
            " To leave everybody alone instead, run `terraform state rm` for the resource, and `terraform apply` with `on_existing = \
              \"adopt\"`: it takes over those who are in `people`, and sends no mail."
        }
    };
    Error::new(
        "Nobody was removed with the replaced object",
        format!(
            "{why}.\n\nNothing was sent. The state keeps a deposed object with those who were to leave. The next `terraform plan` shows that it \
             is destroyed, and `terraform apply` does that by `on_destroy = {policy:?}`.{otherwise}"
        ),
    )
}
