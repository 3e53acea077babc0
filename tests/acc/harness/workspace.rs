//! A folder with a configuration, and Terraform's commands on it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use atlan_sim::Sim;

use super::{Output, Plan, Running, State, Terraform};

/// The provider, as cargo has just built it.
const PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-atlan");

/// Begins the script of every provider.
const SHELL: &str = "#!/bin/sh\n";

/// Written beside every configuration.
const VERSIONS: &str = r#"terraform {
  required_providers {
    atlan = { source = "atlanhq/atlan" }
  }
}
"#;

/// A fresh folder with everything a Terraform needs: `work` holds the configuration and is where commands run, `home`
/// and `tmp` stand for the user's. Removed in the end, unless the test fails.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    terraform: Terraform,
    variables: BTreeMap<String, String>,
}

impl Workspace {
    /// A folder whose provider gets the tenant and its key from the environment.
    pub(crate) fn new(terraform: &Terraform, sim: &Sim) -> Self {
        let base_url = sim.base_url();
        Self::bare(terraform).set("ATLAN_BASE_URL", &base_url).set("ATLAN_API_KEY", &sim.api_key())
    }

    /// A folder in which the provider has no settings.
    pub(crate) fn bare(terraform: &Terraform) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // Short: the provider's socket lies below, and the path of a socket may have some hundred bytes only.
        let root = std::env::temp_dir().join(format!("acc-{}-{number}", std::process::id()));
        for folder in ["work", "home", "tmp", "bin"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        let workspace = Self { root, terraform: terraform.clone(), variables: BTreeMap::new() };
        workspace.install_provider();
        workspace.write_file("versions.tf", VERSIONS);
        workspace
    }

    /// Lets `terraform init` find the provider, for configurations that need it: those with modules or a backend.
    pub(crate) fn allow_init(&self) {
        let os = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
        let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
        let mirror = self.root.join("mirror");
        let folder = mirror.join(self.terraform.registry()).join(format!("atlanhq/atlan/1.0.0/{os}_{arch}"));
        fs::create_dir_all(&folder).unwrap();
        symlink(
            self.root.join("bin/terraform-provider-atlan"),
            folder.join("terraform-provider-atlan_v1.0.0"),
        )
        .unwrap();
        self.use_mirror(&mirror);
    }

    /// Makes `terraform init` take the provider from a folder of releases, as on a machine without the registry.
    pub(crate) fn use_mirror(&self, mirror: &Path) {
        let settings = format!("provider_installation {{\n  filesystem_mirror {{ path = {mirror:?} }}\n}}\n");
        fs::write(self.root.join("terraform.rc"), settings).unwrap();
    }

    /// Installs a script as the provider, which writes down its process id and then becomes the provider.
    fn install_provider(&self) {
        let pids = self.root.join("pids");
        let script = format!("echo $$ >> '{}'\nexec '{PROVIDER}' \"$@\"", pids.display());
        self.install(&[("atlanhq", "atlan", &script)]);
    }

    /// Installs a script as the provider of another vendor, beside ours.
    pub(crate) fn install_beside(&self, vendor: &str, name: &str, script: &str) {
        let ours = fs::read_to_string(self.root.join("bin/terraform-provider-atlan")).unwrap();
        self.install(&[("atlanhq", "atlan", ours.trim_start_matches(SHELL)), (vendor, name, script)]);
    }

    /// Writes these providers (vendor, name, shell script), and the settings that let Terraform find them and no other.
    fn install(&self, providers: &[(&str, &str, &str)]) {
        let bin = self.root.join("bin");
        let mut overrides = String::new();
        for (vendor, name, script) in providers {
            let file = bin.join(format!("terraform-provider-{name}"));
            fs::write(&file, format!("{SHELL}{script}\n")).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
            overrides.push_str(&format!("    \"{vendor}/{name}\" = \"{}\"\n", bin.display()));
        }
        let settings =
            format!("provider_installation {{\n  dev_overrides {{\n{overrides}  }}\n  direct {{}}\n}}\n");
        fs::write(self.root.join("terraform.rc"), settings).unwrap();
    }

    /// Sets an environment variable for all later commands.
    #[must_use]
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Where the configuration is.
    pub(crate) fn folder(&self) -> PathBuf {
        self.root.join("work")
    }

    /// The folder for temporary files of everything that runs here.
    pub(crate) fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// Replaces the configuration.
    pub(crate) fn write(&self, hcl: &str) {
        self.write_file("main.tf", hcl);
    }

    /// Writes a file beside the configuration.
    pub(crate) fn write_file(&self, name: &str, text: &str) {
        fs::write(self.folder().join(name), text).unwrap();
    }

    fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.folder())
            .env_clear()
            .env("PATH", self.path())
            .env("HOME", self.root.join("home"))
            .env("TMPDIR", self.tmp())
            .env("TF_CLI_CONFIG_FILE", self.root.join("terraform.rc"))
            .env("TF_CLI_ARGS", "-no-color")
            .env("TF_IN_AUTOMATION", "1")
            .env("CHECKPOINT_DISABLE", "1")
            // These commands are over before it would pay to collect their garbage.
            .env("GOGC", "off")
            .env("GOMEMLIMIT", "512MiB")
            .envs(&self.variables)
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn terraform(&self, arguments: &[&str]) -> Output {
        self.spawn(arguments).wait()
    }

    /// The `PATH` of every command: a shell finds the Terraform of this folder as `terraform`.
    fn path(&self) -> OsString {
        if !self.root.join("commands/terraform").exists() {
            self.add_command("terraform", self.terraform.executable());
        }
        let mut path = self.root.join("commands").into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        path
    }

    /// Lets shells find a program under this name.
    pub(crate) fn add_command(&self, name: &str, program: &Path) {
        let commands = self.root.join("commands");
        fs::create_dir_all(&commands).unwrap();
        symlink(program, commands.join(name)).unwrap();
    }

    /// Runs the lines of a shell script. The first one that fails ends it.
    pub(crate) fn shell(&self, script: &str) -> Output {
        self.start(Path::new("sh"), &["-e", "-c", script]).wait()
    }

    /// Starts a command of Terraform.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Running {
        self.start(self.terraform.executable(), arguments)
    }

    fn start(&self, program: &Path, arguments: &[&str]) -> Running {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let file = |name: &str| self.root.join(format!("{number}.{name}"));
        let (stdout, stderr) = (file("stdout"), file("stderr"));
        let log = self.variables.get("TF_LOG_PATH").map_or_else(|| file("log"), PathBuf::from);
        let mut command = self.command(program, arguments);
        if !self.variables.keys().any(|name| name.starts_with("TF_LOG")) {
            command.env("TF_LOG_PROVIDER", "DEBUG").env("TF_LOG_PATH", &log); // for `has_asked_to_stop`
        }
        command
            .stdout(File::create(&stdout).unwrap())
            .stderr(File::create(&stderr).unwrap())
            .process_group(0);
        let child = command.spawn().unwrap();
        Running { child, command: arguments.join(" "), stdout, stderr, log }
    }

    /// `terraform apply` of the configuration, refreshed, without a question.
    pub(crate) fn apply(&self) -> Output {
        self.terraform(&APPLY)
    }

    /// `terraform apply`, not waited for.
    pub(crate) fn spawn_apply(&self) -> Running {
        self.spawn(&APPLY)
    }

    /// `terraform destroy`, without a question.
    pub(crate) fn destroy(&self) -> Output {
        self.terraform(&["destroy", "-auto-approve", "-input=false"])
    }

    /// `terraform plan`, which may fail.
    pub(crate) fn try_plan(&self) -> Output {
        self.terraform(&["plan", "-input=false"])
    }

    /// `terraform validate`.
    pub(crate) fn validate(&self) -> Output {
        self.terraform(&["validate"])
    }

    /// `terraform import ADDRESS ID`.
    pub(crate) fn import(&self, address: &str, id: &str) -> Output {
        self.terraform(&["import", "-input=false", address, id])
    }

    /// Makes a plan and reads it.
    #[track_caller]
    pub(crate) fn plan(&self) -> Plan {
        self.terraform(&["plan", "-input=false", "-out=plan"]).ok();
        let shown = self.terraform(&["show", "-json", "plan"]).ok();
        Plan { json: serde_json::from_str(&shown.stdout).unwrap() }
    }

    /// Asserts that Terraform would change nothing.
    #[track_caller]
    pub(crate) fn plan_is_empty(&self) {
        self.terraform(&["plan", "-input=false", "-detailed-exitcode"]).ok();
    }

    /// What Terraform knows.
    pub(crate) fn state(&self) -> State {
        let text = fs::read_to_string(self.folder().join("terraform.tfstate")).ok();
        State::parse(text.as_deref())
    }

    /// Process ids of the providers started so far, in their order.
    pub(crate) fn providers(&self) -> Vec<u32> {
        let text = fs::read_to_string(self.root.join("pids")).unwrap_or_default();
        text.lines().map(|line| line.parse().unwrap()).collect()
    }

    /// The files that hold a text, but for those of the state.
    pub(crate) fn files_with(&self, text: &str) -> Vec<PathBuf> {
        let holds = |file: &PathBuf| {
            let bytes = fs::read(file).unwrap_or_default();
            let is_state =
                file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("terraform.tfstate"));
            !is_state && bytes.windows(text.len()).any(|window| window == text.as_bytes())
        };
        self.files().into_iter().filter(holds).collect()
    }

    /// Every file below the folder, those of the commands' output included.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        collect(&self.root, &mut found);
        found
    }
}

pub(super) const APPLY: [&str; 3] = ["apply", "-auto-approve", "-input=false"];

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.push(path);
        }
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the folder of the failed test: {}", self.root.display());
        } else {
            let _ = fs::remove_dir_all(&self.root); // at worst the folder stays among the temporary files
        }
    }
}
