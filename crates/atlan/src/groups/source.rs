//! Groups as the shared reads keep them.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::Value;

use super::groups;
use crate::client::Shared;
use crate::config::Sharing;
use crate::list::List;
use crate::reads::{Kind, Shelf};
use crate::records::Group;
use crate::request::filter;

/// A tenant has few groups, so their records are kept as they are.
impl Kind for Group {
    type Packed = Self;

    const NAME: &'static str = "groups";
    const PATH: &'static str = "v2/groups";
    const FEW: bool = true;
    const IN_ON_NATURALS: bool = false;
    const MANY_FORMS: bool = false;

    fn shelf(shared: &Shared) -> &Shelf<Self> {
        &shared.groups
    }

    fn recent(sharing: &Sharing) -> Duration {
        sharing.groups_recent
    }

    fn list() -> List {
        groups()
    }

    fn natural(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.name)
    }

    fn one_natural(key: &str) -> Value {
        filter::equals("name", key)
    }

    fn some_naturals(keys: &[&str]) -> Value {
        filter::one_of("name", keys.iter().copied())
    }

    fn is_unusual(&self) -> bool {
        false
    }

    fn pack(self) -> Self {
        self
    }

    fn unpack(packed: &Self) -> Self {
        packed.clone()
    }

    fn packed_id(packed: &Self) -> &str {
        packed.id.as_str()
    }

    fn packed_natural(packed: &Self) -> Cow<'_, str> {
        packed.natural()
    }
}
