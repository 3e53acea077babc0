//! Groups: look-ups, create, update, delete.
//!
//! `name` is unique on the server and never changes, so a create whose answer was lost is looked up by name and may
//! simply be sent again: the server refuses a second one. Members are not part of a group here.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::answer::Answer;
use crate::attributes::Values;
use crate::client::Client;
use crate::create::Effect;
use crate::error::{Call, Error, Existing, Result};
use crate::guid::Guid;
use crate::list::{List, Record};
use crate::reads::{Key, Need};
use crate::records::Group;
use crate::request::{Request, filter};

mod source;

/// A group to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGroup {
    /// Internal name.
    pub name: String,
    /// Name that people see.
    pub alias: String,
    /// `None` and empty mean the same.
    pub description: Option<String>,
    /// Whether new people join the group by themselves.
    pub is_default: bool,
}

/// Changes of a group. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupUpdate {
    /// Atlan's path of the group, wanted back in every update.
    pub path: String,
    /// New name that people see.
    pub alias: Option<String>,
    /// New description; empty clears it.
    pub description: Option<String>,
    /// Whether new people join the group by themselves.
    pub is_default: Option<bool>,
}

#[derive(Deserialize)]
pub(crate) struct GroupWire {
    id: Option<Guid>,
    name: Option<String>,
    alias: Option<String>,
    path: Option<String>,
    attributes: Option<GroupAttributes>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct GroupAttributes {
    alias: Values,
    description: Values,
    is_default: Values,
    channels: Values,
}

impl Record for Group {
    type Wire = GroupWire;

    fn read(wire: GroupWire, _: &Answer) -> Result<Self, &'static str> {
        let attributes = wire.attributes.unwrap_or_default();
        let id = wire.id.ok_or("id")?;
        let name = wire.name.filter(|name| !name.is_empty()).ok_or("name")?;
        let alias = attributes.alias.first().map(str::to_owned).or(wire.alias);
        Ok(Self {
            id,
            // A group made without an alias, by other means, is shown by its name.
            alias: alias.unwrap_or_else(|| name.clone()),
            path: wire.path.unwrap_or_else(|| format!("/{name}")),
            description: attributes.description.first().map(str::to_owned),
            is_default: attributes.is_default.is_true(),
            channels: attributes.channels.0,
            name,
        })
    }

    fn id(&self) -> &Guid {
        &self.id
    }
}

impl NewGroup {
    fn request(&self) -> Request {
        let mut attributes = json!({ "alias": [self.alias], "isDefault": [self.is_default.to_string()] });
        if let Some(description) = self.description.as_ref().filter(|description| !description.is_empty()) {
            attributes["description"] = json!([description]);
        }
        Request::create("groups", json!({ "group": { "name": self.name, "attributes": attributes } }))
    }

    /// The group as it must be, for when Atlan has made it but doesn't show it yet.
    fn made(&self, id: Guid) -> Group {
        Group {
            id,
            path: format!("/{}", self.name),
            name: self.name.clone(),
            alias: self.alias.clone(),
            description: self.description.clone().filter(|description| !description.is_empty()),
            is_default: self.is_default,
            channels: Vec::new(),
        }
    }
}

impl GroupUpdate {
    /// The group as it is to become.
    fn applied_to(&self, group: &Group) -> Group {
        let mut group = group.clone();
        if let Some(alias) = &self.alias {
            group.alias.clone_from(alias);
        }
        if let Some(description) = &self.description {
            group.description = Some(description.clone()).filter(|description| !description.is_empty());
        }
        if let Some(is_default) = self.is_default {
            group.is_default = is_default;
        }
        group
    }
}

impl Group {
    /// What an update can change, for messages.
    fn values(&self) -> String {
        let Self { alias, description, is_default, .. } = self;
        format!(
            "alias {alias:?}, description {:?}, default {is_default}",
            description.as_deref().unwrap_or_default()
        )
    }

    /// Everything we know, although Atlan merges: a server that replaces all attributes must not lose any.
    fn update_request(&self) -> Request {
        let mut attributes = json!({
            "alias": [self.alias],
            // An empty string clears; what an empty list does is unknown.
            "description": [self.description.as_deref().unwrap_or_default()],
            "isDefault": [self.is_default.to_string()],
        });
        if !self.channels.is_empty() {
            attributes["channels"] = json!(self.channels);
        }
        let body = json!({ "id": self.id, "path": self.path, "attributes": attributes });
        Request::set(format!("groups/{}", self.id), Some(body))
    }
}

/// The list of groups, with no more columns than used: id and name come in any case.
fn groups() -> List {
    List::of("v2/groups").with("columns", "path").with("columns", "attributes").with("sort", "name")
}

