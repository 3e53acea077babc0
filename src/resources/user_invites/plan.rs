//! Plans of many seats: which entries are new, which leave, and what is known after apply. No request is made, except about
//! people who are gone and whose address somebody else has.

use std::collections::{BTreeMap, BTreeSet};

use tfplug::{
    Change, Config, Diagnostic, Diagnostics, Error, Path, PlanCx, Private, PrivateKey, Result, State,
    Text as _, Value,
};

use super::deposed::{self, Parting};
use super::many::{self, count, listed};
use super::{
    ADDRESSES, Entries, Entry, FIXED, HOLDER, NOT_ENABLED, SPARED, SeatArgs, SeatComputed, SeatStatus,
    TO_ENABLE, UserInvites, UserInvitesArgs, UserInvitesComputed, at, entries,
};
use crate::resources::{OnDestroy, renamed, stored};
use crate::run::entries::{self as marks, EntryClash, Fate, Marks};
use crate::run::{self, Key, Object, Run, TO_DESTROY};
use crate::seat::{self, active_people};
use crate::types::{Email, OnExisting, Person, Role};

/// Most people whom an error about `max_removals` names.
const FIRST: usize = 10;

/// Set by the plan of a create: its `on_destroy`. The delete half of a replacement gets it. People who leave `people` in the same
/// change leave by that policy, as they do in an update: so the plan has said.
pub(super) const POLICY: PrivateKey<String> = PrivateKey::new("policy");

/// What becomes of those who leave.
pub(super) fn policy(private: &Private, prior: OnDestroy) -> OnDestroy {
    private.get(&POLICY).and_then(|text| stored(&text).ok()).unwrap_or(prior)
}

/// Checks that need no state.
pub(super) fn validate(config: &Config<'_, UserInvitesArgs>, diagnostics: &mut Diagnostics) {
    let Some(keys) = config.keys(UserInvitesArgs::PEOPLE) else { return };
    for (path, summary, detail) in bad_keys(keys.iter().copied()) {
        diagnostics.error_at(path, summary, detail);
    }
    let with_plus: Vec<&str> =
        keys.into_iter().filter(|key| Email::from((*key).to_owned()).has_plus()).collect();
    if !with_plus.is_empty() {
        let these = if with_plus.len() == 1 { "this address" } else { "these addresses" };
        diagnostics.warning_at(
            UserInvitesArgs::PEOPLE,
            format!("Atlan may refuse {these}"),
            format!(
                "Atlan's help pages say that addresses with a `+` before the `@` are refused: {}.",
                listed(with_plus.into_iter())
            ),
        );
    }
}

/// Keys that are no addresses, and keys that are one address.
fn bad_keys<'a>(keys: impl Iterator<Item = &'a str>) -> Vec<(Path, &'static str, String)> {
    let (mut bad, mut seen) = (Vec::new(), BTreeMap::new());
    for key in keys {
        if let Err(problem) = Email::parse(key) {
            bad.push((at(key), "Not an email address", format!("people[{key:?}]: {problem}")));
        } else if let Some(other) = seen.insert(atlan::fold_email(key), key) {
            let detail = format!(
                "Two keys of `people` are one person: {other:?} and {key:?}. Remove one of them. \
                 `provider::atlan::normalize_email` gives all spellings of an address the same form."
            );
            bad.push((at(key), "Two entries are one person", detail));
        }
    }
    bad
}

fn key(email: &str) -> Key {
    Key::Person(email.to_owned())
}

/// An entry of the state, as the register of a run knows it. `None`: it stands for nobody.
pub(super) fn object(marks: &Marks<'_>, email: &str, entry: &Entry) -> Option<Object> {
    let (key, of_entry) = (key(email), marks.entry(&key(email)));
    match &entry.id {
        Some(id) => Some(Object::new(HOLDER, key, id, &of_entry)),
        None if entry.status == SeatStatus::Unknown => Some(Object::unclear(HOLDER, key, &of_entry)),
        None => None,
    }
}

/// An entry of the plan.
struct Planned {
    spelled: String,
    /// `None`: known after apply.
    role: Option<Role>,
}

