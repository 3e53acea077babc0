//! What an attacker of "never twice" would try: moments between waiting, leaving and being answered, and servers between
//! us and Atlan.

use std::time::Duration;

use atlan::{
    Client, Config, Credentials, Error, Existing, Group, Invite, ReadMode, Secret, User, WorkspaceRole,
};
use atlan_sim::{Hold, Moment, Rule, Sim};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::support::*;

/// Yields until every task has gone on as far as it can: this thread runs all of them, and none waits for time.
async fn everybody_has_gone_as_far_as_possible() {
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
}

/// A tenant, a client that sends one request at a time, and a held request that occupies that place. Everything that precedes an
/// invitation has been read, so the next request would be the invitation.
async fn only_place_taken() -> (Sim, Client, Hold, JoinHandle<Result<Vec<Group>, Error>>) {
    let (sim, _) = tenant().await;
    let client = client(&sim, |config| {
        config.max_concurrent_requests = 1;
        config.read_mode = ReadMode::Snapshot;
    });
    client.role_by_name(WorkspaceRole::Member).await.expect("roles");
    client.user_by_email("nobody@example.com").await.expect("read");
    let hold = sim.hold("GET", "/api/service/v2/groups", Moment::Before);
    let groups = tokio::spawn({
        let client = client.clone();
        async move { client.groups().await }
    });
    sim.arrived("GET", "/api/service/v2/groups").await;
    (sim, client, hold, groups)
}

#[tokio::test]
async fn an_invitation_that_waits_its_turn_can_still_be_cancelled() {
    let (sim, client, hold, groups) = only_place_taken().await;
    let cancel = CancellationToken::new();
    let (cancelled, stays) = (client.within(None, cancel.clone()), client.clone());
    let cancelled = tokio::spawn(async move { cancelled.invite(&ada()).await });
    let bob = Invite { email: "bob@example.com".into(), ..ada() };
    let stays = tokio::spawn(async move { stays.invite(&bob).await });
    everybody_has_gone_as_far_as_possible().await;
    cancel.cancel();
    // Sooner than the held request is given up, which would free the place.
    let ended = tokio::time::timeout(Duration::from_secs(2), cancelled).await;
    let error = ended.expect("at once, while nothing can be sent").expect("no panic").expect_err("cancelled");
    assert!(matches!(error, Error::Stopped { .. }), "{}", story(&error));
    hold.release();
    groups.await.expect("no panic").expect("read");
    stays.await.expect("no panic").expect("its companion is invited");
    assert_eq!((sim.mails_to("ada@example.com"), sim.mails().len()), (0, 1));
}

#[tokio::test]
async fn entries_that_come_while_a_batch_waits_its_turn_join_it() {
    let (sim, client, hold, groups) = only_place_taken().await;
    let mut calls = Vec::new();
    for number in 0..8 {
        let client = client.clone();
        let invite = Invite { email: format!("person-{number}@example.com"), role: WorkspaceRole::Guest };
        calls.push(tokio::spawn(async move { client.invite(&invite).await }));
        everybody_has_gone_as_far_as_possible().await;
    }
    hold.release();
    groups.await.expect("no panic").expect("read");
    for call in calls {
        call.await.expect("no panic").expect("invited");
    }
    assert_eq!(sim.journal().count("POST", USERS), 1, "{}", sim.journal());
    assert_eq!(sim.mails().len(), 8);
}

