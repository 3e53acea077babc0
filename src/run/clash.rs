//! Two resources for one person or group, and advice on what to do.

use tfplug::{Diagnostic, Diagnostics, Error};

use super::Key;

/// Why a plan or a create is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Clash {
    /// Removed at one address and created at another.
    Moves { key: Key },
    /// Managed at one address and to be created at another.
    Held { key: Key, guid: String },
    /// Managed at two addresses, of which one is destroyed.
    Shared { key: Key, guid: String },
    /// Managed at two addresses, both of which stay.
    Twice { key: Key, guid: String },
    /// Two creates.
    Made { key: Key },
    /// Deleted earlier in the same apply.
    Ended { key: Key },
    /// To be deleted, while another resource of the same key has failed to be created in the same apply.
    Wanted { key: Key },
    /// An object that is removed, and one that gets the name that people see of it.
    Shifted { removed: Key, renamed: Key, shown: String },
    /// The delete half of the replacement of a tainted object by one of another key, which the plan could not judge.
    Tainted { key: Key },
}

/// All of them as one error.
pub(crate) fn error(clashes: impl IntoIterator<Item = Clash>) -> Error {
    let mut diagnostics = Diagnostics::new();
    for (summary, detail) in clashes.into_iter().map(Clash::words) {
        diagnostics.push(Diagnostic::error(summary, detail));
    }
    diagnostics.into()
}

impl From<Clash> for Error {
    fn from(clash: Clash) -> Self {
        error([clash])
    }
}

impl Clash {
    /// Summary and detail as sentences. An address keeps its case.
    fn words(self) -> (String, String) {
        let (summary, detail) = self.phrases();
        let capital = |text: String| match (text.strip_prefix("group "), text.strip_prefix("mapping ")) {
            (Some(rest), _) => format!("Group {rest}"),
            (_, Some(rest)) => format!("Mapping {rest}"),
            _ => text,
        };
        (capital(summary), capital(detail))
    }

    fn phrases(self) -> (String, String) {
        match self {
            Clash::Moves { key } => (format!("{key} is both removed and created"), moves(&key)),
            Clash::Held { key, guid } => {
                (format!("{key} is managed at another resource address"), held(&key, &guid))
            }
            Clash::Shared { key, guid } => {
                (format!("{key} is managed at two resource addresses"), shared(&key, &guid))
            }
            Clash::Twice { key, guid } => {
                (format!("{key} is managed at two resource addresses"), twice(&key, &guid))
            }
            Clash::Made { key } => {
                let detail = format!(
                    "{key} is managed by another resource of this configuration already, so this resource was not created. \
                     Remove one of the two resources."
                );
                (format!("{key} is configured twice"), detail)
            }
            Clash::Ended { key: key @ (Key::Group(_) | Key::Mapping(_)) } => {
                let kind = if matches!(key, Key::Group(_)) { "group" } else { "mapping" };
                let detail = format!(
                    "Another resource of this configuration is deleting {key}, and this resource would take it over. Nothing was \
                     sent for this resource. If there is to be such a {kind}, run `terraform apply` again: it makes a new one."
                );
                (format!("{key} was removed in the same apply"), detail)
            }
            Clash::Ended { key } => {
                let detail = format!(
                    "Another resource of this configuration ends the access of {key} in this apply, and this resource would invite \
                     the same person again. The plan could not show this, because the email address was not known yet. Nothing was \
                     sent for this resource. If the person is to keep access, run `terraform apply` again."
                );
                (format!("{key} was removed in the same apply"), detail)
            }
            Clash::Wanted { key } => {
                let (it, what) = match key {
                    Key::Person(_) => ("the same person", "the person keeps the access"),
                    Key::Group(_) => ("a group of that name", "the group is as it was"),
                    Key::Mapping(_) => ("the same mapping", "the mapping is as it was"),
                };
                let detail = format!(
                    "This resource is to be destroyed, and another resource of the configuration is for {it}, but its create has \
                     failed in this apply. So {what}, and this resource stays in the state.\n\nRun `terraform plan`: it shows \
                     both resources, and what to do."
                );
                (format!("{key} was not removed"), detail)
            }
            Clash::Shifted { removed, renamed, shown } => {
                (format!("{renamed} would take a removed group's name"), shifted(&removed, &renamed, &shown))
            }
            Clash::Tainted { key } => (format!("{key} was not replaced"), tainted(&key)),
        }
    }
}

fn tainted(key: &Key) -> String {
    let (changed, risk) = match key {
        Key::Person(_) => ("email address", "end access that the configuration grants"),
        Key::Group(_) => ("internal name", "delete a group that the configuration has, with all its members"),
        Key::Mapping(_) => ("identity provider or group", "delete a mapping that the configuration has"),
    };
    format!(
        "The resource is tainted, and this plan changes its {changed}, too. The plan of a tainted resource does not show whether \
         another resource creates {key}, so the replacement could {risk}. Nothing was changed. Run `terraform untaint` for this resource, \
         then `terraform apply` again."
    )
}

/// Advice on how to tell Terraform that an object has a new address.
fn moved(key: &Key) -> String {
    let resource = key.resource();
    format!(
        "If the resource was renamed or moved, tell Terraform so:\n\n  moved {{\n    from = {resource}.OLD\n    to   = \
         {resource}.NEW\n  }}"
    )
}

