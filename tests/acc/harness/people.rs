//! Three people who are invited at once, and an apply that is held in the middle of it.

use atlan_sim::{Hold, Moment, Sim};

use super::{Output, Running, Workspace, in_time, wait_for};

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

/// Starts an apply and stops at the moment when the first invitations have taken effect and no answer has come back.
/// People who are invited at the same time share a request, so it may be one or all of them.
pub(crate) fn apply_until_invited(sim: &Sim, ws: &Workspace) -> (Running, Hold) {
    let hold = sim.hold("POST", USERS, Moment::After);
    let running = ws.spawn_apply();
    in_time(sim.until(|journal| {
        journal.iter().any(|entry| entry.fits("POST", USERS) && entry.applied).then_some(())
    }));
    (running, hold)
}

/// Sends Ctrl-C, and releases the answers when Terraform has noticed it.
pub(crate) fn interrupt(running: Running, hold: Hold) -> Output {
    running.interrupt();
    wait_for("Terraform has heard the signal", || running.said().contains("Stopping operation"));
    hold.release();
    running.wait()
}
