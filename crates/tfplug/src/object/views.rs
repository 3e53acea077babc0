//! Views of values that may not be known yet, by typed keys: a configuration in `validate`, a change in `plan`.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use super::{RawChange, Resource};

use crate::schema::nested::elements;
use crate::schema::{ArgKey, Args, Attr, Computed, ComputedKey, Kind, Nesting};
use crate::value::{Dynamic, Path, Refinements, Step, Value};

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

    /// The keys of a map, whatever of its elements is known; `None`, when it is null or unknown as a whole. [`Config::each`]
    /// leaves out elements that are unknown.
    pub fn keys<T>(&self, key: ArgKey<A, T>) -> Option<Vec<&'a str>> {
        Some(self.object.get(key.name()).as_map()?.keys().map(String::as_str).collect())
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
    /// # use tfplug::{Args, Config, Diagnostics, Value};
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
    /// fn validate(config: &Config<'_, FirewallArgs>, diagnostics: &mut Diagnostics) {
    ///     for rule in config.each(FirewallArgs::RULES) {
    ///         if let (Value::Known(from), Value::Known(to)) = (rule.get(Rule::FROM), rule.get(Rule::TO))
    ///             && from > to
    ///         {
    ///             diagnostics.error_at(rule.path(Rule::TO), "Empty range", format!("{to} is below {from}."));
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

/// A type of nested computed attributes: one object of a struct, or a list or map of such objects.
pub trait HoldsComputed: Attr {
    /// The struct.
    type Object: Computed;
}

impl<T: Computed + Attr> HoldsComputed for T {
    type Object = T;
}

impl<T: Computed + Attr> HoldsComputed for Vec<T> {
    type Object = T;
}

impl<T: Computed + Attr> HoldsComputed for BTreeMap<String, T> {
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

/// The planned change of one object: of a resource `R`, or of one of its nested objects, a [`Nested`].
pub struct Change<'a, R> {
    raw: &'a mut RawChange,
    /// Where the object is.
    path: Path,
    object: PhantomData<fn() -> R>,
}

/// One nested object of a plan, with arguments `A` and computed attributes `C` (`()` if it has none): see
/// [`Change::each`].
pub struct Nested<A, C> {
    path: Path,
    object: PhantomData<fn() -> (A, C)>,
}

impl<A: Args, C, T: Attr> KeyOf<Nested<A, C>> for ArgKey<A, T> {
    type Value = T;

    fn attribute(&self) -> &'static str {
        self.name()
    }
}

impl<A, C: Computed, T: Attr> KeyOf<Nested<A, C>> for ComputedKey<C, T> {
    type Value = T;

    fn attribute(&self) -> &'static str {
        self.name()
    }
}

impl<'a, R: Resource> Change<'a, R> {
    pub(crate) fn new(raw: &'a mut RawChange) -> Self {
        Change { raw, path: Path::root(), object: PhantomData }
    }

    /// The whole configuration, to look into nested arguments of which something is unknown: see [`Config::each`].
    pub fn configuration(&self) -> Config<'_, R::Args> {
        Config::new(&self.raw.config)
    }
}

