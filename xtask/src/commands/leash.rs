//! A helper process that ends when its owner ends.

use std::error::Error;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// Starts the process and ends it as soon as standard input closes. So it ends with us even if a signal ends us, when no
/// destructor runs. Standard output is the process's alone, so that its end shows there.
const SCRIPT: &str = r#""$@" & exec >&-; read -r _; kill $! 2>/dev/null; wait $!"#;

/// A process on a leash. Gone when dropped.
pub(in crate::commands) struct Leash {
    shell: Child,
    /// `None` once it is taken.
    said: Option<BufReader<ChildStdout>>,
}

impl Leash {
    /// Starts `binary` with nothing in its environment. `options` adds its arguments and variables, and may send standard
    /// error somewhere.
    pub(in crate::commands) fn start(
        binary: &Path,
        options: impl FnOnce(&mut Command) -> &mut Command,
    ) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "sh"]).arg(binary).env_clear().stderr(Stdio::null());
        let mut shell = options(&mut command).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let said = Some(BufReader::new(shell.stdout.take().ok_or("no standard output")?));
        Ok(Self { shell, said })
    }

    /// The next line of its standard output, without the line ending; `None` when the process has ended.
    pub(in crate::commands) fn line(&mut self) -> Result<Option<String>, Box<dyn Error>> {
        let mut line = String::new();
        let read = self.said.as_mut().ok_or("its output is read elsewhere")?.read_line(&mut line)?;
        Ok((read > 0).then(|| line.trim_end().to_owned()))
    }

    /// What waits, on any thread, until the process has ended. No more lines can be read here.
    pub(in crate::commands) fn end(&mut self) -> Result<impl FnOnce() + Send + 'static, Box<dyn Error>> {
        let said = self.said.take().ok_or("its output is read elsewhere")?;
        Ok(move || drop(io::copy(&mut { said }, &mut io::sink())))
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        drop(self.shell.stdin.take()); // closes it
        let _ = self.shell.wait(); // it may have ended already, by the Ctrl-C that ends us, too
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_says_is_read_line_by_line_until_its_end() {
        let mut leash = Leash::start(Path::new("echo"), |command| command.arg("a\nb")).unwrap();
        assert_eq!(leash.line().unwrap().as_deref(), Some("a"));
        assert_eq!(leash.line().unwrap().as_deref(), Some("b"));
        assert_eq!(leash.line().unwrap(), None);
    }

    #[test]
    fn a_process_ends_when_its_leash_is_dropped() {
        let mut leash =
            Leash::start(Path::new("sh"), |command| command.args(["-c", "echo $$; exec sleep 600"])).unwrap();
        let id = leash.line().unwrap().unwrap();
        drop(leash);
        let there = Command::new("sh").args(["-c", &format!("kill -0 {id} 2>&1")]).output().unwrap();
        assert!(!there.status.success());
    }
}