#[tokio::test]
async fn a_second_call_for_a_person_whose_outcome_is_unknown_waits_until_it_is() {
    for effect in [true, false] {
        let (sim, _) = tenant().await;
        sim.set(json!({ "invite_duplicate": "resend" })).expect("a switch");
        let client = client(&sim, |config| {
            config.request_timeout = Duration::from_millis(100);
            config.timing.absent_at_least = Duration::from_millis(800);
            config.timing.grace = Duration::ZERO;
        });
        let lost = Rule::on("POST", USERS).drop(Moment::Before).times(1);
        sim.fault(if effect { lost.late(Duration::from_millis(400)) } else { lost }).expect("a rule");
        let cancel = CancellationToken::new();
        let (hasty, ada) = (client.within(None, cancel.clone()), ada());
        let (first, ()) = tokio::join!(hasty.invite(&ada), async {
            sim.arrived("POST", USERS).await;
            cancel.cancel();
        });
        let first = first.expect_err("given up before anybody can know");
        assert!(matches!(first, Error::OutcomeUnknown { .. }), "{}", story(&first));
        // Another object of the same run, for the same person.
        let second = client.invite(&ada).await;
        assert_eq!(sim.mails_to("ada@example.com"), 1, "{}", sim.journal());
        match second {
            Err(Error::AlreadyExists(Existing::User(user))) if effect => {
                assert_eq!(user.email, "ada@example.com")
            }
            Ok(_) if !effect => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn after_an_unknown_outcome_a_person_counts_as_absent_only_after_the_time_a_request_may_take() {
    let (sim, _) = tenant().await;
    let client = client(&sim, |config| {
        config.request_timeout = Duration::from_millis(100);
        config.timing.absent_at_least = Duration::from_millis(400);
    });
    let start = Instant::now();
    assert_eq!(client.user_after_unknown("ADA@example.com", false).await.expect("read"), None);
    assert!(start.elapsed() >= Duration::from_millis(400), "{:?}", start.elapsed());
    // This person shows late, as if an earlier process had sent the request.
    let role = client.role_by_name(WorkspaceRole::Member).await.expect("roles").id;
    let late = Rule::on("POST", USERS).drop(Moment::Before).late(Duration::from_millis(150)).times(1);
    sim.fault(late).expect("a rule");
    let body = json!({ "users": [{ "email": "ada@example.com", "roleName": "$member", "roleId": role }] });
    send_and_leave(&sim.base_url(), &sim.api_key(), &body.to_string()).await;
    sim.arrived("POST", USERS).await;
    let user = client.user_after_unknown("ADA@example.com", false).await.expect("read").expect("shows");
    assert_eq!(user.email, "ada@example.com");
    // The deadline of the call does not shorten that time; a cancelled call returns an error, and not "absent".
    let cancel = CancellationToken::new();
    let ended = client.within(Some(Instant::now()), cancel.clone());
    assert_eq!(ended.user_after_unknown("eve@example.com", false).await.expect("looked for"), None);
    cancel.cancel();
    let error = ended.user_after_unknown("eve@example.com", false).await.expect_err("cancelled");
    assert!(matches!(error, Error::Stopped { .. }), "{}", story(&error));
}

#[tokio::test]
async fn an_error_in_the_body_of_a_success_is_an_unknown_outcome_and_sent_once() {
    let bodies = [
        json!({ "code": 400, "message": "no" }),
        json!({ "errorCode": "A-1", "errorMessage": "no" }),
        json!([{ "error": "no" }]),
    ];
    for body in bodies {
        let (sim, client) = tenant().await;
        let success = Rule { body: Some(body.clone()), ..Rule::on("POST", USERS).status(200).times(1) };
        sim.set_faults(vec![success]).expect("a rule");
        let short = Some(Instant::now() + Duration::from_millis(200));
        let error =
            client.within(short, CancellationToken::new()).invite(&ada()).await.expect_err("not done");
        assert!(matches!(error, Error::OutcomeUnknown { .. }), "{body}: {}", story(&error));
        assert_eq!((sim.mails().len(), sim.journal().count("POST", USERS)), (0, 1), "{body}");
    }
}

#[tokio::test]
async fn a_call_that_ends_while_a_refused_batch_is_read_back_has_an_unknown_outcome() {
    let (sim, _) = tenant().await;
    sim.set(json!({ "invite_batch": "partial", "invite_visible_after_ms": 60_000 })).expect("switches");
    let client = client(&sim, |config| config.timing.grace = Duration::ZERO);
    let cancel = CancellationToken::new();
    let mut calls = tokio::task::JoinSet::new();
    for email in ["p0@example.com", "p1@example.com", "bad@yopmail.com"] {
        let client = client.within(None, cancel.clone());
        let invite = Invite { email: email.into(), role: WorkspaceRole::Guest };
        calls.spawn(async move { client.invite(&invite).await });
    }
    sim.arrived("POST", USERS).await;
    cancel.cancel();
    let mut unknown = 0;
    while let Some(call) = calls.join_next().await {
        let error = call.expect("no panic").expect_err("cancelled");
        unknown += usize::from(matches!(error, Error::OutcomeUnknown { .. }));
    }
    assert!(unknown >= sim.mails().len(), "{unknown}: {}", sim.journal());
}

#[tokio::test]
async fn a_batch_too_large_for_a_server_is_split_until_it_fits() {
    let (sim, client) = tenant().await;
    // Like a gateway: the first two requests are refused as too large, whatever they contain.
    sim.fault(Rule::on("POST", USERS).status(413).times(2)).expect("a rule");
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..12 {
        let client = client.clone();
        let invite = Invite { email: format!("person-{number}@example.com"), role: WorkspaceRole::Guest };
        calls.spawn(async move { client.invite(&invite).await });
    }
    let mut refused = 0;
    while let Some(call) = calls.join_next().await {
        // One that left alone can't be split.
        refused += usize::from(call.expect("no panic").is_err_and(|error| error.status() == Some(413)));
    }
    assert!(refused <= 1, "{refused}");
    assert_eq!(sim.mails().len() + refused, 12, "{}", sim.journal());
}

#[tokio::test]
async fn unusual_addresses_are_found_by_every_filter() {
    let (sim, client) = tenant().await;
    sim.set(json!({ "invite_plus_address": "accept", "invite_duplicate": "resend" })).expect("switches");
    let emails = [
        "100%@example.com",
        "\"quoted\"@example.com",
        "o'neil_{x}\\@example.com",
        "žofie.čapková@example.com",
        "a&b=c?d#e@example.com",
        "plus+tag@example.com",
    ];
    let invite = |email: &str| Invite { email: email.into(), role: WorkspaceRole::Guest };
    // One alone is looked up by a filter of another kind than several.
    let alone = client.invite(&invite(emails[0])).await.expect("invited");
    assert_eq!(alone.email, emails[0]);
    let mut calls = tokio::task::JoinSet::new();
    for email in &emails[1..] {
        let (client, invite) = (client.clone(), invite(email));
        calls.spawn(async move { client.invite(&invite).await });
    }
    while let Some(call) = calls.join_next().await {
        let result = call.expect("no panic");
        result.unwrap_or_else(|error| panic!("{}\n{}", story(&error), sim.journal()));
    }
    let other = self::client(&sim, |_| {});
    for email in emails {
        let found = other.user_by_email(&email.to_uppercase()).await.expect("read");
        assert_eq!(found.map(|user| user.email).as_deref(), Some(email));
        assert!(matches!(other.invite(&invite(email)).await, Err(Error::AlreadyExists(_))), "{email}");
        assert_eq!(sim.mails_to(email), 1, "{email}");
    }
}

/// Sends an invitation like a process that is killed before the answer.
async fn send_and_leave(url: &str, key: &str, body: &str) {
    let address = url.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("connected");
    let request = format!(
        "POST {USERS} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut nothing = Vec::new();
    stream.read_to_end(&mut nothing).await.expect("dropped without an answer");
}

/// A server that answers reads with an empty list and writes as told, one connection after another. Returns the method of
/// each request it got.
async fn answer(listener: TcpListener, to_writes: String, writes: usize) -> Vec<String> {
    let mut got: Vec<String> = Vec::new();
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        let mut stream = BufReader::new(stream);
        loop {
            let (mut first, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).await.expect("a line") == 0 {
                    break;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a number");
                }
                if first.is_empty() {
                    first = line.clone();
                }
                if line == "\r\n" {
                    break;
                }
            }
            let Some(method) = first.split_whitespace().next() else { break };
            got.push(method.to_owned());
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await.expect("a body");
            let empty = r#"{"totalRecord":0,"filterRecord":0,"records":[]}"#;
            let reply = if method == "POST" {
                to_writes.clone()
            } else {
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{empty}", empty.len())
            };
            stream.write_all(reply.as_bytes()).await.expect("answered");
            if reply.is_empty() {
                break; // and close
            }
            if got.iter().filter(|method| *method == "POST").count() == writes {
                return got;
            }
        }
        if got.iter().filter(|method| *method == "POST").count() == writes {
            return got;
        }
    }
}

fn client_of(listener: &TcpListener) -> Client {
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let key = Credentials::ApiKey(Secret::new("the-key"));
    Client::new(Config::new(atlan::parse_base_url(&url).expect("a URL"), key)).expect("good settings")
}

#[tokio::test]
async fn a_redirected_write_is_neither_repeated_nor_does_it_carry_the_key_elsewhere() {
    for status in [301, 302, 303, 307, 308] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let elsewhere = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let client = client_of(&listener);
        let location = format!("http://{}/api/service/groups", elsewhere.local_addr().expect("an address"));
        let reply = format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let server = tokio::spawn(answer(listener, reply, 1));
        let error = client.create_group(&stewards()).await.expect_err("moved");
        assert_eq!(error.status(), Some(status), "{}", story(&error));
        assert_eq!(server.await.expect("no panic"), ["GET", "POST"], "{status}");
        let elsewhere = elsewhere.into_std().expect("a listener");
        assert_eq!(
            elsewhere.accept().map(|_| ()).map_err(|error| error.kind()),
            Err(std::io::ErrorKind::WouldBlock)
        );
    }
}

#[tokio::test]
async fn a_connection_that_closes_under_a_write_is_never_tried_again_by_the_library() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let key = Credentials::ApiKey(Secret::new("the-key"));
    let mut config = Config::new(atlan::parse_base_url(&url).expect("a URL"), key);
    config.max_retries = 0;
    config.timing.settle = Duration::ZERO;
    let client = Client::new(config).expect("good settings");
    // The read opens the connection, which the write then uses again.
    let server = tokio::spawn(answer(listener, String::new(), 2));
    let error = client.create_group(&stewards()).await.expect_err("lost");
    assert!(matches!(error, Error::Lost { .. } | Error::OutcomeUnknown { .. }), "{}", story(&error));
    assert!(!server.is_finished(), "a second write would end it");
    server.abort();
}

