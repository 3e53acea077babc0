//! One life in one tenant: a group and people are made, changed, imported and let go, and nothing of them is left.
//!
//! Each step checks what a practitioner sees, the plan after it, and the tenant itself. Where a switch makes a step an error,
//! the error is what is expected, and that the state stays true.

use std::time::Duration;

use atlan_sim::{Options, Rule, Sim};
use serde_json::{Value, json};
use tfplug::testing::{Core, Instance, Report};

use super::law::{Farewell, Law};
use crate::harness::*;

/// Longer than a life takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);
pub(super) const ADA: &str = "ada.l@example.com";
const GRACE: &str = "grace@example.com";

/// A tenant, and how it is read.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) switches: Value,
    pub(super) read_mode: &'static str,
}

/// The step that did not go as expected.
pub(super) type Step<T = ()> = Result<T, String>;

macro_rules! check {
    ($holds:expr, $($why:tt)+) => {
        if !$holds {
            return Err(format!($($why)+));
        }
    };
}
pub(super) use check;

pub(super) struct Life {
    pub(super) sim: Sim,
    pub(super) core: Core,
    pub(super) law: Law,
}

impl Case {
    /// # Errors
    /// The case, the step that did not go as expected, and all requests.
    pub(super) async fn live(self) -> Step {
        let options = Options { users: 4, groups: 3, ..Options::default() };
        let sim = Sim::start(options).await.expect("a simulator");
        // Filters that find too much find these people, too.
        group_by_other_means(&sim, "data_teams", json!({ "alias": ["Data teams"] }));
        group_by_other_means(&sim, "dataxteam", json!({ "alias": ["Data team "] }));
        sim.set(self.switches.clone()).expect("switches");
        let core = core_with(&sim, json!({ "read_mode": self.read_mode }));
        let life = Life { law: Law::of(&sim), sim, core };
        let lived = tokio::time::timeout(PATIENCE, life.live()).await;
        let lived = lived.unwrap_or_else(|_| Err("it does not come to an end".to_owned()));
        lived.map_err(|why| format!("{}: {why}\n{}", self.name, life.sim.journal()))
    }
}

impl Life {
    async fn live(&self) -> Step {
        let before = self.sim.groups();
        let mut group = self.new_group().await?;
        self.mapping(&group).await?;
        let mut ada = self.invitation().await?;
        self.while_pending(&mut ada).await?;
        self.changes_of_a_group(&mut group).await?;
        self.membership(&ada, true).await?;
        self.set_of_members(true).await?;
        self.accepted(&mut ada).await?;
        self.membership(&ada, false).await?;
        self.set_of_members(false).await?;
        let imported = self.imports_of_a_group(&group).await?;
        self.data_sources(&group, &ada).await?;
        self.reviews().await?;
        self.let_go(&mut ada, ADA, self.law.disabling()).await?;
        self.end_of_a_group([group, imported]).await?;
        check!(self.sim.groups() == before, "groups are left: {:?}", self.sim.groups());
        let mails = 1 + self.expiry().await? + self.together().await? + self.list().await?;
        check!(self.sim.mails().len() == mails, "{mails} mails are due: {:?}", self.sim.mails());
        self.actions().await?;
        self.roles().await?;
        self.oauth_client().await?;
        self.token_of_the_run().await?;
        // Moves the clock by hours, so it comes last.
        self.token().await
    }

    /// The first read of the list is throttled once.
    async fn new_group(&self) -> Step<Instance> {
        let throttled = Rule::on("GET", GROUP_LIST).status(429).retry_after(0).times(1);
        self.sim.set_faults(vec![throttled]).expect("a rule");
        let mut group = self.core.resource("atlan_group");
        let config = json!({ "alias": "Data team", "description": "Ours", "is_default": true });
        apply(&mut group, config).await?;
        check!(group.state()["name"] == "data_team", "another name: {}", group.state());

        let id = text(&group.state(), "id");
        let mut second = self.core.resource("atlan_group");
        let said =
            fails(second.try_apply(json!({ "alias": "Data team" })).await, "a second one of that name")?;
        check!(said.contains(&id), "no GUID of who has the name: {said}");
        // If two groups may have one alias, a second one is a group like any other.
        if self.law.is("group_alias_taken", "conflict") {
            let same_alias = json!({ "alias": "Data team", "name": "another_team" });
            let said = fails(second.try_apply(same_alias).await, "an alias that is taken")?;
            check!(said.contains("was refused with 409"), "{said}");
        }
        check!(second.state().is_null(), "a second group: {}", second.state());
        Ok(group)
    }

