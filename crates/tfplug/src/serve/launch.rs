//! What the process was started for, read from arguments and environment once, as values: nothing else in `serve` looks
//! at either, and tests need no environment of their own.

use std::ffi::OsString;

use super::PluginInfo;
use crate::system::{Address, Place};

/// Major version of Terraform's plugin protocol that we serve. The minor one is never told.
pub(super) const PROTOCOL: u32 = 6;

/// By these Terraform and OpenTofu say that it's they who started the process. A sign, not a secret.
const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// Set to `tcp` by our tests, so that they can show on Unix what happens on Windows.
const LISTEN: &str = "TFPLUG_LISTEN";

/// What the process was started for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Launch {
    /// A person wants to know the arguments.
    Help,
    /// A person wants to know the version.
    Version,
    /// A person wants to attach a debugger, and Terraform to us.
    Debug,
    /// A person took this for a program of its own.
    ByHand,
    /// A person gave this argument, which doesn't exist.
    Unknown(String),
    /// Terraform or OpenTofu wants a provider.
    Plugin(Handshake),
}

impl Launch {
    /// Terraform gives no arguments, so each of them comes from a person and comes first.
    pub(super) fn new(
        mut arguments: impl Iterator<Item = OsString>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        match arguments.next().as_deref().map(|argument| argument.to_string_lossy()).as_deref() {
            Some("-debug" | "--debug") => Self::Debug,
            Some("-version" | "--version" | "-V") => Self::Version,
            Some("-help" | "--help" | "-h") => Self::Help,
            Some(other) => Self::Unknown(other.to_owned()),
            None if variable(COOKIE.0).as_deref() == Some(COOKIE.1) => Self::Plugin(Handshake::new(variable)),
            None => Self::ByHand,
        }
    }
}

/// What the client wants agreed on.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Handshake {
    /// Whether version 6 is in the client's list, or there is no list.
    pub(super) versions_include_ours: bool,
    /// PEM text of the one certificate that may connect; none: plaintext, because the user switched TLS off.
    pub(super) client_certificate: Option<String>,
    /// Whether the client asked for connections shared by the broker. Older ones can't read the answer unasked.
    pub(super) asks_for_multiplexing: bool,
    /// Where the socket is to be.
    pub(super) place: Place,
}

impl Handshake {
    fn new(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let port = |name: &str| set(name).and_then(|port| port.parse().ok());
        let versions = set("PLUGIN_PROTOCOL_VERSIONS");
        Self {
            versions_include_ours: versions
                .is_none_or(|list| list.split(',').any(|item| item.trim().parse() == Ok(PROTOCOL))),
            client_certificate: set("PLUGIN_CLIENT_CERT"),
            asks_for_multiplexing: set("PLUGIN_MULTIPLEX_GRPC").is_some(),
            place: Place {
                folder: set("PLUGIN_UNIX_SOCKET_DIR").map(Into::into),
                group: set("PLUGIN_UNIX_SOCKET_GROUP"),
                tcp: set(LISTEN).as_deref() == Some("tcp"),
                ports: port("PLUGIN_MIN_PORT").zip(port("PLUGIN_MAX_PORT")).map(|(from, to)| from..=to),
            },
        }
    }

    /// The one line on standard output: version of go-plugin's protocol, of Terraform's, address, encoding, certificate
    /// (base64 of the DER form without padding). Where no version is shared we tell ours, and the client explains.
    pub(super) fn line(&self, address: &Address, certificate: &str) -> String {
        let multiplexing = if self.asks_for_multiplexing { "|false" } else { "" };
        format!("1|{PROTOCOL}|{}|{address}|grpc|{certificate}{multiplexing}\n", address.network())
    }
}

/// Text of `--version`.
pub(super) fn version(info: &PluginInfo) -> String {
    format!("terraform-provider-{} {}\n", info.name, info.version)
}

/// Text of `--help`.
pub(super) fn help(info: &PluginInfo) -> String {
    let PluginInfo { name, address, .. } = info;
    format!(
        "Terraform provider {address}, started by Terraform or OpenTofu.\n\
         \n\
         Usage: terraform-provider-{name} [-debug | --version | --help]\n\
         \n\
         \x20 -debug     serve until Ctrl-C, and print how to make Terraform use this process\n\
         \x20 --version  print the version\n\
         \x20 --help     print this text\n"
    )
}

