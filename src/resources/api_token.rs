//! `atlan_api_token`: a long-lived credential for another system. Atlan shows its secret once, when it is made.
//!
//! A token is made under a temporary name, `<display_name> ~<8 hex digits>`, and named afterwards. So a token whose answer was lost,
//! and its secret with it, is told from every other, and deleted. One of which nothing could be learned is in the state with a
//! placeholder in place of its GUID, made of those digits; the next apply looks for the name and replaces the token.
//!
//! A process that is killed in the middle of a create leaves nothing in the state, so a later one cannot know whether a token of
//! such a name is its own or that of a run beside it. It warns of each, and deletes none.

use std::collections::BTreeSet;
use std::time::Duration as Span;

use atlan::{ApiTokenUpdate, NewApiToken};
use tfplug::{
    Args, Attempting as _, Change, Computed, Config, CreateCx, Cx, Duration, Error, PlanCx, PrivateKey,
    Problems, Resource, Result, Sensitive, State, Text as _, Value,
};

use super::ById;
use crate::credentials::{SHORTEST, causes, digits, life_problem, sensitive};
use crate::explain::Blame as _;
use crate::provider::{Atlan, Client};
use crate::types::{Alias, Description, Guid};

/// A long-lived API token for another system. **It has the rights of an admin over people, groups and tokens, whatever its personas
/// are**: they limit only the assets that it can see. Where less is enough, use an OAuth client, whose role limits what it may do. For
/// work within one run of Terraform, use the ephemeral resource of the same name.
///
/// Atlan shows the secret of a token once, when the token is made. This resource keeps it in the state, where everybody who can read
/// the state can read it, and only if `store_token = true` says so. A saved plan file holds it, too. Tokens made elsewhere can be
/// imported and governed without their secret.
///
/// Once `rotate_before` is reached, the refresh sets `rotation_due`, and the plan replaces the token. With `create_before_destroy`
/// the old token works until everything that depends on it has the new one. Without it, the old token is deleted first, and what
/// depends on it has no credential until the apply has passed the new one on.
///
/// A new token is called `<display_name> ~<8 hexadecimal digits>` until its secret has arrived, and is renamed then. If the answer
/// with the secret is lost, the token of that name is deleted and one more is made. If Terraform or the provider is killed in
/// between (`kill -9`), the state knows nothing of that token, and its secret is lost. Later plans and applies warn of it, with its GUID, and do not
/// delete it, because it could be the token of another run. It works until somebody deletes it or its life ends.
#[derive(Clone, Args)]
#[args(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
pub struct ApiTokenArgs {
    /// Name shown in Atlan; it need not be unique. Changed in place.
    pub display_name: Alias,
    /// Description of the token. If left out or `""`, it has none. Changed in place.
    pub description: Option<Description>,
    /// Qualified names of the personas whose assets the token can see, such as `default/LzgnFM`. If left out, they are not managed;
    /// `[]` means none. Changed in place.
    pub persona_qualified_names: Option<BTreeSet<String>>,
    /// How long the token lives, from `1m` to `43800h` (five years, Atlan's maximum).
    #[attr(replace)]
    pub validity: Duration,
    /// How long before its end the token is replaced. Must be shorter than `validity`. If left out, the token is not replaced by itself.
    pub rotate_before: Option<Duration>,
    /// Whether the secret is kept in the state. Must be `true` to make a token. `false` later drops the secret from the state.
    #[attr(default = false)]
    pub store_token: bool,
}

/// What Atlan answers.
#[derive(Computed)]
pub struct ApiTokenComputed {
    /// GUID of the token. Begins with `unknown-` while it is unknown whether a failed apply made it, until the next successful apply.
    #[attr(keep)]
    pub id: Guid,
    /// Description of the token.
    #[attr(keep)]
    pub description: Description,
    /// The secret. Null after an import or with `store_token = false`.
    #[attr(keep)]
    pub token: Option<Sensitive<String>>,
    /// Client id of the token: `apikey-` and a UUID.
    #[attr(keep)]
    pub client_id: Option<String>,
    /// User name of the token's service account.
    #[attr(keep)]
    pub username: Option<String>,
    /// User name of the token's maker.
    #[attr(keep)]
    pub created_by: Option<String>,
    /// When the token was made, in RFC 3339.
    #[attr(keep)]
    pub created_at: Option<String>,
    /// When its life ends, in RFC 3339.
    #[attr(keep)]
    pub expires_at: Option<String>,
    /// Whether the last refresh found the token within `rotate_before` of its end, by Atlan's clock. If so, the plan replaces it.
    #[attr(keep)]
    pub rotation_due: bool,
}

