//! `cargo xtask numbers`: what the provider costs on this machine, compared with its targets. A slow time never makes
//! the command fail. Tests assert the counts of requests; this command shows them.
//!
//! The release binaries are built as for a release, each separately, so that neither gets the other's features. Then
//! each part makes a [`Section`]: a table, notes on how to read it, and its raw values. The sections go to the
//! terminal, and by `--write` between two markers of docs/guides/performance.md, where the method is described. With
//! `--write`, some parts also become pictures.
//!
//! When a part ends, even with an error, it stops the processes that it started. Ctrl-C reaches each of our processes
//! directly, and the simulator ends with us in every case (leash.rs).

mod applies;
mod groups;
mod growth;
mod journal;
mod machine;
mod many;
mod maps;
mod memory;
mod pace;
mod people;
mod picture;
mod pictures;
mod plans;
mod processor;
mod queries;
mod requests;
mod size;
mod start;
mod table;
mod tenant;
mod workspace;

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::{env, fs};

use serde_json::{Value, json};

use self::machine::Machine;
use self::pictures::Drawn;
use self::table::{Section, replace_between_markers};
use super::{build, release};

/// The page with the method and the latest table.
const PAGE: &str = "docs/guides/performance.md";

/// Options of `cargo xtask numbers`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Measure these parts only
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// A tenth of the objects, once each: to see that it works, not to compare with a target
    #[arg(long, conflicts_with = "full")]
    quick: bool,
    /// Also 5,000 people and 200 ms of latency, which take an hour or more
    #[arg(long)]
    full: bool,
    /// How often to time each Terraform command; the median counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Write the raw values to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Put the tables into docs/guides/performance.md, and draw the pictures in docs/images; with --only, these tables, each
    /// with its own date, and their pictures
    #[arg(long, conflicts_with = "quick")]
    write: bool,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
enum Part {
    /// Start, schema, idle memory, end
    Start,
    /// The release binaries
    Size,
    /// Wall times of groups beside `terraform_data`
    Groups,
    /// Applies with default settings, with and without latency
    Applies,
    /// What a plan takes longer for its processes and for its calls
    Plans,
    /// Processor times of groups beside `terraform_data`
    Processor,
    /// Wall times of people, by latency and read mode
    People,
    /// Wall times by number of people, with default settings
    Growth,
    /// One resource for many beside one for each
    Many,
    /// One resource with thousands of entries
    Maps,
    /// Counts of requests
    Requests,
    /// Memory in a large tenant
    Memory,
    /// Memory of queries
    Queries,
    /// Requests over time at the default pace, on a virtual clock
    Pace,
}

impl Part {
    const ALL: [Part; 14] = [
        Part::Start,
        Part::Size,
        Part::Groups,
        Part::Applies,
        Part::Plans,
        Part::Processor,
        Part::People,
        Part::Growth,
        Part::Many,
        Part::Maps,
        Part::Requests,
        Part::Memory,
        Part::Queries,
        Part::Pace,
    ];

    fn key(self) -> &'static str {
        match self {
            Part::Start => "start",
            Part::Size => "size",
            Part::Groups => "groups",
            Part::Applies => "applies",
            Part::Plans => "plans",
            Part::Processor => "processor",
            Part::People => "people",
            Part::Growth => "growth",
            Part::Many => "many",
            Part::Maps => "maps",
            Part::Requests => "requests",
            Part::Memory => "memory",
            Part::Queries => "queries",
            Part::Pace => "pace",
        }
    }

    /// Whether the values depend on how busy the machine is.
    fn is_timed(self) -> bool {
        !matches!(self, Part::Size | Part::Requests | Part::Pace)
    }
}

/// What every part measures with.
struct Bench {
    provider: PathBuf,
    simulator: PathBuf,
    terraform: PathBuf,
    runs: usize,
    quick: bool,
    full: bool,
}

impl Bench {
    /// A number of objects, or a tenth of that number in a quick run.
    fn objects(&self, count: usize) -> usize {
        if self.quick { count / 10 } else { count }
    }
}

