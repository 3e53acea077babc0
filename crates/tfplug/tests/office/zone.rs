//! A zone of names: nested objects by key, in order and without order, with computed values that follow others.
//!
//! The provider is one of its own, so that `tests/conformance` can give it to the real Terraform.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use tfplug::value::Refinements;
use tfplug::{
    Args, Change, Computed, ConfigureCx, CreateCx, Cx, Error, Identity, PlanCx, Provider, Registry, Resource,
    Result, Sensitive, State, Value,
};

/// A provider that remembers nothing but what Terraform does.
pub(crate) struct Zones;

/// What one walk is told apart from another by.
#[derive(Args)]
pub(crate) struct ZonesArgs {
    /// Name of the walk.
    walk: Option<String>,
    /// File that each client writes its calls to.
    log: Option<String>,
    /// Ends the walk with a panic about this number.
    pin: Option<Sensitive<i64>>,
}

/// The client of one walk.
#[derive(Clone)]
pub(crate) struct Walk {
    name: String,
    log: Option<String>,
    pin: Option<Sensitive<i64>>,
}

impl Walk {
    fn note(&self, call: &str) -> Result<()> {
        use std::io::Write as _;
        let Some(log) = &self.log else { return Ok(()) };
        let mut log = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
        // One write, because Terraform makes calls side by side, and their lines must not mix.
        Ok(log.write_all(format!("{} {call} {}\n", std::process::id(), self.name).as_bytes())?)
    }
}

/// Whether this walk has planned anything yet.
#[derive(Default)]
struct HasPlanned(AtomicBool);

impl Provider for Zones {
    const ADDRESS: &'static str = "registry.terraform.io/example/zones";
    const VERSION: &'static str = "0.0.0";
    type Args = ZonesArgs;
    type Client = Walk;

    async fn configure(_: &ConfigureCx<'_>, args: ZonesArgs) -> Result<Walk> {
        let walk = Walk { name: args.walk.unwrap_or_default(), log: args.log, pin: args.pin };
        walk.note("configured")?;
        Ok(walk)
    }

    fn finish(walk: &Walk) {
        let _ = walk.note("finished");
        #[expect(clippy::panic, reason = "the practitioner wants one")]
        if let Some(pin) = &walk.pin {
            panic!("pin {} does not end it", pin.expose());
        }
    }

    fn register(registry: &mut Registry<Self>) {
        registry.resource::<Zone>();
    }
}

/// A record.
#[derive(Args, Clone, PartialEq)]
pub(crate) struct RecordArgs {
    /// What the name stands for, in one word.
    text: String,
    /// Seconds for which it may be remembered.
    #[attr(default = 60)]
    ttl: i64,
}

/// A mirror.
#[derive(Args, Clone)]
pub(crate) struct MirrorArgs {
    /// Name of the machine.
    host: String,
    /// Where it stands.
    #[attr(replace)]
    region: Option<String>,
}

/// A person to ask.
#[derive(Args, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ContactArgs {
    /// Name of the person.
    who: String,
    /// What for.
    #[attr(replace)]
    role: Option<String>,
}

/// A zone.
#[derive(Args, Clone)]
pub(crate) struct ZoneArgs {
    /// Its name.
    name: String,
    /// `recheck` checks all records anew, `remeasure` measures them anew.
    remark: Option<String>,
    /// Records by name.
    records: BTreeMap<String, RecordArgs>,
    /// Machines that answer, too, in order.
    mirrors: Option<Vec<MirrorArgs>>,
    /// Persons to ask.
    contacts: Option<BTreeSet<ContactArgs>>,
}

/// What is said of a record.
#[derive(Computed, Clone)]
pub(crate) struct RecordComputed {
    /// Given once.
    #[attr(keep)]
    id: String,
    /// Length of the text.
    #[attr(follows(text))]
    length: i64,
    /// Twice the length.
    #[attr(follows(length))]
    width: i64,
    /// Another one after each change of the record.
    #[attr(volatile)]
    etag: String,
}

