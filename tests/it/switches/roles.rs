//! The role of people who are in the tenant: active, invited, and managed by SCIM.

use serde_json::{Value, json};

use super::life::{Life, Step, apply, check, fails, text};

const ROSA: &str = "rosa@example.com";
const PIA: &str = "pia@example.com";
const SID: &str = "sid@example.com";

impl Life {
    pub(super) async fn roles(&self) -> Step {
        self.sim.admit(ROSA, "$member", false).map_err(|error| error.to_string())?;
        self.role_of_somebody_active().await?;
        self.sim.invite(PIA, "$member").map_err(|error| error.to_string())?;
        let kept = self.law.is("role_change_pending", "reject");
        self.role_of_somebody_else(PIA, kept.then_some("has not accepted the invitation yet")).await?;
        self.sim.admit(SID, "$member", true).map_err(|error| error.to_string())?;
        let kept = self.law.is("role_change_scim", "reject");
        // A tenant that knows no such column does not tell who is managed by SCIM.
        let why =
            if self.law.is("column_unknown", "ignore") { "is managed by SCIM" } else { "refused with 403" };
        self.role_of_somebody_else(SID, kept.then_some(why)).await?;
        let mut nobody = self.core.resource("atlan_user_role");
        let said = fails(nobody.try_apply(role("nobody@example.com", "$guest")).await, "a role of nobody")?;
        check!(said.contains("There is no such person"), "{said}");
        Ok(())
    }

    /// Rosa's role is lowered, raised, changed by others, imported and restored.
    async fn role_of_somebody_active(&self) -> Step {
        let mut rosa = self.core.resource("atlan_user_role");
        apply(&mut rosa, role(ROSA, "$guest")).await?;
        self.has_role(ROSA, "$guest")?;
        let state = rosa.state();
        check!(state["previous_role"] == "$member" && state["status"] == "active", "{state}");
        let spelled = rosa.try_plan(role("Rosa@Example.com", "$guest")).await;
        let spelled = spelled.map_err(|report| report.to_string())?;
        check!(spelled.is_empty(), "another spelling plans something: {spelled}");
        apply(&mut rosa, role(ROSA, "$admin")).await?;
        self.has_role(ROSA, "$admin")?;
        self.sim.give_role(ROSA, "$member").map_err(|error| error.to_string())?;
        let plan = apply(&mut rosa, role(ROSA, "$admin")).await?;
        check!(plan.starts_with("update: role"), "a change by others: {plan}");
        self.has_role(ROSA, "$admin")?;
        check!(rosa.state()["previous_role"] == "$member", "the role of before is lost: {}", rosa.state());

        let mut imported = self.core.resource("atlan_user_role");
        for way in ["Rosa@example.com".to_owned(), text(&rosa.state(), "id")] {
            imported.forget();
            imported.try_import(&way).await.map_err(|report| format!("import by {way}: {report}"))?;
            let same = |part: &str| imported.state()[part] == rosa.state()[part];
            check!(same("id") && same("role") && same("status"), "import by {way}: {}", imported.state());
            check!(imported.state()["previous_role"].is_null(), "import by {way}: {}", imported.state());
        }
        imported.forget();
        imported.try_import_identity(rosa.identity()).await.map_err(|report| report.to_string())?;
        check!(imported.state()["id"] == rosa.state()["id"], "import by identity: {}", imported.state());

        rosa.try_destroy().await.map_err(|report| format!("the role stays: {report}"))?;
        check!(rosa.state().is_null(), "in the state after the end: {}", rosa.state());
        self.has_role(ROSA, "$member")
    }

    /// Somebody's role is raised, lowered, and not raised again by a destroy; or the tenant refuses that, and says why.
    async fn role_of_somebody_else(&self, email: &str, refusal: Option<&str>) -> Step {
        let mut somebody = self.core.resource("atlan_user_role");
        if let Some(why) = refusal {
            let said =
                fails(somebody.try_apply(role(email, "$admin")).await, "a role that the tenant keeps")?;
            check!(said.contains(why), "{email}: {said}");
            check!(somebody.state().is_null() && !somebody.is_tainted(), "{}", somebody.state());
            return self.has_role(email, "$member");
        }
        apply(&mut somebody, role(email, "$admin")).await?;
        self.has_role(email, "$admin")?;
        apply(&mut somebody, role(email, "$guest")).await?;
        self.has_role(email, "$guest")?;
        let report = somebody.try_destroy().await.map_err(|report| format!("the role stays: {report}"))?;
        check!(report.to_string().contains("keeps the role $guest"), "{email}: {report}");
        check!(somebody.state().is_null(), "in the state after the end: {}", somebody.state());
        self.has_role(email, "$guest")
    }

    fn has_role(&self, email: &str, role: &str) -> Step {
        let present = self.sim.user(email).map(|user| user.role);
        check!(present == Some(role), "{email} has {present:?} and not {role}");
        Ok(())
    }
}

fn role(user: &str, role: &str) -> Value {
    json!({ "user": user, "role": role })
}
