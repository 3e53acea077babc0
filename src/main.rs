//! The provider's process. Terraform starts it, and the framework does everything else.

use std::process::ExitCode;

use terraform_provider_atlan::provider::Atlan;

fn main() -> ExitCode {
    tfplug::serve::<Atlan>()
}
