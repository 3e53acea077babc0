//! Plans that are saved and applied later, when others have changed the tenant.

use super::*;

/// A plan that is saved for somebody with one role and wants another one, and what becomes of it once somebody else has given the person a
/// third one.
async fn apply_late(kind: &str, planned: &str, wanted: &str, present: &str) -> (String, String) {
    let sim = tenant(KeyKind::User).await;
    person_by_other_means(&sim, ADA);
    let config = |role: &str| match kind {
        "atlan_user_role" => json!({ "user": ADA, "role": role }),
        "atlan_user_invite" => json!({ "email": ADA, "role": role, "on_existing": "adopt" }),
        _ => with(people(&[(ADA, role), (BOB, role)]), json!({ "on_existing": "adopt" })),
    };
    sim.give_role(ADA, planned).expect("there");
    let mut resource = core(&sim).resource(kind);
    resource.apply(config(planned)).await;
    let plan = resource.plan(config(wanted)).await;
    sim.give_role(ADA, present).expect("there");
    sim.clear_journal();
    let said = match resource.try_apply_plan(&plan, config(wanted)).await {
        Ok(_) => {
            resource.plan_is_empty().await;
            String::new()
        }
        Err(report) => {
            assert_eq!(writes(&sim), "", "{kind}: {report}");
            let role = sim.user(ADA).expect("there").role;
            // A new plan shows the role, and may lower it.
            resource.apply(config(wanted)).await;
            assert_eq!((role, sim.user(ADA).expect("there").role), (present, wanted));
            report.to_string()
        }
    };
    (said, sim.user(ADA).expect("there").role.to_owned())
}

#[tokio::test]
async fn a_saved_plan_takes_no_role_away_that_the_person_has_got_since() {
    for kind in ["atlan_user_invite", "atlan_user_role", RESOURCE] {
        for (planned, wanted, present) in [("$guest", "$member", "$admin"), ("$member", "$guest", "$admin")] {
            let (said, _) = apply_late(kind, planned, wanted, present).await;
            let summary = "The role of ada@example.com changed since the plan";
            assert!(said.contains(summary) && said.contains("Run `terraform plan` again"), "{kind}: {said}");
            let at = if kind == RESOURCE { "people[\"ada@example.com\"].role" } else { "role" };
            assert!(said.contains(&format!("error at {at}: ")), "{kind}: {said}");
        }
        // What the plan shows, and what raises the role, is done.
        for (planned, wanted, present) in [
            ("$admin", "$member", "$admin"),
            ("$admin", "$member", "$guest"),
            ("$guest", "$admin", "$member"),
            ("$guest", "$member", "$member"),
        ] {
            let (said, role) = apply_late(kind, planned, wanted, present).await;
            assert_eq!((said.as_str(), role.as_str()), ("", wanted), "{kind}");
        }
    }
}

/// A replacement keeps the person, and is a change of the role like any other.
#[tokio::test]
async fn a_saved_replacement_takes_no_role_away_that_the_person_has_got_since() {
    for kind in ["atlan_user_invite", RESOURCE] {
        let sim = tenant(KeyKind::User).await;
        let config = |role: &str| match kind {
            "atlan_user_invite" => json!({ "email": ADA, "role": role }),
            _ => people(&[(ADA, role)]),
        };
        let mut resource = core(&sim).resource(kind);
        resource.apply(config("$member")).await;
        resource.taint();
        let plan = resource.plan(config("$guest")).await;
        sim.accept(ADA).expect("pending");
        sim.give_role(ADA, "$admin").expect("there");
        let said = match resource.try_apply_plan(&plan, config("$guest")).await {
            Ok(applied) => applied.report().to_string(),
            Err(report) => report.to_string(),
        };
        assert!(said.contains("and has $admin now. So somebody has raised the role"), "{kind}: {said}");
        if kind == RESOURCE {
            assert!(said.contains("warning at people: Could not replace 1 person"), "{said}");
            assert!(said.contains("  - ada@example.com: not replaced: The person had"), "{said}");
        }
        assert_eq!(sim.user(ADA).expect("there").role, "$admin");
        // A new plan shows the role, and may lower it.
        resource.apply(config("$guest")).await;
        assert_eq!(sim.user(ADA).expect("there").role, "$guest");
        resource.plan_is_empty().await;
    }
}

/// Between the check of everybody and the change of one person, others may still change the role.
#[tokio::test]
async fn the_role_is_looked_at_right_before_it_is_lowered() {
    let (sim, mut invites) = world().await;
    sim.accept(ADA).expect("pending");
    let (before, after) = ([(ADA, "$member"), (BOB, "$guest")], [(ADA, "$guest"), (BOB, "$member")]);
    let plan = invites.plan(people(&after)).await;
    // Bob's role is raised first.
    let raise = sim.hold("POST", ROLE_UPDATES, atlan_sim::Moment::Before);
    let applying = tokio::spawn(async move {
        let applied = invites.try_apply_plan(&plan, people(&after)).await;
        (invites, applied)
    });
    sim.arrived("POST", ROLE_UPDATES).await;
    sim.give_role(ADA, "$admin").expect("there");
    raise.release();
    let (mut invites, applied) = applying.await.expect("no panic");
    let said = applied.failed().to_string();
    assert!(said.contains("The role of ada@example.com changed since the plan"), "{said}");
    assert_eq!(
        (sim.user(ADA).expect("there").role, sim.user(BOB).expect("there").role),
        ("$admin", "$member")
    );
    invites.apply(people(&before)).await;
    assert_eq!(sim.user(ADA).expect("there").role, "$member");
}

/// Somebody else has removed the person and invited the address again, so the entry has the GUID of nobody.
#[tokio::test]
async fn a_removal_says_that_others_have_invited_the_address_again() {
    for destroys in [false, true] {
        let (sim, mut invites) = world().await;
        let old = id(&sim, ADA);
        invites.set_core(&core(&sim).without_refresh());
        sim.remove(ADA).expect("there");
        sim.invite(ADA, "$admin").expect("invited");
        sim.clear_journal();
        let said = match destroys {
            true => invites.destroy().await.to_string(),
            false => invites.apply(people(&[(BOB, "$guest")])).await.report().to_string(),
        };
        assert!(said.contains("ada@example.com was invited again"), "{said}");
        assert!(said.contains(&old) && said.contains(&id(&sim, ADA)) && said.contains("$admin"), "{said}");
        assert!(!writes(&sim).contains(&id(&sim, ADA)), "{}", writes(&sim));
        assert_eq!(sim.user(ADA).expect("there").role, "$admin");
    }
}
