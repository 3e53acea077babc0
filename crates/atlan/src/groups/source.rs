//! Groups as the shared reads keep them.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::Value;

use crate::config::Sharing;
use crate::list::List;
use crate::reads::Source;
use crate::records::Group;
use crate::request::filter;

/// All groups of a tenant. There are few, so their records are kept as they are.
#[derive(Debug)]
pub(crate) struct AllGroups;

impl Source for AllGroups {
    type Record = Group;
    type Packed = Group;

    fn name(&self) -> &'static str {
        "groups"
    }

    /// No columns are named, as in Atlan's SDKs: what a server does with those of groups is not known.
    fn list(&self) -> List {
        List::of("v2/groups").with("sort", "name").readable()
    }

    fn recent(&self, sharing: &Sharing) -> Duration {
        sharing.groups_recent
    }

    fn is_small(&self) -> bool {
        true
    }

    fn knows_in_on_naturals(&self) -> bool {
        false
    }

    fn has_many_forms(&self) -> bool {
        false
    }

    fn natural_field(&self) -> &'static str {
        "name"
    }

    fn natural<'a>(&self, group: &'a Group) -> Cow<'a, str> {
        Cow::Borrowed(&group.name)
    }

    fn order<'a>(&self, group: &'a Group) -> &'a str {
        &group.name
    }

    fn one_natural(&self, key: &str) -> Value {
        filter::equals("name", key)
    }

    fn some_naturals(&self, keys: &[&str]) -> Value {
        filter::one_of("name", keys.iter().copied())
    }

    fn is_unusual(&self, _: &Group) -> bool {
        false
    }

    fn pack(&self, group: Group) -> Group {
        group
    }

    fn unpack(&self, packed: &Group) -> Group {
        packed.clone()
    }

    fn packed_id<'a>(&self, packed: &'a Group) -> &'a str {
        packed.id.as_str()
    }

    fn packed_natural<'a>(&self, packed: &'a Group) -> Cow<'a, str> {
        self.natural(packed)
    }
}
