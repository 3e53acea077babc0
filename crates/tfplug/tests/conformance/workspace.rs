//! A folder in which Terraform runs the example provider, cleaned up afterwards.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

/// What comes before the name of the provider that this executable is under another name.
const PREFIX: &str = "terraform-provider-";

/// The provider as which Terraform started this process.
pub(crate) fn provider() -> Option<String> {
    let name = std::env::args_os().next()?;
    Some(Path::new(&name).file_name()?.to_str()?.strip_prefix(PREFIX)?.to_owned())
}

/// A configuration, the books it is about, and a Terraform to run.
pub(crate) struct Workspace {
    folder: PathBuf,
    terraform: PathBuf,
    provider: &'static str,
    /// Minor version of the Terraform.
    pub(crate) minor: u32,
}

impl Workspace {
    pub(crate) fn new(terraform: &Path, minor: u32, provider: &'static str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("tfplug-conformance-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        for part in ["bin", "books", "module"] {
            std::fs::create_dir_all(folder.join(part)).unwrap();
        }
        let workspace = Workspace { folder, terraform: terraform.to_owned(), provider, minor };
        std::os::unix::fs::symlink(std::env::current_exe().unwrap(), workspace.program()).unwrap();
        let overrides = format!(
            "provider_installation {{\n  dev_overrides {{ \"example/{provider}\" = {:?} }}\n  direct {{}}\n}}\n",
            workspace.folder.join("bin")
        );
        std::fs::write(workspace.folder.join("terraform.rc"), overrides).unwrap();
        workspace
    }

    /// The provider's executable.
    fn program(&self) -> PathBuf {
        self.folder.join("bin").join(format!("{PREFIX}{}", self.provider))
    }

    /// The provider in debug mode, and what the variable `TF_REATTACH_PROVIDERS` has to say to use it.
    pub(crate) fn debug(&self) -> (Child, String) {
        let mut process = Command::new(self.program())
            .arg("-debug")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let attach = lines.map_while(Result::ok).find_map(|line| {
            let settings = line.trim().strip_prefix("TF_REATTACH_PROVIDERS=")?.trim_matches('\'').to_owned();
            Some(settings)
        });
        (process, attach.unwrap())
    }

    /// Puts a file beside the configuration.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.join("module").join(name), text).unwrap();
    }

    /// Replaces the configuration.
    pub(crate) fn configure(&self, text: &str) {
        self.configure_with_meta("", text);
    }

    /// Replaces the configuration, with something for the provider about the module.
    pub(crate) fn configure_with_meta(&self, meta: &str, text: &str) {
        let meta = if meta.is_empty() {
            String::new()
        } else {
            format!("provider_meta \"{}\" {{\n{meta}\n}}\n", self.provider)
        };
        let provider = format!("provider \"{}\" {{\nfolder = {:?}\n}}", self.provider, self.shelf());
        self.configure_all(&meta, &format!("{provider}\n{text}"));
    }

    /// Replaces the configuration, provider block included.
    pub(crate) fn configure_all(&self, meta: &str, text: &str) {
        let provider = self.provider;
        let required =
            format!("required_providers {{\n{provider} = {{ source = \"example/{provider}\" }}\n}}");
        self.write("main.tf", &format!("terraform {{\n{required}\n{meta}}}\n{text}\n"));
    }

    /// The folder in which the provider keeps its objects.
    pub(crate) fn shelf(&self) -> PathBuf {
        self.folder.join("books")
    }

    /// A folder or file beside the configuration.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join("module").join(name)
    }

    /// Terraform, ready to run.
    pub(crate) fn terraform(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.terraform);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TF_")) {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .current_dir(self.folder.join("module"))
            .env("TF_CLI_CONFIG_FILE", self.folder.join("terraform.rc"))
            .env("CHECKPOINT_DISABLE", "1")
            // These commands are over before it would pay to collect their garbage.
            .env("GOGC", "off")
            .env("GOMEMLIMIT", "512MiB")
            .env("TF_IN_AUTOMATION", "1")
            .env("NO_COLOR", "1")
            .env("TF_CLI_ARGS", "-no-color")
            .stdin(Stdio::null());
        command
    }

    fn command(&self, variables: &[(&str, &str)], arguments: &[&str]) -> (bool, String) {
        let output = self.terraform(arguments).envs(variables.iter().copied()).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// Runs a command; whether it succeeds, and what it says.
    pub(crate) fn try_run(&self, arguments: &[&str]) -> (bool, String) {
        self.command(&[], arguments)
    }

    /// Runs a command that must succeed.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        self.run_with(&[], arguments)
    }

    /// The same with variables of the environment, which the provider sees, too.
    pub(crate) fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> String {
        let (success, said) = self.command(variables, arguments);
        assert!(success, "terraform {arguments:?} failed:\n{said}");
        said
    }

    /// Runs a command that must fail.
    pub(crate) fn fail(&self, arguments: &[&str]) -> String {
        self.fail_with(&[], arguments)
    }

    /// The same with variables of the environment, which the provider sees, too.
    pub(crate) fn fail_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> String {
        let (success, said) = self.command(variables, arguments);
        assert!(!success, "terraform {arguments:?} should have failed:\n{said}");
        said.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
    }

    /// The second plan is empty.
    pub(crate) fn assert_no_changes(&self) {
        let said = self.run(&["plan"]);
        assert!(said.contains("No changes."), "{said}");
    }

    /// Applies, and checks what Terraform counts: added, changed, destroyed. The second plan is empty.
    pub(crate) fn apply(&self, [added, changed, destroyed]: [u32; 3]) -> String {
        let said = self.run(&["apply", "-auto-approve"]);
        let counts = format!("{added} added, {changed} changed, {destroyed} destroyed");
        assert!(said.contains(&counts), "not {counts}:\n{said}");
        self.assert_no_changes();
        said
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let said = self.run(arguments);
        let start = said.find('{').unwrap();
        serde_json::Deserializer::from_str(&said[start..]).into_iter().next().unwrap().unwrap()
    }

    /// The values of one resource.
    pub(crate) fn state(&self, address: &str) -> Value {
        let state = self.json(&["show", "-json"]);
        let resources = state["values"]["root_module"]["resources"].as_array().unwrap();
        resources.iter().find(|resource| resource["address"] == address).unwrap()["values"].clone()
    }

    pub(crate) fn outputs(&self) -> Value {
        self.json(&["output", "-json"])
    }

    pub(crate) fn state_file(&self) -> String {
        std::fs::read_to_string(self.folder.join("module/terraform.tfstate")).unwrap()
    }

    /// Changes the state behind Terraform's back.
    pub(crate) fn change_state(&self, change: impl FnOnce(&mut Value)) {
        let mut state = serde_json::from_str(&self.state_file()).unwrap();
        change(&mut state);
        self.write("terraform.tfstate", &state.to_string());
    }

    /// Marks of the books that are there.
    pub(crate) fn books(&self) -> Vec<String> {
        let mut books: Vec<String> = std::fs::read_dir(self.folder.join("books"))
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
            .collect();
        books.sort();
        books
    }

    pub(crate) fn book(&self, mark: &str) -> Value {
        let file = self.folder.join("books").join(format!("{mark}.json"));
        serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
    }

    pub(crate) fn put_book(&self, mark: &str, book: &Value) {
        std::fs::write(self.folder.join("books").join(format!("{mark}.json")), book.to_string()).unwrap();
    }

    /// What the provider noted.
    pub(crate) fn log(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.join("books/log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // What is left over does no harm in a folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
