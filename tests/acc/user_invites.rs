//! `atlan_user_invites` with the real Terraform: partial refusals and the postcondition, lost answers, stops in the middle, moves
//! from single invitations, replacement.

use atlan_sim::{Moment, Rule, Sim};
use serde_json::json;

use crate::harness::{
    Terraform, USERS, apply_until_invited, each_terraform, in_time, interrupt, kill, start, wait_for,
};

each_terraform![
    a_list_lives_from_invitations_to_destroy,
    three_refusals_among_a_thousand_fail_by_the_postcondition_and_mail_nobody_twice,
    a_lost_answer_and_ctrl_c_leave_entries_that_the_next_apply_looks_for,
    an_input_file_that_is_cut_off_is_refused,
    a_person_who_moves_into_the_list_in_one_apply_is_refused_and_the_advice_works,
    after_ctrl_c_in_the_middle_the_next_apply_converges,
    after_a_kill_in_the_middle_adopt_goes_on,
    a_replacement_keeps_every_seat,
    a_list_that_is_cut_off_is_refused_where_no_plan_shows_it,
    under_create_before_destroy_those_who_leave_leave_by_the_new_policy,
    under_create_before_destroy_an_unclear_policy_removes_nobody,
    under_create_before_destroy_a_list_that_is_left_ends_the_access_of_those_who_leave_alone,
    people_without_a_seat_are_left_alone_under_ignore_changes,
    somebody_who_could_not_be_enabled_is_left_alone_under_ignore_changes,
];

const ALL: &str = "atlan_user_invites.all";

/// A list of the people that the expression gives.
fn list(people: &str, more: &str) -> String {
    format!(
        r#"
        resource "atlan_user_invites" "all" {{
          people = {people}
          {more}

          lifecycle {{
            postcondition {{
              condition     = length(self.failed) == 0
              error_message = "Not invited: ${{join(", ", keys(self.failed))}}"
            }}
          }}
        }}"#
    )
}

/// A list of that many people.
fn crowd(count: usize, more: &str) -> String {
    let people = format!(
        r#"{{ for i in range({count}) : format("p%04d@example.com", i) => {{ role = "$member" }} }}"#
    );
    list(&people, more)
}

const ADA_AND_BOB: &str =
    r#"{ "ada@example.com" = { role = "$member" }, "bob@example.com" = { role = "$guest" } }"#;

fn mails(sim: &Sim) -> usize {
    sim.mails().len()
}

fn a_list_lives_from_invitations_to_destroy(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&list(ADA_AND_BOB, ""));
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(mails(&sim), 2);
    sim.accept("ada@example.com").unwrap();
    ws.plan_is_empty();
    ws.write(&list(
        r#"{ "ada@example.com" = { role = "$admin" }, "eve@example.com" = { role = "$guest" } }"#,
        "",
    ));
    ws.plan().does(&["update atlan_user_invites.all"]);
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!((mails(&sim), sim.user("ada@example.com").unwrap().role), (3, "$admin"));
    ws.terraform(&["plan", "-destroy", "-input=false"]).ok().says(&["ends the access of 1 active person"]);
    ws.destroy().ok();
    assert!(sim.user("ada@example.com").is_none_or(|ada| !ada.enabled || ada.role == "$guest"));
}

/// Hard case 1 of a first apply of many people.
fn three_refusals_among_a_thousand_fail_by_the_postcondition_and_mail_nobody_twice(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let some = r#"{ for i in range(997) : format("p%04d@example.com", i) => { role = "$member" } }"#;
    let bad = r#"{ for i in [100, 500, 900] : format("p%04d+x@example.com", i) => { role = "$member" } }"#;
    ws.write(&list(&format!("merge({some}, {bad})"), ""));
    ws.apply().fails().says(&[
        "Could not invite 3 people",
        "Not invited: p0100+x@example.com, p0500+x@example.com, p0900+x@example.com",
    ]);
    assert!(!ws.state().is_tainted(ALL));
    assert_eq!(mails(&sim), 997);
    let plan = ws.plan().does(&["update atlan_user_invites.all"]);
    drop(plan);
    ws.apply().fails().says(&["Could not invite 3 people"]);
    assert!(!ws.state().is_tainted(ALL));
    ws.write(&list(some, ""));
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(mails(&sim), 997);
}

