//! An OAuth client is made, changed, imported and deleted, and no other client is left.

use serde_json::{Value, json};

use super::life::{Life, Step, apply, check, fails, text};

const CLIENT: &str = "atlan_oauth_client";

fn config(name: &str) -> Value {
    json!({ "display_name": name, "role": "$guest", "store_secret": true })
}

impl Life {
    pub(super) async fn oauth_client(&self) -> Step {
        let mut client = self.core.resource(CLIENT);
        if self.law.loses_tokens() {
            let said = fails(client.try_apply(config("pipeline")).await, "a client without its secret")?;
            check!(said.contains("what has appeared of these attempts was deleted"), "{said}");
            check!(client.state().is_null() && self.sim.oauth_clients().is_empty(), "a client is left");
            return Ok(());
        }
        apply(&mut client, config("pipeline")).await?;
        let (id, secret) = (text(&client.state(), "id"), text(&client.state(), "client_secret"));
        let plan = apply(&mut client, config("pipeline 2")).await?;
        check!(plan.starts_with("update: display_name"), "{plan}");
        check!(text(&client.state(), "id") == id, "another client: {}", client.state());
        check!(!secret.is_empty() && text(&client.state(), "client_secret") == secret, "another secret");

        // A second one of that name, which may not be its name.
        let mut second = self.core.resource(CLIENT);
        let applied = second.try_apply(config("pipeline 2")).await;
        let applied = applied.map_err(|report| format!("a second one of that name: {report}"))?.to_string();
        let taken = self.law.is("token_name_taken", "conflict");
        check!(applied.contains("keeps a temporary name") == taken, "{applied}");

        let mut imported = self.core.resource(CLIENT);
        imported
            .try_import(&text(&client.state(), "client_id"))
            .await
            .map_err(|report| report.to_string())?;
        check!(text(&imported.state(), "id") == id, "imported: {}", imported.state());
        // The delete of the last state finds the client deleted.
        imported.set_core(&self.core.clone().without_refresh());
        for mut instance in [second, client, imported] {
            instance.try_destroy().await.map_err(|report| format!("the client stays: {report}"))?;
        }
        check!(self.sim.oauth_clients().is_empty(), "clients are left: {:?}", self.sim.oauth_clients());
        Ok(())
    }
}
