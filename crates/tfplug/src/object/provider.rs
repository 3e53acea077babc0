//! The provider: its block, its client, and the objects that it offers.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as StdError;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::erased::{
    AnyAction, AnyDataSource, AnyEphemeral, AnyFunction, AnyList, AnyObject, AnyResource, Erased,
    ErasedFunction, ErasedResource,
};
use super::{Action, Config, DataSource, EphemeralResource, Function, List, Resource, Session};
use crate::diag::{Diagnostic, Diagnostics, Result};
use crate::log::{LogRule, Masker};
use crate::schema::{ArgKey, Args, FixedSchema, Schema};

/// A provider.
pub trait Provider: Send + Sync + Sized + 'static {
    /// Prefix of every name: `shop` for `shop_order`. By default the last part of the address, where Terraform looks for it.
    const NAME: &'static str = last_part(Self::ADDRESS);

    /// Address in a registry: `host/namespace/name`.
    const ADDRESS: &'static str;

    /// Version of the provider.
    const VERSION: &'static str;

    /// Crates whose log lines are the provider's own; those of other crates appear from warnings up. By default none.
    const LOG_TARGETS: &'static [&'static str] = &[];

    /// Parts of the log with a level of their own: for `("api", "shop::client")` it is `TF_LOG_PROVIDER_SHOP_API` that says
    /// how much to log of that `tracing` target and of those within it; unset, they follow the provider.
    const LOG_SUBSYSTEMS: &'static [(&'static str, &'static str)] = &[];

    /// What log lines must not show, beside the values of sensitive arguments and what [`Masker::mask`] was told.
    const LOG_RULES: &'static [LogRule] = &[];

    /// What the provider block may say. Every argument is optional, so that a configuration can be validated without
    /// settings; what `configure` needs it asks for itself.
    type Args: Args;

    /// What handlers work with. Cheap to clone.
    type Client: Clone + Send + Sync + 'static;

    /// Checks that one argument alone cannot decide. No network, no environment; anything may be unknown.
    fn validate(config: &Config<'_, Self::Args>, diagnostics: &mut Diagnostics) {
        let _ = (config, diagnostics);
    }

    /// Makes the client, once every argument is known; gaps are filled from the environment by `#[attr(env = "…")]`.
    fn configure(cx: &ConfigureCx<'_>, args: Self::Args)
    -> impl Future<Output = Result<Self::Client>> + Send;

    /// The client limited to one call: from `deadline` or cancellation on it starts nothing new and waits no longer.
    fn scope(client: &Self::Client, deadline: Instant, cancel: &CancellationToken) -> Self::Client {
        let _ = (deadline, cancel);
        client.clone()
    }

    /// What there is to say about how a call went, asked after each: for example that it waited for long.
    fn remark(client: &Self::Client) -> Option<Diagnostic> {
        let _ = client;
        None
    }

    /// Called once for each client when nothing uses it any more, for a last line in the log: because the process is about to
    /// end, or because another configuration has replaced the client and its last call is over.
    fn finish(client: &Self::Client) {
        let _ = client;
    }

    /// What a practitioner should do about an error, recognised by its type.
    fn advise(error: &(dyn StdError + 'static)) -> Option<String> {
        let _ = error;
        None
    }

    /// Registers what the provider offers, one line each.
    fn register(registry: &mut Registry<Self>);
}

/// What follows the last `/`.
const fn last_part(address: &str) -> &str {
    let mut rest = address.as_bytes();
    while let [before @ .., last] = rest {
        if *last == b'/' {
            return address.split_at(rest.len()).1;
        }
        rest = before;
    }
    address
}

type Variables = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What surrounds a provider.
#[derive(Clone)]
pub(crate) struct Environment {
    /// Reads variables of the process, or of a test.
    variables: Variables,
    /// What a test gives beside the provider block; nothing in a process that Terraform started.
    pub(crate) given: Option<Arc<dyn Any + Send + Sync>>,
}

impl Environment {
    pub(crate) fn new(variables: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Environment { variables: Arc::new(variables), given: None }
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        (self.variables)(name)
    }
}

/// What `configure` gets beside its arguments.
pub struct ConfigureCx<'a> {
    pub(crate) terraform_version: &'a str,
    pub(crate) environment: &'a Environment,
    /// Names of the arguments that the environment gave.
    pub(crate) filled: BTreeSet<String>,
    pub(crate) warnings: Mutex<Diagnostics>,
    pub(crate) masker: &'a Masker,
    pub(crate) session: &'a Session,
}

