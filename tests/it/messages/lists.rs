//! Messages about many people in one `atlan_user_invites`.

use super::*;

const KIND: &str = "atlan_user_invites";
const BOB: &str = "bob@example.com";
const EVE: &str = "eve@example.com";

fn people(people: &[(&str, &str)]) -> Value {
    let entry = |(email, role): &(&str, &str)| ((*email).to_owned(), json!({ "role": role }));
    json!({ "people": people.iter().map(entry).collect::<serde_json::Map<_, _>>() })
}

fn members(emails: &[&str]) -> Value {
    people(&emails.iter().map(|email| (*email, "$member")).collect::<Vec<_>>())
}

/// Ada and Bob, both active.
async fn active(key_kind: KeyKind) -> (Sim, Instance) {
    let (sim, mut list) = quick(key_kind, KIND).await;
    list.apply(members(&[ADA, BOB])).await;
    for email in [ADA, BOB] {
        sim.accept(email).expect("pending");
    }
    list.refresh().await;
    (sim, list)
}

pub(super) fn scenes(scenes: &mut Scenes) {
    creates(scenes);
    changes(scenes);
    ends(scenes);
    scenes.add("import a list of people", async {
        let (_sim, mut list) = quick(KeyKind::User, KIND).await;
        list.try_import("6f1d3c2a-8f0e-4a57-9a0b-2c4d5e6f7a8b").await.failed()
    });
}

fn creates(scenes: &mut Scenes) {
    scenes.add("invite a list: one of three is refused", async {
        let (_sim, mut list) = quick(KeyKind::User, KIND).await;
        list.apply(members(&[ADA, BOB, "a+b@example.com"])).await.report().clone()
    });
    scenes.add("invite a list: all are refused", async {
        let (sim, mut list) = quick(KeyKind::User, KIND).await;
        sim.fault(Rule::on("POST", USERS).status(403)).expect("a rule");
        list.try_apply(members(&[ADA, BOB])).await.failed()
    });
    scenes.add("invite a list: single sign-on", async {
        let (sim, mut list) = quick(KeyKind::User, KIND).await;
        sim.set(json!({ "sso_enforced": true })).expect("a switch");
        list.try_apply(members(&[ADA, BOB])).await.failed()
    });
    scenes.add("invite a list: the answer is lost", async {
        let (sim, mut list) = quick(KeyKind::User, KIND).await;
        sim.fault(Rule::on("POST", USERS).drop(Moment::Before)).expect("a rule");
        list.apply(members(&[ADA, BOB])).await.report().clone()
    });
    for (title, on_existing, role) in
        [("they are there", "error", "$member"), ("they have a higher role", "adopt", "$guest")]
    {
        scenes.add(format!("invite a list with {on_existing:?}: {title}"), async move {
            let (sim, mut list) = quick(KeyKind::User, KIND).await;
            for email in [ADA, BOB] {
                sim.admit(email, "$member", false).expect("nobody yet");
            }
            let config = people(&[(ADA, role), (BOB, role)]);
            list.try_apply(with(config, json!({ "on_existing": on_existing }))).await.failed()
        });
    }
}

fn changes(scenes: &mut Scenes) {
    scenes.add("change a list: somebody is there", async {
        let (sim, mut list) = active(KeyKind::User).await;
        sim.admit(EVE, "$member", false).expect("nobody yet");
        list.try_apply(members(&[ADA, BOB, EVE])).await.failed()
    });
    scenes.add("change a list: two roles are refused", async {
        let (sim, mut list) = active(KeyKind::User).await;
        sim.fault(Rule::on("POST", ROLE_UPDATES).status(403)).expect("a rule");
        list.try_apply(people(&[(ADA, "$guest"), (BOB, "$guest")])).await.failed()
    });
    scenes.add("change a list: a role has changed since the plan", async {
        let (sim, mut list) = active(KeyKind::User).await;
        let config = people(&[(ADA, "$guest"), (BOB, "$member")]);
        let plan = list.plan(config.clone()).await;
        sim.give_role(ADA, "$admin").expect("there");
        list.try_apply_plan(&plan, config).await.failed()
    });
    scenes.add("change a list: more removals than max_removals", async {
        let (_sim, mut list) = active(KeyKind::User).await;
        list.try_plan(with(members(&[ADA]), json!({ "max_removals": 0 }))).await.map(drop).failed()
    });
}

fn ends(scenes: &mut Scenes) {
    for policy in ["revoke", "disable", "downgrade", "forget"] {
        scenes.add(format!("plan that active people leave a list: {policy}"), async move {
            let (_sim, mut list) = active(KeyKind::User).await;
            list.plan(with(members(&[]), json!({ "on_destroy": policy }))).await.report().clone()
        });
        scenes.add(format!("an API token lets active people leave a list: {policy}"), async move {
            let (_sim, mut list) = active(KeyKind::ApiToken).await;
            let applied = list.try_apply(with(members(&[]), json!({ "on_destroy": policy }))).await;
            applied.map_or_else(|report| report, |applied| applied.report().clone())
        });
    }
    scenes.add("destroy a list", async {
        let (_sim, mut list) = active(KeyKind::User).await;
        list.destroy().await
    });
    scenes.add("somebody who was invited again leaves a list", async {
        let (sim, mut list) = active(KeyKind::User).await;
        list.set_core(&retries(&sim, 0).without_refresh());
        sim.remove(ADA).expect("there");
        sim.invite(ADA, "$admin").expect("nobody");
        list.apply(members(&[BOB])).await.report().clone()
    });
}
