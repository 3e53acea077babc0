//! Every message of the derives, and of the compiler where a resource is registered, as the compiler shows it.
//! `UPDATE_EXPECT=1 cargo test -p tfplug-derive --test ui` writes the texts anew.
//!
//! Each case is one call of `rustc`, with the library that cargo built for these tests. With a package for each case,
//! cargo would build all dependencies a second time.

#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use expect_test::expect_file;

/// What `cargo check` and editors have the compiler do: everything but code.
const CHECK: &str = "metadata";

#[test]
fn mistakes_are_explained() {
    all_fail_to_compile("ui", CHECK);
}

/// What two structs say about one attribute.
#[test]
fn structs_that_do_not_fit_are_refused_where_the_resource_is_registered() {
    // Only as it makes code does the compiler see what the two say, unless one of them names the other.
    all_fail_to_compile("ui/registered", "obj");
}

#[test]
fn structs_that_fit_are_registered() {
    let case = here().join("ui/registered/fine/sound.rs");
    let program = scratch(&case);
    let compiled = rustc(&case, "link", &program);
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let run = Command::new(&program).output().expect("the program starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

/// Compiles each file of the folder, as many at a time as there are cores, and compares what the compiler says with the file beside it.
fn all_fail_to_compile(folder: &str, emit: &str) {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(here().join(folder))
        .expect("the folder of the cases")
        .map(|entry| entry.expect("a case").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    assert!(!cases.is_empty(), "no cases in {folder}");
    cases.sort_unstable_by(|a, b| b.cmp(a));
    let cases = Mutex::new(cases);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let failed: Vec<PathBuf> = std::thread::scope(|scope| {
        let work = || {
            let mut failed = Vec::new();
            loop {
                let Some(case) = cases.lock().expect("no thread panics with it").pop() else { return failed };
                if std::panic::catch_unwind(|| fails_to_compile(&case, emit)).is_err() {
                    failed.push(case);
                }
            }
        };
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("panics are caught")).collect()
    });
    assert!(failed.is_empty(), "not as expected: {failed:#?}");
}

fn fails_to_compile(case: &Path, emit: &str) {
    let compiled = rustc(case, emit, &scratch(case));
    let said = String::from_utf8(compiled.stderr).expect("the compiler writes text");
    assert!(!compiled.status.success(), "{} compiles\n{said}", case.display());
    expect_file![case.with_extension("stderr")].assert_eq(&steady(&said));
}

fn rustc(case: &Path, emit: &str, output: &Path) -> Output {
    let libraries = libraries();
    let mut dependency = std::ffi::OsString::from("dependency=");
    dependency.push(&libraries);
    let mut tfplug = std::ffi::OsString::from("tfplug=");
    tfplug.push(library(&libraries));
    // The compiler shows lines of tfplug only from where cargo built it.
    Command::new("rustc")
        .current_dir(workspace())
        .args(["--edition=2024", "--crate-name=case", "--crate-type=bin", "--verbose", "--color=never"])
        .arg(format!("--emit={emit}"))
        .arg("-o")
        .arg(output)
        .arg("-L")
        .arg(dependency)
        .arg("--extern")
        .arg(tfplug)
        .arg(case.strip_prefix(workspace()).expect("cases are in the workspace"))
        .output()
        .expect("rustc starts")
}

/// Where cargo put this test and the libraries that it was built with.
fn libraries() -> PathBuf {
    let test = std::env::current_exe().expect("the path of the test");
    test.parent().expect("the folder of the test").to_owned()
}

/// The library of tfplug that was built last: cargo keeps one for each set of features, and has just seen to it that the one of these
/// tests is no older than its source. Later ones have that source, too.
fn library(libraries: &Path) -> PathBuf {
    std::fs::read_dir(libraries)
        .expect("the folder of the libraries")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with("libtfplug-") && name.ends_with(".rlib")
        })
        .max_by_key(|path| path.metadata().and_then(|metadata| metadata.modified()).ok())
        .expect("a library of tfplug")
}

/// A file for what the compiler makes of a case.
fn scratch(case: &Path) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(case.file_stem().expect("a case has a name"))
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn workspace() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).expect("crates/tfplug-derive is in the workspace")
}

/// What the compiler said, without what has nothing to do with the case: its closing remarks, and where in other files a line is.
fn steady(said: &str) -> String {
    let said = said.replace("crates/tfplug-derive/tests/ui/", "tests/ui/");
    let diagnostics =
        said.trim_end().split("\n\n").map(diagnostic).filter(|diagnostic| !diagnostic.is_empty());
    diagnostics.collect::<Vec<_>>().join("\n")
}

fn diagnostic(said: &str) -> String {
    const REMARKS: [&str; 4] = [
        "error: aborting due to ",
        "Some errors have detailed explanations: ",
        "For more information about this error, ",
        "For more information about an error, ",
    ];
    let (mut lines, mut elsewhere) = (Vec::new(), false);
    for line in said.lines().filter(|line| !REMARKS.iter().any(|remark| line.starts_with(remark))) {
        let text = line.trim_start();
        let margin = &line[..line.len() - text.len()];
        let arrow = ["--> ", "::: "].into_iter().find(|arrow| text.starts_with(arrow));
        lines.push(match arrow {
            Some(arrow) => {
                let place = &text[arrow.len()..];
                elsewhere = !place.starts_with("tests/ui/");
                format!("{margin}{arrow}{}", if elsewhere { other_file(place) } else { place.to_owned() })
            }
            None if elsewhere && text.starts_with(|c: char| c.is_ascii_digit()) => {
                let number = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                format!("{margin}{}{}", " ".repeat(number), &text[number..])
            }
            None => {
                elsewhere = elsewhere && text.starts_with(['|', '.']);
                line.trim_end().to_owned()
            }
        });
    }
    narrow(&lines)
}

/// The file without line and column. The standard library is where the toolchain has it.
fn other_file(place: &str) -> String {
    let path = place.rsplitn(3, ':').last().unwrap_or(place);
    match path.split_once("/library/") {
        Some((_, path)) => format!("$RUST/{path}"),
        None => format!("$WORKSPACE/{path}"),
    }
}

/// As wide a margin as the line numbers need that are left.
fn narrow(lines: &[String]) -> String {
    let digits = |line: &str| line.bytes().take_while(u8::is_ascii_digit).count();
    let is = lines.iter().find_map(|line| line.find("--> ").filter(|&at| line[..at].trim().is_empty()));
    let needed = lines.iter().map(|line| digits(line.trim_start())).max().unwrap_or_default().max(1);
    let excess = " ".repeat(is.map_or(0, |is| is.saturating_sub(needed)));
    lines.iter().map(|line| format!("{}\n", line.strip_prefix(&excess).unwrap_or(line))).collect()
}
