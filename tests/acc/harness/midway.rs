//! An apply that is held in the middle of a write, for tests of Ctrl-C and `kill -9`.

use atlan_sim::{Hold, Moment, Sim};

use super::workspace::APPLY;
use super::{Output, Running, USERS, Workspace, in_time, is_gone, wait_for};

/// Starts an apply and stops at the moment when a POST to this path has taken effect and no answer has come back.
pub(crate) fn apply_until(sim: &Sim, ws: &Workspace, path: &str) -> (Running, Hold) {
    apply_until_request(sim, ws, "POST", path)
}

/// The same for any method.
pub(crate) fn apply_until_request(sim: &Sim, ws: &Workspace, method: &str, path: &str) -> (Running, Hold) {
    run_until(sim, ws, &APPLY, method, path)
}

/// The same for any command.
pub(crate) fn run_until(
    sim: &Sim,
    ws: &Workspace,
    command: &[&str],
    method: &str,
    path: &str,
) -> (Running, Hold) {
    sim.clear_journal();
    let hold = sim.hold(method, path, Moment::After);
    let running = ws.spawn(command);
    in_time(sim.until(|journal| {
        journal.iter().any(|entry| entry.fits(method, path) && entry.applied).then_some(())
    }));
    (running, hold)
}

/// Stops an apply at that moment, by `kill -9` of Terraform or by Ctrl-C.
pub(crate) fn stop_at(sim: &Sim, ws: &Workspace, method: &str, path: &str, kills: bool) {
    let (running, hold) = apply_until_request(sim, ws, method, path);
    match kills {
        true => kill(ws, running, hold),
        false => drop(interrupt(running, hold)),
    }
}

/// The same for invitations. People who are invited at the same time share a request, so it may be one or all of them.
pub(crate) fn apply_until_invited(sim: &Sim, ws: &Workspace) -> (Running, Hold) {
    apply_until(sim, ws, USERS)
}

/// Sends Ctrl-C, and releases the answers when Terraform has passed it on to the provider.
pub(crate) fn interrupt(running: Running, hold: Hold) -> Output {
    running.interrupt();
    wait_for("Terraform has asked the provider to stop", || running.has_asked_to_stop());
    hold.release();
    running.wait()
}

/// Kills Terraform alone by `kill -9`, and releases the answers when its provider has ended.
pub(crate) fn kill(ws: &Workspace, mut running: Running, hold: Hold) {
    let provider = ws.providers().pop().unwrap();
    running.kill();
    assert_eq!(running.wait().status, None);
    wait_for("the orphaned provider has ended", || is_gone(provider));
    drop(hold);
}