/// What is said of a zone.
#[derive(Computed, Clone)]
pub(crate) struct ZoneComputed {
    /// Given once.
    #[attr(keep)]
    id: String,
    /// The name in lower case.
    #[attr(follows(name))]
    path: String,
    /// The path, as a link.
    #[attr(follows(path))]
    url: String,
    /// Number of changes.
    #[attr(volatile)]
    stamp: i64,
    /// Which remark was the first one, once there is one.
    #[attr(keep_non_null)]
    first_remark: Option<String>,
    /// Says the same as the number.
    #[attr(follows(stamp))]
    digest: String,
    /// What is said of the records.
    #[attr(keep)]
    records: BTreeMap<String, RecordComputed>,
}

/// Names a zone.
#[derive(Identity, Clone, Debug)]
pub(crate) struct ById {
    /// Given once.
    id: String,
}

pub(crate) struct Zone;

fn answer(args: &ZoneArgs, prior: Option<&ZoneComputed>) -> ZoneComputed {
    let record = |(name, record): (&String, &RecordArgs)| {
        let before = prior.and_then(|prior| prior.records.get(name));
        let length = i64::try_from(record.text.len()).unwrap_or(i64::MAX);
        // A stray record is named otherwise than its plan has promised.
        let new = || if name == "stray" { name.clone() } else { format!("record-{name}") };
        let id = before.map_or_else(new, |before| before.id.clone());
        let etag = format!("{}/{}", record.text, record.ttl);
        (name.clone(), RecordComputed { id, length, width: 2 * length, etag })
    };
    let stamp = prior.map_or(1, |prior| prior.stamp + 1);
    let path = args.name.to_lowercase();
    let first_remark = prior.and_then(|prior| prior.first_remark.clone()).or_else(|| args.remark.clone());
    ZoneComputed {
        id: "zone-1".to_owned(),
        url: format!("https://{path}"),
        path,
        stamp,
        first_remark,
        digest: format!("digest of {stamp}"),
        records: args.records.iter().map(record).collect(),
    }
}

impl Resource for Zone {
    const NAME: &'static str = "zone";
    type Provider = Zones;
    type Id = ById;
    type Args = ZoneArgs;
    type Computed = ZoneComputed;

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        if let Some(walk) = &cx.client {
            let again = cx.session::<HasPlanned>().0.swap(true, Ordering::SeqCst);
            walk.note(if again { "planned-again" } else { "planned" })?;
        }
        if let Value::Known(name) = change.planned(ZoneArgs::NAME) {
            change.fill(ZoneComputed::PATH, name.to_lowercase());
        }
        let remark = change.planned(ZoneArgs::REMARK).known().filter(|_| change.changes(ZoneArgs::REMARK));
        let (recheck, remeasure) =
            (remark.as_deref() == Some("recheck"), remark.as_deref() == Some("remeasure"));
        for record in change.each(ZoneArgs::RECORDS, ZoneComputed::RECORDS) {
            let is_old = record.key().is_some_and(|key| key.starts_with("old"));
            let mut record = change.at(&record);
            if let Value::Known(text) = record.planned(RecordArgs::TEXT) {
                if text.contains(' ') {
                    let error = Error::new("Not a word", format!("{text:?} has a space in it."));
                    return Err(error.at(record.path(RecordArgs::TEXT)));
                }
                if !remeasure {
                    record.fill(RecordComputed::LENGTH, i64::try_from(text.len())?);
                }
            }
            if remeasure {
                record.unknown(RecordComputed::LENGTH);
            }
            if record.is_create() {
                record.refine(RecordComputed::ID, Refinements::default().with_prefix("record-"));
            }
            if recheck {
                record.unknown(RecordComputed::ETAG);
            }
            if is_old && record.changes(RecordArgs::TTL) {
                record.replace(RecordArgs::TTL);
            }
        }
        Ok(())
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &ZoneArgs) -> Result<ZoneComputed> {
        cx.client.note("create")?;
        Ok(answer(args, None))
    }

    async fn read(_: &Cx<'_, Self>, _: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(prior)
    }

    async fn update(
        cx: &Cx<'_, Self>,
        _: &ById,
        prior: &State<Self>,
        args: &ZoneArgs,
    ) -> Result<ZoneComputed> {
        cx.client.note("update")?;
        Ok(answer(args, Some(&prior.computed)))
    }

    async fn delete(cx: &Cx<'_, Self>, _: &ById, _: &State<Self>) -> Result<()> {
        cx.client.note("delete")
    }
}