/// Managed tokens.
pub struct ApiToken;

/// Longest life of a token.
const LONGEST: Span = Span::from_secs(5 * 365 * 24 * 60 * 60);

/// Marks a token that no list has shown since it was made: its absence from the list means "not yet".
const UNSEEN: PrivateKey<bool> = PrivateKey::new("unseen");

/// Begins the part of an import id that names a token.
const NAME: &str = "name:";

impl Resource for ApiToken {
    const NAME: &'static str = "api_token";

    type Provider = Atlan;
    type Id = ById;
    type Args = ApiTokenArgs;
    type Computed = ApiTokenComputed;

    fn validate(config: &Config<'_, ApiTokenArgs>, problems: &mut Problems) {
        let validity = config.get(ApiTokenArgs::VALIDITY).known();
        if let Some(validity) = &validity {
            let longest = ("43800h", "five years, the longest life of a token in Atlan");
            if let Some(problem) = life_problem(validity, SHORTEST..=LONGEST, longest) {
                problems.error(ApiTokenArgs::VALIDITY, "Invalid validity", problem);
            }
        }
        if let (Some(validity), Some(before)) = (validity, config.get(ApiTokenArgs::ROTATE_BEFORE).known())
            && before.get() >= validity.get()
        {
            problems.error(
                ApiTokenArgs::ROTATE_BEFORE,
                "Invalid rotate_before",
                format!(
                    "{:?} is not shorter than `validity`, {:?}: the token would have to be replaced at once.",
                    before.text(),
                    validity.text()
                ),
            );
        }
    }

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        if change.config(ApiTokenArgs::DESCRIPTION).is_null() {
            change.fill(ApiTokenComputed::DESCRIPTION, Description::default());
        }
        let stores = change.planned(ApiTokenArgs::STORE_TOKEN);
        if change.is_create() {
            change.fill(ApiTokenComputed::ROTATION_DUE, false);
            return match stores {
                Value::Known(false) => Err(not_stored()),
                _ => Ok(()),
            };
        }
        match stores {
            // It becomes null, which only the apply can say.
            Value::Known(false) if !change.prior(ApiTokenComputed::TOKEN).is_null() => {
                change.unknown(ApiTokenComputed::TOKEN);
            }
            Value::Known(true) if change.prior(ApiTokenComputed::TOKEN).is_null() => cx.warn_at(
                ApiTokenArgs::STORE_TOKEN,
                "The secret of this token is not known",
                "Atlan shows the secret of a token only when the token is made, so `token` stays null. To get a token with a known \
                 secret, replace it: run `terraform apply -replace=ADDRESS` with the address of this resource.",
            ),
            _ => {}
        }
        let is_due = change.prior(ApiTokenComputed::ROTATION_DUE) == Value::Known(true);
        if is_due {
            change.fill(ApiTokenComputed::ROTATION_DUE, false);
            change.replace(ApiTokenComputed::ROTATION_DUE);
        }
        if is_due || differs(change) {
            refuse_own(cx, change.prior(ApiTokenComputed::USERNAME)).await?;
            if stores == Value::Known(false) {
                return Err(not_stored());
            }
        }
        Ok(())
    }

    async fn plan_delete(cx: &PlanCx<'_, Self>, prior: &State<Self>) -> Result<()> {
        let username = prior.computed.username.clone();
        refuse_own(cx, username.map_or(Value::Null, Value::Known)).await
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &ApiTokenArgs) -> Result<ApiTokenComputed> {
        if !args.store_token {
            return Err(not_stored());
        }
        make(cx, args).await.attempting(|| format!("make API token {:?}", args.display_name.text()))
    }

    async fn read(cx: &Cx<'_, Self>, id: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let id = id.read_by(prior.is_none());
        let asked = || match &prior {
            Some(prior) => format!("read API token {:?}", prior.args.display_name.text()),
            None => format!("read API token {}", id.as_str()),
        };
        let mut found =
            found(&cx.client, &id, prior.as_ref().map(|prior| &prior.args)).await.attempting(asked)?;
        if found.is_none() && cx.private.get(&UNSEEN) == Some(true) {
            found = cx.client.unseen_api_token(&id).await.attempting(asked)?;
        }
        cx.private.remove(&UNSEEN);
        let Some(token) = found else { return Ok(None) };
        let now = cx.client.server_time();
        // By this name, and not by that of the attempt, the next look finds it again.
        let named = prior.as_ref().map(|prior| prior.args.display_name.clone()).filter(|_| id.is_unclear());
        let prior_args = prior.as_ref().map(|prior| prior.args.clone());
        let mut state = state(&token, prior)?;
        state.args.display_name = named.unwrap_or(state.args.display_name);
        if let Some(args) = prior_args {
            warn_of_left_over(cx, &args.display_name, &token.id).await;
        }
        let end = token.expires_at();
        let before = state.args.rotate_before.as_ref().map(Duration::get);
        state.computed.rotation_due = match (end, before, now) {
            (Some(end), Some(before), Some(now)) => end.checked_sub(before).is_ok_and(|from| from <= now),
            _ => false,
        };
        if let (Some(end), None, Some(now)) = (end, before, now)
            && end <= now
        {
            cx.warn(
                format!("API token {:?} has expired", token.display_name),
                format!(
                    "Its life ended at {end}, and nothing can use it any more. Set `rotate_before`, so that a plan replaces the \
                     token in time, or remove the resource."
                ),
            );
        }
        // A placeholder stays until the token is replaced, because an identity never changes.
        state.computed.id = id;
        Ok(Some(state))
    }

    async fn update(
        cx: &Cx<'_, Self>,
        id: &ById,
        prior: &State<Self>,
        args: &ApiTokenArgs,
    ) -> Result<ApiTokenComputed> {
        let updated = cx.client.update_api_token(&id.id, &request(args)).await;
        updated
            .blame(ApiTokenArgs::DISPLAY_NAME)
            .attempting(|| format!("change API token {:?}", args.display_name.text()))?;
        let token = copied(&prior.computed.token).filter(|_| args.store_token);
        let before = &prior.computed;
        Ok(ApiTokenComputed {
            id: before.id.clone(),
            description: note(args),
            token,
            client_id: before.client_id.clone(),
            username: before.username.clone(),
            created_by: before.created_by.clone(),
            created_at: before.created_at.clone(),
            expires_at: before.expires_at.clone(),
            rotation_due: before.rotation_due,
        })
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ById, prior: &State<Self>) -> Result<()> {
        let asked = || format!("delete API token {:?}", prior.args.display_name.text());
        let found = if id.id.is_unclear() {
            let found = found(&cx.client, &id.id, Some(&prior.args)).await.attempting(asked)?;
            found.map(|token| (token.id.clone(), token.username()))
        } else {
            let username = prior.computed.username.clone().unwrap_or_default();
            Some(((*id.id).clone(), username))
        };
        // Already gone is success, and so is never made.
        let Some((id, username)) = found else { return Ok(()) };
        cx.client.delete_api_token(&id, &username).await.attempting(asked)
    }

    fn missing(cx: &Cx<'_, Self>, id: &ById) -> Error {
        no_token(cx, id.id.as_str(), "with this GUID")
    }

    async fn import(cx: &Cx<'_, Self>, text: &str) -> Result<ById> {
        if let Some(id) = Guid::of_import(text) {
            return Ok(ById { id });
        }
        let all = cx.client.api_tokens().await.attempting(|| format!("import API token {text:?}"))?;
        let name = text.strip_prefix(NAME);
        let fits = |token: &&atlan::ApiToken| match name {
            Some(name) => token.display_name == name,
            None => token.client_id == text,
        };
        let how = if name.is_some() { "with this name" } else { "with this client id" };
        match all.iter().filter(fits).collect::<Vec<_>>().as_slice() {
            [token] => Ok(ById { id: token.id.clone().into() }),
            [] => Err(no_token(cx, text, how)),
            several => {
                let ids: Vec<String> =
                    several.iter().map(|token| format!("{} ({})", token.id, token.client_id)).collect();
                Err(Error::new(
                    format!("Could not import API token {text:?}"),
                    format!("{} tokens have this name. Import by GUID: {}.", several.len(), ids.join(", ")),
                ))
            }
        }
    }
}

