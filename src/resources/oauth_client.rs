//! `atlan_oauth_client`: a machine identity with a role of its own. Atlan shows its secret once, when it is made.
//!
//! No client of Atlan's changes the role or the personas of an OAuth client, so another role or other personas replace it.

use std::collections::BTreeSet;

use atlan::{NewOauthClient, OauthClientUpdate};
use tfplug::{
    Args, Change, Computed, CreateCx, Cx, Error, PlanCx, PrivateKey, Resource, Result, Sensitive, State,
    Text as _, Value,
};

use super::ById;
use crate::credentials::{self, Credential, Replaced, copied, sensitive};
use crate::near::similar;
use crate::provider::{Atlan, Client};
use crate::run::TO_DESTROY;
use crate::types::{Alias, ClientRole, Description, Guid, none_blank};

/// An OAuth client: a machine identity with a role of its own. Use it for least privilege, because an API token
/// always has the rights of an admin over people and groups. An OAuth client exchanges its secret for bearer tokens
/// that are valid for minutes.
///
/// Atlan shows the secret of a client once, when the client is created. With `store_secret = true`, this resource
/// keeps the secret in the state, and everybody who can read the state can read it. A saved plan file holds it, too.
/// You can import clients that were created elsewhere and manage them without their secret.
///
/// To rotate the secret, replace the client: `terraform apply -replace=ADDRESS`. With `create_before_destroy`, the
/// old client works until everything that depends on it has the new one. Without `create_before_destroy`, the
/// provider deletes the old client first, and what depends on it has no credential until the apply has passed the new
/// one on.
///
/// The provider creates a client under the name `<display_name> ~<8 hexadecimal digits>`, and renames it once its
/// secret has arrived. If the answer with the secret is lost, the provider deletes the client of that name and
/// creates another. If Terraform or the provider is killed in between (`kill -9`), the client is not in the state,
/// and its secret is lost. The next apply and the plans after it warn about this client and name its GUID. They do
/// not delete it, because it could be the client of another run. It works until somebody deletes it. If Terraform is
/// killed after the client was renamed and before the state is stored, the client is not in the state either. The next apply creates
/// another one, or, after a `-replace` with `create_before_destroy`, has no changes.
/// The refresh of each later plan, and the plan of a destroy, warn about the other client until somebody deletes it. An apply that creates
/// a client of the same name and description within an hour after the kill warns, too.
///
/// This last warning is about any other client with the same name and description, if the identity that runs Terraform or the creator of the
/// managed client created it. The provider leaves out a client that it has already read as a resource in this run. So the warning can also
/// be about a client of another state, of another `provider` block, of a resource that Terraform reads more than two seconds later or, with
/// `-target` or `-refresh=false`, not at all, or about one that somebody uses. To end it, change the description of one of the two.
///
/// The provider's own credential must be allowed to manage OAuth clients. An API token may do so; an OAuth client may if its
/// role allows it. The provider refuses to delete or replace the client that it runs with.
#[derive(Clone, Args)]
#[args(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
pub struct OauthClientArgs {
    /// Name shown in Atlan; it need not be unique. Changed in place.
    pub display_name: Alias,
    /// Description of the client. If left out or `""`, it has none. Changed in place.
    pub description: Option<Description>,
    /// Role of the client: `$admin`, `$member` or `$guest`, or the name of a sub-role such as `$admin_connections`, which the data
    /// source `atlan_roles` lists. `admin`, `member` and `guest` are accepted, too. If another role is known only after apply, the apply keeps
    /// the client and fails, unless `create_before_destroy` is set. First apply what the role depends on, with `-target`.
    #[attr(replace)]
    pub role: ClientRole,
    /// Qualified names of the personas whose assets the client can see, such as `default/LzgnFM`. If left out, they are not managed;
    /// `[]` means none. A change of the personas replaces the resource. No plan checks them: without `create_before_destroy`, the old client is
    /// deleted before Atlan refuses a wrong one.
    #[attr(check = none_blank())]
    pub persona_qualified_names: Option<BTreeSet<String>>,
    /// Whether the secret is kept in the state. Must be `true` when a client is created. If you set it to `false`
    /// later, the secret is removed from the state.
    #[attr(default = false)]
    pub store_secret: bool,
}

