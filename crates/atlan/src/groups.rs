//! Groups: look-ups, create, update, delete.
//!
//! `name` is unique on the server and never changes, so a create whose answer was lost is looked up by name and may
//! simply be sent again: the server refuses a second one. Members are not part of a group here.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use crate::answer::Answer;
use crate::api::Api;
use crate::attributes::Values;
use crate::create::{Effect, pause_before_repeat};
use crate::error::{Error, Existing, Result, Subject};
use crate::guid::Guid;
use crate::list::Record;
use crate::reads::{Key, Need, Reads, Source};
use crate::records::Group;
use crate::request::{Request, filter};

mod source;

use source::AllGroups;

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
    /// The group as it is to become. A description that differs only in what a server may trim stays as it is.
    fn applied_to(&self, group: &Group) -> Group {
        let mut group = group.clone();
        if let Some(alias) = &self.alias {
            group.alias.clone_from(alias);
        }
        let present = group.description.as_deref().unwrap_or_default();
        if let Some(description) = self.description.as_ref().filter(|new| !is_same_text(new, present)) {
            group.description = Some(description.clone()).filter(|description| !description.is_empty());
        }
        if let Some(is_default) = self.is_default {
            group.is_default = is_default;
        }
        group
    }
}

/// Whether two texts are equal but for white space at their ends, which a server may trim.
fn is_same_text(one: &str, other: &str) -> bool {
    one.trim() == other.trim()
}

/// What an update can change, for messages.
fn values(group: &Group) -> String {
    let Group { alias, description, is_default, .. } = group;
    format!(
        "alias {alias:?}, description {:?}, default {is_default}",
        description.as_deref().unwrap_or_default()
    )
}

/// Everything we know, although Atlan merges: a server that replaces all attributes must not lose any.
fn update_request(group: &Group) -> Request {
    let mut attributes = json!({
        "alias": [group.alias],
        // An empty string clears; what an empty list does is unknown.
        "description": [group.description.as_deref().unwrap_or_default()],
        "isDefault": [group.is_default.to_string()],
    });
    if !group.channels.is_empty() {
        attributes["channels"] = json!(group.channels);
    }
    let body = json!({ "id": group.id, "path": group.path, "attributes": attributes });
    Request::set("groups/{id}", Some(body)).about(&group.id)
}

#[derive(Deserialize)]
struct Made {
    group: Option<Guid>,
}

/// The groups of a tenant.
#[derive(Debug)]
pub(crate) struct Groups {
    reads: Arc<Reads<AllGroups>>,
}

impl Groups {
    /// `in_flight` counts reads of all kinds.
    pub(crate) fn new(in_flight: &Arc<AtomicUsize>) -> Self {
        Self { reads: Arc::new(Reads::new(AllGroups, Arc::clone(in_flight))) }
    }

