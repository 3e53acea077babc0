//! `cargo xtask proto`: Rust code from the files in proto/, checked in under crates/tfplug/src/proto/.
//!
//! protox reads the .proto files in place of protoc, and tonic-prost-build writes messages and server traits. The
//! result is checked in, so that a build of the provider needs no code generator, and the code can be read and
//! compared. A test below fails when the code is out of date with the .proto files or with a new version of the
//! generator.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::generated::differing;

/// Options of `cargo xtask proto`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write nothing; fail when the checked-in code differs
    #[arg(long)]
    check: bool,
}

/// The input, below `proto/`.
const FILES: [&str; 2] = ["tfplugin6.proto", "plugin.proto"];

/// The output, below the workspace.
const FOLDER: &str = "crates/tfplug/src/proto";

/// Writes the generated code or, with `--check`, compares it.
pub(crate) fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let workspace = xtask::workspace();
    let generated = generate(&workspace)?;
    let differing = differing(&workspace.join(FOLDER), &generated)?;
    if options.check {
        return match differing.as_slice() {
            [] => Ok(()),
            names => Err(format!("{FOLDER}: {} differ, run `cargo xtask proto`", names.join(", ")).into()),
        };
    }
    for name in differing {
        fs::write(workspace.join(FOLDER).join(name), &generated[name])?;
    }
    Ok(())
}

/// Generated text by file name.
fn generate(workspace: &Path) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let scratch = Scratch::new()?;
    let files = protox::compile(FILES, [workspace.join("proto")])?;
    tonic_prost_build::configure()
        .build_client(false)
        .generate_default_stubs(true) // a call we don't serve answers UNIMPLEMENTED
        .bytes(".tfplugin6") // values stay slices of the message they came in
        .btree_map(".") // the same schema is the same bytes
        .out_dir(&scratch.0)
        .compile_fds(files)?;
    let mut generated = BTreeMap::new();
    for entry in fs::read_dir(&scratch.0)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        generated.insert(name, fs::read_to_string(entry.path())?);
    }
    Ok(generated)
}

/// A private folder, deleted on drop, because the generator can only write files.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> io::Result<Self> {
        let folder = std::env::temp_dir().join(format!("xtask-proto-{}", std::process::id()));
        fs::create_dir(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // a leftover in the temporary folder does no harm
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checked_in_code_is_what_the_proto_files_say() {
        let workspace = xtask::workspace();
        let generated = generate(&workspace).unwrap();
        assert!(generated.len() >= FILES.len(), "nothing generated: {:?}", generated.keys());
        let differing = differing(&workspace.join(FOLDER), &generated).unwrap();
        assert!(differing.is_empty(), "run `cargo xtask proto`: {differing:?} differ");
    }
}