/// Hard case 2: the effect comes after the answer was lost and Terraform was stopped.
fn a_lost_answer_and_ctrl_c_leave_entries_that_the_next_apply_looks_for(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    // Later than the look that an interruption leaves time for.
    let late = std::time::Duration::from_secs(8);
    sim.set_faults(vec![Rule::on("POST", USERS).drop(Moment::Before).late(late).times(1)]).unwrap();
    ws.write(&crowd(100, ""));
    let running = ws.spawn_apply();
    in_time(sim.arrived("POST", USERS));
    running.interrupt();
    wait_for("Terraform has asked the provider to stop", || running.has_asked_to_stop());
    running.wait().fails();
    let state = ws.state();
    assert!(!state.is_tainted(ALL));
    assert_eq!(state.object(ALL)["people"]["p0000@example.com"]["status"], "unknown");
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(mails(&sim), 100);
}

/// Hard case 3.
fn an_input_file_that_is_cut_off_is_refused(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&crowd(200, ""));
    ws.apply().ok();
    sim.clear_journal();
    ws.write(&crowd(40, ""));
    ws.try_plan().fails().says(&[
        "More removals than `max_removals` allows",
        "160 of 200 people",
        "p0049@example.com",
    ]);
    ws.apply().fails();
    assert!(sim.journal().writes().is_empty());
    assert_eq!(sim.users().iter().filter(|user| user.enabled).count(), 201);
}

/// Hard case 8: the plan is refused both ways, and what it advises sends nothing.
fn a_person_who_moves_into_the_list_in_one_apply_is_refused_and_the_advice_works(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let single = r#"
        resource "atlan_user_invite" "ada" {
          email = "ada@example.com"
          role  = "$member"
        }"#;
    ws.write(single);
    ws.apply().ok();
    sim.accept("ada@example.com").unwrap();
    ws.write(&list(ADA_AND_BOB, "on_existing = \"adopt\""));
    ws.try_plan().fails().says(&[
        "ada@example.com is both removed and created",
        "destroy = false",
        "on_existing = \"adopt\"",
    ]);
    ws.apply().fails();
    assert_eq!((mails(&sim), sim.user("ada@example.com").unwrap().enabled), (1, true));
    ws.terraform(&["state", "rm", "atlan_user_invite.ada"]).ok();
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!((mails(&sim), sim.user("ada@example.com").unwrap().enabled), (2, true));
    // And back.
    let bob = r#"{ "bob@example.com" = { role = "$guest" } }"#;
    ws.write(&format!("{single}{}", list(bob, "on_existing = \"adopt\"")));
    ws.try_plan().fails().says(&["ada@example.com is both removed and created", "on_destroy = \"forget\""]);
    let forget = "on_existing = \"adopt\"\n on_destroy = \"forget\"";
    ws.write(&list(ADA_AND_BOB, forget));
    ws.apply().ok();
    ws.write(&list(bob, forget));
    ws.apply().ok();
    ws.write(&format!("{single}{}", list(bob, forget)));
    ws.import("atlan_user_invite.ada", "ada@example.com").ok();
    ws.plan_is_empty();
    assert_eq!((mails(&sim), sim.user("ada@example.com").unwrap().enabled), (2, true));
}

fn after_ctrl_c_in_the_middle_the_next_apply_converges(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&crowd(250, ""));
    let (running, hold) = apply_until_invited(&sim, &ws);
    interrupt(running, hold);
    assert!(!ws.state().is_tainted(ALL));
    ws.apply().ok();
    ws.plan_is_empty();
    everybody_once(&sim, 250);
}

/// Nothing is in the state.
fn after_a_kill_in_the_middle_adopt_goes_on(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&crowd(250, ""));
    let (running, hold) = apply_until_invited(&sim, &ws);
    kill(&ws, running, hold);
    ws.apply().fails().says(&["people are in the tenant already", "on_existing = \"adopt\""]);
    ws.write(&crowd(250, "on_existing = \"adopt\""));
    ws.apply().ok();
    ws.plan_is_empty();
    everybody_once(&sim, 250);
}

