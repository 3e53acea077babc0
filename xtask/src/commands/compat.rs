//! `cargo xtask compat`: the acceptance tests with every Terraform that can be had, and with OpenTofu.
//!
//! The tests are built once. Each version runs those named `path::…`, which take the Terraform that a variable names; the
//! others name their version themselves. A test of something that a version lacks says so, and counts as skipped. A version
//! that cannot be installed here is a row with the reason.
//!
//! With `--sdks`, Atlan's own SDKs run against the simulator instead (`sdks`); with `--pyatlan-tests`, the tests that one of them has.

mod sdks;
mod suite;

use std::error::Error;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use xtask::terraform::{self, Product, RELEASES, Release};

use self::suite::Outcome;
use super::build;
use super::generated::between_markers;

/// Where `--write` puts the table.
const PAGE: &str = "docs/guides/compatibility.md";

/// Options of `cargo xtask compat`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only these versions, separated by commas, such as 1.6,1.15.5,tofu
    #[arg(long, value_name = "VERSION", value_delimiter = ',')]
    only: Vec<String>,
    /// Put the rows into the table of docs/guides/compatibility.md; those of other versions stay
    #[arg(long)]
    write: bool,
    /// How many versions run at the same time; the tests wait more than they compute
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    jobs: u8,
    /// Run Atlan's own SDKs against the simulator instead
    #[arg(long, conflicts_with_all = ["only", "write"])]
    sdks: bool,
    /// Run the tests of identity in this checkout of Atlan's SDK for Python against the simulator instead
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["only", "write", "sdks"])]
    pyatlan_tests: Option<PathBuf>,
}

/// Runs the tests and prints the table.
pub(crate) fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let workspace = xtask::workspace();
    if options.sdks {
        return sdks::run(&workspace);
    }
    if let Some(checkout) = &options.pyatlan_tests {
        return sdks::python_tests(&workspace, checkout);
    }
    let releases = releases(&options.only)?;
    let page = workspace.join(PAGE);
    if options.write && between_markers(&fs::read_to_string(&page)?, MARKERS, "").is_none() {
        return Err(format!("{PAGE} lacks its two markers").into());
    }
    progress("building the acceptance tests")?;
    let tests = build::test(&workspace, "acc")?;
    let rows = rows(&releases, options.jobs.into(), |release| row(release, &workspace, &tests))?;
    let date = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let lines: Vec<String> = rows.iter().map(|row| row.line(&date)).collect();
    io::stdout().write_all(table(&lines).as_bytes())?;
    if options.write {
        let old = fs::read_to_string(&page)?; // again, because it may have been edited meanwhile
        let new = between_markers(&old, MARKERS, &table(&merged(&old, &lines)));
        fs::write(&page, new.ok_or("the page lacks its two markers")?)?;
        progress(&format!("wrote {PAGE}"))?;
    }
    verdict(&rows)
}

/// Between these the page has the table.
const MARKERS: [&str; 2] = ["<!-- compat: begin -->", "<!-- compat: end -->"];

/// One line of the table.
struct Row {
    /// What was to be tested: `Terraform 1.15.5`.
    name: String,
    /// What came of it, or why it was not run.
    outcome: Result<Outcome, String>,
}

/// The releases that these versions mean, all without one; oldest first, and each once.
fn releases(only: &[String]) -> Result<Vec<Release>, Box<dyn Error>> {
    let wanted = only.iter().map(|version| terraform::known(version)).collect::<Result<Vec<_>, _>>()?;
    let is_wanted =
        |release: &&Release| wanted.is_empty() || wanted.iter().any(|other| other.name() == release.name());
    let mut releases: Vec<Release> = RELEASES.iter().filter(is_wanted).copied().collect();
    // Terraform's come newest first, then OpenTofu's.
    releases.reverse();
    releases.sort_by_key(|release| release.product == Product::OpenTofu);
    Ok(releases)
}

