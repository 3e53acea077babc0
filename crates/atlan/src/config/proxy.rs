//! Which proxy stands between this machine and the tenant. A pure function of the settings and the tenant's address.
//!
//! The rules are those of Go programs (`golang/net:http/httpproxy/proxy.go`), because a machine that runs Terraform is set
//! up for Terraform itself and its other providers. The HTTP library follows curl instead: it also reads `ALL_PROXY`, sends
//! plain `http` and this machine's own addresses through `HTTP_PROXY`, takes `.example.com` for `example.com` as well, and
//! knows neither ports nor `*.example.com` in `NO_PROXY`. So its own reading of the environment is switched off, and it
//! gets the answer of this file.

use std::net::IpAddr;

use url::{Host, Url};

use crate::config::ConfigError;
use crate::secret::Secret;

/// Proxy settings as text, as environment variables hold them. By default there is no proxy.
#[derive(Clone, Debug, Default)]
pub struct ProxySettings {
    /// Proxy for `https`: a URL (`http`, `https` or `socks5`), or `host:port` for an `http` one. May hold a password. What
    /// Go programs read from `HTTPS_PROXY`.
    pub https_proxy: Option<Secret>,
    /// Hosts to reach without the proxy, separated by commas: `example.com` (with all below it), `.example.com` (only what
    /// is below it), an IP address, a network (`10.0.0.0/8`), each but the last optionally with a port; `*` for all. What
    /// Go programs read from `NO_PROXY`.
    pub no_proxy: Option<String>,
}

impl ProxySettings {
    /// The password within the proxy's address, as it is written there.
    pub(crate) fn password(&self) -> Option<Secret> {
        Some(Secret::new(parse(self.https_proxy.as_ref()?.expose())?.password()?))
    }
}

/// The proxy for requests to an address. A loopback address never has one, and neither has plain `http`, which is accepted
/// for loopback addresses only: a bearer token would pass through the proxy in clear.
pub(crate) fn proxy_for(settings: &ProxySettings, tenant: &Url) -> Result<Option<Url>, ConfigError> {
    let Some(proxy) = settings.https_proxy.as_ref().filter(|_| tenant.scheme() == "https") else {
        return Ok(None);
    };
    let (Some(host), Some(port)) = (tenant.host(), tenant.port_or_known_default()) else { return Ok(None) };
    if is_loopback(&host) || is_excepted(settings.no_proxy.as_deref().unwrap_or_default(), &host, port) {
        return Ok(None);
    }
    parse(proxy.expose()).map(Some).ok_or(ConfigError::ProxyAddress)
}

/// Whether a host is this machine.
pub(crate) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => IpAddr::V6(*address).to_canonical().is_loopback(),
    }
}

/// A proxy's address. Without a scheme it is `http`; in `host:port` the host may look like a scheme.
fn parse(text: &str) -> Option<Url> {
    let known = |url: &Url| matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") && url.has_host();
    let url = Url::parse(text).ok().filter(known);
    let mut url = match url {
        Some(url) => url,
        None if text.contains("://") => return None,
        None => Url::parse(&format!("http://{text}")).ok().filter(known)?,
    };
    if url.scheme() == "socks5" {
        // Go lets the proxy resolve names; in the HTTP library's terms that is another scheme.
        url.set_scheme("socks5h").ok()?;
    }
    Some(url)
}

/// Whether `NO_PROXY` names the host. Entries that cannot be read are ignored, as in Go.
fn is_excepted(no_proxy: &str, host: &Host<&str>, port: u16) -> bool {
    let address = match host {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(IpAddr::V4(*address)),
        Host::Ipv6(address) => Some(IpAddr::V6(*address).to_canonical()),
    };
    no_proxy.split(',').map(|entry| entry.trim().to_lowercase()).any(|entry| {
        if entry == "*" {
            return true;
        }
        if let Some((network, length)) = network(&entry) {
            return address.is_some_and(|address| contains(network, length, address));
        }
        let (name, entry_port) = split_port(&entry);
        if entry_port.is_some_and(|entry_port| entry_port != port.to_string()) {
            return false;
        }
        match (name.parse::<IpAddr>(), address, host) {
            (Ok(named), Some(address), _) => named.to_canonical() == address,
            (Err(_), None, Host::Domain(domain)) => is_within(domain, name),
            _ => false,
        }
    })
}

