//! A cloud in memory, with faults on demand and a journal of what was asked of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tfplug::Call;
use tokio::sync::Notify;

use super::thing::Record;

/// A cloud; clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct Cloud {
    shared: Arc<Shared>,
    /// What the client was configured with.
    pub(crate) key: Option<String>,
}

#[derive(Default)]
struct Shared {
    inside: Mutex<Inside>,
    waiting: Notify,
    done: Notify,
}

#[derive(Default)]
struct Inside {
    things: BTreeMap<String, Record>,
    made: usize,
    faults: BTreeMap<&'static str, Fault>,
    journal: Vec<String>,
}

/// What goes wrong at a step.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    /// The request is refused.
    Refuse,
    /// The handler panics.
    Panic,
    /// The handler waits for its deadline or Ctrl-C, as a client does that waits for an answer.
    Wait,
    /// The handler waits for Ctrl-C and is done all the same.
    Linger,
    /// The handler waits, whatever its deadline and Ctrl-C.
    Hang,
    /// The refusal repeats the key.
    Leak,
    /// The refusal repeats a key that the cloud made at this step, which the handler has masked.
    Mint,
    /// The failure is one that nobody has advice for: the advice panics.
    Confuse,
}

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the cloud refused {step}{}", key.as_ref().map(|key| format!(" with key {key}")).unwrap_or_default())]
    Refused { step: &'static str, key: Option<String> },
    #[error("the cloud said something strange at {step}")]
    Confusing { step: &'static str },
    #[error("stopped at {step}")]
    Stopped { step: &'static str },
    #[error("{step} took too long")]
    Late { step: &'static str },
    #[error("there is no cloud at {0}")]
    NoCloud(String),
}

/// All clouds by their place in the list.
static CLOUDS: Mutex<Vec<Cloud>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Cloud {
    /// What a provider block says to reach it.
    pub(crate) fn address(&self) -> String {
        let mut clouds = lock(&CLOUDS);
        clouds.push(self.clone());
        (clouds.len() - 1).to_string()
    }

    pub(super) fn at(address: &str) -> Result<Self, Failure> {
        let found = address.parse().ok().and_then(|index: usize| lock(&CLOUDS).get(index).cloned());
        found.ok_or_else(|| Failure::NoCloud(address.to_owned()))
    }

    /// Makes something go wrong at a step, until it is set right.
    pub(crate) fn fail(&self, step: &'static str, fault: Fault) {
        lock(&self.shared.inside).faults.insert(step, fault);
    }

    /// Sets everything right.
    pub(crate) fn repair(&self) {
        lock(&self.shared.inside).faults.clear();
    }

    /// Returns when a handler waits.
    pub(crate) async fn waiting(&self) {
        self.shared.waiting.notified().await;
    }

    /// Returns when a handler that nobody waits for any more has ended.
    pub(crate) async fn done(&self) {
        self.shared.done.notified().await;
    }

    pub(super) fn end(&self) {
        self.shared.done.notify_one();
    }

    /// What was asked since the last time, one a line.
    pub(crate) fn journal(&self) -> String {
        std::mem::take(&mut lock(&self.shared.inside).journal).join("\n")
    }

    /// How many things exist.
    pub(crate) fn len(&self) -> usize {
        lock(&self.shared.inside).things.len()
    }

    /// Changes a thing behind Terraform's back.
    pub(crate) fn change(&self, id: &str, change: impl FnOnce(&mut Record)) {
        change(lock(&self.shared.inside).things.get_mut(id).expect("a thing of that id"));
    }

    /// Deletes a thing, be it behind Terraform's back.
    pub(crate) fn remove(&self, id: &str) {
        lock(&self.shared.inside).things.remove(id);
    }

    pub(super) fn note(&self, line: String) {
        lock(&self.shared.inside).journal.push(line);
    }

    pub(super) fn insert(&self, make: impl FnOnce(usize) -> Record) -> Record {
        let mut inside = lock(&self.shared.inside);
        inside.made += 1;
        let record = make(inside.made);
        inside.things.insert(record.id.clone(), record.clone());
        record
    }

    pub(super) fn put(&self, record: Record) {
        lock(&self.shared.inside).things.insert(record.id.clone(), record);
    }

    pub(super) fn get(&self, id: &str) -> Option<Record> {
        lock(&self.shared.inside).things.get(id).cloned()
    }

    /// All things, by number.
    pub(super) fn all(&self) -> Vec<Record> {
        let mut all: Vec<_> = lock(&self.shared.inside).things.values().cloned().collect();
        all.sort_by_key(|record| record.id.parse::<usize>().unwrap_or(usize::MAX));
        all
    }

    pub(super) fn find(&self, wanted: impl Fn(&Record) -> bool) -> Option<Record> {
        lock(&self.shared.inside).things.values().find(|record| wanted(record)).cloned()
    }

    /// The same where nothing waits.
    pub(super) fn pass(&self, step: &'static str) {
        if let Some(Fault::Panic) = lock(&self.shared.inside).faults.get(step) {
            panic!("no idea how to {step}");
        }
    }

    /// A step of a handler, where something may go wrong.
    pub(super) async fn step(&self, step: &'static str, call: Option<&Call>) -> Result<(), Failure> {
        let fault = lock(&self.shared.inside).faults.get(step).copied();
        let call = || call.expect("only calls of objects wait and mask");
        match fault {
            None => Ok(()),
            Some(Fault::Refuse) => Err(Failure::Refused { step, key: None }),
            Some(Fault::Leak) => Err(Failure::Refused { step, key: self.key.clone() }),
            Some(Fault::Mint) => {
                let token = format!("token-of-{step}");
                call().mask(&token);
                Err(Failure::Refused { step, key: Some(token) })
            }
            Some(Fault::Confuse) => Err(Failure::Confusing { step }),
            Some(Fault::Panic) => panic!("no idea how to {step}"),
            Some(Fault::Hang) => {
                self.shared.waiting.notify_one();
                std::future::pending().await
            }
            Some(Fault::Linger) => {
                self.shared.waiting.notify_one();
                call().cancelled().cancelled().await;
                Ok(())
            }
            Some(Fault::Wait) => {
                self.shared.waiting.notify_one();
                tokio::select! {
                    () = call().cancelled().cancelled() => Err(Failure::Stopped { step }),
                    () = tokio::time::sleep_until(call().deadline()) => Err(Failure::Late { step }),
                }
            }
        }
    }
}
