//! `moved` between an invitation and a role, without a request.

use super::*;

const OWN: &str = "registry.terraform.io/atlanhq/atlan";

#[tokio::test]
async fn an_invitation_becomes_a_role_and_back_without_a_request() {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    let invitation = json!({ "email": "Ada@example.com", "role": "$member", "on_destroy": "disable" });
    invite.apply(invitation.clone()).await;
    invite.refresh().await;
    let before = invite.state();
    let offline = core(&sim).without_refresh();
    let mut ada = offline.resource("atlan_user_role");
    sim.clear_journal();
    ada.try_move_from(OWN, &mut invite).await.expect("moved");
    assert!(invite.state().is_null());
    let state = ada.state();
    assert_eq!((&state["user"], &state["role"]), (&json!("Ada@example.com"), &json!("$member")));
    assert_eq!((&state["on_destroy"], &state["previous_role"]), (&json!("restore"), &json!(null)));
    assert_eq!((&state["id"], &state["status"]), (&before["id"], &json!("pending")));
    assert_eq!(ada.identity(), json!({ "id": before["id"] }));
    let plan = ada.plan(role(ADA, "member")).await;
    assert!(plan.is_empty(), "{plan}");
    assert_eq!(sim.journal().len(), 0, "{}", sim.journal());

    let mut back = offline.resource("atlan_user_invite");
    back.try_move_from(OWN, &mut ada).await.expect("moved back");
    assert_eq!(back.state()["role_id"], before["role_id"]);
    let plan = back.plan(json!({ "email": ADA, "role": "member" })).await;
    assert!(plan.is_empty(), "{plan}");
    assert_eq!(sim.journal().len(), 0, "{}", sim.journal());
    // What the role did not hold comes with the next refresh.
    back.set_core(&core(&sim));
    back.refresh().await;
    let mut expected = before.clone();
    expected["on_destroy"] = json!("revoke");
    assert_eq!(back.state(), expected);
    assert_eq!(writes(&sim), "");
}

#[tokio::test]
async fn a_role_that_was_changed_or_imported_becomes_an_invitation_with_the_right_guid_of_the_role() {
    for imported in [true, false] {
        let (sim, mut ada) = given("$admin").await;
        if imported {
            ada.forget();
            ada.import(ADA).await;
        } else {
            ada.apply(role(&sim.user(ADA).expect("there").id, "$guest")).await;
        }
        let present = role_of(&sim, ADA);
        let mut invite = core(&sim).resource("atlan_user_invite");
        invite.try_move_from(OWN, &mut ada).await.expect("moved");
        let config = json!({ "email": ADA, "role": present });
        let plan = invite.plan(config).await;
        assert!(plan.is_empty(), "imported: {imported}: {plan}");
        invite.refresh().await;
        let roles = by_other_means_get(&sim, ROLES);
        let records = roles["records"].as_array().expect("roles").clone();
        let of = records.iter().find(|known| known["name"] == present).expect("the role");
        assert_eq!(invite.state()["role_id"], of["id"]);
        // The person is managed as if invited from here.
        invite.destroy().await;
        assert_eq!(role_of(&sim, ADA), "$guest");
    }
}

#[tokio::test]
async fn an_invitation_whose_outcome_is_unknown_is_no_role() {
    let (sim, mut invite) = managed("atlan_user_invite").await;
    invite.set_core(&core_with(&sim, json!({ "request_timeout": "300ms", "max_retries": 0 })));
    sim.fault(atlan_sim::Rule::on("POST", USERS).drop(atlan_sim::Moment::Before)).expect("a rule");
    let config = json!({ "email": ADA, "role": "$member", "timeouts": { "create": "2s" } });
    invite.try_apply(config).await.failed();
    assert!(!invite.state().is_null());
    let mut ada = core(&sim).resource("atlan_user_role");
    let said = ada.try_move_from(OWN, &mut invite).await.failed().to_string();
    assert!(said.contains("The outcome of the invitation is unknown"), "{said}");
}
