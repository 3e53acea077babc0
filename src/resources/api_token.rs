//! `atlan_api_token`: a long-lived credential for another system. Atlan shows its secret once, when it is made.

use std::collections::BTreeSet;
use std::time::Duration as Span;

use atlan::{ApiTokenUpdate, Credential as _, NewApiToken, Timestamp};
use tfplug::{
    Args, Change, Computed, Config, CreateCx, Cx, Diagnostics, Duration, Error, PlanCx, PrivateKey, Resource,
    Result, Sensitive, State, Text as _, Value,
};

use super::ById;
use crate::credentials::{self, Credential, Replaced, SHORTEST, copied, life_problem, sensitive};
use crate::provider::Atlan;
use crate::types::{Alias, Description, Guid, none_blank};

/// A long-lived API token for another system. **It has the rights of an admin over people, groups and tokens, whatever its personas
/// are**: they limit only the assets that it can see. If fewer rights are enough, use an OAuth client, whose role limits what it
/// may do. For work within one run of Terraform, use the ephemeral resource of the same name.
///
/// Atlan shows the secret of a token once, when the token is created. With `store_token = true`, this resource keeps
/// the secret in the state, and everybody who can read the state can read it. A saved plan file holds it, too. You
/// can import tokens that were created elsewhere and manage them without their secret.
///
/// If the token expires within `rotate_before`, the refresh sets `rotation_due`, and the plan replaces the token. With
/// `create_before_destroy`, the old token works until everything that depends on it has the new one. Without
/// `create_before_destroy`, the provider deletes the old token first, and what depends on it has no credential until
/// the apply has passed the new one on. Without `rotate_before`, the plan warns about a token that has expired, and leaves it.
///
/// The provider creates a token under the name `<display_name> ~<8 hexadecimal digits>`, and renames it once its
/// secret has arrived. If the answer with the secret is lost, the provider deletes the token of that name and creates
/// another. If Terraform or the provider is killed in between (`kill -9`), the token is not in the state, and its
/// secret is lost. The next apply and the plans after it warn about this token and name its GUID. They do not delete
/// it, because it could be the token of another run. It works until somebody deletes it or it expires. If Terraform is
/// killed after the token was renamed and before the state is stored, the token is not in the state either. The next apply creates
/// another one, or, after a `-replace` with `create_before_destroy`, has no changes.
/// The refresh of each later plan, and the plan of a destroy, warn about the other token until somebody deletes it or it expires. An apply that creates
/// a token of the same name and description within an hour after the kill warns, too.
///
/// This last warning is about any other token with the same name and description, if the identity that runs Terraform or the creator of the
/// managed token created it. The provider leaves out a token that it has already read as a resource in this run. So the warning can also
/// be about a token of another state, of another `provider` block, of a resource that Terraform reads more than two seconds later or, with
/// `-target` or `-refresh=false`, not at all, or about one that somebody uses. To end it, change the description of one of the two.
///
/// The provider's own credential must be allowed to manage API tokens. An API token may do so; an OAuth client may if its role
/// allows it. The provider refuses to delete or replace the token that it runs with.
#[derive(Clone, Args)]
#[args(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
pub struct ApiTokenArgs {
    /// Name shown in Atlan; it need not be unique. Changed in place.
    pub display_name: Alias,
    /// Description of the token. If left out or `""`, it has none. Changed in place.
    pub description: Option<Description>,
    /// Qualified names of the personas whose assets the token can see, such as `default/LzgnFM`. If left out, they are not managed;
    /// `[]` means none. Changed in place.
    #[attr(check = none_blank())]
    pub persona_qualified_names: Option<BTreeSet<String>>,
    /// Lifetime of the token, from `1m` to `43800h` (five years, Atlan's maximum). If another lifetime is known only after apply, the
    /// apply keeps the token and fails, unless `create_before_destroy` is set. First apply what it depends on, with `-target`.
    #[attr(replace)]
    pub validity: Duration,
    /// Time before its expiry from which the plan replaces the token. Must be shorter than `validity`. If left
    /// out, the token is not replaced automatically.
    pub rotate_before: Option<Duration>,
    /// Whether the secret is kept in the state. Must be `true` when a token is created. If you set it to `false`
    /// later, the secret is removed from the state.
    #[attr(default = false)]
    pub store_token: bool,
}

/// What Atlan answers.
#[derive(Computed)]
#[computed(args = ApiTokenArgs)]
pub struct ApiTokenComputed {
    /// GUID of the token. Begins with `unknown-` while it is unknown whether a failed apply created it, until the
    /// next successful apply.
    #[attr(keep)]
    pub id: Guid,
    /// Description of the token.
    #[attr(keep)]
    pub description: Description,
    /// Secret of the token. Null after an import or with `store_token = false`.
    #[attr(keep)]
    pub token: Option<Sensitive<String>>,
    /// Client id of the token: `apikey-` and a UUID.
    #[attr(keep)]
    pub client_id: Option<String>,
    /// User name of the token's service account.
    #[attr(keep)]
    pub username: Option<String>,
    /// User name of the identity that created the token.
    #[attr(keep)]
    pub created_by: Option<String>,
    /// Time at which the token was created, in RFC 3339 format.
    #[attr(keep)]
    pub created_at: Option<String>,
    /// Time at which the token expires, in RFC 3339 format.
    #[attr(keep)]
    pub expires_at: Option<String>,
    /// Whether the last refresh found, by Atlan's clock, that the token expires within `rotate_before`. If so, the
    /// plan replaces it.
    #[attr(keep)]
    pub rotation_due: bool,
}

