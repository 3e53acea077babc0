//! API tokens: service accounts that people make.

use jiff::Timestamp;

use crate::reply::{Outcome, Refusal};
use crate::settings::Twice;
use crate::state::{Caller, Cell, Key, Row, Tenant, personas};

/// The longest life of a token: five years, in seconds.
const LONGEST: i64 = 157_680_000;

/// An API token.
#[derive(Debug)]
pub(crate) struct ApiToken {
    pub(crate) id: String,
    /// `apikey-` and a GUID; with `service-account-` in front the user name.
    pub(crate) client_id: String,
    pub(crate) display_name: String,
    pub(crate) description: String,
    /// Qualified names.
    pub(crate) personas: Vec<String>,
    pub(crate) validity_seconds: i64,
    pub(crate) created_at: Timestamp,
    /// User name of the person who made it.
    pub(crate) created_by: String,
    /// GUID of the service account.
    pub(crate) account: String,
}

/// What create and update take.
#[derive(Debug)]
pub(crate) struct TokenEdit {
    pub(crate) display_name: String,
    pub(crate) description: Option<String>,
    pub(crate) personas: Option<Vec<String>>,
    pub(crate) validity_seconds: Option<i64>,
}

impl Row for ApiToken {
    const FIELDS: &'static [&'static str] = &["id", "clientId", "displayName", "createdAt", "createdBy"];
    const INDEXED: &'static [&'static str] = &["id", "clientId", "displayName"];

    fn cell(&self, field: &str) -> Cell<'_> {
        match field {
            "id" => Cell::Text(&self.id),
            "clientId" => Cell::Text(&self.client_id),
            "displayName" => Cell::Text(&self.display_name),
            "createdAt" => Cell::Number(self.created_at.as_millisecond()),
            "createdBy" => Cell::Text(&self.created_by),
            _ => Cell::Null,
        }
    }
}

impl Tenant {
    pub(crate) fn token(&self, id: &str) -> Outcome<(Key, &ApiToken)> {
        self.tokens.by_id(id).ok_or_else(|| Refusal::not_found(format!("API token {id} not found")))
    }

    /// Makes a token. Answers with its place and its secret, which is never shown again.
    ///
    /// # Errors
    /// 400 without a name; 409 for a name that is taken, if the settings say so.
    pub(crate) fn create_token(&mut self, caller: &Caller, edit: TokenEdit) -> Outcome<(Key, String)> {
        if edit.display_name.trim().is_empty() {
            return Err(Refusal::bad_request("displayName is missing"));
        }
        if self.settings.token_name_taken == Twice::Conflict
            && self
                .tokens
                .find("displayName", &edit.display_name)
                .any(|(_, t)| t.display_name == edit.display_name)
        {
            return Err(Refusal::conflict(format!("an API token {} already exists", edit.display_name)));
        }
        personas::must_exist(edit.personas.as_deref().unwrap_or_default())?;
        let validity = edit.validity_seconds.unwrap_or(LONGEST);
        let token = ApiToken {
            id: self.ids.fresh(),
            client_id: format!("apikey-{}", self.ids.fresh()),
            display_name: edit.display_name,
            description: edit.description.unwrap_or_default(),
            personas: edit.personas.unwrap_or_default(),
            validity_seconds: if (0..=LONGEST).contains(&validity) { validity } else { LONGEST },
            created_at: self.today(),
            created_by: caller.username.clone(),
            account: self.ids.fresh(),
        };
        let secret = format!("eyJhbGciOiJub25lIn0.apikey.{}", self.ids.fresh());
        self.secrets.insert(secret.clone(), token.id.clone());
        self.log(caller, "CREATE", "CLIENT", format!("clients/{}", token.id));
        Ok((self.tokens.insert(token), secret))
    }

    pub(crate) fn update_token(&mut self, caller: &Caller, id: &str, edit: TokenEdit) -> Outcome<Key> {
        let key = self.token(id)?.0;
        personas::must_exist(edit.personas.as_deref().unwrap_or_default())?;
        self.tokens.change(key, |token| {
            if !edit.display_name.trim().is_empty() {
                token.display_name = edit.display_name;
            }
            token.description = edit.description.unwrap_or_else(|| std::mem::take(&mut token.description));
            token.personas = edit.personas.unwrap_or_default();
        });
        self.log(caller, "UPDATE", "CLIENT", format!("clients/{id}"));
        Ok(key)
    }

    pub(crate) fn delete_token(&mut self, caller: &Caller, id: &str) -> Outcome<()> {
        let key = self.token(id)?.0;
        self.tokens.remove(key);
        self.log(caller, "DELETE", "CLIENT", format!("clients/{id}"));
        Ok(())
    }
}
