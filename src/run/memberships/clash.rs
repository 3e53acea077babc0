//! Errors about two resources for one membership, with advice on what to do.

use tfplug::{Diagnostic, Diagnostics, Error};

use super::Hold;
use crate::run::TO_DESTROY;
use crate::run::clash::DEPOSED;

/// Why a plan or a create is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum MembershipClash {
    /// Two resources hold the same.
    Twice { one: Hold, other: Hold },
    /// The state has one membership at two addresses, and one of them is destroyed.
    Shared { hold: Hold },
    /// A set is destroyed, and another resource holds people of its group.
    SetLeaves { set: Hold, other: Hold },
    /// A single membership is destroyed, and a set of the state manages its group.
    SingleLeaves { single: Hold },
    /// A membership is to end, while another resource of the same one has failed to be created in the same apply. `id`: of the person.
    Wanted { hold: Hold, id: String },
    /// A set and a single sign-on mapping are for one group.
    Mapped { group: String },
}

impl MembershipClash {
    /// The error. `name`: the name that people see of a group with this GUID, if it is known.
    pub(crate) fn error(&self, name: impl Fn(&str) -> Option<String>) -> Error {
        let (summary, detail) = self.words(name);
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(Diagnostic::error(summary, detail));
        diagnostics.into()
    }

    pub(super) fn words(&self, name: impl Fn(&str) -> Option<String>) -> (&'static str, String) {
        let (summary, detail) = self.phrases(name);
        match self {
            MembershipClash::Wanted { .. } => (summary, detail),
            _ => (summary, format!("{detail}\n\n{TO_DESTROY}")),
        }
    }

    fn phrases(&self, name: impl Fn(&str) -> Option<String>) -> (&'static str, String) {
        let named = |group: &str| match name(group) {
            Some(name) => format!("{name:?} ({group})"),
            None => group.to_owned(),
        };
        match self {
            MembershipClash::Twice {
                one: Hold::One { group, person },
                other: Hold::One { person: again, .. },
            } => {
                let person = if person.email.is_some() { person } else { again };
                (
                    "Two resources manage one membership",
                    format!(
                        "Two `atlan_group_member` resources of this configuration are for {} in the group {}. Terraform does not \
                         tell providers the addresses of resources. Nothing was sent. If one of the two is \
                         new, remove it. If both are in the state, keep one. For the other, {LET_GO}\n\nIf a \
                         resource was renamed or moved, tell \
                         Terraform so:\n\n  moved {{\n    from = atlan_group_member.OLD\n    to   = \
                         atlan_group_member.NEW\n  }}",
                        person.name(),
                        named(group)
                    ),
                )
            }
            MembershipClash::Shared { hold } => {
                let person = match hold {
                    Hold::One { person, .. } => person.name(),
                    Hold::All { .. } => "all members",
                };
                (
                    "Two resources manage one membership",
                    format!(
                        "The state has the membership of {person} in the group {} at two resource addresses. This plan destroys one \
                         of them, which would also end the membership that the other one grants. Nothing was sent. Instead, for either of \
                         the two, {LET_GO}\n\n{DEPOSED}",
                        named(hold.group())
                    ),
                )
            }
            MembershipClash::Twice { one, other } => {
                let single = [one, other].into_iter().find_map(|hold| match hold {
                    Hold::One { person, .. } => Some(person),
                    Hold::All { .. } => None,
                });
                let detail = match single {
                    Some(person) => format!(
                        "An `atlan_group_members` resource of this configuration manages all members of the group {}, and an \
                         `atlan_group_member` is for {person} in the same group. They would undo each other's changes. Nothing \
                         was sent. List the person in `members` and remove the `atlan_group_member`, or manage all members of the \
                         group with `atlan_group_member`.",
                        named(one.group()),
                        person = person.name()
                    ),
                    None => format!(
                        "Two `atlan_group_members` resources of this configuration are for the group {}. Each would remove the \
                         members of the other. Terraform does not tell providers the addresses of resources. Nothing was sent. \
                         Remove one of the two.\n\nIf a resource was renamed or moved, tell Terraform so:\n\n  moved {{\n    from \
                         = atlan_group_members.OLD\n    to   = atlan_group_members.NEW\n  }}",
                        named(one.group())
                    ),
                };
                ("Two resources manage one group's members", detail)
            }
            MembershipClash::SetLeaves { set, other } => (
                "Members are both removed and added",
                format!(
                    "This plan destroys the `atlan_group_members` resource of the group {}, which removes its members, and the \
                     configuration has an `{}` resource for the same group. Terraform may apply the two in any order, and it does not call \
                     the provider for a resource without changes, so people could lose the membership. Nothing was sent.\n\nIf the \
                     resource was renamed or moved, use a `moved` block. Otherwise remove the old resource from the state \
                     without removing anybody (Terraform 1.7 and later; before, and if the resource stays in the configuration, \
                     `terraform state rm`):\n\n  removed {{\n    from = atlan_group_members.OLD\n    lifecycle {{\n      destroy = false\n    \
                     }}\n  }}\n\n{DEPOSED}",
                    named(set.group()),
                    other.resource()
                ),
            ),
            MembershipClash::SingleLeaves { single } => (
                "A set manages the members of this group",
                format!(
                    "This plan destroys an `atlan_group_member` resource{}, and an `atlan_group_members` resource manages all members \
                     of the same group. The destroy would take the person out of the group although the set may list them. Nothing \
                     was sent. Instead, {LET_GO}",
                    match single {
                        Hold::One { group, person } => {
                            format!(" for {} in the group {}", person.name(), named(group))
                        }
                        Hold::All { .. } => String::new(),
                    }
                ),
            ),
            MembershipClash::Wanted { hold, id } => {
                let person = match hold {
                    Hold::One { person, .. } => person.name(),
                    Hold::All { .. } => id,
                };
                let detail = format!(
                    "This plan ends the membership of {person} in the group {} at this resource, and another resource of the configuration \
                     is for the same membership, but that resource could not be created or changed in this apply. So nobody was taken out \
                     of the group, and this resource stays in the state.\n\nCorrect what the other error says, then run `terraform apply` \
                     again.",
                    named(hold.group())
                );
                ("The membership was not removed", detail)
            }
            MembershipClash::Mapped { group } => (
                "Two resources decide who is in a group",
                format!(
                    "An `atlan_group_members` resource of this configuration manages all members of the group {}, and an \
                     `atlan_sso_group_mapping` is for the same group. At each sign-in Atlan adds the person to the group, or removes \
                     them, as the identity provider says, so the two would undo each other's changes. \
                     Nothing was sent.\n\nIf the identity provider should decide, remove the \
                     `atlan_group_members` from the configuration. To keep the members \
                     until their next sign-in, remove it from the state without removing anybody (Terraform 1.7 and later; before, \
                     and if the resource stays in the configuration, `terraform state rm`):\n\n  removed {{\n    from = atlan_group_members.OLD\n    lifecycle {{\n      destroy = \
                     false\n    }}\n  }}\n\nOtherwise remove the `atlan_sso_group_mapping`.",
                    named(group)
                ),
            ),
        }
    }
}

/// Advice on how to remove a membership from the state without ending it.
const LET_GO: &str = "remove the resource from the state without removing the person from the group (Terraform 1.7 and later; \
                      before, and if the resource stays in the configuration, `terraform state rm`):\n\n  removed {\n    from = atlan_group_member.OLD\n    lifecycle {\n      \
                      destroy = false\n    }\n  }";
