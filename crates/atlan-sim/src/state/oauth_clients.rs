//! OAuth clients: service accounts with a role, which trade a secret for short-lived bearer tokens.

use std::time::Duration;

use jiff::Timestamp;

use crate::reply::{Outcome, Refusal};
use crate::settings::{DeleteMissing, Twice};
use crate::state::{Caller, Cell, Key, Row, Tenant, personas};

/// An OAuth client.
#[derive(Debug)]
pub(crate) struct OauthClient {
    pub(crate) id: String,
    /// `oauth-client-` and a GUID.
    pub(crate) client_id: String,
    pub(crate) secret: String,
    pub(crate) display_name: String,
    pub(crate) description: String,
    /// Name of the role, `$guest` for example.
    pub(crate) role: String,
    /// Qualified names.
    pub(crate) personas: Vec<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) created_by: String,
    pub(crate) updated_at: Timestamp,
    pub(crate) updated_by: String,
    /// GUID of the service account.
    pub(crate) account: String,
    pub(crate) visible_from: Duration,
}

/// What create and update take; an update leaves alone what is `None`.
#[derive(Debug)]
pub(crate) struct OauthEdit {
    pub(crate) display_name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) personas: Option<Vec<String>>,
}

impl Row for OauthClient {
    const FIELDS: &'static [&'static str] = &["id", "clientId", "displayName", "createdAt", "role"];
    const INDEXED: &'static [&'static str] = &["id", "clientId", "displayName"];

    fn cell(&self, field: &str) -> Cell<'_> {
        match field {
            "id" => Cell::Text(&self.id),
            "clientId" => Cell::Text(&self.client_id),
            "displayName" => Cell::Text(&self.display_name),
            "createdAt" => Cell::Number(self.created_at.as_millisecond()),
            "role" => Cell::Text(&self.role),
            _ => Cell::Null,
        }
    }

    fn visible_from(&self) -> Duration {
        self.visible_from
    }
}

impl Tenant {
    pub(crate) fn oauth_client(&self, client_id: &str) -> Outcome<(Key, &OauthClient)> {
        let found = self.oauth_clients.find("clientId", client_id).next();
        found.ok_or_else(|| Refusal::not_found(format!("OAuth client {client_id} not found")))
    }

    /// Makes a client; its record holds the secret, shown this once.
    ///
    /// # Errors
    /// 400 without a name or with an unknown role; 409 for a name that is taken, if the settings say so.
    pub(crate) fn create_oauth_client(&mut self, caller: &Caller, edit: OauthEdit) -> Outcome<Key> {
        let display_name = edit.display_name.filter(|name| !name.trim().is_empty());
        let display_name = display_name.ok_or_else(|| Refusal::bad_request("displayName is missing"))?;
        self.client_name_is_free(&display_name, None)?;
        let role = edit.role.unwrap_or_default();
        if self.role(&role).is_none() {
            return Err(Refusal::bad_request(format!("unknown role: `{role}`")));
        }
        personas::must_exist(edit.personas.as_deref().unwrap_or_default())?;
        let client = OauthClient {
            id: self.ids.fresh(),
            client_id: format!("oauth-client-{}", self.ids.fresh()),
            secret: self.ids.fresh(),
            display_name,
            description: edit.description.unwrap_or_default(),
            role,
            personas: edit.personas.unwrap_or_default(),
            created_at: self.today(),
            created_by: caller.username.clone(),
            updated_at: self.today(),
            updated_by: caller.username.clone(),
            account: self.ids.fresh(),
            visible_from: self.now() + Duration::from_millis(self.settings.token_visible_after_ms),
        };
        self.log(caller, "CREATE", "CLIENT", format!("clients/{}", client.id));
        Ok(self.oauth_clients.insert(client))
    }

    /// # Errors
    /// 409 for a name that another client has, if the settings say so.
    fn client_name_is_free(&self, name: &str, own: Option<Key>) -> Outcome<()> {
        let mut holders = self.oauth_clients.find("displayName", name);
        let is_taken = holders.any(|(key, client)| Some(key) != own && client.display_name == name);
        if is_taken && self.settings.token_name_taken == Twice::Conflict {
            return Err(Refusal::conflict(format!("an OAuth client {name} already exists")));
        }
        Ok(())
    }

    /// # Errors
    /// 404 for an unknown client; otherwise as [`Tenant::create_oauth_client`].
    pub(crate) fn update_oauth_client(
        &mut self,
        caller: &Caller,
        client_id: &str,
        edit: OauthEdit,
    ) -> Outcome<Key> {
        let key = self.oauth_client(client_id)?.0;
        if let Some(name) = &edit.display_name {
            self.client_name_is_free(name, Some(key))?;
        }
        personas::must_exist(edit.personas.as_deref().unwrap_or_default())?;
        let today = self.today();
        self.oauth_clients.change(key, |client| {
            client.display_name =
                edit.display_name.unwrap_or_else(|| std::mem::take(&mut client.display_name));
            client.description = edit.description.unwrap_or_else(|| std::mem::take(&mut client.description));
            client.personas = edit.personas.unwrap_or_else(|| std::mem::take(&mut client.personas));
            client.updated_at = today;
            client.updated_by = caller.username.clone();
        });
        self.log(caller, "UPDATE", "CLIENT", format!("clients/{client_id}"));
        Ok(key)
    }

    pub(crate) fn delete_oauth_client(&mut self, caller: &Caller, client_id: &str) -> Outcome<()> {
        if self.settings.token_delete_missing == DeleteMissing::Ok && self.oauth_client(client_id).is_err() {
            return Ok(());
        }
        let key = self.oauth_client(client_id)?.0;
        self.oauth_clients.remove(key);
        self.log(caller, "DELETE", "CLIENT", format!("clients/{client_id}"));
        Ok(())
    }
}