/// What Atlan answers.
#[derive(Computed)]
#[computed(args = OauthClientArgs)]
pub struct OauthClientComputed {
    /// GUID of the client. Begins with `unknown-` while it is unknown whether a failed apply created it, until the
    /// next successful apply.
    #[attr(keep)]
    pub id: Guid,
    /// Description of the client.
    #[attr(keep)]
    pub description: Description,
    /// Secret of the client. Null after an import or with `store_secret = false`.
    #[attr(keep)]
    pub client_secret: Option<Sensitive<String>>,
    /// Client id: `oauth-client-` and a UUID.
    #[attr(keep)]
    pub client_id: Option<Guid>,
    /// User name of the identity that created the client.
    #[attr(keep)]
    pub created_by: Option<String>,
    /// Time at which the client was created, in RFC 3339 format.
    #[attr(keep)]
    pub created_at: Option<String>,
}

/// Managed OAuth clients.
pub struct OauthClient;

/// Set by the plan of a create: the role. In a replacement, the delete gets it, too.
const NEXT_ROLE: PrivateKey<String> = PrivateKey::new("next_role");

impl Credential for OauthClient {
    type Record = atlan::OauthClient;

    const ONE: &'static str = "OAuth client";
    const SHORT: &'static str = "client";
    const CLIENT_ID: &'static str = "oauth-client-";
    const STORE: &'static str = "store_secret";
    const OTHERWISE: &'static str = "";

    fn display_name(args: &OauthClientArgs) -> &Alias {
        &args.display_name
    }

    fn handle(computed: &OauthClientComputed) -> Option<(atlan::Guid, String)> {
        computed.client_id.as_ref().map(|id| ((**id).clone(), username(id)))
    }

    fn origin(computed: &OauthClientComputed) -> (&Guid, Option<&str>) {
        (&computed.id, computed.created_by.as_deref())
    }

    fn new(args: &OauthClientArgs) -> NewOauthClient {
        NewOauthClient {
            display_name: args.display_name.text().into_owned(),
            description: note(args).text().trim().to_owned(),
            role: args.role.name().to_owned(),
            personas: args.persona_qualified_names.clone().unwrap_or_default(),
        }
    }

    fn request(args: &OauthClientArgs) -> OauthClientUpdate {
        OauthClientUpdate {
            display_name: args.display_name.text().into_owned(),
            description: note(args).text().trim().to_owned(),
        }
    }

    fn made(args: &OauthClientArgs, client: &atlan::OauthClient) -> OauthClientComputed {
        let client_secret = client.secret.as_ref().map(sensitive);
        OauthClientComputed { client_secret, description: note(args), ..computed(client) }
    }

    fn unclear(args: &OauthClientArgs, id: Guid) -> OauthClientComputed {
        OauthClientComputed {
            id,
            description: note(args),
            client_secret: None,
            client_id: None,
            created_by: None,
            created_at: None,
        }
    }
}

impl Resource for OauthClient {
    const NAME: &'static str = "oauth_client";

