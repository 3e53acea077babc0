//! The provider's process: Terraform starts it, and everything else is the framework's.

use std::process::ExitCode;

use terraform_provider_atlan::provider::Atlan;

fn main() -> ExitCode {
    tfplug::serve::<Atlan>()
}
