//! Three people who are invited at once, and their team.

use atlan_sim::Sim;

use super::{Terraform, apply_until, kill, start};

/// Who they are, and their keys in the configuration.
pub(crate) const NAMES: [&str; 3] = ["ada", "bob", "eve"];

/// Where people are listed and invited.
pub(crate) const USERS: &str = "/api/service/users";

/// Their invitations as `atlan_user_invite.all`, with these arguments besides.
pub(crate) fn three_people(arguments: &str) -> String {
    format!(
        r#"
        resource "atlan_user_invite" "all" {{
          for_each = toset({NAMES:?})
          email    = "${{each.key}}@example.com"
          role     = "$member"
          {arguments}
        }}"#
    )
}

/// Where people are added to groups.
pub(crate) const JOINS: &str = "/api/service/users/*/groups";

/// Where people are taken out of a group.
pub(crate) const LEAVES: &str = "/api/service/groups/*/members/remove";

/// A group, and the invitations of three people, without memberships.
pub(crate) const TEAM: &str = r#"
    resource "atlan_group" "team" { alias = "Team" }

    resource "atlan_user_invite" "all" {
      for_each = toset(["ada@example.com", "bob@example.com", "eve@example.com"])
      email    = each.value
      role     = "$member"
    }
"#;

/// How many memberships the tenant has.
pub(crate) fn members(sim: &Sim) -> usize {
    sim.groups().iter().map(|group| group.members.len()).sum()
}

/// Kills an apply in which three people join the team, and one in which they leave it. Each next apply converges.
pub(crate) fn converges_after_kills(terraform: &Terraform, joined: &str, left: &str) {
    let (sim, ws) = start(terraform);
    ws.write(TEAM);
    ws.apply().ok();
    for (path, configuration, expected) in [(JOINS, joined, 3), (LEAVES, left, 0)] {
        ws.write(configuration);
        let (running, hold) = apply_until(&sim, &ws, path);
        kill(&ws, running, hold);
        ws.apply().ok();
        ws.plan_is_empty();
        assert_eq!(members(&sim), expected, "{path}");
        sim.clear_journal();
    }
    assert_eq!(sim.mails().len(), 3, "nobody is mailed twice");
}
