//! A command that still runs, for tests that send signals.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::{Output, wait_for};

/// A Terraform in a process group of its own, as a shell would start it. Dropping it kills the group.
#[derive(Debug)]
pub(crate) struct Running {
    pub(super) child: Child,
    pub(super) command: String,
    pub(super) stdout: PathBuf,
    pub(super) stderr: PathBuf,
    /// What Terraform and its providers log.
    pub(super) log: PathBuf,
}

impl Running {
    /// Ctrl-C: the signal goes to Terraform and to every provider it has started.
    pub(crate) fn interrupt(&self) {
        assert!(signal("INT", &format!("-{}", self.child.id())), "the process group is there");
    }

    /// Whether Terraform has asked a provider to stop. It says `Stopping operation` before it does.
    pub(crate) fn has_asked_to_stop(&self) -> bool {
        fs::read_to_string(&self.log).is_ok_and(|log| log.contains("asked to stop"))
    }

    /// `kill -9` of Terraform alone.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Output {
        let mut status = None;
        wait_for("terraform ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        Output {
            command: self.command.clone(),
            status: status.and_then(|status| status.code()),
            stdout: fs::read_to_string(&self.stdout).unwrap(),
            stderr: fs::read_to_string(&self.stderr).unwrap(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            signal("KILL", &format!("-{}", self.child.id())); // a failed test must leave no process behind
            let _ = self.child.wait();
        }
    }
}

/// Sends a signal to a process, or to a group by a minus before its number. `false` when there is none.
pub(crate) fn signal(name: &str, target: &str) -> bool {
    // Every shell has this command; sending a signal ourselves would take unsafe code.
    let script = format!("kill -s {name} -- {target}");
    let kill = Command::new("sh").args(["-c", &script]).stderr(Stdio::null()).status();
    kill.is_ok_and(|status| status.success())
}

/// Whether a process has ended, even if nobody has asked for its exit status yet.
pub(crate) fn is_gone(pid: u32) -> bool {
    let is_zombie = fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')));
    is_zombie || !signal("0", &pid.to_string())
}