impl<R> Change<'_, R> {
    /// Whether the object is to be created, be it in place of another. A nested object is new if the state has none with
    /// its key or, in a list, at its position.
    pub fn is_create(&self) -> bool {
        self.raw.prior.at(&self.path).is_null()
    }

    /// The path of an attribute, for an error or a warning about it.
    pub fn path<K: KeyOf<R>>(&self, key: K) -> Path {
        self.path.attr(key.attribute())
    }

    /// What the configuration says.
    pub fn config<K: KeyOf<R>>(&self, key: K) -> Value<K::Value> {
        view(self.raw.config.at(&self.path(key)))
    }

    /// What the state says; null when the object is to be created.
    pub fn prior<K: KeyOf<R>>(&self, key: K) -> Value<K::Value> {
        view(self.raw.prior.at(&self.path(key)))
    }

    /// What the plan says so far.
    pub fn planned<K: KeyOf<R>>(&self, key: K) -> Value<K::Value> {
        view(self.raw.planned().at(&self.path(key)))
    }

    /// The keys of a map as planned so far, whatever of its elements is known; `None`, when it is null or unknown as a whole.
    /// [`Change::each`] leaves out elements that are unknown.
    pub fn keys<K: KeyOf<R>>(&self, key: K) -> Option<Vec<String>> {
        Some(self.raw.planned().at(&self.path(key)).as_map()?.keys().cloned().collect())
    }

    /// Whether the attribute is to change, as far as known.
    pub fn changes<K: KeyOf<R>>(&self, key: K) -> bool {
        let path = self.path(key);
        self.raw.prior.at(&path) != self.raw.planned().at(&path)
    }

    /// Plans a value that the provider gives. An attribute that is set in the configuration is left as it is. The
    /// attributes that follow this one change only if the value differs from the prior one.
    pub fn fill<K: KeyOf<R>>(&mut self, key: K, value: K::Value) {
        self.tell(key, value.to_dynamic());
    }

    /// Plans a value, and the attributes that follow it, as known after apply. An attribute that is set in the
    /// configuration is left as it is.
    pub fn unknown<K: KeyOf<R>>(&mut self, key: K) {
        self.tell(key, Dynamic::unknown());
    }

    /// Plans that a value stays as it is in the state, also if it is null there. An attribute that is set in the
    /// configuration, or of an object that is to be created, is left as it is.
    pub fn keep<K: KeyOf<R>>(&mut self, key: K) {
        if !self.is_create() {
            let value = self.raw.prior.at(&self.path.attr(key.attribute())).clone();
            self.tell(key, value);
        }
    }

    /// Plans a value of an attribute that the configuration leaves out.
    fn tell<K: KeyOf<R>>(&mut self, key: K, value: Dynamic) {
        let path = self.path(key);
        if self.raw.config.at(&path).is_null() {
            self.decide(path, value);
        }
    }

    fn decide(&mut self, path: Path, value: Dynamic) {
        if let Some(planned) = self.raw.planned_mut().at_mut(&path) {
            planned.clone_from(&value);
            // What was decided about parts of the value before is over.
            self.raw.told.retain(|other, _| !other.is_within(&path));
            self.raw.told.insert(path, value);
        }
    }

    /// Plans that a configured value stays as the state spells it, because the two mean the same in a way that only the whole
    /// object tells: Terraform allows a plan to have either. An attribute whose own type can tell needs no call: see
    /// [`crate::Text::same`]. The computed attributes that follow it stay as well. Does nothing while the configured value is
    /// not known, and for an object that is to be created.
    pub fn keep_spelling<K: KeyOf<R>>(&mut self, key: K) {
        let path = self.path(key);
        let (prior, planned) = (self.raw.prior.at(&path), self.raw.planned().at(&path));
        if !prior.is_null() && !planned.is_null() && planned.is_wholly_known() {
            let prior = prior.clone();
            self.decide(path, prior);
        }
    }

    /// Promises something about a value that is known after apply (not null, how its text begins, bounds), so that what
    /// depends on it can be planned with that. Apply has to keep the promise. Any other value is left as it is.
    pub fn refine<K: KeyOf<R>>(&mut self, key: K, promise: Refinements) {
        let path = self.path(key);
        if self.raw.config.at(&path).is_null() {
            self.raw.promised.insert(path, promise);
        }
    }

    /// Makes the change of an attribute force a new object.
    pub fn replace<K: KeyOf<R>>(&mut self, key: K) {
        let path = self.path(key);
        self.raw.replace.insert(path);
    }

    /// The objects that the plan has in a nested attribute, to be looked at one by one with [`Change::at`]. `args` and
    /// `computed` are its keys in the two structs. There are none if it is null or unknown as a whole, and none in a set:
    /// Terraform cannot refer to an element of a set.
    ///
    /// # Panics
    /// If the keys are of two different attributes.
    ///
    /// ```
    /// # use std::collections::BTreeMap;
    /// # use tfplug::{Args, Change, Computed, Error, Resource, Result, Value};
    /// /// A record.
    /// #[derive(Args)]
    /// struct RecordArgs {
    ///     /// Text of the record.
    ///     text: String,
    /// }
    ///
    /// #[derive(Computed)]
    /// struct RecordComputed {
    ///     /// Length of the text.
    ///     #[attr(follows(text))]
    ///     length: i64,
    /// }
    ///
    /// /// A zone.
    /// #[derive(Args)]
    /// struct ZoneArgs {
    ///     /// Records by name.
    ///     records: BTreeMap<String, RecordArgs>,
    /// }
    ///
    /// #[derive(Computed)]
    /// struct ZoneComputed {
    ///     /// Records by name.
    ///     #[attr(keep)]
    ///     records: BTreeMap<String, RecordComputed>,
    /// }
    ///
    /// fn plan<R: Resource<Args = ZoneArgs, Computed = ZoneComputed>>(change: &mut Change<'_, R>) -> Result<()> {
    ///     for record in change.each(ZoneArgs::RECORDS, ZoneComputed::RECORDS) {
    ///         let mut record = change.at(&record);
    ///         match record.planned(RecordArgs::TEXT) {
    ///             Value::Known(text) if text.contains(' ') => {
    ///                 let error = Error::new("Text has a space", "The text of a record is one word.");
    ///                 return Err(error.at(record.path(RecordArgs::TEXT))); // records["a"].text
    ///             }
    ///             Value::Known(text) => record.fill(RecordComputed::LENGTH, text.len() as i64),
    ///             Value::Null | Value::Unknown => {}
    ///         }
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn each<A: Holds, C: HoldsComputed>(
        &self,
        args: impl KeyOf<R, Value = A>,
        computed: impl KeyOf<R, Value = C>,
    ) -> Vec<Nested<A::Object, C::Object>> {
        assert_eq!(args.attribute(), computed.attribute(), "the keys must be of the same attribute");
        self.objects(&args)
    }

    /// As [`Change::each`], for a nested attribute without computed attributes.
    pub fn each_argument<A: Holds>(&self, args: impl KeyOf<R, Value = A>) -> Vec<Nested<A::Object, ()>> {
        self.objects(&args)
    }

    fn objects<K: KeyOf<R>, A, C>(&self, key: &K) -> Vec<Nested<A, C>> {
        let nesting = match K::Value::kind() {
            Kind::Nested(Nesting::Set, _) | Kind::Block { nesting: Nesting::Set, .. } | Kind::Value(_) => {
                return Vec::new();
            }
            Kind::Nested(nesting, _) | Kind::Block { nesting, .. } => nesting,
        };
        let path = self.path.attr(key.attribute());
        let objects = elements(nesting, self.raw.planned().at(&path), &path);
        let known = objects.into_iter().filter(|(object, _)| object.as_map().is_some());
        known.map(|(_, path)| Nested { path, object: PhantomData }).collect()
    }

    /// The change of one nested object.
    pub fn at<A, C>(&mut self, nested: &Nested<A, C>) -> Change<'_, Nested<A, C>> {
        Change { raw: &mut *self.raw, path: nested.path.clone(), object: PhantomData }
    }
}

