//! SSO group mappings: stored as they are sent, without the values that the API never returns; and sign-ins, which apply them.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::reply::{Outcome, Refusal};
use crate::settings::{DeleteMissing, MapperUpdate, Taken, Twice, UnknownProvider};
use crate::state::{Caller, Key, Tenant, WorkspaceRole};

/// Kind of the mappers that put people into groups.
const GROUP_MAPPER: &str = "saml-group-idp-mapper";

/// A mapper of an identity provider.
#[derive(Debug)]
pub(crate) struct Mapper {
    pub(crate) id: String,
    /// Alias of the identity provider.
    pub(crate) provider: String,
    pub(crate) body: Map<String, Value>,
    visible_from: Duration,
}

impl Mapper {
    /// The record. Empty values of `config` are not returned.
    pub(crate) fn record(&self) -> Value {
        let mut record = self.body.clone();
        if let Some(Value::Object(config)) = record.get_mut("config") {
            config.retain(|_, value| value != "");
        }
        record.insert("id".into(), self.id.clone().into());
        Value::Object(record)
    }

    pub(crate) fn name(&self) -> &str {
        text(self.body.get("name"))
    }

    /// The group and the value in the claim that puts people into it.
    pub(crate) fn mapping(&self) -> Option<(&str, &str)> {
        let config = self.body.get("config").filter(|_| is_group_mapper(&self.body))?;
        Some((text(config.get("group")), text(config.get("attribute.value"))))
    }
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

fn is_group_mapper(body: &Map<String, Value>) -> bool {
    text(body.get("identityProviderMapper")) == GROUP_MAPPER
}

impl Tenant {
    /// Lists the mappers of an identity provider.
    ///
    /// # Errors
    /// 404 for a provider that the tenant does not have, if the settings say so.
    pub(crate) fn mappers_of(&self, provider: &str) -> Outcome<impl Iterator<Item = &Mapper>> {
        if self.settings.mapper_unknown_provider == UnknownProvider::NotFound {
            self.provider(provider)?;
        }
        let now = self.now();
        let shown = move |mapper: &&Mapper| mapper.provider == provider && mapper.visible_from <= now;
        Ok(self.mappers.iter().filter(shown))
    }

    fn provider(&self, alias: &str) -> Outcome<()> {
        if self.blueprint.idps.iter().any(|known| known == alias) {
            return Ok(());
        }
        Err(Refusal::not_found(format!("identity provider {alias} not found")))
    }

    pub(crate) fn mapper(&self, provider: &str, id: &str) -> Outcome<usize> {
        self.provider(provider)?;
        let at = self.mappers.iter().position(|mapper| mapper.provider == provider && mapper.id == id);
        at.ok_or_else(|| Refusal::not_found(format!("mapper {id} of {provider} not found")))
    }

    /// # Errors
    /// 404 for an unknown provider; 400 without a name; 409 for what exists already, as the settings say.
    pub(crate) fn add_mapper(
        &mut self,
        caller: &Caller,
        provider: &str,
        body: Map<String, Value>,
    ) -> Outcome<()> {
        self.provider(provider)?;
        if text(body.get("name")).is_empty() {
            return Err(Refusal::bad_request("a mapper needs a name"));
        }
        let id = self.ids.fresh();
        let visible_from = self.now() + Duration::from_millis(self.settings.mapper_visible_after_ms);
        let mapper = Mapper { id, provider: provider.into(), body, visible_from };
        let mut others = self.mappers.iter().filter(|other| other.provider == provider);
        if self.settings.mapper_name_taken == Taken::Conflict
            && others.clone().any(|other| other.name() == mapper.name())
        {
            return Err(Refusal::conflict(format!("mapper {} exists already", mapper.name())));
        }
        let same_group = |other: &Mapper| {
            let group = |mapper: &Mapper| mapper.mapping().map(|(group, _)| group.to_owned());
            mapper.mapping().is_some() && group(other) == group(&mapper)
        };
        if self.settings.mapper_group_twice == Twice::Conflict && others.any(same_group) {
            return Err(Refusal::conflict("the group is mapped already"));
        }
        self.log(
            caller,
            "CREATE",
            "IDENTITY_PROVIDER_MAPPER",
            format!("identity-provider/{provider}/{}", mapper.id),
        );
        self.mappers.push(mapper);
        Ok(())
    }

