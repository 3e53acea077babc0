//! `atlan_user_invites`: many seats in one resource. Each entry works like one `atlan_user_invite`, and `seat.rs`
//! decides what happens to the person. This file has the attributes and the reads; `plan.rs` plans, `update.rs` checks
//! everybody before anything is sent and then works in the order additions, raised roles, lowered roles, removals.
//!
//! If a create fails for some of the people, it does not return an error, because Terraform would then replace the
//! resource. It warns and lists these people in `failed`, and the next plan tries again. An update returns an error,
//! and the state as it really is.

mod additions;
mod create;
mod delete;
mod deposed;
mod exchanged;
mod many;
mod outcome;
mod place;
mod plan;
mod read;
mod removals;
mod replacement;
mod update;

use std::collections::{BTreeMap, BTreeSet};

use serde::de::IgnoredAny;
use tfplug::{
    Args, Attempting as _, Change, Choice, Computed, Config, CreateCx, Cx, Diagnostics, Error, Moves, Path,
    PlanCx, Private, PrivateKey, Resource, Result, State,
};

use super::{ById, OnDestroy};
use crate::provider::Atlan;
use crate::run::Holder;
use crate::types::{Guid, OnExisting, Role};

/// Invitations of many people to the tenant, and the resulting seats. Each entry of `people` works like one
/// `atlan_user_invite`, from the invitation to the active person.
///
/// Use this resource for lists that come from a file, and for more than a few hundred people, where one
/// `atlan_user_invite` for each makes Terraform itself slow.
///
/// If Atlan refuses some of the people while the resource is created, the others are invited all the same. The create
/// then succeeds with a warning, because after an error Terraform would replace the resource. `failed` lists
/// everybody who is not as configured, with the reason, and the next plan shows an update that tries again. The postcondition in the example
/// makes the run fail in this case. An update needs no postcondition: it fails if Atlan refuses somebody. If Atlan
/// accepts an invitation and the person does not appear within two minutes, their `status` is `unknown`.
///
/// With `ignore_changes = [people]` in the `lifecycle` block, Terraform also keeps the status of entries. So those that are `failed` or
/// `unknown`, or `disabled` because the list could not enable them, are not tried again. A warning in the plan lists them.
///
/// A destroy never deletes an active person, because that is irreversible and requires a transfer of their assets. If
/// the resource is tainted or replaced with `-replace`, everybody who is still in `people` keeps the seat. If one of them
/// is disabled, the replacement enables them with `on_existing = "adopt"`, and fails with `error`.
///
/// This resource cannot be imported, because Atlan has no such object. To manage people who are already in the
/// tenant, set `on_existing = "adopt"`.
///
/// Manage each person with only one resource. If an `atlan_user_invite`, an `atlan_user_role` or another `atlan_user_invites` has
/// the same person, the plan or the apply fails. Exception: if an address is known only after apply, and the other resource has no
/// changes, only the next plan fails.
///
/// API tokens may invite people and change their roles; OAuth clients may if their role allows it. To cancel invitations,
/// and to disable or enable people, use an admin's own token as `api_key`.
#[derive(Args, Clone)]
#[args(timeouts(create = "30m", read = "5m", update = "30m", delete = "30m"))]
pub struct UserInvitesArgs {
    /// People by email address. `{}` stands for nobody. If you spell an address differently, the plan shows a change,
    /// because Terraform compares the keys of maps as text, but nothing is sent. `provider::atlan::normalize_email`
    /// (Terraform 1.8, OpenTofu 1.7) and `lower(trimspace(email))` give all spellings of an address the same form.
    pub people: BTreeMap<String, SeatArgs>,
    /// Behaviour for new entries whose person is already in the tenant: `error` fails before anything is sent and names them all,
    /// `adopt` takes them over without a mail, raises the role if the configuration asks for a higher one, and never lowers it.
    /// `adopt` also enables disabled people, which requires an admin's own token as `api_key`.
    #[attr(default = OnExisting::Error)]
    pub on_existing: OnExisting,
    /// Policy for entries that leave the map, and for a destroy. For entries, the value in the configuration counts, so you can
    /// change it in the apply that removes them, also if that apply replaces the resource. For a destroy, the value in the state
    /// counts. All policies but `forget` cancel a pending invitation. `revoke` cancels the invitation or disables the person; if the
    /// credential may not do that, it lowers the role to `$guest`, with a warning that says what access remains. `disable` disables the
    /// person; if the credential may not do that, the removal fails. `downgrade` lowers the role to `$guest`. `forget` leaves the person
    /// alone, with a warning.
    #[attr(default = OnDestroy::Revoke)]
    pub on_destroy: OnDestroy,
    /// Largest number of entries that one plan may remove from the map. If it would remove more, the plan fails,
    /// because the input file may have been cut off. There is no limit for a destroy, except for that of a deposed object
    /// (`create_before_destroy`), nor with `on_destroy = "forget"`. Default: 10, or a tenth of the entries in the state if that is more.
    pub max_removals: Option<u32>,
}