    type Provider = Atlan;
    type Id = ById;
    type Args = OauthClientArgs;
    type Computed = OauthClientComputed;

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        if change.config(OauthClientArgs::DESCRIPTION).is_null() {
            change.fill(OauthClientComputed::DESCRIPTION, Description::default());
        }
        let (name, store) = (OauthClientArgs::DISPLAY_NAME, OauthClientArgs::STORE_SECRET);
        if change.is_create() {
            let unknown = [
                credentials::unknown(change, name),
                credentials::unknown(change, OauthClientArgs::ROLE),
                credentials::unknown(change, OauthClientArgs::PERSONA_QUALIFIED_NAMES),
            ];
            let unknown = unknown.into_iter().flatten().collect();
            credentials::plan_create(cx, change, name, store, unknown).await?;
        }
        let (prior, planned) = (change.prior(OauthClientArgs::ROLE), change.planned(OauthClientArgs::ROLE));
        cx.private.remove(&NEXT_ROLE);
        if let (true, Value::Known(role)) = (change.is_create(), &planned) {
            cx.private.set(&NEXT_ROLE, &role.text().into_owned());
        }
        let has_other_role = match (&prior, &planned) {
            (Value::Known(prior), Value::Known(planned)) => !prior.same(planned),
            (_, planned) => matches!(planned, Value::Known(_)),
        };
        if let (true, Some(client), Value::Known(role)) = (has_other_role, &cx.client, planned) {
            role_exists(client, &role, &format!("\n\n{TO_DESTROY}")).await?;
        }
        if change.is_create() {
            return Ok(());
        }
        let has_other_personas = has_other_personas(cx, change).await?;
        if has_other_personas {
            change.replace(OauthClientArgs::PERSONA_QUALIFIED_NAMES);
            warn_of_personas(cx, change);
        }
        let id = change.prior(OauthClientComputed::CLIENT_ID).known();
        let username = id.map_or(Value::Null, |id| Value::Known(username(&id)));
        let secret = OauthClientComputed::CLIENT_SECRET;
        let replaced = match (has_other_role, prior.known()) {
            (true, Some(prior)) => Some(Replaced {
                why: format!(
                    "The client has the role {}, and the configuration has another one",
                    prior.text()
                ),
                keeps: format!("write `role = \"{}\"`", prior.text()),
            }),
            _ if has_other_personas => Some(Replaced {
                why: "The client has other personas than the configuration".to_owned(),
                keeps: "remove `persona_qualified_names`".to_owned(),
            }),
            _ => None,
        };
        credentials::plan_change(cx, change, store, secret, username, replaced).await
    }

    async fn plan_delete(cx: &PlanCx<'_, Self>, prior: &State<Self>) -> Result<()> {
        cx.private.remove(&NEXT_ROLE);
        credentials::plan_delete(cx, prior).await
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &OauthClientArgs) -> Result<OauthClientComputed> {
        if !args.store_secret {
            return Err(credentials::not_stored::<Self>(""));
        }
        cx.private.remove(&NEXT_ROLE);
        role_exists(&cx.client, &args.role, "").await?;
        credentials::make(cx, args).await
    }

    async fn read(cx: &Cx<'_, Self>, id: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let id = id.read_by(prior.is_none());
        let Some(client) = credentials::look(cx, &id, prior.as_ref()).await? else { return Ok(None) };
        // The next read finds the client by this name, not by the name of the attempt.
        let named = prior.as_ref().map(|prior| prior.args.display_name.clone()).filter(|_| id.is_unclear());
        let mut state = state(&client, prior);
        state.args.display_name = named.unwrap_or(state.args.display_name);
        // A placeholder stays until the client is replaced, because an identity never changes.
        state.computed.id = id;
        Ok(Some(state))
    }

    async fn update(
        cx: &Cx<'_, Self>,
        id: &ById,
        prior: &State<Self>,
        args: &OauthClientArgs,
    ) -> Result<OauthClientComputed> {
        credentials::change(cx, id, args).await?;
        let OauthClientComputed { id, client_secret, client_id, created_by, created_at, .. } =
            &prior.computed;
        Ok(OauthClientComputed {
            id: id.clone(),
            description: note(args),
            client_secret: copied(client_secret).filter(|_| args.store_secret),
            client_id: client_id.clone(),
            created_by: created_by.clone(),
            created_at: created_at.clone(),
        })
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ById, prior: &State<Self>) -> Result<()> {
        // The provider's settings may have been unknown while planning, and the role may be gone since.
        if let Some(role) = cx.private.get(&NEXT_ROLE) {
            let kept = "\n\nThe old client was kept. Correct `role`, then run `terraform apply` again.";
            role_exists(&cx.client, &ClientRole::from(role), kept).await?;
        }
        credentials::delete(cx, id, prior).await
    }

    fn missing(cx: &Cx<'_, Self>, id: &ById) -> Error {
        credentials::missing(cx, id.id.as_str(), "with this GUID")
    }

    async fn import(cx: &Cx<'_, Self>, text: &str) -> Result<ById> {
        credentials::import(cx, text).await
    }
}

