//! The comparison of a tenant with what is expected. No request is made here.

use std::collections::{BTreeMap, BTreeSet};

use atlan::{
    ApiToken, Credential as _, Group, Member, Timestamp, User, UserStatus, WorkspaceRole, fold_email,
};
use tfplug::CallCx;

use super::{
    AccessReportArgs, AccessReportComputed, AddressesByGroup, Counts, InactivePerson, Person, Token,
    WrongRole,
};
use crate::provider::Atlan;
use crate::types::{Email, Role};

/// Members of a group.
pub(super) type Members = Vec<Member>;

/// What was read.
pub(super) struct Facts {
    pub(super) people: Vec<User>,
    pub(super) groups: Vec<Group>,
    /// By internal name of the group, for the groups that exist.
    pub(super) members: BTreeMap<String, Members>,
    pub(super) tokens: Option<Vec<ApiToken>>,
    /// By Atlan's clock.
    pub(super) now: Option<Timestamp>,
}

const DAY: i64 = 24 * 60 * 60;
const YEAR: i64 = 365 * DAY;

/// Whether somebody has access, or an invitation that they can accept.
fn counts(user: &User) -> bool {
    matches!(user.status, UserStatus::Active | UserStatus::Pending)
}

fn person(user: &User) -> Person {
    Person {
        email: fold_email(&user.email),
        id: user.id.clone().into(),
        role: user.role.map(Role::from),
        status: user.status.into(),
        invited_at: user.invited_at.clone(),
    }
}

/// Since when an invitation is open.
fn invited_at(user: &User) -> Option<Timestamp> {
    user.invited_at.as_ref().and_then(|at| at.parse().ok()).or(user.created_at)
}

fn folded(emails: Option<&BTreeSet<Email>>) -> Option<BTreeSet<String>> {
    Some(emails?.iter().map(Email::folded).collect())
}

/// The report.
pub(super) fn report(cx: &CallCx<'_, Atlan>, args: &AccessReportArgs, facts: Facts) -> AccessReportComputed {
    let ignored = folded(args.ignore.as_ref()).unwrap_or_default();
    let mut shown: Vec<&User> =
        facts.people.iter().filter(|user| !ignored.contains(&fold_email(&user.email))).collect();
    shown.sort_by_cached_key(|user| (fold_email(&user.email), user.id.as_str().to_owned()));
    let listed = |fits: &dyn Fn(&User) -> bool| -> Vec<Person> {
        shown.iter().filter(|user| fits(user)).map(|user| person(user)).collect()
    };
    let is = |status: UserStatus| move |user: &User| user.status == status;
    let is_admin = |user: &User| user.role == Some(WorkspaceRole::Admin);
    let older = |at: Option<Timestamp>, days: u32| match (at, facts.now) {
        (Some(at), Some(now)) => now.as_second() - at.as_second() > i64::from(days) * DAY,
        _ => false,
    };

    let expected: Option<BTreeMap<String, Option<Role>>> = args
        .expected_users
        .as_ref()
        .map(|users| users.iter().map(|(email, role)| (fold_email(email), *role)).collect());
    let known: BTreeSet<String> = facts.people.iter().map(|user| fold_email(&user.email)).collect();
    let of_expected = |user: &User| expected.as_ref().and_then(|users| users.get(&fold_email(&user.email)));
    let wrong_roles = expected.as_ref().map(|_| {
        let wrong = shown.iter().filter(|user| counts(user)).filter_map(|user| {
            let role = of_expected(user).copied().flatten()?;
            let Person { email, id, role: present, status, invited_at } = person(user);
            let is_wrong = present != Some(role);
            is_wrong.then_some(WrongRole {
                email,
                id,
                expected_role: role,
                role: present,
                status,
                invited_at,
            })
        });
        wrong.collect()
    });
    let admins = folded(args.expected_admins.as_ref());

    let mut names: Vec<&str> = facts.groups.iter().map(|group| group.name.as_str()).collect();
    names.sort_unstable();
    let (unexpected_members, missing_members) = members(args, &facts, &ignored);

    let mut pending_too_long: Vec<&User> = shown
        .iter()
        .copied()
        .filter(|user| user.status.is_invited() && older(invited_at(user), args.pending_days))
        .collect();
    pending_too_long.sort_by_key(|user| invited_at(user));

    let inactive_users = args.inactive_days.map(|days| {
        let inactive = |user: &&&User| {
            user.status == UserStatus::Active
                && (user.last_login_at.is_none() || older(user.last_login_at, days))
        };
        let described = |user: &&User| {
            let Person { email, id, role, status, invited_at } = person(user);
            let last_login_at = user.last_login_at.map(|at| at.to_string());
            InactivePerson { email, id, role, status, invited_at, last_login_at }
        };
        shown.iter().filter(inactive).map(described).collect()
    });

    let tells_groups = shown.iter().filter(|user| counts(user)).all(|user| user.is_in_groups.is_some());
    let tells_members = facts.groups.iter().all(|group| group.member_count.is_some());
    if !tells_groups || !tells_members {
        let missing = match (tells_groups, tells_members) {
            (false, false) => "`users_without_groups` and `empty_groups` are null",
            (false, true) => "`users_without_groups` is null",
            _ => "`empty_groups` is null",
        };
        cx.warning(
            "The tenant does not count memberships",
            format!("Atlan's lists lack the numbers of groups or of members, so {missing}."),
        );
    }
    let sorted = |fits: &dyn Fn(&Group) -> bool| -> Vec<String> {
        let mut names: Vec<String> =
            facts.groups.iter().filter(|group| fits(group)).map(|group| group.name.clone()).collect();
        names.sort_unstable();
        names
    };
    let tokens = |fits: &dyn Fn(&ApiToken) -> bool| tokens(&facts, fits);
    AccessReportComputed {
        unexpected_users: expected
            .as_ref()
            .map(|_| listed(&|user| counts(user) && of_expected(user).is_none())),
        missing_users: expected.as_ref().map(|users| {
            users
                .keys()
                .filter(|email| !known.contains(*email) && !ignored.contains(*email))
                .cloned()
                .collect()
        }),
        wrong_roles,
        unexpected_groups: args
            .expected_groups
            .as_ref()
            .map(|expected| sorted(&|group| !expected.contains(&group.name))),
        missing_groups: args.expected_groups.as_ref().map(|expected| {
            expected.iter().filter(|name| names.binary_search(&name.as_str()).is_err()).cloned().collect()
        }),
        unexpected_members,
        missing_members,
        pending_too_long: pending_too_long.into_iter().map(person).collect(),
        inactive_users,
        unexpected_admins: admins.map(|admins| {
            listed(&|user| counts(user) && is_admin(user) && !admins.contains(&fold_email(&user.email)))
        }),
        expiring_tokens: tokens(&|token| {
            let left = token.expires_at().zip(facts.now).map(|(end, now)| end.as_second() - now.as_second());
            left.is_some_and(|left| left <= i64::from(args.token_days) * DAY)
        }),
        orphaned_tokens: tokens(&|token| is_orphaned(token, &facts.people)),
        long_lived_tokens: tokens(&|token| token.life_seconds.is_some_and(|life| life > YEAR)),
        admins: listed(&|user| user.status == UserStatus::Active && is_admin(user)),
        pending: listed(&is(UserStatus::Pending)),
        expired: listed(&is(UserStatus::Expired)),
        disabled: listed(&is(UserStatus::Disabled)),
        users_without_groups: tells_groups
            .then(|| listed(&|user| counts(user) && user.is_in_groups == Some(false))),
        empty_groups: tells_members.then(|| sorted(&|group| group.member_count == Some(0))),
        default_groups: sorted(&|group| group.is_default),
        counts: all(&facts),
    }
}

