//! An example provider with one object of every kind: a library whose books are files in a folder.
//!
//! `cargo run --example library -- --help` says how such a program is started. The conformance tests
//! (`tests/conformance/`) drive it with the real Terraform; read it as the shortest whole provider.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tfplug::schema::len;
use tfplug::{
    Action, ActionCx, Args, At as _, CallCx, Change, Computed, ConfigureCx, CreateCx, Cx, DataSource,
    EphemeralResource, Error, Function, FunctionError, Identity, List, ListSink, Moves, Opened, PlanCx,
    Provider, Registry, Renewed, Resource, Result, Sensitive, State, Upgrades, Value, WriteOnly,
};

pub(crate) fn main() -> ExitCode {
    tfplug::serve::<Library>()
}

/// A library in a folder.
#[derive(Args)]
struct LibraryArgs {
    /// Folder that holds the books.
    #[attr(env = "LIBRARY_FOLDER")]
    folder: Option<String>,
}

/// What modules may say about themselves.
#[derive(Args)]
struct MetaArgs {
    /// Who wrote the module.
    author: Option<String>,
}

/// The shelves: one JSON file a book.
#[derive(Clone)]
struct Shelves(PathBuf);

/// A book as it is stored.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Book {
    title: String,
    #[serde(default)]
    pages: Option<i64>,
    #[serde(default)]
    tags: BTreeSet<String>,
    #[serde(default)]
    chapters: Vec<(String, i64)>,
    #[serde(default)]
    lock: Option<String>,
    #[serde(default)]
    added_by: Option<String>,
}

impl Shelves {
    fn file(&self, id: &str) -> PathBuf {
        self.0.join(format!("{id}.json"))
    }

    fn get(&self, id: &str) -> Result<Option<Book>> {
        match std::fs::read(self.file(id)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn put(&self, id: &str, book: &Book) -> Result<()> {
        Ok(std::fs::write(self.file(id), serde_json::to_vec(book)?)?)
    }

    fn ids(&self) -> Result<Vec<String>> {
        let mut ids = Vec::new();
        for entry in std::fs::read_dir(&self.0)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                ids.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
            }
        }
        ids.sort();
        Ok(ids)
    }

    /// Notes what happened, so that a test can see it.
    fn note(&self, line: &str) -> Result<()> {
        use std::io::Write as _;
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.0.join("log"));
        // One write, because Terraform makes calls side by side, and their lines must not mix.
        Ok(log?.write_all(format!("{line}\n").as_bytes())?)
    }
}

/// The provider.
struct Library;

impl Provider for Library {
    const NAME: &str = "library";
    const ADDRESS: &'static str = "registry.terraform.io/example/library";
    const VERSION: &'static str = "0.0.1";
    const LOG_TARGETS: &'static [&'static str] = &["library"];

    type Args = LibraryArgs;
    type Client = Shelves;

    async fn configure(_: &ConfigureCx<'_>, args: LibraryArgs) -> Result<Shelves> {
        match args.folder {
            Some(folder) => Ok(Shelves(folder.into())),
            None => Err(Error::new("No folder", "Set `folder` or LIBRARY_FOLDER.").at(LibraryArgs::FOLDER)),
        }
    }

    fn register(registry: &mut Registry<Self>) {
        registry
            .resource::<BookResource>()
            .list_resource::<BookResource>()
            .data_source::<Catalogue>()
            .function::<Shout>()
            .function::<Longest>()
            .ephemeral_resource::<Key>()
            .action::<Dust>()
            .meta::<MetaArgs>();
    }
}

/// A book.
#[derive(Args)]
#[args(version = 1, timeouts(create = "1m"))]
struct BookArgs {
    /// What it is called.
    #[attr(check = len(1..=80))]
    title: String,
    /// Which shelf mark it has; given by the library where left out.
    #[attr(replace)]
    mark: Option<String>,
    /// How thick it is.
    pages: Option<i64>,
    /// What it is about.
    tags: Option<BTreeSet<String>>,
    /// What it consists of.
    #[attr(block)]
    chapter: Vec<ChapterArgs>,
    /// Opens the case it stands in.
    lock: Option<WriteOnly<String>>,
    /// Raise it to change the lock.
    lock_version: Option<i64>,
}

/// A chapter.
#[derive(Args)]
struct ChapterArgs {
    /// What it is called.
    heading: String,
    /// Where it begins.
    #[attr(default = 1)]
    page: i64,
}

/// What the library says.
#[derive(Computed)]
struct BookComputed {
    /// Names the book for ever.
    #[attr(keep)]
    id: String,
    /// Shelf mark.
    #[attr(keep)]
    mark: String,
    /// Title in the catalogue's spelling.
    #[attr(follows(title))]
    heading: String,
    /// Who added it, if the module says so.
    #[attr(keep)]
    added_by: Option<String>,
}