/// A tenant where another program invites Eve after our list has proved her absence. The lists of both start then.
async fn eve_is_invited_elsewhere(duplicate: &str) -> (Sim, Client, Invite, User) {
    let (sim, _) = tenant().await;
    sim.set(json!({ "invite_duplicate": duplicate })).expect("a switch");
    let (ours, other) = (client(&sim, |config| config.read_mode = ReadMode::Snapshot), client(&sim, |_| {}));
    // Reads the whole list, which proves the absence of everybody else for the next ten seconds.
    ours.invite(&ada()).await.expect("invited");
    let eve = Invite { email: "eve@example.com".into(), ..ada() };
    let theirs = other.invite(&eve).await.expect("invited elsewhere");
    sim.clear_journal();
    (sim, ours, eve, theirs)
}

const DUPLICATES: [&str; 4] = ["conflict", "skip", "resend", "bad_request"];

#[tokio::test]
async fn somebody_invited_elsewhere_between_our_list_and_our_request_gets_one_mail_from_us_at_most() {
    for duplicate in DUPLICATES {
        let (sim, ours, eve, theirs) = eve_is_invited_elsewhere(duplicate).await;
        let result = ours.invite(&eve).await;
        let journal = sim.journal();
        let requests: Vec<&str> = journal.iter().map(|entry| entry.method.as_str()).collect();
        assert_eq!(requests.first(), Some(&"POST"), "{duplicate}: answered from the list");
        assert_eq!(journal.on("POST", USERS).len(), 1, "{duplicate}");
        assert!(sim.mails_to(&eve.email) <= 2, "{duplicate}: theirs, and one of ours at most");
        match (duplicate, result) {
            // Atlan has accepted our invitation.
            ("skip" | "resend", Ok(user)) => assert_eq!(user.id, theirs.id, "{duplicate}"),
            ("conflict" | "bad_request", Err(Error::AlreadyExists(Existing::User(user)))) => {
                assert_eq!(user.id, theirs.id, "{duplicate}");
            }
            (_, result) => panic!("{duplicate}: {result:?}"),
        }
        // The list was wrong, and presence is not taken from memory but asked for.
        sim.clear_journal();
        let again = ours.invite(&eve).await.expect_err("there already");
        assert!(matches!(again, Error::AlreadyExists(_)), "{duplicate}: {again:?}");
        assert_eq!((sim.journal().len(), sim.journal().on("POST", USERS).len()), (1, 0), "{duplicate}");
    }
}

