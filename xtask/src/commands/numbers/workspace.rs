//! A folder with a configuration, and timed Terraform commands in it.

use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, thread};

use xtask::system::{link, make_executable};

use super::journal::Requests;
use super::tenant::Tenant;
use super::{Bench, scratch};
use crate::commands::shell::quoted;

/// The variable with the most requests a second.
const CEILING: &str = "ATLAN_REQUESTS_PER_SECOND";

/// A Terraform command that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// `plan` that finds everything to be created.
    Plan,
    Apply,
    /// `plan` that reads every object and finds nothing to do.
    Refresh,
    Destroy,
    /// `query` of what a `.tfquery.hcl` file lists.
    Query,
}

impl Step {
    /// Those of the life of a resource.
    pub(super) const ALL: [Step; 4] = [Step::Plan, Step::Apply, Step::Refresh, Step::Destroy];

    pub(super) fn name(self) -> &'static str {
        match self {
            Step::Plan => "plan, all new",
            Step::Apply => "apply",
            Step::Refresh => "plan, no changes",
            Step::Destroy => "destroy",
            Step::Query => "query",
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Step::Plan | Step::Refresh => &["plan", "-input=false", "-detailed-exitcode"],
            Step::Apply => &["apply", "-input=false", "-auto-approve"],
            Step::Destroy => &["destroy", "-input=false", "-auto-approve"],
            Step::Query => &["query"],
        }
    }

    /// The exit code that says that it did what it is for: 2 means that a plan has changes. A fast but wrong answer
    /// must not be measured.
    fn code(self) -> i32 {
        if self == Step::Plan { 2 } else { 0 }
    }
}

/// What one command cost.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    /// Wall time.
    pub(super) seconds: f64,
    pub(super) requests: Requests,
}

/// Seconds of processor time, user and system, that one command took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ProcessorTime {
    /// All but the providers.
    pub(super) terraform: f64,
    pub(super) providers: f64,
    /// How many processes of providers there were.
    pub(super) processes: usize,
}

/// Runs what its arguments from the second on say, and adds a line to the file that the first one names: the seconds of
/// user and of system time that it and what it started took. Streams and exit code are those of what it runs.
const TIMED: &str = r#"TIMEFORMAT='%3U %3S'; exec 3>>"$1"; shift; { time "$@" 2>&4; } 4>&2 2>&3"#;

/// A fresh folder. Gone when dropped.
pub(super) struct Workspace {
    root: PathBuf,
    terraform: PathBuf,
    variables: Vec<(&'static str, String)>,
}

impl Workspace {
    /// A folder with this configuration, in which Terraform runs our provider's release binary. The ceiling of requests
    /// a second is lifted, as otherwise it is what would be measured.
    pub(super) fn new(bench: &Bench, configuration: &str) -> Result<Self, Box<dyn Error>> {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let root = scratch(NUMBER.fetch_add(1, Ordering::Relaxed));
        let variables = vec![(CEILING, "0".to_owned())];
        let workspace = Self { root, terraform: bench.terraform.clone(), variables };
        for folder in ["bin", "home", "tmp", "work"] {
            fs::create_dir_all(workspace.root.join(folder))?;
        }
        let bin = workspace.root.join("bin");
        link(&bench.provider, &bin.join("terraform-provider-atlan"))?;
        // Debug writes the path with the quotes and escapes that a configuration wants.
        let settings = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"atlanhq/atlan\" = {bin:?}\n  }}\n  direct {{}}\n}}\n"
        );
        fs::write(workspace.root.join("terraform.rc"), settings)?;
        workspace.configure(configuration)?;
        Ok(workspace)
    }

    /// Puts this configuration in place of the one before.
    pub(super) fn configure(&self, configuration: &str) -> Result<(), Box<dyn Error>> {
        Ok(fs::write(self.root.join("work/main.tf"), configuration)?)
    }

    /// Another file beside the configuration.
    pub(super) fn add(&self, name: &str, text: &str) -> Result<(), Box<dyn Error>> {
        Ok(fs::write(self.root.join("work").join(name), text)?)
    }

    /// Another Terraform than that of the other measurements.
    #[must_use]
    pub(super) fn by(mut self, terraform: &Path) -> Self {
        terraform.clone_into(&mut self.terraform);
        self
    }