/// Managed tokens.
pub struct ApiToken;

/// Marks a token that had expired at the last refresh, by Atlan's clock. So the plan and the apply decide the same.
const EXPIRED: PrivateKey<bool> = PrivateKey::new("expired");

/// Longest life of a token.
const LONGEST: Span = Span::from_secs(5 * 365 * 24 * 60 * 60);

impl Resource for ApiToken {
    const NAME: &'static str = "api_token";

    type Provider = Atlan;
    type Id = ById;
    type Args = ApiTokenArgs;
    type Computed = ApiTokenComputed;

    fn validate(config: &Config<'_, ApiTokenArgs>, diagnostics: &mut Diagnostics) {
        let validity = config.get(ApiTokenArgs::VALIDITY).known();
        if let Some(validity) = &validity {
            let longest = ("43800h", "five years, the longest life of a token in Atlan");
            if let Some(problem) = life_problem(validity, SHORTEST..=LONGEST, longest) {
                diagnostics.error_at(ApiTokenArgs::VALIDITY, "Invalid validity", problem);
            }
        }
        if let (Some(validity), Some(before)) = (validity, config.get(ApiTokenArgs::ROTATE_BEFORE).known())
            && before.get() >= validity.get()
        {
            diagnostics.error_at(
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
        let (name, store) = (ApiTokenArgs::DISPLAY_NAME, ApiTokenArgs::STORE_TOKEN);
        if change.is_create() {
            // An expired token is no loss.
            let is_lost = cx.private.get(&EXPIRED) == Some(true);
            cx.private.remove(&EXPIRED);
            change.fill(ApiTokenComputed::ROTATION_DUE, false);
            let unknown = [
                credentials::unknown(change, name),
                credentials::unknown(change, ApiTokenArgs::VALIDITY),
                credentials::unknown(change, ApiTokenArgs::ROTATE_BEFORE),
                credentials::unknown(change, ApiTokenArgs::PERSONA_QUALIFIED_NAMES),
            ];
            let unknown = unknown.into_iter().flatten().filter(|_| !is_lost).collect();
            return credentials::plan_create(cx, change, name, store, unknown).await;
        }
        let rotates = !change.planned(ApiTokenArgs::ROTATE_BEFORE).is_null();
        let is_due = change.prior(ApiTokenComputed::ROTATION_DUE) == Value::Known(true);
        if is_due {
            change.fill(ApiTokenComputed::ROTATION_DUE, false);
        }
        let has_expired = cx.private.get(&EXPIRED) == Some(true);
        // The next refresh goes by a shorter `rotate_before`. Without `rotate_before`, the token stays.
        let before = change.prior(ApiTokenArgs::ROTATE_BEFORE).known();
        let is_shorter = is_shorter(change.planned(ApiTokenArgs::ROTATE_BEFORE).known(), before);
        let is_due = is_due && rotates && (has_expired || !is_shorter);
        if is_due {
            change.replace(ApiTokenComputed::ROTATION_DUE);
        }
        // With `rotate_before`, the refresh would have marked an expired token as due. If `rotate_before` is still
        // unknown, it counts as set: a change that becomes a replacement in the apply must not be planned as an
        // update.
        let begins = has_expired && rotates && change.prior(ApiTokenArgs::ROTATE_BEFORE).is_null();
        if begins {
            change.replace(ApiTokenArgs::ROTATE_BEFORE);
        }
        let replaced = match differs(change) {
            Some(replaced) => Some(replaced),
            None if is_due || begins => Some(Replaced {
                why: "By `rotate_before`, the token is due for rotation".to_owned(),
                keeps: "remove `rotate_before`".to_owned(),
            }),
            None => None,
        };
        if has_expired && replaced.is_none() {
            warn_of_end(cx, change);
        }
        let username = change.prior(ApiTokenComputed::USERNAME);
        let secret = ApiTokenComputed::TOKEN;
        credentials::plan_change(cx, change, store, secret, username, replaced).await
    }

    async fn plan_delete(cx: &PlanCx<'_, Self>, prior: &State<Self>) -> Result<()> {
        credentials::plan_delete(cx, prior).await
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &ApiTokenArgs) -> Result<ApiTokenComputed> {
        if !args.store_token {
            return Err(credentials::not_stored::<Self>(""));
        }
        credentials::make(cx, args).await
    }

    async fn read(cx: &Cx<'_, Self>, id: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let id = id.read_by(prior.is_none());
        let Some(token) = credentials::look(cx, &id, prior.as_ref()).await? else { return Ok(None) };
        // A proxy may remove the header that says what time it is in Atlan.
        let now = cx.client.server_time().unwrap_or_else(Timestamp::now);
        // The next read finds the token by this name, not by the name of the attempt.
        let named = prior.as_ref().map(|prior| prior.args.display_name.clone()).filter(|_| id.is_unclear());
        let mut state = state(&token, prior)?;
        state.args.display_name = named.unwrap_or(state.args.display_name);
        let end = token.expires_at();
        let before = state.args.rotate_before.as_ref().map(Duration::get);
        state.computed.rotation_due = match (end, before) {
            (Some(end), Some(before)) => end.checked_sub(before).is_ok_and(|from| from <= now),
            _ => false,
        };
        match end {
            Some(end) if end <= now => cx.private.set(&EXPIRED, &true),
            _ => cx.private.remove(&EXPIRED),
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
        credentials::change(cx, id, args).await?;
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
            // The next refresh tells.
            rotation_due: false,
        })
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ById, prior: &State<Self>) -> Result<()> {
        credentials::delete(cx, id, prior).await
    }

    fn missing(cx: &Cx<'_, Self>, id: &ById) -> Error {
        credentials::missing(cx, id.id.as_str(), "with this GUID")
    }

    async fn import(cx: &Cx<'_, Self>, text: &str) -> Result<ById> {
        credentials::import(cx, text).await
    }
}

impl Credential for ApiToken {
    type Record = atlan::ApiToken;

