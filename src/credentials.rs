//! What the objects for machine credentials share: their lifetimes, the way of a secret from Atlan's answer to
//! Terraform, and the life cycle of a resource whose secret is shown once.
//!
//! A credential is created under a temporary name, `<display_name> ~<8 hex digits>`, and renamed afterwards. If the
//! answer is lost, and the secret with it, the temporary name tells this credential from every other, so it can be
//! deleted. If its outcome stays unknown, the state has a placeholder made of those digits in place of the GUID; the
//! next apply looks for the name and replaces the credential.
//!
//! A process that is killed in the middle of a create leaves nothing in the state. A later process then cannot know
//! whether a credential with such a name was left by that create or belongs to another run. It warns about each such
//! credential and deletes none. If the process was killed after the rename and before Terraform stored the state, the
//! credential has its final name. A create therefore warns about each credential that has that name and the same
//! description and that the same identity created within the last hour. After a replacement under
//! `create_before_destroy`, the state has the old credential and no create follows. So a refresh warns, too, about each credential with
//! the same name and description that the maker of the one in the state or the identity of this run created, whatever its age, unless
//! this run has read an object of the state with that GUID. So does the plan of a destroy.

use std::ops::RangeInclusive;
use std::time::Duration as Span;

use atlan::{Credential as _, Secret};
use tfplug::{
    Attempting as _, Call, Change, CreateCx, Cx, Duration, Error, KeyOf, Path, PlanCx, Private, PrivateKey,
    Resource, Result, Sensitive, State, Text as _, Value,
};
use uuid::Uuid;

use crate::explain::Blame as _;
use crate::provider::{Atlan, Client};
use crate::resources::{ById, never_shown};
use crate::run::TO_DESTROY;
use crate::types::{Alias, Guid};

/// Shortest life of a token.
pub(crate) const SHORTEST: Span = Span::from_secs(60);

/// What is wrong with the lifetime of a token. `longest`: the maximum as text, and the reason for it.
pub(crate) fn life_problem(
    life: &Duration,
    allowed: RangeInclusive<Span>,
    longest: (&str, &str),
) -> Option<String> {
    let is_good = allowed.contains(&life.get()) && life.get().subsec_nanos() == 0;
    let (text, why) = longest;
    let problem = || {
        format!("{:?} is not a whole number of seconds from `1m` to `{text}`, which is {why}.", life.text())
    };
    (!is_good).then(problem)
}

/// Eight hexadecimal digits that make the name of an attempt unique.
pub(crate) fn digits() -> String {
    Uuid::new_v4().simple().to_string().chars().take(8).collect()
}

/// A secret for Terraform.
pub(crate) fn sensitive(secret: &Secret) -> Sensitive<String> {
    Sensitive::new(secret.reveal().to_owned())
}

/// The same secret once more.
pub(crate) fn copied(secret: &Option<Sensitive<String>>) -> Option<Sensitive<String>> {
    secret.as_ref().map(|secret| Sensitive::new(secret.expose().clone()))
}

/// An error and what caused it.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// A resource that is a machine credential.
pub(crate) trait Credential: Resource<Provider = Atlan, Id = ById> {
    type Record: atlan::Credential;

    /// `API token`, for messages.
    const ONE: &'static str;
    /// `token`, for messages.
    const SHORT: &'static str;
    /// Begins its client ids.
    const CLIENT_ID: &'static str;
    /// The argument that lets the state keep the secret.
    const STORE: &'static str;
    /// Another way to a secret, as a sentence that ends in a space.
    const OTHERWISE: &'static str;

