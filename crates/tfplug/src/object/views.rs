//! Views of values that may not be known yet, by typed keys: a configuration in `validate`, a change in `plan`.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use super::{RawChange, Resource};
use crate::diag::{Diagnostic, Diagnostics, Result};
use crate::pipeline::validate::elements;
use crate::schema::{ArgKey, Args, Attr, Computed, ComputedKey, Kind};
use crate::value::{Dynamic, Path, Refinements, Value};

/// What a configuration says.
pub struct Config<'a, A> {
    object: &'a Dynamic,
    path: Path,
    args: PhantomData<fn() -> A>,
}

impl<'a, A: Args> Config<'a, A> {
    pub(crate) fn new(object: &'a Dynamic) -> Self {
        Config { object, path: Path::root(), args: PhantomData }
    }

    /// The value of an argument.
    pub fn get<T: Attr>(&self, key: ArgKey<A, T>) -> Value<T> {
        view(self.object.get(key.name()))
    }

    /// The path of an argument, for a problem with it. Inside of a set it is that of the set.
    pub fn path<T>(&self, key: ArgKey<A, T>) -> Path {
        self.path.attr(key.name())
    }

    /// The objects that a nested argument holds, each as far as it is known: [`Config::get`] tells nothing of a list in
    /// which anything is unknown. None, when the argument is null or unknown as a whole.
    ///
    /// What is wrong inside is said at [`Config::path`] of the object in question:
    ///
    /// ```
    /// # use tfplug::{Args, Config, Problems, Value};
    /// /// A rule.
    /// #[derive(Args)]
    /// struct Rule {
    ///     /// First port.
    ///     from: i64,
    ///     /// Last port.
    ///     to: i64,
    /// }
    ///
    /// /// A firewall.
    /// #[derive(Args)]
    /// struct FirewallArgs {
    ///     /// What is let through.
    ///     rules: Vec<Rule>,
    /// }
    ///
    /// fn validate(config: &Config<'_, FirewallArgs>, problems: &mut Problems) {
    ///     for rule in config.each(FirewallArgs::RULES) {
    ///         if let (Value::Known(from), Value::Known(to)) = (rule.get(Rule::FROM), rule.get(Rule::TO))
    ///             && from > to
    ///         {
    ///             problems.error(rule.path(Rule::TO), "Empty range", format!("{to} is below {from}."));
    ///         }
    ///     }
    /// }
    /// ```
    pub fn each<T: Holds>(&self, key: ArgKey<A, T>) -> Vec<Config<'a, T::Object>> {
        let nesting = match T::kind() {
            Kind::Nested(nesting, _) | Kind::Block { nesting, .. } => nesting,
            Kind::Value(_) => return Vec::new(),
        };
        let value = self.object.get(key.name()).untyped();
        let objects = elements(nesting, value, &self.path(key));
        let known = objects.into_iter().filter(|(object, _)| object.as_map().is_some());
        known.map(|(object, path)| Config { object, path, args: PhantomData }).collect()
    }
}

/// A type of nested arguments: objects of one struct, in whatever order.
pub trait Holds: Attr {
    /// The struct.
    type Object: Args;
}

impl<T: Args + Attr> Holds for T {
    type Object = T;
}

impl<T: Args + Attr> Holds for Vec<T> {
    type Object = T;
}

impl<T: Args + Attr + Ord> Holds for BTreeSet<T> {
    type Object = T;
}

impl<T: Args + Attr> Holds for BTreeMap<String, T> {
    type Object = T;
}

/// A value as its type sees it. One with unknown parts is unknown; one that does not fit its type has been reported
/// before any view exists, and counts as unknown.
fn view<T: Attr>(value: &Dynamic) -> Value<T> {
    if value.is_null() {
        Value::Null
    } else if value.is_wholly_known() {
        T::from_dynamic(value).map_or(Value::Unknown, Value::Known)
    } else {
        Value::Unknown
    }
}

/// A key of one of the two structs of resource `R`.
pub trait KeyOf<R> {
    /// What a known value is.
    type Value: Attr;

    /// Name of the attribute.
    fn attribute(&self) -> &'static str;
}

impl<R: Resource<Args = A>, A: Args, T: Attr> KeyOf<R> for ArgKey<A, T> {
    type Value = T;

    fn attribute(&self) -> &'static str {
        self.name()
    }
}

impl<R: Resource<Computed = C>, C: Computed, T: Attr> KeyOf<R> for ComputedKey<C, T> {
    type Value = T;

    fn attribute(&self) -> &'static str {
        self.name()
    }
}

/// What is about to change in one object.
pub struct Change<'a, R> {
    raw: &'a mut RawChange,
    resource: PhantomData<fn() -> R>,
}

impl<'a, R: Resource> Change<'a, R> {
    pub(crate) fn new(raw: &'a mut RawChange) -> Self {
        Change { raw, resource: PhantomData }
    }

