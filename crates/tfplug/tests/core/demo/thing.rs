//! `demo_thing`: every kind of attribute that the derives know, over the cloud in memory.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;
use tfplug::schema::{len, not_blank};
use tfplug::{
    Args, Change, Choice, Computed, Config, CreateCx, Cx, Diagnostics, Identity, PlanCx, PrivateKey,
    Resource, Result, Sensitive, State, Text, Upgrades, Value, WriteOnly,
};

use super::{Demo, DemoMeta};

/// A thing.
#[derive(Args, Clone, Debug, PartialEq)]
#[args(version = 2, timeouts(create = "5m", read = "1m", update = "5m", delete = "5m"))]
pub(crate) struct ThingArgs {
    /// Name shown.
    #[attr(check = [not_blank(), len(1..=20)])]
    pub label: String,
    /// Internal name.
    #[attr(replace)]
    pub name: Option<String>,
    /// Address of the owner.
    pub owner: Option<Email>,
    /// How large.
    #[attr(default = Size::Small)]
    pub size: Size,
    /// How much fits in; never less.
    #[attr(replace_if = |prior, planned| planned < prior)]
    pub capacity: Option<i64>,
    /// In order.
    pub steps: Option<Vec<String>>,
    /// Without order.
    pub tags: Option<BTreeSet<String>>,
    /// By key.
    pub notes: Option<BTreeMap<String, String>>,
    /// One rule.
    pub main: Option<RuleArgs>,
    /// Rules in order.
    pub rules: Option<Vec<RuleArgs>>,
    /// Rules by name.
    pub named: Option<BTreeMap<String, RuleArgs>>,
    /// Rules without order.
    pub loose: Option<BTreeSet<RuleArgs>>,
    /// Kept secret.
    pub secret: Option<Sensitive<String>>,
    /// Never stored.
    pub password: Option<WriteOnly<String>>,
    /// Raise it to change the password.
    pub password_version: Option<i64>,
    /// The label of old.
    #[attr(deprecated = "Use `label`.")]
    pub caption: Option<String>,
}

/// A rule of who may do what.
#[derive(Args, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RuleArgs {
    /// Who.
    pub who: String,
    /// How often.
    #[attr(default = 3)]
    pub times: i64,
}

/// What the cloud says of a thing.
#[derive(Computed, Clone, Debug, PartialEq)]
pub(crate) struct ThingComputed {
    /// Number of the thing.
    #[attr(keep)]
    pub id: String,
    /// Given by the cloud where nobody gives one.
    #[attr(keep)]
    pub name: String,
    /// Where it is found.
    #[attr(follows(label))]
    pub path: String,
    /// How often it was changed.
    #[attr(volatile)]
    pub revision: i64,
    /// What the cloud says of the rule.
    #[attr(keep)]
    pub main: Option<RuleComputed>,
}

/// What the cloud says of a rule.
#[derive(Computed, Clone, Debug, PartialEq)]
pub(crate) struct RuleComputed {
    /// Number of the rule.
    #[attr(keep)]
    pub number: i64,
}

/// Names a thing.
#[derive(Identity, Clone, Debug)]
pub(crate) struct ById {
    /// Number of the thing.
    pub id: String,
}

/// Sizes.
#[derive(Choice, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Size {
    #[default]
    Small,
    #[choice(alias = "big")]
    Large,
}

/// An address, the same in any case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Email(pub(crate) String);

impl Text for Email {
    const RULE: &'static str = "an address with one @";

    fn parse(text: &str) -> Result<Self, String> {
        match text.matches('@').count() {
            1 => Ok(Email(text.to_owned())),
            _ => Err(format!("It must be an address with one @, not {text:?}.")),
        }
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }

    fn same(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

/// A thing as the cloud has it.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) revision: i64,
    pub(crate) args: ThingArgs,
}

impl Record {
    fn computed(&self) -> ThingComputed {
        ThingComputed {
            id: self.id.clone(),
            name: self.name.clone(),
            path: format!("/{}", self.args.label),
            revision: self.revision,
            main: self
                .args
                .main
                .as_ref()
                .map(|rule| RuleComputed { number: i64::try_from(rule.who.len()).unwrap() }),
        }
    }

    pub(super) fn state(&self) -> State<Thing> {
        State { args: self.args.clone(), computed: self.computed() }
    }
}

/// How many passwords were set, remembered in private state.
pub(crate) const PASSWORDS: PrivateKey<u32> = PrivateKey::new("passwords");
const PLANNED: PrivateKey<String> = PrivateKey::new("planned");
/// What a plan says to the delete.
const FAREWELL: PrivateKey<String> = PrivateKey::new("farewell");

pub(crate) struct Thing;

impl Resource for Thing {
    const NAME: &'static str = "thing";
    type Provider = Demo;
    type Id = ById;
    type Args = ThingArgs;
    type Computed = ThingComputed;

    fn validate(config: &Config<'_, ThingArgs>, diagnostics: &mut Diagnostics) {
        if config.get(ThingArgs::LABEL).known().is_some_and(|label| label == "panic") {
            panic!("no idea how to validate");
        }
        if config.get(ThingArgs::PASSWORD).known().is_some()
            && config.get(ThingArgs::PASSWORD_VERSION).is_null()
        {
            diagnostics.warning_at(
                ThingArgs::PASSWORD,
                "A password without version",
                "Set `password_version`, or it is never changed.",
            );
        }
    }

    async fn plan(cx: &PlanCx<'_, Self>, change: &mut Change<'_, Self>) -> Result<()> {
        if let Some(cloud) = &cx.client {
            cloud.step("plan", Some(cx)).await?;
        }
        if let Value::Known(label) = change.planned(ThingArgs::LABEL)
            && label == "counted"
        {
            let before = cx.session::<AtomicUsize>().fetch_add(1, Ordering::Relaxed);
            cx.warning("Counted", format!("{before} plans before this one"));
        }
        if change.is_create()
            && let Value::Known(label) = change.planned(ThingArgs::LABEL)
        {
            change.fill(ThingComputed::NAME, label.to_lowercase());
            cx.private.set(&PLANNED, &label);
        }
        Ok(())
    }

    async fn plan_delete(cx: &PlanCx<'_, Self>, prior: &State<Self>) -> Result<()> {
        if let Some(cloud) = &cx.client {
            cloud.step("plan_delete", Some(cx)).await?;
        }
        if prior.args.size == Size::Large {
            cx.warning_at(ThingArgs::SIZE, "A large thing goes", "It took long to make.");
        }
        Ok(())
    }

    async fn create(cx: &CreateCx<'_, Self>, args: &ThingArgs) -> Result<ThingComputed> {
        let cloud = &cx.client;
        cloud.step("create", Some(cx)).await?;
        if let Some(author) = cx.meta::<DemoMeta>().and_then(|meta| meta.author) {
            cloud.note(format!("for {author}"));
        }
        let planned = cx.private.get(&PLANNED).unwrap_or_default();
        cx.private.remove(&PLANNED);
        if args.password.as_ref().and_then(WriteOnly::get).is_some() {
            cx.private.set(&PASSWORDS, &1);
        }
        cx.attempted();
        let record = cloud.insert(|number| Record {
            id: number.to_string(),
            name: args.name.clone().unwrap_or_else(|| args.label.to_lowercase()),
            revision: 1,
            args: args.clone(),
        });
        cloud.note(format!("create {} {} (planned {planned:?})", record.id, args.label));
        cloud.step("answer", Some(cx)).await?;
        cx.created(&ById { id: record.id.clone() });
        cloud.step("created", Some(cx)).await?;
        cx.checkpoint(&record.state());
        cloud.step("checkpoint", Some(cx)).await?;
        if let Some(password) = args.password.as_ref().and_then(WriteOnly::get) {
            cloud.note(format!("password of {} characters", password.len()));
        }
        Ok(record.computed())
    }