fn everybody_once(sim: &Sim, count: usize) {
    let mut mails: Vec<String> = sim.mails().into_iter().map(|mail| mail.email).collect();
    let all = mails.len();
    mails.sort();
    mails.dedup();
    assert_eq!((mails.len(), all), (count, count));
}

fn a_replacement_keeps_every_seat(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    ws.write(&list(ADA_AND_BOB, ""));
    ws.apply().ok();
    sim.accept("ada@example.com").unwrap();
    let (ada, bob) = (sim.user("ada@example.com"), sim.user("bob@example.com"));
    for order in [&["-replace=atlan_user_invites.all"][..], &[]] {
        if order.is_empty() {
            ws.terraform(&["taint", ALL]).ok();
        }
        sim.clear_journal();
        ws.terraform(&[&["apply", "-auto-approve", "-input=false"][..], order].concat())
            .ok()
            .says(&["ada@example.com keeps the seat"]);
        assert!(sim.journal().writes().is_empty());
        assert!(!ws.state().is_tainted(ALL));
        ws.plan_is_empty();
    }
    assert_eq!((sim.user("ada@example.com"), sim.user("bob@example.com")), (ada, bob));
    assert_eq!(mails(&sim), 2);
    // Nobody leaves for a create that would then fail.
    sim.admit("eve@example.com", "$guest", false).unwrap();
    let next = r#"{
        "ada@example.com" = { role = "$member" }
        "eve@example.com" = { role = "$guest" }
    }"#;
    let replace = ["apply", "-auto-approve", "-input=false", "-replace=atlan_user_invites.all"];
    sim.clear_journal();
    ws.write(&list(next, ""));
    ws.terraform(&replace)
        .fails()
        .says(&["eve@example.com is in the tenant already", "This apply replaces the resource"]);
    assert!(sim.journal().writes().is_empty());
    assert!(!ws.state().is_tainted(ALL));
    // Somebody who leaves in a replacement loses the access.
    ws.write(&list(next, "on_existing = \"adopt\""));
    ws.terraform(&replace).ok();
    ws.plan_is_empty();
    assert!(sim.user("ada@example.com").unwrap().enabled);
    assert!(sim.user("bob@example.com").is_none_or(|bob| !bob.enabled || bob.role == "$guest"));
}

/// A tainted list under `create_before_destroy`: its plan is that of a create, and Terraform plans the removal of the old object in the
/// apply.
fn a_list_that_is_cut_off_is_refused_where_no_plan_shows_it(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let list = |count: usize| {
        crowd(count, "on_existing = \"adopt\"")
            .replace("lifecycle {", "lifecycle {\n            create_before_destroy = true")
    };
    ws.write(&list(40));
    ws.apply().ok();
    ws.terraform(&["taint", ALL]).ok();
    ws.write(&list(1));
    ws.apply().fails().says(&["More removals than `max_removals` allows", "39 of 40 people"]);
    assert_eq!(sim.users().iter().filter(|user| user.enabled).count(), 41, "nobody has lost the access");
    // It is not enough to run it again. The advice: everybody is taken over anew.
    ws.apply().fails().says(&["More removals than `max_removals` allows", "terraform state rm"]);
    assert_eq!(sim.users().iter().filter(|user| user.enabled).count(), 41, "nobody has lost the access");
    ws.terraform(&["state", "rm", ALL]).ok();
    ws.write(&list(40));
    ws.apply().ok();
    ws.plan_is_empty();
    // Few people may leave that way, and the warning counts them alone.
    ws.terraform(&["taint", ALL]).ok();
    ws.write(&list(38));
    ws.apply().ok().says(&["cancels 2 invitations"]);
    ws.plan_is_empty();
    everybody_once(&sim, 40);
}

/// A list of members that Terraform replaces before it removes the old one.
fn replaced_first(name: &str, people: &[&str], policy: &str) -> String {
    let entry = |email: &&str| format!("    {email:?} = {{ role = \"$member\" }}\n");
    let people: String = people.iter().map(entry).collect();
    format!(
        "resource \"atlan_user_invites\" \"{name}\" {{\n  people = {{\n{people}  }}\n  on_existing = \"adopt\"\n  on_destroy  = \
         {policy:?}\n  lifecycle {{\n    create_before_destroy = true\n  }}\n}}\n"
    )
}