/// Advice on how to remove an object from the state without deleting it.
fn let_go(key: &Key) -> String {
    let resource = key.resource();
    format!(
        "remove the old resource from the state without destroying the object (Terraform 1.7 and later; before, \
         `terraform state rm`):\n\n  removed \
         {{\n    from = {resource}.OLD\n    lifecycle {{\n      destroy = false\n    }}\n  }}"
    )
}

/// A replacement under `create_before_destroy` that stopped between its halves leaves two objects at one address.
const DEPOSED: &str = "If Terraform calls one of the two a deposed object, both are at the same address. Then run `terraform state rm` for \
                       this address and import the object again.";

fn moves(key: &Key) -> String {
    let (it, each, whose, risk) = match key {
        Key::Mapping(_) => ("the same mapping", "the group", "mapping", "the mapping could be lost"),
        Key::Person(_) => (
            "the same person",
            "the email address",
            "person",
            "the person could lose access or be invited twice",
        ),
        Key::Group(_) => {
            ("a group of that name", "the name", "group", "the group could be lost with all its members")
        }
    };
    format!(
        "This configuration removes {key} at one resource address and creates {it} at another. Terraform does the \
         two in no particular \
         order, so {risk}. Nothing was sent.\n\n{}\n\nIf the resources use `count`, use `for_each` with {each} as the key, and a `moved` block for each: then \
         removing one entry does not shift the others. If one resource takes {each} of the next one, first apply \
         without the resource whose {whose} is to go. Then give the other resources their new addresses with `terraform state mv`, \
         and apply the whole configuration.\n\nOtherwise {}\n\nThen import {key} at the new resource \
         address, or set \
         `on_existing = \"adopt\"` there.\n\n{DEPOSED}",
        moved(key),
        let_go(key)
    )
}

fn held(key: &Key, guid: &str) -> String {
    format!(
        "A resource of this configuration manages {key} (GUID {guid}), and another resource would create it. An \
         object can belong to only one resource, whatever `on_existing` says. Nothing was sent. Remove one of the \
         two resources.\n\n{}{}",
        moved(key),
        match key {
            Key::Person(_) | Key::Mapping(_) => "",
            Key::Group(_) =>
                "\n\nIf there is to be a new group beside it, set `name` in the new resource: a group keeps its internal name when \
                 its alias changes, and the name derived from the alias of the new one is the same.",
        }
    )
}

fn shifted(removed: &Key, renamed: &Key, shown: &str) -> String {
    format!(
        "This plan destroys {removed}, which Atlan shows as {shown:?}, and renames {renamed} to {shown:?}. A plan looks like this \
         when a list has lost an entry: each group gets the name of the next one but keeps its own members, and the last group \
         is destroyed with its members. Nothing was sent.\n\nIf the resources use `count`, use `for_each` with the name as the key \
         (`moved` blocks tell Terraform which group is which): then removing one entry does not shift the others.\n\nIf {renamed} \
         is really to get this name, first remove the resource of {removed} and run `terraform apply`, then rename."
    )
}

fn shared(key: &Key, guid: &str) -> String {
    format!(
        "The state has {key} (GUID {guid}) at two resource addresses. This plan destroys one of them, which would also \
         destroy the object of the other. Nothing was sent. Instead, {}\n\n{DEPOSED}",
        let_go(key)
    )
}

fn twice(key: &Key, guid: &str) -> String {
    format!(
        "The state has {key} (GUID {guid}) at two addresses, so the two resources would undo each other's changes. Nothing was \
         sent. Keep one of the two resources. As for the other, {}",
        let_go(key)
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;

    fn tell(text: &mut String, clash: Clash) {
        let (summary, detail) = clash.words();
        assert!(summary.split_whitespace().count() <= 8, "{summary}");
        text.push_str(&format!("{summary}\n\n{detail}\n\n---\n"));
    }

    /// Read as the person at the terminal; `UPDATE_EXPECT=1` writes it anew.
    #[test]
    fn every_clash_reads_well() {
        let guid = || "8f0c2e9a-0000-4000-8000-000000000001".to_owned();
        let mut text = String::new();
        for key in [
            Key::Person("ada@example.com".to_owned()),
            Key::Group("data_stewards".to_owned()),
            Key::Mapping("okta/0b5e4f3d-2c1b-4a09-8f7e-6d5c4b3a2910".to_owned()),
        ] {
            for clash in [
                Clash::Moves { key: key.clone() },
                Clash::Held { key: key.clone(), guid: guid() },
                Clash::Shared { key: key.clone(), guid: guid() },
                Clash::Twice { key: key.clone(), guid: guid() },
                Clash::Made { key: key.clone() },
                Clash::Ended { key: key.clone() },
                Clash::Wanted { key: key.clone() },
                Clash::Tainted { key: key.clone() },
            ] {
                tell(&mut text, clash);
            }
        }
        let group = |name: &str| Key::Group(name.to_owned());
        tell(&mut text, Clash::Shifted { removed: group("c"), renamed: group("b"), shown: "C".to_owned() });
        expect_file!["./clash.txt"].assert_eq(&text);
    }
}
