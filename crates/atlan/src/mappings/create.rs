//! Creates of mappings, never twice. The answer carries no id, so a mapping is found by its name, which is chosen
//! before the first attempt and which no other mapping has. Whether the server refuses a second mapping of one name
//! is not known.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use super::{MAPPERS, Shelves, wire};
use crate::answer::Answer;
use crate::api::Api;
use crate::create::{Author, Entry, Form, Kind};
use crate::error::{Existing, Result, Subject};
use crate::records::{Group, IdpAlias, SsoGroupMapping};
use crate::request::Request;

/// How many times `request_timeout` a create may take: Atlan passes it on to the identity service, which keeps the mappers, and lists show a
/// new one late. With less time, a mapping that shows late could be created twice.
pub(super) const PATIENCE: u32 = 3;

/// A mapping to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSsoGroupMapping {
    /// The identity provider.
    pub idp_alias: IdpAlias,
    /// As [`Client::new_mapping_name`](crate::Client::new_mapping_name) gave it: by it the mapping is found.
    pub name: String,
    /// The group.
    pub group: Group,
    /// The value in the claim.
    pub sso_group: String,
    /// The claim that lists the groups of a person.
    pub attribute_name: String,
}

/// Mappings as creates. Their key is the alias of the identity provider, a `/`, and the name.
#[derive(Debug)]
pub(crate) struct NewMappings {
    pub(super) shelves: Arc<Shelves>,
}

pub(super) fn key(idp: &IdpAlias, name: &str) -> String {
    format!("{idp}/{name}")
}

impl Kind for NewMappings {
    type New = NewSsoGroupMapping;
    type Record = SsoGroupMapping;

    const REQUEST: &'static str = "the request";
    const ONE: &'static str = "the mapping";
    const LIST: &'static str = "the list of mappers";
    const IS_UNIQUE: bool = false;
    const PATIENCE: u32 = PATIENCE;

    fn subject(key: &str) -> Subject {
        Subject::SsoGroupMapping(key.to_owned())
    }

    fn key<'a>(&self, mapping: &'a SsoGroupMapping) -> Cow<'a, str> {
        Cow::Owned(key(&mapping.idp_alias, &mapping.name))
    }

    fn existing(mapping: SsoGroupMapping) -> Existing {
        Existing::SsoGroupMapping(Box::new(mapping))
    }

    /// One mapping a request.
    fn request(&self, entries: &[Entry<Self>]) -> Request {
        match entries.first() {
            Some(entry) => {
                let request = Request::create(MAPPERS, wire::body(&entry.new)).patient(PATIENCE);
                request.at(&entry.new.idp_alias)
            }
            None => Request::create(MAPPERS, serde_json::Value::Null),
        }
    }

    /// An echo of what was sent.
    fn made(&self, _: &[Entry<Self>], answer: &Answer) -> Result<Vec<SsoGroupMapping>> {
        answer.void().map(|()| Vec::new())
    }

    async fn look(&self, api: &Api, keys: &[String], _: Form) -> Result<Vec<SsoGroupMapping>> {
        let asked = Instant::now();
        let mut found = Vec::new();
        for key in keys {
            let Some((alias, name)) = key.split_once('/') else { continue };
            let Ok(idp) = alias.parse() else { continue };
            let all = self.shelves.since(api, &idp, asked).await?;
            found.extend(all.iter().find(|mapping| mapping.name == name).cloned());
        }
        Ok(found)
    }

    /// Records of mappers name nobody.
    fn author(&self, _: &SsoGroupMapping) -> Author {
        Author::default()
    }

    async fn is_by_us(&self, _: &Api, _: &Author, _: Option<Timestamp>) -> Result<bool> {
        Ok(false)
    }

    /// The name is ours alone.
    fn is_as_asked(&self, new: &NewSsoGroupMapping, mapping: &SsoGroupMapping) -> bool {
        new.name == mapping.name
    }

    fn shown(&self, _: &SsoGroupMapping) {}
}