/// Roles by address: `$guest` is what an API token leaves.
fn roles<const N: usize>(sim: &Sim, people: [&str; N]) -> [&'static str; N] {
    people.map(|email| sim.user(email).unwrap().role)
}

const REPLACE: [&str; 4] = ["apply", "-auto-approve", "-input=false", "-replace=atlan_user_invites.all"];

/// Terraform plans the removal of the old object in the apply, by its state, which has the policy of the last apply.
fn under_create_before_destroy_those_who_leave_leave_by_the_new_policy(terraform: &Terraform) {
    let [ada, bob, eve] = ["ada@example.com", "bob@example.com", "eve@example.com"];
    for (before, after, left) in [("revoke", "forget", "$member"), ("forget", "revoke", "$guest")] {
        // With somebody who stays, and without.
        for stays in [&[ada][..], &[eve], &[]] {
            let (sim, ws) = start(terraform);
            ws.write(&replaced_first("all", &[ada, bob], before));
            ws.apply().ok();
            [ada, bob].iter().for_each(|email| sim.accept(email).unwrap());
            ws.write(&replaced_first("all", stays, after));
            if after == "forget" || stays == [ada] {
                let said = ws.terraform(&REPLACE).ok();
                let said = if after == "forget" {
                    said.says(&["stays in Atlan"])
                } else {
                    said.says(&["lose access"])
                };
                assert_eq!(roles(&sim, [bob]), [left], "{before} to {after}, {stays:?}: {said}");
                if stays == [ada] {
                    assert_eq!(roles(&sim, [ada]), ["$member"], "{said}");
                }
                ws.plan_is_empty();
                continue;
            }
            // Nothing connects the new object with the old one, so nobody loses more than by its own policy.
            let said = ws.terraform(&REPLACE).fails().says(&[
                "Could not end the access of 2 people",
                "The replaced object had `on_destroy = \"forget\"` and the new one has \"revoke\"",
            ]);
            assert_eq!(roles(&sim, [ada, bob]), ["$member"; 2], "{said}");
            // What the later apply creates has no part in it.
            let others = replaced_first("others", &["kim@example.com"], "revoke");
            ws.write(&format!("{}{others}", replaced_first("all", stays, after)));
            ws.try_plan().ok().says(&["deposed object"]);
            ws.apply().ok().says(&["stays in Atlan"]);
            assert_eq!(roles(&sim, [ada, bob]), ["$member"; 2]);
            ws.plan_is_empty();
        }
    }
}

/// Two lists are new, and neither has anybody of the old object.
fn under_create_before_destroy_an_unclear_policy_removes_nobody(terraform: &Terraform) {
    let [ada, bob, eve, kim] = ["ada@example.com", "bob@example.com", "eve@example.com", "kim@example.com"];
    let (sim, ws) = start(terraform);
    ws.write(&replaced_first("all", &[ada, bob], "revoke"));
    ws.apply().ok();
    [ada, bob].iter().for_each(|email| sim.accept(email).unwrap());
    // The new list is there before the old object is removed, because the replaced one depends on it.
    let others = replaced_first("others", &[kim], "downgrade");
    let after = replaced_first("all", &[eve], "forget")
        .replace("  lifecycle {", "  depends_on = [atlan_user_invites.others]\n  lifecycle {");
    ws.write(&format!("{others}{after}"));
    let said = ws.terraform(&REPLACE).fails().says(&[
        "Could not end the access of 2 people",
        "not certain which of them replaces the object",
        "does that by `on_destroy = \"forget\"`, which leaves them alone",
    ]);
    assert_eq!(roles(&sim, [ada, bob]), ["$member"; 2], "{said}");
    // As the message says.
    ws.try_plan().ok().says(&["deposed object"]);
    ws.apply().ok().says(&["stays in Atlan"]);
    assert_eq!(roles(&sim, [ada, bob]), ["$member"; 2]);
    ws.plan_is_empty();
}

