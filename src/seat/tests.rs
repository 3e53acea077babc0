//! The steps of a seat for a resource of many people, of which an action stands in here: it claims and checks everybody, and writes
//! only then.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use atlan_sim::{KeyKind, Moment, Options, Rule, Sim};
use serde_json::json;
use tfplug::testing::{Core, Invoked};
use tfplug::{Action, ActionCx, Args, Call, ConfigureCx, Private, Provider, Registry};

use super::*;
use crate::provider::{Atlan, AtlanArgs, Client};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const USERS: &str = "/api/service/users";

const HOLDER: &Holder =
    &Holder { resource: "crew_board", by_entry: true, keyed_by: "email address", on_existing: true };

/// A provider with that action, and otherwise as ours.
struct Crew;

impl Provider for Crew {
    const NAME: &'static str = "crew";
    const ADDRESS: &'static str = "example.com/test/crew";
    const VERSION: &'static str = "0.0.0";
    const LOG_TARGETS: &'static [&'static str] = &[];

    type Args = AtlanArgs;
    type Client = Client;

    async fn configure(cx: &ConfigureCx<'_>, args: AtlanArgs) -> Result<Client> {
        Atlan::configure(cx, args).await
    }

    fn scope(
        client: &Client,
        deadline: tokio::time::Instant,
        cancel: &tokio_util::sync::CancellationToken,
    ) -> Client {
        Atlan::scope(client, deadline, cancel)
    }

    fn register(registry: &mut Registry<Self>) {
        registry.action::<Board>();
    }
}

/// Takes seats.
#[derive(Args)]
struct BoardArgs {
    /// Address and role.
    people: BTreeMap<String, String>,
    /// Whether people who are there are taken over.
    #[attr(default = false)]
    adopt: bool,
    /// Whom an earlier run may have invited.
    #[attr(default = BTreeSet::new())]
    attempted: BTreeSet<String>,
    /// Whose seats are given up, how does not matter.
    #[attr(default = BTreeSet::new())]
    forgotten: BTreeSet<String>,
}

struct Board;

/// One person. Tells what it is told.
struct Entry<'a> {
    client: &'a Client,
    call: &'a Call,
    marks: Private,
    told: Mutex<Vec<String>>,
    wanted: Wanted,
}

impl Entry<'_> {
    fn tell(&self, what: &str) {
        self.told.lock().expect("whole").push(format!("{}: {what}", self.wanted.email));
    }
}

impl Place for Entry<'_> {
    fn client(&self) -> &Client {
        self.client
    }

    fn call(&self) -> &Call {
        self.call
    }

    fn marks(&self) -> &Private {
        &self.marks
    }

    fn warning(&self, summary: String, _: String) {
        self.tell(&format!("warning: {summary}"));
    }
}

impl NewPlace for Entry<'_> {
    fn made(&self, _: &atlan::Guid) {
        self.tell("made");
    }

    fn not_made(&self) {
        self.tell("not made");
    }

    fn attempted(&self) {
        self.tell("attempted");
    }
}

impl Action for Board {
    const NAME: &'static str = "board";

    type Provider = Crew;
    type Args = BoardArgs;

    async fn invoke(cx: &ActionCx<'_, Crew>, args: &BoardArgs) -> Result<()> {
        let entry = |email: &String, role: &str| {
            let entry = Entry {
                client: &cx.client,
                call: cx,
                marks: Private::default(),
                told: Mutex::default(),
                wanted: Wanted {
                    by: HOLDER,
                    email: email.clone(),
                    role: role.parse().expect("a role"),
                    on_existing: if args.adopt { OnExisting::Adopt } else { OnExisting::Error },
                    email_at: BoardArgs::PEOPLE.into(),
                    role_at: BoardArgs::PEOPLE.into(),
                },
            };
            if args.attempted.contains(email) {
                set_attempt(&entry.marks, "");
            }
            entry
        };
        let entries: Vec<Entry<'_>> = args.people.iter().map(|(email, role)| entry(email, role)).collect();
        let outcome = seat(&entries).await;
        for email in &args.forgotten {
            let entry = entry(email, "$guest");
            let user = cx.client.user_by_email(email).await?.expect("there");
            leave(&entry, HOLDER, &user.id.into(), email, WorkspaceRole::Member, Farewell::Forget).await?;
            cx.progress(entry.told.into_inner().expect("whole").join("\n")).await;
        }
        for entry in entries {
            for told in entry.told.into_inner().expect("whole") {
                cx.progress(told).await;
            }
            if let Some(attempt) = attempt(&entry.marks) {
                let since = if attempt.since.is_some() { "at a known time" } else { "some time ago" };
                cx.progress(format!("{}: attempted {since}", entry.wanted.email)).await;
            }
        }
        outcome
    }
}

