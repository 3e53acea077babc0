//! What a tenant with these switches does, where a step of a life is expected to have another result because of it.

use atlan_sim::Sim;
use serde_json::Value;

use crate::harness::*;

/// What becomes of a person whose resource is destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Farewell {
    /// The record is gone.
    Gone,
    /// The record stays, disabled.
    Disabled,
    /// The person keeps the access of a guest, and the practitioner is warned.
    Guest,
    /// The credential may do nothing: the destroy fails.
    Refused,
}

/// The switches of a tenant.
pub(super) struct Law(Value);

impl Law {
    pub(super) fn of(sim: &Sim) -> Self {
        Self(by_other_means_get(sim, "/_sim/settings"))
    }

    pub(super) fn is(&self, switch: &str, value: &str) -> bool {
        self.0[switch].as_str().expect("a word") == value
    }

    /// The value of a switch that is a word.
    pub(super) fn word(&self, switch: &str) -> &str {
        self.0[switch].as_str().expect("a word")
    }

    pub(super) fn enforces_sso(&self) -> bool {
        self.0["sso_enforced"] == true
    }

    /// How an invitation is refused that single sign-on does not permit.
    pub(super) fn sso_refusal(&self) -> String {
        format!("was refused with {}", self.0["sso_refused_with"])
    }

    /// Whether each new token is made behind an answer of 500.
    pub(super) fn loses_tokens(&self) -> bool {
        self.0["token_create_lost"] == true
    }

    /// Whether a token may live for one minute.
    pub(super) fn takes_a_minute(&self) -> bool {
        self.0["token_min_validity_seconds"] == 0
    }

    /// Whether something that this switch names is there.
    pub(super) fn has(&self, switch: &str) -> bool {
        self.0[switch] == true
    }

    /// Whether the credential is of a kind that this switch lists.
    pub(super) fn may(&self, switch: &str) -> bool {
        self.0[switch].as_array().expect("kinds").contains(&self.0["key_kind"])
    }

    /// What `revoke` comes to for a pending person of that role.
    pub(super) fn cancelling(&self, role: &str) -> Farewell {
        if !self.is("cancel_invite", "not_found") && self.may("cancel_invite_with") {
            if self.is("cancel_invite", "delete") { Farewell::Gone } else { Farewell::Disabled }
        } else if role == "$guest" || self.is("role_change_pending", "allow") {
            Farewell::Guest
        } else {
            Farewell::Refused
        }
    }

    /// What `revoke` comes to for an active person: never a removal, whatever the tenant allows.
    pub(super) fn disabling(&self) -> Farewell {
        if self.may("enable_disable_with") { Farewell::Disabled } else { Farewell::Guest }
    }

    /// Whether an address with a `+` may be invited.
    pub(super) fn takes_plus(&self) -> bool {
        self.is("invite_plus_address", "accept")
    }

    /// Whether addresses of throw-away domains may be invited.
    pub(super) fn takes_disposable(&self) -> bool {
        self.0["invite_disposable_domains"].as_array().expect("domains").is_empty()
    }
}
