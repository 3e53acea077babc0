//! `cargo xtask demo`: the real Terraform applies examples/quickstart to a local tenant, finds nothing left to do, and
//! destroys it again. With `--keep` it stops before the destroy: the tenant and the folder stay for you to try things
//! out, until Ctrl-C.
//!
//! Everything happens in a temporary folder. What was started is stopped, and the folder removed, when the demo ends:
//! after the last step, after an error, and after SIGINT, SIGTERM or SIGHUP. Each step is checked against the tenant's own
//! records, so the demo also tests the whole path.

mod folder;
mod playground;
mod signals;
mod tenant;

use std::collections::BTreeSet;
use std::env;
use std::error::Error;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use self::folder::Folder;
use self::signals::Signals;
use self::tenant::Tenant;

/// Packages whose binaries the demo runs; each binary has the name of its package.
const PROGRAMS: [&str; 2] = ["terraform-provider-atlan", "atlan-sim"];

/// Options of `cargo xtask demo`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Leave the tenant and the folder for you to try things out, until Ctrl-C
    #[arg(long)]
    keep: bool,
    /// Port of the tenant that is kept; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8900, requires = "keep")]
    port: u16,
    /// Use terraform-provider-atlan and atlan-sim from this folder instead of building them
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
}

/// Runs the demo.
pub(crate) fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let port = if options.keep { options.port } else { 0 };
    tenant::must_be_free(port)?; // before a build of minutes
    let programs = match &options.programs {
        Some(folder) => given(folder)?,
        None => {
            step("Building the provider and the local tenant (the first time takes a few minutes)")?;
            build()?
        }
    };
    let terraform = xtask::terraform::find()?;

    let signals = Signals::watch()?; // from here on, there is something to clean up
    let result = show(options.keep, port, &programs, terraform, &signals);
    // Ctrl-C on a terminal reaches Terraform, too, so that a step may fail before the signal is looked for.
    result.map_err(|error| match signals.came() {
        Some(signal) => format!("ended by {signal}; the tenant is stopped and the folder removed").into(),
        None => error,
    })
}

/// The steps. Whatever they started has ended when this returns.
fn show(
    keep: bool,
    port: u16,
    programs: &Path,
    terraform: PathBuf,
    signals: &Signals,
) -> Result<(), Box<dyn Error>> {
    let folder = Folder::new()?;
    folder.fill(programs)?;
    step("Starting atlan-sim, a local Atlan tenant")?;
    let mut tenant = Tenant::start(&programs.join("atlan-sim"), port, &folder.log())?;
    say(&format!("It answers at {} and knows an admin by a key of their own.", tenant.base_url()))?;
    let before = tenant.guids()?;
    signals.check()?;
    let terraform = Terraform { program: terraform, folder: &folder, tenant: &tenant };

    step("terraform apply: the groups and invitations of examples/quickstart")?;
    terraform.run(&["apply", "-auto-approve"])?;
    signals.check()?;

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
    signals.check()?;

    if keep {
        playground::invite(&folder, &tenant, &terraform.program)?;
        let end = signals.wait(tenant.ended()?)?;
        drop((tenant, folder));
        return playground::bid_farewell(end);
    }

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
    cargo.args(["build", "--locked", "--bins"]).args(PROGRAMS.iter().flat_map(|name| ["--package", name]));
    ensure(cargo.current_dir(xtask::workspace()).status()?.success(), "cargo build failed")?;
    let this = env::current_exe()?;
    Ok(this.parent().ok_or("this program is in no folder")?.to_owned())
}

/// The folder, if both programs are there. Terraform wants its whole path.
fn given(folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    for name in PROGRAMS {
        let missing = format!("there is no {name} in {}; leave out --programs to build it", folder.display());
        ensure(folder.join(format!("{name}{}", env::consts::EXE_SUFFIX)).is_file(), &missing)?;
    }
    Ok(folder.canonicalize()?)
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
            .envs(playground::exports(self.folder, self.tenant))
            .env("TMPDIR", self.folder.temporary())
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("NO_PROXY", "127.0.0.1");
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
