//! Data sources and list resources show what the tenant holds: everybody and every group once, whatever the lists are like.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::life::{Life, Step, check};

/// What the tenant has, as sets of texts.
type Texts = BTreeSet<String>;

fn texts(values: impl IntoIterator<Item = impl Into<String>>) -> Texts {
    values.into_iter().map(Into::into).collect()
}

fn keys(value: &Value) -> Texts {
    value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
}

fn emails(list: &Value) -> Texts {
    texts(list.as_array().into_iter().flatten().filter_map(|person| person["email"].as_str()))
}

/// Without the record that is of another system where `foreign_records` puts one behind a list.
fn without_foreign(names: Texts) -> Texts {
    names.into_iter().filter(|name| !name.starts_with("foreign")).collect()
}

impl Life {
    pub(super) async fn reviews(&self) -> Step {
        self.groups_by_data().await?;
        self.people_by_data().await?;
        self.roles_and_caller_by_data().await?;
        self.report().await?;
        self.lists().await?;
        self.lists_of_credentials().await
    }

    async fn data(&self, source: &str, config: Value) -> Step<Value> {
        let read = self.core.data_source(source).try_read(config.clone()).await;
        Ok(read.map_err(|report| format!("{source} {config}: {report}"))?.value())
    }

    /// Identities, each once.
    async fn listed(&self, resource: &str, config: Value) -> Step<Vec<Value>> {
        let list = self.core.list(resource).limit(10_000).include_resource();
        let found = list.try_query(config.clone()).await;
        let found = found.map_err(|found| format!("list {resource} {config}: {}", found.report()))?;
        let states: Vec<Value> = found.objects().iter().map(|object| object.state()).collect();
        let ids = texts(found.objects().iter().map(|object| object.identity().to_string()));
        check!(ids.len() == states.len(), "list {resource} {config} has some twice: {ids:?}");
        Ok(states)
    }

    async fn groups_by_data(&self) -> Step {
        let all = self.sim.groups();
        let names = |fits: &dyn Fn(&atlan_sim::GroupView) -> bool| {
            texts(all.iter().filter(|group| fits(group)).map(|group| group.name.clone()))
        };
        let is_default = |group: &atlan_sim::GroupView| {
            group.attributes.get("isDefault").is_some_and(|is| *is == ["true"])
        };
        let ada = self.sim.user(super::life::ADA).ok_or("Ada is gone")?;
        let of_ada = texts(ada.groups.iter().cloned());
        for (config, expected) in [
            (json!({}), names(&|_| true)),
            (json!({ "name_prefix": "data_" }), names(&|group| group.name.starts_with("data_"))),
            (json!({ "alias_contains": "Data" }), names(&|group| group.alias.contains("Data"))),
            (json!({ "is_default": true }), names(&is_default)),
            (json!({ "user": ada.email }), of_ada),
        ] {
            let found = self.data("atlan_groups", config.clone()).await?;
            let found = without_foreign(keys(&found["groups"]));
            check!(found == expected, "atlan_groups {config}: {found:?} and not {expected:?}");
        }
        Ok(())
    }

    async fn people_by_data(&self) -> Step {
        let people = self.sim.users();
        let of = |fits: &dyn Fn(&atlan_sim::UserView) -> bool| {
            texts(people.iter().filter(|user| fits(user)).map(|user| user.email.to_lowercase()))
        };
        let nobody = "nobody@example.com";
        let emails = json!(["Ada.L@example.com", nobody]);
        let groups = self.sim.groups();
        let group = groups.iter().max_by_key(|group| group.members.len()).ok_or("there is no group")?;
        for (config, expected) in [
            (json!({}), of(&|_| true)),
            (json!({ "role": "$admin" }), of(&|user| user.role == "$admin")),
            (json!({ "status": "pending" }), of(&|user| user.pending && user.enabled)),
            (json!({ "email_domain": "example.com" }), of(&|_| true)),
            (json!({ "emails": emails }), texts([super::life::ADA])),
            (json!({ "group_id": group.id }), texts(group.members.iter().map(|email| email.to_lowercase()))),
        ] {
            let found = self.data("atlan_users", config.clone()).await?;
            let missing = if config["emails"].is_null() { json!([]) } else { json!([nobody]) };
            check!(found["missing"] == missing, "atlan_users {config}: {found}");
            let found = without_foreign(keys(&found["users"]));
            check!(found == expected, "atlan_users {config}: {found:?} and not {expected:?}");
        }
        Ok(())
    }

    async fn roles_and_caller_by_data(&self) -> Step {
        let admin = self.data("atlan_role", json!({ "name": "Admin" })).await?;
        let same = self.data("atlan_role", json!({ "name": "$admin" })).await?;
        let is_role = admin["id"].is_string() && admin["level"] == "workspace";
        check!(is_role && admin["id"] == same["id"], "atlan_role: {admin} and {same}");
        let roles = keys(&self.data("atlan_roles", json!({})).await?["roles"]);
        let three = texts(["$admin", "$guest", "$member"]);
        check!(roles.is_superset(&three), "atlan_roles: {roles:?}");
        let caller = self.data("atlan_current_user", json!({})).await?;
        let kind = if self.law.is("key_kind", "user") { "person" } else { self.law.word("key_kind") };
        check!(caller["kind"] == kind, "atlan_current_user: {caller}");
        Ok(())
    }

