//! Errors about two resources for one person or group, with advice on what to do.

use tfplug::{Diagnostic, Diagnostics, Error};

use super::{Holder, Key};

/// Why a plan or a create is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Clash {
    /// Removed at one address and created at another.
    Moves { key: Key, from: &'static Holder, to: &'static Holder },
    /// Like [`Clash::Moves`], for a person whose invitation has an unknown outcome.
    MovesUnclear { key: Key, from: &'static Holder, to: &'static Holder },
    /// Perhaps invited by an earlier apply, whose outcome is unknown, while a create of this plan may turn out to be for the same person:
    /// its address is not known yet.
    MayBeTwice { key: Key, new: &'static Holder },
    /// Like [`Clash::Moves`]; the error about `like` has the advice.
    MovesToo { key: Key, from: &'static Holder, to: &'static Holder, like: Key },
    /// Managed at one address, and created at another by this plan.
    Held { key: Key, guid: String, by: &'static Holder, new: &'static Holder },
    /// Managed at two addresses, of which one is destroyed.
    Shared { key: Key, guid: String, leaves: &'static Holder, stays: &'static Holder },
    /// Managed at two addresses, both of which stay.
    Twice { key: Key, guid: String, one: &'static Holder, other: &'static Holder },
    /// Two creates.
    Made { key: Key, by: &'static Holder, new: &'static Holder },
    /// Deleted earlier in the same apply.
    Ended { key: Key, by: &'static Holder, new: &'static Holder },
    /// To be deleted, while another resource of the same key has failed to be created in the same apply.
    Wanted { key: Key, by: &'static Holder },
    /// One object is removed, and another one gets the name under which people see it.
    Shifted { removed: Key, renamed: Key, shown: String },
    /// A person whom this plan also removes from the tenant by an action. `is_new`: the resource is yet to be created.
    Removed { key: Key, by: &'static Holder, is_new: bool },
    /// The delete half of the replacement of a tainted object by one of another key, which the plan could not judge.
    Tainted { key: Key, by: &'static Holder },
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
            Clash::Moves { key, from, to } => {
                (format!("{key} is both removed and created"), moves(&key, from, to))
            }
            Clash::MovesUnclear { key, from, to } => {
                (format!("{key} is both removed and created"), moves_unclear(&key, from, to))
            }
            Clash::MayBeTwice { key, new } => {
                (format!("{key} could be invited twice"), may_be_twice(&key, new))
            }
            Clash::MovesToo { key, from, to, like } => {
                (format!("{key} is both removed and created"), moves_too(&key, from, to, &like))
            }
            Clash::Held { key, guid, by, new } => {
                (format!("{key} is managed at another resource address"), held(&key, &guid, by, new))
            }
            Clash::Shared { key, guid, leaves, stays } => {
                (format!("{key} is managed at two resource addresses"), shared(&key, &guid, leaves, stays))
            }
            Clash::Twice { key, guid, one, other } => {
                (format!("{key} is managed at two resource addresses"), twice(&key, &guid, one, other))
            }
            Clash::Made { key, by, new } => {
                let already = match by == new {
                    true => format!("{key} is managed by another resource of this configuration already"),
                    false => format!("In this configuration, {by} manages {key} already. {NO_ADDRESSES}"),
                };
                let so = match by == new {
                    true => ", so this resource was not created.".to_owned(),
                    false => format!(" So this `{}` was not created.", new.resource),
                };
                (
                    format!("{key} is configured twice"),
                    format!("{already}{so} Remove one of the two resources."),
                )
            }
            Clash::Ended { key, by, new } => {
                (format!("{key} was removed in the same apply"), ended(&key, by, new))
            }
            Clash::Wanted { key, by } => {
                let (it, what) = match key {
                    Key::Person(_) => ("the same person", "the person keeps the access"),
                    Key::Group(_) => ("a group of that name", "the group is as it was"),
                    Key::Mapping(_) => ("the same mapping", "the mapping is as it was"),
                };
                let detail = format!(
                    "This plan destroys this resource, and {by} of the configuration is for {it}, but its \
                     create has failed in this apply. So {what}, and this resource stays in the \
                     state.\n\nRun `terraform plan`: it shows \
                     both resources, and what to do."
                );
                (format!("{key} was not removed"), detail)
            }
            Clash::Shifted { removed, renamed, shown } => {
                (format!("{renamed} would take a removed group's name"), shifted(&removed, &renamed, &shown))
            }
            Clash::Removed { key, by, is_new: false } => {
                (format!("{key} is managed and removed"), removed(&key, by))
            }
            Clash::Removed { key, by, is_new: true } => {
                let detail = format!(
                    "This plan invokes `atlan_remove_user` for {key}, and creates {by} for the same person. Nothing was sent. To remove the \
                     person, first take them out of the configuration. To keep the person, do not invoke the action."
                );
                (format!("{key} is created and removed"), detail)
            }
            Clash::Tainted { key, by } => (format!("{key} was not replaced"), tainted(&key, by)),
        }
    }
}

fn removed(key: &Key, by: &'static Holder) -> String {
    let (then, how) = by.without_the_person();
    format!(
        "This plan invokes `atlan_remove_user` for {key}, and {by} of this configuration manages the person, so the next apply {then}. \
         Nothing was sent. First set `on_destroy = {how:?}` there and run `terraform apply` without the action. Then remove the person \
         from the configuration and run `terraform apply` again. Then invoke the action, with the address or the GUID in `user` instead \
         of a reference to that resource."
    )
}

fn tainted(key: &Key, by: &'static Holder) -> String {
    let risk = match key {
        Key::Person(_) => "end access that the configuration grants",
        Key::Group(_) => "delete a group that the configuration has, with all its members",
        Key::Mapping(_) => "delete a mapping that the configuration has",
    };
    let also = match by.by_entry {
        true => format!("removes {key} from `people`"),
        false => format!("changes its {}", by.keyed_by),
    };
    format!(
        "The resource is tainted, and this plan also {also}. The plan of a tainted resource does not show whether another resource creates \
         {key}, so the replacement could {risk}. Nothing was changed. Run `terraform untaint` for this resource, then `terraform apply` \
         again."
    )
}

fn ended(key: &Key, by: &'static Holder, new: &'static Holder) -> String {
    let kind = match key {
        Key::Group(_) => "group",
        Key::Mapping(_) => "mapping",
        Key::Person(_) => {
            let again = match new.on_existing {
                true => "this resource would invite the same person again",
                false => "this resource is for the same person",
            };
            return format!(
                "In this apply, {by} of this configuration ends the access of {key}, and {again}. The plan could not show this, \
                 because the {} was not known yet. Nothing was sent for this resource. If the person should keep access, run \
                 `terraform apply` again.",
                new.keyed_by
            );
        }
    };
    format!(
        "Another resource of this configuration is deleting {key}, and this resource would take it over. Nothing was \
         sent for this resource. If you want such a {kind}, run `terraform apply` again: it creates a new one."
    )
}

/// Why a message says types only.
const NO_ADDRESSES: &str = "Terraform does not tell providers the addresses of resources.";

/// The way to destroy all the same after an error in the plan: `terraform destroy` plans the configuration first.
pub(crate) const TO_DESTROY: &str = "If this is a destroy: Terraform plans the configuration before it plans the destroy, and this error stops \
                                     it. `terraform destroy -refresh=false` leaves that step out.";

/// A replacement under `create_before_destroy` that stopped between its halves leaves two objects of the same at one address. A read of both
/// tells which of them is newer, if Terraform has begun to read the newer one before it has read the older one.
pub(super) const DEPOSED: &str = "If Terraform calls one of the two a deposed object, both are at the same address: run `terraform apply` \
                                  again, without `-refresh=false`. If there are many such objects, add `-parallelism=100`. If that does not \
                                  help, because the resource depends on other resources, run `terraform state rm` for this address and import \
                                  the object again.";

/// The old object of a replacement by another one could not be removed, and the configuration is to go back. `state rm` would remove the other
/// one from the state, too.
const DEPOSED_BEFORE: &str = "If Terraform calls the one that is removed a deposed object, an earlier apply could not remove it: first \
                              apply the configuration of that apply again, which removes it. Then change the configuration. If that apply was \
                              interrupted before it created the new object, run `terraform state rm ADDRESS` with the address of the resource that is \
                              removed, and import the object again.";

fn moves(key: &Key, from: &'static Holder, to: &'static Holder) -> String {
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
    let next = to.take_over(key);
    if from != to || from.by_entry {
        let way = match from.moved_to(to) {
            Some(moved) => format!("{moved}\n\nOtherwise"),
            None => "To keep what the person has,".to_owned(),
        };
        return format!(
            "This plan removes {key} from {from}, and {to} is to be created for {it}. {NO_ADDRESSES} It does the two in no particular \
             order, so {risk}. Nothing was sent.\n\n{way} {}\n\n{next}\n\n{TO_DESTROY}",
            from.let_go()
        );
    }
    let moved = from.moved_to(to).map(|moved| format!("{moved}\n\n")).unwrap_or_default();
    let exchanged = match key {
        Key::Person(_) => {
            "If people have exchanged addresses in Atlan, and each resource should keep its person, write the present addresses in the \
             resources.\n\n"
        }
        Key::Group(_) | Key::Mapping(_) => "",
    };
    format!(
        "This configuration removes {key} at one resource address and creates {it} at another. Terraform does the \
         two in no particular \
         order, so {risk}. Nothing was sent.\n\n{moved}{exchanged}If the resources use `count`, use `for_each` with {each} as the key, and a `moved` block for each: then \
         removing one entry does not shift the others. If one resource takes {each} of the next one, first apply \
         without the resource whose {whose} should go. Then give the other resources their new addresses with `terraform state mv`, \
         and apply the whole configuration.\n\nOtherwise {}\n\n{next}\n\n{DEPOSED_BEFORE}\n\n{TO_DESTROY}",
        from.let_go()
    )
}

fn moves_unclear(key: &Key, from: &'static Holder, to: &'static Holder) -> String {
    let old = if from.by_entry { "the entry" } else { "the old resource" };
    let new = if to.by_entry { "the new entry" } else { "the new resource" };
    let risk = match to.on_existing {
        true => format!("{new} would send a second mail"),
        false => "the two would then work on the same person".to_owned(),
    };
    // A resource of the same type takes over what is known of the invitation.
    let way = match from.moved_to(to).filter(|_| from == to) {
        Some(moved) => format!("{moved}\n\nOtherwise first"),
        None => "First".to_owned(),
    };
    format!(
        "This plan removes {key} from {from}, and {to} is to be created for the same person. An earlier apply may have invited the person, \
         and its outcome is unknown: that invitation may still take effect, and {risk}. No policy in `on_destroy` \
         changes that. Nothing was sent.\n\n{way} restore {old}, remove {new}, and run `terraform apply`, which waits until the outcome is \
         known. Then move the person.\n\n{TO_DESTROY}"
    )
}

fn may_be_twice(key: &Key, new: &'static Holder) -> String {
    let address = match new.by_entry {
        true => format!("`{}` whose email addresses are not known yet. If one of them", new.resource),
        false => format!("an `{}` whose email address is not known yet. If that", new.resource),
    };
    format!(
        "An earlier apply may have invited {key}, and its outcome is unknown: that invitation may still take effect. This plan also has \
         {address} is {key}, the person would get a second mail. Nothing was sent.\n\nFirst apply what the unknown address depends on, \
         with `-target`. Then apply the whole configuration.\n\n{TO_DESTROY}"
    )
}

/// A list that has lost one entry removes and creates all that follow. One error has the advice for them.
fn moves_too(key: &Key, from: &'static Holder, to: &'static Holder, like: &Key) -> String {
    let it = match key {
        Key::Mapping(_) => "the same mapping",
        Key::Person(_) => "the same person",
        Key::Group(_) => "a group of that name",
    };
    let what = match from != to || from.by_entry {
        true => format!("This plan also removes {key} from {from}, and {to} is to be created for {it}."),
        false => {
            format!(
                "This configuration also removes {key} at one resource address and creates {it} at another."
            )
        }
    };
    format!("{what} Nothing was sent. The error about {like} says what to do.")
}

fn held(key: &Key, guid: &str, by: &'static Holder, new: &'static Holder) -> String {
    let (two, way) = match by == new {
        true => (
            format!(
                "A resource of this configuration manages {key} (GUID {guid}), and another resource would create it. An \
                 object can belong to only one resource, whatever `on_existing` says."
            ),
            String::new(),
        ),
        false => (
            format!(
                "In this configuration, {by} manages {key} (GUID {guid}), and {new} is to be created for the same person. \
                 {NO_ADDRESSES} A person can belong to only one resource of these types, because each sets the role."
            ),
            by.moved_to(new)
                .map_or_else(|| format!("\n\nTo keep the new one, {}", by.let_go()), |_| String::new()),
        ),
    };
    let moved = by.moved_to(new).map(|moved| format!("\n\n{moved}")).unwrap_or_default();
    let beside = match key {
        Key::Person(_) | Key::Mapping(_) => "",
        Key::Group(_) => {
            "\n\nIf you want a second group, set `name` in the new resource: a group keeps its internal \
             name when its alias changes, and the alias of the new group gives the same name."
        }
    };
    format!("{two} Nothing was sent. Remove one of the two resources.{moved}{way}{beside}\n\n{TO_DESTROY}")
}

fn shifted(removed: &Key, renamed: &Key, shown: &str) -> String {
    format!(
        "This plan destroys {removed}, which Atlan shows as {shown:?}, and renames {renamed} to {shown:?}. A plan looks like this \
         when a list has lost an entry: each group gets the name of the next one but keeps its own members, and the last group \
         is destroyed with its members. Nothing was sent.\n\nIf the resources use `count`, use `for_each` with the name as the key \
         (`moved` blocks tell Terraform which group is which): then removing one entry does not shift the others.\n\nIf {renamed} \
         should really get this name, first remove the resource of {removed} and run `terraform apply`, \
         then rename.\n\n{TO_DESTROY}"
    )
}

fn shared(key: &Key, guid: &str, leaves: &'static Holder, stays: &'static Holder) -> String {
    let (two, deposed) = match leaves == stays {
        true => (
            format!(
                "The state has {key} (GUID {guid}) at two resource addresses. This plan destroys one of them, which would also \
                 destroy the object of the other."
            ),
            if leaves.by_entry { String::new() } else { format!("\n\n{DEPOSED}") },
        ),
        false => (
            format!(
                "The state has {key} (GUID {guid}) in {leaves} and in {stays}. {NO_ADDRESSES} This plan removes the person from the \
                 `{}`, which would change what the `{}` sets.",
                leaves.resource, stays.resource
            ),
            String::new(),
        ),
    };
    format!("{two} Nothing was sent. Instead, {}{deposed}\n\n{TO_DESTROY}", leaves.let_go())
}

fn twice(key: &Key, guid: &str, one: &'static Holder, other: &'static Holder) -> String {
    let undo = "so the two resources would undo each other's changes. Nothing was sent.";
    if one == other {
        return format!(
            "The state has {key} (GUID {guid}) at two addresses, {undo} Keep one of the two resources. For \
             the other, {}\n\n\
             {TO_DESTROY}",
            one.let_go()
        );
    }
    format!(
        "The state has {key} (GUID {guid}) in {one} and in {other}, {undo} {NO_ADDRESSES} Keep one of the two.\n\nTo keep the `{}`, \
         {}\n\nTo keep the `{}`, {}\n\n{TO_DESTROY}",
        one.resource,
        other.let_go(),
        other.resource,
        one.let_go()
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;
    use crate::run::holder::samples::{ENTRY, GROUP, INVITE, MAPPING, ROLE};

    fn tell(text: &mut String, clash: Clash) {
        let (summary, detail) = clash.words();
        assert!(summary.split_whitespace().count() <= 8, "{summary}");
        text.push_str(&format!("{summary}\n\n{detail}\n\n---\n"));
    }

    /// Read the texts as a person at the terminal would; `UPDATE_EXPECT=1` writes them again.
    #[test]
    fn every_clash_reads_well() {
        let guid = || "8f0c2e9a-0000-4000-8000-000000000001".to_owned();
        let mut text = String::new();
        let person = || Key::Person("ada@example.com".to_owned());
        for (key, by) in [
            (person(), INVITE),
            (Key::Group("data_stewards".to_owned()), GROUP),
            (Key::Mapping("okta/0b5e4f3d-2c1b-4a09-8f7e-6d5c4b3a2910".to_owned()), MAPPING),
        ] {
            for clash in [
                Clash::Moves { key: key.clone(), from: by, to: by },
                Clash::Held { key: key.clone(), guid: guid(), by, new: by },
                Clash::Shared { key: key.clone(), guid: guid(), leaves: by, stays: by },
                Clash::Twice { key: key.clone(), guid: guid(), one: by, other: by },
                Clash::Made { key: key.clone(), by, new: by },
                Clash::Ended { key: key.clone(), by, new: by },
                Clash::Wanted { key: key.clone(), by },
                Clash::Tainted { key: key.clone(), by },
            ] {
                tell(&mut text, clash);
            }
        }
        for (one, other) in
            [(INVITE, ROLE), (ROLE, INVITE), (INVITE, ENTRY), (ENTRY, INVITE), (ENTRY, ROLE), (ROLE, ENTRY)]
        {
            tell(&mut text, Clash::Moves { key: person(), from: one, to: other });
            tell(&mut text, Clash::Held { key: person(), guid: guid(), by: one, new: other });
            tell(&mut text, Clash::Shared { key: person(), guid: guid(), leaves: one, stays: other });
            tell(&mut text, Clash::Made { key: person(), by: one, new: other });
        }
        tell(&mut text, Clash::Moves { key: person(), from: ENTRY, to: ENTRY });
        let bob = || Key::Person("bob@example.com".to_owned());
        for (from, to) in [(INVITE, INVITE), (INVITE, ROLE), (ENTRY, ENTRY)] {
            tell(&mut text, Clash::MovesToo { key: person(), from, to, like: bob() });
        }
        for (from, to) in [(INVITE, INVITE), (ENTRY, INVITE), (INVITE, ENTRY), (INVITE, ROLE)] {
            tell(&mut text, Clash::MovesUnclear { key: person(), from, to });
        }
        for new in [INVITE, ENTRY] {
            tell(&mut text, Clash::MayBeTwice { key: person(), new });
        }
        tell(&mut text, Clash::Twice { key: person(), guid: guid(), one: INVITE, other: ROLE });
        tell(&mut text, Clash::Twice { key: person(), guid: guid(), one: ENTRY, other: ROLE });
        tell(&mut text, Clash::Ended { key: person(), by: INVITE, new: ROLE });
        tell(&mut text, Clash::Wanted { key: person(), by: ROLE });
        tell(&mut text, Clash::Tainted { key: person(), by: ROLE });
        tell(&mut text, Clash::Tainted { key: person(), by: ENTRY });
        tell(&mut text, Clash::Removed { key: person(), by: INVITE, is_new: false });
        tell(&mut text, Clash::Removed { key: person(), by: INVITE, is_new: true });
        let group = |name: &str| Key::Group(name.to_owned());
        tell(&mut text, Clash::Shifted { removed: group("c"), renamed: group("b"), shown: "C".to_owned() });
        expect_file!["./clash.txt"].assert_eq(&text);
    }
}
