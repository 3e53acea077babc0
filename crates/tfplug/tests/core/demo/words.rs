//! Functions over texts.

use std::sync::atomic::{AtomicI64, Ordering};

use tfplug::schema::{Check, not_blank};
use tfplug::value::Step;
use tfplug::{Args, Dynamic, Function, FunctionError, Path, Value};

use super::Demo;

/// Joins texts.
#[derive(Args)]
pub(crate) struct JoinArgs {
    /// What to put between them; nothing if null.
    pub between: Option<String>,
    /// The first.
    #[attr(check = [not_blank(), Check::new("", panics)])]
    pub first: String,
    /// Further ones.
    #[attr(variadic)]
    pub further: Vec<String>,
}

fn panics(value: &Dynamic) -> Result<(), String> {
    match value.as_str() {
        Some("panic in check") => panic!("no idea how to check"),
        _ => Ok(()),
    }
}

pub(crate) struct Join;

impl Function for Join {
    const NAME: &'static str = "join";
    const SUMMARY: &'static str = "Joins texts";
    type Provider = Demo;
    type Args = JoinArgs;
    type Output = String;

    fn call(args: JoinArgs) -> Result<String, FunctionError> {
        if args.first == "panic" {
            panic!("no idea how to join");
        }
        if let Some(index) = args.further.iter().position(|text| text == "bad") {
            let path = Path::from(JoinArgs::FURTHER).join(Step::Index(index));
            return Err(FunctionError::new("It is a bad word.").at(path));
        }
        if args.first == "none" {
            return Err(FunctionError::new("Nothing to join.").at(JoinArgs::FURTHER));
        }
        if args.first == "all" {
            return Err(FunctionError::new("Nothing fits."));
        }
        let texts: Vec<_> = std::iter::once(args.first).chain(args.further).collect();
        Ok(texts.join(&args.between.unwrap_or_default()))
    }
}

/// Finds the longest.
#[derive(Args)]
pub(crate) struct LongestArgs {
    /// Texts, which may not be known yet.
    pub texts: Value<Vec<String>>,
}

pub(crate) struct Longest;

impl Function for Longest {
    const NAME: &'static str = "longest";
    const SUMMARY: &'static str = "The longest of some texts";
    type Provider = Demo;
    type Args = LongestArgs;
    type Output = Value<String>;

    fn call(args: LongestArgs) -> Result<Value<String>, FunctionError> {
        Ok(match args.texts {
            Value::Known(texts) if texts == ["secret"] => Value::Unknown,
            Value::Known(texts) => {
                texts.into_iter().max_by_key(String::len).map_or(Value::Null, Value::Known)
            }
            Value::Null => Value::Null,
            Value::Unknown => Value::Unknown,
        })
    }
}

/// Takes nothing.
#[derive(Args)]
pub(crate) struct NoArgs {}

/// Breaks the promise of all functions: the same result for the same arguments.
pub(crate) struct Fresh;

impl Function for Fresh {
    const NAME: &'static str = "fresh";
    const SUMMARY: &'static str = "A number that never comes twice";
    type Provider = Demo;
    type Args = NoArgs;
    type Output = i64;

    fn call(_: NoArgs) -> Result<i64, FunctionError> {
        static NUMBERS: AtomicI64 = AtomicI64::new(0);
        Ok(NUMBERS.fetch_add(1, Ordering::SeqCst))
    }
}
