//! The provider of generated resources: as many resource types as there are shapes, each an honest one unless its shape
//! has a handler lie.
//!
//! Resource types are Rust types, so there is a fixed number of them; what each looks like is looked up when it is asked
//! for, in the thread that tests or in the process that Terraform has started.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use serde_json::value::RawValue;
use tfplug::schema::{ArgKey, Attribute, merge};
use tfplug::value::{Dynamic, Type, ValueError, json};
use tfplug::{
    Args, Change, Computed, ConfigureCx, CreateCx, Cx, Error, Fields, Identity, PlanCx, Provider, Registry,
    Resource, Result, State, Upgrades,
};

use crate::remote::{Remote, part, respelled, settled};
use crate::shape::{self, Field};

/// What one resource type is.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) fields: Vec<Field>,
    pub(crate) lie: Option<HandlerLie>,
    pub(crate) fault: Option<Fault>,
}

/// Where the first change of a kind fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Before the object is there, or after.
    Create { half_done: bool },
    /// The answer never comes, and the object is there or not.
    Attempt { half_done: bool },
    /// Before the object has changed, or after.
    Update { half_done: bool },
    /// Before the object is gone.
    Delete,
}

/// A promise that a handler breaks. Handlers can break few of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandlerLie {
    /// A plan fills in an argument that the configuration leaves out.
    PlansArgument,
    /// A created object has no known id.
    LeavesUnknown,
    /// A created object has an id of another type.
    AnswersOtherType,
    /// An update changes what the plan has promised to keep.
    ChangesKept,
    /// An update loses what the plan has promised to keep.
    LosesKept,
    /// A read finds another object.
    ReadsOther,
}

pub(crate) const HANDLER_LIES: &[HandlerLie] = &[
    HandlerLie::PlansArgument,
    HandlerLie::LeavesUnknown,
    HandlerLie::AnswersOtherType,
    HandlerLie::ChangesKept,
    HandlerLie::LosesKept,
    HandlerLie::ReadsOther,
];

thread_local! {
    static TESTED: RefCell<Vec<Arc<Shape>>> = const { RefCell::new(Vec::new()) };
}
static SERVED: OnceLock<Vec<Arc<Shape>>> = OnceLock::new();

/// Makes these the resource types of the provider in this thread.
pub(crate) fn test(shapes: Vec<Shape>) {
    TESTED.replace(shapes.into_iter().map(Arc::new).collect());
}

/// Makes these the resource types of the provider in this process.
pub(crate) fn serve(shapes: Vec<Shape>) {
    SERVED.get_or_init(|| shapes.into_iter().map(Arc::new).collect());
}

fn shapes() -> Vec<Arc<Shape>> {
    SERVED.get().cloned().unwrap_or_else(|| TESTED.with_borrow(Clone::clone))
}

macro_rules! slots {
    ($($slot:literal $name:literal),* $(,)?) => {
        /// Names of the resource types, without the provider's prefix.
        pub(crate) const NAMES: &[&str] = &[$($name),*];

        fn register(registry: &mut Registry<Generated>, count: usize) {
            $(if $slot < count {
                registry.resource::<Slot<$slot>>();
            })*
        }
    };
}

slots![
    0 "t00", 1 "t01", 2 "t02", 3 "t03", 4 "t04", 5 "t05", 6 "t06", 7 "t07", 8 "t08", 9 "t09", 10 "t10", 11 "t11",
    12 "t12", 13 "t13", 14 "t14", 15 "t15", 16 "t16", 17 "t17", 18 "t18", 19 "t19", 20 "t20", 21 "t21", 22 "t22",
    23 "t23",
];

/// The provider.
pub(crate) struct Generated;

/// Where objects are.
#[derive(Args)]
pub(crate) struct GeneratedArgs {
    /// Folder with the objects; without it they are in memory.
    pub folder: Option<String>,
}

impl Provider for Generated {
    const NAME: &'static str = "gen";
    const ADDRESS: &'static str = "example.com/example/gen";
    const VERSION: &'static str = "0.0.0";
    const LOG_TARGETS: &'static [&'static str] = &[];
    type Args = GeneratedArgs;
    type Client = Remote;

    async fn configure(_: &ConfigureCx<'_>, args: GeneratedArgs) -> Result<Remote> {
        Ok(Remote { folder: args.folder.map(Into::into) })
    }

    fn register(registry: &mut Registry<Self>) {
        register(registry, shapes().len());
    }
}

/// A generated resource.
pub(crate) struct Slot<const N: usize>;

/// One half of an object.
macro_rules! half {
    ($name:ident, $attributes:path) => {
        pub(crate) struct $name<const N: usize>(Dynamic);

        impl<const N: usize> Fields for $name<N> {
            const DESCRIPTION: &'static str = "Generated.";

            fn attributes() -> Vec<Attribute> {
                $attributes(&shapes()[N].fields)
            }

            fn from_object(object: &Dynamic) -> Result<Self, ValueError> {
                Ok($name(object.clone()))
            }

            fn to_object(&self) -> BTreeMap<String, Dynamic> {
                part(&Self::attributes(), &self.0)
            }
        }
    };
}

half!(Said, shape::arguments);
half!(Answered, shape::answers);

impl<const N: usize> Args for Said<N> {
    const VERSION: u32 = 1;
}

impl<const N: usize> Computed for Answered<N> {}