    fn display_name(args: &Self::Args) -> &Alias;
    /// What requests call it, and its user name. `None`: there is only a placeholder.
    fn handle(computed: &Self::Computed) -> Option<(atlan::Guid, String)>;
    /// Its GUID, and the user name of its maker.
    fn origin(computed: &Self::Computed) -> (&Guid, Option<&str>);
    fn new(args: &Self::Args) -> <Self::Record as atlan::Credential>::New;
    fn request(args: &Self::Args) -> <Self::Record as atlan::Credential>::Update;
    /// What the state holds of a credential just made.
    fn made(args: &Self::Args, record: &Self::Record) -> Self::Computed;
    /// What the state holds while it is unknown whether the credential was made.
    fn unclear(args: &Self::Args, id: Guid) -> Self::Computed;
}

/// Marks a credential that no list has shown since it was made: its absence from the list means "not yet".
const UNSEEN: PrivateKey<bool> = PrivateKey::new("unseen");

/// Set by a plan call with a prior state: the user name of the credential. If a plan call without a prior state finds
/// it, this is the second call of a replacement, and the only one that shows what `-replace` does.
const REPLACED: PrivateKey<String> = PrivateKey::new("replaced");

/// Set by the plan of a create: the arguments that it does not know yet and that the create may be refused for. In a replacement, the delete
/// gets it, too. (Under `create_before_destroy` it does not: there the create comes first.)
const NEXT_UNKNOWN: PrivateKey<Vec<String>> = PrivateKey::new("next_unknown");

/// Begins the part of an import ID that is the name shown in Atlan.
const NAME: &str = "name:";

fn display_name() -> Path {
    Path::attribute("display_name")
}

/// `more` ends the detail.
pub(crate) fn not_stored<R: Credential>(more: &str) -> Error {
    let error = Error::new(
        format!("The secret of a new {} is shown once", R::SHORT),
        format!(
            "Set `{} = true` to keep it in the state, where everybody who can read the state can read it. \
             {}To manage a {} that exists already, import it.{more}",
            R::STORE,
            R::OTHERWISE,
            R::SHORT
        ),
    );
    error.at(Path::attribute(R::STORE))
}

/// Removes what only the plan of a create and the delete half of its replacement are to see. Without a replacement nothing else would: a
/// delete that fails leaves it in the state.
fn forget_plan(private: &Private) {
    private.remove(&NEXT_UNKNOWN);
}

/// The name of an argument, if it is not known yet.
pub(crate) fn unknown<R: Credential>(
    change: &Change<'_, R>,
    key: impl KeyOf<R> + Copy,
) -> Option<&'static str> {
    matches!(change.planned(key), Value::Unknown).then(|| key.attribute())
}

/// Checks the plan of a new credential, which may be the new half of a replacement. `unknown`: those of its arguments that are not known yet,
/// as far as the create may be refused for them.
///
/// # Errors
/// If its secret would be lost, or if it replaces the credential that this run uses.
pub(crate) async fn plan_create<R: Credential>(
    cx: &PlanCx<'_, R>,
    change: &Change<'_, R>,
    name: impl KeyOf<R, Value = Alias> + Copy,
    store: impl KeyOf<R, Value = bool> + Copy,
    unknown: Vec<&'static str>,
) -> Result<()> {
    let replaced = cx.private.get(&REPLACED);
    cx.private.remove(&REPLACED);
    forget_plan(cx.private);
    if !unknown.is_empty() {
        cx.private.set(&NEXT_UNKNOWN, &unknown.into_iter().map(str::to_owned).collect());
    }
    let is_replaced = replaced.is_some();
    refuse_own(cx, replaced).await?;
    match change.planned(store) {
        // For any other reason, the first call has refused it.
        Value::Unknown if is_replaced => {
            return Err(may_lose_the_secret::<R>(&Replaced {
                why: "`-replace` or `replace_triggered_by` names this resource".to_owned(),
                keeps: "leave that out".to_owned(),
            }));
        }
        Value::Known(false) => {}
        _ => return Ok(()),
    }
    let name = change.planned(name).known().map(|name| name.text().into_owned());
    match (&cx.client, name) {
        (Some(client), Some(name)) if client.run().has_departed(R::NAME, &name) => {
            cx.warning_at(
                change.path(store),
                format!("{} {name:?} no longer exists", R::ONE),
                format!(
                    "The state has this {short}, and Atlan no longer lists it, so the plan creates a new \
                     one. The apply will fail, \
                     because Atlan shows the secret of a new {short} once, and `{store}` is false. Set `{store} = true`, or remove the \
                     resource from the configuration.",
                    short = R::SHORT,
                    store = R::STORE
                ),
            );
            Ok(())
        }
        _ => Err(not_stored::<R>(&format!("\n\n{TO_DESTROY}"))),
    }
}

