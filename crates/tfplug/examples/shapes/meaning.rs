//! `shapes_meaning`: text that means something, which the remote side spells in its own way. Spelled otherwise it is no
//! change, neither in a configuration nor in what is read.

use std::collections::BTreeMap;
use std::net::IpAddr;

use tfplug::types::{Cidr, Json, Timestamp, Uuid};
use tfplug::{Args, Computed, Duration, Result};

use super::store::Shape;

#[cfg(feature = "url")]
type Link = url::Url;
#[cfg(not(feature = "url"))]
type Link = String;

/// An object with text of every meaning.
#[derive(Args)]
pub(crate) struct MeaningArgs {
    /// A document.
    document: Option<Json>,
    /// How long.
    wait: Option<Duration>,
    /// When.
    at: Option<Timestamp>,
    /// An address.
    address: Option<IpAddr>,
    /// A network.
    network: Option<Cidr>,
    /// A link.
    link: Option<Link>,
    /// An identifier.
    key: Option<Uuid>,
    /// Documents in order.
    documents: Option<Vec<Json>>,
    /// Lengths of time by key.
    waits: Option<BTreeMap<String, Duration>>,
    /// Steps with a meaning of their own.
    steps: Option<Vec<Step>>,
}

/// A step.
#[derive(Args)]
struct Step {
    /// How long it takes.
    wait: Duration,
    /// What it is told.
    document: Option<Json>,
}

/// What is computed.
#[derive(Computed)]
pub(crate) struct MeaningComputed {
    /// Type and number.
    #[attr(keep)]
    id: String,
}

pub(crate) struct Meaning;

impl Shape for Meaning {
    const NAME: &'static str = "meaning";
    type Args = MeaningArgs;
    type Computed = MeaningComputed;

    fn answer(id: &str, _: &MeaningArgs) -> MeaningComputed {
        MeaningComputed { id: id.to_owned() }
    }

    fn respelled(args: MeaningArgs) -> Result<MeaningArgs> {
        let document = |json: Json| Json::of(&json.to::<serde_json::Value>()?);
        let wait = |wait: Duration| Duration::from(wait.get());
        let step = |step: Step| {
            Ok::<_, serde_json::Error>(Step {
                wait: wait(step.wait),
                document: step.document.map(document).transpose()?,
            })
        };
        Ok(MeaningArgs {
            document: args.document.map(document).transpose()?,
            wait: args.wait.map(wait),
            at: args.at.map(|at| at.get().into()),
            documents: args
                .documents
                .map(|documents| documents.into_iter().map(document).collect::<Result<_, _>>())
                .transpose()?,
            waits: args.waits.map(|waits| waits.into_iter().map(|(key, each)| (key, wait(each))).collect()),
            steps: args
                .steps
                .map(|steps| steps.into_iter().map(step).collect::<Result<_, _>>())
                .transpose()?,
            // The rest has one spelling once it is read.
            ..args
        })
    }
}
