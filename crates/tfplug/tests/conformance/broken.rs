//! Schemas that are broken in one way each. Terraform itself refuses only some of them as it loads a provider, one at a time,
//! and misreads the others later, so the provider refuses to serve them.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::process::ExitCode;

use tfplug::schema::{Attribute, Fields, Kind, Mode, Nesting, Outcome, Replace, len};
use tfplug::value::{Type, ValueError};
use tfplug::{
    Args, ByName, ConfigureCx, CreateCx, Cx, Dynamic, Identity, Provider, Registry, Resource, Result, State,
    schema_problems,
};

use crate::workspace::Workspace;

/// Says which of the resources to offer; without it, all.
const VARIABLE: &str = "BROKEN_CASE";

struct Broken;

impl Provider for Broken {
    const ADDRESS: &'static str = "registry.terraform.io/example/broken";
    const VERSION: &'static str = "0.0.1";
    type Args = ();
    type Client = ();

    async fn configure(_: &ConfigureCx<'_>, (): ()) -> Result<()> {
        Ok(())
    }

    fn register(registry: &mut Registry<Self>) {
        let only: Option<usize> = std::env::var(VARIABLE).ok().and_then(|case| case.parse().ok());
        let mut offer = |case, offer: fn(&mut Registry<Self>) -> &mut Registry<Self>| {
            if only.is_none_or(|only| only == case) {
                offer(registry);
            }
        };
        offer(0, Registry::resource::<Case<0, ByName>>);
        offer(1, Registry::resource::<Case<1, ByName>>);
        offer(2, Registry::resource::<Case<2, ByName>>);
        offer(3, Registry::resource::<Case<3, ByName>>);
        offer(4, Registry::resource::<Case<4, ByName>>);
        offer(5, Registry::resource::<Case<5, ByName>>);
        offer(6, Registry::resource::<Case<6, ByName>>);
        offer(7, Registry::resource::<Case<7, ByName>>);
        offer(8, Registry::resource::<Case<8, ByName>>);
        offer(9, Registry::resource::<Case<9, ByName>>);
        offer(10, Registry::resource::<Case<10, ByName>>);
        offer(11, Registry::resource::<Case<11, ByOdd>>);
        offer(12, Registry::resource::<Case<12, ByOdd>>);
        offer(13, Registry::resource::<Case<13, ByOdd>>);
        offer(14, Registry::resource::<Case<14, ByOdd>>);
        offer(15, Registry::resource::<Case<15, ByChance>>);
        offer(16, Registry::resource::<Case<16, ByName>>);
    }
}