impl ConfigureCx<'_> {
    /// Version of the Terraform that runs, for a user agent. Decide nothing by it.
    pub fn terraform_version(&self) -> &str {
        self.terraform_version
    }

    /// A variable of the environment; an empty one counts as missing.
    pub fn env(&self, name: &str) -> Option<String> {
        self.environment.get(name).filter(|value| !value.is_empty())
    }

    /// What a test gave by `Core::give`, if it is of this type: for what must differ in tests and is no setting, such as
    /// waits of minutes. In a process that Terraform started there is never any.
    pub fn given<T: Any>(&self) -> Option<&T> {
        self.environment.given.as_ref()?.downcast_ref()
    }

    /// Whether an argument comes from the environment, because the configuration says nothing.
    pub fn is_from_env<A, T>(&self, key: ArgKey<A, T>) -> bool {
        self.filled.contains(key.name())
    }

    /// Takes a secret out of every log line and diagnostic from now on, for example a session token that stands for the
    /// credentials. Values of sensitive arguments are masked without a word.
    pub fn mask(&self, secret: &str) {
        self.masker.mask(secret);
    }

    /// The value of this type that all calls after this configuration share: see [`crate::Call::session`].
    pub fn session<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.session.get()
    }

    /// Warns about the provider's settings.
    pub fn warning(&self, summary: impl Into<String>, detail: impl Into<String>) {
        self.warnings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Diagnostic::warning(summary, detail));
    }
}

/// What a provider offers, by full name; functions by their own.
pub struct Registry<P> {
    registered: Registered,
    provider: PhantomData<fn() -> P>,
}

/// What a provider offers, untyped.
#[derive(Default)]
pub(crate) struct Registered {
    pub(crate) resources: BTreeMap<String, Arc<dyn AnyResource>>,
    pub(crate) data_sources: BTreeMap<String, Arc<dyn AnyDataSource>>,
    pub(crate) ephemeral: BTreeMap<String, Arc<dyn AnyEphemeral>>,
    pub(crate) lists: BTreeMap<String, Arc<dyn AnyList>>,
    pub(crate) actions: BTreeMap<String, Arc<dyn AnyAction>>,
    pub(crate) functions: BTreeMap<String, Arc<dyn AnyFunction>>,
    /// What a module may say to the provider.
    pub(crate) meta: Option<FixedSchema>,
    /// What was registered more than once; the last one counts.
    pub(crate) twice: Vec<String>,
}

/// Adds an object; names one of the same kind and name that it takes the place of.
fn add<T: AnyObject + ?Sized>(
    kind: &str,
    objects: &mut BTreeMap<String, Arc<T>>,
    object: Arc<T>,
) -> Option<String> {
    let name = object.type_name().to_owned();
    let twice = format!("{kind} {name}");
    objects.insert(name, object).map(|_| twice)
}

impl<P: Provider> Registry<P> {
    pub(crate) fn of_provider() -> Registered {
        let mut registry = Registry { registered: Registered::default(), provider: PhantomData };
        P::register(&mut registry);
        registry.registered
    }

    /// Offers a managed resource.
    pub fn resource<R: Resource<Provider = P>>(&mut self) -> &mut Self {
        let (registered, object) = (&mut self.registered, ErasedResource::<R>::new());
        registered.twice.extend(add("resource", &mut registered.resources, Arc::new(object)));
        self
    }

    /// Offers a data source.
    pub fn data_source<D: DataSource<Provider = P>>(&mut self) -> &mut Self {
        let (registered, object) = (&mut self.registered, Erased::<_, D>::data_source());
        registered.twice.extend(add("data source", &mut registered.data_sources, Arc::new(object)));
        self
    }

    /// Offers an ephemeral resource.
    pub fn ephemeral_resource<E: EphemeralResource<Provider = P>>(&mut self) -> &mut Self {
        let (registered, object) = (&mut self.registered, Erased::<_, E>::ephemeral());
        registered.twice.extend(add("ephemeral resource", &mut registered.ephemeral, Arc::new(object)));
        self
    }

    /// Offers the listing of a managed resource, which has to be offered itself, too.
    pub fn list_resource<R: List<Provider = P>>(&mut self) -> &mut Self {
        let (registered, object) = (&mut self.registered, Erased::<_, R>::list());
        registered.twice.extend(add("list resource", &mut registered.lists, Arc::new(object)));
        self
    }

    /// Offers an action.
    pub fn action<A: Action<Provider = P>>(&mut self) -> &mut Self {
        let (registered, object) = (&mut self.registered, Erased::<_, A>::action());
        registered.twice.extend(add("action", &mut registered.actions, Arc::new(object)));
        self
    }

    /// Offers a function.
    pub fn function<F: Function<Provider = P>>(&mut self) -> &mut Self {
        let function = Arc::new(ErasedFunction::<F>::new());
        if self.registered.functions.insert(F::NAME.to_owned(), function).is_some() {
            self.registered.twice.push(format!("function {}", F::NAME));
        }
        self
    }

    /// Lets modules say something to the provider, in `terraform { provider_meta "…" { … } }`; handlers get it by
    /// `cx.meta::<M>()`.
    pub fn meta<M: Args>(&mut self) -> &mut Self {
        let schema = Schema {
            version: 0,
            description: M::DESCRIPTION.to_owned(),
            deprecated: None,
            attributes: M::attributes(),
        };
        self.registered.meta = Some(schema.into());
        self
    }
}