    async fn changes_of_a_group(&self, group: &mut Instance) -> Step {
        apply(group, json!({ "alias": "Data" })).await?;
        let state = group.state();
        let id = text(&state, "id");
        check!(state["name"] == "data_team" && state["is_default"] == false, "changed too much: {state}");

        let attributes = json!({ "alias": ["Date"], "description": [""], "isDefault": ["false"] });
        let renamed = json!({ "id": id, "path": state["path"], "attributes": attributes });
        by_other_means(&self.sim, &format!("{GROUPS}/{id}"), &renamed);
        // Lists may lag; the plan is made when they show it.
        self.sim.advance(Duration::from_secs(1));
        let plan = apply(group, json!({ "alias": "Data", "description": "Again" })).await?;
        check!(plan.starts_with("update: alias, description"), "a rename by others: {plan}");
        let now = self.sim.groups().into_iter().find(|group| group.id == id);
        let alias = now.as_ref().map(|group| group.alias.as_str());
        check!(alias == Some("Data"), "not as configured: {now:?}");
        Ok(())
    }

    async fn imports_of_a_group(&self, group: &Instance) -> Step<Instance> {
        let state = group.state();
        let mut imported = self.core.clone().without_refresh().resource("atlan_group");
        for way in ["data_team", "alias:Data"] {
            imported.forget();
            imported.try_import(way).await.map_err(|report| format!("import by {way}: {report}"))?;
            check!(imported.state() == state, "import by {way}: {} and not {state}", imported.state());
        }
        imported.forget();
        imported.try_import_identity(group.identity()).await.map_err(|report| report.to_string())?;
        check!(imported.state() == state, "import by identity: {}", imported.state());
        Ok(imported)
    }

    /// Each finds its object by every name, as the resource has it.
    async fn data_sources(&self, group: &Instance, ada: &Instance) -> Step {
        let (group, ada) = (group.state(), ada.state());
        let user_names = ["id", "email", "username"];
        for (source, state, names) in
            [("atlan_group", &group, ["id", "name", "alias"]), ("atlan_user", &ada, user_names)]
        {
            for name in names {
                let read = self.core.data_source(source).try_read(json!({ name: state[name] })).await;
                let found = read.map_err(|report| format!("{source} by {name}: {report}"))?.value();
                check!(found["id"] == state["id"], "{source} by {name}: {found} and not {state}");
            }
        }
        Ok(())
    }

    /// Two states have the group; the delete of the second one, without a refresh, finds it deleted.
    async fn end_of_a_group(&self, states: [Instance; 2]) -> Step {
        for mut group in states {
            group.try_destroy().await.map_err(|report| format!("the group stays: {report}"))?;
            check!(group.state().is_null(), "in the state after its end: {}", group.state());
        }
        Ok(())
    }

    /// Ada is invited; the invitation is throttled once.
    async fn invitation(&self) -> Step<Instance> {
        let mut ada = self.core.resource("atlan_user_invite");
        if self.law.enforces_sso() {
            let said = fails(ada.try_apply(person(ADA, "$member")).await, "an invitation despite SSO")?;
            let explained = said.contains("single sign-on") || !self.law.is("error_shape", "code_message");
            check!(said.contains(&self.law.sso_refusal()) && explained, "{said}");
            check!(ada.state().is_null() && self.sim.mails().is_empty(), "{}", ada.state());
            self.sim.set(json!({ "sso_enforced": false })).expect("a switch");
        }
        let throttled = Rule::on("POST", USERS).status(429).retry_after(0).times(1);
        self.sim.set_faults(vec![throttled]).expect("a rule");
        apply(&mut ada, person("Ada.L@Example.com", "$member")).await?;
        self.is_seen_as(&ada, ADA, "pending")?;

        let mut second = self.core.resource("atlan_user_invite");
        let said =
            fails(second.try_apply(person("ADA.L@example.com", "$guest")).await, "a second invitation")?;
        check!(said.contains(&text(&ada.state(), "id")), "no GUID of who is there: {said}");
        check!(second.state().is_null() && self.sim.mails_to(ADA) == 1, "{:?}", self.sim.mails());
        Ok(ada)
    }

    async fn while_pending(&self, ada: &mut Instance) -> Step {
        let before = ada.state();
        let guest = person("ada.l@example.com", "$guest");
        if self.law.is("role_change_pending", "allow") {
            apply(ada, guest).await?;
        } else {
            let said = fails(ada.try_apply(guest).await, "a role before acceptance")?;
            check!(said.contains("was refused with 400"), "{said}");
            check!(ada.state()["role"] == before["role"], "a role the person does not have: {}", ada.state());
        }
        let state = ada.state();
        check!(state["id"] == before["id"], "another person: {state}");
        self.is_seen_as(ada, ADA, "pending")?;
        let mut imported = self.core.resource("atlan_user_invite");
        imported.try_import("Ada.L@example.COM").await.map_err(|report| report.to_string())?;
        same_seat(&imported, &state)?;
        imported.forget();
        imported.try_import_identity(ada.identity()).await.map_err(|report| report.to_string())?;
        same_seat(&imported, &state)
    }

