//! Atlan refuses, limits, answers nonsense or not at all: a useful error, an unchanged state, and a next apply that
//! succeeds.

use std::time::Duration;

use atlan_sim::{Moment, Rule};
use serde_json::json;

use crate::harness::{NAMES, Terraform, each_terraform, start, three_people};

each_terraform![
    refusals_and_nonsense_leave_the_state_and_the_next_apply_converges,
    a_wrong_key_is_an_error_on_the_credential,
    the_error_says_that_the_tenant_requires_single_sign_on,
    a_limit_is_waited_for_unless_it_is_too_long,
    a_lost_answer_never_means_a_second_mail,
    an_unclear_group_is_taken_over_without_a_refresh,
];

fn refusals_and_nonsense_leave_the_state_and_the_next_apply_converges(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let ws = ws.set("ATLAN_MAX_RETRIES", "0").set("ATLAN_REQUEST_TIMEOUT", "10s");
    let kept = r#"
        resource "atlan_group" "kept" { alias = "Kept" }
        "#;
    ws.write(kept);
    ws.apply().ok();
    let before = ws.state().object("atlan_group.kept").clone();

    let on = |method: &str, path: &str| Rule::on(method, &format!("/api/service/{path}"));
    let no_roles = json!({ "records": [], "totalRecord": 0, "filterRecord": 0 });
    let html = |rule: Rule| Rule { html: true, ..rule };
    let cases: [(&str, Rule, &[&str]); 7] = [
        (
            "forbidden",
            on("POST", "groups").status(403),
            &["POST /api/service/groups", "403", "fault injected", "may not do this"],
        ),
        ("broken", on("GET", "*").status(500), &["500", "Try again later"]),
        (
            "overloaded",
            on("POST", "groups").status(503),
            &["503", "unknown whether", "`terraform apply` again"],
        ),
        (
            "login page",
            html(on("GET", "*").status(200)),
            &["unreadable", "Something other than Atlan may have answered", "base_url"],
        ),
        ("cut short", on("GET", "roles").truncate(20), &["GET /api/service/roles", "no complete answer"]),
        (
            "no such role",
            Rule { body: Some(no_roles), ..on("GET", "roles").status(200) },
            &["$member", "no right to see the tenant's roles"],
        ),
        ("nobody there", on("GET", "*").drop(Moment::Before), &["no complete answer"]),
    ];
    for (n, (what, rule, words)) in cases.into_iter().enumerate() {
        // One more of each kind in every round: at the time of the fault there is something to create.
        let more = |n: usize| {
            format!(
                "resource \"atlan_group\" \"g{n}\" {{ alias = \"G{n}\" }}\nresource \"atlan_user_invite\" \"u{n}\" {{\n  \
                 email = \"u{n}@example.com\"\n  role = \"$member\"\n}}\n"
            )
        };
        ws.write(&(0..=n).map(more).fold(kept.to_owned(), |hcl, more| hcl + &more));
        sim.set_faults(vec![rule]).unwrap();
        ws.apply().fails().says(words);
        assert_eq!(ws.state().object("atlan_group.kept"), &before, "{what}");

        sim.set_faults(Vec::new()).unwrap();
        ws.apply().ok();
        assert_eq!(sim.groups().len(), n + 2, "{what}");
        assert_eq!(sim.mails_to(&format!("u{n}@example.com")), 1, "{what}");
    }
    ws.plan_is_empty();
}

