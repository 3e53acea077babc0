//! What a plan call allocates, counted instead of timed: the same on every machine, whatever else it does.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::*;
use crate::schema::object_type;

struct Forms;

impl Provider for Forms {
    const ADDRESS: &'static str = "example.com/demo/forms";
    const VERSION: &'static str = "0.0.0";
    type Args = ();
    type Client = ();

    async fn configure(_: &ConfigureCx<'_>, _: ()) -> Result<()> {
        Ok(())
    }

    fn register(registry: &mut Registry<Self>) {
        registry.resource::<Form>().resource::<Book>();
    }
}

/// A form with eight arguments and four computed attributes, one of which follows an argument.
#[derive(tfplug_derive::Args, Clone)]
struct FormArgs {
    /// First.
    a: String,
    /// Second.
    b: Option<String>,
    /// Third.
    c: Option<String>,
    /// Fourth.
    d: Option<String>,
    /// Fifth.
    e: i64,
    /// Sixth.
    #[attr(default = false)]
    f: bool,
    /// Seventh.
    g: Option<Vec<String>>,
    /// Eighth.
    #[attr(replace)]
    h: Option<String>,
}

#[derive(tfplug_derive::Computed, Clone)]
struct FormComputed {
    /// Its number.
    #[attr(keep)]
    id: String,
    /// When it was made.
    #[attr(keep)]
    made: String,
    /// Where it is.
    #[attr(follows(a))]
    place: String,
    /// How often it was read.
    #[attr(keep)]
    reads: i64,
}

/// A book.
#[derive(tfplug_derive::Args, Clone)]
struct BookArgs {
    /// Pages by name.
    pages: BTreeMap<String, PageArgs>,
}

/// A page.
#[derive(tfplug_derive::Args, Clone)]
struct PageArgs {
    /// What it says.
    text: String,
    /// How often it is there.
    #[attr(default = 1)]
    copies: i64,
}

/// What is known of a book.
#[derive(tfplug_derive::Computed, Clone)]
struct BookComputed {
    /// Its number.
    #[attr(keep)]
    id: String,
    /// Pages by name.
    #[attr(keep)]
    pages: BTreeMap<String, PageComputed>,
}

/// What is known of a page.
#[derive(tfplug_derive::Computed, Clone)]
struct PageComputed {
    /// Where it is.
    #[attr(follows(text))]
    place: String,
}

macro_rules! resource {
    ($resource:ident, $name:literal, $args:ty, $computed:ty) => {
        struct $resource;

        impl Resource for $resource {
            const NAME: &'static str = $name;
            type Provider = Forms;
            type Id = ById;
            type Args = $args;
            type Computed = $computed;

            async fn create(cx: &CreateCx<'_, Self>, _: &$args) -> Result<$computed> {
                Err(cx.defer(Deferral::AbsentPrerequisite))
            }

            async fn read(
                _: &Cx<'_, Self>,
                _: &ById,
                prior: Option<State<Self>>,
            ) -> Result<Option<State<Self>>> {
                Ok(prior)
            }

            async fn update(_: &Cx<'_, Self>, _: &ById, prior: &State<Self>, _: &$args) -> Result<$computed> {
                Ok(prior.computed.clone())
            }

            async fn delete(_: &Cx<'_, Self>, _: &ById, _: &State<Self>) -> Result<()> {
                Ok(())
            }
        }
    };
}

resource!(Form, "form", FormArgs, FormComputed);
resource!(Book, "book", BookArgs, BookComputed);

fn form(title: &str, is_stored: bool) -> Dynamic {
    let text = |text: &str| Dynamic::from(text);
    let stored = |value: Dynamic| if is_stored { value } else { Dynamic::Null };
    let entries = [
        ("a", text(title)),
        ("b", text("second")),
        ("c", Dynamic::Null),
        ("d", text("fourth")),
        ("e", Dynamic::from(5)),
        ("f", stored(Dynamic::Bool(false))),
        ("g", Dynamic::List(vec![text("x"), text("y")])),
        ("h", text("eighth")),
        ("id", stored(text("1"))),
        ("made", stored(text("today"))),
        ("place", stored(text("shelf"))),
        ("reads", stored(Dynamic::from(3))),
    ];
    Dynamic::Map(entries.map(|(name, value)| (name.to_owned(), value)).into())
}

const PAGES: usize = 100;

