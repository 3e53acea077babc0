//! atlan-sim in its own process, which ends with its owner, and the demo's requests to it.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::commands::leash::Leash;

/// A tenant on a port of this machine.
pub(super) struct Tenant {
    simulator: Leash,
    base_url: String,
    api_key: String,
}

/// # Errors
/// The port is in use, or cannot be listened on for another reason.
pub(super) fn must_be_free(port: u16) -> Result<(), String> {
    let Err(error) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) else { return Ok(()) };
    let what = if error.kind() == io::ErrorKind::AddrInUse {
        format!("port {port} is in use: stop the program that listens there")
    } else {
        format!("cannot listen on port {port} ({error})")
    };
    Err(format!("{what}, or choose another port with --port; --port 0 takes a free one"))
}

impl Tenant {
    /// Starts it and waits until it is ready. The key is an admin's own, because an API token's destroy would stop at
    /// lowering the role of people instead of cancelling their invitations.
    pub(super) fn start(program: &Path, port: u16, log: &Path) -> Result<Self, Box<dyn Error>> {
        let stderr = File::create(log)?;
        let mut simulator = Leash::start(program, |command| {
            let listen = format!("{}:{port}", Ipv4Addr::LOCALHOST);
            command.args(["--listen", &listen, "--key-kind", "user"]).stderr(stderr)
        })?;
        let line = simulator.line()?.unwrap_or_default();
        let ready: Value = serde_json::from_str(&line).map_err(|_| {
            let said = fs::read_to_string(log).unwrap_or_default();
            format!("atlan-sim did not become ready: {}", said.lines().last().unwrap_or("it says nothing"))
        })?;
        let mut tenant = Tenant { simulator, base_url: String::new(), api_key: String::new() };
        for (field, name) in [(&mut tenant.base_url, "base_url"), (&mut tenant.api_key, "api_key")] {
            ready[name].as_str().ok_or("atlan-sim's first line lacks what it should say")?.clone_into(field);
        }
        Ok(tenant)
    }

    /// What waits until its process has ended.
    pub(super) fn ended(&mut self) -> Result<impl FnOnce() + Send + 'static, Box<dyn Error>> {
        self.simulator.end()
    }

    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(super) fn api_key(&self) -> &str {
        &self.api_key
    }

    /// GUIDs of all groups and people.
    pub(super) fn guids(&self) -> Result<BTreeSet<String>, Box<dyn Error>> {
        let mut guids = BTreeSet::new();
        for list in ["/api/service/v2/groups", "/api/service/users"] {
            let answer = self.get(&format!("{list}?limit=100"))?;
            let records = answer["records"].as_array().ok_or("the tenant's answer is no list")?;
            guids.extend(records.iter().filter_map(|record| record["id"].as_str().map(str::to_owned)));
        }
        Ok(guids)
    }

    /// One request in plain HTTP; a client library would be a lot for two lists.
    fn get(&self, path: &str) -> Result<Value, Box<dyn Error>> {
        let host = self.base_url.strip_prefix("http://").ok_or("the tenant's address is no http URL")?;
        let mut connection = TcpStream::connect(host)?;
        connection.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(
            connection,
            "GET {path} HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {}\r\n\r\n",
            self.api_key
        )?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("the tenant's answer is cut off")?;
        let status = head.lines().next().unwrap_or_default();
        if !status.contains(" 200 ") {
            return Err(format!("GET {path}: {status}").into());
        }
        Ok(serde_json::from_str(body)?)
    }
}