/// Builds, measures, prints.
pub(crate) fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    if cfg!(not(unix)) {
        return Err("the measuring takes a Unix shell: run it on Linux or macOS".into());
    }
    let workspace = xtask::workspace();
    if let Some(file) = &options.json {
        fs::write(file, "").map_err(|error| format!("can't write {}: {error}", file.display()))?; // before an hour's work
    }
    let page = workspace.join(PAGE);
    if options.write && replace_between_markers(&fs::read_to_string(&page)?, "").is_none() {
        return Err(format!("{PAGE} lacks its two markers").into());
    }
    let parts: BTreeSet<Part> =
        if options.only.is_empty() { Part::ALL.into() } else { options.only.iter().copied().collect() };
    let terraform = xtask::terraform::find()?;
    let machine = Machine::describe(&workspace, &terraform)?;
    let bench = if parts.iter().all(|part| *part == Part::Pace) {
        None // nothing of it is started
    } else {
        progress("building the release binaries")?;
        Some(Bench {
            provider: release::of_this_system(&workspace)?,
            simulator: build::binary(&workspace, "atlan-sim")?,
            terraform,
            runs: if options.quick { 1 } else { options.runs.into() },
            quick: options.quick,
            full: options.full,
        })
    };
    let probe = if parts.contains(&Part::Start) { Some(build::example(&workspace, "probe")?) } else { None };
    let paragraph = machine.paragraph(parts.iter().any(|part| part.is_timed()));
    print(&paragraph)?;

    let mut sections = Vec::new();
    let mut raw = json!({ "machine": machine.raw(), "quick": options.quick, "runs": options.runs });
    for part in parts {
        let section = measure(part, bench.as_ref(), probe.as_ref())?;
        print(&format!("\n{section}"))?;
        raw[part.key()] = section.raw.clone();
        sections.push((part, section));
        save(options, &raw)?; // part by part: an error in a later one doesn't cost the earlier ones
    }
    if options.write {
        let mut drawn = Vec::new();
        for (part, section) in &mut sections {
            let picture = pictures::draw(*part, &section.raw, &machine.line(part.is_timed()));
            section.notes.extend(picture.iter().flatten().map(Drawn::markdown));
            drawn.push(picture);
        }
        let old = fs::read_to_string(&page)?; // again, because it may have been edited meanwhile
        let new = if options.only.is_empty() {
            let tables = sections.iter().map(|(_, section)| format!("\n{section}"));
            replace_between_markers(&old, &(paragraph + &tables.collect::<String>()))
        } else {
            let mut parts = sections.iter();
            parts.try_fold(old, |page, (part, section)| {
                section.put_into(&page, &machine.paragraph(part.is_timed()))
            })
        };
        fs::write(&page, new.ok_or("the page lacks its two markers")?)?;
        progress(&format!("wrote {PAGE}"))?;
        for drawn in drawn {
            // A picture that cannot be drawn costs neither the tables nor the pictures before it.
            let Some(drawn) = drawn? else { continue };
            progress(&format!("wrote {}", drawn.write(&workspace)?.display()))?;
        }
    }
    Ok(())
}

fn measure(part: Part, bench: Option<&Bench>, probe: Option<&PathBuf>) -> Result<Section, Box<dyn Error>> {
    if part == Part::Pace {
        return pace::measure();
    }
    let bench = bench.ok_or("the release binaries aren't built")?;
    match part {
        Part::Start => start::measure(bench, probe.ok_or("the probe isn't built")?),
        Part::Size => size::measure(bench),
        Part::Groups => groups::measure(bench),
        Part::Applies => applies::measure(bench),
        Part::Plans => plans::measure(bench),
        Part::Processor => processor::measure(bench),
        Part::People => people::measure(bench),
        Part::Growth => growth::measure(bench),
        Part::Many => many::measure(bench),
        Part::Maps => maps::measure(bench),
        Part::Requests => requests::measure(bench),
        Part::Memory => memory::measure(bench),
        Part::Queries => queries::measure(bench),
        Part::Pace => pace::measure(),
    }
}

fn save(options: &Options, raw: &Value) -> Result<(), Box<dyn Error>> {
    let Some(file) = &options.json else { return Ok(()) };
    Ok(fs::write(file, format!("{raw:#}\n"))?)
}

fn print(text: &str) -> io::Result<()> {
    io::stdout().write_all(text.as_bytes())
}

/// Reports progress on standard error; standard output gets the tables only.
fn progress(what: &str) -> io::Result<()> {
    writeln!(io::stderr(), "numbers: {what}")
}

/// The value in the middle, or between the two in the middle; not a number of nothing.
fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.as_slice() {
        [] => f64::NAN,
        sorted if sorted.len() % 2 == 1 => sorted[middle],
        sorted => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// How often something was timed, as the start of a sentence.
fn medians_of(runs: usize) -> String {
    if runs == 1 { "Timed once".to_owned() } else { format!("Medians of {runs} runs") }
}

/// A count as people write it: `50,000`.
fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let grouped = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    grouped.collect::<Vec<_>>().join(",")
}

/// The folder for temporary files. Short, as the provider's socket lies below and its path may have some hundred bytes.
fn scratch(number: u32) -> PathBuf {
    env::temp_dir().join(format!("numbers-{}-{number}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_of_the_sorted_values() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median([]).is_nan());
    }

    #[test]
    fn thousands_are_set_apart() {
        for (count, written) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (50_000, "50,000"), (1_234_567, "1,234,567")]
        {
            assert_eq!(thousands(count), written);
        }
    }
}
