use std::borrow::Cow;
use std::time::Duration;

use atlan_sim::{Options, Sim};

use serde_json::Value;

use super::store::Store;
use super::*;
use crate::config::{Config, Credentials, Sharing, parse_base_url};
use crate::error::Error;
use crate::list::List;
use crate::people::Everybody;
use crate::records::{User, UserStatus, WorkspaceRole};

fn person(number: usize) -> User {
    let text = format!("person-{number}@example.com");
    let wire = serde_json::json!({ "id": format!("id-{number}"), "email": text, "enabled": true, "workspaceRole": "$guest" });
    let call = crate::error::Call {
        method: "GET",
        path: "/u".into(),
        request_id: "r".into(),
        attempts: 1,
        late: false,
    };
    let answer = crate::answer::Answer { call, status: 200, body: Vec::new(), date: None, title: None };
    User::read(serde_json::from_value(wire).expect("a record"), &answer).expect("complete")
}

fn store(people: impl IntoIterator<Item = User>, taken: Instant) -> Store<Everybody> {
    Store::new(&Everybody, people.into_iter().map(|user| Everybody.pack(user)).collect(), taken, true)
}

#[test]
fn packing_loses_nothing() {
    let full = User {
        username: Some("ada".into()),
        role: Some(WorkspaceRole::Admin),
        status: UserStatus::Expired,
        invited_at: Some("2026-01-01T00:00:00Z".into()),
        invited_by: Some("bob".into()),
        first_name: Some("Ada".into()),
        last_name: Some("Lovelace".into()),
        is_scim: Some(true),
        last_login_at: jiff::Timestamp::from_millisecond(1_708_967_980_214).ok(),
        created_at: None,
        is_in_groups: None,
        email: "Ada@Example.com".into(),
        ..person(1)
    };
    for user in [
        person(1),
        full.clone(),
        User {
            username: None,
            invited_at: None,
            last_name: None,
            created_at: jiff::Timestamp::from_millisecond(1_700_000_000_123).ok(),
            ..full
        },
    ] {
        let packed = Everybody.pack(user.clone());
        assert_eq!(Everybody.packed_id(&packed), user.id.as_str());
        assert_eq!(Everybody.packed_natural(&packed), crate::fold_email(&user.email));
        assert_eq!(Everybody.unpack(&packed), user);
    }
}

#[test]
fn everybody_is_found_by_both_keys_and_nobody_else() {
    let people: Vec<User> = (0..500).map(person).collect();
    let store = store(people.clone().into_iter().rev(), Instant::now());
    for user in &people {
        assert_eq!(store.find(&Everybody, &Key::Id(user.id.clone())).as_ref(), Some(user));
        assert_eq!(store.find(&Everybody, &Key::Natural(user.email.clone())).as_ref(), Some(user));
    }
    assert_eq!(store.find(&Everybody, &Key::Natural("person-500@example.com".into())), None::<User>);
    assert_eq!(store.find(&Everybody, &Key::Id(Guid::known("id-500"))), None::<User>);
}

#[test]
fn of_a_record_read_twice_the_later_stays_and_the_pages_do_not_fit() {
    let moved = User { status: UserStatus::Disabled, ..person(1) };
    let store = store([person(1), person(2), moved.clone()], Instant::now());
    assert_eq!((store.len(), store.whole), (2, false));
    assert_eq!(store.find(&Everybody, &Key::Id(moved.id.clone())), Some(moved));
}

#[test]
fn a_person_takes_little_memory() {
    let user = User {
        username: Some("a-name-of-20-letters".into()),
        invited_at: Some("2026-01-01T00:00:00.000Z".into()),
        invited_by: Some("service-account-apikey-00000000-0000-4000-8000-000000000000".into()),
        is_in_groups: None,
        ..person(1)
    };
    let packed = Everybody.pack(user);
    let bytes = size_of::<<Everybody as Source>::Packed>() + size_of_val(&*format!("{packed:?}")) + 16 + 4;
    assert!(bytes < 512, "{bytes}: 50,000 people would take {} MB", (bytes * 50_000) >> 20);
    assert!(size_of::<<Everybody as Source>::Packed>() <= 40);
}