    async fn accepted(&self, ada: &mut Instance) -> Step {
        let before = ada.state();
        self.sim.accept(ADA).map_err(|error| error.to_string())?;
        let (email, role) = (text(&before, "email"), text(&before, "role"));
        let plan = ada.try_plan(person(&email, &role)).await.map_err(|report| report.to_string())?;
        check!(plan.is_empty(), "acceptance plans something: {plan}");
        apply(ada, person(&email, "$admin")).await?;
        check!(ada.state()["id"] == before["id"], "another person: {}", ada.state());
        self.is_seen_as(ada, ADA, "active")
    }

    /// Somebody joins a group, is imported there, and leaves it again.
    async fn membership(&self, ada: &Instance, is_pending: bool) -> Step {
        let (mut edge, groups) = (self.core.resource("atlan_group_member"), self.sim.groups());
        let Some(group) = groups.iter().find(|group| group.name == "data_teams") else {
            return Err("the group is gone".to_owned());
        };
        let member = || {
            let groups = self.sim.groups();
            groups.iter().any(|now| now.id == group.id && now.members.iter().any(|email| email == ADA))
        };
        let others = self.sim.user(ADA).map(|user| user.groups.len());
        let config = json!({ "group_id": group.id, "user": ADA });
        if is_pending && self.law.is("group_add_pending", "reject") {
            let said = fails(edge.try_apply(config).await, "a membership before acceptance")?;
            check!(said.contains("has not accepted the invitation yet"), "{said}");
            check!(edge.state().is_null() && !member(), "{}", edge.state());
            return Ok(());
        }
        apply(&mut edge, config).await?;
        check!(member(), "not in the group: {}", edge.state());
        check!(edge.state()["user_id"] == ada.state()["id"], "another person: {}", edge.state());
        let mut imported = self.core.resource("atlan_group_member");
        imported.try_import(&format!("data_teams/{ADA}")).await.map_err(|report| report.to_string())?;
        let same = |part: &str| imported.state()[part] == edge.state()[part];
        check!(same("id") && same("user_id"), "imported: {}", imported.state());
        let destroyed = edge.try_destroy().await;
        destroyed.map_err(|report| format!("the membership stays: {report}"))?;
        check!(edge.state().is_null() && !member(), "still in the group");
        // A second state knows it.
        imported.set_core(&self.core.clone().without_refresh());
        imported.try_destroy().await.map_err(|report| format!("what is gone cannot be removed: {report}"))?;
        let left = self.sim.user(ADA).map(|user| user.groups.len());
        check!(left == others, "other memberships: {left:?} and not {others:?}");
        Ok(())
    }

    /// Grace's invitation expires. Returns how many mails she gets: if the tenant removes the record, she is invited again.
    async fn expiry(&self) -> Step<usize> {
        let mut grace = self.core.resource("atlan_user_invite");
        let config = person(GRACE, "$member");
        apply(&mut grace, config.clone()).await?;
        self.sim.expire(GRACE).map_err(|error| error.to_string())?;
        let plan = grace.try_plan(config.clone()).await.map_err(|report| report.to_string())?;
        let kept = self.law.is("expired_record", "keep");
        check!(plan.is_empty() == kept, "an expired invitation: {plan}");
        if kept {
            grace.try_refresh().await.map_err(|report| report.to_string())?;
            self.is_seen_as(&grace, GRACE, "expired")?;
        } else {
            apply(&mut grace, config).await?;
        }
        self.let_go(&mut grace, GRACE, self.law.cancelling("$member")).await?;
        let mails = self.sim.mails_to(GRACE);
        check!(mails == if kept { 1 } else { 2 }, "{mails} mails to her");
        Ok(mails)
    }

