//! What happens to the access of a person whose seat is given up: the strongest step that the policy and the credential
//! allow, each weaker one with a warning that says which access remains.

use atlan::{Cancelled, User, WorkspaceRole};
use tfplug::{Attempting as _, Error, Result};

use super::{Farewell, Place, is_refusal, not_with_this};

/// A step that ends or lowers a person's access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Cancel,
    Disable,
    Lower,
}

impl Step {
    /// Completes "Could not …".
    fn attempt(self, email: &str) -> String {
        match self {
            Step::Cancel => format!("cancel the invitation of {email}"),
            Step::Disable => format!("disable {email}"),
            Step::Lower => format!("lower the role of {email}"),
        }
    }

    /// Completes "Terraform could not …".
    fn what(self) -> &'static str {
        match self {
            Step::Cancel => "cancel the invitation",
            Step::Disable => "disable the person",
            Step::Lower => "lower the role to $guest",
        }
    }
}

async fn lower(place: &impl Place, user: &User) -> atlan::Result<()> {
    place.client().change_role(&user.id, WorkspaceRole::Guest).await.map(|_| ())
}

/// The outcome of [`lower`] where it is the last step.
async fn lowered(place: &impl Place, outcome: atlan::Result<()>, user: &User) -> Result<()> {
    match outcome {
        // A list that was read right before the write does not show the person any more.
        Err(atlan::Error::NotFound { .. }) => Ok(()),
        Err(refusal) if is_refusal(&refusal) => Err(refused(place, Step::Lower, user, &refusal).await),
        outcome => outcome.attempting(|| Step::Lower.attempt(&user.email)),
    }
}

/// The last step of a policy was refused. The error names the weaker policies.
async fn refused(place: &impl Place, step: Step, user: &User, refusal: &atlan::Error) -> Error {
    let weaker =
        "`on_destroy = \"downgrade\"` (lowers the role to $guest) or `\"forget\"` (leaves the person alone)";
    let (other, less) = match step {
        Step::Lower => (
            "Use a credential that may do this, such as an admin's own token as `api_key`".to_owned(),
            "`on_destroy = \"forget\"` (leaves the person alone)",
        ),
        Step::Cancel => (not_with_this(place, "cancel invitations").await, weaker),
        Step::Disable => (not_with_this(place, "disable people").await, weaker),
    };
    let guarded = crate::workspace_role::guarded(place.client(), user, refusal).await;
    let other = match guarded {
        Some(why) => format!("{why} Or choose"),
        None if refusal.is_forbidden() => format!("{other}. Or choose"),
        None => "Choose".to_owned(),
    };
    let way = match place.is_entry() {
        true => format!(
            ": for an entry that leaves the map, set {less} in the same apply. For a destroy, keep the resource in the configuration, set \
             it, run `terraform apply`, and then remove the resource."
        ),
        false => format!(
            ": keep the resource in the configuration, set {less}, run `terraform apply`, and then remove the resource."
        ),
    };
    let again = match place.is_entry() {
        true => "and let a new one take the people over with `on_existing = \"adopt\"`",
        false => "and import the person whom the configuration names now",
    };
    if let atlan::Error::NotApplied { .. } = refusal {
        return Error::new(
            format!("Could not see that the access of {} has ended", user.email),
            format!(
                "{refusal}. If Atlan's list is late, the change has taken effect. The person stays in the state until a list shows \
                 it.\n\nRun `terraform apply` again in a minute or two. If the error comes again: {} a weaker policy{way}",
                match other.strip_prefix("Choose") {
                    Some(rest) => format!("choose{rest}"),
                    None => other,
                }
            ),
        );
    }
    Error::new(
        format!("Could not {}", step.attempt(&user.email)),
        format!(
            "{refusal}. The person keeps the access and stays in the state.\n\n{other} a weaker policy{way}\n\nIf \
             Terraform calls this a deposed object, a changed policy does not reach it. Then run `terraform state rm` \
             for the resource, {again}."
        ),
    )
}

