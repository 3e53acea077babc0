//! The state, read from the file in which Terraform keeps it.

use std::collections::BTreeMap;

use serde_json::Value;

/// What Terraform knows.
#[derive(Debug)]
pub(crate) struct State {
    /// By address.
    objects: BTreeMap<String, Value>,
}

impl State {
    /// Reads the text of a state file. Without a file, or if a killed Terraform left it empty, the state is empty.
    pub(crate) fn parse(text: Option<&str>) -> Self {
        let text = text.filter(|text| !text.is_empty());
        let json: Value =
            text.map_or(Value::Null, |text| serde_json::from_str(text).expect("a state is JSON"));
        let mut objects = BTreeMap::new();
        for resource in json["resources"].as_array().into_iter().flatten() {
            for instance in resource["instances"].as_array().into_iter().flatten() {
                let key = match &instance["index_key"] {
                    Value::Null => String::new(),
                    key => format!("[{key}]"),
                };
                let text = |name: &str| resource[name].as_str().unwrap_or_default();
                objects.insert(format!("{}.{}{key}", text("type"), text("name")), instance.clone());
            }
        }
        Self { objects }
    }

    /// The addresses of all objects.
    pub(crate) fn addresses(&self) -> Vec<&str> {
        self.objects.keys().map(String::as_str).collect()
    }

    /// The attributes of an object.
    #[track_caller]
    pub(crate) fn object(&self, address: &str) -> &Value {
        &self.instance(address)["attributes"]
    }

    /// An attribute that holds a string.
    #[track_caller]
    pub(crate) fn text(&self, address: &str, attribute: &str) -> String {
        let value = &self.object(address)[attribute];
        value.as_str().unwrap_or_else(|| panic!("{address}.{attribute} is {value}")).to_owned()
    }

    /// Whether the next apply replaces the object, as its creation failed half-way.
    #[track_caller]
    pub(crate) fn is_tainted(&self, address: &str) -> bool {
        self.instance(address)["status"] == "tainted"
    }

    #[track_caller]
    fn instance(&self, address: &str) -> &Value {
        self.objects.get(address).unwrap_or_else(|| panic!("no {address} among {:?}", self.addresses()))
    }
}
