//! The process that Terraform starts, from outside: a real executable, a client that behaves like go-plugin's, signals.
//!
//! The executable is this one under another name. So what is tested is never older than the tests, and no binary is
//! built, and perhaps installed, for their sake; the price is a `main` and a list of the tests.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, and all of this is a test"
)]

/// Tests by their names.
macro_rules! trials {
    ($($name:ident),* $(,)?) => {
        vec![$(libtest_mimic::Trial::test(stringify!($name), || crate::run($name()))),*]
    };
}

mod bad_input;
mod client;
mod empty;
#[path = "../../examples/library.rs"]
mod library;
mod load;
mod plugin;
mod streams;
mod wire;
mod workshop;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use client::*;
use libtest_mimic::Arguments;
use plugin::*;
use tokio::task::JoinHandle;
use tokio_stream::StreamExt as _;
use tonic::Status;
use wire::Raw;

/// The variable that says which provider the process is; without it, the empty one.
const PROVIDER: &str = "TEST_PROVIDER";

fn main() -> ExitCode {
    if is_plugin() {
        return match std::env::var(PROVIDER).as_deref() {
            Ok("library") => library::main(),
            Ok("workshop") => tfplug::serve::<workshop::Workshop>(),
            _ => tfplug::serve::<empty::Empty>(),
        };
    }
    let mut trials = trials![
        terraform_connects_by_mutual_tls_and_gets_the_schema,
        no_tickets_are_sent,
        the_handshake_does_not_wait_for_the_schemas,
        over_tcp_terraform_connects_by_mutual_tls_to_a_port_that_it_allows,
        strangers_are_refused_and_terraform_still_served,
        a_peer_that_says_nothing_keeps_nobody_waiting,
        without_a_client_certificate_there_is_no_tls,
        a_client_certificate_that_is_none_is_no_reason_to_go_without,
        shutdown_is_answered_ends_the_held_streams_and_then_the_process,
        a_configuration_that_hangs_ends_with_the_process,
        a_call_that_hangs_doesnt_hold_up_the_end,
        a_panic_in_a_call_is_a_diagnostic_and_a_log_line,
        lines_of_a_call_name_it_and_the_last_says_how_long_it_took,
        a_secret_made_at_run_time_is_in_no_line_of_the_log,
        a_stored_value_without_attribute_is_in_no_line_of_the_log,
        interrupts_are_left_to_terraform,
        sigterm_and_sighup_end_the_running_calls_and_nothing_else,
        it_ends_when_its_parent_was_killed,
        over_tcp_it_ends_after_the_last_connection,
        what_is_left_open_is_closed_when_the_parent_was_killed_and_on_shutdown,
        what_is_not_closed_in_time_holds_up_neither_the_others_nor_the_end,
        what_is_open_at_a_sigterm_is_closed_when_terraform_ends_the_process,
        what_is_open_in_debug_mode_is_closed_by_ctrl_c_and_sigterm,
        started_by_hand_it_explains_itself,
        the_client_is_told_our_version_and_of_multiplexing_only_when_it_asks,
        a_large_message_is_read,
        health_is_told_under_go_plugins_name,
        debug_mode_tells_how_to_attach_and_ends_by_ctrl_c,
    ];
    trials.extend(load::trials());
    trials.extend(bad_input::trials());
    trials.extend(streams::trials());
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    clean_up();
    conclusion.exit_code()
}

fn run(test: impl Future<Output = ()>) -> Result<(), libtest_mimic::Failed> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(test);
    Ok(())
}

/// After this go-plugin kills a process that it has told to end.
const KILLED_AFTER: Duration = Duration::from_secs(2);

/// A plugin as Terraform starts it, its handshake, and a connection.
async fn started(variables: &[(&str, &str)]) -> (Plugin, Vec<String>, Client) {
    let ours = ClientCertificate::new();
    let pem = ours.pem();
    let plugin = Plugin::start(&[&[("PLUGIN_CLIENT_CERT", pem.as_str())], variables].concat());
    let handshake = plugin.handshake();
    let client = Client::connect(&handshake, Some(ours.presented())).await.unwrap();
    (plugin, handshake, client)
}

async fn terraform_connects_by_mutual_tls_and_gets_the_schema() {
    let (_plugin, handshake, client) = started(&[("PLUGIN_PROTOCOL_VERSIONS", "5,6")]).await;
    assert_eq!(handshake.len(), 6, "{handshake:?}");
    assert_eq!([&handshake[..3], &handshake[4..5]].concat(), ["1", "6", "unix", "grpc"]);
    assert!(client.schema().await.unwrap().provider.is_some());
}