pub(super) fn plan(cx: &PlanCx<'_, UserInvites>, change: &mut Change<'_, UserInvites>) -> Result<()> {
    let planned = planned(change)?;
    let before = before(change);
    let run = cx.session::<Run>();
    cx.private.remove(&POLICY);
    cx.private.remove(&TO_ENABLE);
    let parts = cx.private.get(&NOT_ENABLED).unwrap_or_default();
    let fixed = fixed(change, &parts);
    if fixed.is_empty() {
        cx.private.remove(&FIXED);
    } else {
        cx.private.set(&FIXED, &fixed);
        // The new half of a replacement tries everybody.
        if before.is_some() {
            warn_of_fixed(cx, &fixed);
        }
    }
    if planned.is_none() {
        let own = before.is_some().then_some(cx.private);
        run.comes_nameless(HOLDER, own).map_err(|clash| Error::from(clash).at(UserInvitesArgs::PEOPLE))?;
    }
    let (mut ended, mut disabled) = (Vec::new(), BTreeSet::new());
    let policy = change.planned(UserInvitesArgs::ON_DESTROY).known();
    let clashes = match &before {
        Some(before) => {
            let forgets = policy == Some(OnDestroy::Forget);
            let leaving = leaving(before, planned.as_ref());
            if !forgets {
                too_many(change.planned(UserInvitesArgs::MAX_REMOVALS), before, &leaving, |leaving| {
                    format!("{}\n\n{TO_DESTROY}", raise_limit(leaving))
                })?;
                // The apply does not remove somebody whose address has changed and is in the map. The plan that Terraform makes in the
                // apply comes without a refresh, so the addresses are in the private state.
                let addresses = cx.private.get(&ADDRESSES).unwrap_or_default();
                let moves = |email: &String| {
                    let address = addresses.get(email);
                    planned
                        .as_ref()
                        .zip(address)
                        .is_some_and(|(planned, address)| planned.contains_key(address))
                };
                let ends = |email: &&String| before[*email].status == SeatStatus::Active && !moves(email);
                ended.extend(leaving.iter().filter(ends).cloned());
            }
            let (to_enable, stays_disabled): (BTreeSet<String>, BTreeSet<String>) = before
                .iter()
                .filter(|(email, entry)| entry.status == SeatStatus::Disabled && !leaving.contains(*email))
                .map(|(email, _)| email.clone())
                .partition(|email| parts.contains(email) && !fixed.contains(email));
            disabled = stays_disabled;
            keep(change, before, &fixed, &to_enable);
            if !to_enable.is_empty() {
                cx.private.set(&TO_ENABLE, &to_enable);
            }
            let fate = |email: &String| match (leaving.contains(email), forgets) {
                (false, _) => Fate::Stays,
                (true, false) => Fate::Leaves,
                (true, true) => Fate::IsForgotten,
            };
            let of_entries = Marks::of(cx.private);
            let objects = before
                .iter()
                .filter_map(|(email, entry)| Some((object(&of_entries, email, entry)?, fate(email))));
            let is_new = |email: &&String| {
                !fixed.contains(*email)
                    && before
                        .get(*email)
                        .is_none_or(|entry| entry.id.is_none() && entry.status != SeatStatus::Unknown)
            };
            let new = planned.iter().flat_map(BTreeMap::keys).filter(is_new).map(|email| key(email));
            marks::planned_change(&run, cx.private, HOLDER, objects.collect(), new)
        }
        None => {
            if let Some(policy) = policy {
                cx.private.set(&POLICY, &policy.text().into_owned());
            }
            if let Some(on_existing) = change.planned(UserInvitesArgs::ON_EXISTING).known() {
                run::adopts(cx.private, on_existing == OnExisting::Adopt);
            }
            let seal =
                |planned: &Planned| planned.role.map(|role| atlan::WorkspaceRole::from(role).to_string());
            let next = planned
                .as_ref()
                .map(|planned| planned.iter().map(|(email, planned)| (key(email), seal(planned))).collect());
            marks::planned_create(&run, cx.private, HOLDER, next)
        }
    };
    refuse(clashes, |email| planned.as_ref().and_then(|planned| Some(at(&planned.get(email)?.spelled))))?;
    warn_of_removals(cx, &ended, policy);
    let adopts = change.planned(UserInvitesArgs::ON_EXISTING).known() == Some(OnExisting::Adopt);
    warn_of_disabled(cx, &disabled, adopts);
    Ok(())
}

