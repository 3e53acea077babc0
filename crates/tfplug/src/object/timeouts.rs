//! How long an operation may take: the `timeouts` attribute or block, and its defaults.

use std::time::Duration;

use crate::schema::{Attr, Attribute, Kind, Mode, Nesting};
use crate::types;
use crate::value::Dynamic;

/// Name of the attribute, as everywhere in Terraform.
pub(crate) const NAME: &str = "timeouts";

/// The operations of an object whose duration can be limited, each with its default. `None` means no attribute for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// For create.
    pub create: Option<Duration>,
    /// For read, import included.
    pub read: Option<Duration>,
    /// For update.
    pub update: Option<Duration>,
    /// For delete.
    pub delete: Option<Duration>,
    /// For opening an ephemeral resource.
    pub open: Option<Duration>,
    /// For renewing an ephemeral resource.
    pub renew: Option<Duration>,
    /// For closing an ephemeral resource.
    pub close: Option<Duration>,
    /// For invoking an action.
    pub invoke: Option<Duration>,
    /// Whether they are written `timeouts { … }`, as the configurations of providers have it that come from SDKv2.
    pub block: bool,
}

/// An operation with a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    Read,
    Update,
    Delete,
    Open,
    Renew,
    Close,
    Invoke,
}

/// What limits an operation where neither the configuration nor the schema says anything, as in other providers.
pub(crate) const FALLBACK: Duration = Duration::from_secs(20 * 60);

impl Timeouts {
    /// No operation can be limited.
    pub const NONE: Timeouts = Timeouts {
        create: None,
        read: None,
        update: None,
        delete: None,
        open: None,
        renew: None,
        close: None,
        invoke: None,
        block: false,
    };

    /// In the order of [`Operation`].
    fn each(&self) -> [(&'static str, Option<Duration>); 8] {
        [
            ("create", self.create),
            ("read", self.read),
            ("update", self.update),
            ("delete", self.delete),
            ("open", self.open),
            ("renew", self.renew),
            ("close", self.close),
            ("invoke", self.invoke),
        ]
    }

    /// The operations that can be limited, but for these.
    pub(crate) fn other_than(&self, operations: &[Operation]) -> impl Iterator<Item = &'static str> {
        let each = self.each();
        let known = operations.iter().map(|operation| each[*operation as usize].0).collect::<Vec<_>>();
        let limited = each.into_iter().filter_map(|(name, default)| default.map(|_| name));
        limited.filter(move |name| !known.contains(name))
    }

    /// The attribute, unless no operation can be limited.
    pub(crate) fn attribute(&self) -> Option<Attribute> {
        let operations: Vec<Attribute> = self
            .each()
            .into_iter()
            .filter_map(|(name, default)| {
                let mut attribute = Attribute::new(name, <types::Duration as Attr>::kind(), Mode::Optional);
                <types::Duration as Attr>::describe(&mut attribute);
                attribute.description = format!("Longest time for {name}. Default `{}`.", short(default?));
                Some(attribute)
            })
            .collect();
        if operations.is_empty() {
            return None;
        }
        let kind = if self.block {
            Kind::Block { nesting: Nesting::Single, min_items: 0, max_items: 0, attributes: operations }
        } else {
            Kind::Nested(Nesting::Single, operations)
        };
        let mut attribute = Attribute::new(NAME, kind, Mode::Optional);
        attribute.description =
            "How long operations may take, each as a duration such as `30s` or `5m`.".to_owned();
        Some(attribute)
    }

    /// Whether nothing but the limits differs between two objects. A field of that name is none of ours.
    pub(crate) fn alone_differ(&self, a: &Dynamic, b: &Dynamic) -> bool {
        let (Some(a), Some(b)) = (a.as_map(), b.as_map()) else { return false };
        let limited = self.each().iter().any(|(_, default)| default.is_some());
        let rest = |(name, value): (&String, &Dynamic)| name == NAME || b.get(name) == Some(value);
        limited && a.len() == b.len() && a.get(NAME) != b.get(NAME) && a.iter().all(rest)
    }

    /// The limit of an operation, given an object's configuration or state.
    pub(crate) fn limit(&self, operation: Operation, object: &Dynamic) -> Duration {
        let (name, default) = self.each()[operation as usize];
        // Where nothing can be limited, a field of that name is none of ours.
        let Some(default) = default else { return FALLBACK };
        let said = object.get(NAME).get(name).as_str().and_then(|text| types::parse_duration(text).ok());
        said.unwrap_or(default)
    }
}

/// A whole number of the largest unit that fits.
pub(crate) fn short(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 => format!("{}ms", span.as_millis()),
        _ if seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}
