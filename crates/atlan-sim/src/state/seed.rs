//! What a tenant starts with: roles, one human admin, that admin's API token and OAuth client, and generated people and
//! groups. The same numbers always generate the same records.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::state::ids::Seeded;
use crate::state::{
    ApiToken, Attributes, Group, Ids, Invitation, OauthClient, Role, Tenant, User, WorkspaceRole,
};

/// Name, label and level of each role.
const ROLES: [(&str, &str, &str); 10] = [
    ("$admin", "Admin", "workspace"),
    ("$member", "Member", "workspace"),
    ("$guest", "Guest", "workspace"),
    ("$api-token-default-access", "API token default access", "client"),
    ("$admin_connections", "Admins (Connections)", "admin-subrole"),
    ("$admin_governance", "Governance Admin", "admin-subrole"),
    ("$admin_workflows", "Workflow Admin", "admin-subrole"),
    ("default-roles-default", "", "realm"),
    ("offline_access", "", "realm"),
    ("uma_authorization", "", "realm"),
];

const FIRST: [&str; 16] = [
    "Ada", "Alan", "Barbara", "Dennis", "Edsger", "Frances", "Grace", "Hedy", "Jean", "Ken", "Leslie",
    "Margaret", "Niklaus", "Radia", "Sophie", "Tony",
];
const LAST: [&str; 15] = [
    "Allen", "Bartik", "Codd", "Dijkstra", "Hamilton", "Hoare", "Hopper", "Lamport", "Liskov", "Lovelace",
    "Perlman", "Ritchie", "Thompson", "Turing", "Wirth",
];
const TEAMS: [&str; 12] = [
    "Analytics",
    "Billing",
    "Data Platform",
    "Finance",
    "Governance",
    "Growth",
    "Marketing",
    "Operations",
    "Privacy",
    "Research",
    "Risk",
    "Sales",
];

/// User name of the human admin.
const ADMIN: &str = "admin";

/// When the first person came: 1 January 2024.
const OPENED: i64 = 1_704_067_200;

impl Tenant {
    pub(super) fn seed(&mut self) {
        for (n, (name, description, level)) in ROLES.into_iter().enumerate() {
            self.roles.insert(Role { id: Ids::seeded(Seeded::Role, n), name, description, level });
        }
        self.users.insert(person(Ids::seeded(Seeded::Admin, 0), ADMIN, ("Alex", "Admin"), minutes(0)));
        self.seed_credentials();
        for n in 0..self.blueprint.groups {
            self.groups.insert(team(n));
        }
        for n in 0..self.blueprint.users {
            let user = self.generated(n);
            let key = self.users.insert(user);
            if let Some(team) = n.checked_rem(self.blueprint.groups) {
                let team = self.groups.by_id(&Ids::seeded(Seeded::Group, team)).map(|(key, _)| key);
                if let Some(team) = team {
                    self.members.add(team, key, Duration::ZERO);
                }
            }
        }
    }

    fn seed_credentials(&mut self) {
        self.tokens.insert(ApiToken {
            id: Ids::seeded(Seeded::Token, 0),
            client_id: format!("apikey-{}", Ids::seeded(Seeded::Account, 0)),
            display_name: "terraform".into(),
            description: "The key this simulator was started with".into(),
            personas: Vec::new(),
            validity_seconds: 157_680_000,
            created_at: self.today(),
            created_by: ADMIN.into(),
            account: Ids::seeded(Seeded::Account, 1),
            visible_from: Duration::ZERO,
            last_used: None,
        });
        self.oauth_clients.insert(OauthClient {
            id: Ids::seeded(Seeded::Client, 0),
            client_id: format!("oauth-client-{}", Ids::seeded(Seeded::Account, 2)),
            secret: Ids::seeded(Seeded::Secret, 0),
            display_name: "terraform".into(),
            description: "A client to try the client-credentials flow with".into(),
            role: WorkspaceRole::Admin.name().into(),
            personas: Vec::new(),
            created_at: minutes(1),
            created_by: ADMIN.into(),
            updated_at: minutes(1),
            updated_by: ADMIN.into(),
            account: Ids::seeded(Seeded::Account, 3),
            visible_from: Duration::ZERO,
        });
    }

    /// The `n`th generated person. Most are active members; some are guests, disabled, or invited a day ago.
    fn generated(&self, n: usize) -> User {
        let (first, last) = (FIRST[n % FIRST.len()], LAST[n % LAST.len()]);
        let username = format!("{}.{}.{n}", first.to_lowercase(), last.to_lowercase());
        let mut user = person(Ids::seeded(Seeded::User, n), &username, (first, last), minutes(n as i64 + 2));
        user.role = if n % 5 == 4 { WorkspaceRole::Guest } else { WorkspaceRole::Member };
        user.enabled = n % 25 != 13;
        let mut invited = user.created_at;
        if n % 10 == 7 {
            invited = self.today() - SignedDuration::from_hours(24);
            (user.email_verified, user.last_login) = (false, None);
            (user.first_name, user.last_name) = (None, None);
        }
        user.invitation = Some(Invitation { at: invited, by: ADMIN.into(), by_name: "Alex Admin".into() });
        user
    }
}

fn minutes(n: i64) -> Timestamp {
    Timestamp::from_second(OPENED + 60 * n).unwrap_or(Timestamp::MAX)
}

/// An active admin.
fn person(id: String, username: &str, (first, last): (&str, &str), created_at: Timestamp) -> User {
    User {
        id,
        username: Some(username.into()),
        email: format!("{username}@example.com"),
        first_name: Some(first.into()),
        last_name: Some(last.into()),
        role: WorkspaceRole::Admin,
        email_verified: true,
        enabled: true,
        scim: false,
        invitation: None,
        attributes: Attributes::new(),
        created_at,
        last_login: Some(created_at + SignedDuration::from_hours(1)),
        visible_from: Duration::ZERO,
    }
}

fn team(n: usize) -> Group {
    let alias = format!("{} {}", TEAMS[n % TEAMS.len()], n + 1);
    let attributes = [
        ("alias", alias.clone()),
        ("description", format!("People of {alias}")),
        ("isDefault", "false".into()),
        ("createdAt", minutes(n as i64 + 1).as_millisecond().to_string()),
        ("createdBy", ADMIN.into()),
    ];
    Group {
        id: Ids::seeded(Seeded::Group, n),
        name: alias.to_lowercase().replace(' ', "_"),
        attributes: attributes.into_iter().map(|(name, value)| (name.to_owned(), vec![value])).collect(),
        visible_from: Duration::ZERO,
    }
}
