//! Every write but creates, which `groups.rs`, `invites.rs` and `batches.rs` have: throttled, refused by a busy server, and with
//! its answer lost. It ends as asked, and a write that takes access away is not sent again where it took effect.

use atlan::{Client, Error, GroupUpdate, Guid, Invite, User, WorkspaceRole};
use atlan_sim::{Moment, Rule, Sim};
use tokio_util::sync::CancellationToken;

use crate::support::*;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Write {
    UpdateGroup,
    DeleteGroup,
    ChangeRole,
    Disable,
    Enable,
    Cancel,
}

use Write::*;

impl Write {
    /// The path that its request has, and no other request of the test.
    fn path(self) -> &'static str {
        match self {
            UpdateGroup => "/api/service/groups/*",
            DeleteGroup | Cancel => "*/delete",
            ChangeRole => "*/roles/update",
            Disable | Enable => "/api/service/users/*",
        }
    }

    /// Whether the client looks at what became of an attempt before it makes another.
    fn is_judged(self) -> bool {
        !matches!(self, UpdateGroup | DeleteGroup)
    }
}

struct World {
    sim: Sim,
    client: Client,
    group: Guid,
    pending: User,
    active: User,
    disabled: User,
}

async fn world() -> World {
    let (sim, client) = tenant_of_admin().await;
    let group = client.create_group(&stewards()).await.expect("made").id;
    let pending = client.invite(&ada()).await.expect("invited");
    let active = active(&sim, &client, "bob@example.com", WorkspaceRole::Member).await;
    let kim = Invite { email: "kim@example.com".into(), ..ada() };
    let kim = client.invite(&kim).await.expect("invited");
    sim.accept(&kim.email).expect("pending");
    let disabled = client.disable(&kim.id).await.expect("disabled");
    sim.clear_journal();
    World { sim, client, group, pending, active, disabled }
}

impl World {
    async fn does(&self, client: &Client, write: Write) -> Result<(), Error> {
        let other = GroupUpdate { alias: Some("Owners".to_owned()), ..GroupUpdate::default() };
        match write {
            UpdateGroup => client.update_group(&self.group, &other).await.map(drop),
            DeleteGroup => client.delete_group(&self.group).await,
            ChangeRole => client.change_role(&self.active.id, WorkspaceRole::Guest).await.map(drop),
            Disable => client.disable(&self.active.id).await.map(drop),
            Enable => client.enable(&self.disabled.id).await.map(drop),
            Cancel => client.cancel_invitation(&self.pending.id).await.map(drop),
        }
    }

    fn is_done(&self, write: Write) -> bool {
        let user = |user: &User| self.sim.user(&user.email);
        let enabled = |of: &User| user(of).is_some_and(|user| user.enabled);
        match write {
            UpdateGroup => self.sim.groups()[0].alias == "Owners",
            DeleteGroup => self.sim.groups().is_empty(),
            ChangeRole => user(&self.active).is_some_and(|user| user.role == "$guest"),
            Disable => !enabled(&self.active),
            Enable => enabled(&self.disabled),
            Cancel => user(&self.pending).is_none(),
        }
    }
}

/// Does it while its first request ends like this, and looks at what was sent.
async fn try_it(write: Write, fault: Rule, took_effect: bool) {
    let world = world().await;
    world.sim.fault(fault.clone()).expect("a rule");
    let done = world.does(&world.client, write).await;
    let journal = world.sim.journal();
    done.unwrap_or_else(|error| panic!("{write:?} {fault:?}: {}\n{journal}", story(&error)));
    assert!(world.is_done(write), "{write:?} {fault:?}: {journal}");
    let sent = journal.writes().len();
    if write.is_judged() {
        assert_eq!(sent, if took_effect { 1 } else { 2 }, "{write:?} {fault:?}: {journal}");
    } else {
        assert!(sent <= 2, "{write:?} {fault:?}: {journal}");
    }
}

#[tokio::test]
async fn every_write_ends_as_asked_when_it_is_throttled_refused_by_a_busy_server_or_lost() {
    for write in [UpdateGroup, DeleteGroup, ChangeRole, Disable, Enable, Cancel] {
        let on = || Rule::on("POST", write.path()).times(1);
        let faults = [
            (on().status(429).retry_after(0), false),
            (on().status(429).applied(), true),
            (on().status(503), false),
            (on().status(503).applied(), true),
            (on().status(502), false),
            (on().status(504).applied(), true),
            (on().drop(Moment::Before), false),
            (on().drop(Moment::After), true),
            (on().status(200).applied().truncate(3), true),
        ];
        faults
            .into_iter()
            .map(|(fault, took_effect)| try_it(write, fault, took_effect))
            .collect::<tokio::task::JoinSet<_>>()
            .join_all()
            .await;
    }
}

#[tokio::test]
async fn a_write_in_flight_is_finished_when_its_call_is_cancelled() {
    for write in [UpdateGroup, DeleteGroup, ChangeRole, Disable, Enable, Cancel] {
        let world = world().await;
        let (cancel, hold) = (CancellationToken::new(), world.sim.hold("POST", write.path(), Moment::Before));
        let scoped = world.client.within(None, cancel.clone());
        let interrupt = async {
            world.sim.arrived("POST", write.path()).await;
            cancel.cancel();
            // A call that did not wait for its write would end now.
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            hold.release();
        };
        let (done, ()) = tokio::join!(world.does(&scoped, write), interrupt);
        done.unwrap_or_else(|error| panic!("{write:?}: {}", story(&error)));
        assert!(world.is_done(write), "{write:?}: {}", world.sim.journal());
    }
}