/// The entries of the state. `None`: this is a create.
fn before(change: &Change<'_, UserInvites>) -> Option<Entries> {
    match (change.prior(UserInvitesArgs::PEOPLE), change.prior(UserInvitesComputed::PEOPLE)) {
        (Value::Known(args), Value::Known(computed)) => Some(entries(&args, &computed)),
        _ => None,
    }
}

/// Warns of entries whose person is gone from Atlan and whose address somebody else has, whom this plan takes over. Asks only about them.
pub(super) async fn tell_of_heirs(
    cx: &PlanCx<'_, UserInvites>,
    change: &Change<'_, UserInvites>,
) -> Result<()> {
    if change.planned(UserInvitesArgs::ON_EXISTING).known() != Some(OnExisting::Adopt) {
        return Ok(());
    }
    let before = before(change);
    let (run, client) = (cx.session::<Run>(), cx.client.as_ref());
    let has_seat = |spelled: &String| {
        before.as_ref().is_some_and(|before| {
            before.get(&atlan::fold_email(spelled)).is_some_and(|entry| entry.id.is_some())
        })
    };
    for spelled in
        change.keys(UserInvitesArgs::PEOPLE).unwrap_or_default().into_iter().filter(|key| !has_seat(key))
    {
        let (at, person) = (at(&spelled), Person::from(&Email::from(spelled.clone())));
        renamed::tell_of_heir(cx, &run, client, HOLDER.resource, at, &person).await?;
    }
    Ok(())
}

/// The entries of the plan by folded address. `None`: they are not known yet.
fn planned(change: &mut Change<'_, UserInvites>) -> Result<Option<BTreeMap<String, Planned>>> {
    let Some(keys) = change.keys(UserInvitesArgs::PEOPLE) else { return Ok(None) };
    let mut diagnostics = Diagnostics::new();
    for (path, summary, detail) in bad_keys(keys.iter().map(String::as_str)) {
        diagnostics.push(Diagnostic::error(summary, detail).at(path));
    }
    if diagnostics.has_errors() {
        return Err(diagnostics.into());
    }
    let mut planned: BTreeMap<String, Planned> = keys
        .into_iter()
        .map(|spelled| (atlan::fold_email(&spelled), Planned { spelled, role: None }))
        .collect();
    for entry in change.each(UserInvitesArgs::PEOPLE, UserInvitesComputed::PEOPLE) {
        let role = change.at(&entry).planned(SeatArgs::ROLE).known();
        if let Some(planned) = entry.key().and_then(|key| planned.get_mut(&atlan::fold_email(key))) {
            planned.role = role;
        }
    }
    Ok(Some(planned))
}

/// Folded addresses of the entries that leave the map, except those whose invitation never took effect.
pub(super) fn leaving<T>(before: &Entries, planned: Option<&BTreeMap<String, T>>) -> BTreeSet<String> {
    let leaves = |(email, entry): &(&String, &Entry)| {
        let is_there = entry.id.is_some() || entry.status == SeatStatus::Unknown;
        is_there && planned.is_some_and(|planned| !planned.contains_key(*email))
    };
    before.iter().filter(leaves).map(|(email, _)| email.clone()).collect()
}

/// The planned values of entries that exist stay known, however their key is spelled. An entry without a GUID is tried again.
/// `to_enable`: people whose status changes.
fn keep(
    change: &mut Change<'_, UserInvites>,
    before: &Entries,
    fixed: &BTreeSet<String>,
    to_enable: &BTreeSet<String>,
) {
    for entry in change.each(UserInvitesArgs::PEOPLE, UserInvitesComputed::PEOPLE) {
        let known = entry.key().and_then(|key| before.get(&atlan::fold_email(key)));
        let mut change = change.at(&entry);
        match known {
            Some(Entry { id: Some(id), status, spelled, .. }) => {
                let is_enabled = to_enable.contains(&atlan::fold_email(spelled));
                if change.is_create() {
                    change.fill(SeatComputed::ID, id.clone());
                    change.fill(SeatComputed::STATUS, *status);
                }
                if is_enabled {
                    change.unknown(SeatComputed::STATUS);
                }
            }
            Some(Entry { id: None, spelled, .. }) if !fixed.contains(&atlan::fold_email(spelled)) => {
                change.unknown(SeatComputed::ID);
                change.unknown(SeatComputed::STATUS);
            }
            Some(_) | None => {}
        }
    }
    if let Some(mut failed) = change.prior(UserInvitesComputed::FAILED).known() {
        // Of the others, an update fails, or nothing is left to be done.
        failed.retain(|email, _| fixed.contains(email));
        change.fill(UserInvitesComputed::FAILED, failed);
    }
}

