//! A running tenant with a plain HTTP client in front of it.

use std::ops::Deref;

use atlan_sim::{Options, Sim};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// A tenant and a client that sends its key.
pub(crate) struct Api {
    sim: Sim,
    pub(crate) http: reqwest::Client,
    pub(crate) bearer: String,
}

/// Methods of the simulator are methods of the harness.
impl Deref for Api {
    type Target = Sim;

    fn deref(&self) -> &Sim {
        &self.sim
    }
}

/// Status and body of an answer; `Null` for an empty body, a string for what is not JSON.
pub(crate) type Answer = (u16, Value);

impl Api {
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let sim = Sim::start(options).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let bearer = sim.api_key();
        Self { sim, http, bearer }
    }

    /// A tenant whose key is the session of the human admin.
    pub(crate) async fn as_admin() -> Self {
        Self::with(Options { key_kind: atlan_sim::KeyKind::User, ..Options::default() }).await
    }

    /// A request to a path below `/api/service/`.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/service/{path}", self.base_url());
        self.http.request(method, url).bearer_auth(&self.bearer)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        answer(self.request(Method::POST, path).json(&body)).await
    }

    /// POST without a body.
    pub(crate) async fn post_nothing(&self, path: &str) -> Answer {
        answer(self.request(Method::POST, path)).await
    }

    /// A list with a filter.
    pub(crate) async fn filtered(&self, path: &str, filter: Value) -> Answer {
        let filter: String = url::form_urlencoded::byte_serialize(filter.to_string().as_bytes()).collect();
        let and = if path.contains('?') { '&' } else { '?' };
        self.get(&format!("{path}{and}filter={filter}")).await
    }

    /// The one record that a filter finds.
    pub(crate) async fn one(&self, path: &str, filter: Value) -> Value {
        let (status, body) = self.filtered(path, filter).await;
        assert_eq!((status, body["records"].as_array().map(Vec::len)), (200, Some(1)), "{body}");
        body["records"][0].clone()
    }

    /// A request to a path below `/_sim/`, without credentials.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> Answer {
        let request = self.http.request(method, format!("{}/_sim/{path}", self.base_url()));
        answer(if body.is_null() { request } else { request.json(&body) }).await
    }

    pub(crate) fn switch(&self, name: &str, value: Value) {
        let mut switches = json!({});
        switches[name] = value;
        self.set(switches).unwrap();
    }

    pub(crate) async fn role(&self, name: &str) -> String {
        text(&self.one("roles", json!({ "name": name })).await["id"])
    }

    /// Invites one person.
    pub(crate) async fn invite(&self, email: &str, role: &str) -> Answer {
        let id = self.role(role).await;
        self.post("users", json!({ "users": [{ "email": email, "roleName": role, "roleId": id }] })).await
    }

    /// Invites somebody who is known to be welcome, and returns the record.
    pub(crate) async fn invited(&self, email: &str) -> Value {
        assert_eq!(self.invite(email, "$member").await.0, 200);
        self.one("users", json!({ "email": email })).await
    }

    /// The same, accepted.
    pub(crate) async fn member(&self, email: &str) -> String {
        let id = text(&self.invited(email).await["id"]);
        self.accept(email).unwrap();
        id
    }

    /// Creates a group and returns its GUID.
    pub(crate) async fn group(&self, name: &str) -> String {
        let (status, body) = self.post("groups", group_body(name)).await;
        assert_eq!(status, 200, "{body}");
        text(&body["group"])
    }
}

/// Sends a request and reads the whole answer.
pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let body = match serde_json::from_str(&text) {
        _ if text.is_empty() => Value::Null,
        Ok(value) => value,
        Err(_) => Value::String(text),
    };
    (status, body)
}

/// The body that creates a group whose alias is its name.
pub(crate) fn group_body(name: &str) -> Value {
    json!({ "group": { "name": name, "attributes": { "alias": [name] } } })
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// One field of every record of an answer, in order.
pub(crate) fn column(answer: &Answer, field: &str) -> Vec<String> {
    let (status, body) = answer;
    assert_eq!(*status, 200, "{body}");
    body["records"].as_array().unwrap().iter().map(|record| text(&record[field])).collect()
}

/// The names of the fields of a record.
pub(crate) fn fields(record: &Value) -> Vec<&str> {
    record.as_object().unwrap().keys().map(String::as_str).collect()
}
