//! People whose present address in Atlan is the key of another entry. An entry keeps its person by GUID, so the keys no longer tell whom the
//! entries are about.

use atlan::User;
use tfplug::{Call, Error, Result};

use super::many::{self, listed};
use super::removals::Leaving;
use super::{Entries, UserInvitesArgs};

/// Advice for both messages.
const WAY: &str = "To let the entries follow the addresses, remove all entries that this message names from `people`, and set `on_destroy = \
                   \"forget\"` for that apply. Then add the addresses that people have now, each with the role that the person has, and with \
                   `on_existing = \"adopt\"`. Nobody loses access, and nobody gets a mail. Memberships that take their people from this list end \
                   with the first apply and come back with the second. To prevent that, name these people in the memberships themselves until \
                   the second apply.";

/// The address that the person of an entry has now, if it is another one. `email`: the key, folded.
pub(super) fn changed(email: &str, user: &User) -> Option<String> {
    let address = atlan::fold_email(&user.email);
    (address != email).then_some(address)
}

/// Warns about people whose address is no longer the key of their entry. `changed`: keys of entries, each with the address that the person
/// has now.
pub(super) fn warn(call: &Call, found: &Entries, changed: &[(String, String)]) {
    // An entry without a GUID holds nobody any more: its person was removed from Atlan.
    let (exchanged, others): (Vec<_>, Vec<_>) =
        changed.iter().partition(|(_, address)| found.get(address).is_some_and(|other| other.id.is_some()));
    let lines = |changed: Vec<&(String, String)>| -> Vec<String> {
        changed.iter().map(|(email, address)| format!("the person of {email:?} has {address}")).collect()
    };
    let (exchanged, others) = (lines(exchanged), lines(others));
    if !others.is_empty() {
        call.warning_at(
            UserInvitesArgs::PEOPLE,
            "A key in `people` is an old address",
            format!(
                "Addresses have changed in Atlan: {}. An entry keeps its person, also if somebody else has the old address now. If \
                 `people` still has the old address, write the new one as the key, and set `on_existing = \"adopt\"` for that apply. Each new \
                 key counts as one removal for `max_removals`, but nobody loses access, and nobody gets a mail.",
                listed(others.iter().map(String::as_str))
            ),
        );
    }
    if exchanged.is_empty() {
        return;
    }
    call.warning_at(
        UserInvitesArgs::PEOPLE,
        "A person has the address of another entry",
        format!(
            "Addresses have changed in Atlan: {}. An entry keeps its person, so a new role of the entry concerns the person who had the \
             address before.\n\n{WAY}",
            listed(exchanged.iter().map(String::as_str))
        ),
    );
}

/// Refuses the whole change if it would end the access of somebody whose present address stays in the map. `stays`: whether the
/// entry with this address stays.
///
/// # Errors
/// If an entry is removed whose person has the address of one that stays.
pub(super) fn refuse(leaves: &[Leaving<'_>], stays: impl Fn(&String) -> bool) -> Result<()> {
    let refused = |leaves: &Leaving<'_>| {
        let (email, user) = (&leaves.place.email, leaves.user.as_ref()?);
        let address = changed(email, user)?;
        let error = || {
            Error::new(
                "A person who leaves has another entry's address",
                format!(
                    "The entry {email:?} is removed, but its person (GUID {}) has the address {address} now, which stays in `people` for \
                     another person. So it is not certain who should lose access. Nothing was sent.\n\n{WAY}",
                    user.id
                ),
            )
        };
        stays(&address).then(|| (email.clone(), error().at(UserInvitesArgs::PEOPLE)))
    };
    let errors: Vec<_> = leaves.iter().filter_map(refused).collect();
    if errors.is_empty() { Ok(()) } else { Err(many::error(errors)) }
}