impl<A, C> Nested<A, C> {
    /// The path of the object, for an error about all of it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The key of the object, if it is in a map.
    pub fn key(&self) -> Option<&str> {
        match self.path.steps().last() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Type;

    /// A shelf.
    #[derive(tfplug_derive::Args)]
    struct Shelf {
        /// Sizes by name.
        sizes: Option<BTreeMap<String, i64>>,
        /// Anything.
        open: Option<Dynamic>,
    }

    #[test]
    fn keys_are_known_when_their_values_are_not_and_in_a_value_that_brings_its_type_along() {
        let map = |entries: &[(&str, Dynamic)]| {
            Dynamic::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
        };
        let typed =
            |value: Dynamic| Dynamic::Typed(Box::new(Type::Map(Box::new(Type::Number))), Box::new(value));
        let half = map(&[("a", 1.into()), ("b", Dynamic::unknown())]);
        for (value, expected) in [
            (half.clone(), Some(vec!["a", "b"])),
            (map(&[]), Some(Vec::new())),
            (Dynamic::Null, None),
            (Dynamic::unknown(), None),
            (typed(half), Some(vec!["a", "b"])),
            (typed(Dynamic::unknown()), None),
        ] {
            let object = map(&[("sizes", value.clone()), ("open", value)]);
            let config = Config::<Shelf>::new(&object);
            assert_eq!(
                (config.keys(Shelf::SIZES), config.keys(Shelf::OPEN)),
                (expected.clone(), expected.clone())
            );
            // What is planned counts, whatever the configuration and the state say.
            let mut raw =
                RawChange::new(Dynamic::Null, map(&[("sizes", map(&[("c", 2.into())]))]), Some(object));
            let change: Change<'_, Nested<Shelf, ()>> =
                Change { raw: &mut raw, path: Path::root(), object: PhantomData };
            let expected = expected.map(|keys| keys.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!((change.keys(Shelf::SIZES), change.keys(Shelf::OPEN)), (expected.clone(), expected));
        }
    }
}
