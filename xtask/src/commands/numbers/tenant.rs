//! atlan-sim in its own process, which ends when its owner ends.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::Bench;
use super::journal::Requests;
use crate::commands::leash::Leash;

/// A tenant on a free port. Gone when dropped.
pub(super) struct Tenant {
    #[expect(dead_code, reason = "held for its drop")]
    simulator: Leash,
    pub(super) base_url: String,
    pub(super) api_key: String,
}

impl Tenant {
    /// A tenant with so many people in it, besides its admin, which waits so many milliseconds before each request. The
    /// key is an admin's own, as API tokens may not withdraw invitations.
    pub(super) fn start(bench: &Bench, people: usize, latency_ms: u64) -> Result<Self, Box<dyn Error>> {
        let mut simulator = Leash::start(&bench.simulator, |command| {
            command.args(["--listen", "127.0.0.1:0", "--key-kind", "user"]).args([
                "--users",
                &people.to_string(),
                "--latency",
                &format!("{latency_ms}ms"),
            ])
        })?;
        let line = simulator.line()?.ok_or("atlan-sim did not become ready")?;
        let mut tenant = Self { simulator, base_url: String::new(), api_key: String::new() };
        let ready: Value = serde_json::from_str(&line).map_err(|_| "atlan-sim did not become ready")?;
        for (field, name) in [(&mut tenant.base_url, "base_url"), (&mut tenant.api_key, "api_key")] {
            ready[name].as_str().ok_or("atlan-sim's ready line is incomplete")?.clone_into(field);
        }
        Ok(tenant)
    }

    /// Forgets the requests so far.
    pub(super) fn forget(&self) -> Result<(), Box<dyn Error>> {
        self.control("DELETE", "/_sim/requests").map(drop)
    }

    /// The requests since then.
    pub(super) fn requests(&self) -> Result<Requests, Box<dyn Error>> {
        Ok(Requests::count(&self.control("GET", "/_sim/requests")?)?)
    }

    /// A call of a control route in plain HTTP/1.0, whose answer ends with the connection.
    fn control(&self, method: &str, path: &str) -> Result<Value, Box<dyn Error>> {
        let host = self.base_url.strip_prefix("http://").ok_or("atlan-sim's address is no http URL")?;
        let mut connection = TcpStream::connect(host)?;
        connection.set_read_timeout(Some(Duration::from_secs(60)))?;
        write!(connection, "{method} {path} HTTP/1.0\r\nHost: {host}\r\n\r\n")?;
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer)?;
        let answer = String::from_utf8(answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("atlan-sim's answer is cut off")?;
        let status = head.lines().next().unwrap_or_default();
        if !status.contains(" 200 ") {
            return Err(format!("atlan-sim: {method} {path}: {status}").into());
        }
        Ok(serde_json::from_str(body)?)
    }
}
