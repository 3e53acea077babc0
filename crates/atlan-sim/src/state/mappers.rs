//! SSO group mappings: stored as they are sent, without the values that the API never returns.

use serde_json::{Map, Value};

use crate::reply::{Outcome, Refusal};
use crate::state::{Caller, Tenant};

/// A mapper of an identity provider.
#[derive(Debug)]
pub(crate) struct Mapper {
    pub(crate) id: String,
    /// Alias of the identity provider.
    pub(crate) provider: String,
    pub(crate) body: Map<String, Value>,
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
}

impl Tenant {
    pub(crate) fn mapper(&self, provider: &str, id: &str) -> Outcome<usize> {
        let at = self.mappers.iter().position(|mapper| mapper.provider == provider && mapper.id == id);
        at.ok_or_else(|| Refusal::not_found(format!("mapper {id} of {provider} not found")))
    }

    pub(crate) fn add_mapper(
        &mut self,
        caller: &Caller,
        provider: &str,
        body: Map<String, Value>,
    ) -> Outcome<()> {
        if body.get("name").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(Refusal::bad_request("a mapper needs a name"));
        }
        let mapper = Mapper { id: self.ids.fresh(), provider: provider.into(), body };
        self.log(
            caller,
            "CREATE",
            "IDENTITY_PROVIDER_MAPPER",
            format!("identity-provider/{provider}/{}", mapper.id),
        );
        self.mappers.push(mapper);
        Ok(())
    }
}