/// The rows of all releases in their order, some of them made at the same time.
fn rows(
    releases: &[Release],
    jobs: usize,
    row: impl Fn(Release) -> Result<Row, String> + Sync,
) -> Result<Vec<Row>, String> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut rows = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(release) = releases.get(index) else { return Ok::<_, String>(rows) };
            rows.push((index, row(*release)?));
        }
    };
    let mut rows = thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_fold(Vec::new(), |mut all, worker| {
            all.extend(worker.join().map_err(|_| "a run of the tests was cut off".to_owned())??);
            Ok::<_, String>(all)
        })
    })?;
    rows.sort_by_key(|(index, _)| *index);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Runs the tests with a release.
fn row(release: Release, workspace: &Path, tests: &Path) -> Result<Row, String> {
    progress(&release.to_string()).map_err(|error| error.to_string())?;
    let found = match release.product {
        Product::OpenTofu if is_newest(release) => terraform::find_tofu(),
        Product::OpenTofu | Product::Terraform => release.install(),
    };
    let executable: PathBuf = match found {
        Ok(executable) => executable,
        Err(error) => return Ok(Row { name: release.to_string(), outcome: Err(error.to_string()) }),
    };
    // An OpenTofu on the PATH may have another version than the one that would be installed.
    let (product, version) = terraform::version(&executable).map_err(|error| error.to_string())?;
    let outcome = suite::run(workspace, tests, &executable).map_err(|error| error.to_string())?;
    Ok(Row { name: format!("{product} {version}"), outcome: Ok(outcome) })
}

/// Whether no other release of the product here is newer.
fn is_newest(release: Release) -> bool {
    let newest = RELEASES.into_iter().find(|other| other.product == release.product);
    newest.is_some_and(|newest| newest.version == release.version)
}

impl Row {
    /// As a line of the table.
    fn line(&self, date: &str) -> String {
        let cells = match &self.outcome {
            Ok(outcome) => format!("{} | {} | {}", outcome.passed, outcome.failed.len(), outcome.skips()),
            Err(reason) => format!("– | – | not run: {}", reason.replace('|', "\\|")),
        };
        format!("| {} | {date} | {cells} |", self.name)
    }
}

/// A table in Markdown.
fn table(lines: &[String]) -> String {
    let head = "| with | on | passed | failed | skipped |\n| --- | --- | ---: | ---: | --- |\n";
    lines.iter().fold(head.to_owned(), |table, line| table + line + "\n")
}

/// The lines of all versions in their order: these ones, and for the other versions those of the page.
fn merged(page: &str, lines: &[String]) -> Vec<String> {
    // Another patch release takes the place of the older one.
    let is_of_minor = |line: &str, release: &Release| {
        let minor = release.version.rsplit_once('.').map(|(minor, _)| minor);
        minor.is_some_and(|minor| line.starts_with(&format!("| {} {minor}.", release.product)))
    };
    let is_of = |line: &str, release: &Release| match release.product {
        // The newest OpenTofu may be of any version: the one on the PATH.
        Product::OpenTofu if is_newest(*release) => {
            let is_older = |other: &Release| !is_newest(*other) && is_of_minor(line, other);
            line.starts_with(&format!("| {} ", release.product)) && !RELEASES.iter().any(is_older)
        }
        Product::OpenTofu | Product::Terraform => is_of_minor(line, release),
    };
    let old: Vec<&str> = page
        .split_once(MARKERS[0])
        .and_then(|(_, rest)| rest.split_once(MARKERS[1]))
        .map(|(table, _)| table.lines().collect())
        .unwrap_or_default();
    let all = releases(&[]).unwrap_or_default();
    let line = |release| {
        let new = lines.iter().map(String::as_str).find(|line| is_of(line, release));
        new.or_else(|| old.iter().copied().find(|line| is_of(line, release))).map(str::to_owned)
    };
    all.iter().filter_map(line).collect()
}

/// An error if a test failed, or if nothing was run at all.
fn verdict(rows: &[Row]) -> Result<(), Box<dyn Error>> {
    let outcomes = || rows.iter().filter_map(|row| Some((&row.name, row.outcome.as_ref().ok()?)));
    if outcomes().next().is_none() {
        return Err("no version could be run; the table says why".into());
    }
    let failed: Vec<String> = outcomes()
        .filter(|(_, outcome)| !outcome.failed.is_empty())
        .map(|(name, outcome)| format!("{name}: {}", outcome.failed.join(", ")))
        .collect();
    if failed.is_empty() { Ok(()) } else { Err(format!("tests failed with {}", failed.join("; ")).into()) }
}

