//! What holds an object in a configuration, as the register and its messages know it.

use std::fmt;

/// A type of resource that holds an object, or the entries of such a resource. Each resource says what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    /// The type, such as `atlan_user_invite`.
    pub(crate) resource: &'static str,
    /// It holds many objects, each in an entry of a map. A `moved` block cannot name an entry.
    pub(crate) by_entry: bool,
    /// What names the object in its configuration, without an article.
    pub(crate) keyed_by: &'static str,
    /// Whether it takes an existing object over only if `on_existing` says so. Otherwise existing objects are all it is for.
    pub(crate) on_existing: bool,
}

/// As messages name one of them.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.by_entry { "an entry of `" } else { "an `" })?;
        write!(f, "{}`", self.resource)
    }
}

impl Holder {
    /// Advice on how to tell Terraform that an object has a new address. `None`: no `moved` block can say it. A block cannot name an entry,
    /// but a whole resource that was renamed.
    pub(super) fn moved_to(&self, to: &Holder) -> Option<String> {
        let (one, other) = (self.resource, to.resource);
        if *self != *to && (self.by_entry || to.by_entry) {
            return None;
        }
        let when = match *self == *to {
            true => "If the resource was renamed or moved, tell Terraform so:".to_owned(),
            false => format!(
                "If the `{other}` takes the place of the `{one}`, remove the `{one}` and tell Terraform so. Then nothing is sent:"
            ),
        };
        Some(format!("{when}\n\n  moved {{\n    from = {one}.OLD\n    to   = {other}.NEW\n  }}"))
    }

    /// Advice on how to remove an object from the state without deleting it, as the continuation of a sentence.
    pub(super) fn let_go(&self) -> String {
        let resource = self.resource;
        if self.by_entry {
            return format!(
                "remove the entry and set `on_destroy = \"forget\"` in the `{resource}` in one and the same apply. If Terraform calls a \
                 resource a deposed object, do not do that, because the configuration no longer counts for it. Run `terraform apply` \
                 again, without `-refresh=false`. If that does not help, run `terraform state rm` for its address, set `on_existing = \
                 \"adopt\"`, and put everybody of the deposed object whom no other resource has into `people` for one apply. Then remove those who should \
                 go."
            );
        }
        format!(
            "remove the old resource from the state without destroying the object (Terraform 1.7 and later; before, and if the \
             resource stays in the configuration, `terraform state rm`):\n\n  removed {{\n    from = {resource}.OLD\n    lifecycle {{\n      destroy = false\n    \
             }}\n  }}"
        )
    }

    /// What becomes of it without the person (completes "the next apply …"), and the `on_destroy` that leaves the person alone.
    pub(crate) fn without_the_person(&self) -> (&'static str, &'static str) {
        match self.on_existing {
            true => ("would invite them again", "forget"),
            false => ("would no longer find them", "keep"),
        }
    }

    /// What to do next, once another resource has let the object go.
    pub(super) fn take_over(&self, object: &impl fmt::Display) -> String {
        let resource = self.resource;
        match (self.on_existing, self.by_entry) {
            (true, true) => {
                format!(
                    "Then set `on_existing = \"adopt\"` in the `{resource}`, so that it takes {object} over."
                )
            }
            (true, false) if resource == "atlan_sso_group_mapping" => {
                "Then import the mapping at the new resource address (the import ID is IDP_ALIAS/group:INTERNAL_NAME), or set \
                 `on_existing = \"adopt\"` there."
                    .to_owned()
            }
            (true, false) => {
                format!(
                    "Then import {object} at the new resource address, or set `on_existing = \"adopt\"` there."
                )
            }
            (false, _) => format!("Then run `terraform apply`: an `{resource}` takes over what is there."),
        }
    }
}

/// One of each, for tests.
#[cfg(test)]
pub(super) mod samples {
    use super::Holder;

    pub(in crate::run) const INVITE: &Holder = &Holder {
        resource: "atlan_user_invite",
        by_entry: false,
        keyed_by: "email address",
        on_existing: true,
    };
    pub(in crate::run) const ENTRY: &Holder =
        &Holder { resource: "atlan_user_invites", by_entry: true, ..*INVITE };
    pub(in crate::run) const ROLE: &Holder =
        &Holder { resource: "atlan_user_role", keyed_by: "person", on_existing: false, ..*INVITE };
    pub(in crate::run) const GROUP: &Holder =
        &Holder { resource: "atlan_group", keyed_by: "internal name", ..*INVITE };
    pub(in crate::run) const MAPPING: &Holder =
        &Holder { resource: "atlan_sso_group_mapping", keyed_by: "identity provider or group", ..*INVITE };
}
