//! Creates of groups, never twice. `name` is unique on the server, so a create whose answer was lost may be sent
//! again after one look-up: the server refuses a second group. The group that is found then may belong to somebody
//! else who has taken the name meanwhile.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::Groups;
use super::source::AllGroups;
use crate::answer::Answer;
use crate::api::Api;
use crate::create::{Author, Entry, Form, Kind, absent_by};
use crate::error::{Error, Existing, Result, Subject};
use crate::guid::Guid;
use crate::identity::Identity;
use crate::reads::{Coming, Key, Need, Reads};
use crate::records::Group;
use crate::request::Request;

/// Where groups are made.
const CREATE: &str = "groups";

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

impl NewGroup {
    fn body(&self) -> serde_json::Value {
        let mut attributes = json!({ "alias": [self.alias], "isDefault": [self.is_default.to_string()] });
        if let Some(description) = self.description.as_ref().filter(|description| !description.is_empty()) {
            attributes["description"] = json!([description]);
        }
        json!({ "group": { "name": self.name, "attributes": attributes } })
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
            created_by: None,
            created_at: None,
            member_count: Some(0),
            channels: Vec::new(),
        }
    }
}

#[derive(Deserialize)]
struct Made {
    group: Option<Guid>,
}

/// Groups as creates.
#[derive(Debug)]
pub(crate) struct NewGroups {
    pub(super) reads: Arc<Reads<AllGroups>>,
    pub(super) identity: Arc<Identity>,
}

impl Kind for NewGroups {
    type New = NewGroup;
    type Record = Group;

    const REQUEST: &'static str = "the request";
    const ONE: &'static str = "the group";
    const LIST: &'static str = "the list of groups";
    const IS_UNIQUE: bool = true;

    fn subject(key: &str) -> Subject {
        Subject::Group(key.to_owned())
    }

    fn key<'a>(&self, group: &'a Group) -> Cow<'a, str> {
        Cow::Borrowed(&group.name)
    }

    fn existing(group: Group) -> Existing {
        Existing::Group(Box::new(group))
    }

    /// One group a request.
    fn request(&self, entries: &[Entry<Self>]) -> Request {
        Request::create(CREATE, entries.first().map(|entry| entry.new.body()).unwrap_or_default())
    }

    fn leave(&self, api: &Api, entries: &[Entry<Self>]) {
        for entry in entries {
            self.reads.leaves(api, &Key::Natural(entry.key.clone()));
        }
    }

    fn made(&self, entries: &[Entry<Self>], answer: &Answer) -> Result<Vec<Group>> {
        let made: Made = answer.json()?;
        let id = made.group.ok_or_else(|| answer.unreadable("`group` (the GUID) is missing"))?;
        let groups: Vec<Group> = entries.iter().map(|entry| entry.new.made(id.clone())).collect();
        for group in &groups {
            self.reads.wrote(group, false);
        }
        Ok(groups)
    }

    /// A name has one form only.
    async fn look(&self, api: &Api, names: &[String], _: Form) -> Result<Vec<Group>> {
        let mut found = Vec::new();
        for name in names {
            found.extend(self.reads.find(api, Key::Natural(name.clone()), Need::Fresh).await?);
        }
        Ok(found)
    }

    fn author(&self, group: &Group) -> Author {
        author(group)
    }

    async fn is_by_us(&self, api: &Api, author: &Author, since: Option<Timestamp>) -> Result<bool> {
        self.identity.is_author(api, author, since).await
    }

    fn is_as_asked(&self, new: &NewGroup, group: &Group) -> bool {
        let NewGroup { alias, description, is_default, .. } = new;
        let description = description.as_deref().unwrap_or_default();
        group.alias == *alias
            && super::is_same_text(group.description.as_deref().unwrap_or_default(), description)
            && group.is_default == *is_default
    }

    fn shown(&self, group: &Group) {
        self.reads.wrote(group, true);
    }
}

fn author(group: &Group) -> Author {
    Author { name: group.created_by.clone(), at: group.created_at }
}

impl Groups {
    /// Makes a group, and waits until lists show it.
    pub(crate) async fn create(&self, api: &Api, new: &NewGroup) -> Result<Group> {
        // The name is unique on the server, so an outdated answer does no harm.
        if let Some(group) = self.reads.find(api, Key::Natural(new.name.clone()), Need::Recent).await? {
            return Err(Error::AlreadyExists(Existing::Group(Box::new(group))));
        }
        let coming = self.reads.announce(Key::Natural(new.name.clone()));
        let group = self.creates.create(api, new.name.clone(), new.clone()).await?;
        let group = match self.reads.has_shown(&group.id) {
            true => group,
            false => self.read_back(api, group, coming).await,
        };
        self.refuse_anothers(api, new, group).await
    }

    /// Some servers may answer a create with the GUID of a group that has the name already. Such a group shows other values
    /// than those that were asked for, and its record names another author.
    async fn refuse_anothers(&self, api: &Api, new: &NewGroup, group: Group) -> Result<Group> {
        let kind = &self.creates.kind;
        if kind.is_as_asked(new, &group) || group.created_by.is_none() {
            return Ok(group);
        }
        match kind.is_by_us(api, &author(&group), None).await {
            Ok(true) => Ok(group),
            Ok(false) => Err(Error::AlreadyExists(Existing::Group(Box::new(group)))),
            Err(error) => {
                tracing::warn!(id = %group.id, %error, "the author of the group is not known; it counts as made here");
                Ok(group)
            }
        }
    }

    /// Whether a group was made by this caller at `since` or later, by what the record says.
    pub(crate) async fn is_by_us(&self, api: &Api, group: &Group, since: Option<Timestamp>) -> Result<bool> {
        self.creates.kind.is_by_us(api, &author(group), since).await
    }

    /// Looks for a group whose create was sent by an earlier client that never learned the outcome.
    pub(crate) async fn find_after_unknown(&self, api: &Api, name: &str) -> Result<Option<Group>> {
        let until = absent_by(api);
        let api = api.looking_until(until);
        let look =
            |api: Api| async move { self.reads.find(&api, Key::Natural(name.to_owned()), Need::Fresh).await };
        match (api.poll(until, look).await?, api.scope.stop()) {
            (None, Some(stop)) => Err(self.creates.stopped(&api, stop, None)),
            (found, _) => Ok(found),
        }
    }

    /// Reads a group that Atlan has just made as `expected`. Whatever happens here, it exists: the caller must learn its GUID.
    async fn read_back(&self, api: &Api, expected: Group, coming: Coming<AllGroups>) -> Group {
        let until = api.scope.deadline().unwrap_or_else(|| Instant::now() + api.timing().visible_within);
        let id = &expected.id;
        let is_it = |group: Option<&Group>| group.is_some_and(|group| group.id == *id);
        let look = |api| {
            let coming = &coming;
            async move {
                // By the name, which was known before the GUID; but it is the GUID that counts.
                if coming.has_landed() {
                    return self.now(api, id).await;
                }
                let named = self.reads.read_back(&api, coming, is_it).await?;
                Ok(named.filter(|group| is_it(Some(group))))
            }
        };
        match api.settling().poll(until, look).await {
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
}