/// Splits `host:port` and `[address]:port`; an address with colons has no port.
fn split_port(entry: &str) -> (&str, Option<&str>) {
    match entry.rsplit_once(':') {
        Some((name, port)) => match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
            Some(address) => (address, Some(port)),
            None if name.contains(':') => (entry, None),
            None => (name, Some(port)),
        },
        None => (entry, None),
    }
}

/// Whether a domain is the named one, or one below it; for `.example.com` and `*.example.com` only those below.
fn is_within(domain: &str, name: &str) -> bool {
    let name = name.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(name);
    let (base, only_below) = name.strip_prefix('.').map_or((name, false), |base| (base, true));
    // The tenant's host is in the ASCII form already.
    let base = match Host::parse(base) {
        Ok(Host::Domain(ascii)) if !base.is_ascii() => ascii,
        _ => base.to_owned(),
    };
    if base.is_empty() {
        return false;
    }
    match domain.strip_suffix(&base) {
        Some("") => !only_below,
        Some(rest) => rest.ends_with('.'),
        None => false,
    }
}

/// Reads `address/length`.
fn network(entry: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = entry.split_once('/')?;
    let (address, length): (IpAddr, u32) = (address.parse().ok()?, length.parse().ok()?);
    (length <= if address.is_ipv4() { 32 } else { 128 }).then_some((address, length))
}

