//! A group is mapped to a group of an identity provider, and let go again.

use serde_json::json;
use tfplug::testing::Instance;

use super::life::{Life, Step, apply, check, fails, text};

const MAPPINGS: &str = "atlan_sso_group_mapping";

impl Life {
    pub(super) async fn mapping(&self, group: &Instance) -> Step {
        let group = group.state();
        let config =
            |value: &str| json!({ "idp_alias": "okta", "group_id": group["id"], "sso_group": value });
        let mut mapping = self.core.resource(MAPPINGS);
        if !self.law.may("sso_with") {
            let said = fails(mapping.try_apply(config("stewards")).await, "a mapping by this credential")?;
            check!(said.contains("may not manage single sign-on"), "{said}");
            check!(mapping.state().is_null() && !mapping.is_tainted(), "{}", mapping.state());
            return Ok(());
        }
        apply(&mut mapping, config("stewards")).await?;
        let id = text(&mapping.state(), "id");

        let mut second = self.core.resource(MAPPINGS);
        let said = fails(second.try_apply(config("others")).await, "a second mapping of the group")?;
        check!(said.contains(&format!("id = \"okta/{id}\"")), "no import block: {said}");
        check!(second.state().is_null(), "a second mapping: {}", second.state());

        let plan = apply(&mut mapping, config("Stewards")).await?;
        check!(plan.starts_with("update: sso_group"), "{plan}");
        check!(text(&mapping.state(), "id") == id, "another mapping: {}", mapping.state());

        let mut imported = self.core.resource(MAPPINGS);
        let by_group = format!("okta/group:{}", text(&group, "name"));
        imported.try_import(&by_group).await.map_err(|report| report.to_string())?;
        check!(imported.state() == mapping.state(), "import: {}", imported.state());
        for mut mapping in [mapping, imported] {
            // The second one's delete finds the mapping gone.
            mapping.set_core(&self.core.clone().without_refresh());
            mapping.try_destroy().await.map_err(|report| format!("the mapping stays: {report}"))?;
            check!(mapping.state().is_null(), "in the state after its end: {}", mapping.state());
        }
        Ok(())
    }
}
