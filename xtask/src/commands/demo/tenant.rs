//! atlan-sim in its own process, which is stopped on drop, and the demo's requests to it.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// A tenant on a free port.
pub(super) struct Tenant {
    process: Child,
    base_url: String,
    api_key: String,
}

impl Tenant {
    /// Starts it and waits until it is ready. The key is an admin's own, because an API token's destroy would stop at
    /// lowering the role of people instead of cancelling their invitations.
    pub(super) fn start(program: &Path) -> Result<Self, Box<dyn Error>> {
        let mut process = Command::new(program)
            .args(["--listen", "127.0.0.1:0", "--key-kind", "user"])
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdout = process.stdout.take();
        let mut tenant = Tenant { process, base_url: String::new(), api_key: String::new() };
        let mut line = String::new();
        BufReader::new(stdout.ok_or("atlan-sim has no standard output")?).read_line(&mut line)?;
        let ready: Value = serde_json::from_str(&line).map_err(|_| "atlan-sim did not become ready")?;
        for (field, name) in [(&mut tenant.base_url, "base_url"), (&mut tenant.api_key, "api_key")] {
            ready[name].as_str().ok_or("atlan-sim's first line lacks what it should say")?.clone_into(field);
        }
        Ok(tenant)
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

impl Drop for Tenant {
    fn drop(&mut self) {
        // It may have ended already, for example through the same Ctrl-C as the demo.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
