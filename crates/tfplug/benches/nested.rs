//! Time by the number of nested objects: `cargo bench -p tfplug`. Doubling the number should double the time; that it
//! does is counted by `tests/scale`, here it is seen. Nothing fails on a time.
//!
//! Decoding and encoding are those of one message. Planning is all that a `terraform plan` asks about one resource of
//! twenty attributes, of which every nested object changes: validation, upgrade, read and plan, with Terraform's own part,
//! such as the proposal and its checks, played in the same process.

#![expect(clippy::unwrap_used, reason = "a benchmark ends where it can't go on")]

#[path = "../tests/scale/wide.rs"]
mod wide;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tfplug::Dynamic;
use tfplug::value::{Type, json, msgpack};

const COUNTS: [usize; 4] = [2_500, 5_000, 10_000, 20_000];

fn messages(criterion: &mut Criterion) {
    let element = || {
        let attributes = [("name", Type::String), ("note", Type::String), ("size", Type::Number)];
        Box::new(Type::Object(attributes.map(|(name, ty)| (name.to_owned(), ty)).into()))
    };
    for (holder, ty) in
        [("list", Type::List(element())), ("set", Type::Set(element())), ("map", Type::Map(element()))]
    {
        let mut group = criterion.benchmark_group(holder);
        for count in COUNTS {
            let text = wide::config(holder, count, 0)[holder].to_string();
            let value: Dynamic = ty.normalize(json::decode(text.as_bytes(), &ty).unwrap());
            let bytes = msgpack::encode(&value, &ty).unwrap();
            group.throughput(Throughput::Elements(count as u64));
            group.bench_function(BenchmarkId::new("decode", count), |bencher| {
                bencher.iter(|| msgpack::decode(&bytes, &ty).unwrap());
            });
            group.bench_function(BenchmarkId::new("encode", count), |bencher| {
                bencher.iter(|| msgpack::encode(&value, &ty).unwrap());
            });
        }
        group.finish();
    }
}

fn plans(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for holder in ["list", "set", "map"] {
        let mut group = criterion.benchmark_group(holder);
        group.sample_size(10);
        for count in COUNTS {
            let mut instance = wide::instance();
            runtime.block_on(async { drop(instance.apply(wide::config(holder, count, 0)).await) });
            group.throughput(Throughput::Elements(count as u64));
            group.bench_function(BenchmarkId::new("plan", count), |bencher| {
                bencher.iter_batched(
                    || wide::config(holder, count, 1),
                    |config| runtime.block_on(instance.plan(config)),
                    BatchSize::LargeInput,
                );
            });
        }
        group.finish();
    }
}

criterion_group!(benches, messages, plans);
criterion_main!(benches);