/// What somebody reads who started the program without Terraform.
pub(super) fn explanation(info: &PluginInfo) -> String {
    let PluginInfo { name, address, .. } = info;
    let source = address.split_once('/').map_or(*address, |(_, source)| source);
    format!(
        "terraform-provider-{name} is a plugin of Terraform and OpenTofu: they start it by themselves, and it does\n\
         nothing on its own. Name it in a configuration, then run `terraform plan`:\n\
         \n\
         \x20 terraform {{\n\
         \x20   required_providers {{\n\
         \x20     {name} = {{ source = \"{source}\" }}\n\
         \x20   }}\n\
         \x20 }}\n\
         \n\
         To run it under a debugger, give it the argument -debug.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(arguments: &[&str], variables: &[(&str, &str)]) -> Launch {
        Launch::new(arguments.iter().map(OsString::from), |name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn handshake(variables: &[(&str, &str)]) -> Handshake {
        match launch(&[], &[&[COOKIE], variables].concat()) {
            Launch::Plugin(handshake) => handshake,
            other => panic!("not taken for a plugin: {other:?}"),
        }
    }

    #[test]
    fn without_the_cookie_it_was_started_by_hand() {
        assert_eq!(launch(&[], &[]), Launch::ByHand);
        assert_eq!(launch(&[], &[(COOKIE.0, "another"), ("PLUGIN_PROTOCOL_VERSIONS", "6")]), Launch::ByHand);
    }

    #[test]
    fn arguments_come_before_the_cookie() {
        assert_eq!(launch(&["-debug"], &[COOKIE]), Launch::Debug);
        assert_eq!(launch(&["--version"], &[COOKIE]), Launch::Version);
        assert_eq!(launch(&["--help"], &[]), Launch::Help);
        assert_eq!(launch(&["-verbose"], &[COOKIE]), Launch::Unknown("-verbose".to_owned()));
    }

    #[test]
    fn our_version_is_found_in_any_order_and_among_nonsense() {
        for list in ["5,6", "6,5", " 6 ", "x,6,,7", ""] {
            assert!(handshake(&[("PLUGIN_PROTOCOL_VERSIONS", list)]).versions_include_ours, "{list}");
        }
        for list in ["5", "66", "6.0", "x,y"] {
            assert!(!handshake(&[("PLUGIN_PROTOCOL_VERSIONS", list)]).versions_include_ours, "{list}");
        }
        assert!(handshake(&[]).versions_include_ours);
    }

    #[test]
    fn empty_variables_count_as_absent() {
        let empty =
            [("PLUGIN_CLIENT_CERT", ""), ("PLUGIN_MULTIPLEX_GRPC", ""), ("PLUGIN_UNIX_SOCKET_DIR", "")];
        assert_eq!(handshake(&empty), handshake(&[]));
    }

    #[test]
    fn line_has_a_seventh_field_only_when_asked_for() {
        let socket = &Address::Unix("/tmp/p/s".into());
        assert_eq!(handshake(&[]).line(socket, "MII"), "1|6|unix|/tmp/p/s|grpc|MII\n");
        assert_eq!(handshake(&[]).line(socket, ""), "1|6|unix|/tmp/p/s|grpc|\n");
        let asking = handshake(&[("PLUGIN_MULTIPLEX_GRPC", "true")]);
        assert_eq!(asking.line(socket, "MII"), "1|6|unix|/tmp/p/s|grpc|MII|false\n");
        let port = &Address::Tcp(([127, 0, 0, 1], 10000).into());
        assert_eq!(handshake(&[]).line(port, "MII"), "1|6|tcp|127.0.0.1:10000|grpc|MII\n");
    }

    #[test]
    fn ports_are_those_that_the_client_allows() {
        let ports = |from, to| handshake(&[("PLUGIN_MIN_PORT", from), ("PLUGIN_MAX_PORT", to)]).place.ports;
        assert_eq!(ports("10000", "25000"), Some(10000..=25000));
        assert_eq!(ports("10000", ""), None);
        assert_eq!(ports("10000", "90000"), None);
        let listen = |value| handshake(&[(LISTEN, value)]).place.tcp;
        assert!(listen("tcp") && !listen("unix") && !listen(""));
    }
}
