//! Atlan's own SDKs against the simulator: a program of ours for each language, in crates/atlan-sim/tests/sdk/, creates a
//! group, invites a person, looks both up, changes them, and deletes the group, as Atlan's documentation shows.
//!
//! Each program runs with a tenant of its own, which tells the requests that it didn't know. A language whose tool or whose
//! package is not to be had here is a line with the reason. The requests that the SDKs send are also tested without them
//! (crates/atlan-sim/tests/it/sdks.rs).

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use atlan_sim::{Options, Sim};

use super::{build, progress};

/// Where the programs are.
const PROGRAMS: &str = "crates/atlan-sim/tests/sdk";

/// An SDK and how to run its program.
struct Sdk {
    language: &'static str,
    package: &'static str,
    version: &'static str,
    run: fn(&Bench, &Sdk) -> Result<(), Failure>,
}

const SDKS: [Sdk; 4] = [
    Sdk { language: "Python", package: "pyatlan", version: "9.10.3", run: python },
    Sdk { language: "Go", package: "github.com/atlanhq/atlan-go", version: "v0.1.0", run: go },
    Sdk { language: "Java", package: "com.atlan:atlan-java", version: "6.3.0", run: maven },
    Sdk { language: "Kotlin", package: "com.atlan:atlan-java", version: "6.3.0", run: maven },
];

