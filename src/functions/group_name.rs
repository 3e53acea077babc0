//! `group_name`: the internal name that `atlan_group` derives from an alias.

use tfplug::{Args, Function, FunctionError, Text as _};

use crate::provider::Atlan;
use crate::types::{Alias, Slug};

/// Returns the internal name that `atlan_group` gives to a new group with this alias: transliterated to ASCII, in lower
/// case, with `_` in place of everything but letters and digits. The name is useful where another object refers to a
/// group before the group exists. A group that was renamed keeps its first internal name.
///
/// Requires Terraform 1.8 or OpenTofu 1.7, or later. In earlier versions, use the attribute `name` of the group.
/// Before 1.11, OpenTofu configures the provider before it calls a function, so the provider needs its settings.
#[derive(Args)]
pub struct GroupNameArgs {
    /// Name shown in Atlan, by the rules of `alias` of `atlan_group`.
    pub alias: Alias,
}

/// The function.
pub struct GroupName;

impl Function for GroupName {
    const NAME: &'static str = "group_name";
    const SUMMARY: &'static str = "Internal name of a group by its alias";

    type Provider = Atlan;
    type Args = GroupNameArgs;
    type Output = String;

    fn call(args: GroupNameArgs) -> Result<String, FunctionError> {
        match Slug::of(&args.alias) {
            Ok(name) => Ok(name.text().into_owned()),
            Err(_) => Err(FunctionError::new(format!(
                "No internal name can be derived from {:?}, which has no letter or digit.",
                args.alias.text()
            ))
            .at(GroupNameArgs::ALIAS)),
        }
    }
}