/// Atlan knows no such person, or the tenant supports neither request. Only a list can tell.
fn may_be_gone(user: &User) -> Error {
    Error::new(
        format!("Could not see that the invitation of {} is cancelled", user.email),
        "Atlan answered 404 to the cancellation and to a change of the role, and its list still shows the invitation. If the list is late, the \
         invitation is gone. The person stays in the state until a list shows that.\n\nRun the same command again in a minute or two. If the \
         error comes again, cancel the invitation on the page Users of Atlan's admin center. To leave it alone, set `on_destroy = \"forget\"`, run \
         `terraform apply`, and then remove the resource.",
    )
}

/// Whether Atlan says that it has no such person.
fn is_gone(error: &atlan::Error) -> bool {
    matches!(error, atlan::Error::NotFound { .. }) || error.status() == Some(404) && !error.is_of_gateway()
}

/// Ends a person's access as far as the policy asks and the credential may.
pub(super) async fn end(place: &impl Place, mut user: User, policy: Farewell) -> Result<()> {
    let mut strongest = Ok(());
    let mut pending = user.status.is_invited();
    if pending {
        strongest = match place.client().cancel_invitation(&user.id).await {
            Ok(Cancelled::Removed) => return Ok(()),
            Ok(Cancelled::Disabled) => {
                tracing::debug!(id = %user.id, "the tenant keeps cancelled invitations, disabled");
                return Ok(());
            }
            // The person accepted after the look-up, so the policy for active people applies.
            Err(atlan::Error::NotPending { user: now }) => {
                user = *now;
                pending = false;
                Ok(())
            }
            Err(refusal) => Err(refusal),
        };
    }
    if !pending {
        if policy == Farewell::Downgrade {
            return lowered(place, lower(place, &user).await, &user).await;
        }
        // `user` may be some minutes old, and somebody may have enabled the person since: `disable` looks the person up anew.
        strongest = match place.client().disable(&user.id).await {
            Err(atlan::Error::NotFound { .. }) => return Ok(()),
            disabled => disabled.map(|_| ()),
        };
    }
    let Err(refusal) = strongest else { return Ok(()) };
    let tried = if pending { Step::Cancel } else { Step::Disable };
    if !is_refusal(&refusal) {
        return Err(Error::from(refusal).attempting(|| tried.attempt(&user.email)));
    }
    if policy == Farewell::Disable {
        return Err(refused(place, tried, &user, &refusal).await);
    }
    let before = user.role;
    let outcome = lower(place, &user).await;
    // The list has caught up with a cancellation.
    if matches!(outcome, Err(atlan::Error::NotFound { .. })) {
        return Ok(());
    }
    if pending && outcome.as_ref().is_err_and(is_gone) {
        match &refusal {
            // Atlan accepted the first request, and knows no such person any more.
            atlan::Error::NotApplied { .. } => {
                tracing::debug!(id = %user.id, "cancelled, although a list still shows the invitation");
                return Ok(());
            }
            refusal if is_gone(refusal) => return Err(may_be_gone(&user)),
            _ => {}
        }
    }
    lowered(place, outcome, &user).await?;
    let done = if before == Some(WorkspaceRole::Guest) {
        "The role is $guest already"
    } else {
        "The role was lowered to $guest"
    };
    let remains = if pending {
        "the invitation can still be accepted, and gives the access of a guest"
    } else {
        "the person can still log in, with the access of a guest"
    };
    place.warning(
        format!("{} keeps some access to Atlan", user.email),
        format!(
            "Terraform could not {}: {refusal}. {done}, and the {} was removed from the state: {remains}.\n\nAn \
             admin can end this access in Atlan. Terraform can do it, too: set an admin's own token as `api_key`, {}.",
            tried.what(),
            if place.is_entry() { "entry" } else { "object" },
            if place.is_entry() {
                "add the entry again with `on_existing = \"adopt\"` and the role $guest, and then remove it"
            } else {
                "import the person again, and destroy the resource"
            }
        ),
    );
    Ok(())
}