/// A client connects once, so each ticket would be work for nothing.
async fn no_tickets_are_sent() {
    let (_plugin, _, client) = started(&[]).await;
    // An answer that comes after the tickets.
    client.schema().await.unwrap();
    assert_eq!(client.tickets(), 0);
}

async fn the_handshake_does_not_wait_for_the_schemas() {
    // Connected, although the schemas are never made.
    let _connected = started(&[(empty::MISBEHAVIOUR, "never")]).await;
}

/// Makes it do on Unix what it does where there are no unix sockets.
const TCP: (&str, &str) = ("TFPLUG_LISTEN", "tcp");

async fn over_tcp_terraform_connects_by_mutual_tls_to_a_port_that_it_allows() {
    let (mut plugin, handshake, client) =
        started(&[TCP, ("PLUGIN_MIN_PORT", "10000"), ("PLUGIN_MAX_PORT", "25000")]).await;
    assert_eq!(handshake[2], "tcp");
    let address: std::net::SocketAddr = handshake[3].parse().unwrap();
    assert!(address.ip().is_loopback() && (10000..=25000).contains(&address.port()), "{address}");
    assert!(client.schema().await.unwrap().provider.is_some());
    client.shutdown().await.unwrap();
    assert!(plugin.end().1.success());
}

async fn strangers_are_refused_and_terraform_still_served() {
    for network in [("TFPLUG_LISTEN", ""), TCP] {
        strangers_are_refused(network).await;
    }
}

async fn strangers_are_refused(network: (&str, &str)) {
    let (ours, another) = (ClientCertificate::new(), ClientCertificate::new());
    let plugin = Plugin::start(&[("PLUGIN_CLIENT_CERT", &ours.pem()), ("TF_LOG", "WARN"), network]);
    let handshake = plugin.handshake();
    let strangers = [
        ("no certificate", None),
        ("another", Some(another.presented())),
        ("no key", Some(ours.with_key_of(&another))),
    ];
    for (stranger, presented) in strangers {
        // The client may take the handshake for done before the server has looked: then the call fails.
        let answer = match Client::connect(&handshake, presented).await {
            Ok(client) => client.schema().await.ok(),
            Err(_) => None,
        };
        assert_eq!(answer, None, "{stranger}");
        plugin.wait_for_log("TLS handshake failed");
    }
    let client = Client::connect(&handshake, Some(ours.presented())).await.unwrap();
    client.schema().await.unwrap();
}

async fn a_peer_that_says_nothing_keeps_nobody_waiting() {
    let (_plugin, handshake, client) = started(&[]).await;
    let _silent = tokio::net::UnixStream::connect(&handshake[3]).await.unwrap();
    client.schema().await.unwrap();
}

async fn without_a_client_certificate_there_is_no_tls() {
    let plugin = Plugin::start(&[]);
    let handshake = plugin.handshake();
    assert_eq!(handshake[5], "");
    let client = Client::connect(&handshake, None).await.unwrap();
    client.schema().await.unwrap();
}

async fn a_client_certificate_that_is_none_is_no_reason_to_go_without() {
    let mut plugin = Plugin::start(&[("PLUGIN_CLIENT_CERT", "not a certificate")]);
    assert_eq!(plugin.line(), None);
    assert_eq!(plugin.end().1.code(), Some(1));
    let log = plugin.rest_of_log();
    assert!(log.starts_with("[ERROR] PLUGIN_CLIENT_CERT holds no certificate"), "{log}");
}

async fn shutdown_is_answered_ends_the_held_streams_and_then_the_process() {
    let (mut plugin, handshake, client) = started(&[]).await;
    let (mut stdio, mut broker) = (client.stdio().await, client.broker().await);
    client.shutdown().await.unwrap();
    assert!(stdio.next().await.is_none(), "not ended in order");
    assert!(broker.next().await.is_none(), "not ended in order");
    let (took, status) = plugin.end();
    assert!(status.success(), "{status}");
    assert!(took < KILLED_AFTER, "{took:?}");
    assert!(!Path::new(&handshake[3]).parent().unwrap().exists(), "the socket's folder is still there");
    assert_eq!(plugin.rest_of_log(), "", "nothing is logged unless asked for");
}