/// Why a program did not come to its end.
enum Failure {
    /// It could not be started; with the reason.
    NotRun(String),
    /// It, or what it needs from us, failed.
    Failed(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What the programs need.
struct Bench {
    /// The folder with the programs.
    programs: PathBuf,
    /// The simulator's binary.
    simulator: PathBuf,
    /// A folder of ours in the user's cache folder.
    cache: PathBuf,
}

impl Bench {
    fn new(workspace: &Path) -> Result<Self, Box<dyn Error>> {
        progress("building the simulator")?;
        let simulator = build::debug_binary(workspace, "atlan-sim")?;
        let cache =
            xtask::terraform::cache().ok_or("neither XDG_CACHE_HOME nor HOME says where to install")?;
        fs::create_dir_all(&cache)?;
        Ok(Bench { programs: workspace.join(PROGRAMS), simulator, cache })
    }
}

/// What Atlan tests of people, groups, tokens, OAuth clients and SSO group mappings, in its repository.
const TESTS: [&str; 4] = [
    "tests/integration/admin_test.py",
    "tests/integration/requests_test.py",
    "tests/integration/test_oauth_client.py",
    "tests/integration/test_sso_client.py",
];
/// What these tests need beside the SDK.
const TEST_PACKAGES: [&str; 2] = ["pytest==8.4.2", "pytest-order==1.3.0"];
/// Somebody whom these tests expect in the tenant.
const THEIR_COLLEAGUE: &str = "aryaman.bhushan@atlan.com";

/// Runs the tests in a checkout of Atlan's SDK for Python, unchanged. They are not part of its package, so somebody has to have cloned
/// the repository at the tag of that version. Their `conftest.py` loads tests of other things, so it is left out.
pub(super) fn python_tests(workspace: &Path, checkout: &Path) -> Result<(), Box<dyn Error>> {
    let checkout = complete(checkout)?;
    let bench = Bench::new(workspace)?;
    let [sdk, ..] = &SDKS;
    progress("running the tests of pyatlan")?;
    let run = || {
        let python = environment(&bench, sdk)?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        prepare(Command::new(&python).args(install).args(TEST_PACKAGES), "pip install")?;
        let mut tests = Command::new(&python);
        tests.args([
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "--noconftest",
            "-p",
            "tests.integration.client",
        ]);
        tests.args(TESTS).current_dir(&checkout).env("PYTHONDONTWRITEBYTECODE", "1");
        with_tenant(&mut tests, |sim| {
            sim.admit(THEIR_COLLEAGUE, "$member", false).map_err(|error| error.to_string())
        })
    };
    match run() {
        Ok(()) => Ok(()),
        Err(Failure::NotRun(reason)) => Err(format!("not run: {reason}").into()),
        Err(Failure::Failed(reason)) => Err(reason.into()),
    }
}

/// The absolute path of a checkout that has all of these tests.
fn complete(checkout: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let missing: Vec<&str> = TESTS.into_iter().filter(|test| !checkout.join(test).is_file()).collect();
    if missing.is_empty() {
        return Ok(fs::canonicalize(checkout)?);
    }
    Err(format!("{} is no checkout of atlan-python: it lacks {}", checkout.display(), missing.join(", "))
        .into())
}

/// Runs all of them and prints a line for each.
pub(super) fn run(workspace: &Path) -> Result<(), Box<dyn Error>> {
    let bench = Bench::new(workspace)?;
    let mut table = String::from("| SDK | package | result |\n| --- | --- | --- |\n");
    let mut failed = Vec::new();
    for sdk in SDKS {
        progress(sdk.language)?;
        let result = match (sdk.run)(&bench, &sdk) {
            Ok(()) => "passed".to_owned(),
            Err(Failure::NotRun(reason)) => format!("not run: {}", reason.replace('|', "\\|")),
            Err(Failure::Failed(reason)) => {
                failed.push(format!("{}: {reason}", sdk.language));
                "failed".to_owned()
            }
        };
        table += &format!("| {} | {} {} | {result} |\n", sdk.language, sdk.package, sdk.version);
    }
    io::stdout().write_all(table.as_bytes())?;
    if failed.is_empty() { Ok(()) } else { Err(failed.join("; ").into()) }
}

/// The Python of a virtual environment with pyatlan, which stays in the cache folder.
fn environment(bench: &Bench, sdk: &Sdk) -> Result<PathBuf, Failure> {
    let folder = bench.cache.join(format!("{}-{}", sdk.package, sdk.version));
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let complete = folder.join("complete");
    let lock = File::create(bench.cache.join(format!("{}.lock", sdk.package)))?;
    lock.lock()?; // until the file is closed
    if !complete.exists() {
        if folder.exists() {
            fs::remove_dir_all(&folder)?; // of an installation that was cut off
        }
        prepare(Command::new("python3").args(["-m", "venv"]).arg(&folder), "python3 -m venv")?;
        let pinned = format!("{}=={}", sdk.package, sdk.version);
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", &pinned];
        prepare(Command::new(&python).args(install), "pip install")?;
        File::create(&complete)?;
    }
    Ok(python)
}

fn python(bench: &Bench, sdk: &Sdk) -> Result<(), Failure> {
    let python = environment(bench, sdk)?;
    // It starts simulators itself, several of them.
    let program = bench.programs.join("pyatlan_lifecycle.py");
    finish(Command::new(&python).arg(program).arg(&bench.simulator), "the program")
}

/// The Go program, if the Go command finds the SDK's module.
fn go(bench: &Bench, sdk: &Sdk) -> Result<(), Failure> {
    let module = format!("{}@{}", sdk.package, sdk.version);
    let scratch = Scratch::copy(&bench.programs.join("go"))?;
    prepare(
        Command::new("go").args(["mod", "download", &module]).current_dir(&scratch.0),
        "go mod download",
    )?;
    prepare(Command::new("go").args(["mod", "tidy"]).current_dir(&scratch.0), "go mod tidy")?;
    with_tenant(Command::new("go").args(["run", "."]).current_dir(&scratch.0), |_| Ok(()))
}

/// The Java or Kotlin program, if Maven finds the SDK's package.
fn maven(bench: &Bench, sdk: &Sdk) -> Result<(), Failure> {
    let scratch = Scratch::copy(&bench.programs.join(sdk.language.to_lowercase()))?;
    let maven = || {
        let mut maven = Command::new("mvn");
        maven.args(["--batch-mode", "--quiet", "-Dstyle.color=never"]).current_dir(&scratch.0);
        maven
    };
    prepare(maven().arg("compile"), "mvn compile")?;
    with_tenant(maven().arg("exec:java"), |_| Ok(()))
}

/// A copy of a program's folder, because the tools write beside the program; deleted on drop.
struct Scratch(PathBuf);

impl Scratch {
    fn copy(program: &Path) -> io::Result<Self> {
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let scratch = Self(std::env::temp_dir().join(format!("sdk-{}-{name}", std::process::id())));
        xtask::system::copy_folder(program, &scratch.0)?;
        Ok(scratch)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // at worst it stays among the temporary files
    }
}

/// Runs a step without which the program can't be run here. What it says is the reason.
fn prepare(command: &mut Command, step: &str) -> Result<(), Failure> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| Failure::NotRun(format!("{step} can't be run ({error})")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stderr, output.stdout].concat();
    Err(Failure::NotRun(format!("{step} failed: {}", reason(&String::from_utf8_lossy(&said)))))
}

/// The most informative line of an output, cut to what fits into a table.
fn reason(output: &str) -> String {
    let lines = || output.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_error = |line: &&str| line.to_lowercase().contains("error") || line.contains("not found");
    let line = lines().find(is_error).or_else(|| lines().next_back()).unwrap_or("it did not say why");
    // Maven puts the cause at the end of a long line.
    let line = line.rsplit_once("lifecycle:jar:1: ").map_or(line, |(_, cause)| cause);
    line.chars().take(200).collect()
}

/// Runs a program with the address and the key of a fresh tenant that has been made ready for it, and checks what the tenant got.
fn with_tenant(
    command: &mut Command,
    make_ready: impl FnOnce(&Sim) -> Result<(), String>,
) -> Result<(), Failure> {
    let failed = |error: &dyn Error| Failure::Failed(error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let sim = runtime.block_on(Sim::start(Options::default())).map_err(|error| failed(&error))?;
    make_ready(&sim).map_err(Failure::Failed)?;
    command.env("ATLAN_BASE_URL", sim.base_url()).env("ATLAN_API_KEY", sim.api_key());
    finish(command, "the program")?;
    let unknown: Vec<String> = sim
        .journal()
        .iter()
        .filter(|entry| entry.status.is_some_and(|status| status >= 500))
        .map(|entry| format!("{} {}", entry.method, entry.path))
        .collect();
    match unknown.as_slice() {
        [] => Ok(()),
        some => Err(Failure::Failed(format!("the tenant did not know {}", some.join(", ")))),
    }
}

/// Runs the program itself. What it says goes to standard error.
fn finish(command: &mut Command, what: &str) -> Result<(), Failure> {
    let status = command.stdin(Stdio::null()).stdout(io::stderr()).status()?;
    if status.success() { Ok(()) } else { Err(Failure::Failed(format!("{what} ended with {status}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_the_line_with_the_error() {
        let maven =
            "[INFO] a\n[ERROR] Failed: lifecycle:lifecycle:jar:1: Could not find a:b:jar:6.3.0\n[ERROR] b\n";
        assert_eq!(reason(maven), "Could not find a:b:jar:6.3.0");
        assert_eq!(reason("first\n  last\n\n"), "last");
        assert_eq!(reason(""), "it did not say why");
        assert_eq!(reason(&"error ".repeat(100)).chars().count(), 200);
    }

    #[test]
    fn what_is_missing_is_no_failure_of_the_program() {
        let missing = prepare(&mut Command::new("/nowhere/go"), "go mod download");
        assert!(
            matches!(missing, Err(Failure::NotRun(reason)) if reason.starts_with("go mod download can't be run ("))
        );
        let refused =
            prepare(Command::new("sh").args(["-c", "echo 'error: no such module' >&2; exit 1"]), "go");
        assert!(
            matches!(refused, Err(Failure::NotRun(reason)) if reason == "go failed: error: no such module")
        );
        let failed = finish(Command::new("sh").args(["-c", "exit 3"]), "the program");
        assert!(matches!(failed, Err(Failure::Failed(reason)) if reason.contains("exit status: 3")));
    }

    #[test]
    fn a_folder_without_the_tests_is_named() {
        let said = complete(Path::new("/nowhere")).unwrap_err().to_string();
        assert!(
            said.starts_with(
                "/nowhere is no checkout of atlan-python: it lacks tests/integration/admin_test.py"
            ),
            "{said}"
        );
    }

    #[test]
    fn the_versions_are_those_of_the_programs() {
        let programs = xtask::workspace().join(PROGRAMS);
        for (sdk, file) in
            SDKS.iter().zip(["pyatlan_lifecycle.py", "go/go.mod", "java/pom.xml", "kotlin/pom.xml"])
        {
            let text = fs::read_to_string(programs.join(file)).unwrap();
            assert!(text.contains(sdk.version), "{file} names another version than {}", sdk.version);
        }
    }
}
