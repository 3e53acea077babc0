//! API tokens: service accounts that people make.

use std::time::Duration;

use jiff::Timestamp;

use crate::reply::{Outcome, Refusal};
use crate::settings::{DeleteMissing, ExpiredRecord, PersonaUpdate, Twice};
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
    pub(crate) visible_from: Duration,
    /// When it last made a request that was answered.
    pub(crate) last_used: Option<Timestamp>,
}

impl ApiToken {
    /// When its life ends, in seconds since 1970.
    pub(crate) fn ends(&self) -> i64 {
        self.created_at.as_second().saturating_add(self.validity_seconds)
    }
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

    fn visible_from(&self) -> Duration {
        self.visible_from
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
        self.name_is_free(&edit.display_name, None)?;
        personas::must_exist(edit.personas.as_deref().unwrap_or_default())?;
        let validity = edit.validity_seconds.unwrap_or(LONGEST);
        let least = i64::try_from(self.settings.token_min_validity_seconds).unwrap_or(i64::MAX);
        if (0..least).contains(&validity) {
            return Err(Refusal::bad_request(format!("validitySeconds must be at least {least}")));
        }
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
            visible_from: self.now() + Duration::from_millis(self.settings.token_visible_after_ms),
            last_used: None,
        };
        let secret = format!("eyJhbGciOiJub25lIn0.apikey.{}", self.ids.fresh());
        self.secrets.insert(secret.clone(), token.id.clone());
        self.log(caller, "CREATE", "CLIENT", format!("clients/{}", token.id));
        Ok((self.tokens.insert(token), secret))
    }

    /// # Errors
    /// 409 for a name that another token has, if the settings say so.
    fn name_is_free(&self, name: &str, own: Option<Key>) -> Outcome<()> {
        let mut holders = self.tokens.find("displayName", name);
        let is_taken = holders.any(|(key, token)| Some(key) != own && token.display_name == name);
        if is_taken && self.settings.token_name_taken == Twice::Conflict {
            return Err(Refusal::conflict(format!("an API token {name} already exists")));
        }
        Ok(())
    }

    /// # Errors
    /// 404 for an unknown token; otherwise as [`Tenant::create_token`].
    pub(crate) fn update_token(&mut self, caller: &Caller, id: &str, edit: TokenEdit) -> Outcome<Key> {
        let key = self.token(id)?.0;
        self.name_is_free(&edit.display_name, Some(key))?;
        personas::must_exist(edit.personas.as_deref().unwrap_or_default())?;
        let rule = self.settings.token_update_personas;
        self.tokens.change(key, |token| {
            if !edit.display_name.trim().is_empty() {
                token.display_name = edit.display_name;
            }
            token.description = edit.description.unwrap_or_else(|| std::mem::take(&mut token.description));
            let sent = edit.personas.unwrap_or_default();
            token.personas = match rule {
                PersonaUpdate::Replace => sent,
                PersonaUpdate::KeepWhenEmpty if sent.is_empty() => std::mem::take(&mut token.personas),
                PersonaUpdate::KeepWhenEmpty => sent,
                PersonaUpdate::Merge => {
                    let mut all = std::mem::take(&mut token.personas);
                    all.extend(sent.into_iter().filter(|one| !all.contains(one)).collect::<Vec<_>>());
                    all
                }
            };
        });
        self.log(caller, "UPDATE", "CLIENT", format!("clients/{id}"));
        Ok(key)
    }

    /// Removes the records of tokens whose life has ended, if the settings say so.
    pub(super) fn forget_expired_tokens(&mut self) {
        if self.settings.expired_token_record == ExpiredRecord::Remove {
            let now = self.today().as_second();
            let ended: Vec<Key> =
                self.tokens.iter().filter(|(_, token)| token.ends() <= now).map(|(key, _)| key).collect();
            for key in ended {
                self.tokens.remove(key);
            }
        }
    }

    pub(crate) fn delete_token(&mut self, caller: &Caller, id: &str) -> Outcome<()> {
        if self.settings.token_delete_missing == DeleteMissing::Ok && self.token(id).is_err() {
            return Ok(());
        }
        let key = self.token(id)?.0;
        self.tokens.remove(key);
        self.log(caller, "DELETE", "CLIENT", format!("clients/{id}"));
        Ok(())
    }
}
