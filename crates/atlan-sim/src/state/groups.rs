//! Groups: the internal name is unique and never changes; the alias is the name shown and may change.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::reply::{Outcome, Refusal};
use crate::settings::{
    DefaultJoin, DeleteMissing, EmptyList, EmptyString, GroupText, GroupUpdate, NameCase, NameCharset,
    NameTaken, RenameName, Twice, UnknownMember, WithoutPath,
};
use crate::state::{Attributes, Caller, Cell, Key, Row, Tenant};

/// A group of people.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) attributes: Attributes,
    pub(crate) visible_from: Duration,
}

/// A group to create.
#[derive(Debug)]
pub(crate) struct NewGroup {
    pub(crate) name: String,
    pub(crate) attributes: Attributes,
    /// GUIDs of its first members.
    pub(crate) users: Vec<String>,
}

/// An update, as sent.
#[derive(Debug)]
pub(crate) struct GroupEdit {
    pub(crate) name: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) attributes: Attributes,
}

/// Attributes that the tenant keeps itself.
const KEPT: [&str; 4] = ["createdAt", "createdBy", "updatedAt", "updatedBy"];

impl Group {
    pub(crate) fn path(&self) -> String {
        format!("/{}", self.name)
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).and_then(|values| values.first()).map(String::as_str)
    }

    pub(crate) fn is_default(&self) -> bool {
        self.attribute("isDefault") == Some("true")
    }
}

impl Row for Group {
    const FIELDS: &'static [&'static str] =
        &["id", "name", "alias", "description", "isDefault", "createdAt", "updatedAt"];
    const INDEXED: &'static [&'static str] = &["id", "name", "alias", "isDefault"];

    fn cell(&self, field: &str) -> Cell<'_> {
        match field {
            "id" => Cell::Text(&self.id),
            "name" => Cell::Text(&self.name),
            attribute => self.attribute(attribute).map_or(Cell::Null, Cell::Text),
        }
    }

    fn visible_from(&self) -> Duration {
        self.visible_from
    }
}

impl Tenant {
    /// Creates a group. Answers with its GUID and the outcome for each first member.
    ///
    /// # Errors
    /// 400 for a name that is not allowed, 409 for one that is taken; and refusals that the settings ask for.
    pub(crate) fn create_group(
        &mut self,
        caller: &Caller,
        new: NewGroup,
    ) -> Outcome<(String, Map<String, Value>)> {
        let name = self.group_name(&new.name)?;
        let mut attributes = self.trimmed(new.attributes);
        let drops = self.settings.group_empty_string == EmptyString::Remove;
        attributes.retain(|_, values| !(drops && *values == [""]));
        let Some(alias) = attributes.get("alias").and_then(|values| values.first()).cloned() else {
            return Err(Refusal::bad_request("attributes.alias is missing"));
        };
        if let Some((_, existing)) = self.groups.find("name", &name).find(|(_, group)| group.name == name) {
            return match self.settings.group_name_taken {
                NameTaken::Conflict => Err(Refusal::conflict(format!("group {name} already exists"))),
                NameTaken::BadRequest => Err(Refusal::bad_request(format!("group {name} already exists"))),
                NameTaken::Existing => Ok((existing.id.clone(), Map::new())),
            };
        }
        self.check_alias(&alias, None)?;
        if self.settings.group_create_unknown_user == UnknownMember::NotFound {
            self.people(&new.users)?;
        }

        let now = self.today().as_millisecond().to_string();
        attributes.retain(|name, _| !KEPT.contains(&name.as_str()));
        attributes.insert("createdAt".into(), vec![now]);
        attributes.insert("createdBy".into(), vec![caller.username.clone()]);
        let group = Group {
            id: self.ids.fresh(),
            name,
            attributes,
            visible_from: self.now() + Duration::from_millis(self.settings.group_visible_after_ms),
        };
        let (id, becomes_default) = (group.id.clone(), group.is_default());
        let key = self.groups.insert(group);
        let shown_from = self.membership_shows();
        let mut outcomes = Map::new();
        for user in new.users {
            let outcome = match self.users.by_id(&user) {
                Some((member, _)) => {
                    self.members.add(key, member, shown_from);
                    json!({ "status": 200, "statusMessage": "success" })
                }
                None => json!({ "status": 404, "statusMessage": format!("user {user} not found") }),
            };
            outcomes.insert(user, outcome);
        }
        if becomes_default {
            self.became_default(key);
        }
        self.log(caller, "CREATE", "GROUP", format!("groups/{id}"));
        Ok((id, outcomes))
    }

