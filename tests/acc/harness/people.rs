//! Three people who are invited at once.

/// Who they are, and their keys in the configuration.
pub(crate) const NAMES: [&str; 3] = ["ada", "bob", "eve"];

/// Where people are listed and invited.
pub(crate) const USERS: &str = "/api/service/users";

/// Their invitations as `atlan_user_invite.all`, with these arguments besides.
pub(crate) fn three_people(arguments: &str) -> String {
    format!(
        r#"
        resource "atlan_user_invite" "all" {{
          for_each = toset({NAMES:?})
          email    = "${{each.key}}@example.com"
          role     = "$member"
          {arguments}
        }}"#
    )
}