/// Names a book.
#[derive(Clone, Debug, Identity)]
struct BookId {
    /// Shelf mark.
    id: String,
}

/// Books of schema version 0 had a `name`.
#[derive(Deserialize)]
struct BookV0 {
    id: String,
    name: String,
}

/// What `terraform_data` stores, as far as a book can come of it.
#[derive(Deserialize)]
struct Data {
    output: Option<Open>,
}

/// A value of open type, as states hold it.
#[derive(Deserialize)]
struct Open {
    value: String,
}

struct BookResource;

impl Resource for BookResource {
    const NAME: &str = "book";

    type Provider = Library;
    type Id = BookId;
    type Args = BookArgs;
    type Computed = BookComputed;

    async fn plan(_: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        if change.is_create()
            && let (Value::Null, Value::Known(title)) =
                (change.config(BookArgs::MARK), change.planned(BookArgs::TITLE))
        {
            change.fill(BookComputed::MARK, mark(&title));
        }
        Ok(())
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &BookArgs) -> Result<BookComputed> {
        let id = args.mark.clone().unwrap_or_else(|| mark(&args.title));
        if cx.client.get(&id)?.is_some() {
            return Err(Error::new("The mark is taken", format!("There is a book {id} already.")))
                .at(BookArgs::MARK);
        }
        let added_by = cx.meta::<MetaArgs>().and_then(|meta| meta.author);
        let book =
            Book { added_by, lock: args.lock.as_ref().and_then(WriteOnly::get).cloned(), ..stored(args) };
        cx.client.put(&id, &book)?;
        cx.created(&BookId { id: id.clone() });
        Ok(state(id, book).computed)
    }

    async fn read(cx: &Cx<'_, Self>, id: &BookId, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        let found = cx.client.get(&id.id)?.map(|book| state(id.id.clone(), book));
        Ok(found.map(|mut found| {
            if let Some(State { args: prior, .. }) = prior {
                found.args.lock_version = prior.lock_version;
                // The file has no tags either way: `[]` stays `[]`, and what was left out stays so.
                found.args.tags = found.args.tags.or(prior.tags.filter(BTreeSet::is_empty));
            }
            found
        }))
    }

    async fn update(
        cx: &Cx<'_, Self>,
        id: &BookId,
        prior: &State<Self>,
        args: &BookArgs,
    ) -> Result<BookComputed> {
        let before = cx.client.get(&id.id)?.unwrap_or_default();
        let locked = if args.lock_version == prior.args.lock_version {
            before.lock
        } else {
            args.lock.as_ref().and_then(WriteOnly::get).cloned()
        };
        let book = Book { lock: locked, added_by: before.added_by, ..stored(args) };
        cx.client.put(&id.id, &book)?;
        Ok(state(id.id.clone(), book).computed)
    }