    fn group_name(&self, name: &str) -> Outcome<String> {
        let name = match self.settings.group_name_case {
            NameCase::AsSent => name.to_owned(),
            NameCase::Fold => name.to_lowercase(),
        };
        let documented = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let good = match self.settings.group_name_charset {
            NameCharset::Lenient => !name.is_empty() && !name.contains('/'),
            NameCharset::Documented => !name.is_empty() && name.chars().all(documented),
        };
        if good { Ok(name) } else { Err(Refusal::bad_request(format!("`{name}` is not a name for a group"))) }
    }

    fn trimmed(&self, mut attributes: Attributes) -> Attributes {
        if self.settings.group_text == GroupText::Trim {
            for text in attributes.values_mut().flatten() {
                *text = text.trim().to_owned();
            }
        }
        attributes
    }

    fn check_alias(&self, alias: &str, but: Option<Key>) -> Outcome<()> {
        let mut same = self.groups.find("alias", alias);
        if self.settings.group_alias_taken == Twice::Conflict
            && same.any(|(key, group)| Some(key) != but && group.attribute("alias") == Some(alias))
        {
            return Err(Refusal::conflict(format!("a group with the alias {alias} already exists")));
        }
        Ok(())
    }

    /// Changes the attributes of a group.
    ///
    /// # Errors
    /// 400 without a path, 409 for a name or an alias that is taken; and refusals that the settings ask for.
    pub(crate) fn update_group(&mut self, caller: &Caller, id: &str, edit: GroupEdit) -> Outcome<()> {
        let (key, group) = self.group(id)?;
        if edit.path.is_none() && self.settings.group_update_without_path == WithoutPath::BadRequest {
            return Err(Refusal::bad_request("path is missing"));
        }
        let was_default = group.is_default();
        let rename = edit
            .name
            .filter(|name| self.settings.group_rename_name == RenameName::Rename && *name != group.name);
        let name = rename.map(|name| self.group_name(&name)).transpose()?;
        if name.as_deref().is_some_and(|name| self.groups.find("name", name).next().is_some()) {
            return Err(Refusal::conflict("a group of that name already exists"));
        }
        if let Some(alias) = edit.attributes.get("alias").and_then(|values| values.first()) {
            self.check_alias(alias, Some(key))?;
        }
        let mut sent = self.trimmed(edit.attributes);
        sent.retain(|name, _| !KEPT.contains(&name.as_str()));
        self.lag_behind_group(key);
        let (settings, today) = (&self.settings, self.clock.timestamp().as_millisecond().to_string());
        let is_default = self.groups.change(key, |group| {
            if settings.group_update == GroupUpdate::Replace {
                group.attributes.retain(|name, _| KEPT.contains(&name.as_str()) || sent.contains_key(name));
            }
            for (name, values) in sent {
                let removes = if values.is_empty() {
                    settings.group_empty_list == EmptyList::Remove
                } else {
                    values == [""] && settings.group_empty_string == EmptyString::Remove
                };
                if removes {
                    group.attributes.remove(&name);
                } else if !values.is_empty() {
                    group.attributes.insert(name, values);
                }
            }
            group.attributes.insert("updatedAt".into(), vec![today]);
            group.attributes.insert("updatedBy".into(), vec![caller.username.clone()]);
            if let Some(name) = name {
                group.name = name;
            }
            group.is_default()
        });
        if is_default == Some(true) && !was_default {
            self.became_default(key);
        }
        self.log(caller, "UPDATE", "GROUP", format!("groups/{id}"));
        Ok(())
    }

    /// Deletes a group for good.
    ///
    /// # Errors
    /// 404 when the group does not exist, unless the settings accept that.
    pub(crate) fn delete_group(&mut self, caller: &Caller, id: &str) -> Outcome<()> {
        let key = match self.group(id) {
            Ok((key, _)) => key,
            Err(_) if self.settings.group_delete_missing == DeleteMissing::Ok => return Ok(()),
            Err(refusal) => return Err(refusal),
        };
        self.lag_behind_group(key);
        self.groups.remove(key);
        self.members.forget_group(key);
        self.log(caller, "DELETE", "GROUP", format!("groups/{id}"));
        Ok(())
    }

    /// Puts a new person into the groups that everybody joins.
    pub(crate) fn join_default_groups(&mut self, user: Key) {
        let groups: Vec<Key> = self.groups.find("isDefault", "true").map(|(key, _)| key).collect();
        let shown_from = self.membership_shows();
        for group in groups {
            self.members.add(group, user, shown_from);
        }
    }

    fn became_default(&mut self, group: Key) {
        if !self.settings.default_group_retroactive || self.settings.default_group_join == DefaultJoin::Never
        {
            return;
        }
        let shown_from = self.membership_shows();
        let everybody: Vec<Key> = self.users.iter().map(|(key, _)| key).collect();
        for user in everybody.into_iter().filter(|user| !self.members.has(group, *user)).collect::<Vec<_>>() {
            self.members.add(group, user, shown_from);
        }
    }
}
