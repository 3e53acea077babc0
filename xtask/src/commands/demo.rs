//! `cargo xtask demo`: the real Terraform applies examples/quickstart to a local tenant, finds nothing left to do, and
//! destroys it again.
//!
//! Everything happens in a temporary folder and on a free port. The demo cleans up afterwards, even if a step fails.
//! Each step is checked against the tenant's own records, so the demo also tests the whole path.

mod tenant;

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

use self::tenant::Tenant;

/// Runs the demo from build to destroy.
pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    step("Building the provider and the local tenant (the first time takes a few minutes)")?;
    let programs = build()?;
    let terraform = xtask::terraform::find()?;

    step("Starting atlan-sim, a local Atlan tenant")?;
    let tenant = Tenant::start(&programs.join("atlan-sim"))?;
    say(&format!("It answers at {} and knows an admin by a key of their own.", tenant.base_url()))?;
    let before = tenant.guids()?;

    let folder = Folder::new()?;
    folder.fill(&programs)?;
    let terraform = Terraform { program: terraform, folder: &folder, tenant: &tenant };

    step("terraform apply: the groups and invitations of examples/quickstart")?;
    terraform.run(&["apply", "-auto-approve"])?;

    step("The state, with the GUIDs that Atlan gave")?;
    let managed = terraform.state()?;
    for (address, guid) in &managed {
        say(&format!("{guid}  {address}"))?;
    }
    let after = tenant.guids()?;
    let (stored, made): (BTreeSet<&String>, BTreeSet<&String>) =
        (managed.iter().map(|(_, guid)| guid).collect(), after.difference(&before).collect());
    ensure(!stored.is_empty(), "the state has no objects")?;
    ensure(stored == made, "the state and the tenant disagree on what there is")?;

    step("terraform plan, once more: nothing to do")?;
    let code = terraform.command(&["plan", "-detailed-exitcode"]).status()?.code();
    ensure(code == Some(0), "the second plan is not empty")?;

    step("terraform destroy")?;
    terraform.run(&["destroy", "-auto-approve"])?;
    ensure(terraform.state()?.is_empty(), "the state is not empty after destroy")?;
    ensure(tenant.guids()? == before, "the tenant is not as it was before apply")?;

    step("Done: everything was created once, found again, and removed; the tenant is as it was")?;
    Ok(())
}

/// Builds both programs and answers the folder they are in: the one of this very program, which cargo built the same way.
fn build() -> Result<PathBuf, Box<dyn Error>> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args([
        "build",
        "--locked",
        "--package",
        "terraform-provider-atlan",
        "--package",
        "atlan-sim",
        "--bins",
    ]);
    ensure(cargo.current_dir(xtask::workspace()).status()?.success(), "cargo build failed")?;
    let this = env::current_exe()?;
    Ok(this.parent().ok_or("this program is in no folder")?.to_owned())
}

/// Terraform, in a folder and against a tenant.
struct Terraform<'a> {
    program: PathBuf,
    folder: &'a Folder,
    tenant: &'a Tenant,
}

impl Terraform<'_> {
    /// A command in the folder. It does not inherit settings of Terraform and of the provider from the user's
    /// environment, nor a proxy, which must not stand between it and the tenant.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("TF_") || name.starts_with("ATLAN_") {
                command.env_remove(&*name);
            }
        }
        command
            .args(arguments)
            // Terraform colours what it writes into files and pipes, too.
            .args((!io::stdout().is_terminal()).then_some("-no-color"))
            .current_dir(self.folder.configuration())
            .env("TF_CLI_CONFIG_FILE", self.folder.settings())
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("CHECKPOINT_DISABLE", "1")
            .env("NO_PROXY", "127.0.0.1")
            .env("ATLAN_BASE_URL", self.tenant.base_url())
            .env("ATLAN_API_KEY", self.tenant.api_key());
        command
    }

    /// Runs a command that must succeed; its output is part of the demo.
    fn run(&self, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
        let status = self.command(arguments).status()?;
        ensure(status.success(), &format!("terraform {} failed", arguments.join(" ")))
    }

    /// Addresses and GUIDs of all objects in the state.
    fn state(&self) -> Result<Vec<(String, String)>, Box<dyn Error>> {
        let output = self.command(&["show", "-json"]).output()?;
        ensure(output.status.success(), "terraform show failed")?;
        let json: Value = serde_json::from_slice(&output.stdout)?;
        let objects = json["values"]["root_module"]["resources"].as_array();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let pair = |object: &Value| (text(&object["address"]), text(&object["values"]["id"]));
        Ok(objects.into_iter().flatten().map(pair).collect())
    }
}

/// A temporary folder, deleted on drop.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Self> {
        // Short: the provider's socket lies in the same place, and the path of a socket may have some hundred bytes only.
        let path = env::temp_dir().join(format!("atlan-demo-{}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Folder(path))
    }

    fn configuration(&self) -> PathBuf {
        self.0.join("quickstart")
    }

    fn settings(&self) -> PathBuf {
        self.0.join("terraform.rc")
    }

    /// A copy of the example, and settings by which Terraform takes the provider from `programs` and needs no init.
    fn fill(&self, programs: &Path) -> io::Result<()> {
        fs::create_dir(self.configuration())?;
        for entry in fs::read_dir(xtask::workspace().join("examples/quickstart"))? {
            let file = entry?.path();
            if let Some(name) = file.file_name().filter(|_| file.extension().is_some_and(|it| it == "tf")) {
                fs::copy(&file, self.configuration().join(name))?;
            }
        }
        // Debug writes the path with the quotes and escapes that a configuration wants.
        let settings = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"atlanhq/atlan\" = {programs:?}\n  }}\n  direct {{}}\n}}\n"
        );
        fs::write(self.settings(), settings)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // a leftover in the temporary folder does no harm
    }
}

/// Announces what comes next.
fn step(title: &str) -> io::Result<()> {
    writeln!(io::stdout(), "\n==> {title}")
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "    {line}")
}

fn ensure(holds: bool, otherwise: &str) -> Result<(), Box<dyn Error>> {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}