    async fn delete(cx: &Cx<'_, Self>, id: &BookId, _: &State<Self>) -> Result<()> {
        match std::fs::remove_file(cx.client.file(&id.id)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn upgrades() -> Upgrades<Self> {
        Upgrades::none().from(0, |old: BookV0| Ok(state(old.id, Book { title: old.name, ..Book::default() })))
    }

    fn moves() -> Moves<Self> {
        Moves::none().from("builtin/terraform", "terraform_data", 0, |old: Data| {
            let Some(Open { value: title }) = old.output else {
                return Err(Error::new("No title", "The `terraform_data` has no text in `output`."));
            };
            Ok(state(mark(&title), Book { title, ..Book::default() }))
        })
    }
}

fn mark(title: &str) -> String {
    title.to_lowercase().replace(' ', "-")
}

fn stored(args: &BookArgs) -> Book {
    Book {
        title: args.title.clone(),
        pages: args.pages,
        tags: args.tags.clone().unwrap_or_default(),
        chapters: args.chapter.iter().map(|chapter| (chapter.heading.clone(), chapter.page)).collect(),
        ..Book::default()
    }
}

fn state(id: String, book: Book) -> State<BookResource> {
    State {
        computed: BookComputed {
            mark: id.clone(),
            heading: book.title.to_uppercase(),
            added_by: book.added_by,
            id: id.clone(),
        },
        args: BookArgs {
            title: book.title,
            mark: Some(id),
            pages: book.pages,
            tags: Some(book.tags).filter(|tags| !tags.is_empty()),
            chapter: book.chapters.into_iter().map(|(heading, page)| ChapterArgs { heading, page }).collect(),
            lock: None,
            lock_version: None,
        },
    }
}

/// Which books to list.
#[derive(Args)]
struct Shelf {
    /// Beginning of the marks.
    prefix: Option<String>,
}

impl List for BookResource {
    type Filter = Shelf;

    async fn list(cx: &CallCx<'_, Library>, filter: &Shelf, sink: &ListSink<Self>) -> Result<()> {
        for id in cx.client.ids()? {
            if id.starts_with(filter.prefix.as_deref().unwrap_or_default())
                && let Some(book) = cx.client.get(&id)?
            {
                let title = book.title.clone();
                sink.send(title, &BookId { id: id.clone() }, &state(id, book)).await?;
            }
        }
        Ok(())
    }
}

/// All books of the library.
#[derive(Args)]
struct CatalogueArgs {
    /// Only those that are at least that thick.
    #[attr(default = 0)]
    at_least: i64,
}

/// What the catalogue says.
#[derive(Computed)]
#[computed(data)]
struct CatalogueComputed {
    /// Titles by mark.
    titles: BTreeMap<String, String>,
}

struct Catalogue;

impl DataSource for Catalogue {
    const NAME: &str = "catalogue";

    type Provider = Library;
    type Args = CatalogueArgs;
    type Computed = CatalogueComputed;

    async fn read(cx: &CallCx<'_, Library>, args: &CatalogueArgs) -> Result<CatalogueComputed> {
        let mut titles = BTreeMap::new();
        for id in cx.client.ids()? {
            if let Some(book) = cx.client.get(&id)?
                && book.pages.unwrap_or(0) >= args.at_least
            {
                titles.insert(id, book.title);
            }
        }
        Ok(CatalogueComputed { titles })
    }
}

/// Says it loudly.
#[derive(Args)]
struct ShoutArgs {
    /// What to say.
    text: Option<String>,
    /// How loudly, at most 3.
    #[attr(variadic)]
    marks: Vec<i64>,
}

struct Shout;

impl Function for Shout {
    const NAME: &str = "shout";
    const SUMMARY: &'static str = "Text in capitals, with exclamation marks";

    type Provider = Library;
    type Args = ShoutArgs;
    type Output = String;

    fn call(args: ShoutArgs) -> Result<String, FunctionError> {
        let marks: i64 = args.marks.iter().sum();
        let Ok(marks @ 0..=3) = usize::try_from(marks) else {
            return Err(FunctionError::new("Nobody can shout that loudly.").at(ShoutArgs::MARKS));
        };
        Ok(format!("{}{}", args.text.unwrap_or_default().to_uppercase(), "!".repeat(marks)))
    }
}

/// Finds the longest.
#[derive(Args)]
struct LongestArgs {
    /// Texts, which may not be known yet.
    texts: Value<Vec<String>>,
}

struct Longest;

impl Function for Longest {
    const NAME: &str = "longest";
    const SUMMARY: &'static str = "The longest of some texts";

    type Provider = Library;
    type Args = LongestArgs;
    type Output = Value<String>;

    fn call(args: LongestArgs) -> Result<Value<String>, FunctionError> {
        Ok(match args.texts {
            Value::Known(texts) => {
                texts.into_iter().max_by_key(String::len).map_or(Value::Null, Value::Known)
            }
            Value::Null => Value::Null,
            Value::Unknown => Value::Unknown,
        })
    }
}

/// A key to the cases, good for one run.
#[derive(Args)]
struct KeyArgs {
    /// Who takes it.
    reader: String,
}

/// The key.
#[derive(Computed)]
#[computed(data)]
struct KeyComputed {
    /// What opens the cases.
    code: Sensitive<String>,
}

struct Key;

impl EphemeralResource for Key {
    const NAME: &str = "key";

    type Provider = Library;
    type Args = KeyArgs;
    type Computed = KeyComputed;
    type Handle = String;

    async fn open(cx: &CallCx<'_, Library>, args: &KeyArgs) -> Result<Opened<Self>> {
        cx.client.note(&format!("opened for {}", args.reader))?;
        Ok(Opened {
            computed: KeyComputed { code: Sensitive::new(format!("key-of-{}", args.reader)) },
            handle: args.reader.clone(),
            renew_after: Some(Duration::from_millis(50)),
        })
    }

    async fn renew(cx: &CallCx<'_, Library>, handle: String) -> Result<Renewed<Self>> {
        cx.client.note(&format!("renewed for {handle}"))?;
        Ok(Renewed { handle, renew_after: None })
    }

    async fn close(cx: &CallCx<'_, Library>, handle: String) -> Result<()> {
        cx.client.note(&format!("closed for {handle}"))
    }
}

/// Cleans a shelf.
#[derive(Args)]
struct DustArgs {
    /// Which shelf.
    shelf: String,
}

struct Dust;

impl Action for Dust {
    const NAME: &str = "dust";

    type Provider = Library;
    type Args = DustArgs;

    async fn invoke(cx: &ActionCx<'_, Library>, args: &DustArgs) -> Result<()> {
        cx.progress(format!("dusting {}", args.shelf)).await;
        if args.shelf == "restricted" {
            return Err(Error::new("No entry", "The restricted shelf is not dusted.").at(DustArgs::SHELF));
        }
        cx.client.note(&format!("dusted {}", args.shelf))
    }
}
