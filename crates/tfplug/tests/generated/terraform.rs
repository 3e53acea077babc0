//! The real Terraform on generated configurations: one folder, some resources, what each command says about each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value as Json, json};

use crate::scene::Scene;

/// The name by which this executable is the provider.
const PROVIDER: &str = "terraform-provider-gen";

/// Tells the provider its scene and the number of the first case.
const CASES: &str = "TFPLUG_GENERATED_PROVIDER_CASES";

/// The scene and the number of the first case, if Terraform started this process as the provider.
pub(crate) fn provider_of() -> Option<(Scene, u64)> {
    let name = std::env::args_os().next()?;
    let is_provider = Path::new(&name).file_name().is_some_and(|name| name == PROVIDER);
    is_provider.then(|| {
        let cases = std::env::var(CASES).unwrap();
        let (scene, first) = cases.split_once(' ').unwrap();
        (Scene::named(scene), first.parse().unwrap())
    })
}

/// What a command says about one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// The summaries of errors.
    pub(crate) errors: BTreeSet<String>,
    /// What is to happen to it; nothing when it stays as it is.
    pub(crate) action: Option<String>,
}

/// An object in the state.
pub(crate) struct Stored {
    pub(crate) attributes: String,
    pub(crate) identity: Option<Json>,
    pub(crate) tainted: bool,
}

/// A folder in which Terraform runs, cleaned up afterwards.
pub(crate) struct Folder {
    root: PathBuf,
    terraform: PathBuf,
    cases: String,
    /// Everything that the last command said.
    pub(crate) transcript: String,
}