#[tokio::test(start_paused = true)]
async fn what_a_snapshot_proves_depends_on_its_age() {
    let (life, recent) = (Duration::from_secs(300), Duration::from_secs(30));
    let reads = Reads::new(Everybody, Arc::default());
    reads.state().store = Some(store([person(1)], Instant::now()));
    let known = |number, need| {
        let key = Key::Natural(format!("person-{number}@example.com"));
        reads.state().known(&Everybody, &key, need, life, recent).map(|user| user.is_some())
    };
    assert_eq!(known(1, Need::Any), Some(true));
    assert_eq!(known(1, Need::Recent), None, "presence is asked anew");
    assert_eq!(known(1, Need::Fresh), None, "asked of the server");
    assert_eq!(known(2, Need::Any), None, "absence is confirmed");
    assert_eq!(known(2, Need::Recent), Some(false));
    tokio::time::advance(Duration::from_secs(31)).await;
    assert_eq!(known(2, Need::Recent), None);
    assert_eq!(known(1, Need::Any), Some(true));
    tokio::time::advance(Duration::from_secs(300)).await;
    assert_eq!(known(1, Need::Any), None);
}

#[tokio::test(start_paused = true)]
async fn writes_win_over_an_older_snapshot_and_lose_to_a_younger_one() {
    let reads = Reads::new(Everybody, Arc::default());
    let seen = |reads: &Reads<Everybody>| {
        let state = reads.state();
        let store = state.store.as_ref().expect("a snapshot");
        state.find(&Everybody, store, &Key::Natural("person-1@example.com".into())).map(|user| user.status)
    };
    reads.state().store = Some(store([person(1)], Instant::now()));
    tokio::time::advance(Duration::from_secs(1)).await;
    reads.wrote(&User { status: UserStatus::Disabled, ..person(1) }, true);
    assert_eq!(seen(&reads), Some(UserStatus::Disabled));
    tokio::time::advance(Duration::from_secs(1)).await;
    reads.state().store = Some(store([person(1)], Instant::now()));
    assert_eq!(seen(&reads), Some(person(1).status));
    tokio::time::advance(Duration::from_secs(1)).await;
    reads.deleted(&person(1).id);
    assert_eq!(seen(&reads), None);
}

#[tokio::test(start_paused = true)]
async fn what_this_process_has_made_is_never_absent_by_a_list_that_lags() {
    let (life, recent) = (Duration::from_secs(300), Duration::from_secs(30));
    let reads = Reads::new(Everybody, Arc::default());
    reads.wrote(&person(1), true);
    tokio::time::advance(Duration::from_secs(1)).await;
    reads.state().store = Some(store([person(2)], Instant::now()));
    let known = || {
        reads.state().known(
            &Everybody,
            &Key::Natural("person-1@example.com".into()),
            Need::Recent,
            life,
            recent,
        )
    };
    assert_eq!(known(), None, "the list is younger than the write and does not show it");
    reads.deleted(&person(1).id);
    assert_eq!(known(), Some(None));
}

/// Everybody, read by code with a bug: it panics over this address.
#[derive(Debug, Default)]
struct Buggy(Mutex<String>);

impl Buggy {
    fn panic_at(&self, emails: &[&str]) {
        let bad = self.0.lock().unwrap().clone();
        assert!(!emails.contains(&bad.as_str()), "an index out of bounds");
    }
}

impl Source for Buggy {
    type Record = User;
    type Packed = <Everybody as Source>::Packed;