type ByGroup = Option<AddressesByGroup>;

/// Members who are not expected, and expected ones who are not members.
fn members(args: &AccessReportArgs, facts: &Facts, ignored: &BTreeSet<String>) -> (ByGroup, ByGroup) {
    let Some(expected) = &args.expected_members else { return (None, None) };
    // Lists of members may lack addresses.
    let people: BTreeMap<&str, &User> = facts.people.iter().map(|user| (user.id.as_str(), user)).collect();
    let (mut unexpected, mut missing) = (BTreeMap::new(), BTreeMap::new());
    for (name, emails) in expected {
        let emails: BTreeSet<String> = emails.iter().map(Email::folded).collect();
        let members = facts.members.get(name).into_iter().flatten();
        let members: Vec<&User> =
            members.filter_map(|member| people.get(member.id.as_str()).copied()).collect();
        let present: BTreeSet<String> = members.iter().map(|user| fold_email(&user.email)).collect();
        let open: BTreeSet<String> =
            members.iter().filter(|user| counts(user)).map(|user| fold_email(&user.email)).collect();
        let more: Vec<String> =
            open.into_iter().filter(|email| !emails.contains(email) && !ignored.contains(email)).collect();
        let fewer: Vec<String> =
            emails.into_iter().filter(|email| !present.contains(email) && !ignored.contains(email)).collect();
        if !more.is_empty() {
            unexpected.insert(name.clone(), more);
        }
        if !fewer.is_empty() {
            missing.insert(name.clone(), fewer);
        }
    }
    (Some(unexpected), Some(missing))
}

fn tokens(facts: &Facts, fits: &dyn Fn(&ApiToken) -> bool) -> Option<Vec<Token>> {
    let mut tokens: Vec<&ApiToken> = facts.tokens.as_ref()?.iter().filter(|token| fits(token)).collect();
    tokens.sort_by(|one, other| (&one.display_name, &one.id).cmp(&(&other.display_name, &other.id)));
    let described = |token: &ApiToken| Token {
        id: token.id.clone().into(),
        display_name: token.display_name.clone(),
        created_by: token.created_by.clone(),
        expires_at: token.expires_at().map(|at| at.to_string()),
    };
    Some(tokens.into_iter().map(described).collect())
}

/// Whether the person who created a token is disabled or no longer exists. Service accounts are not people; they are
/// in no list.
fn is_orphaned(token: &ApiToken, people: &[User]) -> bool {
    let Some(maker) = token.created_by.as_ref().map(|name| name.to_lowercase()) else { return false };
    if maker.starts_with("service-account-") {
        return false;
    }
    let of_name = |user: &&User| user.username.as_ref().is_some_and(|name| name.to_lowercase() == maker);
    people.iter().find(of_name).is_none_or(|user| user.status == UserStatus::Disabled)
}

fn all(facts: &Facts) -> Counts {
    let count = |fits: &dyn Fn(&User) -> bool| facts.people.iter().filter(|user| fits(user)).count() as u64;
    let of = |status: UserStatus| count(&|user| user.status == status);
    let with =
        |role: WorkspaceRole| count(&|user| user.status == UserStatus::Active && user.role == Some(role));
    Counts {
        users: facts.people.len() as u64,
        active: of(UserStatus::Active),
        pending: of(UserStatus::Pending),
        expired: of(UserStatus::Expired),
        disabled: of(UserStatus::Disabled),
        admins: with(WorkspaceRole::Admin),
        members: with(WorkspaceRole::Member),
        guests: with(WorkspaceRole::Guest),
        groups: facts.groups.len() as u64,
    }
}
