//! `cargo xtask demo --keep` as a person uses it: the printed lines are pasted into a shell, and signals end it.

#![cfg(unix)] // the shell and its signals
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and all of this is a test")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::Once;
use std::{env, fs};

/// The folder of the demo's programs. They are there if the whole workspace is tested, and built here if not.
fn programs() -> PathBuf {
    static BUILT: Once = Once::new();
    let folder = Path::new(env!("CARGO_BIN_EXE_xtask")).parent().unwrap().to_owned();
    BUILT.call_once(|| {
        let names = ["terraform-provider-atlan", "atlan-sim"];
        if names.iter().all(|name| folder.join(name).is_file()) {
            return;
        }
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--locked", "--bins"]).args(names.iter().flat_map(|name| ["--package", name]));
        assert!(cargo.current_dir(xtask::workspace()).status().unwrap().success());
    });
    folder
}

/// A demo that runs, in a folder for temporary files of its own.
struct Demo {
    process: Child,
    stdout: BufReader<ChildStdout>,
    said: Vec<String>,
    temporary: PathBuf,
}

impl Demo {
    /// A demo that builds nothing.
    fn start(name: &str, options: &[&str]) -> Self {
        let programs = programs();
        Self::with(name, &[&["--programs", programs.to_str().unwrap()], options].concat())
    }

    /// `name`: short, as the path of the provider's socket has to fit.
    fn with(name: &str, options: &[&str]) -> Self {
        let temporary = env::temp_dir().join(format!("demo-{name}-{}", std::process::id()));
        fs::create_dir(&temporary).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("demo")
            .args(options)
            .env("TMPDIR", &temporary)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        Self { process, stdout, said: Vec::new(), temporary }
    }

    /// Reads up to a line that starts like this.
    fn until(&mut self, start: &str) {
        loop {
            let mut line = String::new();
            let read = self.stdout.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "{start:?} does not come after\n{}", self.said.join("\n"));
            let line = line.trim_end().to_owned();
            let found = line.starts_with(start);
            self.said.push(line);
            if found {
                return;
            }
        }
    }

    /// The lines under this title, without their indentation.
    fn under(&self, title: &str) -> Vec<&str> {
        let after = self.said.iter().skip_while(|line| **line != format!("==> {title}")).skip(1);
        let lines = after.map_while(|line| line.strip_prefix("    "));
        lines.collect()
    }

    fn base_url(&self) -> String {
        let exports = self.under("In another shell, set this").join("\n");
        let (_, rest) = exports.split_once("export ATLAN_BASE_URL='").unwrap();
        rest.split_once('\'').unwrap().0.to_owned()
    }

    /// Runs a line in a shell that has nothing set but what the demo says, and answers `yes` to a question.
    fn shell(&self, line: &str) -> Output {
        let script = [&self.under("In another shell, set this").join("\n"), "\nset -e\n", line].concat();
        let mut shell = Command::new("sh")
            .args(["-c", &script])
            .env_clear()
            .envs(["PATH", "HOME"].map(|name| (name, env::var_os(name).unwrap_or_default())))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(shell.stdin.take().unwrap().write_all(b"yes\n")); // a command that asks nothing may have ended
        shell.wait_with_output().unwrap()
    }

    fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Waits for its end: how it ended, and the rest of its standard output and standard error.
    fn end(&mut self) -> (ExitStatus, String, String) {
        let (mut rest, mut errors) = (String::new(), String::new());
        self.stdout.read_to_string(&mut rest).unwrap();
        self.process.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (self.process.wait().unwrap(), rest, errors)
    }

    /// What is left of the demo in the folder for temporary files.
    fn left(&self) -> Vec<PathBuf> {
        fs::read_dir(&self.temporary).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
        drop(fs::remove_dir_all(&self.temporary));
    }
}

