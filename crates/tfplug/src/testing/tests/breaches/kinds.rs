//! In the answers about everything else.

use expect_test::expect;
use serde_json::json;
use tf::deferred::Reason::{AbsentPrereq, ProviderConfigUnknown, Unknown};

use super::{Seen, deferred, junk, lying, registry, set, set_id, water, wheel};
use crate::grpc::convert;
use crate::proto::tfplugin6 as tf;
use crate::testing::Core;
use crate::testing::tests::mill::Mill;
use crate::value::{Dynamic, Type};

/// Whoever only plans or reads with a provider gets to know it, too.
#[tokio::test]
async fn in_schemas_of_any_run() {
    let core = lying(|answer: &mut tf::get_provider_schema::Response| answer.server_capabilities = None);
    let water = core.data_source("mill_water");
    for _ in 0..2 {
        let report = water.try_read(json!({ "river": "Spree" })).await.expect_err("a breach").to_string();
        assert!(report.starts_with("error: Failed to load plugin schemas"), "{report}");
    }
}

#[tokio::test]
async fn in_schemas() {
    use tf::get_provider_schema::Response as Schemas;
    use tf::get_resource_identity_schemas::Response as Identities;
    let mut seen = Seen::default();
    assert!(Core::new::<Mill>().configure().await.is_empty());
    let core = lying(|answer: &mut Schemas| answer.provider = None);
    seen.add("no provider schema", &core.configure().await);
    let core = lying(|answer: &mut Schemas| {
        answer.diagnostics.push(diagnostic(tf::diagnostic::Severity::Error, "No schemas"));
    });
    seen.add("an error", &core.configure().await);
    let core = lying(|answer: &mut Schemas| answer.server_capabilities = None);
    seen.add("no capabilities", &core.configure().await);
    let attribute = |change: fn(&mut tf::schema::Attribute)| {
        lying(move |answer: &mut Schemas| {
            let schema = answer.data_source_schemas.get_mut("mill_water").expect("it is registered");
            let block = schema.block.as_mut().expect("a block");
            block.attributes.iter_mut().filter(|attribute| attribute.name == "river").for_each(change);
        })
    };
    seen.add(
        "bytes that are no type",
        &attribute(|river| river.r#type = b"string".to_vec().into()).configure().await,
    );
    let nested = attribute(|river| river.nested_type = Some(tf::schema::Object::default()));
    seen.add("two types", &nested.configure().await);
    seen.add("required and computed", &attribute(|river| river.computed = true).configure().await);
    seen.add("neither", &attribute(|river| river.required = false).configure().await);
    let core = attribute(|river| (river.required, river.computed, river.write_only) = (false, true, true));
    seen.add("write-only and computed", &core.configure().await);
    let core = attribute(|river| river.deprecation_message = "Use `lake`.".to_owned());
    seen.add("deprecated and not", &core.configure().await);
    let block = |change: fn(&mut tf::schema::Block)| {
        lying(move |answer: &mut Schemas| {
            let schema = answer.data_source_schemas.get_mut("mill_water").expect("it is registered");
            change(schema.block.as_mut().expect("a block"));
        })
    };
    let core = block(|block| block.attributes.extend_from_within(..1));
    seen.add("a name twice", &core.configure().await);
    fn set_of(block: &mut tf::schema::Block, inner: tf::schema::Attribute) {
        let nested = tf::schema::Object { attributes: vec![inner], nesting: 3, ..Default::default() };
        let set = tf::schema::Attribute { name: "set".to_owned(), optional: true, ..Default::default() };
        block.attributes.push(tf::schema::Attribute { nested_type: Some(nested), ..set });
    }
    let core = block(|block| {
        let river = block.attributes[0].clone();
        set_of(block, tf::schema::Attribute { write_only: true, ..river });
    });
    seen.add("write-only in a set", &core.configure().await);
    let core = block(|block| {
        let river = block.attributes[0].clone();
        set_of(block, tf::schema::Attribute { r#type: b"\"dynamic\"".to_vec().into(), ..river });
    });
    seen.add("any type in a set", &core.configure().await);
    for (nesting, min_items, max_items) in [(0, 0, 0), (1, 0, 1), (2, 2, 1), (4, 1, 0)] {
        let core = lying(move |answer: &mut Schemas| {
            let schema = answer.data_source_schemas.get_mut("mill_water").expect("it is registered");
            let (type_name, block) = ("bank".to_owned(), Some(tf::schema::Block::default()));
            let nested = tf::schema::NestedBlock { type_name, block, nesting, min_items, max_items };
            schema.block.as_mut().expect("a block").block_types.push(nested);
        });
        seen.add(&format!("blocks nested as {nesting}"), &core.configure().await);
    }
    let core = lying(|answer: &mut Schemas| {
        answer.resource_schemas.get_mut("mill_wheel").expect("it is registered").version = -1;
    });
    seen.add("a version below none", &core.configure().await);
    let core = lying(|answer: &mut Schemas| answer.resource_schemas.clear());
    seen.add("a list of what cannot be managed", &core.configure().await);
    let core = lying(|answer: &mut Identities| answer.identity_schemas.clear());
    seen.add("a list without identity", &core.configure().await);
    let core = lying(|answer: &mut Identities| {
        let identity = answer.identity_schemas.get_mut("mill_wheel").expect("it is registered");
        identity.identity_attributes[0].required_for_import = false;
    });
    seen.add("an identity that no import gives", &core.configure().await);
    let core = lying(|answer: &mut Identities| {
        let identity = answer.identity_schemas.get_mut("mill_wheel").expect("it is registered");
        identity.identity_attributes[0].r#type = b"[\"map\",\"string\"]".to_vec().into();
    });
    seen.add("an identity of maps", &core.configure().await);
    let core = lying(|answer: &mut Schemas| {
        let function = answer.functions.get_mut("double").expect("it is registered");
        function.variadic_parameter = function.parameters.first().cloned();
    });
    seen.add("a parameter twice", &core.configure().await);
    let core = lying(|answer: &mut Schemas| {
        answer.functions.get_mut("double").expect("it is registered").r#return = None;
    });
    seen.add("a function that returns nothing", &core.configure().await);
    seen.check(expect![[r#"
        # no provider schema
        error: Failed to load plugin schemas
          provider: the schema is missing
        # an error
        error: No schemas
        # no capabilities
        error: Failed to load plugin schemas
          The provider does not say that it plans deletions, moves states and generates configurations
        # bytes that are no type
        error: Failed to load plugin schemas
          mill_water: river: its type cannot be read
        # two types
        error: Failed to load plugin schemas
          mill_water: river: it has a type and a nested type
        # required and computed
        error: Failed to load plugin schemas
          mill_water: river: it is either required, or optional, computed, or both
        # neither
        error: Failed to load plugin schemas
          mill_water: river: it is either required, or optional, computed, or both
        # write-only and computed
        error: Failed to load plugin schemas
          mill_water: river: it is write-only and computed
        # deprecated and not
        error: Failed to load plugin schemas
          mill_water: river: it says why it is deprecated, but is not
        # a name twice
        error: Failed to load plugin schemas
          mill_water: river: the name is used twice
        # write-only in a set
        error: Failed to load plugin schemas
          mill_water: set: river: it is write-only inside a set
        # any type in a set
        error: Failed to load plugin schemas
          mill_water: set: river: values of any type cannot be in a set
        # blocks nested as 0
        error: Failed to load plugin schemas
          mill_water: bank: blocks are not nested this way, from 0 to 0
        # blocks nested as 1
        error: Failed to load plugin schemas
          mill_water: bank: blocks are not nested this way, from 0 to 1
        # blocks nested as 2
        error: Failed to load plugin schemas
          mill_water: bank: blocks are not nested this way, from 2 to 1
        # blocks nested as 4
        error: Failed to load plugin schemas
          mill_water: bank: blocks are not nested this way, from 1 to 0
        # a version below none
        error: Failed to load plugin schemas
          mill_wheel: its version is negative
        # a list of what cannot be managed
        error: Failed to load plugin schemas
          mill_wheel: a list needs a resource of its name with an identity
        # a list without identity
        error: Failed to load plugin schemas
          mill_wheel: a list needs a resource of its name with an identity
        # an identity that no import gives
        error: Failed to load plugin schemas
          mill_wheel: identity id: it is either required or optional for import
        # an identity of maps
        error: Failed to load plugin schemas
          mill_wheel: identity id: it is neither a simple value nor a list of such
        # a parameter twice
        error: Failed to load plugin schemas
          double: number: the name is used twice
        # a function that returns nothing
        error: Failed to load plugin schemas
          double: its type cannot be read
    "#]]);
}

#[tokio::test]
async fn in_data_sources() {
    use tf::read_data_source::Response;
    let mut seen = Seen::default();
    let read = async |core: Core| {
        core.data_source("mill_water").try_read(json!({ "river": "rhine" })).await.expect_err("a breach")
    };
    seen.add("nothing", &read(lying(|answer: &mut Response| answer.state = None)).await);
    seen.add("not of the schema", &read(lying(|answer: &mut Response| answer.state = junk())).await);
    let core = lying(|answer: &mut Response| set(&mut answer.state, &water(), "river", "elbe"));
    seen.add("another value than configured", &read(core).await);
    let core = lying(|answer: &mut Response| set(&mut answer.state, &water(), "amount", Dynamic::unknown()));
    seen.add("something unknown", &read(core).await);
    let core = lying(|answer: &mut Response| answer.deferred = deferred(ProviderConfigUnknown));
    seen.add("deferred without leave", &read(core).await);
    let core = lying(|answer: &mut Response| answer.deferred = deferred(Unknown)).allow_deferral();
    seen.add("deferred without reason", &read(core).await);
    let core = lying(|answer: &mut Response| answer.deferred = deferred(AbsentPrereq)).allow_deferral();
    let applied = core.data_source("mill_water").try_read_in_apply(json!({ "river": "rhine" })).await;
    seen.add("deferred while applying", &applied.expect_err("a breach"));
    seen.check(expect![[r##"
        # nothing
        error: Provider produced null object
          A data source that finds nothing is an error.
        # not of the schema
        error: Provider produced invalid object
          The value does not conform to the schema: expected object({amount = number, river = string}), got an array
        # another value than configured
        error: Provider produced invalid object
          river: was planned as "rhine" and is "elbe"
        # something unknown
        error: Provider produced invalid object
          amount: not wholly known: (unknown)
        # deferred without leave
        error: Provider deferred changes
          Terraform did not allow deferrals.
        # deferred without reason
        error: Provider deferred changes
          It does not say why.
        # deferred while applying
        error: Provider deferred changes
          Resource deferred during apply, but not during plan.
    "##]]);
}

#[tokio::test]
async fn in_functions() {
    use tf::call_function::Response;
    let mut seen = Seen::default();
    let call = async |core: Core, number: i64| {
        core.function("double").try_call([json!(number)]).await.expect_err("a breach")
    };
    seen.add("nothing", &call(lying(|answer: &mut Response| answer.result = None), 1).await);
    seen.add("not of the type", &call(lying(|answer: &mut Response| answer.result = junk()), 1).await);
    let core = lying(|answer: &mut Response| {
        answer.result = convert::dynamic_value(&Dynamic::unknown(), &Type::Number).ok();
    });
    seen.add("unknown for what is known", &call(core, 1).await);
    for index in [-1, 1] {
        let core = lying(move |answer: &mut Response| {
            answer.error.as_mut().expect("an error").function_argument = Some(index);
        });
        seen.add("an error that blames no argument there is", &call(core, 0).await);
    }
    seen.check(expect![[r#"
        # nothing
        error: Provider returned invalid function result
          It answered with neither a result nor an error.
        # not of the type
        error: Provider returned invalid function result
          The value does not conform to the schema: expected number, got an array
        # unknown for what is known
        error: Provider returned invalid function result
          All arguments are known, so the result has to be known.
        # an error that blames no argument there is
        error: Provider returned invalid function result
          Its error blames argument -1, which there is not.
        # an error that blames no argument there is
        error: Provider returned invalid function result
          Its error blames argument 1, which there is not.
    "#]]);
}

#[tokio::test]
async fn in_ephemeral_resources() {
    use tf::open_ephemeral_resource::Response as Open;
    use tf::renew_ephemeral_resource::Response as Renew;
    let mut seen = Seen::default();
    let open = async |core: Core| {
        core.ephemeral("mill_flow").try_open(json!({ "river": "rhine" })).await.expect_err("a breach")
    };
    seen.add("nothing", &open(lying(|answer: &mut Open| answer.result = None)).await);
    seen.add("not of the schema", &open(lying(|answer: &mut Open| answer.result = junk())).await);
    let core = lying(|answer: &mut Open| set(&mut answer.result, &water(), "river", "elbe"));
    seen.add("another value than configured", &open(core).await);
    let core = lying(|answer: &mut Open| set(&mut answer.result, &water(), "amount", Dynamic::unknown()));
    seen.add("something unknown", &open(core).await);
    let past = || Some(prost_types::Timestamp { seconds: 1, nanos: 0 });
    let core = lying(move |answer: &mut Open| answer.renew_at = past());
    seen.add("a renewal that is overdue", &open(core).await);
    let core = lying(|answer: &mut Open| answer.deferred = deferred(ProviderConfigUnknown));
    seen.add("deferred without leave", &open(core).await);
    let core = lying(move |answer: &mut Renew| answer.renew_at = past());
    let mut flow = core.ephemeral("mill_flow").open(json!({ "river": "rhine" })).await;
    seen.add("a further renewal that is overdue", &flow.renew().await);
    assert!(flow.close().await.is_empty());
    seen.check(expect![[r##"
        # nothing
        error: Provider produced invalid ephemeral resource instance
          configured, but planned as absent
        # not of the schema
        error: Provider produced invalid ephemeral resource instance
          The value does not conform to the schema: expected object({amount = number, river = string}), got an array
        # another value than configured
        error: Provider produced invalid ephemeral resource instance
          river: "elbe" is planned, but "rhine" configured
        # something unknown
        error: Provider produced invalid ephemeral resource instance
          amount: not wholly known: (unknown)
        # a renewal that is overdue
        error: Provider produced invalid ephemeral resource instance
          The time of its renewal has passed already, or is none.
        # deferred without leave
        error: Provider deferred changes
          Terraform did not allow deferrals.
        # a further renewal that is overdue
        error: Provider produced invalid ephemeral resource instance
          The time of its renewal has passed already, or is none.
    "##]]);
}

#[tokio::test]
async fn in_list_resources() {
    use tf::list_resource::Event;
    let mut seen = Seen::default();
    let list = async |core: Core| core.list("mill_wheel").try_query(json!({})).await.expect_err("a breach");
    let whole = async |core: Core| {
        core.list("mill_wheel").include_resource().try_query(json!({})).await.expect_err("a breach")
    };
    seen.add("no identity", &list(lying(|event: &mut Event| event.identity = None)).await);
    let core = lying(|event: &mut Event| set_id(&mut event.identity, Dynamic::unknown()));
    seen.add("an unknown identity", &list(core).await);
    let core = lying(|event: &mut Event| {
        event.identity.as_mut().expect("an identity").identity_data = junk();
    });
    seen.add("an identity not of the schema", &list(core).await);
    seen.add("no name", &list(lying(|event: &mut Event| event.display_name.clear())).await);
    let object = wheel_object();
    let core = lying(move |event: &mut Event| event.resource_object.clone_from(&object));
    seen.add("an object that nobody asked for", &list(core).await);
    let core = lying(|event: &mut Event| event.resource_object = None);
    seen.add("no object", &whole(core).await);
    seen.add(
        "an object not of the schema",
        &whole(lying(|event: &mut Event| event.resource_object = junk())).await,
    );
    let core = lying(|event: &mut Event| set(&mut event.resource_object, &wheel(), "key", "k"));
    seen.add("a write-only value", &whole(core).await);
    let core =
        lying(|event: &mut Event| set(&mut event.resource_object, &wheel(), "size", Dynamic::unknown()));
    seen.add("something unknown", &whole(core).await);
    // To the provider, 0 is Terraform's limit where nobody says anything.
    let more = Core::new::<Mill>().list("mill_wheel").limit(0).try_query(json!({})).await;
    seen.add("more than wanted", &more.expect_err("a breach"));
    let core = lying(|event: &mut Event| {
        if event.display_name == "b" {
            event.diagnostic.push(diagnostic(tf::diagnostic::Severity::Error, "No entry"));
        }
    });
    seen.add("an error beside an object", &list(core).await);
    seen.check(expect![[r##"
        # no identity
        error: Provider produced invalid list result
          An object has to have an identity.
        # an unknown identity
        error: Provider produced invalid identity
          The identity is not wholly known.
        # an identity not of the schema
        error: Provider produced invalid list result
          The value does not conform to the schema: expected object({id = string}), got an array
        # no name
        error: Provider produced invalid list result
          An object has to have a display name.
        # an object that nobody asked for
        error: Provider produced invalid list result
          The whole of "a" was not asked for.
        # no object
        error: Provider produced invalid list result
          The whole of "a" was asked for and is missing.
        # an object not of the schema
        error: Provider produced invalid list result
          The value does not conform to the schema: expected object({changes = number, id = string, key = string, size = number, stuff = string}), got an array
        # a write-only value
        error: Provider produced invalid list result
          key: a write-only value has to be null
        # something unknown
        error: Provider produced invalid list result
          size: not wholly known: (unknown)
        # more than wanted
        a {"id":"a"}
        error: Provider produced invalid list result
          It found more than 0 objects.
        # an error beside an object
        a {"id":"a"}
        error: No entry
    "##]]);

    // An event may hold nothing but warnings.
    let warned = lying(|event: &mut Event| {
        if event.display_name == "b" {
            *event = Event {
                diagnostic: vec![diagnostic(tf::diagnostic::Severity::Warning, "No entry")],
                ..Default::default()
            };
        }
    });
    let listed = warned.list("mill_wheel").query(json!({})).await;
    expect![[r#"
        a {"id":"a"}
        c {"id":"c"}
        warning: No entry"#]]
    .assert_eq(&listed.to_string());
}

fn wheel_object() -> Option<tf::DynamicValue> {
    let registry = registry();
    let object = crate::schema::absent_object(&registry.resources["mill_wheel"].schema().attributes);
    convert::dynamic_value(&object, &wheel()).ok()
}

fn diagnostic(severity: tf::diagnostic::Severity, summary: &str) -> tf::Diagnostic {
    tf::Diagnostic { severity: severity as i32, summary: summary.to_owned(), ..Default::default() }
}

#[tokio::test]
async fn in_actions() {
    use tf::invoke_action::Event;
    use tf::invoke_action::event::{Completed, Progress, Type as Kind};
    use tf::plan_action::Response as Plan;
    let mut seen = Seen::default();
    let invoke =
        async |core: Core| core.action("mill_grind").try_invoke(json!({})).await.expect_err("a breach");
    seen.add("an event without content", &invoke(lying(|event: &mut Event| event.r#type = None)).await);
    let core = lying(|event: &mut Event| {
        if let Some(Kind::Completed(_)) = event.r#type {
            event.r#type = Some(Kind::Progress(Progress { message: "done".to_owned() }));
        }
    });
    seen.add("no end", &invoke(core).await);
    let core = lying(|event: &mut Event| event.r#type = Some(Kind::Completed(Completed::default())));
    seen.add("two ends", &invoke(core).await);
    let core = lying(|answer: &mut Plan| answer.deferred = deferred(ProviderConfigUnknown));
    seen.add("deferred without leave", &invoke(core).await);
    let core = lying(|answer: &mut Plan| answer.deferred = deferred(AbsentPrereq)).allow_deferral();
    seen.add("deferred for a reason that actions have not", &invoke(core).await);
    seen.check(expect![[r#"
        # an event without content
        error: Provider produced invalid action event
          An event without content makes Terraform crash.
        # no end
        grinding
        done
        error: Provider produced invalid action event
          Without an end Terraform believes that the action went well.
        # two ends
        error: Provider produced invalid action event
          Nothing may follow the end of an action.
        # deferred without leave
        error: Provider deferred changes
          Terraform did not allow deferrals.
        # deferred for a reason that actions have not
        error: Provider deferred changes
          An action waits for the provider's settings only.
    "#]]);
}