    async fn read(cx: &Cx<'_, Self>, id: &ById, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        cx.client.note(format!("read {}{}", id.id, if prior.is_none() { " without prior" } else { "" }));
        cx.client.step("read", Some(cx)).await?;
        Ok(cx.client.get(&id.id).map(|record| record.state()))
    }

    async fn update(
        cx: &Cx<'_, Self>,
        id: &ById,
        prior: &State<Self>,
        args: &ThingArgs,
    ) -> Result<ThingComputed> {
        cx.client.step("update", Some(cx)).await?;
        cx.client.note(format!("update {} {} to {}", id.id, prior.args.label, args.label));
        if args.password.as_ref().and_then(WriteOnly::get).is_some()
            && prior.args.password_version != args.password_version
        {
            let passwords = cx.private.get(&PASSWORDS).unwrap_or_default();
            cx.private.set(&PASSWORDS, &(passwords + 1));
        }
        let record = Record {
            id: id.id.clone(),
            name: prior.computed.name.clone(),
            revision: prior.computed.revision + 1,
            args: args.clone(),
        };
        cx.client.put(record.clone());
        cx.client.step("updated", Some(cx)).await?;
        cx.checkpoint(&record.state());
        cx.client.step("checkpoint", Some(cx)).await?;
        Ok(record.computed())
    }

    async fn delete(cx: &Cx<'_, Self>, id: &ById, prior: &State<Self>) -> Result<()> {
        cx.client.step("delete", Some(cx)).await?;
        cx.client.note(format!(
            "delete {} {} of revision {}{}",
            id.id,
            prior.args.label,
            prior.computed.revision,
            cx.private.get(&FAREWELL).map(|word| format!(" ({word})")).unwrap_or_default()
        ));
        let revision = prior.computed.revision + 100;
        let computed = ThingComputed { revision, ..prior.computed.clone() };
        cx.checkpoint(&State { args: prior.args.clone(), computed });
        cx.client.step("remains", Some(cx)).await?;
        cx.client.remove(&id.id);
        Ok(())
    }

    const FINDS: bool = true;

    async fn find(cx: &Cx<'_, Self>, args: &ThingArgs) -> Result<Option<State<Self>>> {
        cx.client.note(format!("find {}", args.label));
        cx.client.step("find", Some(cx)).await?;
        Ok(cx.client.find(|record| record.args.label == args.label).map(|record| record.state()))
    }

    async fn import(cx: &Cx<'_, Self>, text: &str) -> Result<ById> {
        cx.client.step("import", Some(cx)).await?;
        match text.strip_prefix("thing/") {
            Some(id) => Ok(ById { id: id.to_owned() }),
            None => Err(tfplug::Error::new("Not a thing", format!("Write `thing/{text}`."))),
        }
    }

    fn upgrades() -> Upgrades<Self> {
        Upgrades::none().from(1, |old: ThingV1| {
            if old.title == "odd" {
                panic!("no idea how to upgrade");
            }
            assert!(!old.title.starts_with("odd-"), "no idea what {} is", old.title);
            if old.title.starts_with("refused") {
                return Err(tfplug::Error::new(format!("No way for {}", old.title), "There is none."));
            }
            let args = ThingArgs {
                label: old.title,
                name: None,
                owner: None,
                size: Size::Small,
                capacity: None,
                steps: None,
                tags: None,
                notes: None,
                main: None,
                rules: None,
                named: None,
                loose: None,
                secret: None,
                password: None,
                password_version: None,
                caption: None,
            };
            let record = Record { id: old.id, name: old.name, revision: 1, args };
            Ok(record.state())
        })
    }
}

/// How version 1 stored a thing.
#[derive(Deserialize)]
struct ThingV1 {
    id: String,
    title: String,
    name: String,
}