/// Entries that have no seat or could not be enabled, and whose status comes with the configuration: under `ignore_changes = [people]`,
/// Terraform puts the value of the state there, and no plan may change it. `parts`: see [`NOT_ENABLED`].
fn fixed(change: &mut Change<'_, UserInvites>, parts: &BTreeSet<String>) -> BTreeSet<String> {
    let mut fixed = BTreeSet::new();
    for entry in change.each(UserInvitesArgs::PEOPLE, UserInvitesComputed::PEOPLE) {
        let Some(email) = entry.key().map(atlan::fold_email) else { continue };
        let is_fixed = match change.at(&entry).config(SeatComputed::STATUS) {
            Value::Known(SeatStatus::Failed | SeatStatus::Unknown) => true,
            Value::Known(SeatStatus::Disabled) => parts.contains(&email),
            _ => false,
        };
        if is_fixed {
            fixed.insert(email);
        }
    }
    fixed
}

fn warn_of_fixed(cx: &PlanCx<'_, UserInvites>, fixed: &BTreeSet<String>) {
    cx.warning_at(
        UserInvitesArgs::PEOPLE,
        format!("{} not tried again", many::are(fixed.len())),
        format!(
            "`ignore_changes` names `people`, so Terraform keeps the status that these people have in the state, and the provider does \
             not invite or enable them: {}. To try again, remove `people` from `ignore_changes` for one apply. If this plan replaces the resource, the replacement tries \
             again, too.",
            listed(fixed.iter().map(String::as_str))
        ),
    );
}

/// What to do if so many entries are to leave.
pub(super) fn raise_limit(leaving: usize) -> String {
    format!("If you want these removals, set `max_removals` to {leaving} in the same change.")
}

/// Protects against input files that are cut off. `advice`: what to do if so many entries are to leave.
///
/// # Errors
/// If more entries leave than may.
pub(super) fn too_many(
    most: Value<u32>,
    before: &Entries,
    leaving: &BTreeSet<String>,
    advice: impl FnOnce(usize) -> String,
) -> Result<()> {
    let most = match most {
        Value::Known(most) => usize::try_from(most).unwrap_or(usize::MAX),
        Value::Null => (before.len() / 10).max(10),
        Value::Unknown => return Ok(()),
    };
    if leaving.len() <= most {
        return Ok(());
    }
    let names: Vec<String> = leaving.iter().cloned().collect();
    let error = Error::new(
        "More removals than `max_removals` allows",
        format!(
            "This plan removes {} of {} people, more than max_removals = {most}: {}. Nothing was sent.\n\nThe input file \
             may have been cut off. {}",
            leaving.len(),
            before.len(),
            crate::members::listed(&names, FIRST),
            advice(leaving.len())
        ),
    );
    Err(error.at(UserInvitesArgs::PEOPLE))
}

/// Clashes as one error. `path`: of an entry of the plan.
fn refuse(clashes: Vec<EntryClash>, path: impl Fn(&str) -> Option<Path>) -> Result<()> {
    if clashes.is_empty() {
        return Ok(());
    }
    let error = |(key, clash): EntryClash| {
        let path = path(key.name()).unwrap_or_else(|| UserInvitesArgs::PEOPLE.into());
        (key.name().to_owned(), Error::from(clash).at(path))
    };
    Err(many::error(clashes.into_iter().map(error).collect()))
}

/// The entries that a destroy is about.
pub(super) fn own(private: &Private, prior: &State<UserInvites>) -> Entries {
    let mut before = entries(&prior.args.people, &prior.computed.people);
    let spared = private.get(&SPARED).unwrap_or_default();
    before.retain(|email, _| !spared.contains(email));
    before
}

