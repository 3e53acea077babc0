//! Groups: look-ups, create, update, delete.
//!
//! Members are not part of a group here.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use serde_json::json;
use tokio::time::Instant;

use crate::answer::Answer;
use crate::api::Api;
use crate::create::{Creates, Effect};
use crate::error::{Error, Result};
use crate::guid::Guid;
use crate::identity::Identity;
use crate::list::Walk;
use crate::reads::{Key, Need, Reads, Source};
use crate::records::Group;
use crate::request::{Request, filter};

mod create;
mod source;
mod wire;

pub use create::NewGroup;
use create::NewGroups;
use source::AllGroups;

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

/// The groups of a tenant.
#[derive(Debug)]
pub(crate) struct Groups {
    reads: Arc<Reads<AllGroups>>,
    creates: Arc<Creates<NewGroups>>,
}

impl Groups {
    /// `in_flight` counts reads of all kinds.
    pub(crate) fn new(in_flight: &Arc<AtomicUsize>, identity: &Arc<Identity>) -> Self {
        let reads = Arc::new(Reads::new(AllGroups, Arc::clone(in_flight)));
        let new = NewGroups { reads: Arc::clone(&reads), identity: Arc::clone(identity) };
        Self { reads, creates: Arc::new(Creates::new(new)) }
    }

    /// How groups were read, and why.
    pub(crate) fn how_read(&self) -> &'static str {
        self.reads.reason()
    }

    pub(crate) async fn find(&self, api: &Api, id: &Guid) -> Result<Option<Group>> {
        self.reads.find(api, Key::Id(id.clone()), Need::Any).await
    }

    pub(crate) fn remembered(&self, id: &Guid) -> Option<Group> {
        self.reads.remembered(id)
    }

    /// Whether there is such a group, by a list that is read after this call began.
    pub(crate) async fn exists(&self, api: &Api, id: &Guid) -> Result<bool> {
        Ok(self.now(api.clone(), id).await?.is_some())
    }

    /// Whether a list has shown a group that this client made.
    pub(crate) fn has_seen(&self, id: &Guid) -> bool {
        self.reads.has_shown(id)
    }

    /// A group as it is now, for a write that names it. One that this client made counts although no list shows it yet.
    pub(crate) async fn for_write(&self, api: &Api, id: &Guid) -> Result<Option<Group>> {
        match self.now(api.clone(), id).await? {
            Some(group) => Ok(Some(group)),
            None => self.find(api, id).await,
        }
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

    pub(crate) async fn by_alias(&self, api: &Api, alias: &str) -> Result<Vec<Group>> {
        let wanted = normalised(alias);
        if let Some(mut known) = self.reads.every_known(api) {
            known.retain(|group| normalised(&group.alias) == wanted);
            return Ok(known);
        }
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

    /// All groups, page by page.
    pub(crate) fn pages(&self) -> Walk<Group> {
        Walk::new(AllGroups.list())
    }

    pub(crate) async fn all(&self, api: &Api) -> Result<Vec<Group>> {
        self.reads.all(api).await
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
        let is_changed =
            |group: Option<&Group>| group.is_some_and(|group| update.applied_to(group) == *group);
        let coming = self.reads.announce(Key::Id(id.clone()));
        let shown = |api| {
            let coming = &coming;
            async move {
                let group = self.reads.read_back(&api, coming, is_changed).await?;
                Ok(group.filter(|group| is_changed(Some(group))))
            }
        };
        match self.write(api, id, update_request(&wanted)).await {
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
        let coming = self.reads.announce(Key::Id(id.clone()));
        let request = Request::set("groups/{id}/delete", None).about(id);
        let refused = match self.write(api, id, request).await {
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
        let is_gone = |group: Option<&Group>| group.is_none();
        let gone = |api| {
            let coming = &coming;
            async move { Ok(self.reads.read_back(&api, coming, is_gone).await?.is_none().then_some(())) }
        };
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

    /// Sends an announced write.
    async fn write(&self, api: &Api, id: &Guid, request: Request) -> Result<Answer> {
        api.send_telling(request, || self.reads.leaves(api, &Key::Id(id.clone()))).await
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