/// Why a plan replaces a credential.
pub(crate) struct Replaced {
    /// A sentence without its full stop.
    pub(crate) why: String,
    /// What to do instead, completing "To keep it, …".
    pub(crate) keeps: String,
}

/// Plans what happens to the secret of an existing credential. `replaced`: for a reason that this plan call knows.
/// `username`: of the credential.
///
/// # Errors
/// If it is the credential that this run uses and would be replaced, or if the secret of the new one would be lost.
pub(crate) async fn plan_change<R: Credential>(
    cx: &PlanCx<'_, R>,
    change: &mut Change<'_, R>,
    store: impl KeyOf<R, Value = bool> + Copy,
    secret: impl KeyOf<R> + Copy,
    username: Value<String>,
    replaced: Option<Replaced>,
) -> Result<()> {
    let username = username.known();
    match &username {
        Some(username) => cx.private.set(&REPLACED, username),
        None => cx.private.remove(&REPLACED),
    }
    let is_known = !change.prior(secret).is_null();
    match change.planned(store) {
        // The plan leaves the secret unknown, because only the apply sets it to null.
        Value::Known(false) | Value::Unknown if is_known => change.unknown(secret),
        Value::Known(true) if !is_known && replaced.is_none() => cx.warning_at(
            change.path(store),
            format!("The secret of this {} is not known", R::SHORT),
            format!(
                "Atlan shows the secret of a {one} only when the {one} is created, so `{}` stays null. \
                 Unless this run replaces the {one} \
                 anyway, run `terraform apply -replace=ADDRESS` with the address of this resource to get a {one} with a known secret.",
                secret.attribute(),
                one = R::SHORT
            ),
        ),
        _ => {}
    }
    let Some(replaced) = replaced else { return Ok(()) };
    refuse_own(cx, username).await?;
    match change.planned(store) {
        Value::Known(false) => Err(loses_the_secret::<R>(&replaced)),
        Value::Unknown => Err(may_lose_the_secret::<R>(&replaced)),
        _ => Ok(()),
    }
}

/// Somebody may use the credential that would be replaced, for example one that was imported.
fn loses_the_secret<R: Credential>(replaced: &Replaced) -> Error {
    let Replaced { why, keeps } = replaced;
    let error = Error::new(
        format!("Nobody would have the secret of the new {}", R::SHORT),
        format!(
            "{why}, so this plan replaces the {short}: it deletes the old one, whoever uses it, and creates another. Atlan shows the secret \
             of the new one once, and `{store}` is false. Nothing was sent.\n\nTo keep the {short}, {keeps}. To replace it, set `{store} = \
             true`, which keeps the new secret in the state, where everybody who can read the state can read it.\n\n{TO_DESTROY}",
            short = R::SHORT,
            store = R::STORE
        ),
    );
    error.at(Path::attribute(R::STORE))
}

/// If it turned out to be false, the create would be refused after the delete.
fn may_lose_the_secret<R: Credential>(replaced: &Replaced) -> Error {
    let Replaced { why, keeps } = replaced;
    let error = Error::new(
        format!("Could not replace the {} yet", R::SHORT),
        format!(
            "{why}, so this plan replaces the {short}, and `{store}` is known only after other changes are applied. Without it, nobody would \
             have the secret of the new {short}. Nothing was sent.\n\nTo keep the {short}, {keeps}. To replace it, first apply what `{store}` \
             depends on, with `-target`, then run `terraform apply` again.\n\n{TO_DESTROY}",
            short = R::SHORT,
            store = R::STORE
        ),
    );
    error.at(Path::attribute(R::STORE))
}

