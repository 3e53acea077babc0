//! A token is made, changed, imported and deleted, and no other token is left.

use std::time::Duration;

use serde_json::{Value, json};
use tfplug::testing::Instance;

use super::life::{Life, Step, apply, check, fails, text};
use crate::harness::core_with;

const TOKEN: &str = "atlan_api_token";
const PERSONA: &str = "default/LzgnFM";

fn config(name: &str, personas: &[&str]) -> Value {
    json!({ "display_name": name, "validity": "2h", "store_token": true, "persona_qualified_names": personas })
}

impl Life {
    pub(super) async fn token(&self) -> Step {
        let mut token = self.core.resource(TOKEN);
        if !self.law.may("token_with") {
            let said = fails(token.try_apply(config("dbt", &[])).await, "a token by this credential")?;
            check!(said.contains("was refused with 403"), "{said}");
            check!(token.state().is_null() && !token.is_tainted(), "{}", token.state());
            return Ok(());
        }
        if self.law.loses_tokens() {
            let said = fails(token.try_apply(config("dbt", &[])).await, "a token without its secret")?;
            check!(said.contains("what has appeared of these attempts was deleted"), "{said}");
            check!(token.state().is_null() && self.sim.tokens().is_empty(), "{:?}", self.sim.tokens());
            return Ok(());
        }
        if !self.law.takes_a_minute() {
            let mut short = config("dbt", &[]);
            short["validity"] = json!("1m");
            let said = fails(token.try_apply(short).await, "a life that is too short")?;
            check!(said.contains("was refused with 400"), "{said}");
        }
        apply(&mut token, config("dbt", &[PERSONA])).await?;
        let (id, secret) = (text(&token.state(), "id"), text(&token.state(), "token"));
        let plan = apply(&mut token, config("dbt Cloud", &[PERSONA])).await?;
        check!(plan.starts_with("update: display_name"), "{plan}");
        self.without_personas(&mut token).await?;
        check!(text(&token.state(), "id") == id, "another token: {}", token.state());
        check!(!secret.is_empty() && text(&token.state(), "token") == secret, "another secret");

        // A second one of that name, which may not be its name.
        let mut second = self.core.resource(TOKEN);
        let applied = second.try_apply(config("dbt Cloud", &[])).await;
        let applied = applied.map_err(|report| format!("a second one of that name: {report}"))?.to_string();
        let taken = self.law.is("token_name_taken", "conflict");
        check!(applied.contains("keeps a temporary name") == taken, "{applied}");

        let mut imported = self.core.resource(TOKEN);
        let by = text(&token.state(), "client_id");
        imported.try_import(&by).await.map_err(|report| report.to_string())?;
        check!(text(&imported.state(), "id") == id, "imported: {}", imported.state());
        self.end(second).await?;
        self.end(token).await?;
        // The second state's delete finds the token deleted.
        imported.set_core(&self.core.clone().without_refresh());
        self.end(imported).await?;
        check!(self.sim.tokens().is_empty(), "tokens are left: {:?}", self.sim.tokens());
        self.expired_token().await
    }

    /// A token that lives as long as the run: opened, used and closed.
    pub(super) async fn token_of_the_run(&self) -> Step {
        let block = self.core.ephemeral(TOKEN);
        let opened = block.try_open(json!({ "validity": "1h", "persona_qualified_names": [PERSONA] })).await;
        if !self.law.may("token_with") || self.law.loses_tokens() {
            let said = fails(opened.map(drop), "a token that cannot be made")?;
            let words = if self.law.may("token_with") {
                "what has appeared of these attempts was deleted"
            } else {
                "was refused with 403"
            };
            check!(said.contains(words), "{said}");
        } else {
            let opened = opened.map_err(|report| format!("no token for the run: {report}"))?;
            let secret = text(&opened.value(), "token");
            let alive = self.sim.tokens();
            check!(alive.len() == 1 && alive[0].alive && !secret.is_empty(), "{alive:?}");
            let run = core_with(&self.sim, json!({ "api_key": secret }));
            let caller = run.data_source("atlan_current_user").try_read(json!({})).await;
            let caller = caller.map_err(|report| format!("the token does not work: {report}"))?.value();
            let is_of_it = text(&caller, "username").ends_with(&text(&opened.value(), "client_id"));
            check!(caller["kind"] == "api_token" && is_of_it, "{caller}");
            let said = opened.close().await;
            check!(said.is_empty(), "at the end of the run: {said}");
        }
        check!(self.sim.tokens().is_empty(), "tokens are left: {:?}", self.sim.tokens());
        Ok(())
    }

    /// A server that does not remove personas is told from one that does.
    async fn without_personas(&self, token: &mut Instance) -> Step {
        if self.law.is("token_update_personas", "replace") {
            apply(token, config("dbt Cloud", &[])).await?;
            return Ok(());
        }
        let said = fails(token.try_apply(config("dbt Cloud", &[])).await, "personas that stay")?;
        check!(said.contains(PERSONA), "{said}");
        apply(token, config("dbt Cloud", &[PERSONA])).await?;
        Ok(())
    }

    async fn end(&self, mut token: Instance) -> Step {
        token.try_destroy().await.map_err(|report| format!("the token stays: {report}"))?;
        check!(token.state().is_null(), "in the state after its end: {}", token.state());
        Ok(())
    }

    /// Its record stays, or is deleted with it. What is left is destroyed like any other.
    async fn expired_token(&self) -> Step {
        let mut token = self.core.resource(TOKEN);
        apply(&mut token, config("short", &[])).await?;
        self.sim.advance(Duration::from_secs(2 * 3600 + 1));
        // A session of an OAuth client has ended meanwhile, which costs it a request and nothing else.
        token.try_refresh().await.map_err(|report| report.to_string())?;
        let removed = self.law.is("expired_token_record", "remove");
        check!(token.state().is_null() == removed, "after its life: {}", token.state());
        if !removed {
            self.end(token).await?;
        }
        Ok(())
    }
}