fn a_wrong_key_is_an_error_on_the_credential(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let ws = ws.set("ATLAN_API_KEY", "not-the-key");
    ws.write(r#"resource "atlan_group" "a" { alias = "A" }"#);
    ws.apply()
        .fails()
        .says(&["401", "The credential is wrong, expired or revoked", "ATLAN_API_KEY", "request id"])
        .does_not_say(&["not-the-key"]);
    assert!(ws.state().addresses().is_empty());

    let ws = ws.set("ATLAN_API_KEY", &sim.api_key());
    ws.apply().ok();
    ws.plan_is_empty();
}

fn the_error_says_that_the_tenant_requires_single_sign_on(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    sim.set(json!({ "sso_enforced": true })).unwrap();
    ws.write(
        r#"
        resource "atlan_user_invite" "a" {
          email = "ada@example.com"
          role  = "guest"
        }"#,
    );
    ws.apply().fails().says(&["403", "single sign-on only", "identity provider", "ada@example.com"]);
    assert!(ws.state().addresses().is_empty());

    sim.set(json!({ "sso_enforced": false })).unwrap();
    ws.apply().ok();
    assert_eq!(sim.mails().len(), 1);
}

fn a_limit_is_waited_for_unless_it_is_too_long(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let limited = Rule::on("POST", "/api/service/groups").status(429);
    ws.write(r#"resource "atlan_group" "a" { alias = "A" }"#);
    sim.set_faults(vec![limited.clone().retry_after(600).times(1)]).unwrap();
    ws.apply().fails().says(&["429", "600 s", "retry_max_wait"]);

    // Longer than a practitioner should wait without a message.
    sim.set_faults(vec![limited.retry_after(11).times(1)]).unwrap();
    sim.clear_journal();
    ws.apply().ok().says(&[
        "Warning: Atlan limited requests",
        "s because Atlan answered 429",
        "requests_per_second",
    ]);
    let posts = sim.journal().on("POST", "/api/service/groups");
    let at: Vec<jiff::Timestamp> = posts.iter().map(|post| post.at.parse().unwrap()).collect();
    assert_eq!(posts.iter().map(|post| post.status).collect::<Vec<_>>(), [Some(429), Some(200)]);
    assert!(at[1].duration_since(at[0]) >= jiff::SignedDuration::from_secs(11), "{at:?}");
    ws.plan_is_empty();
}

fn a_lost_answer_never_means_a_second_mail(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let ws = ws.set("ATLAN_REQUEST_TIMEOUT", "10s"); // as long as the shortest watch for an effect
    let groups = r#"
        resource "atlan_group" "all" {
          count = 2
          alias = "Team ${count.index}"
        }"#;
    ws.write(&(three_people("") + groups));
    let invite = || Rule::on("POST", "/api/service/users").times(1);
    let group = || Rule::on("POST", "/api/service/groups").times(1);
    sim.set_faults(vec![
        invite().drop(Moment::After),
        invite().drop(Moment::Before).late(Duration::from_secs(2)),
        group().drop(Moment::After),
        group().drop(Moment::Before),
    ])
    .unwrap();
    ws.apply().ok();
    for name in NAMES {
        assert_eq!(sim.mails_to(&format!("{name}@example.com")), 1, "{name}: {}", sim.journal().writes());
    }
    assert_eq!(sim.groups().len(), 2);
    ws.plan_is_empty();
}

fn an_unclear_group_is_taken_over_without_a_refresh(terraform: &Terraform) {
    for refreshed in [true, false] {
        let (sim, ws) = start(terraform);
        let ws = ws.set("ATLAN_MAX_RETRIES", "0").set("ATLAN_REQUEST_TIMEOUT", "10s");
        ws.write(r#"resource "atlan_group" "a" { alias = "A" }"#);
        sim.set_faults(vec![
            Rule::on("POST", "/api/service/groups").drop(Moment::After),
            Rule::on("GET", "/api/service/v2/groups").after_n(1).status(500),
        ])
        .unwrap();
        ws.apply().fails().says(&["unknown whether the group a was created"]);
        sim.set_faults(Vec::new()).unwrap();
        let made = sim.groups().remove(0).id;
        if refreshed {
            ws.terraform(&["refresh"]).ok();
            assert_eq!(ws.state().text("atlan_group.a", "id"), made);
        }
        assert!(ws.state().is_tainted("atlan_group.a"));
        sim.clear_journal();
        ws.terraform(&["apply", "-auto-approve", "-input=false", "-refresh=false"]).ok();
        assert_eq!(ws.state().text("atlan_group.a", "id"), made, "{}", sim.journal());
        assert_eq!(sim.journal().writes().len(), 0, "{}", sim.journal());
        assert_eq!(sim.groups().len(), 1);
        ws.plan_is_empty();
    }
}
