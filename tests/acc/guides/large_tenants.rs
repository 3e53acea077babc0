//! The guide Large tenants, with fewer people.

use std::fmt::Write as _;

use super::Guide;
use crate::harness::{FUNCTIONS, Terraform, start};

const PEOPLE: usize = 120;

pub(super) fn run(guide: &Guide, terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let mut csv = "email,role,team\n".to_owned();
    for n in 0..PEOPLE {
        writeln!(csv, "person{n}@example.com,$member,Team {}", n % 4).unwrap();
    }
    ws.write_file("people.csv", &csv);
    let people = guide.block("people");
    let guard = guide.block("guard");
    let settings = guide.block("settings").replace("requests_per_second = 15", "requests_per_second = 0");
    ws.write(&format!("{people}\n{guard}\n{settings}"));
    ws.apply().fails().says(&["people.csv has only 120 people"]);
    assert!(sim.journal().writes().is_empty(), "{}", sim.journal().writes());

    let arguments = ["-input=false", "-var=least_people=100"];
    ws.terraform(&[&["apply", "-auto-approve"], &arguments[..]].concat()).ok();
    assert_eq!((sim.groups().len(), sim.mails().len()), (5, PEOPLE));
    sim.clear_journal();
    ws.terraform(&[&["plan", "-detailed-exitcode"], &arguments[..]].concat()).ok();
    // Pages of people and of the four groups, and one list of groups: 8. On a busy machine, Terraform asks in smaller
    // groups, so some looks come before the pages. The plan has 245 objects.
    assert!(sim.journal().len() <= 24, "{}", sim.journal());

    sim.clear_journal();
    let target = "-target=atlan_user_invite.all[\"person7@example.com\"]";
    ws.terraform(&[&["plan", target], &arguments[..]].concat()).ok();
    assert!(sim.journal().len() <= 2, "{}", sim.journal());

    let (without_members, _) = people.split_once("resource \"atlan_group_member\"").unwrap();
    ws.write(&format!("{without_members}\n{}\n{guard}\n{settings}", guide.block("members")));
    ws.terraform(&[&["apply", "-auto-approve"], &arguments[..]].concat()).ok().says(&["4 added"]);
    sim.clear_journal();
    ws.terraform(&[&["plan", "-detailed-exitcode"], &arguments[..]].concat()).ok();
    let in_teams = sim.groups().into_iter().filter(|group| group.name.starts_with("team"));
    assert_eq!(in_teams.map(|group| group.members.len()).sum::<usize>(), PEOPLE);

    let (locals, _) = people.split_once("resource \"atlan_user_invite\"").unwrap();
    everybody_in_one_resource(&csv, &format!("{locals}\n{}", guide.block("invites")), terraform);
}

fn everybody_in_one_resource(csv: &str, hcl: &str, terraform: &Terraform) {
    if terraform.lacks(FUNCTIONS) {
        return;
    }
    let (sim, ws) = start(terraform);
    ws.write_file("people.csv", csv);
    ws.write(hcl);
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(sim.mails().len(), PEOPLE);
}
