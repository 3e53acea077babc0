//! A plan in the output of `terraform show -json`.

use serde_json::Value;

/// What Terraform intends.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) json: Value,
}

impl Plan {
    /// What is to happen, one line per object: `create atlan_group.a`. Objects left as they are don't count.
    pub(crate) fn actions(&self) -> Vec<String> {
        let changes = self.json["resource_changes"].as_array().cloned().unwrap_or_default();
        let line = |change: &Value| {
            let actions: Vec<&str> =
                change["change"]["actions"].as_array()?.iter().filter_map(Value::as_str).collect();
            let action = match actions.as_slice() {
                ["no-op"] if change["change"]["importing"].is_object() => "import",
                ["no-op"] => return None,
                ["delete", "create"] | ["create", "delete"] => "replace",
                [action] => action,
                _ => "other",
            };
            Some(format!("{action} {}", change["address"].as_str()?))
        };
        changes.iter().filter_map(line).collect()
    }

    /// Asserts what is to happen, in the order of the addresses.
    #[track_caller]
    pub(crate) fn does(self, expected: &[&str]) -> Self {
        assert_eq!(self.actions(), expected, "{:#}", self.json["resource_changes"]);
        self
    }

    /// The planned value of an attribute; null also where it is known after apply.
    #[track_caller]
    pub(crate) fn planned(&self, address: &str, attribute: &str) -> &Value {
        &self.change(address)["after"][attribute]
    }

    /// Whether an attribute is known after apply only.
    #[track_caller]
    pub(crate) fn is_unknown(&self, address: &str, attribute: &str) -> bool {
        self.change(address)["after_unknown"][attribute] == true
    }

    #[track_caller]
    fn change(&self, address: &str) -> &Value {
        let changes = self.json["resource_changes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let found = changes.iter().find(|change| change["address"] == address);
        &found.unwrap_or_else(|| panic!("no {address} in the plan: {:#}", self.json["resource_changes"]))["change"]
    }
}
