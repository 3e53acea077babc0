//! Growth, counted instead of timed: twice as many nested objects may take twice as many allocations and bytes, whatever
//! the machine is busy with. The allocator counts for each thread, so tests run side by side.
//!
//! Work that allocates nothing escapes this. Where that could grow faster, unit tests count it themselves: see
//! `pipeline/promises/tests.rs`. Times are printed by `cargo bench -p tfplug`.

#![expect(clippy::unwrap_used, reason = "all of it is test code")]

mod wide;

use serde_json::Value as Json;
use tfplug::value::{Dynamic, Type, msgpack};

/// How many nested objects are doubled.
const SOME: usize = 150;

/// What one run took.
struct Cost {
    allocations: u64,
    bytes: u64,
}

fn cost(run: impl FnOnce()) -> Cost {
    let counted = allocation_counter::measure(run);
    Cost { allocations: counted.count_total, bytes: counted.bytes_total }
}

/// Expects `of` to grow no faster than the number of nested objects. A tenth is left to what grows in steps: vectors
/// that double, nodes of trees.
fn doubles(what: &str, of: impl Fn(usize) -> Cost) {
    let (some, twice) = (of(SOME), of(2 * SOME));
    assert!(
        some.allocations > SOME as u64,
        "{what}: {} allocations are too few to be the work",
        some.allocations
    );
    for (unit, some, twice) in
        [("allocations", some.allocations, twice.allocations), ("bytes", some.bytes, twice.bytes)]
    {
        assert!(
            twice * 10 <= some * 2 * 11,
            "{what}: {some} {unit} for {SOME} objects became {twice} for twice as many"
        );
    }
}

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future);
}

/// Terraform's whole `plan` of a change to every nested object, of what an apply has made: validation, upgrade, read,
/// plan and all checks of the answer.
fn plan_of_a_change(holder: &str, count: usize) -> Cost {
    let mut instance = wide::instance();
    block_on(async { drop(instance.apply(wide::config(holder, count, 0)).await) });
    let config = wide::config(holder, count, 1);
    cost(|| {
        block_on(async {
            let plan = instance.plan(config).await;
            assert!(!plan.is_empty());
        });
    })
}

fn apply_of_a_create(holder: &str, count: usize) -> Cost {
    let (mut instance, config) = (wide::instance(), wide::config(holder, count, 0));
    cost(|| block_on(async { drop(instance.apply(config).await) }))
}

#[test]
fn planning_twice_as_many_nested_objects_takes_twice_as_much() {
    for holder in ["list", "set", "map"] {
        doubles(&format!("plan of a {holder}"), |count| plan_of_a_change(holder, count));
    }
}

#[test]
fn applying_twice_as_many_nested_objects_takes_twice_as_much() {
    for holder in ["list", "set", "map"] {
        doubles(&format!("apply of a {holder}"), |count| apply_of_a_create(holder, count));
    }
}

#[test]
fn reading_and_writing_twice_as_many_nested_objects_takes_twice_as_much() {
    for holder in ["list", "set", "map"] {
        let message = |count| {
            let (value, ty) = typed(holder, &wide::config(holder, count, 0)[holder]);
            (msgpack::encode(&value, &ty).unwrap(), value, ty)
        };
        doubles(&format!("decoding of a {holder}"), |count| {
            let (bytes, value, ty) = message(count);
            cost(|| assert_eq!(msgpack::decode(&bytes, &ty).unwrap(), value))
        });
        let (some, twice) = (message(SOME), message(2 * SOME));
        let encoding =
            |(_, value, ty): &(Vec<u8>, Dynamic, Type)| cost(|| drop(msgpack::encode(value, ty).unwrap()));
        let (some, twice) = (encoding(&some), encoding(&twice));
        assert!(
            twice.bytes <= some.bytes * 3,
            "encoding of a {holder}: {} bytes became {}",
            some.bytes,
            twice.bytes
        );
    }
}

/// Nested objects of a configuration as a value and its type.
fn typed(holder: &str, items: &Json) -> (Dynamic, Type) {
    let object = |item: &Json| {
        let text = |name: &str| Dynamic::from(item[name].as_str().unwrap());
        Dynamic::Map(
            [
                ("name".to_owned(), text("name")),
                ("note".to_owned(), text("note")),
                ("size".to_owned(), Dynamic::from(item["size"].as_i64().unwrap())),
            ]
            .into(),
        )
    };
    let element = Box::new(Type::Object(
        [("name", Type::String), ("note", Type::String), ("size", Type::Number)]
            .map(|(name, ty)| (name.to_owned(), ty))
            .into(),
    ));
    match holder {
        "map" => {
            let entries = items.as_object().unwrap().iter();
            (
                Dynamic::Map(entries.map(|(key, item)| (key.clone(), object(item))).collect()),
                Type::Map(element),
            )
        }
        "set" => {
            let ty = Type::Set(element);
            (ty.normalize(Dynamic::List(items.as_array().unwrap().iter().map(object).collect())), ty)
        }
        _ => (Dynamic::List(items.as_array().unwrap().iter().map(object).collect()), Type::List(element)),
    }
}