/// Names an object.
#[derive(Identity, Clone, Debug)]
pub(crate) struct ById {
    /// Kind and number.
    pub id: String,
}

impl<const N: usize> Slot<N> {
    fn save(remote: &Remote, object: &Dynamic) -> Dynamic {
        let shape = &shapes()[N];
        let object = respelled(&shape.fields, object);
        remote.save(object.get("id").as_str().unwrap_or_default(), &object, &shape::ty(&shape.fields));
        object
    }

    fn state(object: Dynamic) -> State<Self> {
        State { args: Said(object.clone()), computed: Answered(object) }
    }
}

/// Terraform says of a failed delete nowhere else which resource it is about.
fn failure(name: &str) -> Error {
    Error::new("It failed", format!("As gen_{name} was to."))
}

fn set(object: &mut Dynamic, name: &str, value: Dynamic) {
    object.as_map_mut().unwrap().insert(name.to_owned(), value);
}

impl<const N: usize> Resource for Slot<N> {
    const NAME: &'static str = NAMES[N];
    type Provider = Generated;
    type Id = ById;
    type Args = Said<N>;
    type Computed = Answered<N>;

    async fn plan(_: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        if shapes()[N].lie == Some(HandlerLie::PlansArgument) {
            change.fill(ArgKey::<Said<N>, String>::new("note"), "made up".to_owned());
        }
        Ok(())
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &Said<N>) -> Result<Answered<N>> {
        let (shape, turn) = (shapes()[N].clone(), cx.client.turn(Self::NAME));
        let mut object = settled(&shape.fields, &args.0, &Dynamic::Null, turn);
        let id = format!("{}-{turn}", Self::NAME);
        set(&mut object, "id", id.clone().into());
        let fault = shape.fault.filter(|_| turn == 1);
        if fault == Some(Fault::Create { half_done: false }) {
            return Err(failure(Self::NAME));
        }
        if let Some(Fault::Attempt { half_done }) = fault {
            cx.attempted();
            if half_done {
                Self::save(&cx.client, &object);
            }
            return Err(failure(Self::NAME));
        }
        let mut object = Self::save(&cx.client, &object);
        if fault == Some(Fault::Create { half_done: true }) {
            cx.created(&ById { id });
            return Err(failure(Self::NAME));
        }
        match shape.lie {
            Some(HandlerLie::LeavesUnknown) => set(&mut object, "id", Dynamic::unknown()),
            Some(HandlerLie::AnswersOtherType) => set(&mut object, "id", Dynamic::List(Vec::new())),
            _ => {}
        }
        Ok(Answered(object))
    }

    async fn read(cx: &Cx<'_, Self>, id: &ById, _: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let shape = &shapes()[N];
        let mut found = cx.client.load(&id.id, &shape::ty(&shape.fields));
        if let Some(object) = &mut found
            && shape.lie == Some(HandlerLie::ReadsOther)
        {
            set(object, "id", "another".into());
        }
        Ok(found.map(Self::state))
    }

    async fn update(cx: &Cx<'_, Self>, _: &ById, prior: &State<Self>, args: &Said<N>) -> Result<Answered<N>> {
        let (shape, turn) = (shapes()[N].clone(), cx.client.turn(Self::NAME));
        let fault = shape.fault.filter(|_| turn == 2);
        if fault == Some(Fault::Update { half_done: false }) {
            return Err(failure(Self::NAME));
        }
        let mut object = Self::save(&cx.client, &settled(&shape.fields, &args.0, &prior.args.0, turn));
        if fault == Some(Fault::Update { half_done: true }) {
            cx.checkpoint(&Self::state(object));
            return Err(failure(Self::NAME));
        }
        match shape.lie {
            Some(HandlerLie::ChangesKept) => set(&mut object, "id", "another".into()),
            Some(HandlerLie::LosesKept) => set(&mut object, "id", Dynamic::Null),
            _ => {}
        }
        Ok(Answered(object))
    }

    const FINDS: bool = true;

    async fn find(cx: &Cx<'_, Self>, _: &Said<N>) -> Result<Option<State<Self>>> {
        let found = cx.client.load(&format!("{}-1", Self::NAME), &shape::ty(&shapes()[N].fields));
        Ok(found.map(Self::state))
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ById, _: &State<Self>) -> Result<()> {
        if shapes()[N].fault == Some(Fault::Delete) && cx.client.turn(&format!("{}.delete", Self::NAME)) == 1
        {
            return Err(failure(Self::NAME));
        }
        cx.client.delete(&id.id);
        Ok(())
    }

    fn upgrades() -> Upgrades<Self> {
        Upgrades::none().from(0, |stored: HashMap<String, Box<RawValue>>| {
            let fields = &shapes()[N].fields;
            let attributes = merge(shape::arguments(fields), shape::answers(fields));
            let entries = attributes.iter().map(|attribute| {
                let value = match stored.get(&attribute.name) {
                    Some(value) => json::decode_state(value.get().as_bytes(), &attribute.ty())?,
                    None => attribute.absent(),
                };
                Ok((attribute.name.clone(), value))
            });
            let entries: Result<BTreeMap<_, _>, ValueError> = entries.collect();
            entries.map(|entries| Self::state(Dynamic::Map(entries))).map_err(Error::from)
        })
    }
}

/// The type of the objects of a shape's identity.
pub(crate) fn identity_type() -> Type {
    tfplug::schema::object_type(&ById::attributes())
}
