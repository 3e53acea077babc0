//! The machine on which the numbers were measured, without which other readers cannot compare them.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, fs, thread};

use serde_json::{Value, json};

/// How busy the processors may be with other work before the numbers are called unfit.
const QUIET: f64 = 10.0;

/// One machine at one time.
pub(super) struct Machine {
    date: String,
    processor: String,
    cores: usize,
    memory_gib: Option<f64>,
    system: String,
    terraform: String,
    commit: String,
    /// Share of the processors' time that others took in the second before the measurement, percent.
    busy_percent: Option<f64>,
}

impl Machine {
    pub(super) fn describe(workspace: &Path, terraform: &Path) -> Result<Self, Box<dyn Error>> {
        let version = first_line(
            Command::new(terraform)
                .arg("version")
                .envs([("CHECKPOINT_DISABLE", "1"), ("TF_CLI_CONFIG_FILE", xtask::system::EMPTY_FILE)]),
        );
        let git = |arguments: &[&str]| first_line(Command::new("git").args(arguments).current_dir(workspace));
        let changes = git(&["status", "--porcelain", "--untracked-files=no"]).map_or("", |_| " with changes");
        let commit = git(&["rev-parse", "--short", "HEAD"]);
        Ok(Self {
            date: jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string(),
            processor: processor(),
            cores: thread::available_parallelism()?.get(),
            memory_gib: memory_gib(),
            system: first_line(Command::new("uname").args(["-sr"]))
                .unwrap_or_else(|| env::consts::OS.to_owned()),
            terraform: version.ok_or("Terraform doesn't say its version")?,
            commit: commit.map_or_else(|| "unknown".to_owned(), |commit| commit + changes),
            busy_percent: busy_percent(),
        })
    }

    /// For people. `timed`: what was measured depends on how busy the machine is.
    pub(super) fn paragraph(&self, timed: bool) -> String {
        let memory = self.memory_gib.map(|gib| format!(", {gib:.0} GiB")).unwrap_or_default();
        let Self { date, processor, cores, system, terraform, commit, .. } = self;
        let busy = match self.busy_percent.filter(|_| timed) {
            Some(percent) if percent > QUIET => format!(
                "\n**Other work took {percent:.0} % of the processors when this began: the times cannot be compared.**\n"
            ),
            Some(percent) => format!("Other work took {percent:.0} % of the processors when this began.\n"),
            None => String::new(),
        };
        format!(
            "Measured {date} at commit {commit}, with {terraform}, on {processor}, {cores} cores{memory}, {system}.\n{busy}"
        )
    }

    /// The same in one short line.
    pub(super) fn line(&self, timed: bool) -> String {
        let Self { date, processor, cores, terraform, commit, .. } = self;
        let busy = self.busy_percent.filter(|percent| timed && *percent > QUIET);
        let busy = busy
            .map(|percent| format!(" Other work took {percent:.0} % of the processors."))
            .unwrap_or_default();
        format!("Measured {date} at commit {commit}, {terraform}, {processor}, {cores} cores.{busy}")
    }

    pub(super) fn raw(&self) -> Value {
        json!({
            "date": self.date, "processor": self.processor, "cores": self.cores, "memory_gib": self.memory_gib,
            "system": self.system, "terraform": self.terraform, "commit": self.commit,
            "busy_percent": self.busy_percent,
        })
    }
}

/// What a command says first; `None` if it can't be run, fails, or has nothing to say.
fn first_line(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let said = String::from_utf8_lossy(&output.stdout);
    said.lines().next().filter(|_| output.status.success()).map(|line| line.trim().to_owned())
}

fn processor() -> String {
    let linux = || field(&fs::read_to_string("/proc/cpuinfo").ok()?, "model name");
    let macos = || first_line(Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"]));
    linux().or_else(macos).unwrap_or_else(|| env::consts::ARCH.to_owned())
}

fn memory_gib() -> Option<f64> {
    let total = field(&fs::read_to_string("/proc/meminfo").ok()?, "MemTotal")?;
    let kib: f64 = total.trim_end_matches("kB").trim().parse().ok()?;
    Some(kib / 1024.0 / 1024.0)
}

/// The value behind a name and a colon.
fn field(text: &str, name: &str) -> Option<String> {
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.find(|(found, _)| found.trim() == name).map(|(_, value)| value.trim().to_owned())
}

/// The load from other processes during one second of waiting; Linux only.
fn busy_percent() -> Option<f64> {
    let before = times(&fs::read_to_string("/proc/stat").ok()?)?;
    thread::sleep(Duration::from_secs(1));
    let after = times(&fs::read_to_string("/proc/stat").ok()?)?;
    let (idle, all) = (after.0 - before.0, after.1 - before.1);
    (all > 0.0).then(|| 100.0 * (1.0 - idle / all))
}

/// Idle time and all time of all processors, in ticks: the first line is `cpu user nice system idle iowait irq …`.
fn times(stat: &str) -> Option<(f64, f64)> {
    let ticks: Vec<f64> =
        stat.lines().next()?.split_whitespace().skip(1).map_while(|tick| tick.parse().ok()).collect();
    Some((ticks.get(3)? + ticks.get(4)?, ticks.iter().take(8).sum())) // guests' time is in the user's already
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_for_a_disk_counts_as_idle_and_guests_once() {
        assert_eq!(times("cpu  10 1 5 70 10 1 2 1 9 0\ncpu0 1"), Some((80.0, 100.0)));
        assert_eq!(times("cpu 1 2"), None);
    }

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        assert_eq!(field("model\t: 17\nmodel name\t: Some CPU\n", "model name").as_deref(), Some("Some CPU"));
    }
}