/// The postcondition fails after the new list is created, so Terraform leaves the old one, with everybody, as a deposed object.
fn under_create_before_destroy_a_list_that_is_left_ends_the_access_of_those_who_leave_alone(
    terraform: &Terraform,
) {
    let [ada, bob, bad] = ["ada@example.com", "bob@example.com", "a+b@example.com"];
    let (sim, ws) = start(terraform);
    let list = |people: &[&str]| {
        let checked = "    postcondition {\n      condition     = length(self.failed) == 0\n      error_message = \"Not all.\"\n    }\n";
        replaced_first("all", people, "revoke")
            .replace("    create_before", &format!("{checked}    create_before"))
    };
    ws.write(&list(&[ada, bob]));
    ws.apply().ok();
    [ada, bob].iter().for_each(|email| sim.accept(email).unwrap());
    ws.write(&list(&[ada, bad]));
    let said = ws.terraform(&REPLACE).fails().says(&["Not all."]);
    assert_eq!(roles(&sim, [ada, bob]), ["$member"; 2], "{said}");
    ws.write(&list(&[ada]));
    ws.try_plan().ok().says(&["ends the access of 1 active person", "deposed object"]);
    let said = ws.apply().ok();
    assert_eq!(roles(&sim, [ada, bob]), ["$member", "$guest"], "{said}");
    assert_eq!(mails(&sim), 2);
    ws.plan_is_empty();
}

/// Terraform puts the status of the state into the configuration then, and no plan may change it.
fn people_without_a_seat_are_left_alone_under_ignore_changes(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let list = |policy: &str, ignored: &str| {
        format!(
            r#"
            resource "atlan_user_invites" "all" {{
              people = {{
                "ada@example.com"   = {{ role = "$member" }}
                "a+b@example.com"   = {{ role = "$guest" }}
              }}
              on_destroy = "{policy}"

              lifecycle {{
                ignore_changes = [{ignored}]
              }}
            }}"#
        )
    };
    ws.write(&list("revoke", ""));
    ws.apply().ok().says(&["Could not invite 1 person"]);
    ws.write(&list("revoke", "people"));
    ws.plan_is_empty();
    ws.write(&list("downgrade", "people"));
    ws.apply().ok().says(&["1 person is not tried again", "remove `people` from `ignore_changes`"]);
    ws.plan_is_empty();
    let state = ws.state();
    let state = state.object(ALL);
    assert_eq!(state["people"]["a+b@example.com"]["status"], "failed");
    assert!(state["failed"]["a+b@example.com"].as_str().is_some_and(|why| why.starts_with("not invited")));
    // In a replacement Terraform takes the configuration itself, so everybody is tried again.
    ws.terraform(&["apply", "-auto-approve", "-input=false", "-replace=atlan_user_invites.all"])
        .ok()
        .says(&["Could not invite 1 person"]);
    assert!(!ws.state().is_tainted(ALL));
    ws.write(&list("downgrade", ""));
    ws.apply().fails().says(&["Could not invite a+b@example.com"]);
    assert_eq!(mails(&sim), 1);
}

/// As above: an entry whose person could not be enabled stays disabled until `people` is out of `ignore_changes`.
fn somebody_who_could_not_be_enabled_is_left_alone_under_ignore_changes(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    sim.set(json!({ "key_kind": "user" })).expect("a switch");
    sim.admit("ada@example.com", "$member", false).expect("nobody yet");
    let id = sim.user("ada@example.com").expect("there").id;
    sim.disable("ada@example.com").expect("there");
    sim.fault(Rule::on("POST", &format!("/api/service/users/{id}")).status(403).times(1)).expect("a rule");
    let list = |policy: &str, ignored: &str| {
        format!(
            r#"
            resource "atlan_user_invites" "all" {{
              people = {{
                "ada@example.com" = {{ role = "$member" }}
                "bob@example.com" = {{ role = "$guest" }}
              }}
              on_existing = "adopt"
              on_destroy  = "{policy}"

              lifecycle {{
                ignore_changes = [{ignored}]
              }}
            }}"#
        )
    };
    ws.write(&list("revoke", ""));
    ws.apply().ok().says(&["Could not set up 1 person"]);
    ws.write(&list("downgrade", "people"));
    ws.apply().ok().says(&["1 person is not tried again"]);
    assert!(!sim.user("ada@example.com").expect("there").enabled);
    ws.write(&list("downgrade", ""));
    ws.apply().ok().says(&["ada@example.com was disabled and can log in again"]);
    let state = ws.state();
    assert_eq!(state.object(ALL)["people"]["ada@example.com"]["status"], "active");
    ws.plan_is_empty();
}