    /// Tells the provider of a tenant.
    #[must_use]
    pub(super) fn with(self, tenant: &Tenant) -> Self {
        self.set("ATLAN_BASE_URL", &tenant.base_url).set("ATLAN_API_KEY", &tenant.api_key)
    }

    /// Sets an environment variable for all later commands; nothing but these and a few for Terraform is set.
    #[must_use]
    pub(super) fn set(mut self, name: &'static str, value: &str) -> Self {
        self.variables.retain(|(set, _)| *set != name);
        self.variables.push((name, value.to_owned()));
        self
    }

    /// What is set for the commands here.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.variables.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Leaves the ceiling of requests a second at its default.
    #[must_use]
    pub(super) fn with_default_ceiling(mut self) -> Self {
        self.variables.retain(|(set, _)| *set != CEILING);
        self
    }

    /// Runs a command and counts what it sent.
    pub(super) fn measure(&self, step: Step, tenant: &Tenant) -> Result<Sample, Box<dyn Error>> {
        tenant.forget()?;
        let seconds = self.time(step)?;
        Ok(Sample { seconds, requests: tenant.requests()? })
    }

    /// Runs a command and takes the time, in seconds.
    pub(super) fn time(&self, step: Step) -> Result<f64, Box<dyn Error>> {
        self.run(step, Command::new(&self.terraform))
    }

    /// Runs a command and takes the processor time of Terraform and of the providers, apart from each other. It needs
    /// bash, whose `time` asks the kernel about processes that have ended.
    pub(super) fn processor_time(&self, step: Step) -> Result<ProcessorTime, Box<dyn Error>> {
        let (all, providers) = (self.root.join("all-times"), self.root.join("provider-times"));
        let start = format!("bash -c {} bash {}", quoted(TIMED), quoted(&providers.to_string_lossy()));
        self.start_provider_by(&format!("exec {start} {{}} \"$@\""))?;
        for file in [&all, &providers] {
            File::create(file)?; // empty
        }
        let mut terraform = Command::new("bash");
        terraform.args(["-c", TIMED, "bash"]).arg(&all).arg(&self.terraform);
        self.run(step, terraform)?;
        let (all, providers) = (times(&fs::read_to_string(all)?)?, times(&fs::read_to_string(providers)?)?);
        let sum = |times: &[f64]| times.iter().sum::<f64>();
        Ok(ProcessorTime {
            terraform: sum(&all) - sum(&providers),
            providers: sum(&providers),
            processes: providers.len(),
        })
    }

