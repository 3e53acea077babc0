//! Whatever bytes come in: for each decoder a target that takes any of them, and a bounded run of it with every test run.
//!
//! A target is a `fn(&[u8])` beside a corpus of valid inputs, generated in code, and its file's table makes a test of the
//! pair. [`mutate`] feeds it random bytes and damaged members of the corpus: bits flipped, ends cut, parts exchanged and
//! repeated, lengths that promise gigabytes, nesting without end. A target asserts more than that nothing panics: what
//! can be read can be written and read again, what can't is refused in few words, and memory stays in proportion to
//! the input.
//!
//! `PROPTEST_CASES=100000 cargo test -p tfplug --lib fuzz` runs longer. What fails is shrunk and printed as bytes; such
//! inputs stay in `regressions` for good. Half of the decoders are private, so this is inside of the crate, and it is no
//! build of its own with a fuzzer's toolchain.

mod handshake;
mod log;
mod mutate;
mod objects;
mod provider;
mod regressions;
mod rpc;
mod text;
mod values;

use std::fmt;
use std::panic::{catch_unwind, resume_unwind};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestRunner};

/// The most an error may repeat of what it refuses, in bytes, beside what it has to say itself.
const LONGEST_ERROR: usize = 1_000;

/// Memory that any input may take, in bytes: tables that a library makes once, buffers of a fixed size.
const MEMORY: u64 = 4 << 20;

/// Memory for each byte of input. The dearest is an exponent: seven bytes that are written as 2,000 digits.
const MEMORY_PER_BYTE: u64 = 2_000;

/// Makes a test of each target: `name: corpus => target`.
macro_rules! targets {
    ($($name:ident: $corpus:expr => $target:expr,)+) => {
        $(
            #[test]
            fn $name() {
                crate::fuzz::run(&$corpus, $target);
            }
        )+
    };
}
use targets;

/// Input that shows itself as it would be written in a test.
#[derive(Clone)]
struct Input(Vec<u8>);

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// Runs a target over the corpus as it is, and then over what [`mutate`] makes of it.
fn run(corpus: &[Vec<u8>], target: fn(&[u8])) {
    explore(corpus, mutate::bytes(corpus.to_vec()), target);
}

/// The same with mutations of another kind.
fn explore(corpus: &[Vec<u8>], inputs: impl Strategy<Value = Vec<u8>>, target: fn(&[u8])) {
    for input in corpus {
        target(input);
    }
    // The number of cases is proptest's, 256 unless `PROPTEST_CASES` says more. Files of failures would be a second
    // place for regressions.
    let config = Config { failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&inputs.prop_map(Input), |Input(bytes)| {
        // A panic must not get through the counter, which would abort the process.
        let mut outcome = Ok(());
        let memory = allocation_counter::measure(|| {
            outcome = catch_unwind(|| target(&bytes));
        });
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
        let memory = memory.bytes_max;
        let most = MEMORY + MEMORY_PER_BYTE * bytes.len() as u64;
        assert!(memory <= most, "{memory} bytes of memory for {} bytes of input", bytes.len());
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}\nAdd the input to `fuzz/regressions.rs` when it is mended.");
    }
}

/// Expects an error to say what is wrong instead of repeating what it got.
fn short(error: &str) {
    assert!(error.len() <= LONGEST_ERROR, "an error of {} bytes: {error:.200}…", error.len());
}