    /// Invites several people at the same time; the tenant may refuse some. Returns how many get a mail.
    async fn together(&self) -> Step<usize> {
        let people = [
            ("bob@example.com", true),
            ("eve+work@example.com", self.law.takes_plus()),
            ("kim@mailinator.com", self.law.takes_disposable()),
        ];
        let [mut bob, mut eve, mut kim] = people.map(|_| self.core.resource("atlan_user_invite"));
        let silent = self.law.is("invite_batch", "per_entry");
        // If the server drops a person without an error, the create waits until its time is over.
        let hurry = json!({ "timeouts": { "create": "3s" } });
        let configs = people.map(|(email, wanted)| match person(email, "$guest") {
            config if silent && !wanted => with(config, hurry.clone()),
            config => config,
        });
        let [bobs, eves, kims] = configs.clone();
        let applied = tokio::join!(bob.try_apply(bobs), eve.try_apply(eves), kim.try_apply(kims));
        let applied = [applied.0, applied.1, applied.2];
        for ((seat, result), (email, wanted)) in
            [&mut bob, &mut eve, &mut kim].into_iter().zip(applied).zip(people)
        {
            check!(self.sim.mails_to(email) == usize::from(wanted), "mails: {:?}", self.sim.mails());
            if wanted {
                result.map_err(|report| format!("{email} is not invited: {report}"))?;
                let plan =
                    seat.try_plan(person(email, "$guest")).await.map_err(|report| report.to_string())?;
                check!(plan.is_empty(), "after the invitation of {email}: {plan}");
                self.let_go(seat, email, self.law.cancelling("$guest")).await?;
                continue;
            }
            let said = fails(result, email)?;
            let words = if silent { "is unknown" } else { "was refused with 400" };
            check!(said.contains(words), "{email}: {said}");
            // A person whom the server dropped without an error may still show, so the state keeps them.
            check!(seat.state().is_null() != silent, "{email}: {}", seat.state());
            seat.set_core(&impatient(&self.sim));
            seat.try_destroy().await.map_err(|report| format!("{email} stays: {report}"))?;
            check!(seat.state().is_null() && self.sim.user(email).is_none(), "{email}: {}", seat.state());
        }
        Ok(people.iter().filter(|(_, wanted)| *wanted).count())
    }

    /// Destroys an object of whom the tenant knows by that address.
    async fn let_go(&self, seat: &mut Instance, email: &str, farewell: Farewell) -> Step {
        let before = seat.state();
        let destroyed = seat.try_destroy().await;
        let user = self.sim.user(email);
        let enabled = user.as_ref().map(|user| user.enabled);
        if farewell == Farewell::Refused {
            let said = fails(destroyed, "a destroy that may do nothing")?;
            check!(said.contains("was refused with 400"), "{said}");
            check!(seat.state()["id"] == before["id"], "forgotten: {}", seat.state());
            let role = text(&before, "role");
            apply(seat, with(person(&text(&before, "email"), &role), json!({ "on_destroy": "forget" })))
                .await?;
            let report = seat.try_destroy().await.map_err(|report| report.to_string())?;
            check!(report.to_string().contains("stays in Atlan"), "{report}");
            check!(enabled == Some(true), "{user:?}");
        } else {
            let report = destroyed.map_err(|report| format!("{email} is not let go: {report}"))?;
            let as_expected = match farewell {
                Farewell::Gone => user.is_none(),
                Farewell::Disabled => enabled == Some(false),
                _ => enabled == Some(true) && user.as_ref().is_some_and(|user| user.role == "$guest"),
            };
            check!(as_expected, "{farewell:?} was expected of {email}: {user:?}");
            let warned = report.to_string().contains("keeps some access to Atlan");
            check!(warned == (farewell == Farewell::Guest), "{farewell:?}: {report}");
        }
        check!(seat.state().is_null(), "in the state after the end: {}", seat.state());
        Ok(())
    }

    /// State and tenant agree on a person.
    fn is_seen_as(&self, seat: &Instance, email: &str, status: &str) -> Step {
        let (state, user) = (seat.state(), self.sim.user(email));
        let Some(user) = user else { return Err(format!("{email} is not there: {state}")) };
        check!(state["status"] == status, "{email} is {status}: {state}");
        let seen = (state["id"].as_str(), state["username"].as_str(), state["role"].as_str());
        let is = (Some(user.id.as_str()), user.username.as_deref(), Some(user.role));
        check!(seen == is, "{seen:?} in the state, {is:?} in the tenant");
        Ok(())
    }
}

fn person(email: &str, role: &str) -> Value {
    json!({ "email": email, "role": role })
}

pub(super) fn text(state: &Value, attribute: &str) -> String {
    state[attribute].as_str().unwrap_or_default().to_owned()
}

/// Applies, and plans nothing afterwards. What was planned.
pub(super) async fn apply(object: &mut Instance, config: Value) -> Step<String> {
    let applied = object.try_apply(config.clone()).await.map_err(|report| format!("{config}: {report}"))?;
    let plan = object.try_plan(config.clone()).await.map_err(|report| format!("{config}: {report}"))?;
    check!(plan.is_empty(), "{config}: the plan after it is {plan}");
    Ok(applied.plan().to_string())
}

/// The message of a failure that is expected.
pub(super) fn fails<T>(result: Result<T, Report>, what: &str) -> Step<String> {
    match result {
        Ok(_) => Err(format!("{what} went well")),
        Err(report) => Ok(report.to_string()),
    }
}

/// An imported person is the one in the state; only the address is spelled as in the tenant.
fn same_seat(imported: &Instance, state: &Value) -> Step {
    let mut imported = imported.state();
    let email = text(state, "email");
    check!(text(&imported, "email").eq_ignore_ascii_case(&email), "another address: {imported}");
    imported["email"] = json!(email);
    check!(imported == *state, "imported is {imported} and not {state}");
    Ok(())
}
