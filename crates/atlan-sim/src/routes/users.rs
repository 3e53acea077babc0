//! `/users`: the list, invitations, profile, role, removal; the workflow that removes a person for good.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::query::{Columns, ListQuery};
use crate::reply::{Outcome, Refusal, Reply};
use crate::routes::{Call, Nullable, attributes, envelope, with_foreign};
use crate::settings::{
    ForeignRecords, ListCounts, MemberColumns, NeverLoggedIn, Settings, UnknownColumn, WithoutColumns,
};
use crate::state::{Attributes, Caller, Invite, Key, Tenant, User, UserEdit};

#[derive(Deserialize)]
struct InviteBody {
    #[serde(default)]
    users: Option<Vec<InviteEntry>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InviteEntry {
    email: String,
    role_name: String,
    role_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateBody {
    first_name: Option<String>,
    last_name: Option<String>,
    enabled: Option<bool>,
    #[serde(default, deserialize_with = "attributes")]
    attributes: Attributes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleBody {
    role_id: String,
}

/// Columns that a record of a member lacks.
const NOT_FOR_MEMBERS: [&str; 4] = ["status", "loginEvents", "personas", "lastLoginTime"];

/// Columns that Atlan's SDKs ask for.
const COLUMNS: [&str; 18] = [
    "firstName",
    "lastName",
    "username",
    "id",
    "email",
    "emailVerified",
    "enabled",
    "roles",
    "defaultRoles",
    "groupCount",
    "attributes",
    "personas",
    "createdTimestamp",
    "lastLoginTime",
    "loginEvents",
    "isLocked",
    "workspaceRole",
    "assignedRole",
];

/// Columns that a record lacks where a list shows little.
const NOT_IF_MINIMAL: [&str; 2] = ["email", "attributes"];

pub(super) fn list(tenant: &mut Tenant, call: &Call) -> Outcome<Reply> {
    let query = call.list::<User>(&tenant.settings)?;
    if tenant.settings.column_unknown == UnknownColumn::BadRequest
        && let Some(unknown) = query.columns.asked().find(|column| !COLUMNS.contains(column))
    {
        return Err(Refusal::bad_request(format!("no such column: {unknown}")));
    }
    let now = tenant.now();
    let found = tenant.users.select(&query, now, None);
    let people = found.page.iter().filter_map(|key| Some((*key, tenant.users.shown(*key, now)?)));
    let mut records = people.map(|(key, user)| record(tenant, key, user, &query)).collect();
    let totals = with_foreign(&query, &found, &mut records, foreign(&tenant.settings));
    Ok(envelope(&tenant.settings, &query, totals, records, Nullable::No))
}

/// A record that is not a person of this tenant.
fn foreign(settings: &Settings) -> Option<Value> {
    let mut record = json!({
        "id": "00000000-0000-4000-8000-00000000f0e1", "username": "foreign", "email": "foreign@partner.example",
        "emailVerified": true, "enabled": true, "workspaceRole": Value::Null, "attributes": {}, "loginEvents": [],
    });
    let fields = record.as_object_mut()?;
    match settings.foreign_records {
        ForeignRecords::None => return None,
        ForeignRecords::OddId => {
            fields.insert("id".into(), "f:0d7a54c3-2b1e-4f65-9a10-8f3f5e1c2a77:foreign".into());
        }
        ForeignRecords::NoEnabled => {
            fields.remove("enabled");
        }
        ForeignRecords::NoEmail => {
            fields.remove("email");
        }
        ForeignRecords::Nulls => {
            fields.iter_mut().filter(|(field, _)| *field != "id").for_each(|(_, value)| *value = Value::Null);
        }
    }
    Some(record)
}

pub(super) fn one(tenant: &mut Tenant, id: &str) -> Outcome<Reply> {
    let (key, user) = tenant.user(id)?;
    Ok(Reply::ok(full(tenant, key, user, &Columns::default(), 1)))
}

/// A record of a list: the columns asked for, and the login events whether asked for or not.
fn record(tenant: &Tenant, key: Key, user: &User, query: &ListQuery) -> Value {
    let mut record = full(tenant, key, user, &query.columns, query.max_login_events);
    record["loginEvents"] = login_events(user, query.max_login_events);
    if is_minimal(tenant, query)
        && let Value::Object(fields) = &mut record
    {
        fields.retain(|field, _| !NOT_IF_MINIMAL.contains(&field.as_str()));
    }
    record
}

/// Whether a list of people shows less than all fields, because none was asked for.
fn is_minimal(tenant: &Tenant, query: &ListQuery) -> bool {
    query.columns.are_absent() && tenant.settings.lists_without_columns == WithoutColumns::Minimal
}

/// A record in a list of members.
pub(super) fn member_record(tenant: &Tenant, key: Key, user: &User, query: &ListQuery) -> Value {
    let mut record = full(tenant, key, user, &query.columns, query.max_login_events);
    if let Value::Object(fields) = &mut record {
        let minimal = is_minimal(tenant, query) || tenant.settings.member_columns == MemberColumns::Ignored;
        fields.retain(|field, _| {
            let field = field.as_str();
            !(NOT_FOR_MEMBERS.contains(&field) || minimal && NOT_IF_MINIMAL.contains(&field))
        });
    }
    record
}

fn full(tenant: &Tenant, key: Key, user: &User, columns: &Columns, max_login_events: usize) -> Value {
    let mut record = Map::new();
    record.insert("id".into(), user.id.clone().into());
    let mut put = |field: &str, value: &dyn Fn() -> Value| {
        if columns.wants(field) {
            record.insert(field.into(), value());
        }
    };
    put("username", &|| user.username.clone().into());
    put("email", &|| user.email.clone().into());
    put("emailVerified", &|| user.email_verified.into());
    put("enabled", &|| user.enabled.into());
    put("status", &|| status(tenant, user).into());
    put("isScimUser", &|| user.scim.into());
    put("firstName", &|| user.first_name.clone().into());
    put("lastName", &|| user.last_name.clone().into());
    put("workspaceRole", &|| user.role.name().into());
    put("roles", &|| json!(["default-roles-default", user.role.name()]));
    put("defaultRoles", &|| json!(["offline_access", "uma_authorization", "$guest"]));
    if tenant.settings.list_counts == ListCounts::Present {
        put("groupCount", &|| tenant.members.groups_of(key, tenant.now()).len().into());
    }
    put("attributes", &|| user_attributes(user));
    put("personas", &|| json!([]));
    put("createdTimestamp", &|| user.created_at.as_millisecond().into());
    put("loginEvents", &|| login_events(user, max_login_events));
    let last_login = match (user.last_login, tenant.settings.never_logged_in) {
        (Some(at), _) => Some(Value::from(at.as_millisecond())),
        (None, NeverLoggedIn::Absent) => None,
        (None, NeverLoggedIn::Zero) => Some(Value::from(0)),
        (None, NeverLoggedIn::Null) => Some(Value::Null),
    };
    if let Some(last_login) = last_login {
        put("lastLoginTime", &|| last_login.clone());
    }
    if columns.names("isLocked") {
        record.insert("isLocked".into(), false.into());
    }
    if columns.names("assignedRole") {
        record.insert("assignedRole".into(), assigned_role(tenant, user.role.name()));
    }
    Value::Object(record)
}

/// The object form of a workspace role.
pub(super) fn assigned_role(tenant: &Tenant, name: &str) -> Value {
    tenant.role(name).map_or(Value::Null, |role| {
        json!({ "id": role.id, "name": role.name, "description": role.description, "level": role.level })
    })
}

/// The shape that updates and `current` answer with.
pub(super) fn minimal(user: &User) -> Value {
    json!({
        "id": user.id, "username": user.username, "email": user.email, "emailVerified": user.email_verified,
        "enabled": user.enabled, "firstName": user.first_name, "lastName": user.last_name,
        "attributes": user_attributes(user), "createdTimestamp": user.created_at.as_millisecond(), "totp": false,
        "disableableCredentialTypes": [], "requiredActions": [], "access": { "manage": true },
    })
}

fn user_attributes(user: &User) -> Value {
    let mut attributes = json!(user.attributes);
    if let Some(invitation) = &user.invitation {
        attributes["invitedAt"] = json!([crate::state::rfc3339(invitation.at)]);
        attributes["invitedBy"] = json!([invitation.by]);
        attributes["invitedByName"] = json!([invitation.by_name]);
    }
    attributes
}

fn status<'a>(tenant: &'a Tenant, user: &User) -> &'a str {
    let words = &tenant.settings.status_strings;
    match user {
        user if !user.enabled => &words.disabled,
        user if user.is_pending() => &words.pending,
        _ => &words.enabled,
    }
}

/// The last login, when it was and is asked for.
pub(super) fn login_events(user: &User, at_most: usize) -> Value {
    let events = user.last_login.into_iter().take(at_most).map(|at| {
        json!({
            "clientId": "atlan-frontend", "details": {}, "ipAddress": "127.0.0.1", "realmId": "default",
            "sessionId": user.id, "time": at.as_millisecond(), "type": "LOGIN", "userId": user.id,
        })
    });
    events.collect()
}

pub(super) fn invite(tenant: &mut Tenant, caller: &Caller, call: &Call) -> Outcome<Reply> {
    let InviteBody { users } = call.json()?;
    let entry = |InviteEntry { email, role_name, role_id }| Invite { email, role_name, role_id };
    let batch: Vec<Invite> = users.unwrap_or_default().into_iter().map(entry).collect();
    tenant.invite(caller, &batch)?;
    Ok(Reply::void(&tenant.settings))
}

pub(super) fn update(tenant: &mut Tenant, caller: &Caller, id: &str, call: &Call) -> Outcome<Reply> {
    let UpdateBody { first_name, last_name, enabled, attributes } = call.json()?;
    let key = tenant.update_user(caller, id, UserEdit { first_name, last_name, attributes, enabled })?;
    Ok(Reply::ok(tenant.users.get(key).map(minimal).unwrap_or_default()))
}

pub(super) fn change_role(tenant: &mut Tenant, caller: &Caller, id: &str, call: &Call) -> Outcome<Reply> {
    let RoleBody { role_id } = call.json()?;
    tenant.change_role(caller, id, &role_id)?;
    Ok(Reply::void(&tenant.settings))
}

pub(super) fn delete(tenant: &mut Tenant, caller: &Caller, id: &str) -> Outcome<Reply> {
    tenant.delete_user(caller, id)?;
    Ok(Reply::void(&tenant.settings))
}

pub(super) fn resend(tenant: &mut Tenant, caller: &Caller, id: &str) -> Outcome<Reply> {
    tenant.resend_invite(caller, id)?;
    Ok(Reply::void(&tenant.settings))
}

/// What the workflow that removes a person must say, beside who is removed.
const REMOVAL: [(&str, &str); 33] = [
    ("/metadata/namespace", "default"),
    ("/metadata/labels/orchestration.atlan.com~1certified", "false"),
    ("/metadata/labels/orchestration.atlan.com~1type", "utility"),
    ("/metadata/labels/orchestration.atlan.com~1verified", "false"),
    ("/metadata/labels/package.argoproj.io~1installer", "argopm"),
    ("/metadata/labels/package.argoproj.io~1name", "a-t-ratlans-l-a-s-hdelete-user"),
    ("/metadata/labels/package.argoproj.io~1parent", ""),
    ("/metadata/labels/package.argoproj.io~1registry", "local"),
    ("/metadata/labels/package.argoproj.io~1version", "0.2.105"),
    ("/metadata/annotations/orchestration.atlan.com~1allowSchedule", "false"),
    ("/metadata/annotations/orchestration.atlan.com~1categories", "utility,admin,user,delete"),
    ("/metadata/annotations/orchestration.atlan.com~1dependentPackage", ""),
    (
        "/metadata/annotations/orchestration.atlan.com~1docsUrl",
        "https://ask.atlan.com/hc/en-us/articles/6755306791697",
    ),
    ("/metadata/annotations/orchestration.atlan.com~1emoji", "🗑️"),
    (
        "/metadata/annotations/orchestration.atlan.com~1icon",
        "https://assets.atlan.com/assets/remove-user.svg",
    ),
    (
        "/metadata/annotations/orchestration.atlan.com~1logo",
        "https://assets.atlan.com/assets/remove-user.svg",
    ),
    ("/metadata/annotations/orchestration.atlan.com~1marketplaceLink", PACKAGE_PAGE),
    ("/metadata/annotations/orchestration.atlan.com~1name", "Delete User"),
    ("/metadata/annotations/package.argoproj.io~1author", "Atlan"),
    ("/metadata/annotations/package.argoproj.io~1description", "Transfers user assets and deletes user"),
    ("/metadata/annotations/package.argoproj.io~1homepage", PACKAGE_PAGE),
    ("/metadata/annotations/package.argoproj.io~1keywords", "[\"delete\",\"user\",\"admin\",\"utility\"]"),
    ("/metadata/annotations/package.argoproj.io~1parent", "."),
    ("/metadata/annotations/package.argoproj.io~1registry", "local"),
    (
        "/metadata/annotations/package.argoproj.io~1repository",
        "https://github.com/atlanhq/marketplace-packages.git",
    ),
    ("/metadata/annotations/package.argoproj.io~1support", "support@atlan.com"),
    ("/spec/entrypoint", "main"),
    ("/spec/synchronization/semaphore/configMapKeyRef/key", "concurrency"),
    ("/spec/synchronization/semaphore/configMapKeyRef/name", "atlan-delete-user"),
    ("/spec/templates/0/name", "main"),
    ("/spec/templates/0/dag/tasks/0/name", "run"),
    ("/spec/templates/0/dag/tasks/0/templateRef/name", "atlan-delete-user"),
    ("/spec/templates/0/dag/tasks/0/templateRef/template", "main"),
];

/// That the template is one of the cluster, which must be true.
const CLUSTER_SCOPE: &str = "/spec/templates/0/dag/tasks/0/templateRef/clusterScope";

/// Where Atlan shows the package.
const PACKAGE_PAGE: &str = "https://packages.atlan.com/-/web/detail/@atlan/delete-user";

/// Parameters of that workflow, beside the GUIDs.
const REMOVAL_PARAMETERS: [&str; 8] = [
    "username",
    "user-full-name",
    "user-email",
    "transfer-assets-to-username",
    "transferee-full-name",
    "kube-secret-name",
    "wf-creator-full-name",
    "wf-creator-email",
];

/// The one workflow known here: `@atlan/delete-user`.
pub(super) fn workflow(tenant: &mut Tenant, caller: &Caller, call: &Call) -> Outcome<Reply> {
    let workflow: Value = call.json()?;
    let package = &workflow["metadata"]["annotations"]["package.argoproj.io/name"];
    if package != "@atlan/delete-user" {
        return Err(Refusal::bad_request(format!("no such workflow here: {package}")));
    }
    let parameters = &workflow["spec"]["templates"][0]["dag"]["tasks"][0]["arguments"]["parameters"];
    let parameter = |name: &str| {
        let mut all = parameters.as_array().into_iter().flatten();
        let found =
            all.find(|parameter| parameter["name"] == name).and_then(|parameter| parameter["value"].as_str());
        found.ok_or_else(|| Refusal::bad_request(format!("parameter {name} is missing")))
    };
    for (pointer, value) in REMOVAL {
        if workflow.pointer(pointer).and_then(Value::as_str) != Some(value) {
            return Err(Refusal::bad_request(format!("{pointer} is not {value}")));
        }
    }
    if workflow.pointer(CLUSTER_SCOPE) != Some(&Value::Bool(true)) {
        return Err(Refusal::bad_request(format!("{CLUSTER_SCOPE} is not true")));
    }
    for name in REMOVAL_PARAMETERS {
        if parameter(name)?.is_empty() {
            return Err(Refusal::bad_request(format!("parameter {name} is empty")));
        }
    }
    let name = workflow["metadata"]["name"].as_str().unwrap_or_default();
    if !name.starts_with(&format!("atln-del-usr-{}-", parameter("user-id")?)) {
        return Err(Refusal::bad_request(format!("unusual name of the workflow: {name}")));
    }
    tenant.remove_user(caller, parameter("user-id")?, parameter("transfer-assets-to-user-id")?)?;
    Ok(Reply::ok(workflow))
}

/// Bare, minimal records for machines inside the tenant.
pub(super) fn identity(tenant: &mut Tenant, call: &Call) -> Outcome<Reply> {
    let query = call.list::<User>(&tenant.settings)?;
    let now = tenant.now();
    let found = tenant.users.select(&query, now, None);
    let people = found.page.iter().filter_map(|key| Some((*key, tenant.users.shown(*key, now)?)));
    let records = people.map(|(key, user)| {
        let mut record = minimal(user);
        if query.columns.names("groups") {
            let groups = tenant.members.groups_of(key, now);
            let names =
                groups.iter().filter_map(|group| tenant.groups.get(*group)).map(|group| group.name.clone());
            record["groups"] = names.collect();
        }
        record
    });
    Ok(Reply::ok(records.collect()))
}