    async fn report(&self) -> Step {
        let people = self.sim.users();
        let of = |fits: &dyn Fn(&atlan_sim::UserView) -> bool| {
            texts(people.iter().filter(|user| fits(user)).map(|user| user.email.to_lowercase()))
        };
        let expected: BTreeMap<String, Option<&str>> = people
            .iter()
            .filter(|user| user.role != "$guest")
            .map(|user| (user.email.clone(), Some(user.role)))
            .collect();
        let groups = texts(self.sim.groups().into_iter().map(|group| group.name));
        let config =
            json!({ "expected_users": expected, "expected_groups": groups, "inactive_days": 10_000 });
        let report = self.data("atlan_access_report", config).await?;
        let is_active = |user: &atlan_sim::UserView| user.enabled && !user.pending;
        for (list, expected) in [
            ("unexpected_users", of(&|user| user.enabled && user.role == "$guest")),
            ("wrong_roles", Texts::new()),
            ("admins", of(&|user| is_active(user) && user.role == "$admin")),
            ("pending", of(&|user| user.pending && user.enabled)),
            ("disabled", of(&|user| !user.enabled && !user.pending)),
        ] {
            let found = without_foreign(emails(&report[list]));
            check!(found == expected, "{list}: {found:?} and not {expected:?}");
        }
        let (nothing, is_alone) = (json!([]), self.law.is("foreign_records", "none"));
        for list in ["missing_users", "missing_groups"] {
            check!(report[list] == nothing, "{list}: {}", report[list]);
        }
        check!(report["unexpected_groups"] == nothing || !is_alone, "{}", report["unexpected_groups"]);
        let counts = (&report["counts"]["users"], &report["counts"]["groups"]);
        let is_right = counts == (&json!(people.len()), &json!(groups.len()));
        check!(is_right || !is_alone, "{}", report["counts"]);
        let counted = self.law.is("list_counts", "present");
        check!(
            report["empty_groups"].is_null() != counted || !is_alone,
            "empty_groups: {}",
            report["empty_groups"]
        );
        // Whoever has logged in has done so within ten thousand days.
        let inactive = without_foreign(emails(&report["inactive_users"]));
        let active = of(&is_active);
        check!(inactive.is_subset(&active), "inactive_users: {inactive:?}");
        Ok(())
    }

    async fn lists(&self) -> Step {
        let groups = self.sim.groups();
        let found = self.listed("atlan_group", json!({})).await?;
        let names = |states: &[Value]| {
            without_foreign(texts(states.iter().filter_map(|state| state["name"].as_str())))
        };
        check!(
            names(&found) == texts(groups.iter().map(|group| group.name.clone())),
            "groups: {:?}",
            names(&found)
        );
        let found = self.listed("atlan_group", json!({ "name_prefix": "data_" })).await?;
        let some = groups.iter().filter(|group| group.name.starts_with("data_"));
        check!(names(&found) == texts(some.map(|group| group.name.clone())), "data_: {:?}", names(&found));

        let people = self.sim.users();
        let of = |fits: &dyn Fn(&atlan_sim::UserView) -> bool| {
            texts(people.iter().filter(|user| fits(user)).map(|user| user.email.clone()))
        };
        for (resource, address) in [("atlan_user_invite", "email"), ("atlan_user_role", "user")] {
            for (config, expected) in [
                (json!({}), of(&|_| true)),
                (json!({ "role": "$admin" }), of(&|user| user.role == "$admin")),
                (json!({ "email_domain": "example.com" }), of(&|_| true)),
                (json!({ "status": "pending" }), of(&|user| user.pending && user.enabled)),
            ] {
                let found = self.listed(resource, config.clone()).await?;
                let found = without_foreign(texts(found.iter().filter_map(|state| state[address].as_str())));
                check!(found == expected, "{resource} {config}: {found:?} and not {expected:?}");
            }
        }

        // Nobody can read who is in the group of another system.
        let pair = |group: &str, person: &str| format!("{group} {person}");
        let expected: Texts = groups
            .iter()
            .flat_map(|group| group.members.iter().map(|email| pair(&group.id, &email.to_lowercase())))
            .collect();
        let text = |state: &Value, part: &str| state[part].as_str().unwrap_or_default().to_owned();
        let edges = self.listed("atlan_group_member", json!({})).await?;
        let edges = texts(
            edges.iter().map(|state| pair(&text(state, "group_id"), &text(state, "user").to_lowercase())),
        );
        check!(edges == expected, "memberships: {edges:?} and not {expected:?}");
        let sets = self.listed("atlan_group_members", json!({})).await?;
        let members = sets.iter().flat_map(|state| {
            let people = state["members"].as_array().into_iter().flatten().filter_map(Value::as_str);
            people.map(|person| pair(&text(state, "group_id"), &person.to_lowercase())).collect::<Vec<_>>()
        });
        let members = texts(members);
        check!(members == expected, "sets: {members:?} and not {expected:?}");
        Ok(())
    }

    async fn lists_of_credentials(&self) -> Step {
        if self.law.may("token_with") {
            let found = self.listed("atlan_api_token", json!({})).await?;
            let names = texts(found.iter().filter_map(|state| state["display_name"].as_str()));
            check!(names == texts(["terraform"]), "tokens: {names:?}");
            let none = self.listed("atlan_api_token", json!({ "name_prefix": "other" })).await?;
            check!(none.is_empty(), "tokens of another name: {none:?}");
        }
        let found = self.listed("atlan_oauth_client", json!({})).await?;
        let names = texts(found.iter().filter_map(|state| state["display_name"].as_str()));
        check!(names == texts(["terraform"]), "OAuth clients: {names:?}");
        if self.law.may("sso_with") {
            let found = self.listed("atlan_sso_group_mapping", json!({ "idp_alias": "okta" })).await?;
            check!(found.is_empty(), "mappings: {found:?}");
        }
        Ok(())
    }
}