/// Checks everybody, then seats everybody; one who fails is no reason to leave others out.
async fn seat(entries: &[Entry<'_>]) -> Result<()> {
    let mut begun = Vec::new();
    for entry in entries {
        begun.push(begin(entry, &entry.wanted).await?);
    }
    let Some(client) = entries.first().map(|entry| entry.client) else { return Ok(()) };
    let emails = entries.iter().map(|entry| entry.wanted.email.clone()).collect();
    let users = client.users_by_emails(&emails).await?;
    let found =
        |entry: &Entry<'_>| users.iter().find(|user| atlan::fold_email(&user.email) == entry.wanted.email);
    let mut obstacles = Vec::new();
    for (entry, begun) in entries.iter().zip(&begun) {
        if let Some(user) = found(entry) {
            obstacles.extend(check(entry, &entry.wanted, begun, user).await?);
        }
    }
    if !obstacles.is_empty() {
        for (entry, begun) in entries.iter().zip(begun) {
            begun.give_up(entry);
        }
        return Err(checks::refused(&obstacles, checks::Stage::Update));
    }
    for (entry, begun) in entries.iter().zip(begun) {
        if finish(entry, &entry.wanted, begun, found(entry).cloned()).await.is_err() {
            entry.tell("failed");
        }
    }
    Ok(())
}

async fn tenant() -> Sim {
    Sim::start(Options { key_kind: KeyKind::ApiToken, ..Options::default() }).await.expect("a simulator")
}

/// Waits are those of tests.
fn core(sim: &Sim) -> Core {
    let timing = atlan::Timing {
        backoff: std::time::Duration::from_millis(1),
        poll: std::time::Duration::from_millis(2),
        absent_at_least: std::time::Duration::from_millis(100),
        settle: std::time::Duration::from_millis(400),
        ..atlan::Timing::default()
    };
    Core::new::<Crew>().give(timing).config(json!({
        "base_url": sim.base_url(), "api_key": sim.api_key(), "request_timeout": "300ms", "requests_per_second": 0,
    }))
}

async fn board(core: &Core, config: serde_json::Value) -> Invoked {
    core.action("crew_board").invoke(config).await
}

fn told(invoked: &Invoked) -> Vec<&str> {
    invoked.progress().iter().map(String::as_str).collect()
}

#[tokio::test]
async fn nobody_is_invited_if_one_person_is_there_and_the_claims_are_given_back() {
    let (sim, people) = (tenant().await, json!({ ADA: "$member", BOB: "$member" }));
    sim.admit(BOB, "$guest", false).expect("nobody yet");
    let core = core(&sim).one_run();
    let refused = core.action("crew_board").try_invoke(json!({ "people": people })).await.expect_err("Bob");
    assert!(refused.to_string().contains("bob@example.com is in the tenant already"), "{refused}");
    assert!(refused.to_string().contains("on_existing = \"adopt\""), "{refused}");
    assert_eq!(sim.journal().writes().len(), 0, "{}", sim.journal());

    let adopted = board(&core, json!({ "people": people, "adopt": true })).await;
    assert_eq!(
        told(&adopted),
        ["ada@example.com: made", "bob@example.com: not made", "bob@example.com: made"]
    );
    assert_eq!((sim.mails_to(ADA), sim.mails_to(BOB)), (1, 0));
    assert_eq!(sim.user(BOB).expect("there").role, "$member", "raised");
    assert_eq!(sim.journal().count("POST", USERS), 1, "{}", sim.journal());
}

#[tokio::test]
async fn all_whose_role_is_higher_are_named_and_nobody_is_raised() {
    let (sim, people) =
        (tenant().await, json!({ ADA: "$guest", BOB: "$guest", "eve@example.com": "$admin" }));
    for (email, role) in [(ADA, "$member"), (BOB, "$admin"), ("eve@example.com", "$guest")] {
        sim.admit(email, role, false).expect("nobody yet");
    }
    let config = json!({ "people": people, "adopt": true });
    let refused = core(&sim).action("crew_board").try_invoke(config).await.expect_err("two").to_string();
    assert!(refused.contains("2 people have a higher role already"), "{refused}");
    assert!(refused.contains("ada@example.com has $member, not $guest (GUID "), "{refused}");
    assert!(refused.contains("bob@example.com has $admin, not $guest (GUID "), "{refused}");
    assert!(!refused.contains("eve@"), "{refused}");
    assert_eq!(sim.journal().writes().len(), 0, "{}", sim.journal());
}

#[tokio::test]
async fn an_attempt_of_an_earlier_run_is_ours_only_if_we_invited_and_is_not_forgotten_before_that_is_known() {
    let (sim, people) = (tenant().await, json!({ ADA: "$member", BOB: "$member" }));
    let core = core(&sim);
    board(&core, json!({ "people": { ADA: "$member" } })).await;
    sim.invite(BOB, "$member").expect("by somebody else");
    let both = json!({ "people": people, "attempted": [ADA, BOB] });
    let another_run = core.one_run();
    let refused = another_run.action("crew_board").try_invoke(both).await.expect_err("Bob");
    let said = refused.report().to_string();
    assert!(said.contains("bob@example.com is in the tenant already"), "{said}");
    assert!(!said.contains("ada@"), "ours: {said}");
    for still in ["ada@example.com: attempted some time ago", "bob@example.com: attempted some time ago"] {
        assert!(told(&refused).contains(&still), "{refused}");
    }
    let adopt = json!({ "people": people, "attempted": [ADA, BOB], "adopt": true });
    let taken = board(&another_run, adopt).await;
    assert_eq!(
        told(&taken),
        [
            "ada@example.com: attempted",
            "ada@example.com: made",
            "bob@example.com: attempted",
            "bob@example.com: not made",
            "bob@example.com: made",
        ]
    );
    assert_eq!(sim.mails_to(ADA), 1, "by the first run");
}

#[tokio::test]
async fn of_two_invitations_one_whose_answer_is_lost_is_an_attempt_and_the_other_a_seat() {
    let sim = tenant().await;
    let lost = Rule::on("POST", USERS).body_has(ADA).drop(Moment::Before);
    sim.fault(lost).expect("a rule");
    let invoked = board(&core(&sim), json!({ "people": { ADA: "$member", BOB: "$member" } })).await;
    let told = told(&invoked);
    assert!(told.contains(&"ada@example.com: attempted"), "{told:?}");
    assert!(told.contains(&"ada@example.com: attempted at a known time"), "{told:?}");
    assert!(told.contains(&"bob@example.com: made"), "{told:?}");
}

#[tokio::test]
async fn a_farewell_warns_the_object_of_the_person_and_not_the_whole_call() {
    let sim = tenant().await;
    sim.admit(ADA, "$member", false).expect("nobody yet");
    let invoked = board(&core(&sim), json!({ "people": {}, "forgotten": [ADA] })).await;
    assert_eq!(told(&invoked), ["ada@example.com: warning: ada@example.com stays in Atlan"]);
    assert!(invoked.report().is_empty(), "{invoked}");
}

/// Somebody as Atlan has them.
async fn somebody() -> User {
    let sim = tenant().await;
    sim.admit(ADA, "$member", false).expect("nobody yet");
    let url = atlan::parse_base_url(&sim.base_url()).expect("a URL");
    let credentials = atlan::Credentials::ApiKey(atlan::Secret::new(sim.api_key()));
    let client = atlan::Client::new(atlan::Config::new(url, credentials)).expect("good settings");
    client.user_by_email(ADA).await.expect("read").expect("there")
}

#[tokio::test]
async fn who_loses_what_by_a_role_and_by_a_farewell() {
    let ada = somebody().await;
    let user = |status: UserStatus, role: Option<WorkspaceRole>| {
        let mut user = ada.clone();
        (user.status, user.role) = (status, role);
        user
    };
    let (guest, member, admin) = (WorkspaceRole::Guest, WorkspaceRole::Member, WorkspaceRole::Admin);
    for (present, role, loses) in [
        (Some(admin), member, true),
        (Some(member), member, false),
        (Some(guest), member, false),
        (None, guest, true),
    ] {
        let user = user(UserStatus::Active, present);
        assert_eq!(checks::loss_by_role(&user, role).is_some(), loses, "{present:?} to {role}");
    }
    let (lower, cancel, disable) =
        (Some("lower the role of"), Some("cancel the invitation of"), Some("disable"));
    for (status, policy, action) in [
        (UserStatus::Active, Farewell::Revoke, disable),
        (UserStatus::Active, Farewell::Disable, disable),
        (UserStatus::Active, Farewell::Downgrade, lower),
        (UserStatus::Active, Farewell::Forget, None),
        (UserStatus::Pending, Farewell::Revoke, cancel),
        (UserStatus::Expired, Farewell::Downgrade, cancel),
        (UserStatus::Pending, Farewell::Forget, None),
        (UserStatus::Disabled, Farewell::Revoke, None),
        (UserStatus::Disabled, Farewell::Downgrade, lower),
    ] {
        let user = user(status, Some(member));
        let loss = checks::loss_by_farewell(&user, policy);
        assert_eq!(loss.map(|loss| loss.action), action, "{status} {policy:?}");
    }
}

#[tokio::test]
async fn entries_that_are_refused_are_listed_and_the_last_of_many_counted() {
    let sim = tenant().await;
    let emails: Vec<String> = (0..25).map(|number| format!("p{number}@example.com")).collect();
    for email in &emails {
        sim.admit(email, "$member", false).expect("nobody yet");
    }
    let refused = async |emails: &[String]| {
        let people: BTreeMap<&String, &str> = emails.iter().map(|email| (email, "$member")).collect();
        let config = json!({ "people": people });
        core(&sim).action("crew_board").try_invoke(config).await.expect_err("they are there").to_string()
    };
    let many = refused(&emails).await;
    assert!(many.contains("25 people are in the tenant already"), "{many}");
    assert_eq!(many.matches("GUID").count(), 20, "{many}");
    assert!(many.contains("and 5 more") && !many.contains("enables people"), "{many}");
    sim.disable("p0@example.com").expect("there");
    let alone = refused(&emails[..1]).await;
    assert!(alone.contains("p0@example.com is in the tenant already"), "{alone}");
    assert!(alone.contains("p0@example.com ($member, disabled, GUID "), "{alone}");
    assert!(alone.contains("enables people who are disabled. That needs a credential"), "{alone}");
}
