//! Secrets where the types do not keep them.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use tfplug::types::Sensitive;
use tfplug::{
    Args, ByName, CallCx, Computed, CreateCx, Cx, EphemeralResource, Error, Function, FunctionError, Instant,
    Opened, Resource, Result, State, WriteOnly,
};

use crate::{Hasty, core};

/// An entry.
#[derive(Args, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// What it is for.
    pub name: String,
    /// What it opens with.
    pub secret: Option<String>,
}

#[derive(Computed, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EntryComputed {
    /// What it is for.
    #[attr(keep)]
    pub name: String,
    /// What it opens with.
    #[attr(keep)]
    pub secret: Option<Sensitive<String>>,
}

/// A vault.
#[derive(Args)]
pub(crate) struct VaultArgs {
    /// Its name.
    #[attr(replace)]
    pub name: String,
    /// What is in it.
    pub entries: Option<BTreeSet<Entry>>,
    /// What opens it.
    pub code: Option<WriteOnly<String>>,
}

#[derive(Computed)]
pub(crate) struct VaultComputed {
    /// What is in it.
    #[attr(keep)]
    pub entries: BTreeSet<EntryComputed>,
}

pub(crate) struct Vault;

impl Resource for Vault {
    const NAME: &'static str = "vault";
    type Provider = Hasty;
    type Id = ByName;
    type Args = VaultArgs;
    type Computed = VaultComputed;

    async fn create(cx: &CreateCx<'_, Self>, _: &VaultArgs) -> Result<VaultComputed> {
        let made = "made-by-the-vault";
        cx.warning("A new secret", format!("It is {made}."));
        let secret = Some(Sensitive::new(made.to_owned()));
        Ok(VaultComputed { entries: BTreeSet::from([EntryComputed { name: "door".to_owned(), secret }]) })
    }

    async fn read(_: &Cx<'_, Self>, _: &ByName, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(prior)
    }

    async fn update(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>, _: &VaultArgs) -> Result<VaultComputed> {
        Ok(VaultComputed { entries: BTreeSet::new() })
    }

    async fn delete(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_secret_that_only_the_answer_holds_is_masked() {
    let (_, core) = core();
    let applied = core.resource("hasty_vault").apply(json!({ "name": "n" })).await;
    let report = applied.report().to_string();
    assert!(report.contains("It is (sensitive)."), "{report}");
}

#[tokio::test]
async fn a_stored_argument_that_became_write_only_is_dropped() {
    let (_, core) = core();
    let mut vault = core.resource("hasty_vault");
    vault.apply(json!({ "name": "n" })).await;
    let stored = r#"{"name":"n","entries":[],"code":"4711-4711"}"#;
    vault.try_upgrade(0, stored).await.expect("a state without the code");
    assert_eq!(vault.state(), json!({ "name": "n", "entries": [], "code": null }));
}

#[tokio::test]
async fn the_validation_of_the_provider_shows_no_secret() {
    let (_, core) = core();
    let report = core.config(json!({ "key": "hunter22" })).configure().await.to_string();
    assert_eq!(report, "warning: A key\n  It is (sensitive).");
}

/// A signature.
#[derive(Args)]
pub(crate) struct SignArgs {
    /// What signs.
    pub key: Sensitive<String>,
    /// What is signed.
    pub text: String,
}

pub(crate) struct Sign;

impl Function for Sign {
    const NAME: &'static str = "sign";
    const SUMMARY: &'static str = "Signs.";
    type Provider = Hasty;
    type Args = SignArgs;
    type Output = String;

    fn call(args: SignArgs) -> std::result::Result<String, FunctionError> {
        Err(FunctionError::new(format!("{} cannot be signed by {}.", args.text, args.key.expose())))
    }
}

#[tokio::test]
async fn the_error_of_a_function_shows_no_secret() {
    let (_, core) = core();
    let report = core.function("sign").try_call([json!("hunter22"), json!("a letter")]).await;
    let report = report.expect_err("refused").to_string();
    assert!(report.contains("a letter cannot be signed by (sensitive)"), "{report}");
}

/// A lease.
#[derive(Args)]
#[args(timeouts(open = "3m", renew = "3m", close = "3m"))]
pub(crate) struct LeaseArgs {
    /// Of what.
    pub name: String,
}

#[derive(Computed)]
#[computed(data)]
pub(crate) struct LeaseComputed {
    /// What it opens with.
    pub token: Sensitive<String>,
}

pub(crate) struct Lease;

/// How many minutes a call has.
fn minutes(cx: &CallCx<'_, Hasty>) -> u64 {
    (cx.deadline() - Instant::now()).as_secs().div_ceil(60)
}

impl EphemeralResource for Lease {
    const NAME: &'static str = "lease";
    type Provider = Hasty;
    type Args = LeaseArgs;
    type Computed = LeaseComputed;
    type Handle = String;

    async fn open(cx: &CallCx<'_, Hasty>, _: &LeaseArgs) -> Result<Opened<Self>> {
        cx.client.note(format!("open {}", minutes(cx)));
        let token = "made-by-the-lease".to_owned();
        let computed = LeaseComputed { token: Sensitive::new(token.clone()) };
        Ok(Opened { computed, handle: token, renew_after: Some(Duration::from_secs(1)) })
    }

    async fn renew(cx: &CallCx<'_, Hasty>, handle: String) -> Result<tfplug::Renewed<Self>> {
        cx.client.note(format!("renew {}", minutes(cx)));
        Ok(tfplug::Renewed { handle, renew_after: None })
    }

    async fn close(cx: &CallCx<'_, Hasty>, handle: String) -> Result<()> {
        cx.client.note(format!("close {}", minutes(cx)));
        Err(Error::new("Not closed", format!("{handle} stays open.")))
    }
}

#[tokio::test]
async fn a_lease_is_renewed_and_closed_within_the_configured_time() {
    let (desk, core) = core();
    let timeouts = json!({ "renew": "7m", "close": "9m" });
    let mut lease = core.ephemeral("hasty_lease").open(json!({ "name": "n", "timeouts": timeouts })).await;
    lease.renew().await;
    let report = lease.close().await.to_string();
    assert_eq!(desk.calls(), ["open 3", "renew 7", "close 9"]);
    assert!(report.contains("(sensitive) stays open."), "{report}");
}

#[tokio::test]
async fn a_terminal_sees_text_only_in_the_error_of_a_function() {
    let (_, core) = core();
    let report = core.function("sign").try_call([json!("hunter22"), json!("\u{1b}[2J[red]")]).await;
    let report = report.expect_err("refused").to_string();
    assert!(!report.contains('\u{1b}') && !report.contains("[red]"), "{report:?}");
}
