//! What a plan call allocates, counted instead of timed: the same on every machine, whatever else it does.

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
        registry.resource::<Form>();
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

struct Form;

impl Resource for Form {
    const NAME: &'static str = "form";
    type Provider = Forms;
    type Id = ById;
    type Args = FormArgs;
    type Computed = FormComputed;

    async fn create(cx: &CreateCx<'_, Self>, _: &FormArgs) -> Result<FormComputed> {
        Err(cx.defer(Deferral::AbsentPrerequisite))
    }

    async fn read(_: &Cx<'_, Self>, _: &ById, _: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(None)
    }

    async fn update(_: &Cx<'_, Self>, _: &ById, prior: &State<Self>, _: &FormArgs) -> Result<FormComputed> {
        Ok(prior.computed.clone())
    }

    async fn delete(_: &Cx<'_, Self>, _: &ById, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

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

/// How often a plan call allocates.
fn allocations(config: &Dynamic, prior: &Dynamic, proposed: &Dynamic) -> u64 {
    let server = Server::new::<Forms>(Environment::new(|_| None), Masker::default());
    let ty = object_type(&server.offer.objects.resources["forms_form"].schema().attributes);
    let message = |value: &Dynamic| {
        Some(tf::DynamicValue {
            msgpack: msgpack::encode(value, &ty).expect("fits").into(),
            json: Bytes::new(),
        })
    };
    let request = || {
        Request::new(tf::plan_resource_change::Request {
            type_name: "forms_form".to_owned(),
            config: message(config),
            prior_state: message(prior),
            proposed_new_state: message(proposed),
            ..Default::default()
        })
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let plan = |request| {
        let answer = runtime.block_on(server.plan_resource_change(request)).expect("an answer").into_inner();
        assert_eq!(answer.diagnostics, []);
    };
    // The first call of a process may make what later ones share.
    plan(request());
    let request = request();
    allocation_counter::measure(|| plan(request)).count_total
}

#[test]
fn a_plan_call_allocates_little_more_than_its_values() {
    let (config, prior) = (form("one", false), form("one", true));
    let mut proposed = prior.clone();
    proposed.as_map_mut().expect("an object").insert("a".to_owned(), Dynamic::from("two"));
    // Three messages of 12 names and up to 8 texts are decoded, a changed one is copied, and one is encoded.
    for (plan, config, prior, proposed, most) in [
        ("of a create", &config, &Dynamic::Null, &config, 58),
        ("without change", &config, &prior, &prior, 94),
        ("of an update", &form("two", false), &prior, &proposed, 127),
    ] {
        let count = allocations(config, prior, proposed);
        println!("a plan {plan}: {count} allocations");
        assert!(count <= most, "a plan {plan} allocates {count} times, which is more than {most}");
    }
}