/// The attribute that breaks the schema of each resource, and what is said of that.
fn cases() -> [(Attribute, &'static str); 17] {
    let text = |name: &str, mode| Attribute::new(name, Kind::Value(Type::String), mode);
    let secret = || {
        let mut secret = text("secret", Mode::Optional);
        secret.write_only = true;
        secret
    };
    let any = || Attribute::new("any", Kind::Value(Type::Dynamic), Mode::Optional);
    let nested = |nesting, inner| Attribute::new("odd", Kind::Nested(nesting, vec![inner]), Mode::Optional);
    let block = |nesting, max_items, inner| {
        let kind = Kind::Block { nesting, min_items: 0, max_items, attributes: vec![inner] };
        Attribute::new("odd", kind, Mode::Optional)
    };
    let mut given = secret();
    given.mode = Mode::OptionalComputed;
    let set = Kind::Value(Type::Set(Box::new(Type::Dynamic)));
    let mut number = Attribute::new("odd", Kind::Value(Type::Number), Mode::Optional);
    number.checks.push(len(1..=9));
    let mut filled = text("odd", Mode::Optional);
    filled.env = Some("ODD".to_owned());
    let part = |mode| {
        let mut part = text("odd", mode);
        part.replace = Some(Replace::Always);
        part
    };
    let (mut hidden, mut unstored) = (part(Mode::Required), part(Mode::Optional));
    (hidden.sensitive, unstored.write_only) = (true, true);
    // On something write-only it would be another mistake.
    unstored.replace = None;
    let computed = |outcome| {
        let mut computed = text("odd", Mode::Computed);
        computed.outcome = Some(outcome);
        computed
    };
    [
        (text("Odd-1", Mode::Optional), "Odd-1: a name consists of"),
        (given, "secret: a write-only attribute is not computed"),
        (Attribute::new("odd", set, Mode::Optional), "odd: a set holds no values of open type"),
        (nested(Nesting::Set, secret()), "odd: a set holds nothing write-only"),
        (nested(Nesting::List, any()), "odd: several objects hold no values of open type"),
        (block(Nesting::List, 0, any()), "odd: several objects hold no values of open type"),
        (block(Nesting::Single, 2, text("a", Mode::Optional)), "odd: a single block has no number"),
        // What Terraform itself cannot see.
        (number, "odd: the check `of length 1 to 9` says nothing about its type, number"),
        (filled, "odd: `env` is for arguments of the provider"),
        (nested(Nesting::Set, computed(Outcome::Keep)), "odd: the provider decides nothing in a set"),
        (computed(Outcome::Follows(vec!["nmae".to_owned()])), "odd: it follows `nmae`, which does not exist"),
        // Parts of identities.
        (text("odd", Mode::Required), "identity odd: the attribute can change during the life of an object"),
        (part(Mode::Optional), "identity odd: the attribute may be null and the part may not"),
        (hidden, "identity odd: the attribute is sensitive, and an identity is stored and shown in clear"),
        (unstored, "identity odd: the attribute is write-only, so that no state names the object"),
        (part(Mode::Optional), "identity: one part at least is no `Option`, or nothing may name an object"),
        (text("fine", Mode::Optional), "broken_broken_q: the prefix `broken_` is put before the name"),
    ]
}

/// The arguments of a broken resource.
struct Said<const N: usize>;

impl<const N: usize> Fields for Said<N> {
    const DESCRIPTION: &'static str = "Broken.";

    fn attributes() -> Vec<Attribute> {
        let mut name = Attribute::new("name", Kind::Value(Type::String), Mode::Required);
        name.replace = Some(Replace::Always);
        cases().into_iter().nth(N).map(|(odd, ..)| vec![name, odd]).unwrap_or_default()
    }

    fn from_object(_: &Dynamic) -> Result<Self, ValueError> {
        Ok(Said)
    }

    fn to_object(&self) -> BTreeMap<String, Dynamic> {
        BTreeMap::new()
    }
}

impl<const N: usize> Args for Said<N> {}

/// Names an object by the attribute that breaks its schema.
#[derive(Clone, Debug, Identity)]
struct ByOdd {
    /// It.
    odd: String,
}

/// The same, if it has one.
#[derive(Clone, Debug, Identity)]
struct ByChance {
    /// It.
    odd: Option<String>,
}

/// A broken resource with that identity.
struct Case<const N: usize, I>(PhantomData<fn() -> I>);

impl<const N: usize, I: Identity> Resource for Case<N, I> {
    const NAME: &'static str =
        ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "broken_q"][N];
    type Provider = Broken;
    type Id = I;
    type Args = Said<N>;
    type Computed = ();

    async fn create(_: &CreateCx<'_, Self>, _: &Said<N>) -> Result<()> {
        Ok(())
    }

    async fn read(_: &Cx<'_, Self>, _: &I, prior: Option<State<Self>>) -> Result<Option<State<Self>>> {
        Ok(prior)
    }

    async fn update(_: &Cx<'_, Self>, _: &I, _: &State<Self>, _: &Said<N>) -> Result<()> {
        Ok(())
    }

    async fn delete(_: &Cx<'_, Self>, _: &I, _: &State<Self>) -> Result<()> {
        Ok(())
    }
}

pub(crate) fn main() -> ExitCode {
    tfplug::serve::<Broken>()
}

pub(crate) fn every_broken_schema_is_refused_with_what_is_wrong(workspace: &Workspace) {
    workspace.configure_all("", "provider \"broken\" {}");
    let problems = schema_problems::<Broken>();
    assert_eq!(problems.len(), cases().len(), "{problems:#?}");
    for (index, ((_, ours), problem)) in cases().into_iter().zip(&problems).enumerate() {
        assert!(problem.contains(ours), "{problem}");
        let case = index.to_string();
        let said = workspace.fail_with(&[(VARIABLE, case.as_str())], &["validate"]);
        assert!(said.contains("The provider has a bug: its schema is wrong"), "{said}");
        assert!(said.contains(problem.as_str()), "{problem}: {said}");
    }
    // All of them at once, and in the log.
    let said = workspace.fail_with(&[("TF_LOG_PROVIDER", "ERROR")], &["validate"]);
    for problem in &problems {
        assert!(said.contains(&format!("{problem}. Please report this.")), "{problem}: {said}");
        assert!(said.contains(&format!("the provider's schema is wrong: {problem}")), "{problem}: {said}");
    }
}