/// Refuses the delete of a replacement whose create may yet be refused for a value that was unknown while planning.
fn refuse_unknown<R: Credential>(cx: &Cx<'_, R>, prior: &State<R>) -> Result<()> {
    let unknown = cx.private.get(&NEXT_UNKNOWN).unwrap_or_default();
    let Some(first) = unknown.first() else { return Ok(()) };
    let names: Vec<String> = unknown.iter().map(|name| format!("`{name}`")).collect();
    let (names, short) = (names.join(" and "), R::SHORT);
    let were = if unknown.len() == 1 { "was" } else { "were" };
    let error = Error::new(
        format!("Could not replace the {short} yet"),
        format!(
            "The plan replaces {} {:?}, and {names} {were} known only after other changes were applied. If the new {short} were refused \
             because of that, the old one would be gone. So the old one was not deleted, and nothing was sent.\n\nFirst apply \
             what {names} depends on, with `-target`, then run `terraform apply` again. Without that, Terraform deletes the old one before it \
             creates what the value comes from. Or set `create_before_destroy = true` in the `lifecycle` block.",
            R::ONE,
            R::display_name(&prior.args).text(),
        ),
    );
    Err(error.at(Path::attribute(first)))
}

/// The plan of a destroy. Terraform drops the warnings of the refresh before it, and once the resource is destroyed, no later run would report
/// what a killed apply has left.
///
/// # Errors
/// If it is the credential that this run uses.
pub(crate) async fn plan_delete<R: Credential>(cx: &PlanCx<'_, R>, prior: &State<R>) -> Result<()> {
    forget_plan(cx.private);
    let Some((_, username)) = R::handle(&prior.computed) else { return Ok(()) };
    refuse_own(cx, Some(username)).await?;
    if let Some(client) = &cx.client {
        let (id, maker) = R::origin(&prior.computed);
        // What a placeholder stands for has the name of its attempt, and the destroy looks for it.
        if id.is_unclear() {
            return Ok(());
        }
        client.run().reads_credential(id);
        warn_of_unread::<R>(cx, client, &prior.args, (id, maker)).await;
    }
    Ok(())
}

/// Refuses a plan that would delete the credential that this run uses.
async fn refuse_own<R: Credential>(cx: &PlanCx<'_, R>, username: Option<String>) -> Result<()> {
    if let (Some(client), Some(username)) = (&cx.client, username) {
        client.refuse_own_credential(&username).await?;
    }
    Ok(())
}

