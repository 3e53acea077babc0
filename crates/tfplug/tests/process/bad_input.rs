//! Messages that no Terraform sends, to every call of the service: each is answered with a diagnostic, nothing that
//! was stored is lost, and the next call is served.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::wire::{NULL, Raw, object};
use super::{Client, PROVIDER, started};

pub(crate) fn trials() -> Vec<libtest_mimic::Trial> {
    trials![
        every_call_answers_bad_input_with_a_diagnostic,
        calls_before_configure_say_so,
        calls_that_need_nobody_are_answered_before_configure,
        the_last_line_of_every_call_names_it,
        a_failed_read_keeps_the_stored_object,
        a_failed_apply_keeps_the_stored_object,
        configuring_twice_serves_with_the_later_settings,
    ]
}

/// A call, by the numbers of its fields.
struct Call {
    rpc: &'static str,
    /// Where the name of the object is, and one that exists.
    name: Option<(u32, &'static str)>,
    /// Where the values are.
    values: &'static [u32],
    /// Where the diagnostics of an answer are; inside the first field, if there are two.
    diagnostics: &'static [u32],
}

const fn call(
    rpc: &'static str,
    name: Option<(u32, &'static str)>,
    values: &'static [u32],
    diagnostics: &'static [u32],
) -> Call {
    Call { rpc, name, values, diagnostics }
}

const BOOK: Option<(u32, &str)> = Some((1, "library_book"));

/// All that take input; the others have nothing to be bad. There are no state stores.
const CALLS: [Call; 23] = [
    call("ValidateProviderConfig", None, &[1], &[2]),
    call("ConfigureProvider", None, &[2], &[1]),
    call("ValidateResourceConfig", BOOK, &[2], &[1]),
    call("UpgradeResourceState", BOOK, &[3], &[2]),
    call("UpgradeResourceIdentity", BOOK, &[3], &[2]),
    call("ReadResource", BOOK, &[2], &[2]),
    call("PlanResourceChange", BOOK, &[2, 3, 4], &[4]),
    call("ApplyResourceChange", BOOK, &[2, 3, 4], &[3]),
    call("ImportResourceState", BOOK, &[], &[2]),
    call("MoveResourceState", Some((5, "library_book")), &[4], &[2]),
    call("GenerateResourceConfig", BOOK, &[2], &[2]),
    call("ValidateDataResourceConfig", Some((1, "library_catalogue")), &[2], &[1]),
    call("ReadDataSource", Some((1, "library_catalogue")), &[2], &[2]),
    call("ValidateEphemeralResourceConfig", Some((1, "library_key")), &[2], &[1]),
    call("OpenEphemeralResource", Some((1, "library_key")), &[2], &[1]),
    call("RenewEphemeralResource", Some((1, "library_key")), &[], &[1]),
    call("CloseEphemeralResource", Some((1, "library_key")), &[], &[1]),
    call("ValidateListResourceConfig", BOOK, &[2], &[1]),
    call("ListResource", BOOK, &[2], &[4]),
    call("CallFunction", Some((1, "shout")), &[2], &[2]),
    call("ValidateActionConfig", Some((1, "library_dust")), &[2], &[1]),
    call("PlanAction", Some((1, "library_dust")), &[2], &[1]),
    call("InvokeAction", Some((1, "library_dust")), &[2], &[2, 1]),
];

/// The library over an empty folder of its own.
async fn library(name: &str) -> (super::plugin::Plugin, Client, PathBuf) {
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bad-input-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let variables = [(PROVIDER, "library"), ("LIBRARY_FOLDER", folder.to_str().unwrap())];
    let (plugin, _, client) = started(&variables).await;
    (plugin, client, folder)
}

/// Configures the library for a folder.
async fn configure(client: &Client, folder: &Path) {
    let config = object(&[("folder", folder.to_str())]);
    let request = Raw::default().with(1, "1.15.5").with_value(2, &config);
    let answer = client.raw("ConfigureProvider", request).await.unwrap().remove(0);
    assert_eq!(answer.all(1), []);
}

/// The summaries of the diagnostics in an answer, all of them errors.
async fn errors(client: &Client, call: &Call, request: Raw) -> Vec<String> {
    let answers =
        client.raw(call.rpc, request).await.unwrap_or_else(|status| panic!("{}: {status}", call.rpc));
    let answer = answers.last().unwrap_or_else(|| panic!("{}: an empty stream", call.rpc));
    let mut found = vec![answer.clone()];
    for field in call.diagnostics {
        found = found.iter().flat_map(|message| message.all(*field)).collect();
    }
    if call.rpc == "CallFunction" {
        return found.iter().map(|error| error.all(1)[0].text()).collect();
    }
    let error = |diagnostic: &Raw| {
        assert_eq!(diagnostic.all(1)[0].text(), "1", "{}: {diagnostic:?}", call.rpc);
        diagnostic.all(2)[0].text()
    };
    found.iter().map(error).collect()
}

async fn every_call_answers_bad_input_with_a_diagnostic() {
    let (mut plugin, client, folder) = library("every-call").await;
    // Out of order, to begin with.
    client.raw("StopProvider", Raw::default()).await.unwrap();
    let values: [(&str, &[u8]); 6] = [
        ("a reserved byte", &[0xc1]),
        ("an end too early", &[0x81, 0xa1]),
        ("another type", &[0x91, 0xc0]),
        ("an unknown attribute", &[0x81, 0xa1, b'x', 0xc0]),
        ("a length beyond the end", &[0xdf, 0xff, 0xff, 0xff, 0xff]),
        ("bytes after the end", &[0xc0, 0xc0]),
    ];
    for configured in [false, true] {
        if configured {
            configure(&client, &folder).await;
        }
        for call in &CALLS {
            if let Some((field, name)) = call.name {
                for (unknown, request) in
                    [("", Raw::default()), ("library_nothing", Raw::default().with(field, "library_nothing"))]
                {
                    let found = errors(&client, call, request).await;
                    assert_eq!(found.len(), 1, "{} of {unknown:?}: {found:?}", call.rpc);
                    assert!(
                        found[0].contains("Unknown") || found[0].contains("no function"),
                        "{}: {found:?}",
                        call.rpc
                    );
                }
                let garbage = client.raw(call.rpc, Raw(vec![0xff; 7])).await;
                assert!(garbage.is_err(), "{}: {name} out of nothing", call.rpc);
            }
            for bad in call.values {
                for (what, bytes) in values {
                    let mut request = Raw::default();
                    if let Some((field, name)) = call.name {
                        request = request.with(field, name);
                    }
                    for field in call.values {
                        request = request.with_value(*field, if field == bad { bytes } else { NULL });
                    }
                    let found = errors(&client, call, request).await;
                    assert!(!found.is_empty(), "{} with {what} in {bad}", call.rpc);
                    assert!(found.iter().all(|summary| !summary.contains("bug")), "{}: {found:?}", call.rpc);
                }
            }
        }
    }
    assert!(plugin.is_running());
    client.schema().await.unwrap();
    std::fs::remove_dir_all(folder).unwrap();
}

/// A book as it is stored, or planned.
fn book() -> Vec<u8> {
    let mut bytes = object(&[
        ("added_by", None),
        ("heading", Some("EMMA")),
        ("id", Some("emma")),
        ("lock", None),
        ("lock_version", None),
        ("mark", Some("emma")),
        ("pages", None),
        ("tags", None),
        ("timeouts", None),
        ("title", Some("Emma")),
    ]);
    bytes[0] = 0x8b; // one more: a block without elements
    bytes.extend_from_slice(b"\xa7chapter\x90");
    bytes
}

/// A book as it is configured.
fn configured() -> Vec<u8> {
    let names = ["added_by", "heading", "id", "lock", "lock_version", "mark", "pages", "tags", "timeouts"];
    let mut given: Vec<_> = names.iter().map(|name| (*name, None)).collect();
    given.push(("title", Some("Emma")));
    let mut bytes = object(&given);
    bytes[0] = 0x8b;
    bytes.extend_from_slice(b"\xa7chapter\x90");
    bytes
}

/// Calls that need the client, with what they take.
fn needy() -> Vec<(&'static str, Raw)> {
    let catalogue = object(&[("at_least", None), ("titles", None)]);
    let key = object(&[("code", None), ("reader", Some("ada"))]);
    vec![
        ("ImportResourceState", Raw::default().with(2, "emma")),
        ("ReadDataSource", Raw::default().with_value(2, &catalogue)),
        ("OpenEphemeralResource", Raw::default().with_value(2, &key)),
        ("RenewEphemeralResource", Raw::default().with(2, "\"ada\"")),
        ("CloseEphemeralResource", Raw::default().with(2, "\"ada\"")),
        ("ListResource", Raw::default().with_value(2, &object(&[("prefix", None)]))),
        ("InvokeAction", Raw::default().with_value(2, &object(&[("shelf", Some("a"))]))),
        (
            "ApplyResourceChange",
            Raw::default().with_value(2, &book()).with_value(3, NULL).with_value(4, NULL),
        ),
    ]
}

/// Calls that need no client, with what they take.
fn frugal() -> Vec<(&'static str, Raw)> {
    let value = |bytes: &[u8]| Raw::default().with_value(2, bytes);
    let key = object(&[("code", None), ("reader", Some("ada"))]);
    vec![
        ("ValidateProviderConfig", Raw::default().with_value(1, &object(&[("folder", None)]))),
        ("ValidateResourceConfig", value(&configured())),
        (
            "UpgradeResourceState",
            Raw::default().with(3, Raw::default().with(1, r#"{"id":"emma","name":"Emma"}"#).0),
        ),
        ("UpgradeResourceIdentity", Raw::default().with(3, Raw::default().with(1, r#"{"id":"emma"}"#).0)),
        ("PlanResourceChange", value(NULL).with_value(3, &configured()).with_value(4, &configured())),
        (
            "MoveResourceState",
            Raw::default()
                .with(1, "terraform.io/builtin/terraform")
                .with(2, "terraform_data")
                .with(4, Raw::default().with(1, r#"{"id":"1","output":{"value":"Emma","type":"string"}}"#).0),
        ),
        ("GenerateResourceConfig", value(&book())),
        ("ValidateDataResourceConfig", value(&object(&[("at_least", None), ("titles", None)]))),
        ("ValidateEphemeralResourceConfig", value(&key)),
        ("ValidateListResourceConfig", value(&object(&[("prefix", None)]))),
        ("CallFunction", value(b"\xa4Emma")),
        ("ValidateActionConfig", value(&object(&[("shelf", Some("a"))]))),
        ("PlanAction", value(&object(&[("shelf", Some("a"))]))),
    ]
}

/// What the library says to a call of that name, about an object that exists.
async fn said(client: &Client, rpc: &str, request: Raw) -> Vec<String> {
    let call = CALLS.iter().find(|call| call.rpc == rpc).unwrap();
    let request = match call.name {
        Some((field, name)) => request.with(field, name),
        None => request,
    };
    errors(client, call, request).await
}

async fn calls_before_configure_say_so() {
    let (_plugin, client, folder) = library("unconfigured").await;
    for (rpc, request) in needy() {
        assert_eq!(said(&client, rpc, request).await, ["The provider is not configured"], "{rpc}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

async fn calls_that_need_nobody_are_answered_before_configure() {
    let (_plugin, client, folder) = library("frugal").await;
    for (rpc, request) in frugal() {
        assert_eq!(said(&client, rpc, request).await, [""; 0], "{rpc}");
    }
    // A read keeps what is stored, which another test shows.
    let tried: BTreeSet<_> = needy().into_iter().chain(frugal()).map(|(rpc, _)| rpc).collect();
    let others = CALLS.iter().map(|call| call.rpc).filter(|rpc| !tried.contains(rpc));
    assert_eq!(others.collect::<Vec<_>>(), ["ConfigureProvider", "ReadResource"]);
    std::fs::remove_dir_all(folder).unwrap();
}

async fn the_last_line_of_every_call_names_it() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let variables =
        [(PROVIDER, "library"), ("LIBRARY_FOLDER", folder.to_str().unwrap()), ("TF_LOG", "DEBUG")];
    let (plugin, _, client) = started(&variables).await;
    for call in &CALLS {
        let (field, name) = call.name.unwrap_or((9, ""));
        client.raw(call.rpc, Raw::default().with(field, name)).await.unwrap();
        let line: serde_json::Value = serde_json::from_str(&plugin.wait_for_log("call ended")).unwrap();
        assert_eq!((&line["tf_rpc"], &line["tf_resource_type"]), (&call.rpc.into(), &name.into()), "{line}");
    }
}

async fn a_failed_read_keeps_the_stored_object() {
    let (_plugin, client, folder) = library("read").await;
    let (name, state) = (Raw::default().with(1, "library_book"), book());
    // Before configure there is nobody to ask, so what is stored stays.
    let request = name.clone().with_value(2, &state).with(3, "junk");
    let answer = client.raw("ReadResource", request).await.unwrap().remove(0);
    assert_eq!(answer.value(1).map(|state| state.len()), Some(state.len()));
    configure(&client, &folder).await;
    std::fs::write(folder.join("emma.json"), "junk").unwrap();
    for (what, name, identity, state) in [
        ("an unknown type", "library_nothing", object(&[("id", Some("emma"))]), state.clone()),
        ("a bad identity", "library_book", vec![0xc1], state.clone()),
        ("a bad state", "library_book", object(&[("id", Some("emma"))]), vec![0xc1]),
        ("a failing handler", "library_book", object(&[("id", Some("emma"))]), state),
    ] {
        let identity = Raw::default().with_value(1, &identity);
        let request = Raw::default().with(1, name).with_value(2, &state).with(3, "{}").with(6, identity.0);
        let answer = client.raw("ReadResource", request).await.unwrap().remove(0);
        assert_eq!(answer.all(2).len(), 1, "{what}");
        assert_eq!(answer.value(1).map(|state| state.len()), Some(state.len()), "{what}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

async fn a_failed_apply_keeps_the_stored_object() {
    let (_plugin, client, folder) = library("apply").await;
    configure(&client, &folder).await;
    let stored = r#"{"title":"Emma"}"#;
    std::fs::write(folder.join("emma.json"), stored).unwrap();
    let (prior, bad) = (book(), &[0xc1][..]);
    let name = || Raw::default().with(1, "library_book").with_value(2, &prior);
    for (what, request) in [
        (
            "an unknown type",
            Raw::default().with(1, "library_nothing").with_value(2, &prior).with_value(3, NULL),
        ),
        ("a bad plan", name().with_value(3, bad).with_value(4, NULL)),
        ("no plan", name().with_value(4, NULL)),
        ("an empty plan", name().with(3, "").with_value(4, NULL)),
        ("a bad configuration", name().with_value(3, NULL).with_value(4, bad)),
        ("a bad meta", name().with_value(3, NULL).with_value(4, NULL).with_value(6, bad)),
    ] {
        let answer = client.raw("ApplyResourceChange", request).await.unwrap().remove(0);
        assert_eq!(answer.all(3).len(), 1, "{what}");
        assert_eq!(answer.value(1).as_deref(), Some(&prior[..]), "{what}");
        assert_eq!(std::fs::read_to_string(folder.join("emma.json")).unwrap(), stored, "{what}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

async fn configuring_twice_serves_with_the_later_settings() {
    let (_plugin, client, folder) = library("twice").await;
    let later = folder.join("later");
    std::fs::create_dir(&later).unwrap();
    std::fs::write(later.join("emma.json"), r#"{"title":"Emma"}"#).unwrap();
    for (at, expected) in [(&folder, false), (&later, true), (&later, true)] {
        configure(&client, at).await;
        let config = object(&[("at_least", None), ("titles", None)]);
        let request = Raw::default().with(1, "library_catalogue").with_value(2, &config);
        let answer = client.raw("ReadDataSource", request).await.unwrap().remove(0);
        assert!(answer.all(2).is_empty(), "{answer:?}");
        assert_eq!(answer.all(1)[0].text().contains("Emma"), expected);
    }
    std::fs::remove_dir_all(folder).unwrap();
}