/// A book of many pages, of which the first says this.
fn book(first: &str, is_stored: bool) -> Dynamic {
    let stored = |value: Dynamic| if is_stored { value } else { Dynamic::Null };
    let object = |entries: Vec<(&str, Dynamic)>| {
        Dynamic::Map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    };
    let page = |index| {
        object(vec![
            ("text", Dynamic::from(if index == 0 { first } else { "as ever" })),
            ("copies", stored(Dynamic::from(1))),
            ("place", stored(Dynamic::from("shelf"))),
        ])
    };
    let pages = (0..PAGES).map(|index| (format!("page {index:04}"), page(index))).collect();
    object(vec![("id", stored(Dynamic::from("1"))), ("pages", Dynamic::Map(pages))])
}

/// A server that can plan for resources, and read them.
async fn server() -> Server {
    let server = Server::new::<Forms>(Environment::new(|_| None), Masker::default());
    let answer = server.configure_provider(Request::new(tf::configure_provider::Request::default())).await;
    assert_eq!(answer.expect("an answer").into_inner().diagnostics, []);
    server
}

/// How often a plan call allocates, and a read of the prior object.
fn allocations(name: &str, config: &Dynamic, prior: &Dynamic, proposed: &Dynamic) -> (u64, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let server = runtime.block_on(server());
    let ty = object_type(&server.offer.objects.resources[name].schema().attributes);
    let message = |value: &Dynamic| {
        Some(tf::DynamicValue {
            msgpack: msgpack::encode(value, &ty).expect("fits").into(),
            json: Bytes::new(),
        })
    };
    let request = || {
        Request::new(tf::plan_resource_change::Request {
            type_name: name.to_owned(),
            config: message(config),
            prior_state: message(prior),
            proposed_new_state: message(proposed),
            ..Default::default()
        })
    };
    let plan = |request| {
        let answer = runtime.block_on(server.plan_resource_change(request)).expect("an answer").into_inner();
        assert_eq!(answer.diagnostics, []);
    };
    let to_read = || {
        let (type_name, current_state) = (name.to_owned(), message(prior));
        Request::new(tf::read_resource::Request { type_name, current_state, ..Default::default() })
    };
    let read = |request| {
        let answer = runtime.block_on(server.read_resource(request)).expect("an answer").into_inner();
        assert_eq!(answer.diagnostics, []);
        assert_eq!(answer.new_state, message(prior));
    };
    // The first call of a process may make what later ones share.
    plan(request());
    let request = request();
    let planned = allocation_counter::measure(|| plan(request)).count_total;
    if prior.is_null() {
        return (planned, 0);
    }
    read(to_read());
    let request = to_read();
    (planned, allocation_counter::measure(|| read(request)).count_total)
}

#[test]
fn a_plan_call_allocates_little_more_than_its_values() {
    let (config, prior) = (form("one", false), form("one", true));
    let mut proposed = prior.clone();
    proposed.as_map_mut().expect("an object").insert("a".to_owned(), Dynamic::from("two"));
    // Messages of 12 names and up to 8 texts are decoded: two if Terraform proposes what there is, which is not copied, else
    // three, of which the changed one is copied; and one is encoded, if it is not the same as one of those.
    for (plan, config, prior, proposed, most) in [
        ("of a create", &config, &Dynamic::Null, &config, 56),
        ("without change", &config, &prior, &prior, 60),
        ("of an update", &form("two", false), &prior, &proposed, 120),
    ] {
        let (count, read) = allocations("forms_form", config, prior, proposed);
        println!("a plan {plan}: {count} allocations; a read: {read}");
        assert!(count <= most, "a plan {plan} allocates {count} times, which is more than {most}");
    }
}

#[test]
fn a_plan_and_a_read_of_many_nested_objects_copy_none_that_stays() {
    let (config, prior) = (book("one", false), book("one", true));
    // Each object is its key, a node, three names and up to two texts, in each message that is decoded.
    for (plan, config, proposed, most_planned, most_read) in [
        ("without change", &config, &prior, 13, 27),
        ("of an update", &book("two", false), &book("two", true), 28, 27),
    ] {
        let (planned, read) = allocations("forms_book", config, &prior, proposed);
        println!("a plan {plan} of {PAGES} objects: {planned} allocations; a read: {read}");
        let (planned, read) = (planned / PAGES as u64, read / PAGES as u64);
        assert!(
            planned <= most_planned,
            "a plan {plan} allocates {planned} times an object, more than {most_planned}"
        );
        assert!(read <= most_read, "a read allocates {read} times an object, more than {most_read}");
    }
}
