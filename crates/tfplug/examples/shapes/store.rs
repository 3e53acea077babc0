//! Where objects are remembered, and what all resources but one are: arguments, and an answer computed from them.

use std::io::Write as _;
use std::marker::PhantomData;
use std::path::PathBuf;

use tfplug::value::{Type, json};
use tfplug::{Args, Computed, CreateCx, Cx, Dynamic, Fields, Identity, Resource, Result, State};

use super::Shapes;

/// A folder of JSON files, one an object.
#[derive(Clone)]
pub(crate) struct Shelf(PathBuf);

impl Shelf {
    pub(crate) fn new(folder: impl Into<PathBuf>) -> Self {
        Shelf(folder.into())
    }

    /// Notes what happened.
    pub(crate) fn note(&self, line: &str) -> Result<()> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.0.join("log"));
        // One write, because Terraform makes calls side by side, and their lines must not mix.
        Ok(log?.write_all(format!("{line}\n").as_bytes())?)
    }

    fn file(&self, id: &str) -> PathBuf {
        self.0.join(format!("{id}.json"))
    }

    /// The first of `name-1`, `name-2`, … that is free, taken.
    pub(crate) fn take(&self, name: &str) -> Result<String> {
        let mut number = 1;
        loop {
            let id = format!("{name}-{number}");
            match std::fs::File::create_new(self.file(&id)) {
                Ok(_) => return Ok(id),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub(crate) fn put<A: Args>(&self, id: &str, args: &A) -> Result<()> {
        let bytes = json::encode(&Dynamic::Map(args.to_object()), &object::<A>())?;
        Ok(std::fs::write(self.file(id), bytes)?)
    }

    pub(crate) fn get<A: Args>(&self, id: &str) -> Result<Option<A>> {
        match std::fs::read(self.file(id)) {
            Ok(bytes) => Ok(Some(A::from_object(&json::decode_state(&bytes, &object::<A>())?)?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn remove(&self, id: &str) -> Result<()> {
        match std::fs::remove_file(self.file(id)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Ids of the objects of a type, in order.
    pub(crate) fn ids(&self, name: &str) -> Result<Vec<String>> {
        let mut ids = Vec::new();
        for entry in std::fs::read_dir(&self.0)? {
            let path = entry?.path();
            let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            if path.extension().is_some_and(|extension| extension == "json") && stem.starts_with(name) {
                ids.push(stem);
            }
        }
        ids.sort();
        Ok(ids)
    }
}

/// The type of the objects of a struct, so that values of open type are remembered with theirs.
fn object<A: Fields>() -> Type {
    Type::Object(A::attributes().iter().map(|attribute| (attribute.name.clone(), attribute.ty())).collect())
}

/// A resource whose answer is computed from its arguments.
pub(crate) trait Shape: Send + Sync + 'static {
    const NAME: &'static str;
    type Args: Args;
    type Computed: Computed;

    /// What the remote side says of an object.
    fn answer(id: &str, args: &Self::Args) -> Self::Computed;

    /// The arguments as the remote side spells them.
    fn respelled(args: Self::Args) -> Result<Self::Args> {
        Ok(args)
    }
}

/// Names an object.
#[derive(Clone, Debug, Identity)]
pub(crate) struct ById {
    /// Type and number.
    pub(super) id: String,
}

/// The resource of a shape.
pub(crate) struct Shaped<S>(PhantomData<S>);

impl<S: Shape> Resource for Shaped<S> {
    const NAME: &'static str = S::NAME;
    type Provider = Shapes;
    type Id = ById;
    type Args = S::Args;
    type Computed = S::Computed;

    async fn create(cx: &CreateCx<'_, Self>, args: &S::Args) -> Result<S::Computed> {
        let id = cx.client.take(S::NAME)?;
        cx.created(&ById { id: id.clone() });
        cx.client.put(&id, args)?;
        Ok(S::answer(&id, args))
    }

    async fn read(cx: &Cx<'_, Self>, id: &ById, _: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let Some(args) = cx.client.get::<S::Args>(&id.id)? else { return Ok(None) };
        let computed = S::answer(&id.id, &args);
        Ok(Some(State { args: S::respelled(args)?, computed }))
    }

    async fn update(cx: &Cx<'_, Self>, id: &ById, _: &State<Self>, args: &S::Args) -> Result<S::Computed> {
        cx.client.put(&id.id, args)?;
        Ok(S::answer(&id.id, args))
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ById, _: &State<Self>) -> Result<()> {
        cx.client.remove(&id.id)
    }
}
