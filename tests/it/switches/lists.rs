//! Many people in one resource: invited, taken over, changed and let go together.

use atlan_sim::Rule;
use serde_json::{Value, json};

use super::law::Farewell;
use super::life::{Life, Step, apply, check};
use crate::harness::*;

const LIA: &str = "lia@example.com";
const LEO: &str = "leo@example.com";
const LUZ: &str = "luz@example.com";

fn people(people: &[(&str, &str)]) -> Value {
    let entry = |(email, role): &(&str, &str)| ((*email).to_owned(), json!({ "role": role }));
    let people: serde_json::Map<_, _> = people.iter().map(entry).collect();
    json!({ "people": people, "on_existing": "adopt" })
}

impl Life {
    /// Lia and Leo are invited, Luz is there. Returns how many mails are due.
    pub(super) async fn list(&self) -> Step<usize> {
        self.sim.admit(LUZ, "$member", false).map_err(|error| error.to_string())?;
        let throttled = Rule::on("POST", USERS).status(429).retry_after(0).times(1);
        self.sim.set_faults(vec![throttled]).expect("a rule");
        let mut list = self.core.resource("atlan_user_invites");
        apply(&mut list, people(&[("Lia@Example.com", "$member"), (LEO, "$guest"), (LUZ, "$member")]))
            .await?;
        self.is_listed(&list, "Lia@Example.com", "pending")?;
        self.is_listed(&list, LEO, "pending")?;
        self.is_listed(&list, LUZ, "active")?;
        check!(list.state()["failed"] == json!({}), "{}", list.state());

        self.sim.accept(LIA).map_err(|error| error.to_string())?;
        let plan = apply(&mut list, people(&[(LIA, "$admin"), (LUZ, "$guest")])).await?;
        check!(plan.starts_with("update: people"), "{plan}");
        self.is_listed(&list, LIA, "active")?;
        self.is_listed(&list, LUZ, "active")?;
        self.has_left(LEO, self.law.cancelling("$guest"))?;

        let report = list.try_destroy().await.map_err(|report| format!("the people stay: {report}"))?;
        check!(list.state().is_null(), "in the state after the end: {}", list.state());
        let farewell = self.law.disabling();
        for email in [LIA, LUZ] {
            self.has_left(email, farewell)?;
        }
        let warned = report.to_string().contains("keeps some access to Atlan");
        check!(warned == (farewell == Farewell::Guest), "{farewell:?}: {report}");
        Ok(2)
    }

    /// State and tenant agree on an entry.
    fn is_listed(&self, list: &tfplug::testing::Instance, key: &str, status: &str) -> Step {
        let (entry, user) = (list.state()["people"][key].clone(), self.sim.user(&key.to_lowercase()));
        let Some(user) = user else { return Err(format!("{key} is not there: {entry}")) };
        let expected = json!({ "id": user.id, "role": user.role, "status": status });
        check!(entry == expected, "{key} is {entry} and not {expected}");
        Ok(())
    }

    fn has_left(&self, email: &str, farewell: Farewell) -> Step {
        let user = self.sim.user(email);
        let enabled = user.as_ref().map(|user| user.enabled);
        let as_expected = match farewell {
            Farewell::Gone => user.is_none(),
            Farewell::Disabled => enabled == Some(false),
            _ => enabled == Some(true) && user.as_ref().is_some_and(|user| user.role == "$guest"),
        };
        check!(as_expected, "{farewell:?} was expected of {email}: {user:?}");
        Ok(())
    }
}