#[derive(Deserialize)]
struct Made {
    group: Option<Guid>,
}

impl Client {
    /// The group with this GUID. `None`: it is not in the list.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn group(&self, id: &Guid) -> Result<Option<Group>> {
        self.find(Key::Id(id.clone()), Need::Any).await
    }

    /// Whether a list has shown a group that this client made. One that it didn't make counts as seen.
    pub fn has_seen_group(&self, id: &Guid) -> bool {
        self.shared.groups.has_shown(id)
    }

    /// As [`Client::group`], for one that an earlier client made without ever seeing it in a list: waits for it to show.
    /// `None`: it has not for a minute. Takes that time whatever the deadline of the call.
    ///
    /// # Errors
    /// [`Error::Stopped`] when the call is cancelled before that is known; failures of the requests.
    pub async fn unseen_group(&self, id: &Guid) -> Result<Option<Group>> {
        let until = Instant::now() + self.timing().visible_within / 2;
        let client = self.looking_until(until);
        let look = |client: Client| async move { client.group_now(id).await };
        match (client.poll(until, look).await?, client.scope.stop()) {
            (None, Some(stop)) => {
                let path = self.shared.transport.path("v2/groups");
                let call = Call { method: "GET", path, ..Call::unknown() };
                Err(Error::Stopped { call: Box::new(call), stop, last: None })
            }
            (seen, _) => Ok(seen),
        }
    }

    /// As [`Client::group`], asked of the server after this call began: for decisions about a write.
    async fn group_now(&self, id: &Guid) -> Result<Option<Group>> {
        self.find(Key::Id(id.clone()), Need::Fresh).await
    }

    /// The group with this internal name, compared exactly.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn group_by_name(&self, name: &str) -> Result<Option<Group>> {
        self.find(Key::Natural(name.to_owned()), Need::Any).await
    }

    /// As [`Client::group_by_name`], asked of the server after this call began.
    async fn group_by_name_now(&self, name: &str) -> Result<Option<Group>> {
        self.find(Key::Natural(name.to_owned()), Need::Fresh).await
    }

    /// All groups that people see under this name, compared exactly; an alias need not be unique.
    ///
    /// # Errors
    /// Failures of the request.
    pub async fn groups_by_alias(&self, alias: &str) -> Result<Vec<Group>> {
        let mut groups = self.find_groups(&filter::contains("alias", alias)).await?;
        groups.retain(|group| group.alias == alias);
        Ok(groups)
    }

    /// All groups, in order of their names.
    ///
    /// # Errors
    /// Failures of a request.
    pub async fn groups(&self) -> Result<Vec<Group>> {
        self.list(&groups()).await
    }

    async fn find_groups(&self, filter: &Value) -> Result<Vec<Group>> {
        self.list(&groups().filter(filter)).await
    }

    /// Makes a group, and waits until lists show it (at most until the end of the call, which is then no error).
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when the name is taken; [`Error::OutcomeUnknown`] when the answer was lost and the end
    /// of the call left no time to look; failures of the requests.
    pub async fn create_group(&self, new: &NewGroup) -> Result<Group> {
        // The name is unique on the server, so an outdated answer does no harm.
        if let Some(group) = self.find(Key::Natural(new.name.clone()), Need::Recent).await? {
            return Err(Error::AlreadyExists(Existing::Group(Box::new(group))));
        }
        let mut may_be_ours = false;
        let mut attempts = 0;
        let since = self.shared.transport.server_time();
        loop {
            attempts += 1;
            let error = match self.post_group(new).await {
                Ok(id) => return Ok(self.made_group(id, new).await),
                Err(error) => error,
            };
            may_be_ours |= error.may_have_created();
            // A name that turns out to be taken shows its group sooner or later, other failures at once or never.
            let taken = error.effect() == Effect::Refused && (may_be_ours || error.status() == Some(409));
            let patience = if taken { self.timing().settle } else { std::time::Duration::ZERO };
            if taken || error.effect() != Effect::Refused {
                let look = |client: Client| async move { client.group_by_name_now(&new.name).await };
                match self.settling().poll(Instant::now() + patience, look).await {
                    Ok(Some(group)) if may_be_ours && group.alias == new.alias => {
                        self.shared.groups.wrote(&group, true);
                        return Ok(group);
                    }
                    Ok(Some(group)) => return Err(Error::AlreadyExists(Existing::Group(Box::new(group)))),
                    Ok(None) => {}
                    Err(look) if may_be_ours => return Err(new.unknown("looking it up failed", since, look)),
                    Err(_) => return Err(error),
                }
            }
            let unclear = error.effect() == Effect::Unclear;
            match self.pause_before_repeat(error, attempts).await {
                Ok(()) => {}
                Err(error) if unclear => {
                    return Err(new.unknown("it was sent, and the answer was lost", since, error));
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn post_group(&self, new: &NewGroup) -> Result<Guid> {
        let answer = self.shared.transport.send(&self.scope, new.request()).await?;
        let made: Made = answer.json()?;
        made.group.ok_or_else(|| answer.unreadable("`group` (the GUID) is missing"))
    }

    /// Reads a group just made. Whatever happens here, it exists: the caller must learn its GUID.
    async fn made_group(&self, id: Guid, new: &NewGroup) -> Group {
        let until = self.scope.deadline().unwrap_or_else(|| Instant::now() + self.timing().visible_within);
        let made = &id;
        let shown = |client: Client| async move { client.group_now(made).await };
        let expected = new.made(made.clone());
        self.shared.groups.wrote(&expected, false);
        match self.settling().poll(until, shown).await {
            Ok(Some(group)) => {
                self.shared.groups.wrote(&group, true);
                group
            }
            Ok(None) => {
                tracing::warn!(%id, "the new group does not show yet");
                expected
            }
            Err(error) => {
                tracing::warn!(%id, %error, "the new group could not be read back");
                expected
            }
        }
    }

    /// Changes what is stated and leaves the rest. Nothing is sent when nothing differs. Returns the group as it then is.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the group is gone; [`Error::NotApplied`] when Atlan accepts the change and doesn't make it;
    /// failures of the requests.
    pub async fn update_group(&self, id: &Guid, update: &GroupUpdate) -> Result<Group> {
        let Some(present) = self.group_now(id).await? else {
            return Err(Error::NotFound { subject: format!("group {id}") });
        };
        let mut wanted = update.applied_to(&present);
        if wanted == present {
            return Ok(present);
        }
        if !update.path.is_empty() {
            wanted.path.clone_from(&update.path);
        }
        self.shared.transport.send(&self.scope, wanted.update_request()).await?.void()?;
        let until = Instant::now() + self.timing().settle;
        let shown = |client: Client| async move {
            let group = client.group_now(id).await?;
            Ok(group.filter(|group| update.applied_to(group) == *group))
        };
        match self.settling().poll(until, shown).await {
            Ok(Some(group)) => {
                self.shared.groups.wrote(&group, true);
                Ok(group)
            }
            Ok(None) => {
                let action = format!("the change of group {id} to {}", wanted.values());
                let shown = self.settling().group_now(id).await?.map(|group| group.values());
                Err(Error::NotApplied { action, shown: shown.unwrap_or_else(|| "no such group".to_owned()) })
            }
            Err(error) => {
                // The write is done; the next read tells what came of it.
                self.shared.groups.forget(id);
                tracing::warn!(%id, %error, "the changed group could not be read back");
                Ok(wanted)
            }
        }
    }

    /// Deletes a group for good, and waits until lists no longer show it. A group that was already deleted is no error.
    /// Lists must confirm that, because a gateway that does not know the path also answers 404. A GUID is never reused,
    /// so the request may be repeated.
    ///
    /// # Errors
    /// [`Error::NotApplied`] when Atlan accepts and lists go on showing the group; its refusal when that was 404 and they
    /// do; failures of the requests.
    pub async fn delete_group(&self, id: &Guid) -> Result<()> {
        let request = Request::set(format!("groups/{id}/delete"), None);
        let refused = match self.shared.transport.send(&self.scope, request).await {
            Ok(answer) => {
                answer.void()?;
                None
            }
            Err(error) if error.is_not_found() => Some(error),
            Err(error) => return Err(error),
        };
        let until = Instant::now() + self.timing().settle;
        let gone = |client: Client| async move { Ok(client.group_now(id).await?.is_none().then_some(())) };
        match (self.settling().poll(until, gone).await, refused) {
            (Ok(Some(())), _) => {}
            (Ok(None), Some(error)) => return Err(error),
            (Ok(None), None) => {
                let action = format!("the deletion of group {id}");
                return Err(Error::NotApplied { action, shown: "the group".to_owned() });
            }
            (Err(error), Some(_)) => return Err(error),
            (Err(error), None) => {
                tracing::warn!(%id, %error, "Atlan deleted the group; lists could not be read")
            }
        }
        self.shared.groups.deleted(id);
        Ok(())
    }
}

impl NewGroup {
    fn unknown(&self, why: &str, since: Option<Timestamp>, last: Error) -> Error {
        Error::OutcomeUnknown {
            subject: format!("group {}", self.name),
            why: why.to_owned(),
            since,
            last: Some(Box::new(last)),
        }
    }
}