/// Whether the plan replaces the token because of its arguments.
fn differs(change: &Change<'_, ApiToken>) -> bool {
    let (prior, planned) = (change.prior(ApiTokenArgs::VALIDITY), change.planned(ApiTokenArgs::VALIDITY));
    match (prior, planned) {
        (Value::Known(prior), Value::Known(planned)) => !prior.same(&planned),
        _ => false,
    }
}

/// A plan that would delete the token by which it is made.
async fn refuse_own(cx: &PlanCx<'_, ApiToken>, username: Value<String>) -> Result<()> {
    let (Some(client), Value::Known(username)) = (&cx.client, username) else { return Ok(()) };
    client.refuse_own_credential(&username).await?;
    Ok(())
}

fn not_stored() -> Error {
    let error = Error::new(
        "The secret of a new token is shown once",
        "Say `store_token = true` to keep it in the state, where everybody who can read the state can read it. For work within one \
         run, use `ephemeral \"atlan_api_token\"`. To govern a token that exists already, import it.",
    );
    error.at(ApiTokenArgs::STORE_TOKEN)
}

async fn make(cx: &CreateCx<'_, ApiToken>, args: &ApiTokenArgs) -> Result<ApiTokenComputed> {
    let new = NewApiToken {
        display_name: args.display_name.text().into_owned(),
        description: note(args).text().into_owned(),
        personas: args.persona_qualified_names.clone().unwrap_or_default(),
        validity: args.validity.get(),
    };
    let name = || {
        let digits = digits();
        // From here on no failure forgets the token.
        cx.checkpoint(&unclear(args, &digits));
        temporary_name(&args.display_name, &digits)
    };
    let made = cx.client.create_api_token(&new, name).await;
    let token = match made {
        Ok(token) => token,
        Err(error @ atlan::Error::OutcomeUnknown { .. }) => return Err(error.into()),
        Err(error) => {
            cx.not_created();
            return Err(error).blame(ApiTokenArgs::DISPLAY_NAME);
        }
    };
    if let Some(secret) = &token.secret {
        cx.mask(secret.reveal());
    }
    let made = || {
        let secret = token.secret.as_ref().map(sensitive);
        ApiTokenComputed { token: secret, description: note(args), ..computed(&token) }
    };
    cx.checkpoint(&State { args: args.clone(), computed: made() });
    // The secret is known, so from here on nothing fails any more.
    let named = cx.client.name_api_token(&token, &request(args)).await;
    if !matches!(named, Ok(true)) {
        cx.private.set(&UNSEEN, &true);
    }
    if let Err(error) = named {
        cx.warn_at(
            ApiTokenArgs::DISPLAY_NAME,
            format!("API token {} keeps a temporary name", token.id),
            format!(
                "The token was made as {:?} and could not be renamed to {:?}: {}. It works, and the next apply renames it.",
                token.display_name,
                args.display_name.text(),
                causes(&error)
            ),
        );
    }
    warn_of_left_over(cx, &args.display_name, &token.id).await;
    Ok(made())
}

