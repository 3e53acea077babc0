//! `cargo xtask terraform [VERSION]`: prints the path of Terraform. The search is in the library, for the tests.

use std::error::Error;
use std::io::{self, Write as _};

/// Options of `cargo xtask terraform`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// A version such as 1.15 or 1.15.5, installed whatever is on the PATH
    version: Option<String>,
}

/// Prints the path, alone, on standard output.
pub(crate) fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let terraform = match &options.version {
        Some(version) => xtask::terraform::install(version)?,
        None => xtask::terraform::find()?,
    };
    writeln!(io::stdout(), "{}", terraform.display())?;
    Ok(())
}