    fn name(&self) -> &'static str {
        "buggy people"
    }

    fn list(&self) -> List {
        Everybody.list()
    }

    fn recent(&self, sharing: &Sharing) -> Duration {
        sharing.people_recent
    }

    fn is_small(&self) -> bool {
        false
    }

    fn knows_in_on_naturals(&self) -> bool {
        true
    }

    fn has_many_forms(&self) -> bool {
        false
    }

    fn natural_field(&self) -> &'static str {
        Everybody.natural_field()
    }

    fn natural<'a>(&self, user: &'a User) -> Cow<'a, str> {
        Everybody.natural(user)
    }

    fn order<'a>(&self, user: &'a User) -> &'a str {
        Everybody.order(user)
    }

    fn one_natural(&self, key: &str) -> Value {
        self.panic_at(&[key]);
        Everybody.one_natural(key)
    }

    fn some_naturals(&self, keys: &[&str]) -> Value {
        self.panic_at(keys);
        Everybody.some_naturals(keys)
    }

    fn is_unusual(&self, user: &User) -> bool {
        Everybody.is_unusual(user)
    }

    fn pack(&self, user: User) -> Self::Packed {
        self.panic_at(&[&user.email]);
        Everybody.pack(user)
    }

    fn unpack(&self, packed: &Self::Packed) -> User {
        Everybody.unpack(packed)
    }

    fn packed_id<'a>(&self, packed: &'a Self::Packed) -> &'a str {
        Everybody.packed_id(packed)
    }

    fn packed_natural<'a>(&self, packed: &'a Self::Packed) -> Cow<'a, str> {
        Everybody.packed_natural(packed)
    }
}

async fn buggy(users: usize) -> (Sim, Api, Arc<Reads<Buggy>>) {
    let sim = Sim::start(Options { users, ..Options::default() }).await.unwrap();
    let credentials = Credentials::ApiKey(crate::secret::Secret::new(sim.api_key()));
    let mut config = Config::new(parse_base_url(&sim.base_url()).unwrap(), credentials);
    config.requests_per_second = 0.0;
    let reads = Arc::new(Reads::new(Buggy::default(), Arc::default()));
    (sim, Api::new(config).unwrap(), reads)
}

/// Asks for these addresses at the same time.
async fn ask(api: &Api, reads: &Arc<Reads<Buggy>>, emails: &[&str]) -> Vec<Result<Option<User>>> {
    let mut answers = Vec::new();
    for email in emails {
        let (api, reads, key) = (api.clone(), Arc::clone(reads), Key::Natural((*email).to_owned()));
        answers.push(tokio::spawn(async move { reads.find(&api, key, Need::Any).await }));
    }
    let mut found = Vec::new();
    for answer in answers {
        let answer = tokio::time::timeout(Duration::from_secs(20), answer).await.expect("no call hangs");
        found.push(answer.expect("the call itself does not panic"));
    }
    found
}

fn is_internal(answer: &Result<Option<User>>) -> bool {
    matches!(answer, Err(error @ Error::Internal { .. }) if error.to_string().contains("please report it"))
}

#[tokio::test]
async fn a_panic_in_a_shared_look_up_reaches_every_call_and_spoils_no_later_one() {
    let (sim, api, reads) = buggy(3).await;
    let there = sim.users()[1].email.clone();
    *reads.source.0.lock().unwrap() = "bug@example.com".into();
    let one_by_one = |reads: &Reads<Buggy>| reads.state().in_on_naturals = Trust::Broken;
    for by_one in [false, true] {
        if by_one {
            one_by_one(&reads);
        }
        let answers = ask(&api, &reads, &["bug@example.com", &there]).await;
        assert!(answers.iter().all(is_internal), "by one: {by_one}: {answers:?}");
        let later = ask(&api, &reads, &[&there, "nobody@example.com"]).await;
        assert!(matches!(later.as_slice(), [Ok(Some(_)), Ok(None)]), "by one: {by_one}: {later:?}");
    }
}

#[tokio::test]
async fn a_panic_over_a_page_reaches_every_call_and_spoils_no_later_one() {
    let (sim, api, reads) = buggy(250).await;
    let emails: Vec<String> = sim.users().into_iter().map(|user| user.email).collect();
    let some: Vec<&str> = emails.iter().take(6).map(String::as_str).collect();
    // On the last page, which a task of its own reads.
    let last = Arc::new(Reads::new(Everybody, Arc::default())).all(&api).await.unwrap().pop().unwrap();
    *reads.source.0.lock().unwrap() = last.email;
    let answers = ask(&api, &reads, &some).await;
    assert!(answers.iter().all(is_internal), "{answers:?}");
    reads.source.0.lock().unwrap().clear();
    let later = ask(&api, &reads, &some[..1]).await;
    assert!(matches!(later.as_slice(), [Ok(Some(_))]), "{later:?}");
}