/// Warns of what a killed apply may have left. A list that cannot be read says nothing, because no more depends on it.
async fn warn_of_left_over(cx: &Cx<'_, ApiToken>, name: &Alias, known: &atlan::Guid) {
    let left = cx.client.left_over_api_tokens(&name.text()).await.unwrap_or_default();
    for token in left.iter().filter(|token| token.id != *known) {
        let end = token.expires_at().map(|end| format!(" until {end}")).unwrap_or_default();
        cx.warn(
            format!("API token {:?} may be forgotten", token.display_name),
            format!(
                "Only a token that is being made has a name of this form. If no other run of Terraform is making a token named {:?} \
                 now, an apply that was killed has left this one: no state has it, nobody has its secret, and it works{end}. \
                 Delete it in Atlan, or import it by its GUID, {}, and destroy it.",
                name.text(),
                token.id
            ),
        );
    }
}

/// The same secret once more.
fn copied(secret: &Option<Sensitive<String>>) -> Option<Sensitive<String>> {
    secret.as_ref().map(|secret| Sensitive::new(secret.expose().clone()))
}

fn temporary_name(name: &Alias, digits: &str) -> String {
    atlan::attempt_name(&name.text(), digits)
}

/// What the state holds of a token while it is unknown whether it was made.
fn unclear(args: &ApiTokenArgs, digits: &str) -> State<ApiToken> {
    let computed = ApiTokenComputed {
        id: Guid::unclear(digits),
        description: note(args),
        token: None,
        client_id: None,
        username: None,
        created_by: None,
        created_at: None,
        expires_at: None,
        rotation_due: false,
    };
    State { args: args.clone(), computed }
}