/// One person.
#[derive(Args, Clone)]
pub struct SeatArgs {
    /// Workspace role of the person. Changed in place.
    pub role: Role,
}

/// What Atlan answers about one person.
#[derive(Clone, Computed)]
#[computed(args = SeatArgs)]
pub struct SeatComputed {
    /// GUID of the person, the same before and after acceptance. Null while `status` is `failed` or `unknown`.
    #[attr(keep)]
    pub id: Option<Guid>,
    /// Status of the person. `failed`: Atlan refused the invitation, it was not sent, or an invitation with an unknown outcome had
    /// no effect. `unknown`: the answer to the invitation was lost, or the person did not appear within two minutes after Atlan
    /// accepted it. If only the status of a person changes, the plan stays empty. The plan warns if somebody is disabled.
    #[attr(keep)]
    pub status: SeatStatus,
}

/// What Atlan answers.
#[derive(Clone, Computed)]
#[computed(args = UserInvitesArgs)]
pub struct UserInvitesComputed {
    /// Identifier that the provider generates at creation. Atlan does not know it.
    #[attr(keep)]
    pub id: Guid,
    /// People by email address.
    #[attr(keep)]
    pub people: BTreeMap<String, SeatComputed>,
    /// Reasons why people are not as configured, by email address in lower case. Empty if all people are as configured.
    #[attr(keep)]
    pub failed: BTreeMap<String, String>,
}

/// Status of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum SeatStatus {
    /// Invited, and the invitation can be accepted.
    Pending,
    /// Invited, and the invitation is too old to be accepted.
    Expired,
    /// Can log in.
    Active,
    /// Cannot log in until enabled again.
    Disabled,
    /// Atlan refused the invitation, it was not sent, or an invitation with an unknown outcome had no effect.
    Failed,
    /// An invitation was sent, and its outcome is unknown.
    Unknown,
}

impl From<atlan::UserStatus> for SeatStatus {
    fn from(status: atlan::UserStatus) -> Self {
        match status {
            atlan::UserStatus::Pending => SeatStatus::Pending,
            atlan::UserStatus::Expired => SeatStatus::Expired,
            atlan::UserStatus::Active => SeatStatus::Active,
            atlan::UserStatus::Disabled => SeatStatus::Disabled,
        }
    }
}

/// What the register of a run knows an entry as.
const HOLDER: &Holder =
    &Holder { resource: "atlan_user_invites", by_entry: true, keyed_by: "email address", on_existing: true };

/// The entries whose invitation was sent and whose outcome is unknown, by folded address, with the time of sending as `seat.rs`
/// writes it.
const ATTEMPTS: PrivateKey<BTreeMap<String, String>> = PrivateKey::new("attempts");

/// The entries whose person was taken over and could not be enabled, by folded address. Only these people does an update enable: others
/// may have been disabled on purpose.
const NOT_ENABLED: PrivateKey<BTreeSet<String>> = PrivateKey::new("in_part");

/// Set by the plan of an update: of the entries in [`NOT_ENABLED`], those that are disabled and whose status is known after apply.
const TO_ENABLE: PrivateKey<BTreeSet<String>> = PrivateKey::new("to_enable");

/// The addresses that people have now, if a refresh has found another one than the key of their entry, by that folded key.
const ADDRESSES: PrivateKey<BTreeMap<String, String>> = PrivateKey::new("addresses");

/// Set by a refresh: the entries whose person another list of the state has, which was created later. As `REPLACED` for single objects: a
/// destroy leaves them alone. They stay in the state, because the other list may be one at another address.
const SPARED: PrivateKey<BTreeSet<String>> = PrivateKey::new("spared");

/// The entries that the plan leaves alone, by folded address: `ignore_changes` fixes their status.
const FIXED: PrivateKey<BTreeSet<String>> = PrivateKey::new("fixed");

/// Managed seats of many people.
pub struct UserInvites;

impl Resource for UserInvites {
    const NAME: &'static str = "user_invites";

    type Provider = Atlan;
    type Id = ById;
    type Args = UserInvitesArgs;
    type Computed = UserInvitesComputed;