    /// # Errors
    /// 404 for an unknown provider or mapper.
    pub(crate) fn update_mapper(
        &mut self,
        provider: &str,
        id: &str,
        body: &Map<String, Value>,
    ) -> Outcome<()> {
        let at = self.mapper(provider, id)?;
        let before = std::mem::replace(&mut self.mappers[at].body, body.clone());
        if self.settings.mapper_update == MapperUpdate::Merge {
            let now = &mut self.mappers[at].body;
            *now = laid_over(before, std::mem::take(now));
        }
        Ok(())
    }

    /// # Errors
    /// 404 for an unknown provider; the same for an unknown mapper, if the settings say so.
    pub(crate) fn delete_mapper(&mut self, provider: &str, id: &str) -> Outcome<()> {
        self.provider(provider)?;
        match self.mapper(provider, id) {
            Ok(at) => {
                self.mappers.remove(at);
                Ok(())
            }
            Err(_) if self.settings.mapper_delete_missing == DeleteMissing::Ok => Ok(()),
            Err(refusal) => Err(refusal),
        }
    }

    /// Somebody signs in through an identity provider: who was never here is added, and the memberships of mapped groups are
    /// made to match the claim. With a role, role sync is on, too.
    ///
    /// # Errors
    /// 404 for an unknown provider; 403 for somebody disabled.
    pub(crate) fn sign_in(
        &mut self,
        email: &str,
        provider: &str,
        claim: &[String],
        role: Option<WorkspaceRole>,
    ) -> Outcome<()> {
        self.provider(provider)?;
        if self.person(email).is_none() {
            self.come_by_directory(email, role.unwrap_or(WorkspaceRole::Member), false)?;
        }
        let Some(key) = self.person(email) else { return Ok(()) };
        if self.users.get(key).is_some_and(|user| !user.enabled) {
            return Err(Refusal::forbidden(format!("{email} is disabled")));
        }
        if self.users.get(key).is_some_and(|user| user.is_pending()) {
            self.accept(key)?;
        }
        let today = self.today();
        self.users.change(key, |user| {
            user.last_login = Some(today);
            user.role = role.unwrap_or(user.role);
        });
        let mapped: Vec<(String, bool)> = self
            .mappers
            .iter()
            .filter(|mapper| mapper.provider == provider)
            .filter_map(Mapper::mapping)
            .map(|(group, value)| (group.to_owned(), claim.iter().any(|group| group == value)))
            .collect();
        for (name, _) in &mapped {
            let wanted = mapped.iter().any(|(other, listed)| other == name && *listed);
            let Some(group) = self.groups.find("name", name).map(|(group, _)| group).next() else { continue };
            self.settle_membership(group, key, wanted);
        }
        Ok(())
    }

    fn settle_membership(&mut self, group: Key, user: Key, wanted: bool) {
        let shows = self.membership_shows();
        match (wanted, self.members.has(group, user)) {
            (true, false) => self.members.add(group, user, shows),
            (false, true) => self.members.end(group, user, shows),
            _ => {}
        }
    }
}

/// What was stored, with what was sent laid over it; `config` likewise.
fn laid_over(mut stored: Map<String, Value>, sent: Map<String, Value>) -> Map<String, Value> {
    for (field, value) in sent {
        match (stored.get_mut(&field), value) {
            (Some(Value::Object(before)), Value::Object(more)) => before.extend(more),
            (_, value) => {
                stored.insert(field, value);
            }
        }
    }
    stored
}