impl Folder {
    pub(crate) fn new(terraform: &Path, cases: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("tfplug-generated-{}-{number}", std::process::id()));
        for part in ["bin", "objects", "module"] {
            std::fs::create_dir_all(root.join(part)).unwrap();
        }
        let program = std::env::current_exe().unwrap();
        std::os::unix::fs::symlink(program, root.join("bin").join(PROVIDER)).unwrap();
        let overrides = format!(
            "provider_installation {{\n  dev_overrides {{ \"example/gen\" = {:?} }}\n  direct {{}}\n}}\n",
            root.join("bin")
        );
        std::fs::write(root.join("terraform.rc"), overrides).unwrap();
        Folder { root, terraform: terraform.to_owned(), cases: cases.to_owned(), transcript: String::new() }
    }

    /// Replaces the configuration: resources by their types, values that are known late by their names, and the types and
    /// ids of what is to be imported.
    pub(crate) fn configure(
        &self,
        resources: BTreeMap<String, Json>,
        late: Map<String, Json>,
        imports: Vec<(String, String)>,
    ) {
        let mut all: Map<_, _> = resources.into_iter().map(|(ty, body)| (ty, json!({ "x": body }))).collect();
        let late: Map<_, _> =
            late.into_iter().map(|(name, value)| (name, json!({ "input": value }))).collect();
        if !late.is_empty() {
            all.insert("terraform_data".to_owned(), late.into());
        }
        let imports: Vec<_> =
            imports.into_iter().map(|(ty, id)| json!({ "to": format!("{ty}.x"), "id": id })).collect();
        let mut configuration = json!({
            "terraform": { "required_providers": { "gen": { "source": "example/gen" } } },
            "provider": { "gen": { "folder": self.root.join("objects") } },
        });
        if !all.is_empty() {
            configuration["resource"] = all.into();
        }
        if !imports.is_empty() {
            configuration["import"] = imports.into();
        }
        std::fs::write(self.root.join("module/main.tf.json"), configuration.to_string()).unwrap();
    }

    /// Runs a command; what it says about resources by their types.
    pub(crate) fn run(&mut self, arguments: &[&str]) -> BTreeMap<String, Said> {
        let mut command = Command::new(&self.terraform);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TF_")) {
            command.env_remove(name);
        }
        let output = command
            .args(arguments)
            .current_dir(self.root.join("module"))
            .env("TF_CLI_CONFIG_FILE", self.root.join("terraform.rc"))
            .env("CHECKPOINT_DISABLE", "1")
            // These commands are over before it would pay to collect their garbage.
            .env("GOGC", "off")
            .env("GOMEMLIMIT", "512MiB")
            .env(CASES, &self.cases)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        self.transcript = String::from_utf8_lossy(&said).into_owned();
        let mut resources: BTreeMap<String, Said> = BTreeMap::new();
        let lines = self.transcript.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
        for line in lines {
            if line["type"] == "planned_change" {
                let change = &line["change"];
                let resource = resources.entry(text(&change["resource"]["resource_type"])).or_default();
                // One that is imported and stays as it is has an action of its own.
                let action = text(&change["action"]);
                resource.action = Some(action).filter(|action| action != "noop" && action != "import");
            }
            let found = &line["diagnostic"];
            if found["severity"] == "error" {
                // Errors about resources name them by address, some only in their text.
                let about = format!(
                    "{} {} {}",
                    text(&found["address"]),
                    text(&found["summary"]),
                    text(&found["detail"])
                );
                let ty = about
                    .match_indices("gen_t")
                    .map(|(at, _)| about[at..].chars().take(7).collect::<String>())
                    .next()
                    .unwrap_or_else(|| panic!("an error about no resource: {line}"));
                resources.entry(ty).or_default().errors.insert(text(&found["summary"]));
            }
        }
        resources
    }

    fn state(&self) -> PathBuf {
        self.root.join("module/terraform.tfstate")
    }

    /// Forgets all objects.
    pub(crate) fn forget(&self) {
        std::fs::remove_file(self.state()).unwrap();
    }

    /// Makes the objects in the state ones of version 0, with the attributes that `aged` makes of those of a type.
    pub(crate) fn age(&self, aged: impl Fn(&str, &[u8]) -> Vec<u8>) {
        type Raw = BTreeMap<String, Box<RawValue>>;
        let mut state: Raw = serde_json::from_slice(&std::fs::read(self.state()).unwrap()).unwrap();
        let mut resources: Vec<Raw> = serde_json::from_str(state["resources"].get()).unwrap();
        for resource in &mut resources {
            let ty: String = serde_json::from_str(resource["type"].get()).unwrap();
            if !ty.starts_with("gen_") {
                continue;
            }
            let mut instances: Vec<Raw> = serde_json::from_str(resource["instances"].get()).unwrap();
            for instance in &mut instances {
                let attributes = aged(&ty, instance["attributes"].get().as_bytes());
                instance.insert(
                    "attributes".to_owned(),
                    RawValue::from_string(String::from_utf8(attributes).unwrap()).unwrap(),
                );
                instance.insert("schema_version".to_owned(), to_raw_value(&0).unwrap());
            }
            resource.insert("instances".to_owned(), to_raw_value(&instances).unwrap());
        }
        state.insert("resources".to_owned(), to_raw_value(&resources).unwrap());
        std::fs::write(self.state(), serde_json::to_vec(&state).unwrap()).unwrap();
    }

    /// What the state holds of a resource.
    pub(crate) fn stored(&self, ty: &str) -> Option<Stored> {
        #[derive(Deserialize)]
        struct State {
            resources: Vec<Resource>,
        }
        #[derive(Deserialize)]
        struct Resource {
            r#type: String,
            instances: Vec<Instance>,
        }
        #[derive(Deserialize)]
        struct Instance {
            attributes: Box<RawValue>,
            identity: Option<Json>,
            status: Option<String>,
            deposed: Option<String>,
        }
        let bytes = std::fs::read(self.state()).ok()?;
        // A plan leaves an empty file.
        let state: State =
            if bytes.is_empty() { return None } else { serde_json::from_slice(&bytes).unwrap() };
        let resource = state.resources.into_iter().find(|resource| resource.r#type == ty)?;
        let instance = resource.instances.into_iter().find(|instance| instance.deposed.is_none())?;
        let tainted = instance.status.as_deref() == Some("tainted");
        let identity = instance.identity.filter(|identity| !identity.is_null());
        Some(Stored { attributes: instance.attributes.get().to_owned(), identity, tainted })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left over does no harm in a folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}
