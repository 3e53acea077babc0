//! The call of a function: positional arguments become an object, the result must fit the declared type.

use std::panic::AssertUnwindSafe;

use super::{bug, validate};
use crate::diag::{Diagnostics, Severity};
use crate::log::Masker;
use crate::object::{AnyFunction, FunctionError};
use crate::schema::Attribute;
use crate::value::{Dynamic, Path, Step, Type};

/// The type of the argument at a position; `None` when there are too many.
pub(crate) fn parameter(function: &dyn AnyFunction, index: usize) -> Option<Type> {
    let (fixed, variadic) = parameters(function);
    match (fixed.get(index), variadic) {
        (Some(parameter), _) => Some(parameter.ty()),
        (None, Some(variadic)) => Some(element(variadic)),
        (None, None) => None,
    }
}

/// The parameters with a position of their own, and the one for all further arguments.
pub(crate) fn parameters(function: &dyn AnyFunction) -> (&[Attribute], Option<&Attribute>) {
    match function.schema().attributes.split_last() {
        Some((last, fixed)) if last.variadic => (fixed, Some(last)),
        _ => (&function.schema().attributes, None),
    }
}

/// What each of the further arguments is: the variadic field is a list of them.
pub(crate) fn element(variadic: &Attribute) -> Type {
    match variadic.ty() {
        Type::List(element) | Type::Set(element) => *element,
        other => other,
    }
}

/// Calls the function. An error carries the position of the argument to blame. What is secret in the arguments is masked from
/// now on.
pub(crate) fn call(
    function: &dyn AnyFunction,
    masker: &Masker,
    mut arguments: Vec<Dynamic>,
) -> Result<Dynamic, (String, Option<i64>)> {
    let (fixed, variadic) = parameters(function);
    if arguments.len() < fixed.len() || (variadic.is_none() && arguments.len() > fixed.len()) {
        return Err((format!("{} arguments are expected, not {}.", fixed.len(), arguments.len()), None));
    }
    let given = arguments.len();
    let further = arguments.split_off(fixed.len());
    let names = fixed.iter().map(|parameter| parameter.name.clone());
    let mut object: std::collections::BTreeMap<String, Dynamic> = names.zip(arguments).collect();
    if let Some(variadic) = variadic {
        object.insert(variadic.name.clone(), Dynamic::List(further));
    }
    let object = Dynamic::Map(object);
    for secret in super::secrets(&function.schema().attributes, &object) {
        masker.mask(&secret);
    }
    let called = std::panic::catch_unwind(AssertUnwindSafe(|| {
        check(function, given, &object)?;
        function.call(&object).map_err(|FunctionError { text, argument }| {
            (text, argument.and_then(|argument| position(function, given, &argument)))
        })
    }));
    match called {
        Ok(result) => result,
        Err(panic) => {
            let diagnostics = bug(&*panic).into_diagnostics("call a function", |_| None);
            let text =
                diagnostics.into_iter().map(|bug| format!("{}. {}", bug.summary, bug.detail)).collect();
            Err((text, None))
        }
    }
}

/// The position of the argument that a path begins with: each of the further ones has its own. `None` where nothing was
/// given, because then there is none to blame.
fn position(function: &dyn AnyFunction, given: usize, path: &Path) -> Option<i64> {
    let (first, rest) = path.steps().split_first()?;
    let Step::Attribute(name) = first else { return None };
    let parameters = &function.schema().attributes;
    let index = parameters.iter().position(|parameter| parameter.name == *name)?;
    let index = match rest.first() {
        Some(Step::Index(further)) if parameters.get(index).is_some_and(|parameter| parameter.variadic) => {
            index + further
        }
        _ => index,
    };
    i64::try_from(index).ok().filter(|_| index < given)
}

/// Applies the rules of the parameters, and of objects inside of them, to what is known. A function has no warnings.
fn check(function: &dyn AnyFunction, given: usize, object: &Dynamic) -> Result<(), (String, Option<i64>)> {
    let parameters = &function.schema().attributes;
    let mut found = Diagnostics::new();
    validate::attributes(parameters, object, &Path::root(), true, &mut found);
    let Some(problem) = found.into_iter().find(|problem| problem.severity == Severity::Error) else {
        return Ok(());
    };
    // Terraform names the argument itself, be it one of the further ones; what is inside of it is ours to name.
    let own = match problem.path.steps() {
        [Step::Attribute(name), Step::Index(_), ..]
            if parameters.iter().any(|parameter| parameter.variadic && parameter.name == *name) =>
        {
            2
        }
        _ => 1,
    };
    let inside = problem.path.steps().len() > own;
    let text = if inside { format!("{}: {}", problem.path, problem.detail) } else { problem.detail.clone() };
    Err((text, position(function, given, &problem.path)))
}