pub(super) fn plan_delete(cx: &PlanCx<'_, UserInvites>, prior: &State<UserInvites>) -> Result<()> {
    cx.private.remove(&POLICY);
    let before = own(cx.private, prior);
    let of_entries = Marks::of(cx.private);
    let objects: Vec<Object> =
        before.iter().filter_map(|(email, entry)| object(&of_entries, email, entry)).collect();
    let run = cx.session::<Run>();
    let parting = deposed::plan_parting(&run, cx.private, &objects, &prior.args)?;
    let forgets = parting.policy == OnDestroy::Forget;
    // Under `create_before_destroy`, the new object has most of them already.
    let stays =
        objects.iter().filter(|object| run.is_made_again(object)).map(|object| object.name().to_owned());
    let stays: BTreeSet<String> = stays.collect();
    let clashes = marks::plan_delete(&run, cx.private, objects, forgets);
    refuse(clashes, |_| None)?;
    if !forgets && parting.not_now.is_none() {
        let ends = before.iter().filter(|(email, _)| !stays.contains(*email)).map(|(_, entry)| entry.status);
        warn_of_destroy(cx, &parting, ends);
    }
    Ok(())
}

/// Says whose access an update ends or lowers. In the plan, Terraform shows no more than that their entries are removed.
fn warn_of_removals(cx: &PlanCx<'_, UserInvites>, ended: &[String], policy: Option<OnDestroy>) {
    if ended.is_empty() {
        return;
    }
    let (summary, does) = seat::losses_of_active(ended.len(), policy.map(Into::into));
    cx.warning_at(
        UserInvitesArgs::PEOPLE,
        summary,
        format!(
            "They leave `people`, and `on_destroy` {does}: {}. To leave them alone, for example because another resource is to manage \
             them, set `on_destroy = \"forget\"` in the same change.",
            listed(ended.iter().map(String::as_str))
        ),
    );
}

/// Warns about people who stay in the map but are disabled. Nothing else in a plan shows it.
fn warn_of_disabled(cx: &PlanCx<'_, UserInvites>, disabled: &BTreeSet<String>, adopts: bool) {
    if disabled.is_empty() {
        return;
    }
    cx.warning_at(
        UserInvitesArgs::PEOPLE,
        format!("{} disabled", many::are(disabled.len())),
        format!(
            "They are in `people` and cannot log in, and an update does not enable people: {}. {} Otherwise, remove the entries.{}",
            listed(disabled.iter().map(String::as_str)),
            seat::ENABLE_AGAIN,
            if adopts { seat::REPLACEMENT_ENABLES } else { "" }
        ),
    );
}

/// Says what a destroy ends.
fn warn_of_destroy(cx: &PlanCx<'_, UserInvites>, parting: &Parting, ends: impl Iterator<Item = SeatStatus>) {
    let ends: Vec<SeatStatus> = ends.collect();
    let number = |statuses: &[SeatStatus]| ends.iter().filter(|status| statuses.contains(status)).count();
    let active = number(&[SeatStatus::Active]);
    let invited = number(&[SeatStatus::Pending, SeatStatus::Expired]);
    if active + invited == 0 {
        return;
    }
    let people = match parting.policy {
        OnDestroy::Downgrade => format!("lowers the role of {} to $guest", active_people(active)),
        _ => format!("ends the access of {}", active_people(active)),
    };
    let invitations = if invited == 1 { "1 invitation".to_owned() } else { format!("{invited} invitations") };
    let ends = match (active, invited) {
        (_, 0) => people,
        (0, _) => format!("cancels {invitations}"),
        _ => format!("{people} and cancels {invitations}"),
    };
    let detail = match parting.is_unseen() {
        true => format!(
            "Under `create_before_destroy`, the replaced object is destroyed now. By `on_destroy`, this {ends}."
        ),
        false => format!(
            "By `on_destroy`, this plan {ends}. To leave the people alone, set `on_destroy = \"forget\"` and run `terraform apply` \
             first, or remove the resource from the state instead (Terraform 1.7 and later; before, `terraform state rm`):\n\n  \
             removed {{\n    from = atlan_user_invites.NAME\n    lifecycle {{\n      destroy = false\n    }}\n  }}\n\nIf Terraform \
             calls this resource a deposed object, the configuration no longer counts: run `terraform state rm` for the resource, and `terraform apply` with \
             `on_existing = \"adopt\"`."
        ),
    };
    cx.warning(format!("This destroy affects {}", count(active + invited)), detail);
}
