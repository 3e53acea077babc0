//! The values of calls as files, for those who look for a mistake in the protocol itself.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use expect_test::expect;
use serde_json::json;

use crate::{Check, core};

const VARIABLE: &str = "TF_LOG_SDK_PROTO_DATA_DIR";

/// A folder of one test.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn folder(name: &str) -> Folder {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("files-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    Folder(folder)
}

#[tokio::test]
async fn the_values_of_calls_are_written_in_their_order() {
    let folder = folder("order");
    let (_cloud, core) = core();
    let core = core.env(VARIABLE, folder.0.display().to_string());
    core.resource("demo_thing")
        .apply(json!({ "label": "Data", "password": "hunter22", "password_version": 1 }))
        .await;
    let mut files: Vec<PathBuf> = fs::read_dir(&folder.0).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut names = String::new();
    for file in &files {
        let (time, name) = file.file_name().unwrap().to_str().unwrap().split_once('_').unwrap();
        assert!(time.parse::<u64>().is_ok(), "{time}");
        if !names.ends_with(&format!("{name}\n")) {
            names += &format!("{name}\n");
        }
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
    names.check(expect![[r#"
        ValidateProviderConfig_Request_Config.msgpack
        ConfigureProvider_Request_Config.msgpack
        ValidateResourceConfig_Request_Config.msgpack
        PlanResourceChange_Request_Config.msgpack
        PlanResourceChange_Request_PriorState.msgpack
        PlanResourceChange_Request_ProposedNewState.msgpack
        PlanResourceChange_Request_ProviderMeta.msgpack
        PlanResourceChange_Request_PriorPrivate.empty
        PlanResourceChange_Request_PriorIdentity.empty
        PlanResourceChange_Response_PlannedState.msgpack
        PlanResourceChange_Response_PlannedPrivate.json
        PlanResourceChange_Response_PlannedIdentity.empty
        ValidateProviderConfig_Request_Config.msgpack
        ConfigureProvider_Request_Config.msgpack
        ValidateResourceConfig_Request_Config.msgpack
        PlanResourceChange_Request_Config.msgpack
        PlanResourceChange_Request_PriorState.msgpack
        PlanResourceChange_Request_ProposedNewState.msgpack
        PlanResourceChange_Request_ProviderMeta.msgpack
        PlanResourceChange_Request_PriorPrivate.empty
        PlanResourceChange_Request_PriorIdentity.empty
        PlanResourceChange_Response_PlannedState.msgpack
        PlanResourceChange_Response_PlannedPrivate.json
        PlanResourceChange_Response_PlannedIdentity.empty
        ApplyResourceChange_Request_Config.msgpack
        ApplyResourceChange_Request_PlannedState.msgpack
        ApplyResourceChange_Request_PriorState.msgpack
        ApplyResourceChange_Request_ProviderMeta.msgpack
        ApplyResourceChange_Request_PlannedPrivate.json
        ApplyResourceChange_Request_PlannedIdentity.empty
        ApplyResourceChange_Response_NewState.msgpack
        ApplyResourceChange_Response_Private.json
        ApplyResourceChange_Response_NewIdentity.msgpack
    "#]]);
    let holding = |what: &str, text: &str| {
        let found = |file: &&PathBuf| file.display().to_string().ends_with(what);
        let file = files.iter().rfind(found).unwrap();
        fs::read(file).unwrap().windows(text.len()).any(|bytes| bytes == text.as_bytes())
    };
    assert!(holding("ApplyResourceChange_Request_Config.msgpack", "hunter22"), "secrets are in clear");
    assert!(holding("ApplyResourceChange_Response_NewState.msgpack", "Data"));
}

#[tokio::test]
async fn identities_private_data_and_what_a_stream_sends_are_written() {
    let folder = folder("more");
    let (_cloud, core) = core();
    let core = core.env(VARIABLE, folder.0.display().to_string());
    let mut thing = core.resource("demo_thing");
    thing.apply(json!({ "label": "Data", "password": "hunter22", "password_version": 1 })).await;
    thing.refresh().await;
    core.resource("demo_thing").import("thing/1").await;
    core.list("demo_thing").include_resource().query(json!({})).await;
    core.ephemeral("demo_pass").open(json!({ "guest": "ada" })).await.close().await;
    for (rest, text) in [
        ("ApplyResourceChange_Response_Private.json", "passwords"),
        ("ApplyResourceChange_Response_NewIdentity.msgpack", "id"),
        ("UpgradeResourceState_Request_RawState.json", "Data"),
        ("ReadResource_Request_Private.json", "passwords"),
        ("ReadResource_Request_CurrentIdentity.msgpack", "id"),
        ("ImportResourceState_Response_Identity.msgpack", "id"),
        ("ListResource_Response_Identity.msgpack", "id"),
        ("ListResource_Response_ResourceObject.msgpack", "Data"),
        ("OpenEphemeralResource_Response_Private.json", "ada"),
        ("CloseEphemeralResource_Request_Private.json", "ada"),
    ] {
        let files = fs::read_dir(&folder.0).unwrap().map(|file| file.unwrap().path());
        let mut found = files.filter(|file| file.display().to_string().ends_with(rest));
        let holds = |file: PathBuf| String::from_utf8_lossy(&fs::read(file).unwrap()).contains(text);
        assert!(found.any(holds), "{text:?} is in no {rest}");
    }
}

#[tokio::test]
async fn without_the_folder_calls_are_answered_all_the_same() {
    let folder = folder("missing");
    let missing = folder.0.join("missing");
    let (_cloud, core) = core();
    let core = core.env(VARIABLE, missing.display().to_string());
    core.resource("demo_thing").apply(json!({ "label": "Data" })).await;
    assert!(!missing.exists());
}
