//! A provider's process as its parent sees it, with an environment of its own, and its two streams of output.

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Longest wait for anything. Nothing takes as long unless it's broken.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// The name by which this test is a provider. Arguments and environment have to be Terraform's.
const NAME: &str = "terraform-provider-empty";

/// Whether this process was started as the provider.
pub(crate) fn is_plugin() -> bool {
    std::env::args_os().next().is_some_and(|name| Path::new(&name).ends_with(NAME))
}

/// The provider's executable: a link to this test's.
pub(crate) fn executable() -> PathBuf {
    static LINK: LazyLock<PathBuf> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("process-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let link = folder.join(NAME);
        std::os::unix::fs::symlink(std::env::current_exe().unwrap(), &link).unwrap();
        link
    });
    LINK.clone()
}

/// Removes the link again.
pub(crate) fn clean_up() {
    let link = executable();
    std::fs::remove_dir_all(link.parent().unwrap()).unwrap();
}

/// A command with this environment and no other variables.
pub(crate) fn command(program: &Path, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(variables.iter().copied()).stdin(Stdio::null());
    command
}

/// A running process, killed when dropped unless it has ended.
pub(crate) struct Plugin {
    child: Child,
    output: Receiver<String>,
    log: Receiver<String>,
}

impl Plugin {
    /// Starts it as Terraform does: with the cookie, and these variables beside it.
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        Self::spawn(command(&executable(), &[&[COOKIE], variables].concat()))
    }

    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let output = lines(child.stdout.take().unwrap());
        let log = lines(child.stderr.take().unwrap());
        Self { child, output, log }
    }

    /// The same, whose log nobody reads: the other end is closed.
    pub(crate) fn spawn_without_log(mut command: Command) -> Self {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut child = command.stdout(Stdio::piped()).stderr(writer).spawn().unwrap();
        let output = lines(child.stdout.take().unwrap());
        let log = lines(std::io::empty());
        Self { child, output, log }
    }

    /// The next line on standard output; none when it was closed.
    pub(crate) fn line(&self) -> Option<String> {
        match self.output.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("nothing on standard output"),
        }
    }

    /// The handshake line by its fields.
    pub(crate) fn handshake(&self) -> Vec<String> {
        let line = self.line().unwrap_or_else(|| panic!("no handshake: {}", self.rest_of_log()));
        line.split('|').map(str::to_owned).collect()
    }

    /// Waits for a line of the log that contains `text`.
    pub(crate) fn wait_for_log(&self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let line = self.log.recv_timeout(deadline.saturating_duration_since(Instant::now()));
            match line {
                Ok(line) if line.contains(text) => return line,
                Ok(_) => {}
                Err(error) => panic!("{text:?} is not in the log: {error}"),
            }
        }
    }

    /// What is left of the log when the process closes it.
    pub(crate) fn rest_of_log(&self) -> String {
        let mut log = String::new();
        loop {
            match self.log.recv_timeout(PATIENCE) {
                Ok(line) => log = log + &line + "\n",
                Err(RecvTimeoutError::Disconnected) => return log,
                Err(RecvTimeoutError::Timeout) => panic!("the log stays open; so far:\n{log}"),
            }
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let status =
            Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the end, which closes standard output, and tells how long it took and how the process ended.
    pub(crate) fn end(&mut self) -> (Duration, ExitStatus) {
        let started = Instant::now();
        while self.line().is_some() {}
        let status = self.child.wait().unwrap();
        (started.elapsed(), status)
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
            // A killed process leaves the folder of its socket.
            let folder = format!("plugin-{}-0", self.id());
            let _ = std::fs::remove_dir_all(std::env::temp_dir().join(folder));
        }
    }
}

/// The lines of a stream as they come, read by a thread that ends with it.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            if line.is_err() || sender.send(line.unwrap()).is_err() {
                return;
            }
        }
    });
    receiver
}
