// What the examples of the guide share, included by each out of sight: a provider `Demo` whose remote side is a map in
// memory, and a way to run them. Not a module of the crate.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use serde_json::json;
use tfplug::{testing::Core, *};

/// The remote side: texts by name.
#[derive(Clone, Default)]
pub struct Remote(Arc<Mutex<BTreeMap<String, String>>>);

impl Remote {
    pub fn put(&self, name: &str, text: &str) {
        self.0.lock().unwrap().insert(name.to_owned(), text.to_owned());
    }
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.lock().unwrap().get(name).cloned()
    }
    pub fn remove(&self, name: &str) {
        self.0.lock().unwrap().remove(name);
    }
    pub fn names(&self) -> Vec<String> {
        self.0.lock().unwrap().keys().cloned().collect()
    }
}

/// Runs what an example shows.
pub fn run(example: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example);
}

/// A provider `Demo` that offers what is said: `demo!(.resource::<Note>())`. What exists outlives each run of it.
macro_rules! demo {
    ($($register:tt)*) => {
        struct Demo;
        impl Provider for Demo {
            const ADDRESS: &str = "registry.terraform.io/example/demo";
            const VERSION: &str = "0.0.1";
            type Args = ();
            type Client = Remote;
            async fn configure(_: &ConfigureCx<'_>, _: ()) -> Result<Remote> {
                static REMOTE: std::sync::OnceLock<Remote> = std::sync::OnceLock::new();
                Ok(REMOTE.get_or_init(Remote::default).clone())
            }
            fn register(registry: &mut Registry<Self>) {
                registry $($register)*;
            }
        }
    };
}

/// The handlers of a resource that does nothing but echo, for examples about something else. Arguments must have `name`.
macro_rules! echo {
    ($resource:ident, $args:ident, $computed:ident, $answer:expr) => {
        echo!($resource, $args, $computed, $answer, {});
    };
    ($resource:ident, $args:ident, $computed:ident, $answer:expr, { $($more:tt)* }) => {
        struct $resource;
        impl Resource for $resource {
            const NAME: &str = "thing";
            type Provider = Demo;
            type Id = ByName;
            type Args = $args;
            type Computed = $computed;
            $($more)*
            async fn create(_: &CreateCx<'_, Self>, args: &$args) -> Result<$computed> {
                let answer: fn(&$args) -> $computed = $answer;
                Ok(answer(args))
            }
            async fn read(_: &Cx<'_, Self>, _: &ByName, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
                Ok(prior)
            }
            async fn update(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>, args: &$args) -> Result<$computed> {
                let answer: fn(&$args) -> $computed = $answer;
                Ok(answer(args))
            }
            async fn delete(_: &Cx<'_, Self>, _: &ByName, _: &State<Self>) -> Result<()> {
                Ok(())
            }
        }
    };
}