/// Reports progress on standard error; standard output gets the table only.
fn progress(what: &str) -> io::Result<()> {
    writeln!(io::stderr(), "compat: {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(only: &[&str]) -> Vec<String> {
        let only: Vec<String> = only.iter().map(|version| (*version).to_owned()).collect();
        releases(&only).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_minor_version_from_the_oldest_supported_to_the_newest_is_tested_and_opentofu() {
        let all = names(&[]);
        let minors: Vec<&str> = all.iter().filter_map(|name| name.rsplit_once('.')).map(|it| it.0).collect();
        let mut expected: Vec<String> = (6..=15).map(|minor| format!("Terraform 1.{minor}")).collect();
        expected.extend(["OpenTofu 1.7".to_owned(), "OpenTofu 1.12".to_owned()]);
        assert_eq!(minors, expected);
    }

    #[test]
    fn versions_are_named_in_any_order_and_run_once() {
        let expected = ["Terraform 1.6.6", "Terraform 1.15.5", "OpenTofu 1.12.6"];
        assert_eq!(names(&["tofu", "1.15", "v1.15.5", "1.6"]), expected);
        let unknown = releases(&["1.15".to_owned(), "1.3".to_owned()]).unwrap_err().to_string();
        assert!(unknown.starts_with("\"1.3\" is not among the releases known here: 1.15.5, "), "{unknown}");
    }

    #[test]
    fn the_table_has_a_row_for_each_version_even_if_it_was_not_run() {
        let skipped = [("functions", 1), ("list resources", 3)];
        let ran = |failed: &[&str]| {
            Ok(Outcome {
                passed: 70,
                failed: failed.iter().map(|name| (*name).to_owned()).collect(),
                skipped: skipped.iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect(),
            })
        };
        let row = |name: &str, outcome| Row { name: name.to_owned(), outcome };
        let rows =
            [row("Terraform 1.6.6", ran(&["a::path::b"])), row("OpenTofu 1.12.6", Err("no | go".into()))];
        let lines: Vec<String> = rows.iter().map(|row| row.line("2026-01-02")).collect();
        let expected = "\
| with | on | passed | failed | skipped |
| --- | --- | ---: | ---: | --- |
| Terraform 1.6.6 | 2026-01-02 | 70 | 1 | 4: functions (1); list resources (3) |
| OpenTofu 1.12.6 | 2026-01-02 | – | – | not run: no \\| go |
";
        assert_eq!(table(&lines), expected);
        assert_eq!(verdict(&rows).unwrap_err().to_string(), "tests failed with Terraform 1.6.6: a::path::b");
        verdict(&[row("Terraform 1.6.6", ran(&[]))]).unwrap();
        let nothing = verdict(&[row("OpenTofu 1.12.6", Err("no go".into()))]).unwrap_err().to_string();
        assert_eq!(nothing, "no version could be run; the table says why");
    }

    #[test]
    fn rows_take_the_place_of_those_of_their_version_and_the_others_stay() {
        let [begin, end] = MARKERS;
        let page = format!(
            "| Terraform 1.9.8 | of another table |\n{begin}\n| Terraform 1.6.6 | old |\n| Terraform 1.15.4 | old |\n\
             | OpenTofu 1.7.1 | old |\n| OpenTofu 1.11.1 | old |\n{end}\n"
        );
        let lines = ["| OpenTofu 1.12.6 | new |", "| Terraform 1.15.5 | new |", "| Terraform 1.7.5 | new |"];
        let expected = [
            "| Terraform 1.6.6 | old |",
            "| Terraform 1.7.5 | new |",
            "| Terraform 1.15.5 | new |",
            "| OpenTofu 1.7.1 | old |",
            "| OpenTofu 1.12.6 | new |",
        ];
        assert_eq!(merged(&page, &lines.map(str::to_owned)), expected);
    }

    #[test]
    fn the_page_has_its_markers() {
        let page = fs::read_to_string(xtask::workspace().join(PAGE)).unwrap();
        assert!(between_markers(&page, MARKERS, "").is_some());
    }
}