/// The token with this GUID; with a placeholder, the one that an earlier apply has made, if it has. `known`: from the state.
async fn found(
    client: &Client,
    id: &Guid,
    known: Option<&ApiTokenArgs>,
) -> atlan::Result<Option<atlan::ApiToken>> {
    match known.zip(id.unclear_name()) {
        Some((args, digits)) => {
            client.api_token_after_unknown(&temporary_name(&args.display_name, digits)).await
        }
        None => client.api_token(id).await,
    }
}

/// An import found nothing. `how` completes "no API token …".
fn no_token(cx: &Cx<'_, ApiToken>, text: &str, how: &str) -> Error {
    Error::new(
        format!("Could not import API token {text:?}"),
        format!(
            "The tenant {} has no API token {how}. Use the GUID, the client id (`apikey-…`), or `name:` followed by the name shown \
             in Atlan.",
            cx.client.tenant()
        ),
    )
}

fn note(args: &ApiTokenArgs) -> Description {
    args.description.clone().unwrap_or_default()
}

fn request(args: &ApiTokenArgs) -> ApiTokenUpdate {
    ApiTokenUpdate {
        display_name: args.display_name.text().into_owned(),
        description: note(args).text().trim().to_owned(),
        personas: args.persona_qualified_names.clone(),
    }
}

fn computed(token: &atlan::ApiToken) -> ApiTokenComputed {
    ApiTokenComputed {
        id: token.id.clone().into(),
        description: token.description.clone().into(),
        token: None,
        client_id: Some(token.client_id.clone()),
        username: Some(token.username()),
        created_by: token.created_by.clone(),
        created_at: token.created_at.map(|at| at.to_string()),
        expires_at: token.expires_at().map(|at| at.to_string()),
        rotation_due: false,
    }
}

/// A token as it is in the state. `prior`: what Atlan's record does not hold.
///
/// # Errors
/// The record does not say how long the token lives.
pub(crate) fn state(token: &atlan::ApiToken, prior: Option<State<ApiToken>>) -> Result<State<ApiToken>> {
    let validity = token.life_seconds.map(|seconds| format!("{seconds}s"));
    let validity = match (validity.and_then(|text| Duration::parse(&text).ok()), &prior) {
        (Some(validity), _) => validity,
        (None, Some(prior)) => prior.args.validity.clone(),
        (None, None) => {
            return Err(Error::new(
                format!("API token {:?} has no end", token.display_name),
                "Atlan's record does not say how long the token lives, so this resource cannot manage it.",
            ));
        }
    };
    let manages_personas = prior.as_ref().is_some_and(|prior| prior.args.persona_qualified_names.is_some());
    let description = Description::from(token.description.clone());
    let mut computed = computed(token);
    computed.token = prior.as_ref().and_then(|prior| copied(&prior.computed.token));
    let args = ApiTokenArgs {
        display_name: token.display_name.clone().into(),
        description: Some(description),
        persona_qualified_names: manages_personas.then(|| token.personas.clone()),
        validity,
        rotate_before: prior.as_ref().and_then(|prior| prior.args.rotate_before.clone()),
        store_token: prior.is_some_and(|prior| prior.args.store_token),
    };
    Ok(State { args, computed })
}