    fn validate(config: &Config<'_, UserInvitesArgs>, diagnostics: &mut Diagnostics) {
        plan::validate(config, diagnostics);
    }

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        let asked = || "plan the invitations".to_owned();
        plan::plan(cx, change).attempting(asked)?;
        plan::tell_of_heirs(cx, change).await.attempting(asked)
    }

    async fn plan_delete(cx: &PlanCx<'_, Self>, prior: &State<Self>) -> Result<()> {
        plan::plan_delete(cx, prior)
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &UserInvitesArgs) -> Result<UserInvitesComputed> {
        let asked = || format!("invite {}", many::count(args.people.len()));
        let created = create::create(cx, args).await;
        if created.is_err() {
            cx.client.run().unsets_terms(cx.private);
        }
        created.attempting(asked)
    }

    async fn read(cx: &Cx<'_, Self>, id: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let Some(prior) = prior else { return Err(no_import()) };
        let asked = || format!("read {}", many::count(prior.args.people.len()));
        read::read(cx, id, &prior).await.attempting(asked).map(Some)
    }

    async fn update(
        cx: &Cx<'_, Self>,
        id: &ById,
        prior: &State<Self>,
        args: &UserInvitesArgs,
    ) -> Result<UserInvitesComputed> {
        update::update(cx, id, prior, args).await.attempting(|| "change the invitations".to_owned())
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ById, prior: &State<Self>) -> Result<()> {
        let asked = || format!("end the access of {}", many::count(prior.args.people.len()));
        delete::delete(cx, id, prior).await.attempting(asked)
    }

    async fn import(_: &Cx<'_, Self>, _: &str) -> Result<ById> {
        Err(no_import())
    }

    fn moves() -> Moves<Self> {
        let refused = |from: &'static str| move |_: IgnoredAny| Err(no_move(from));
        Moves::none().from("atlanhq/atlan", "atlan_user_invite", 0, refused("atlan_user_invite")).from(
            "atlanhq/atlan",
            "atlan_user_role",
            0,
            refused("atlan_user_role"),
        )
    }
}

fn no_move(from: &str) -> Error {
    Error::new(
        format!("`{from}` cannot become `atlan_user_invites`"),
        format!(
            "A list of people takes over no single resource by a `moved` block. Nothing was changed. Remove the `moved` block, set \
             `on_existing = \"adopt\"` in `atlan_user_invites`, and let the single resource leave the state without a destroy (Terraform \
             1.7 and later; before, `terraform state rm`):\n\n  removed {{\n    from = {from}.NAME\n    lifecycle {{\n      destroy \
             = false\n    }}\n  }}\n\nNobody gets a mail, and nobody loses access."
        ),
    )
}

fn no_import() -> Error {
    Error::new(
        "`atlan_user_invites` cannot be imported",
        "Atlan has no such object: it is a list of people. Use `on_existing = \"adopt\"`: it takes over people who are in the tenant, \
         sends no mail, and never lowers a role.",
    )
}

/// One person as the state has them.
#[derive(Clone)]
struct Entry {
    /// The key, as the configuration spells it.
    spelled: String,
    role: Role,
    id: Option<Guid>,
    status: SeatStatus,
}

/// Entries by folded address.
type Entries = BTreeMap<String, Entry>;

/// The entries of a state.
fn entries(people: &BTreeMap<String, SeatArgs>, computed: &BTreeMap<String, SeatComputed>) -> Entries {
    let entry = |(spelled, args): (&String, &SeatArgs)| {
        let found = computed.get(spelled);
        let entry = Entry {
            spelled: spelled.clone(),
            role: args.role,
            id: found.and_then(|found| found.id.clone()),
            status: found.map_or(SeatStatus::Failed, |found| found.status),
        };
        (atlan::fold_email(spelled), entry)
    };
    people.iter().map(entry).collect()
}

fn computed(id: &Guid, entries: &Entries, failed: BTreeMap<String, String>) -> UserInvitesComputed {
    let seat =
        |entry: &Entry| (entry.spelled.clone(), SeatComputed { id: entry.id.clone(), status: entry.status });
    UserInvitesComputed { id: id.clone(), people: entries.values().map(seat).collect(), failed }
}

/// The state with these entries. `args`: of everything else.
fn state(
    args: &UserInvitesArgs,
    id: &Guid,
    entries: &Entries,
    failed: BTreeMap<String, String>,
) -> State<UserInvites> {
    let people = entries.values().map(|entry| (entry.spelled.clone(), SeatArgs { role: entry.role }));
    let args = UserInvitesArgs { people: people.collect(), ..args.clone() };
    State { args, computed: computed(id, entries, failed) }
}

/// Forgets the addresses of entries that no longer exist.
fn keep_addresses(private: &Private, is_entry: impl Fn(&str) -> bool) {
    let mut addresses = private.get(&ADDRESSES).unwrap_or_default();
    addresses.retain(|email, _| is_entry(email));
    match addresses.is_empty() {
        true => private.remove(&ADDRESSES),
        false => private.set(&ADDRESSES, &addresses),
    }
}

/// The path of an entry.
fn at(spelled: &str) -> Path {
    Path::from(UserInvitesArgs::PEOPLE).key(spelled)
}
