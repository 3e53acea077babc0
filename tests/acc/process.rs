//! How Terraform may start and reach the provider, and settings that are known late.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::harness::{Terraform, Workspace, each_terraform, start, tenant};

each_terraform![
    terraform_attaches_to_a_provider_under_a_debugger,
    over_tcp_the_provider_works_as_well,
    without_tls_the_provider_works_as_well,
    settings_that_come_from_another_resource_are_waited_for,
    a_provider_started_by_hand_explains_itself,
];

const GROUP: &str = r#"resource "atlan_group" "a" { alias = "A" }"#;

fn terraform_attaches_to_a_provider_under_a_debugger(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let mut provider = Command::new(env!("CARGO_BIN_EXE_terraform-provider-atlan"))
        .arg("-debug")
        .env("TMPDIR", ws.tmp())
        .env("ATLAN_BASE_URL", sim.base_url())
        .env("ATLAN_API_KEY", sim.api_key())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(provider.stdout.take().unwrap()).lines().map_while(Result::ok);
    // One line for each product, which differ in the registry.
    let line = lines.by_ref().filter(|line| line.contains(terraform.registry())).find_map(|line| {
        let (_, value) = line.split_once("TF_REATTACH_PROVIDERS='")?;
        Some(value.trim_end().trim_end_matches('\'').to_owned())
    });
    let ws = ws.set("TF_REATTACH_PROVIDERS", &line.unwrap());
    ws.write(GROUP);
    ws.apply().ok();
    ws.plan_is_empty();
    assert!(ws.providers().is_empty(), "Terraform started none itself");
    ws.destroy().ok();
    assert!(sim.groups().is_empty());
    provider.kill().unwrap();
    provider.wait().unwrap();
}

/// As on Windows.
fn over_tcp_the_provider_works_as_well(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let ws = ws.set("TFPLUG_LISTEN", "tcp").set("TF_LOG_PROVIDER", "DEBUG");
    ws.write(GROUP);
    ws.apply().ok().says(&["listening:", "network=tcp"]).does_not_say(&["network=unix"]);
    ws.terraform(&["plan", "-input=false", "-detailed-exitcode"]).ok();
    ws.destroy().ok();
    assert!(sim.groups().is_empty());
}

fn without_tls_the_provider_works_as_well(terraform: &Terraform) {
    let (sim, ws) = start(terraform);
    let ws = ws.set("TF_DISABLE_PLUGIN_TLS", "1");
    ws.write(GROUP);
    ws.apply().ok();
    ws.plan_is_empty();
    assert_eq!(sim.groups().len(), 1);
}

fn settings_that_come_from_another_resource_are_waited_for(terraform: &Terraform) {
    let sim = tenant();
    let ws = Workspace::bare(terraform).set("ATLAN_API_KEY", &sim.api_key());
    ws.write(&format!(
        "resource \"terraform_data\" \"tenant\" {{\n  input = {:?}\n}}\n\
         provider \"atlan\" {{\n  base_url = terraform_data.tenant.output\n}}\n{GROUP}",
        sim.base_url()
    ));
    assert_eq!(ws.plan().planned("atlan_group.a", "name"), "a", "what can be planned is");
    ws.apply().ok();
    assert_eq!(sim.groups().len(), 1);
    ws.plan_is_empty();
}

fn a_provider_started_by_hand_explains_itself(_: &Terraform) {
    let provider = |arguments: &[&str]| {
        let said = Command::new(env!("CARGO_BIN_EXE_terraform-provider-atlan"))
            .args(arguments)
            .env_remove("TF_PLUGIN_MAGIC_COOKIE")
            .output()
            .unwrap();
        (said.status.code(), String::from_utf8([said.stdout, said.stderr].concat()).unwrap())
    };
    let (code, said) = provider(&[]);
    assert_eq!(code, Some(1));
    assert!(said.contains("Terraform"), "{said}");
    let (code, said) = provider(&["--version"]);
    assert_eq!(code, Some(0));
    assert!(said.contains(env!("CARGO_PKG_VERSION")), "{said}");
    assert_eq!(provider(&["--help"]).0, Some(0));
}
