//! Managed resources without their types.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::marker::PhantomData;

use super::common::any_object;
use super::{AnyObject, BoxFuture};
use crate::diag::{Error, Result};
use crate::object::Call;
use crate::object::cx::not_configured;
use crate::object::{Change, CreateCx, Cx, MoveSource, PlanCx, Private, Provider, Resource, State};
use crate::schema::{self, Args as _, Attribute, Computed as _, Fields as _, FixedSchema, Schema};
use crate::value::{Dynamic, Path, Refinements, Type, ValueError};

/// What a plan is about, untyped.
#[derive(Debug)]
pub(crate) struct RawChange {
    pub(crate) config: Dynamic,
    pub(crate) prior: Dynamic,
    /// `None` as long as it is the prior object, which need not be copied then: most plans change nothing.
    pub(crate) planned: Option<Dynamic>,
    pub(crate) replace: BTreeSet<Path>,
    /// The values that a handler has decided.
    pub(crate) told: BTreeMap<Path, Dynamic>,
    /// What a handler has promised about values that are known after apply.
    pub(crate) promised: BTreeMap<Path, Refinements>,
}

impl RawChange {
    pub(crate) fn new(config: Dynamic, prior: Dynamic, planned: Option<Dynamic>) -> Self {
        let (replace, told, promised) = (BTreeSet::new(), BTreeMap::new(), BTreeMap::new());
        RawChange { config, prior, planned, replace, told, promised }
    }

    pub(crate) fn planned(&self) -> &Dynamic {
        self.planned.as_ref().unwrap_or(&self.prior)
    }

    pub(crate) fn planned_mut(&mut self) -> &mut Dynamic {
        self.planned.get_or_insert_with(|| self.prior.clone())
    }
}

/// A resource without its types. Objects are maps of all attributes of the struct in question.
pub(crate) trait AnyResource: AnyObject {
    fn identity(&self) -> &[Attribute];
    fn identity_type(&self) -> &Type;
    fn plan<'a>(&'a self, call: &'a Call, change: &'a mut RawChange) -> BoxFuture<'a, Result<()>>;
    fn plan_delete<'a>(&'a self, call: &'a Call, prior: &'a Dynamic) -> BoxFuture<'a, Result<()>>;
    /// Answers the computed attributes.
    fn create<'a>(&'a self, call: &'a Call, args: &'a Dynamic) -> BoxFuture<'a, Result<Dynamic>>;
    /// Answers the whole object; `prior` is null when the state holds no whole one.
    fn read<'a>(
        &'a self,
        call: &'a Call,
        id: &'a Dynamic,
        prior: &'a Dynamic,
    ) -> BoxFuture<'a, Result<Option<Dynamic>>>;
    /// Answers the whole object that was attempted before, if there is one.
    fn find<'a>(&'a self, call: &'a Call, args: &'a Dynamic) -> BoxFuture<'a, Result<Option<Dynamic>>>;
    /// Answers the computed attributes.
    fn update<'a>(
        &'a self,
        call: &'a Call,
        id: &'a Dynamic,
        prior: &'a Dynamic,
        args: &'a Dynamic,
    ) -> BoxFuture<'a, Result<Dynamic>>;
    /// Whether this is a whole object, as other handlers need it: where it is not, the first attribute that it lacks.
    fn whole(&self, object: &Dynamic) -> Result<(), ValueError>;
    /// Whether there is a `find`.
    fn finds(&self) -> bool;
    /// The arguments as the handlers' type holds them: a number perhaps with fewer digits. Null if it holds none of that kind.
    fn held(&self, args: &Dynamic) -> Dynamic;
    fn delete<'a>(&'a self, call: &'a Call, id: &'a Dynamic, prior: &'a Dynamic)
    -> BoxFuture<'a, Result<()>>;
    /// Answers the error of an import whose object does not exist; an error of its own where it cannot say.
    fn missing(&self, call: &Call, id: &Dynamic) -> Result<Error>;
    /// Answers the identity.
    fn import<'a>(&'a self, call: &'a Call, text: &'a str) -> BoxFuture<'a, Result<Dynamic>>;
    fn upgrade(&self, version: u32, json: &[u8]) -> Option<Result<Dynamic>>;
    /// The versions of stored states, and those of stored identities, that can be upgraded.
    fn older_versions(&self) -> [Vec<u32>; 2];
    fn identity_version(&self) -> u32;
    fn upgrade_identity(&self, version: u32, json: &[u8]) -> Option<Result<Dynamic>>;
    /// The object, with its private values, out of one of another type.
    fn moved(&self, source: &MoveSource<'_>) -> Option<Result<(Dynamic, Private)>>;
}

pub(in crate::object) struct ErasedResource<R> {
    type_name: String,
    schema: FixedSchema,
    mismatches: Vec<String>,
    /// How many attributes come from the two structs; `timeouts` follows them.
    fields: usize,
    identity: Vec<Attribute>,
    identity_type: Type,
    resource: PhantomData<fn() -> R>,
}