async fn a_configuration_that_hangs_ends_with_the_process() {
    let (mut plugin, _, client) = started(&[(empty::MISBEHAVIOUR, "hang"), ("TF_LOG", "INFO")]).await;
    let caller = client.clone();
    let call = tokio::spawn(async move { caller.configure().await });
    plugin.wait_for_log("hanging");
    client.shutdown().await.unwrap();
    let (took, status) = plugin.end();
    assert!(status.success(), "{status}");
    assert!(took < KILLED_AFTER, "{took:?}");
    assert_eq!(call.await.unwrap().unwrap().diagnostics.len(), 1);
}

/// The create of a job that does what it is `told`, at the moment at which it hangs.
async fn hanging(
    plugin: &Plugin,
    client: &Client,
    told: &'static str,
) -> JoinHandle<Result<Vec<Raw>, Status>> {
    client.configure().await.unwrap();
    let config = wire::object(&[("id", None), ("told", Some(told))]);
    let apply = Raw::default()
        .with(1, "workshop_job")
        .with_value(2, wire::NULL)
        .with_value(3, &config)
        .with_value(4, &config);
    let caller = client.clone();
    let call = tokio::spawn(async move { caller.raw("ApplyResourceChange", apply).await });
    plugin.wait_for_log("hanging");
    call
}

async fn a_call_that_hangs_doesnt_hold_up_the_end() {
    let (mut plugin, handshake, client) = started(&[(PROVIDER, "workshop"), ("TF_LOG", "INFO")]).await;
    let call = hanging(&plugin, &client, "deaf").await;
    client.shutdown().await.unwrap();
    let (took, status) = plugin.end();
    assert!(status.success(), "{status}");
    assert!(took < KILLED_AFTER, "{took:?}");
    assert!(!Path::new(&handshake[3]).exists());
    assert!(call.await.unwrap().is_err());
}

async fn a_panic_in_a_call_is_a_diagnostic_and_a_log_line() {
    let (_plugin, _, client) = started(&[]).await;
    assert_eq!(client.configure().await.unwrap().diagnostics, []);
    let (plugin, _, client) = started(&[(empty::MISBEHAVIOUR, "panic"), ("TF_LOG", "ERROR")]).await;
    assert_eq!(client.configure().await.unwrap().diagnostics.len(), 1);
    let line: serde_json::Value = serde_json::from_str(&plugin.wait_for_log("on purpose")).unwrap();
    assert_eq!((&line["@level"], &line["@message"]), (&"error".into(), &"panic: on purpose".into()));
    assert!(line["location"].as_str().unwrap().contains("empty.rs:"), "{line}");
    client.schema().await.unwrap();
}

async fn lines_of_a_call_name_it_and_the_last_says_how_long_it_took() {
    let (plugin, _, client) = started(&[(PROVIDER, "workshop"), ("TF_LOG", "DEBUG")]).await;
    let next = || serde_json::from_str::<serde_json::Value>(&plugin.wait_for_log("tf_req_id")).unwrap();
    client.configure().await.unwrap();
    let line = next();
    assert_eq!((&line["@message"], &line["tf_rpc"]), (&"call ended".into(), &"ConfigureProvider".into()));
    assert!(line["tf_req_duration_ms"].is_u64(), "{line}");
    let first = line["tf_req_id"].as_u64().unwrap();

    // What an action logs in its own time belongs to its call, whose end is that of the stream.
    let told = wire::object(&[("told", Some("open"))]);
    let open = Raw::default().with(1, "workshop_ring").with_value(2, &told);
    client.raw("InvokeAction", open).await.unwrap();
    next();
    let told = wire::object(&[("told", Some("slow"))]);
    client.raw("InvokeAction", Raw::default().with(1, "workshop_ring").with_value(2, &told)).await.unwrap();
    let lines = [next(), next()];
    let messages = lines.each_ref().map(|line| line["@message"].as_str().unwrap());
    assert_eq!(messages, ["slow", "call ended"]);
    for line in &lines {
        assert_eq!(
            (&line["tf_rpc"], &line["tf_resource_type"]),
            (&"InvokeAction".into(), &"workshop_ring".into())
        );
        assert_eq!(line["tf_req_id"], first + 2);
    }
}