/// Makes a credential, and gives it its name.
pub(crate) async fn make<R: Credential>(cx: &CreateCx<'_, R>, args: &R::Args) -> Result<R::Computed>
where
    R::Args: Clone,
{
    forget_plan(cx.private);
    let asked = || format!("create {} {:?}", R::ONE, R::display_name(args).text());
    let name = || {
        let digits = digits();
        // From here on no failure forgets the credential.
        let computed = R::unclear(args, Guid::unclear(&digits));
        cx.checkpoint(&State { args: args.clone(), computed });
        temporary_name::<R>(args, &digits)
    };
    let made: R::Record = match cx.client.create_credential(&R::new(args), name).await {
        Ok(made) => made,
        Err(error @ atlan::Error::OutcomeUnknown { .. }) => return Err(error).attempting(asked),
        Err(error) => {
            cx.not_created();
            if cx.client.run().has_deleted_credential(R::NAME, &R::display_name(args).text()) {
                cx.warning(
                    format!("The old {} {:?} is deleted", R::ONE, R::display_name(args).text()),
                    format!(
                        "This apply has deleted the {short} of this name, and the create of the new one has failed. Correct what the error \
                         says, then run `terraform apply` again: it creates the {short}.",
                        short = R::SHORT
                    ),
                );
            }
            return Err(error).blame(display_name()).attempting(asked);
        }
    };
    if let Some(secret) = made.secret() {
        cx.mask(secret.reveal());
    }
    cx.checkpoint(&State { args: args.clone(), computed: R::made(args, &made) });
    // The secret is known, so from here on nothing fails any more.
    let named = cx.client.name_credential(&made, &R::request(args)).await;
    if !matches!(named, Ok(true)) {
        cx.private.set(&UNSEEN, &true);
    }
    if matches!(named, Ok(false)) {
        cx.warning_at(
            display_name(),
            format!("{} {} does not appear in Atlan yet", R::ONE, made.guid()),
            format!(
                "Atlan has created the {}, and its list does not show it. It works. The next plan waits for it to appear.",
                R::SHORT
            ),
        );
    }
    if let Err(error) = named {
        let holder = holder_of_name(cx, args, made.guid()).await;
        cx.warning_at(
            display_name(),
            format!("{} {} keeps a temporary name", R::ONE, made.guid()),
            format!(
                "The {} was created as {:?} and could not be renamed to {:?}: {}.{holder} It works, and the next apply renames it.",
                R::SHORT,
                made.display_name(),
                R::display_name(args).text(),
                causes(&error)
            ),
        );
    }
    warn_after_create(cx, args, made.guid()).await;
    Ok(R::made(args, &made))
}

/// Who has the name already, as a sentence; empty if that is nobody, or not known.
async fn holder_of_name<R: Credential>(cx: &Cx<'_, R>, args: &R::Args, known: &atlan::Guid) -> String {
    let name = R::display_name(args).text();
    let all = cx.client.credentials::<R::Record>().await.unwrap_or_default();
    let holder = all.iter().find(|one| one.guid() != known && one.display_name() == name);
    holder.map_or_else(String::new, |holder| format!(" The {} {} has that name.", R::SHORT, holder.guid()))
}

/// Warns in a create of what a killed apply may have left. Lists that cannot be read are no failure, because nothing but these warnings
/// depends on them.
async fn warn_after_create<R: Credential>(cx: &CreateCx<'_, R>, args: &R::Args, made: &atlan::Guid) {
    let run = cx.client.run();
    let left = left_over::<R>(&cx.client, args, made).await.unwrap_or_default();
    for one in left.iter().filter(|one| !run.has_credential(one.guid())) {
        warn_of_left_over::<R>(cx, args, one);
    }
    let recent = cx.client.recent_twins::<R::Record>(&R::request(args)).await.unwrap_or_default();
    for one in recent {
        warn_of_twin::<R>(cx, &one, " by the identity that runs Terraform");
    }
}

/// Warns in a refresh, or in the plan of a destroy, of what a killed apply may have left, each once in a run. An apply that replaces a
/// credential under `create_before_destroy` may have been killed after the new one had got its name: then the state has the old
/// one, and no create follows. `maker`: who created the known one.
async fn warn_of_unread<R: Credential>(
    call: &Call,
    client: &Client,
    args: &R::Args,
    (known, maker): (&atlan::Guid, Option<&str>),
) {
    let Ok(left) = left_over::<R>(client, args, known).await else { return };
    let twins = client.twins::<R::Record>(known, maker, &R::request(args)).await.unwrap_or_default();
    let all = left.iter().chain(&twins).map(|one| one.guid().to_string()).collect();
    let unread = client.run().unread_credentials(call, all).await;
    let is_unread = |one: &&R::Record| unread.contains(one.guid().as_str());
    for one in left.iter().filter(is_unread) {
        warn_of_left_over::<R>(call, args, one);
    }
    let maker = format!(" by the identity that runs Terraform or by the one that created {known}");
    for one in twins.iter().filter(is_unread) {
        warn_of_twin::<R>(call, one, &maker);
    }
}

/// What attempts to make a credential of this name have left, beside this one.
async fn left_over<R: Credential>(
    client: &Client,
    args: &R::Args,
    known: &atlan::Guid,
) -> atlan::Result<Vec<R::Record>> {
    let mut left = client.left_over_credentials::<R::Record>(&R::display_name(args).text()).await?;
    left.retain(|one| one.guid() != known);
    Ok(left)
}

fn warn_of_left_over<R: Credential>(call: &Call, args: &R::Args, one: &R::Record) {
    let name = R::display_name(args).text();
    call.warning(
        format!("{} {:?} may be forgotten", R::ONE, one.display_name()),
        format!(
            "A {short} has a name of this form from its creation until it is renamed. Its GUID is {}.\n\n- If a state has this GUID, for example \
             because Atlan refused to rename the {short} or Ctrl-C came in between, do nothing: it works, and the next apply of its \
             resource renames it.\n- If another run of Terraform is creating a {short} named {name:?} now, do nothing.\n- Otherwise, {}",
            one.guid(),
            left_by_a_kill::<R>(one, "was"),
            short = R::SHORT
        ),
    );
}

/// `maker`: who created it, beginning with a space.
fn warn_of_twin<R: Credential>(call: &Call, one: &R::Record, maker: &str) {
    let at = one.origin().1.map(|at| format!(" at {at}")).unwrap_or_default();
    call.warning(
        // With the GUID, because Terraform shows warnings of one summary once.
        format!("There is another {} {:?} ({})", R::ONE, one.display_name(), one.guid()),
        format!(
            "Another {short} ({}) has the same name and description. It was created{at}{maker}.\n\n- If a resource manages that {short}, in this \
             configuration or another, or this apply keeps or replaces it, do nothing. To tell the two apart, and to end this warning, change \
             the description of one of them.\n- If somebody uses it, leave it.\n- Otherwise, {}",
            one.guid(),
            left_by_a_kill::<R>(one, "may have been"),
            short = R::SHORT
        ),
    );
}

/// What has happened, and what to do. Continues a sentence.
fn left_by_a_kill<R: Credential>(one: &R::Record, was: &str) -> String {
    let end = one.expires_at().map(|end| format!(" until {end}")).unwrap_or_default();
    format!(
        "an apply {was} killed before Terraform stored the state: nobody has the secret, and it works{end}. Delete it in Atlan, or import it \
         by its GUID and destroy it."
    )
}

fn temporary_name<R: Credential>(args: &R::Args, digits: &str) -> String {
    atlan::attempt_name(&R::display_name(args).text(), digits)
}

/// The credential with this GUID. With a placeholder: the one that an earlier apply may have created. `known`: from the state.
async fn found<R: Credential>(
    client: &Client,
    id: &Guid,
    known: Option<&R::Args>,
) -> atlan::Result<Option<R::Record>> {
    match known.zip(id.unclear_name()) {
        Some((args, digits)) => client.credential_after_unknown(&temporary_name::<R>(args, digits)).await,
        None => client.credential(id).await,
    }
}

/// Reads a credential.
pub(crate) async fn look<R: Credential>(
    cx: &Cx<'_, R>,
    id: &Guid,
    prior: Option<&State<R>>,
) -> Result<Option<R::Record>> {
    let asked = || match prior {
        Some(prior) => format!("read {} {:?}", R::ONE, R::display_name(&prior.args).text()),
        None => format!("read {} {}", R::ONE, id.as_str()),
    };
    // Noted before the request, because other reads may be waiting for this one.
    cx.client.run().reads_credential(id);
    let mut found = found::<R>(&cx.client, id, prior.map(|prior| &prior.args)).await.attempting(asked)?;
    if found.is_none() && cx.private.get(&UNSEEN) == Some(true) {
        found = cx.client.unseen_credential(id).await.attempting(asked)?;
        if let (None, Some(prior)) = (&found, prior) {
            let (id, name) = (R::origin(&prior.computed).0, R::display_name(&prior.args).text());
            never_shown(cx, &format!("{} {name:?} (GUID {})", R::ONE, id.as_str()));
        }
    }
    cx.private.remove(&UNSEEN);
    if let Some(found) = &found {
        cx.client.run().reads_credential(found.guid());
    }
    match (&found, prior) {
        (Some(found), Some(prior)) => {
            warn_of_unread::<R>(cx, &cx.client, &prior.args, (found.guid(), found.origin().0)).await;
        }
        (None, Some(prior)) => {
            cx.client.run().departs(R::NAME, R::display_name(&prior.args).text().into_owned());
        }
        (_, None) => {}
    }
    Ok(found)
}

/// Changes a credential to what the arguments say.
pub(crate) async fn change<R: Credential>(cx: &Cx<'_, R>, id: &ById, args: &R::Args) -> Result<()> {
    cx.private.remove(&REPLACED);
    forget_plan(cx.private);
    let updated = cx.client.update_credential::<R::Record>(&id.id, &R::request(args)).await;
    updated
        .blame(display_name())
        .attempting(|| format!("change {} {:?}", R::ONE, R::display_name(args).text()))
        .map(|_| ())
}

/// Deletes a credential. If it no longer exists or was never created, that is a success.
pub(crate) async fn delete<R: Credential>(cx: &Cx<'_, R>, id: &ById, prior: &State<R>) -> Result<()> {
    refuse_unknown(cx, prior)?;
    let asked = || format!("delete {} {:?}", R::ONE, R::display_name(&prior.args).text());
    let known = R::handle(&prior.computed).filter(|_| !id.id.is_unclear());
    let (handle, username) = match known {
        Some(known) => known,
        None => match found::<R>(&cx.client, &id.id, Some(&prior.args)).await.attempting(asked)? {
            Some(found) => (found.handle().clone(), found.username()),
            None => return Ok(()),
        },
    };
    cx.client.delete_credential::<R::Record>(&handle, &username).await.attempting(asked)?;
    cx.client.run().deletes_credential(R::NAME, R::display_name(&prior.args).text().into_owned());
    Ok(())
}

/// The identity that the text of an import means.
pub(crate) async fn import<R: Credential>(cx: &Cx<'_, R>, text: &str) -> Result<ById> {
    if let Some(id) = Guid::of_import(text) {
        return Ok(ById { id });
    }
    let all = cx.client.credentials::<R::Record>().await;
    let all = all.attempting(|| format!("import {} {text:?}", R::ONE))?;
    let name = text.strip_prefix(NAME);
    let fits = |one: &&R::Record| match name {
        Some(name) => one.display_name() == name,
        None => one.client_id() == text,
    };
    let how = if name.is_some() { "with this name" } else { "with this client id" };
    match all.iter().filter(fits).collect::<Vec<_>>().as_slice() {
        [one] => Ok(ById { id: one.guid().clone().into() }),
        [] => Err(missing::<R>(cx, text, how)),
        several => {
            let ids: Vec<String> =
                several.iter().map(|one| format!("{} ({})", one.guid(), one.client_id())).collect();
            Err(Error::new(
                format!("Could not import {} {text:?}", R::ONE),
                format!("{} {}s have this name. Import by GUID: {}.", several.len(), R::ONE, ids.join(", ")),
            ))
        }
    }
}

/// An import found nothing. `how` completes "no API token …".
pub(crate) fn missing<R: Credential>(cx: &Cx<'_, R>, text: &str, how: &str) -> Error {
    Error::new(
        format!("Could not import {} {text:?}", R::ONE),
        format!(
            "The tenant {} has no {} {how}. Use the GUID, the client id (`{}…`), or `name:` followed by the name shown in Atlan.",
            cx.client.tenant(),
            R::ONE,
            R::CLIENT_ID
        ),
    )
}