impl<R: Resource> ErasedResource<R> {
    pub(in crate::object) fn new() -> Self {
        const {
            let (args, computed) = (R::Args::FIELDS, R::Computed::FIELDS);
            schema::check_names(args, computed, R::Computed::FOLLOWS, R::Id::FIELDS);
            schema::check_pairs(args, computed);
            schema::check_outcomes(computed);
        }
        let (args, computed) = (R::Args::attributes(), R::Computed::attributes());
        let mismatches = schema::mismatches(&args, &computed);
        let mut attributes = schema::merge(args, computed);
        let fields = attributes.len();
        attributes.extend(R::Args::TIMEOUTS.attribute());
        let mut identity = R::Id::attributes();
        for part in identity.iter_mut().filter(|part| part.description.is_empty()) {
            if let Some(attribute) = attributes.iter().find(|attribute| attribute.name == part.name) {
                part.description.clone_from(&attribute.description);
            }
        }
        ErasedResource {
            fields,
            mismatches,
            type_name: format!("{}_{}", <R::Provider as Provider>::NAME, R::NAME),
            schema: FixedSchema::from(Schema {
                version: R::Args::VERSION,
                description: R::Args::DESCRIPTION.to_owned(),
                deprecated: R::Args::DEPRECATED.map(str::to_owned),
                attributes,
            }),
            identity_type: schema::object_type(&identity),
            identity,
            resource: PhantomData,
        }
    }

    /// What a handler has read of an object that the state has as `prior`, without making the schema anew: reads are the most
    /// frequent calls that answer with one.
    fn object(&self, state: &State<R>, prior: &Dynamic) -> Result<Dynamic> {
        let judged = |prior: &Dynamic| {
            let (said, answered) = (state.args.to_object(), state.computed.to_object());
            schema::combine_read(self.both(), Dynamic::Map(said), Dynamic::Map(answered), prior)
        };
        let (object, undecided) = judged(prior);
        if undecided.is_empty() {
            return Ok(object);
        }
        // The structs may hold what the state has with fewer digits.
        let held = self::state::<R>(prior).map(|prior| put_together(self.both(), &prior));
        let (object, undecided) = judged(held.as_ref().unwrap_or(prior));
        let Some(path) = undecided.into_iter().next() else { return Ok(object) };
        Err(Error::new(
            "The provider has a bug: it answered two values for one attribute",
            format!(
                "What it read of {} has one value of {path} among the arguments and another one among the computed attributes. \
                 The state has neither, so nothing tells which one is true.\n\nPlease report this with the configuration of \
                 the object.",
                self.type_name
            ),
        )
        .at(path))
    }

    /// The attributes of the two structs.
    fn both(&self) -> &[Attribute] {
        self.schema.attributes.get(..self.fields).unwrap_or(&self.schema.attributes)
    }

    fn cx<'a>(&'a self, call: &'a Call) -> Result<Cx<'a, R>> {
        match call.client::<R::Provider>() {
            Some(client) => Ok(Cx::new(client, call, self.both())),
            None => Err(not_configured(&self.type_name)),
        }
    }
}

impl<R: Resource> ErasedResource<R> {
    /// Runs a handler, then asks the provider how it went.
    async fn remarked<T>(call: &Call, cx: &Cx<'_, R>, handler: impl Future<Output = Result<T>>) -> Result<T> {
        let result = handler.await;
        call.remark::<R::Provider>(&cx.client);
        result
    }
}

/// The whole object of a state. Where both structs have an attribute, what the provider answered counts.
pub(in crate::object) fn whole<R: Resource>(state: &State<R>) -> Dynamic {
    put_together(&whole_attributes::<R>(), state)
}

/// The attributes of a whole object.
pub(in crate::object) fn whole_attributes<R: Resource>() -> Vec<Attribute> {
    schema::merge(R::Args::attributes(), R::Computed::attributes())
}

/// [`whole`] for many objects, given [`whole_attributes`].
pub(in crate::object) fn put_together<R: Resource>(attributes: &[Attribute], state: &State<R>) -> Dynamic {
    let (said, answered) = (state.args.to_object(), state.computed.to_object());
    schema::combine(attributes, Dynamic::Map(said), Dynamic::Map(answered))
}

fn state<R: Resource>(object: &Dynamic) -> Result<State<R>, ValueError> {
    Ok(State { args: R::Args::from_object(object)?, computed: R::Computed::from_object(object)? })
}

any_object!(Resource as ErasedResource<T>, T::Provider, T::Args, T::validate);

impl<R: Resource> AnyResource for ErasedResource<R> {
    fn identity_type(&self) -> &Type {
        &self.identity_type
    }

    fn identity(&self) -> &[Attribute] {
        &self.identity
    }