async fn a_secret_made_at_run_time_is_in_no_line_of_the_log() {
    let (plugin, _, client) = started(&[(PROVIDER, "workshop"), ("TF_LOG", "TRACE")]).await;
    client.configure().await.unwrap();
    let config = wire::object(&[("seen", None), ("told", Some("mint"))]);
    let request = Raw::default().with(1, "workshop_look").with_value(2, &config);
    client.raw("ReadDataSource", request).await.unwrap();
    let line: serde_json::Value = serde_json::from_str(&plugin.wait_for_log("minted")).unwrap();
    assert_eq!(
        (&line["@message"], &line["token"]),
        (&"minted (sensitive)".into(), &"(sensitive)".into()),
        "{line}"
    );
    client.shutdown().await.unwrap();
    let rest = plugin.rest_of_log();
    assert!(!rest.contains("token-of"), "{rest}");
}

/// Whether a value that only an older schema, or another provider, knows is secret cannot be known. So it is masked while
/// the provider's code has it, and not after.
async fn a_stored_value_without_attribute_is_in_no_line_of_the_log() {
    let (plugin, _, client) = started(&[(PROVIDER, "workshop"), ("TF_LOG", "TRACE")]).await;
    for told in ["anything", "panic"] {
        let stored = Raw::default().with(1, format!(r#"{{"told":"{told}","key":"key-of-old"}}"#));
        let upgrade = Raw::default().with(1, "workshop_job").with(3, &stored.0);
        client.raw("UpgradeResourceState", upgrade).await.unwrap();
        let moved = Raw::default().with(1, "registry.terraform.io/example/other").with(2, "other_job");
        client.raw("MoveResourceState", moved.with(4, &stored.0).with(5, "workshop_job")).await.unwrap();
    }
    for told in ["anything", "(sensitive)", "panic", "(sensitive)"] {
        let line: serde_json::Value = serde_json::from_str(&plugin.wait_for_log(" and ")).unwrap();
        assert_eq!(line["@message"], format!("read {told} and (sensitive)"), "{line}");
        assert_eq!(line["key"], "(sensitive)", "{line}");
    }
    client.configure().await.unwrap();
    let look = wire::object(&[("seen", None), ("told", Some("fail-key-of-old"))]);
    let look = Raw::default().with(1, "workshop_look").with_value(2, &look);
    let answer = client.raw("ReadDataSource", look).await.unwrap();
    assert!(answer[0].text().contains("fail-key-of-old"), "{}", answer[0].text());
    client.shutdown().await.unwrap();
    let rest = plugin.rest_of_log();
    assert!(!rest.contains("key-of-old"), "{rest}");
}

async fn interrupts_are_left_to_terraform() {
    let (mut plugin, _, client) = started(&[("TF_LOG_PROVIDER_EMPTY", "DEBUG")]).await;
    for _ in 0..2 {
        plugin.signal("INT");
        let line = plugin.wait_for_log("interrupt");
        assert!(line.starts_with('{') && line.contains(r#""@level":"debug""#), "{line}");
    }
    client.schema().await.unwrap();
    assert!(plugin.is_running());
}

/// What a signal to the process group means to a plugin: Terraform gets it, too, and still wants the answers.
async fn sigterm_and_sighup_end_the_running_calls_and_nothing_else() {
    for signal in ["TERM", "HUP"] {
        let (mut plugin, _, client) = started(&[(PROVIDER, "workshop"), ("TF_LOG", "INFO")]).await;
        let call = hanging(&plugin, &client, "hang").await;
        plugin.signal(signal);
        let answer = call.await.unwrap().unwrap();
        let state = Raw(answer[0].value(1).unwrap()).text();
        assert!(state.contains("job-hang"), "{signal}: the object is lost: {state}");
        client.schema().await.unwrap();
        assert!(plugin.is_running());
        client.shutdown().await.unwrap();
        assert!(plugin.end().1.success());
    }
}

async fn it_ends_when_its_parent_was_killed() {
    let mut parent = command(Path::new("/bin/sh"), &[COOKIE]);
    parent.args(["-c", "\"$0\"; :"]).arg(executable()); // with something left to do, so that the shell stays
    let mut parent = Plugin::spawn(parent);
    let handshake = parent.handshake();
    parent.signal("KILL");
    parent.end(); // standard output is the plugin's, too, and closed by its end
    assert!(!Path::new(&handshake[3]).parent().unwrap().exists(), "the socket's folder is still there");
}

/// Where it cannot see its parent, the end of a parent that was killed shows in this only.
async fn over_tcp_it_ends_after_the_last_connection() {
    let (mut plugin, handshake, client) = started(&[TCP, ("TF_LOG", "WARN")]).await;
    let another = Client::connect(&handshake, None).await; // without its key, and gone at once
    assert!(another.is_err() || another.unwrap().schema().await.is_err());
    client.schema().await.unwrap();
    assert!(plugin.is_running());
    drop(client);
    plugin.wait_for_log("the client has closed its connections");
    assert!(plugin.end().1.success());
}

async fn what_is_left_open_is_closed_when_the_parent_was_killed_and_on_shutdown() {
    let folder = std::env::temp_dir().join(format!("tfplug-left-open-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let variables = [COOKIE, (PROVIDER, "library"), ("LIBRARY_FOLDER", folder.to_str().unwrap())];
    for kill in [true, false] {
        let mut parent = command(Path::new("/bin/sh"), &variables);
        parent.args(["-c", "\"$0\"; :"]).arg(executable());
        let mut parent = Plugin::spawn(parent);
        let client = Client::connect(&parent.handshake(), None).await.unwrap();
        let settings = Raw::default().with_value(2, &wire::object(&[("folder", None)]));
        assert_eq!(client.raw("ConfigureProvider", settings).await.unwrap(), [Raw::default()]);
        let config = wire::object(&[("code", None), ("reader", Some("jane"))]);
        let open = Raw::default().with(1, "library_key").with_value(2, &config);
        for _ in 0..2 {
            client.raw("OpenEphemeralResource", open.clone()).await.unwrap();
        }
        // One of the two is closed in order, and not again.
        let close = Raw::default().with(1, "library_key").with(2, r#""jane""#);
        client.raw("CloseEphemeralResource", close).await.unwrap();
        if kill {
            parent.signal("KILL");
        } else {
            client.shutdown().await.unwrap();
        }
        parent.end();
        let log = std::fs::read_to_string(folder.join("log")).unwrap();
        let said = ["opened", "opened", "closed", "closed"].map(|what| format!("{what} for jane"));
        assert_eq!(log.lines().collect::<Vec<_>>(), said);
        std::fs::remove_file(folder.join("log")).unwrap();
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Opens a key of the workshop, whose closing goes as told.
async fn open_key(client: &Client, told: &str) {
    let config = wire::object(&[("seen", None), ("told", Some(told))]);
    let open = Raw::default().with(1, "workshop_key").with_value(2, &config);
    let answer = client.raw("OpenEphemeralResource", open).await.unwrap();
    assert!(answer[0].value(3).is_some(), "{told} is not open: {}", answer[0].text());
}

async fn what_is_not_closed_in_time_holds_up_neither_the_others_nor_the_end() {
    let (mut plugin, _, client) = started(&[(PROVIDER, "workshop"), ("TF_LOG", "INFO")]).await;
    client.configure().await.unwrap();
    // `slow` is closed only once `open` is, so this fails if objects are closed one after another.
    for told in ["hang", "slow", "open"] {
        open_key(&client, told).await;
    }
    client.shutdown().await.unwrap();
    let (took, status) = plugin.end();
    assert!(status.success(), "{status}");
    assert!(took < KILLED_AFTER, "{took:?}");
    let log = plugin.rest_of_log();
    for line in ["closed slow", "closed open", "left open by Terraform: Gave up closing workshop_key"] {
        assert_eq!(log.matches(line).count(), 1, "{line}: {log}");
    }
    assert!(!log.contains("closed hang"), "{log}");
}

/// The signal ends the running calls. It is Terraform that ends the process, and until then it may use what is open.
async fn what_is_open_at_a_sigterm_is_closed_when_terraform_ends_the_process() {
    let (mut plugin, _, client) = started(&[(PROVIDER, "workshop"), ("TF_LOG", "DEBUG")]).await;
    client.configure().await.unwrap();
    open_key(&client, "well").await;
    plugin.signal("TERM");
    plugin.wait_for_log("running calls end early");
    open_key(&client, "well").await;
    let close = Raw::default().with(1, "workshop_key").with(2, r#""well""#);
    client.raw("CloseEphemeralResource", close).await.unwrap();
    plugin.wait_for_log("closed well");
    client.shutdown().await.unwrap();
    assert!(plugin.end().1.success());
    let log = plugin.rest_of_log();
    assert_eq!(log.matches("closed well").count(), 1, "{log}");
}

async fn what_is_open_in_debug_mode_is_closed_by_ctrl_c_and_sigterm() {
    for signal in ["INT", "TERM"] {
        let mut command = command(&executable(), &[(PROVIDER, "workshop"), ("TF_LOG", "INFO")]);
        command.arg("-debug");
        let mut plugin = Plugin::spawn(command);
        let client = Client::connect(&attached(&plugin), None).await.unwrap();
        client.configure().await.unwrap();
        open_key(&client, "well").await;
        plugin.signal(signal);
        assert!(plugin.end().1.success(), "{signal}");
        let log = plugin.rest_of_log();
        assert_eq!(log.matches("closed well").count(), 1, "{signal}: {log}");
    }
}

/// What a plugin in debug mode tells a client to connect to, in the form of a handshake.
fn attached(plugin: &Plugin) -> [String; 6] {
    loop {
        let line = plugin.line().unwrap();
        if let Some(settings) = line.strip_prefix("TF_REATTACH_PROVIDERS=") {
            let settings: serde_json::Value = serde_json::from_str(settings.trim_matches('\'')).unwrap();
            let (_, entry) = settings.as_object().unwrap().iter().next().unwrap();
            let path = entry["Addr"]["String"].as_str().unwrap();
            return ["1", "6", "unix", path, "grpc", ""].map(str::to_owned);
        }
    }
}

async fn started_by_hand_it_explains_itself() {
    let mut plugin = Plugin::spawn(command(&executable(), &[("PLUGIN_PROTOCOL_VERSIONS", "6")]));
    assert_eq!(plugin.line(), None);
    assert_eq!(plugin.end().1.code(), Some(1));
    let text = plugin.rest_of_log();
    assert!(text.starts_with("terraform-provider-empty is a plugin of Terraform and OpenTofu"), "{text}");
    assert!(text.contains("source = \"example/empty\""), "{text}");
}

async fn the_client_is_told_our_version_and_of_multiplexing_only_when_it_asks() {
    let versions = Plugin::start(&[("PLUGIN_PROTOCOL_VERSIONS", "4,five,")]);
    assert_eq!(versions.handshake()[..2], ["1", "6"]);
    let multiplexing = Plugin::start(&[("PLUGIN_MULTIPLEX_GRPC", "true")]);
    assert_eq!(multiplexing.handshake()[5..], ["", "false"]);
}

async fn a_large_message_is_read() {
    let (_plugin, _, client) = started(&[]).await;
    let config = Some(DynamicValue { msgpack: vec![0xc1; 8 << 20] }); // a byte that msgpack never uses
    let answer: ValidateResponse =
        client.unary("/tfplugin6.Provider/ValidateProviderConfig", ValidateRequest { config }).await.unwrap();
    assert_eq!(answer.diagnostics.len(), 1);
}

async fn health_is_told_under_go_plugins_name() {
    let (_plugin, _, client) = started(&[]).await;
    let request = HealthRequest { service: "plugin".to_owned() };
    let answer: HealthResponse = client.unary("/grpc.health.v1.Health/Check", request).await.unwrap();
    assert_eq!(answer.status, 1);
}

async fn debug_mode_tells_how_to_attach_and_ends_by_ctrl_c() {
    let mut command = command(&executable(), &[]);
    command.arg("-debug");
    let mut plugin = Plugin::spawn(command);
    let mut settings = Vec::new();
    while settings.len() < 2 {
        settings.extend(plugin.line().unwrap().strip_prefix("TF_REATTACH_PROVIDERS=").map(str::to_owned));
    }
    let terraform: serde_json::Value = serde_json::from_str(settings[0].trim_matches('\'')).unwrap();
    let entry = &terraform["registry.terraform.io/example/empty"];
    assert_eq!((&entry["Test"], &entry["Pid"]), (&true.into(), &plugin.id().into()));
    assert!(settings[1].contains("registry.opentofu.org/example/empty"), "{settings:?}");
    let path = entry["Addr"]["String"].as_str().unwrap();
    let handshake = ["1", "6", "unix", path, "grpc", ""].map(str::to_owned);
    for _ in 0..2 {
        let client = Client::connect(&handshake, None).await.unwrap(); // each walk makes a connection of its own
        client.schema().await.unwrap();
    }
    plugin.signal("INT");
    assert!(plugin.end().1.success());
    assert!(!Path::new(path).exists());
}
