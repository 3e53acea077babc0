//! The control routes under `/_sim/`, by which a test controls the tenant from another process.
//!
//! Everything here is also a method of [`crate::Sim`]; both call the same few functions.

use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::exchange::Shared;
use crate::faults::Rule;
use crate::reply::{Payload, Reply};
use crate::state::{Caller, Key, Tenant, TokenEdit, WorkspaceRole};

/// Why a control call did nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// Nobody in the tenant has this address.
    #[error("nobody has the address {0}")]
    NobodyThere(String),
    /// The person is not in a state for it.
    #[error("{0}")]
    NotNow(String),
    /// Settings or faults that make no sense.
    #[error("{0}")]
    Invalid(String),
    /// There is no such control route.
    #[error("no such control route: {0}")]
    Unknown(String),
}

/// What can happen to a person without a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Accept,
    Expire,
    Disable,
    Enable,
    Remove,
}

impl Fate {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "accept" => Self::Accept,
            "expire" => Self::Expire,
            "disable" => Self::Disable,
            "enable" => Self::Enable,
            "remove" => Self::Remove,
            _ => return None,
        })
    }
}

/// Makes something happen to a person, bypassing the rules that bind callers of the API.
pub(crate) fn befall(tenant: &mut Tenant, email: &str, fate: Fate) -> Result<(), ControlError> {
    let key: Key = tenant.person(email).ok_or_else(|| ControlError::NobodyThere(email.into()))?;
    let result = match fate {
        Fate::Accept => tenant.accept(key),
        Fate::Expire => tenant.expire(key),
        Fate::Disable | Fate::Enable => {
            tenant.users.change(key, |user| user.enabled = fate == Fate::Enable);
            Ok(())
        }
        Fate::Remove => {
            tenant.drop_user(key);
            Ok(())
        }
    };
    result.map_err(|refusal| ControlError::NotNow(refusal.message))
}

/// A human admin invites somebody.
pub(crate) fn invite(tenant: &mut Tenant, email: &str, role: &str) -> Result<(), ControlError> {
    let role = role_named(role)?;
    tenant.invite_by_admin(email, role).map_err(|refusal| ControlError::NotNow(refusal.message))
}

/// A person comes by single sign-on or SCIM.
pub(crate) fn admit(tenant: &mut Tenant, email: &str, role: &str, scim: bool) -> Result<(), ControlError> {
    let role = role_named(role)?;
    tenant.come_by_directory(email, role, scim).map_err(|refusal| ControlError::NotNow(refusal.message))
}

/// A person makes an API token; its secret.
pub(crate) fn make_token(tenant: &mut Tenant, email: &str, name: &str) -> Result<String, ControlError> {
    let key = tenant.person(email).ok_or_else(|| ControlError::NobodyThere(email.into()))?;
    let caller = tenant.users.get(key).map(Caller::person);
    let caller = caller.ok_or_else(|| ControlError::NobodyThere(email.into()))?;
    let edit =
        TokenEdit { display_name: name.into(), description: None, personas: None, validity_seconds: None };
    let made = tenant.create_token(&caller, edit);
    made.map(|(_, secret)| secret).map_err(|refusal| ControlError::NotNow(refusal.message))
}

/// A person signs in through an identity provider.
pub(crate) fn sign_in(
    tenant: &mut Tenant,
    email: &str,
    idp: &str,
    groups: &[String],
    role: Option<&str>,
) -> Result<(), ControlError> {
    let role = role.map(role_named).transpose()?;
    tenant.sign_in(email, idp, groups, role).map_err(|refusal| match refusal.status {
        404 => ControlError::Invalid(refusal.message),
        _ => ControlError::NotNow(refusal.message),
    })
}

/// A human admin gives a person another role.
pub(crate) fn give_role(tenant: &mut Tenant, email: &str, role: &str) -> Result<(), ControlError> {
    let role = role_named(role)?;
    let key = tenant.person(email).ok_or_else(|| ControlError::NobodyThere(email.into()))?;
    tenant.users.change(key, |user| user.role = role);
    Ok(())
}

/// The address of a person changes.
pub(crate) fn give_address(tenant: &mut Tenant, email: &str, address: &str) -> Result<(), ControlError> {
    let key = tenant.person(email).ok_or_else(|| ControlError::NobodyThere(email.into()))?;
    if tenant.person(address).is_some_and(|other| other != key) {
        return Err(ControlError::NotNow(format!("{address} is in the tenant already")));
    }
    tenant.users.change(key, |user| user.email = address.to_owned());
    Ok(())
}