    /// Runs a step by `command`, which lacks nothing but Terraform's own arguments and surroundings.
    fn run(&self, step: Step, mut command: Command) -> Result<f64, Box<dyn Error>> {
        let output = self.root.join("output");
        let file = File::create(&output)?;
        command
            .args(step.arguments())
            .arg("-no-color")
            .current_dir(self.root.join("work"))
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.root.join("home"))
            .env("TMPDIR", self.root.join("tmp"))
            .env("TF_CLI_CONFIG_FILE", self.root.join("terraform.rc"))
            .env("TF_IN_AUTOMATION", "1")
            .env("CHECKPOINT_DISABLE", "1")
            .envs(self.variables())
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        let started = Instant::now();
        let status = Running(command.spawn()?).0.wait()?;
        let seconds = started.elapsed().as_secs_f64();
        if status.code() == Some(step.code()) {
            return Ok(seconds);
        }
        let said = fs::read_to_string(&output)?;
        Err(format!("terraform {} ended with {status}: {}", step.arguments()[0], last_lines(&said, 15))
            .into())
    }

    /// Runs a command and returns the peak resident memory of its provider processes in KiB; Linux only.
    pub(super) fn peak_memory(&self, step: Step) -> Result<Option<u64>, Box<dyn Error>> {
        self.note_process_ids()?;
        let ended = AtomicBool::new(false);
        thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                let mut peak = None;
                while !ended.load(Ordering::Relaxed) {
                    peak = peak.max(self.high_water_mark());
                    thread::sleep(Duration::from_millis(2));
                }
                peak
            });
            let result = self.time(step);
            ended.store(true, Ordering::Relaxed);
            let peak = watcher.join().map_err(|_| "the watcher panicked")?;
            result.map(|_| peak)
        })
    }

    /// From now on the provider's processes note their ids.
    fn note_process_ids(&self) -> Result<(), Box<dyn Error>> {
        let pids = self.root.join("pids");
        self.start_provider_by(&format!("echo $$ >> {}\nexec {{}} \"$@\"", quoted(&pids.to_string_lossy())))
    }

    /// From now on Terraform starts the provider by this script, in which `{}` stands for the binary.
    fn start_provider_by(&self, script: &str) -> Result<(), Box<dyn Error>> {
        let provider = self.root.join("bin/terraform-provider-atlan");
        let target = fs::read_link(&provider);
        let Ok(target) = target else { return Ok(()) }; // it is the script already
        fs::remove_file(&provider)?;
        let script = script.replace("{}", &quoted(&target.to_string_lossy()));
        fs::write(&provider, format!("#!/bin/sh\n{script}\n"))?;
        Ok(make_executable(&provider)?)
    }

    /// The peak memory of the provider processes that still run, in KiB. The kernel keeps the peak of a running
    /// process, so that nothing between two samples is missed.
    fn high_water_mark(&self) -> Option<u64> {
        let pids = fs::read_to_string(self.root.join("pids")).ok()?;
        let mark = |pid: &str| {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.split_whitespace().next()?.parse().ok()
        };
        pids.lines().filter_map(mark).max()
    }

    /// Size of the state, bytes.
    pub(super) fn state_size(&self) -> Result<u64, Box<dyn Error>> {
        Ok(fs::metadata(self.root.join("work/terraform.tfstate"))?.len())
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root); // a leftover in the temporary folder does no harm
    }
}

/// A process that doesn't outlive an error.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill(); // has ended: nothing to kill
        let _ = self.0.wait();
    }
}

/// The sum of each line's two numbers.
fn times(text: &str) -> Result<Vec<f64>, Box<dyn Error>> {
    let line = |line: &str| -> Result<f64, Box<dyn Error>> {
        let parts: Result<Vec<f64>, _> = line.split_whitespace().map(str::parse).collect();
        match parts?.as_slice() {
            [user, system] => Ok(user + system),
            _ => Err(format!("{line:?} is no time").into()),
        }
    };
    text.lines().map(line).collect()
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// A configuration of ours.
pub(super) fn ours(resources: &[&str]) -> String {
    let versions =
        "terraform {\n  required_providers {\n    atlan = { source = \"atlanhq/atlan\" }\n  }\n}\n";
    [&[versions], resources].concat().concat()
}

pub(super) fn groups(count: usize) -> String {
    format!(
        "resource \"atlan_group\" \"this\" {{\n  count = {count}\n  alias = \"Team ${{count.index}}\"\n}}\n"
    )
}

pub(super) fn people(count: usize) -> String {
    format!(
        "resource \"atlan_user_invite\" \"this\" {{\n  count = {count}\n  \
         email = \"colleague-${{count.index}}@numbers.example\"\n  role  = \"$member\"\n}}\n"
    )
}

/// What Terraform has built in and does without a provider's process: what is left is its own work.
pub(super) fn terraform_data(count: usize) -> String {
    format!(
        "resource \"terraform_data\" \"this\" {{\n  count = {count}\n  input = \"Team ${{count.index}}\"\n}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_output_the_end_is_told() {
        assert_eq!(last_lines("a\n\nb\nc\n", 2), "b\nc");
        assert_eq!(last_lines("a", 15), "a");
    }

    #[test]
    fn user_and_system_time_are_added_line_by_line() {
        assert_eq!(times("1.250 0.250\n0.5 0\n").unwrap(), [1.5, 0.5]);
        assert!(times("").unwrap().is_empty());
        assert!(times("1.0\n").is_err() && times("1.0 soon\n").is_err());
    }

    #[test]
    fn interpolation_is_left_to_terraform() {
        assert!(groups(5).contains("count = 5\n  alias = \"Team ${count.index}\"\n"));
        assert!(people(5).contains("\"colleague-${count.index}@numbers.example\""));
    }
}
