//! Actions: an invitation is sent again, a person is disabled, enabled and removed, as far as the tenant lets this credential.

use std::time::Duration;

use serde_json::{Value, json};
use tfplug::testing::Invoked;

use super::life::{Life, Step, check};
use crate::harness::with;

const MIA: &str = "mia@example.com";
const NED: &str = "ned@example.com";
const SAM: &str = "sam@example.com";

impl Life {
    pub(super) async fn actions(&self) -> Step {
        self.resend().await?;
        for (email, scim) in [(NED, false), (SAM, true)] {
            self.sim.admit(email, "$member", scim).map_err(|error| error.to_string())?;
        }
        self.disable_and_enable().await?;
        self.remove().await
    }

    /// What the action comes to: what it said, and whether it failed.
    async fn act(&self, action: &str, config: Value) -> (String, bool) {
        // Lists may lag; the action goes by what they show.
        self.sim.advance(Duration::from_secs(1));
        let acted = self.core.action(action).try_invoke(config).await;
        let failed = acted.is_err();
        let (Ok(acted) | Err(acted)): Result<Invoked, Invoked> = acted;
        (acted.to_string(), failed)
    }

    async fn resend(&self) -> Step {
        self.sim.invite(MIA, "$member").map_err(|error| error.to_string())?;
        let (said, failed) = self.act("atlan_resend_invite", json!({ "users": [MIA] })).await;
        let expected = match (self.law.has("resend_invite"), self.law.may("resend_with")) {
            (false, _) => "This tenant cannot resend invitations",
            (true, false) => "may not do this",
            (true, true) => "mia@example.com: the invitation was sent again",
        };
        let is_sent = expected.contains("again");
        check!(said.contains(expected) && failed != is_sent, "{expected} was expected: {said}");
        let mails = self.sim.mails_to(MIA);
        check!(mails == if is_sent { 2 } else { 1 }, "{mails} mails");
        Ok(())
    }

    async fn disable_and_enable(&self) -> Step {
        // Where a column that no SDK asks for is refused, no record tells who is of SCIM.
        if self.law.is("column_unknown", "ignore") {
            let (said, failed) = self.act("atlan_disable_user", json!({ "users": [NED, SAM] })).await;
            check!(failed && said.contains("sam@example.com is managed by SCIM"), "{said}");
        }
        let (said, failed) = self.act("atlan_disable_user", json!({ "users": [NED, MIA] })).await;
        check!(failed && said.contains("mia@example.com has not accepted"), "{said}");
        let is_enabled = || self.sim.user(NED).is_some_and(|user| user.enabled);
        check!(is_enabled(), "somebody else in the set could not be disabled");
        let may = self.law.may("enable_disable_with");
        for (action, done, enabled) in [
            ("atlan_disable_user", "ned@example.com: disabled", false),
            ("atlan_enable_user", "ned@example.com: enabled", true),
        ] {
            let (said, failed) = self.act(action, json!({ "users": [NED] })).await;
            if may {
                check!(!failed && said.contains(done) && is_enabled() == enabled, "{action}: {said}");
            } else if enabled {
                check!(!failed && said.contains("is enabled already"), "{said}");
            } else {
                check!(failed && said.contains("may not do this") && is_enabled(), "{said}");
            }
        }
        Ok(())
    }

    async fn remove(&self) -> Step {
        let heir =
            self.sim.users().into_iter().find(|user| user.enabled && !user.pending && user.role == "$admin");
        let heir = heir.ok_or("no admin is left")?.email;
        let config = json!({ "user": NED, "transfer_to": heir, "confirm_email": NED, "delete_tokens": true });
        // Longer than the requests take on a busy machine.
        let short =
            json!({ "timeout": if self.law.is("workflow_outcome", "nothing") { "5s" } else { "3m" } });
        let (said, failed) = self.act("atlan_remove_user", with(config, short)).await;
        let expected = if !self.law.is("key_kind", "user") {
            "may not do this"
        } else if self.law.is("workflow_outcome", "refused") {
            "was refused with 400"
        } else if self.law.is("workflow_outcome", "nothing") {
            "ned@example.com is still there"
        } else {
            "ned@example.com: removed"
        };
        let is_removed = expected.ends_with("removed");
        check!(said.contains(expected) && failed != is_removed, "{expected} was expected: {said}");
        check!(self.sim.user(NED).is_none() == is_removed, "{said}");
        Ok(())
    }
}