fn role_named(name: &str) -> Result<WorkspaceRole, ControlError> {
    WorkspaceRole::of(name).ok_or_else(|| ControlError::Invalid(format!("there is no role {name}")))
}

/// Applies changes to the settings.
pub(crate) fn set(tenant: &mut Tenant, changes: &Value) -> Result<(), ControlError> {
    let settings = tenant.settings.with(changes, &tenant.blueprint.settings);
    tenant.settings = settings.map_err(ControlError::Invalid)?;
    Ok(())
}

/// Replaces all rules with these.
pub(crate) fn set_faults(shared: &Shared, rules: Vec<Rule>) -> Result<(), ControlError> {
    for (n, rule) in rules.iter().enumerate() {
        rule.check().map_err(|why| ControlError::Invalid(format!("fault {n}: {why}")))?;
    }
    shared.faults().replace(rules);
    Ok(())
}

/// Answers a control request.
pub(crate) fn answer(shared: &Shared, method: &Method, path: &str, body: &Bytes) -> Reply {
    match route(shared, method, path, body) {
        Ok(value) => Reply::ok(value),
        Err(error) => {
            let status = match error {
                ControlError::NobodyThere(_) | ControlError::Unknown(_) => 404,
                ControlError::NotNow(_) => 409,
                ControlError::Invalid(_) => 400,
            };
            Reply::new(status, Payload::Json(json!({ "error": error.to_string() })))
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Skip {
    advance_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Newcomer {
    email: String,
    role: String,
    #[serde(default)]
    scim: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    idp: String,
    #[serde(default)]
    groups: Vec<String>,
    role: Option<String>,
}

fn route(shared: &Shared, method: &Method, path: &str, body: &Bytes) -> Result<Value, ControlError> {
    let decoded: Vec<String> = path
        .split('/')
        .skip(2)
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let parts: Vec<&str> = decoded.iter().map(String::as_str).collect();
    let done = || json!({ "ok": true });
    match (method.as_str(), parts.as_slice()) {
        ("GET", ["requests"]) => Ok(json!(shared.recorder.journal().to_vec())),
        ("GET", ["requests", "kinds"]) => Ok(json!(shared.recorder.journal().by_kind())),
        ("DELETE", ["requests"]) => {
            shared.recorder.clear();
            Ok(done())
        }
        ("POST", ["reset"]) => {
            shared.reset();
            Ok(done())
        }
        ("GET", ["mails"]) => Ok(json!(shared.tenant().mails)),
        ("GET", ["memberships"]) => Ok(json!(crate::inspect::memberships(&shared.tenant()))),
        ("GET", ["oauth_clients"]) => Ok(json!(crate::inspect::oauth_clients(&shared.tenant()))),
        ("GET", ["tokens"]) => Ok(json!(crate::inspect::tokens(&shared.tenant()))),
        ("GET", ["settings"]) => Ok(json!(shared.tenant().settings)),
        ("PUT", ["settings"]) => {
            let mut tenant = shared.tenant();
            set(&mut tenant, &json_body(body)?)?;
            Ok(json!(tenant.settings))
        }
        ("GET", ["faults"]) => Ok(json!(shared.faults().rules())),
        ("PUT", ["faults"]) => {
            let rules: Vec<Rule> = json_body(body)?;
            set_faults(shared, rules)?;
            Ok(done())
        }
        ("DELETE", ["faults"]) => {
            shared.faults().replace(Vec::new());
            Ok(done())
        }
        ("POST", ["clock"]) => {
            let Skip { advance_ms } = json_body(body)?;
            shared.clock.advance(Duration::from_millis(advance_ms));
            Ok(json!({ "now": shared.clock.timestamp().to_string() }))
        }
        ("POST", ["users"]) => {
            let Newcomer { email, role, scim } = json_body(body)?;
            admit(&mut shared.tenant(), &email, &role, scim)?;
            Ok(done())
        }
        ("POST", ["users", email, "sign_in"]) => {
            let SignIn { idp, groups, role } = json_body(body)?;
            sign_in(&mut shared.tenant(), email, &idp, &groups, role.as_deref())?;
            Ok(done())
        }
        ("POST", ["users", email, fate]) => {
            let fate = Fate::named(fate).ok_or_else(|| ControlError::Unknown(path.into()))?;
            befall(&mut shared.tenant(), email, fate)?;
            Ok(done())
        }
        _ => Err(ControlError::Unknown(format!("{method} {path}"))),
    }
}

fn json_body<T: serde::de::DeserializeOwned>(body: &Bytes) -> Result<T, ControlError> {
    serde_json::from_slice(body).map_err(|error| ControlError::Invalid(error.to_string()))
}
