//! Groups as Atlan writes them.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Answer;
use crate::attributes::Values;
use crate::error::Result;
use crate::guid::Guid;
use crate::list::Record;
use crate::records::Group;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupWire {
    id: Option<Guid>,
    name: Option<String>,
    alias: Option<String>,
    path: Option<String>,
    #[serde(default)]
    user_count: Value,
    attributes: Option<GroupAttributes>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct GroupAttributes {
    alias: Values,
    description: Values,
    is_default: Values,
    channels: Values,
    created_by: Values,
    created_at: Values,
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
            member_count: wire.user_count.as_u64().or_else(|| wire.user_count.as_str()?.parse().ok()),
            channels: attributes.channels.0,
            created_by: attributes.created_by.first().map(str::to_owned),
            created_at: attributes.created_at.first().and_then(time),
            name,
        })
    }

    fn id(&self) -> &Guid {
        &self.id
    }
}

/// Milliseconds since 1970, as text.
fn time(text: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(text.parse().ok()?).ok()
}