fn contains(network: IpAddr, length: u32, address: IpAddr) -> bool {
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            (network.to_bits() ^ address.to_bits()).checked_shr(32 - length).unwrap_or(0) == 0
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            (network.to_bits() ^ address.to_bits()).checked_shr(128 - length).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(https_proxy: &str, no_proxy: &str, tenant: &str) -> Result<Option<String>, ConfigError> {
        let settings = ProxySettings {
            https_proxy: (!https_proxy.is_empty()).then(|| Secret::new(https_proxy)),
            no_proxy: Some(no_proxy.to_owned()),
        };
        let tenant = Url::parse(tenant).expect("a URL");
        Ok(proxy_for(&settings, &tenant)?.map(|url| url.to_string()))
    }

    /// Whether the proxy is used.
    fn is_used(no_proxy: &str, tenant: &str) -> bool {
        proxy("http://proxy", no_proxy, tenant).expect("a good proxy").is_some()
    }

    #[test]
    fn this_machine_is_never_behind_a_proxy() {
        for tenant in [
            "http://127.0.0.1:8900",
            "http://127.1.2.3",
            "http://localhost:8900",
            "http://[::1]:8900",
            "https://127.0.0.1",
            "https://localhost",
            "https://LocalHost:8443",
            "https://[::1]",
            "https://[::ffff:127.0.0.1]",
        ] {
            assert!(!is_used("", tenant), "{tenant}");
        }
        for tenant in
            ["https://[::2]", "https://128.0.0.1", "https://localhost.net", "https://local.localhost"]
        {
            assert!(is_used("", tenant), "{tenant}");
        }
    }

    #[test]
    fn a_proxy_is_a_url_or_a_host_with_a_port() {
        let cases = [
            ("", None),
            ("http://proxy.example.com:3128", Some("http://proxy.example.com:3128/")),
            ("https://proxy.example.com", Some("https://proxy.example.com/")),
            ("http://ada:secret@proxy:3128", Some("http://ada:secret@proxy:3128/")),
            ("proxy.example.com:3128", Some("http://proxy.example.com:3128/")),
            ("proxy.example.com", Some("http://proxy.example.com/")),
            ("localhost", Some("http://localhost/")),
            ("localhost:3128", Some("http://localhost:3128/")),
            ("10.0.0.1:3128", Some("http://10.0.0.1:3128/")),
            ("ada:secret@proxy:3128", Some("http://ada:secret@proxy:3128/")),
            ("socks5://proxy:1080", Some("socks5h://proxy:1080")),
            ("socks5h://proxy", Some("socks5h://proxy")),
        ];
        for (text, expected) in cases {
            let found = proxy(text, "", "https://example.atlan.com").expect("readable");
            assert_eq!(found.as_deref(), expected, "{text}");
        }
        for text in ["ftp://proxy", "http://", "two words", "http://proxy:port"] {
            let found = proxy(text, "", "https://example.atlan.com");
            assert_eq!(found, Err(ConfigError::ProxyAddress), "{text}");
            assert_eq!(proxy(text, "atlan.com", "https://example.atlan.com"), Ok(None), "not needed: {text}");
            assert_eq!(proxy(text, "", "http://127.0.0.1:8900"), Ok(None), "not needed: {text}");
        }
    }

    /// The table of Go's own test.
    #[test]
    fn exceptions_match_as_in_go() {
        const NO_PROXY: &str = "foobar.com, .barbaz.net, *.wildcard.io, 192.168.1.1, 192.168.1.2:81, 192.168.1.3:80, \
             10.0.0.0/30, 2001:db8::52:0:1, [2001:db8::52:0:2]:443, [2001:db8::52:0:3]:80, 2002:db8:a::45/64";
        let cases = [
            ("[::2]", true),
            ("192.168.1.1", false),
            ("192.168.1.2", true),
            ("192.168.1.3", false),
            ("192.168.1.4", true),
            ("10.0.0.2", false),
            ("10.0.0.4", true),
            ("[2001:db8::52:0:1]", false),
            ("[2001:db8::52:0:2]", true),
            ("[2001:db8::52:0:3]", false),
            ("[2002:db8:a::123]", false),
            ("[2002:db8:b::123]", true),
            ("[fe80::424b:c8be:1643:a1b6]", true),
            ("[::ffff:192.168.1.1]", false),
            ("barbaz.net", true),
            ("www.barbaz.net", false),
            ("foobar.com", false),
            ("FooBar.com", false),
            ("www.foobar.com", false),
            ("foofoobar.com", true),
            ("baz.com", true),
            ("barbarbaz.net", true),
            ("wildcard.io", true),
            ("nested.wildcard.io", false),
            ("awildcard.io", true),
        ];
        for (host, used) in cases {
            assert_eq!(is_used(NO_PROXY, &format!("https://{host}:80")), used, "{host}");
            assert!(!is_used("*", &format!("https://{host}:80")), "{host}");
            assert!(!is_used("other.com,*", &format!("https://{host}:80")), "{host}");
        }
    }

    #[test]
    fn ports_and_networks_of_exceptions_are_read() {
        let cases = [
            ("example.atlan.com:443", "https://example.atlan.com", false),
            ("atlan.com:443", "https://example.atlan.com", false),
            (".atlan.com:443", "https://example.atlan.com", false),
            ("example.atlan.com:8443", "https://example.atlan.com", true),
            ("example.atlan.com:8443", "https://example.atlan.com:8443", false),
            ("0.0.0.0/0", "https://10.1.2.3", false),
            ("0.0.0.0/0", "https://[2001:db8::1]", true),
            ("::/0", "https://[2001:db8::1]", false),
            ("10.1.2.3/32", "https://10.1.2.3", false),
            ("10.1.2.3/33", "https://10.1.2.3", true),
            ("10.0.0.0/8", "https://example.atlan.com", true),
            ("EXAMPLE.ATLAN.COM", "https://example.atlan.com", false),
            (" , example.atlan.com ,", "https://example.atlan.com", false),
            // Go's names with other letters than ASCII.
            (".示例.com", "https://www.示例.com", false),
            ("xn--fsq092h.com", "https://www.示例.com", false),
            ("示例.com", "https://www.xn--fsq092h.com", false),
        ];
        for (no_proxy, tenant, used) in cases {
            assert_eq!(is_used(no_proxy, tenant), used, "{no_proxy} {tenant}");
        }
    }

    #[test]
    fn malformed_exceptions_are_passed_over() {
        for no_proxy in [
            "",
            ",",
            ":1",
            ":443",
            ".",
            "*.",
            "..",
            "[]:443",
            "/8",
            "10.0.0.0/x",
            "example.atlan.com:x",
            "a:b:c",
        ] {
            assert!(is_used(no_proxy, "https://example.atlan.com"), "{no_proxy}");
            assert!(is_used(no_proxy, "https://10.1.2.3"), "{no_proxy}");
        }
    }
}
