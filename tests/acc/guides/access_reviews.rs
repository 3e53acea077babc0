//! The guide Access reviews.

use std::time::Duration;

use serde_json::json;

use super::Guide;
use crate::harness::{ACTIONS, Terraform, Workspace, call, tenant};

const LIST: &str = "email,role\nAda@example.com,$member\nbob@example.com,$guest\nadmin@example.com,$admin\n";

pub(super) fn run(guide: &Guide, terraform: &Terraform) {
    let names = ["review", "members", "evidence", "nightly", "keep", "token"];
    let [review, members, evidence, nightly, keep, token] = names.map(|name| guide.block(name));
    let sim = tenant();
    let group = json!({ "group": { "name": "data_stewards", "attributes": { "alias": ["Data Stewards"] } } });
    let group = call(&sim, "POST", "/api/service/groups", &group)["group"].clone();
    sim.admit("ada@example.com", "$member", false).unwrap();
    sim.invite("bob@example.com", "$guest").unwrap();
    sim.admit("break-glass@example.com", "$admin", false).unwrap();
    let ws = Workspace::new(terraform, &sim);
    ws.write_file("people.csv", LIST);
    ws.write(&[review.as_str(), &members, &evidence, &token].join("\n"));

    ws.shell(&keep).ok().does_not_say(&["Warning: Check block", "assertion failed"]);
    let kept = ws.shell("cat review-*.json").ok();
    let kept: serde_json::Value = serde_json::from_str(&kept.stdout).unwrap();
    assert_eq!(kept["admins"], json!(["admin@example.com"]), "{kept}");
    assert_eq!(kept["people"].as_object().unwrap().len(), 3);
    ws.shell(&nightly).ok();

    // Somebody accepts: the evidence changes. Terraform's own clock decides what has been pending for long.
    sim.accept("bob@example.com").unwrap();
    assert_eq!(ws.shell(&nightly).status, Some(2));

    // Somebody is added to the tenant and to the group by hand, and somebody else gets another role.
    sim.admit("eve@example.com", "$member", false).unwrap();
    let path = format!("/api/service/users/{}/groups", sim.user("eve@example.com").unwrap().id);
    call(&sim, "POST", &path, &json!({ "groups": [group] }));
    sim.give_role("ada@example.com", "$admin").unwrap();
    sim.remove("bob@example.com").unwrap();
    ws.shell(&nightly).fails().says(&[
        "Access differs from the list: eve@example.com, ada@example.com.",
        "Not on the list: eve@example.com.",
        "On the list and without access: bob@example.com.",
        "Another role than on the list: ada@example.com.",
        "In the group and not on the list: eve@example.com.",
    ]);
    sim.disable("eve@example.com").unwrap();
    sim.give_role("ada@example.com", "$member").unwrap();
    ws.try_plan().ok().does_not_say(&["Not on the list"]);

    // The report says the same, and lists tokens.
    let [report, tokens] = ["report", "tokens"].map(|name| guide.block(name));
    ws.write(&[review.as_str(), &report, &tokens].join("\n"));
    ws.try_plan()
        .ok()
        .says(&["Expected and not in Atlan: bob@example.com.", "Valid for more than a year: terraform."])
        .does_not_say(&[
            "In Atlan and not expected",
            "Admins who are not",
            "Invited more",
            "Created by",
            "Expired, or",
        ]);
    sim.enable("eve@example.com").unwrap();
    sim.give_role("ada@example.com", "$admin").unwrap();
    sim.make_token("ada@example.com", "of Ada").unwrap();
    sim.disable("ada@example.com").unwrap();
    sim.invite("zoe@example.com", "$guest").unwrap();
    sim.advance(Duration::from_secs(91 * 24 * 3600));
    ws.try_plan().ok().says(&[
        "In Atlan and not expected: eve@example.com.",
        "No login for 90 days:",
        "Invited more than 14 days ago: zoe@example.com.",
        "Created by somebody who is disabled or deleted: of Ada.",
    ]);
    sim.enable("ada@example.com").unwrap();
    ws.try_plan().ok().says(&["Admins who are not expected: ada@example.com."]).does_not_say(&["Created by"]);
    sim.advance(Duration::from_secs(1710 * 24 * 3600));
    ws.try_plan().ok().says(&["Expired, or about to: of Ada, terraform."]);

    let [resend, invoke] = ["resend", "invoke"].map(|name| guide.block(name));
    if !terraform.lacks(ACTIONS) {
        let waiting = resend.replace("local.pending_long", "[\"ada@example.com\", \"carol@example.com\"]");
        sim.invite("carol@example.com", "$guest").unwrap();
        sim.advance(Duration::from_secs(20 * 24 * 3600));
        ws.write(&waiting);
        ws.shell(&invoke.replace("apply", "apply -auto-approve")).ok().says(&["carol@example.com"]);
        assert_eq!((sim.mails_to("carol@example.com"), sim.mails_to("ada@example.com")), (2, 0));
    }
}
