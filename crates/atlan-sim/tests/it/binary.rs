//! The program: its ready line, its flags, its end.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A started simulator, killed if a test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn start(arguments: &[&str]) -> (Running, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atlan-sim"));
    command.args(["--listen", "127.0.0.1:0"]).args(arguments).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut running = Running(command.spawn().unwrap());
    let mut line = String::new();
    BufReader::new(running.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    (running, serde_json::from_str(&line).unwrap())
}

#[tokio::test]
async fn it_is_ready_when_it_says_so_and_takes_its_flags() {
    let (_running, ready) = start(&[
        "--api-key",
        "secret",
        "--key-kind",
        "user",
        "--users",
        "30",
        "--groups",
        "2",
        "--latency",
        "1ms",
        "--page-limit",
        "7",
        "--idp",
        "okta",
        "--idp",
        "acme",
    ]);
    assert_eq!(ready["api_key"], "secret");
    let base = ready["base_url"].as_str().unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = async |path: &str| -> Value {
        let response =
            http.get(format!("{base}/api/service/{path}")).bearer_auth("secret").send().await.unwrap();
        serde_json::from_str(&response.text().await.unwrap()).unwrap()
    };
    let users = get("users?limit=100").await;
    assert_eq!((&users["totalRecord"], users["records"].as_array().unwrap().len()), (&31.into(), 7));
    assert_eq!(get("groups").await["totalRecord"], 2);
    assert_eq!(get("users/current").await["username"], "admin");
    let status = async |idp: &str| {
        let list = http.get(format!("{base}/api/service/idp/{idp}/mappers")).bearer_auth("secret");
        list.send().await.unwrap().status().as_u16()
    };
    assert_eq!((status("okta").await, status("acme").await, status("azure").await), (200, 200, 404));
}

#[test]
fn a_key_is_made_up_when_none_is_given() {
    let ((_one, a), (_two, b)) = (start(&[]), start(&[]));
    assert!(a["api_key"].as_str().unwrap().len() > 20);
    assert_ne!(a["api_key"], b["api_key"]);
}

#[test]
fn it_ends_cleanly_on_sigterm_and_sigint() {
    for signal in ["TERM", "INT"] {
        let (mut running, _) = start(&[]);
        let id = running.0.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        let mut rest = String::new();
        running.0.stdout.as_mut().unwrap().read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "one line on stdout, no more");
        assert_eq!(running.0.wait().unwrap().code(), Some(0), "{signal}");
    }
}

#[test]
fn bad_flags_are_refused() {
    for arguments in
        [&["--latency", "fast"][..], &["--key-kind", "shoe"], &["--listen", "here"], &["--page-limit", "0"]]
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_atlan-sim"));
        let output = command.args(["--listen", "127.0.0.1:0"]).args(arguments).output().unwrap();
        assert!(!output.status.success() && output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_port_in_use_is_one_line_that_says_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_atlan-sim"));
    let output = command.args(["--listen", &address]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let said = String::from_utf8(output.stderr).unwrap();
    let start = format!("error: can't listen on {address} (");
    assert!(said.starts_with(&start) && said.lines().count() == 1, "{said}");
    assert!(said.ends_with("): end what listens there, or name another address by --listen\n"), "{said}");
}