    /// Whether the object is to be created, be it in place of another.
    pub fn is_create(&self) -> bool {
        self.raw.prior.is_null()
    }

    /// What the configuration says.
    pub fn config<K: KeyOf<R>>(&self, key: K) -> Value<K::Value> {
        view(self.raw.config.get(key.attribute()))
    }

    /// What the state says; null when the object is to be created.
    pub fn prior<K: KeyOf<R>>(&self, key: K) -> Value<K::Value> {
        view(self.raw.prior.get(key.attribute()))
    }

    /// What the plan says so far.
    pub fn planned<K: KeyOf<R>>(&self, key: K) -> Value<K::Value> {
        view(self.raw.planned.get(key.attribute()))
    }

    /// The whole configuration, to look into nested arguments of which something is unknown: see [`Config::each`].
    pub fn configuration(&self) -> Config<'_, R::Args> {
        Config::new(&self.raw.config)
    }

    /// Whether the attribute is to change, as far as known.
    pub fn changes<K: KeyOf<R>>(&self, key: K) -> bool {
        let name = key.attribute();
        self.raw.prior.get(name) != self.raw.planned.get(name)
    }

    /// Plans a value that only the provider gives; what the configuration states is left as it is.
    pub fn fill<K: KeyOf<R>>(&mut self, key: K, value: K::Value) {
        let name = key.attribute();
        if self.raw.config.get(name).is_null()
            && let Some(planned) = self.raw.planned.as_map_mut()
        {
            planned.insert(name.to_owned(), value.to_dynamic());
        }
    }

    /// Plans a value as known after apply; what the configuration states is left as it is.
    pub fn unknown<K: KeyOf<R>>(&mut self, key: K) {
        let name = key.attribute();
        if self.raw.config.get(name).is_null()
            && let Some(planned) = self.raw.planned.as_map_mut()
        {
            planned.insert(name.to_owned(), Dynamic::unknown());
        }
    }

    /// Plans that a value stays as the state has it, null included; what the configuration states, and everything of an
    /// object that is to be created, is left as it is.
    pub fn keep<K: KeyOf<R>>(&mut self, key: K) {
        let name = key.attribute();
        if !self.is_create()
            && self.raw.config.get(name).is_null()
            && let Some(planned) = self.raw.planned.as_map_mut()
        {
            planned.insert(name.to_owned(), self.raw.prior.get(name).clone());
        }
    }

    /// Plans that a configured value stays as the state spells it, because the two mean the same in a way that only the whole
    /// object tells: Terraform allows a plan to have either. An attribute whose own type can tell needs no call: see
    /// [`crate::Text::same`]. Computed values that change with it are planned as unknown by then: [`Change::keep`] takes that
    /// back. Does nothing while the configured value is not known, and for an object that is to be created.
    pub fn keep_spelling<K: KeyOf<R>>(&mut self, key: K) {
        let name = key.attribute();
        let prior = self.raw.prior.get(name);
        if let Some(planned) = self.raw.planned.as_map_mut().and_then(|planned| planned.get_mut(name))
            && !prior.is_null()
            && !planned.is_null()
            && planned.is_wholly_known()
        {
            planned.clone_from(prior);
        }
    }

    /// Promises something about a value that is known after apply (not null, how its text begins, bounds), so that what
    /// depends on it can be planned with that. Apply has to keep the promise. Any other value is left as it is.
    pub fn refine<K: KeyOf<R>>(&mut self, key: K, promise: Refinements) {
        let planned = self.raw.planned.as_map_mut().and_then(|planned| planned.get_mut(key.attribute()));
        if let Some(value @ Dynamic::Unknown(_)) = planned
            && self.raw.config.get(key.attribute()).is_null()
        {
            *value = Dynamic::Unknown(promise);
        }
    }

    /// Makes the change of an attribute force a new object.
    pub fn replace<K: KeyOf<R>>(&mut self, key: K) {
        self.raw.replace.insert(Path::attribute(key.attribute()));
    }
}

/// What is wrong or doubtful about a configuration.
#[derive(Debug, Default)]
pub struct Problems(pub(crate) Diagnostics);

impl Problems {
    /// Refuses the configuration.
    pub fn error(&mut self, path: impl Into<Path>, summary: impl Into<String>, detail: impl Into<String>) {
        self.0.push(Diagnostic::error(summary, detail).at(path));
    }

    /// Accepts the configuration with a warning.
    pub fn warning(&mut self, path: impl Into<Path>, summary: impl Into<String>, detail: impl Into<String>) {
        self.0.push(Diagnostic::warning(summary, detail).at(path));
    }
}

impl Problems {
    /// All is well, or the errors found. Warnings alone are dropped with them unless there is an error.
    ///
    /// # Errors
    /// What was found, when any of it is an error.
    pub fn into_result(self) -> Result<()> {
        if self.0.has_errors() { Err(self.0.into()) } else { Ok(()) }
    }
}