#[tokio::test]
async fn a_companion_invited_elsewhere_spoils_no_invitation_and_gets_one_mail_from_us_at_most() {
    for batch in ["atomic", "partial", "per_entry"] {
        for duplicate in DUPLICATES {
            let (sim, ours, eve, theirs) = eve_is_invited_elsewhere(duplicate).await;
            sim.set(json!({ "invite_batch": batch })).expect("a switch");
            let mut calls = tokio::task::JoinSet::new();
            for email in ["p0@example.com", &eve.email, "p1@example.com"] {
                let (client, invite) = (ours.clone(), Invite { email: email.into(), ..ada() });
                let client =
                    client.within(Some(Instant::now() + Duration::from_secs(20)), CancellationToken::new());
                calls.spawn(async move { (invite.email.clone(), client.invite(&invite).await) });
            }
            while let Some(call) = calls.join_next().await {
                match call.expect("no panic") {
                    (email, Ok(user)) if email == eve.email => assert_eq!(user.id, theirs.id, "{batch}"),
                    (email, Err(Error::AlreadyExists(Existing::User(user)))) if email == eve.email => {
                        assert_eq!(user.id, theirs.id, "{batch}, {duplicate}");
                    }
                    (email, Ok(user)) => assert_eq!(user.email, email),
                    (email, Err(error)) => panic!("{batch}, {duplicate}, {email}: {}", story(&error)),
                }
            }
            assert!(sim.mails_to(&eve.email) <= 2, "{batch}, {duplicate}: theirs, and one of ours at most");
            for email in ["p0@example.com", "p1@example.com"] {
                assert_eq!(sim.mails_to(email), 1, "{batch}, {duplicate}");
            }
        }
    }
}
