//! What `-debug` prints: the variable by which Terraform finds a provider that is running already.
//! Source: `hashicorp/terraform:internal/getproviders/reattach/reattach.go`.

use serde_json::json;

use super::PluginInfo;
use super::launch::PROTOCOL;
use crate::system::Address;

/// The host that OpenTofu takes where an address has none, in place of Terraform's.
const OPENTOFU_REGISTRY: &str = "registry.opentofu.org";

/// Instructions for the person at the terminal.
pub(super) fn instructions(info: &PluginInfo, socket: &Address, pid: u32) -> String {
    let source = info.address.split_once('/').map_or(info.address, |(_, source)| source);
    let terraform = setting(info.address, socket, pid);
    let opentofu = setting(&format!("{OPENTOFU_REGISTRY}/{source}"), socket, pid);
    format!(
        "terraform-provider-{} {} is running as process {pid}; Ctrl-C ends it.\n\
         To use it, set this where you run terraform:\n\n{terraform}\n\n\
         or, where you run tofu:\n\n{opentofu}\n\n",
        info.name, info.version
    )
}

/// One assignment for a shell. `Test` means that Terraform must neither end nor kill the process.
fn setting(address: &str, socket: &Address, pid: u32) -> String {
    let value = json!({ address: {
        "Protocol": "grpc",
        "ProtocolVersion": PROTOCOL,
        "Pid": pid,
        "Test": true,
        "Addr": { "Network": socket.network(), "String": socket.to_string() },
    }});
    let quoted = value.to_string().replace('\'', r"'\''");
    format!("TF_REATTACH_PROVIDERS='{quoted}'")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn instructions_name_both_registries_in_full() {
        let info = PluginInfo {
            name: "example",
            version: "1.2.3",
            address: "registry.terraform.io/acme/example",
            log_targets: &[],
            log_subsystems: &[],
            log_rules: &[],
        };
        expect![[r#"
            terraform-provider-example 1.2.3 is running as process 42; Ctrl-C ends it.
            To use it, set this where you run terraform:

            TF_REATTACH_PROVIDERS='{"registry.terraform.io/acme/example":{"Addr":{"Network":"unix","String":"/tmp/it'\''s/s"},"Pid":42,"Protocol":"grpc","ProtocolVersion":6,"Test":true}}'

            or, where you run tofu:

            TF_REATTACH_PROVIDERS='{"registry.opentofu.org/acme/example":{"Addr":{"Network":"unix","String":"/tmp/it'\''s/s"},"Pid":42,"Protocol":"grpc","ProtocolVersion":6,"Test":true}}'

        "#]]
        .assert_eq(&instructions(&info, &Address::Unix("/tmp/it's/s".into()), 42));
    }
}