/// Whether the plan replaces the client because of its personas. A configuration that begins to manage the personas it has changes
/// nothing.
async fn has_other_personas(cx: &PlanCx<'_, OauthClient>, change: &Change<'_, OauthClient>) -> Result<bool> {
    let key = OauthClientArgs::PERSONA_QUALIFIED_NAMES;
    Ok(match (change.prior(key), change.planned(key)) {
        (_, Value::Null) => false,
        (Value::Known(prior), Value::Known(planned)) => prior != planned,
        (Value::Null, Value::Known(planned)) => {
            let id = change.prior(OauthClientComputed::ID).known();
            let (Some(client), Some(id)) = (&cx.client, id) else { return Ok(true) };
            let found = client.credential::<atlan::OauthClient>(&id).await?;
            found.is_none_or(|found| found.personas != planned)
        }
        _ => true,
    })
}

/// Warns that nothing but the create can check the personas of a client.
fn warn_of_personas(cx: &PlanCx<'_, OauthClient>, change: &Change<'_, OauthClient>) {
    let key = OauthClientArgs::PERSONA_QUALIFIED_NAMES;
    let Value::Known(planned) = change.planned(key) else { return };
    if planned.is_empty() {
        return;
    }
    let planned: Vec<String> = planned.into_iter().collect();
    cx.warning_at(
        key,
        "The personas of the new client are not checked yet",
        format!(
            "This plan replaces the client because of its personas, and Atlan checks them when it creates the new one: {}. Without \
             `create_before_destroy`, the old client is deleted before that, so if Atlan refuses one of them, there is no client until the \
             next apply. Compare the qualified names with those in Atlan.",
            planned.join(", ")
        ),
    );
}

/// Checks that the tenant has a role that is not one of the three workspace roles, which every tenant has. `more` ends the detail of the
/// error.
async fn role_exists(client: &Client, role: &ClientRole, more: &str) -> Result<()> {
    if role.is_workspace_role() {
        return Ok(());
    }
    let roles = client.roles(None).await?;
    let names: Vec<&str> = roles.iter().map(|role| role.name.as_str()).collect();
    if names.contains(&role.name()) {
        return Ok(());
    }
    let error = Error::new(
        "There is no such role",
        format!(
            "The tenant {} has no role {:?} that an OAuth client can have.{} The workspace roles are $admin, $member and $guest; the \
             data source `atlan_roles` lists all.{more}",
            client.tenant(),
            role.name(),
            similar(role.name(), names)
        ),
    );
    Err(error.at(OauthClientArgs::ROLE))
}

/// User name of the service account.
fn username(client_id: &Guid) -> String {
    format!("service-account-{}", client_id.as_str())
}

fn note(args: &OauthClientArgs) -> Description {
    args.description.clone().unwrap_or_default()
}

fn computed(client: &atlan::OauthClient) -> OauthClientComputed {
    OauthClientComputed {
        id: client.id.clone().into(),
        description: client.description.clone().into(),
        client_secret: None,
        client_id: Some(client.client_id.clone().into()),
        created_by: client.created_by.clone(),
        created_at: client.created_at.map(|at| at.to_string()),
    }
}

/// A client as it is in the state. `prior`: what Atlan's record does not hold.
pub(crate) fn state(client: &atlan::OauthClient, prior: Option<State<OauthClient>>) -> State<OauthClient> {
    let manages_personas = prior.as_ref().is_some_and(|prior| prior.args.persona_qualified_names.is_some());
    let mut computed = computed(client);
    computed.client_secret = prior.as_ref().and_then(|prior| copied(&prior.computed.client_secret));
    let args = OauthClientArgs {
        display_name: client.display_name.clone().into(),
        description: Some(client.description.clone().into()),
        role: client.role.clone().into(),
        persona_qualified_names: manages_personas.then(|| client.personas.clone()),
        store_secret: prior.is_some_and(|prior| prior.args.store_secret),
    };
    State { args, computed }
}