fn answers(base_url: &str) -> bool {
    TcpStream::connect(base_url.trim_start_matches("http://")).is_ok()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The body that a URL of the tenant answers with.
fn get(url: &str) -> String {
    let (host, path) = url.trim_start_matches("http://").split_once('/').unwrap();
    let mut connection = TcpStream::connect(host).unwrap();
    write!(connection, "GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[test]
fn what_it_prints_works_in_another_shell_and_sigint_ends_everything() {
    let mut demo = Demo::start("int", &["--keep", "--port", "0"]);
    demo.until("==> Ctrl-C here");
    let url = demo.base_url();

    // Everything that it advises, in this order.
    let advice: Vec<String> = demo
        .under("Then try")
        .into_iter()
        .filter_map(|line| line.strip_prefix("  "))
        .map(str::to_owned)
        .collect();
    let expected = ["No changes.", "", "0 added, 1 changed, 2 destroyed", "4 destroyed"];
    assert_eq!(advice.len(), expected.len(), "{advice:?}");
    for (line, expected) in advice.iter().zip(expected) {
        let output = demo.shell(line);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(output.status.success() && said.contains(expected), "{line}: {said}");
        if line.contains("/accept") {
            let plan = text(&demo.shell(&advice[0]).stdout);
            let status = plan.lines().find(|line| line.contains("status")).unwrap();
            assert!(status.contains("pending") && status.contains("active"), "{plan}");
            assert!(plan.contains("without changing any real infrastructure"), "{plan}");
            let page = get(&format!("{url}/"));
            assert!(page.contains(">active</span>") && page.contains("Data Stewards"), "{page}");
        }
    }
    assert!(answers(&url));

    demo.signal("INT");
    let (status, rest, errors) = demo.end();
    assert_eq!((status.code(), errors.as_str()), (Some(0), ""));
    assert_eq!(rest, "\n==> Ended by Ctrl-C: the tenant is stopped and the folder removed\n");
    assert!(!answers(&url), "the tenant still runs");
    assert_eq!(demo.left(), [] as [PathBuf; 0]);
}

#[test]
fn sigterm_during_a_step_ends_everything_after_it() {
    let mut demo = Demo::start("term", &["--keep", "--port", "0"]);
    demo.until("    It answers at ");
    let line = demo.said.last().unwrap();
    let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
    demo.signal("TERM");
    let (status, rest, errors) = demo.end();
    assert_eq!(status.code(), Some(1), "{rest}");
    assert_eq!(errors, "error: ended by SIGTERM; the tenant is stopped and the folder removed\n");
    assert!(!rest.contains("Yours to try"), "{rest}");
    assert!(!answers(&url), "the tenant still runs");
    assert_eq!(demo.left(), [] as [PathBuf; 0]);
}

#[test]
fn the_end_of_the_tenant_ends_the_demo() {
    let mut demo = Demo::start("dead", &["--keep", "--port", "0"]);
    demo.until("==> Ctrl-C here");
    let family = |id: &str| {
        let output = Command::new("ps").args(["-o", "pid=", "--ppid", id]).output().unwrap();
        text(&output.stdout).split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let [shell] = family(&demo.process.id().to_string()).try_into().unwrap();
    let [simulator] = family(&shell).try_into().unwrap();
    assert!(Command::new("kill").arg(simulator).status().unwrap().success());
    let (status, _, errors) = demo.end();
    assert_eq!(
        (status.code(), errors.as_str()),
        (Some(1), "error: the tenant has ended by itself; the folder is removed\n")
    );
    assert_eq!(demo.left(), [] as [PathBuf; 0]);
}

#[test]
fn bad_input_is_one_line_and_leaves_nothing() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let in_use = format!(
        "port {port} is in use: stop the program that listens there, or choose another port with --port; --port 0 takes a free one"
    );
    let empty = env::temp_dir();
    let nothing = format!(
        "there is no terraform-provider-atlan in {}; leave out --programs to build it",
        empty.display()
    );
    let cases: [(&[&str], String); 2] =
        [(&["--keep", "--port", &port], in_use), (&["--programs", empty.to_str().unwrap()], nothing)];
    for (number, (options, expected)) in cases.into_iter().enumerate() {
        let mut demo = Demo::with(&format!("bad{number}"), options);
        let (status, rest, errors) = demo.end();
        assert_eq!((status.code(), rest.as_str(), errors), (Some(1), "", format!("error: {expected}\n")));
        assert_eq!(demo.left(), [] as [PathBuf; 0]);
    }
}