    fn plan<'a>(&'a self, call: &'a Call, change: &'a mut RawChange) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let cx = PlanCx::new(call);
            let planned = R::plan(&cx, &mut Change::new(change)).await;
            cx.remark();
            planned
        })
    }

    fn plan_delete<'a>(&'a self, call: &'a Call, prior: &'a Dynamic) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let cx = PlanCx::new(call);
            let planned = match state::<R>(prior) {
                Ok(prior) if !call.is_unconfirmed() => R::plan_delete(&cx, &prior).await,
                _ => match R::Args::from_object(prior) {
                    Ok(args) => R::plan_delete_unclear(&cx, &args).await,
                    // Less than the arguments: nothing to say about it that delete would not.
                    Err(_) => Ok(()),
                },
            };
            cx.remark();
            planned
        })
    }

    fn create<'a>(&'a self, call: &'a Call, args: &'a Dynamic) -> BoxFuture<'a, Result<Dynamic>> {
        Box::pin(async move {
            let (cx, args) = (CreateCx::new(self.cx(call)?), R::Args::from_object(args)?);
            let computed = Self::remarked(call, &cx, R::create(&cx, &args)).await?;
            Ok(Dynamic::Map(computed.to_object()))
        })
    }

    fn read<'a>(
        &'a self,
        call: &'a Call,
        id: &'a Dynamic,
        prior: &'a Dynamic,
    ) -> BoxFuture<'a, Result<Option<Dynamic>>> {
        Box::pin(async move {
            let (cx, id) = (self.cx(call)?, R::Id::from_object(id)?);
            let known = if prior.is_null() { None } else { Some(state::<R>(prior)?) };
            let found = Self::remarked(call, &cx, R::read(&cx, &id, known)).await?;
            found.as_ref().map(|found| self.object(found, prior)).transpose()
        })
    }

    fn find<'a>(&'a self, call: &'a Call, args: &'a Dynamic) -> BoxFuture<'a, Result<Option<Dynamic>>> {
        Box::pin(async move {
            let (cx, known) = (self.cx(call)?, R::Args::from_object(args)?);
            let found = Self::remarked(call, &cx, R::find(&cx, &known)).await?;
            found.as_ref().map(|found| self.object(found, args)).transpose()
        })
    }

    fn update<'a>(
        &'a self,
        call: &'a Call,
        id: &'a Dynamic,
        prior: &'a Dynamic,
        args: &'a Dynamic,
    ) -> BoxFuture<'a, Result<Dynamic>> {
        Box::pin(async move {
            let (id, prior, args) =
                (R::Id::from_object(id)?, state::<R>(prior)?, R::Args::from_object(args)?);
            let cx = self.cx(call)?;
            let computed = Self::remarked(call, &cx, R::update(&cx, &id, &prior, &args)).await?;
            Ok(Dynamic::Map(computed.to_object()))
        })
    }

    fn finds(&self) -> bool {
        R::FINDS
    }

    fn held(&self, args: &Dynamic) -> Dynamic {
        R::Args::from_object(args).map_or(Dynamic::Null, |args| Dynamic::Map(args.to_object()))
    }

    fn whole(&self, object: &Dynamic) -> Result<(), ValueError> {
        state::<R>(object).map(drop)
    }

    fn delete<'a>(
        &'a self,
        call: &'a Call,
        id: &'a Dynamic,
        prior: &'a Dynamic,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let (cx, id, prior) = (self.cx(call)?, R::Id::from_object(id)?, state::<R>(prior)?);
            Self::remarked(call, &cx, R::delete(&cx, &id, &prior)).await
        })
    }

    fn missing(&self, call: &Call, id: &Dynamic) -> Result<Error> {
        Ok(R::missing(&self.cx(call)?, &R::Id::from_object(id)?))
    }

    fn import<'a>(&'a self, call: &'a Call, text: &'a str) -> BoxFuture<'a, Result<Dynamic>> {
        Box::pin(async move {
            let cx = self.cx(call)?;
            let id = Self::remarked(call, &cx, R::import(&cx, text)).await?;
            Ok(Dynamic::Map(id.to_object()))
        })
    }

    fn upgrade(&self, version: u32, json: &[u8]) -> Option<Result<Dynamic>> {
        R::upgrades().apply(version, json)
    }

    fn older_versions(&self) -> [Vec<u32>; 2] {
        [R::upgrades().versions(), R::identity_upgrades().versions()]
    }

    fn identity_version(&self) -> u32 {
        <R::Id as crate::schema::Identity>::VERSION
    }

    fn upgrade_identity(&self, version: u32, json: &[u8]) -> Option<Result<Dynamic>> {
        R::identity_upgrades().apply(version, json)
    }

    fn moved(&self, source: &MoveSource<'_>) -> Option<Result<(Dynamic, Private)>> {
        R::moves().apply(source)
    }
}