    /// How groups were read, and why.
    pub(crate) fn how_read(&self) -> &'static str {
        self.reads.reason()
    }

    pub(crate) async fn find(&self, api: &Api, id: &Guid) -> Result<Option<Group>> {
        self.reads.find(api, Key::Id(id.clone()), Need::Any).await
    }

    /// Whether a list has shown a group that this client made.
    pub(crate) fn has_seen(&self, id: &Guid) -> bool {
        self.reads.has_shown(id)
    }

    /// Waits for a group that an earlier client made to show.
    pub(crate) async fn unseen(&self, api: &Api, id: &Guid) -> Result<Option<Group>> {
        let until = Instant::now() + api.timing().visible_within / 2;
        let api = api.looking_until(until);
        match (api.poll(until, |api| self.now(api, id)).await?, api.scope.stop()) {
            (None, Some(stop)) => Err(api.stopped("GET", AllGroups.list().path(), stop, None)),
            (seen, _) => Ok(seen),
        }
    }

    /// A group, asked of the server after this call began: for decisions about a write.
    async fn now(&self, api: Api, id: &Guid) -> Result<Option<Group>> {
        self.reads.find(&api, Key::Id(id.clone()), Need::Fresh).await
    }

    pub(crate) async fn by_name(&self, api: &Api, name: &str) -> Result<Option<Group>> {
        self.reads.find(api, Key::Natural(name.to_owned()), Need::Any).await
    }

    /// As [`Groups::by_name`], asked of the server after this call began.
    async fn by_name_now(&self, api: Api, name: &str) -> Result<Option<Group>> {
        self.reads.find(&api, Key::Natural(name.to_owned()), Need::Fresh).await
    }

    pub(crate) async fn by_alias(&self, api: &Api, alias: &str) -> Result<Vec<Group>> {
        let wanted = normalised(alias);
        let decomposed = icu_normalizer::DecomposingNormalizerBorrowed::new_nfd().normalize(alias);
        let list = AllGroups.list().seeking("alias", [alias, &wanted, &decomposed]);
        // The server compares bytes, so the filter has only what all forms of a text share.
        let list = match longest_ascii(&wanted) {
            "" => list,
            part => list.filter(&filter::contains("alias", part)),
        };
        let mut groups: Vec<Group> = api.list(&list).await?;
        groups.retain(|group| normalised(&group.alias) == wanted);
        Ok(groups)
    }

    pub(crate) async fn all(&self, api: &Api) -> Result<Vec<Group>> {
        self.reads.all(api).await
    }

    /// Makes a group, and waits until lists show it.
    pub(crate) async fn create(&self, api: &Api, new: &NewGroup) -> Result<Group> {
        // The name is unique on the server, so an outdated answer does no harm.
        if let Some(group) = self.reads.find(api, Key::Natural(new.name.clone()), Need::Recent).await? {
            return Err(Error::AlreadyExists(Existing::Group(Box::new(group))));
        }
        let mut may_be_ours = false;
        let mut attempts = 0;
        let since = api.server_time();
        loop {
            attempts += 1;
            let error = match post(api, new).await {
                Ok(id) => return Ok(self.made(api, id, new).await),
                Err(error) => error,
            };
            may_be_ours |= error.may_have_created();
            // A name that turns out to be taken shows its group sooner or later, other failures at once or never.
            let taken = error.effect() == Effect::Refused && (may_be_ours || error.status() == Some(409));
            let patience = if taken { api.timing().settle } else { Duration::ZERO };
            if taken || error.effect() != Effect::Refused {
                let look = |api| self.by_name_now(api, &new.name);
                match api.settling().poll(Instant::now() + patience, look).await {
                    Ok(Some(group)) if may_be_ours && group.alias == new.alias => {
                        self.reads.wrote(&group, true);
                        return Ok(group);
                    }
                    Ok(Some(group)) => return Err(Error::AlreadyExists(Existing::Group(Box::new(group)))),
                    Ok(None) => {}
                    Err(look) if may_be_ours => {
                        return Err(new.unknown(
                            "no clear answer came, and looking the group up failed",
                            since,
                            look,
                        ));
                    }
                    Err(Error::Stopped { call, stop, last: None }) => {
                        return Err(Error::Stopped { call, stop, last: Some(Box::new(error)) });
                    }
                    Err(_) => return Err(error),
                }
            }
            let unclear = error.effect() == Effect::Unclear;
            match pause_before_repeat(api, error, attempts).await {
                Ok(()) => {}
                Err(error) if unclear => {
                    return Err(new.unknown("it was sent, and no clear answer came", since, error));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads a group just made. Whatever happens here, it exists: the caller must learn its GUID.
    async fn made(&self, api: &Api, id: Guid, new: &NewGroup) -> Group {
        let until = api.scope.deadline().unwrap_or_else(|| Instant::now() + api.timing().visible_within);
        let expected = new.made(id.clone());
        self.reads.wrote(&expected, false);
        match api.settling().poll(until, |api| self.now(api, &id)).await {
            Ok(Some(group)) => {
                self.reads.wrote(&group, true);
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

    /// Changes what is stated and leaves the rest. Nothing is sent when nothing differs.
    pub(crate) async fn update(&self, api: &Api, id: &Guid, update: &GroupUpdate) -> Result<Group> {
        let Some(present) = self.now(api.clone(), id).await? else {
            return Err(Error::NotFound { subject: format!("the group {id}") });
        };
        let wanted = update.applied_to(&present);
        if wanted == present {
            return Ok(present);
        }
        let shown = |api| async move {
            let group = self.now(api, id).await?;
            Ok(group.filter(|group| update.applied_to(group) == *group))
        };
        match api.send(update_request(&wanted)).await {
            Ok(answer) => answer.void()?,
            // The record tells whether an attempt without a clear answer took effect.
            Err(error) if error.effect() == Effect::Unclear => {
                let Ok(Some(group)) = shown(api.clone()).await else { return Err(error) };
                self.reads.wrote(&group, true);
                return Ok(group);
            }
            Err(error) => return Err(error),
        }
        let until = Instant::now() + api.timing().settle;
        match api.settling().poll(until, shown).await {
            Ok(Some(group)) => {
                self.reads.wrote(&group, true);
                Ok(group)
            }
            Ok(None) => {
                let action = format!("the change of the group {:?} to {}", present.alias, values(&wanted));
                let shown = self.now(api.settling(), id).await?.map(|group| values(&group));
                Err(Error::NotApplied { action, shown: shown.unwrap_or_else(|| "no such group".to_owned()) })
            }
            Err(error) => {
                // The write is done; the next read tells what came of it.
                self.reads.forget(id);
                tracing::warn!(%id, %error, "the changed group could not be read back");
                Ok(wanted)
            }
        }
    }

    /// Deletes a group for good, and waits until lists no longer show it. A group that was already deleted is no error.
    /// Lists must confirm that, because a gateway that does not know the path also answers 404. A GUID is never reused,
    /// so the request may be repeated.
    pub(crate) async fn delete(&self, api: &Api, id: &Guid) -> Result<()> {
        let refused = match api.send(Request::set("groups/{id}/delete", None).about(id)).await {
            Ok(answer) => {
                answer.void()?;
                None
            }
            Err(error) if error.is_not_found() => Some(error),
            // A list tells whether an attempt without a clear answer took effect.
            Err(error) if error.effect() == Effect::Unclear => {
                let Ok(None) = self.now(api.clone(), id).await else { return Err(error) };
                self.reads.deleted(id);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let until = Instant::now() + api.timing().settle;
        let gone = |api| async move { Ok(self.now(api, id).await?.is_none().then_some(())) };
        match (api.settling().poll(until, gone).await, refused) {
            (Ok(Some(())), _) => {}
            (Ok(None), Some(error)) => return Err(error),
            (Ok(None), None) => {
                let action = format!("the deletion of the group {id}");
                return Err(Error::NotApplied { action, shown: "the group".to_owned() });
            }
            (Err(error), Some(_)) => return Err(error),
            (Err(error), None) => {
                tracing::warn!(%id, %error, "Atlan deleted the group; lists could not be read")
            }
        }
        self.reads.deleted(id);
        Ok(())
    }
}

/// A text in Unicode's composed form. A letter with an accent may also be stored as a letter and an accent, which looks the
/// same; macOS and some identity providers do that.
fn normalised(text: &str) -> Cow<'_, str> {
    icu_normalizer::ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// The longest part of ASCII characters in a composed text. Other forms of the text have it, too: apart from a few signs
/// such as the Kelvin sign, nothing decomposes into ASCII alone or changes what is next to it.
fn longest_ascii(text: &str) -> &str {
    text.split(|c: char| !c.is_ascii()).max_by_key(|part| part.len()).unwrap_or_default()
}

async fn post(api: &Api, new: &NewGroup) -> Result<Guid> {
    let answer = api.send(new.request()).await?;
    let made: Made = answer.json()?;
    made.group.ok_or_else(|| answer.unreadable("`group` (the GUID) is missing"))
}

impl NewGroup {
    fn unknown(&self, why: &str, since: Option<Timestamp>, last: Error) -> Error {
        Error::OutcomeUnknown {
            subject: Subject::Group(self.name.clone()),
            why: why.to_owned(),
            since,
            last: Some(Box::new(last)),
        }
    }
}
