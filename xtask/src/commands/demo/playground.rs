//! What `--keep` says: how to reach the tenant from another shell, what to try, and that it has ended.

use std::env;
use std::error::Error;
use std::path::Path;

use super::folder::Folder;
use super::signals::End;
use super::tenant::Tenant;
use super::{say, step};
use crate::commands::shell::quoted;

/// Prefix of the variables that this project's own tests and commands read, and not the provider.
const OF_TESTS: &str = "ATLAN_TEST_";

/// The variables by which Terraform reaches the provider, and the provider the tenant.
pub(super) fn exports(folder: &Folder, tenant: &Tenant) -> [(&'static str, String); 4] {
    [
        ("TF_CLI_CONFIG_FILE", folder.settings().to_string_lossy().into_owned()),
        ("ATLAN_BASE_URL", tenant.base_url().to_owned()),
        ("ATLAN_API_KEY", tenant.api_key().to_owned()),
        ("CHECKPOINT_DISABLE", "1".to_owned()),
    ]
}

/// Says how to use what was left.
pub(super) fn invite(folder: &Folder, tenant: &Tenant, terraform: &Path) -> Result<(), Box<dyn Error>> {
    let url = tenant.base_url();
    step("Yours to try: the tenant and the folder stay until you press Ctrl-C here")?;
    say(&format!("The tenant in a browser, refreshed as you apply: {url}/"))?;

    step("In another shell, set this")?;
    let exports = exports(folder, tenant);
    for name in in_the_way(env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()), &exports) {
        say(&format!("unset {name}"))?;
    }
    for (name, value) in &exports {
        say(&format!("export {name}={}", quoted(value)))?;
    }
    say(&format!("cd {}", quoted(&folder.configuration().to_string_lossy())))?;

    step("Then try")?;
    let terraform =
        if on_the_path(terraform) { "terraform".to_owned() } else { quoted(&terraform.to_string_lossy()) };
    for (command, meaning) in [
        (format!("{terraform} plan"), "Nothing to do:"),
        (
            format!("curl --noproxy '*' --request POST {url}/_sim/users/ada@example.com/accept"),
            "Ada accepts; a plan shows her new status and changes nothing:",
        ),
        (
            format!("{terraform} apply -var 'people={{\"ada@example.com\"=\"$member\"}}'"),
            "One role changes, two invitations end:",
        ),
        (
            format!("{terraform} destroy"),
            "The group and the pending invitations go; somebody who has accepted is disabled, never deleted:",
        ),
    ] {
        // On lines of their own, because not every shell takes a comment behind a command.
        say(meaning)?;
        say(&format!("  {command}"))?;
    }
    say("No init is needed. The configuration is in variables.tf and main.tf; change it as you like.")?;

    step("Ctrl-C here stops the tenant and removes the folder")?;
    Ok(())
}

/// Says that it has ended, and fails if nobody asked for that.
pub(super) fn bid_farewell(end: End) -> Result<(), Box<dyn Error>> {
    match end {
        End::Signal(signal) => {
            step(&format!("Ended by {signal}: the tenant is stopped and the folder removed"))?;
            Ok(())
        }
        End::Tenant => Err("the tenant has ended by itself; the folder is removed".into()),
    }
}

/// Variables of the provider and of Terraform that are set here, and so perhaps in the other shell, and that are not among the
/// exports.
fn in_the_way(set: impl Iterator<Item = String>, exports: &[(&str, String)]) -> Vec<String> {
    let exported = |name: &str| exports.iter().any(|(export, _)| *export == name);
    let mut names: Vec<String> = set
        .filter(|name| ["ATLAN_", "TF_"].iter().any(|prefix| name.starts_with(prefix)))
        .filter(|name| !name.starts_with(OF_TESTS) && !exported(name))
        .collect();
    names.sort();
    names
}

/// Whether `terraform` on the PATH is this program.
fn on_the_path(program: &Path) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let first = env::split_paths(&path).map(|folder| folder.join("terraform")).find(|file| file.is_file());
    first.is_some_and(|first| first == program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_would_mislead_the_provider_are_named() {
        let set = [
            "ATLAN_OAUTH_CLIENT_ID",
            "ATLAN_BASE_URL",
            "ATLAN_TEST_TERRAFORM",
            "PATH",
            "ATLAN_CA_CERT",
            "TF_WORKSPACE",
        ];
        let exports = [("ATLAN_BASE_URL", String::new())];
        assert_eq!(
            in_the_way(set.map(String::from).into_iter(), &exports),
            ["ATLAN_CA_CERT", "ATLAN_OAUTH_CLIENT_ID", "TF_WORKSPACE"]
        );
    }
}
