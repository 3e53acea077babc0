//! `cargo xtask`: the project's own commands, one file each. A command that writes a checked-in file has `--check`,
//! which writes nothing and fails when the file differs; continuous integration runs that.

mod commands;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::{compat, demo, docs, numbers, proto, release, terraform};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "The project's own commands")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the acceptance tests with every Terraform and with OpenTofu
    Compat(compat::Options),
    /// Show the provider at work: the real Terraform against a local tenant
    Demo(demo::Options),
    /// Write the registry's pages in docs/ from the schema that the provider serves
    Docs(docs::Options),
    /// Measure the provider on this machine, beside its targets
    Numbers(numbers::Options),
    /// Write the Rust code generated from proto/; no protoc needed
    Proto(proto::Options),
    /// Write the files of a release into dist/, as a registry and `terraform init` expect them
    Release(release::Options),
    /// Print the path of a usable Terraform, installing one if need be
    Terraform(terraform::Options),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Compat(options) => compat::run(&options),
        Command::Demo(options) => demo::run(&options),
        Command::Docs(options) => docs::run(&options),
        Command::Numbers(options) => numbers::run(&options),
        Command::Proto(options) => proto::run(&options),
        Command::Release(options) => release::run(&options),
        Command::Terraform(options) => terraform::run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

/// The error and its causes, on standard error.
#[expect(clippy::print_stderr, reason = "a command speaks to the person at the terminal")]
fn report(error: &dyn std::error::Error) {
    eprintln!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  caused by: {cause}");
        source = cause.source();
    }
}