    const ONE: &'static str = "API token";
    const SHORT: &'static str = "token";
    const CLIENT_ID: &'static str = "apikey-";
    const STORE: &'static str = "store_token";
    const OTHERWISE: &'static str = "For work within one run, use `ephemeral \"atlan_api_token\"`. ";

    fn display_name(args: &ApiTokenArgs) -> &Alias {
        &args.display_name
    }

    fn handle(computed: &ApiTokenComputed) -> Option<(atlan::Guid, String)> {
        Some(((*computed.id).clone(), computed.username.clone()?))
    }

    fn origin(computed: &ApiTokenComputed) -> (&Guid, Option<&str>) {
        (&computed.id, computed.created_by.as_deref())
    }

    fn new(args: &ApiTokenArgs) -> NewApiToken {
        NewApiToken {
            display_name: args.display_name.text().into_owned(),
            description: note(args).text().trim().to_owned(),
            personas: args.persona_qualified_names.clone().unwrap_or_default(),
            validity: args.validity.get(),
        }
    }

    fn request(args: &ApiTokenArgs) -> ApiTokenUpdate {
        ApiTokenUpdate {
            display_name: args.display_name.text().into_owned(),
            description: note(args).text().trim().to_owned(),
            personas: args.persona_qualified_names.clone(),
        }
    }

    fn made(args: &ApiTokenArgs, token: &atlan::ApiToken) -> ApiTokenComputed {
        let secret = token.secret.as_ref().map(sensitive);
        ApiTokenComputed { token: secret, description: note(args), ..computed(token) }
    }

    fn unclear(args: &ApiTokenArgs, id: Guid) -> ApiTokenComputed {
        ApiTokenComputed {
            id,
            description: note(args),
            token: None,
            client_id: None,
            username: None,
            created_by: None,
            created_at: None,
            expires_at: None,
            // The next refresh tells.
            rotation_due: false,
        }
    }
}

fn is_shorter(one: Option<Duration>, other: Option<Duration>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one.get() < other.get())
}

/// Warns of a token that has expired and stays.
fn warn_of_end(cx: &PlanCx<'_, ApiToken>, change: &Change<'_, ApiToken>) {
    let name = change.prior(ApiTokenArgs::DISPLAY_NAME).known();
    let name = name.as_ref().map(|name| name.text()).unwrap_or_default();
    let end = change.prior(ApiTokenComputed::EXPIRES_AT).known();
    let end = end.map(|end| format!(" at {end}")).unwrap_or_default();
    cx.warning(
        format!("API token {name:?} has expired"),
        format!(
            "It expired{end}, and nothing can use it any more. Set `rotate_before`, so that the next apply \
             replaces the token and later plans replace it in time. Or remove the resource."
        ),
    );
}

/// Whether the plan replaces the token because of its arguments.
fn differs(change: &Change<'_, ApiToken>) -> Option<Replaced> {
    let (prior, planned) = (change.prior(ApiTokenArgs::VALIDITY), change.planned(ApiTokenArgs::VALIDITY));
    let (prior, planned) = (prior.known()?, planned.known()?);
    (!prior.same(&planned)).then(|| Replaced {
        why: format!(
            "The `validity` of the token is {}, and the configuration says {}",
            prior.text(),
            planned.text()
        ),
        keeps: format!("write `validity = \"{}\"`", prior.text()),
    })
}

fn note(args: &ApiTokenArgs) -> Description {
    args.description.clone().unwrap_or_default()
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
                format!("API token {:?} has no lifetime", token.display_name),
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
