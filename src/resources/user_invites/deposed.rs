//! The old object of a replacement under `create_before_destroy`: a deposed object, as Terraform calls it. Its people should leave by the
//! `on_destroy` of the configuration, as the plan has said, but the removal gets the state alone. [`Run::new_terms`] says what is known.

use serde::{Deserialize, Serialize};
use tfplug::{Error, Private, PrivateKey, Result, Text as _};

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
    /// Whether an earlier apply has left the object, so that a plan has shown the removal.
    is_shown: bool,
}

/// Why nobody is removed in this apply.
#[derive(Clone, Deserialize, Serialize)]
pub(super) enum NotNow {
    /// What may replace the object has different policies.
    Several,
    /// The policy of what may replace the object, which takes more away than its own.
    Stricter(String),
}

/// How people leave when an object is removed.
pub(super) struct Parting {
    pub(super) policy: OnDestroy,
    pub(super) max_removals: Option<u32>,
    pub(super) not_now: Option<NotNow>,
    /// Whether this apply, or an earlier one, has created what replaces the object.
    is_deposed: bool,
    is_shown: bool,
}

/// Records for the delete how the people of this object leave.
///
/// # Errors
/// If a recorded policy is unreadable.
pub(super) fn plan_parting(
    run: &Run,
    private: &Private,
    entries: &[Object],
    prior: &UserInvitesArgs,
) -> Result<Parting> {
    let decided = match private.get(&DECIDED) {
        // What is left has the decided policy in the state.
        Some(_) => Some(Decided { terms: own_terms(prior), not_now: None, is_shown: true }),
        None => decide(run.new_terms(entries), prior)?,
    };
    let Some(decided) = decided else { return Ok(Parting::of_state(prior.on_destroy, prior)) };
    private.set(&DECIDED, &decided);
    parting(decided)
}

/// As [`plan_parting`] has recorded it, or the plan of the create half.
///
/// # Errors
/// As [`plan_parting`].
pub(super) fn planned_parting(private: &Private, prior: &UserInvitesArgs) -> Result<Parting> {
    match private.get(&DECIDED) {
        Some(decided) => parting(decided),
        None => Ok(Parting::of_state(plan::policy(private, prior.on_destroy), prior)),
    }
}

fn parting(Decided { terms, not_now, is_shown }: Decided) -> Result<Parting> {
    let policy = stored(&terms.on_destroy)?;
    Ok(Parting { policy, max_removals: terms.max_removals, not_now, is_deposed: true, is_shown })
}

/// The create of a resource begins.
pub(super) fn creates(run: &Run, private: &Private, args: &UserInvitesArgs) {
    run.sets_terms(private, own_terms(args));
}

fn own_terms(args: &UserInvitesArgs) -> Terms {
    Terms { on_destroy: args.on_destroy.text().into_owned(), max_removals: args.max_removals }
}

/// If it is not certain what replaces the object, nobody loses more than by any of the possible policies, the object's own among them.
/// `None`: nothing replaces the object.
fn decide(new: NewTerms, prior: &UserInvitesArgs) -> Result<Option<Decided>> {
    let (possible, is_known) = match new {
        NewTerms::Known(terms) => ([terms].into(), true),
        NewTerms::Possible(possible) => (possible, false),
    };
    let mut mildest: Option<(u8, &Terms)> = None;
    for terms in &possible {
        let takes = takes(stored(&terms.on_destroy)?);
        if mildest.is_none_or(|(least, _)| takes < least) {
            mildest = Some((takes, terms));
        }
    }
    let Some((least, mildest)) = mildest else { return Ok(None) };
    let (own, is_stricter) = (own_terms(prior), !is_known && least > takes(prior.on_destroy));
    let not_now = if possible.iter().any(|terms| terms.on_destroy != mildest.on_destroy) {
        Some(NotNow::Several)
    } else {
        is_stricter.then(|| NotNow::Stricter(mildest.on_destroy.clone()))
    };
    let max_removals = if possible.len() == 1 { mildest.max_removals } else { own.max_removals };
    let terms =
        if is_stricter { own } else { Terms { on_destroy: mildest.on_destroy.clone(), max_removals } };
    Ok(Some(Decided { terms, not_now, is_shown: false }))
}

/// How much a policy takes away.
fn takes(policy: OnDestroy) -> u8 {
    match policy {
        OnDestroy::Forget => 0,
        OnDestroy::Downgrade => 1,
        OnDestroy::Revoke | OnDestroy::Disable => 2,
    }
}

impl Parting {
    fn of_state(policy: OnDestroy, prior: &UserInvitesArgs) -> Self {
        Parting {
            policy,
            max_removals: prior.max_removals,
            not_now: None,
            is_deposed: false,
            is_shown: false,
        }
    }

    /// Whether this follows the configuration, which has replaced the object in this apply. No plan has shown who leaves.
    pub(super) fn is_unseen(&self) -> bool {
        self.is_deposed && !self.is_shown
    }

    /// If the object is deposed, the arguments by which what remains of it leaves in a later apply.
    pub(super) fn of_rest(&self, prior: &UserInvitesArgs) -> Option<UserInvitesArgs> {
        self.is_deposed.then(|| UserInvitesArgs {
            on_destroy: self.policy,
            max_removals: self.max_removals,
            ..prior.clone()
        })
    }

    /// Records that these people stay in the object for a later apply.
    pub(super) fn postpone(&self, leaves: &[Leaving<'_>], prior: OnDestroy, outcome: &mut Outcome) {
        let why = match &self.not_now {
            Some(NotNow::Several) => {
                "This apply creates several `atlan_user_invites` with different `on_destroy`, and it is not certain which of them \
                 replaces the object"
                    .to_owned()
            }
            Some(NotNow::Stricter(new)) => format!(
                "The replaced object had `on_destroy = {:?}` and the new one has {new:?}, but nobody is in both, so it is not certain \
                 that one replaces the other",
                prior.text()
            ),
            None => return,
        };
        for leaves in leaves {
            outcome.fail(&leaves.place.email, What::Remove, not_now(&why, self.policy));
        }
    }
}

fn not_now(why: &str, policy: OnDestroy) -> Error {
    let next = match policy {
        OnDestroy::Forget => {
            ", which leaves them alone. To end their access, disable them in Atlan or by the action `atlan_disable_user`."
        }
        _ => {
            ". To leave everybody alone instead, run `terraform state rm` for the resource, and `terraform apply` with `on_existing = \
             \"adopt\"`: it takes over those who are in `people`, and sends no mail."
        }
    };
    Error::new(
        "Not everybody was removed with the replaced object",
        format!(
            "{why}.\n\nNothing was sent for them. The state keeps a deposed object with those who were to leave. The next `terraform plan` \
             shows that it is destroyed, and `terraform apply` does that by `on_destroy = {:?}`{next}",
            policy.text()
        ),
    )
}
