//! Pages of functions, which have a signature instead of attributes by who gives them.

use std::fmt::Write as _;

use super::examples::Examples;
use super::{DocgenError, attributes, example_usage, fenced, opening};
use crate::object::AnyFunction;
use crate::pipeline::function;
use crate::schema::Mode;
use crate::value::Type;

/// Folder of the pages, and of the examples.
pub(super) const FOLDER: &str = "functions";

/// The page of one function.
pub(super) fn page(
    provider: &str,
    name: &str,
    function: &dyn AnyFunction,
    examples: &Examples<'_>,
) -> Result<String, DocgenError> {
    let mut page = opening(provider, name, "Function", function.summary(), function.schema());
    let usage = examples.usage(&format!("{FOLDER}/{name}"), ("function", ".tf"), name)?;
    page.push_str(&example_usage(&usage));

    let (fixed, variadic) = function::parameters(function);
    let mut parameters: Vec<(_, Type, Vec<String>)> =
        fixed.iter().map(|attribute| (attribute, attribute.ty(), Vec::new())).collect();
    if let Some(attribute) = variadic {
        parameters.push((attribute, function::element(attribute), vec!["Variadic".to_owned()]));
    }
    let signature: Vec<String> = parameters
        .iter()
        .map(|(attribute, ty, notes)| {
            let dots = if notes.is_empty() { "" } else { "..." };
            format!("{} {ty}{dots}", attribute.name)
        })
        .collect();
    let signature = format!("{name}({}) {}", signature.join(", "), function.output());
    let _ = write!(page, "\n## Signature\n\n{}", fenced("text", &signature));

    if !parameters.is_empty() {
        page.push_str("\n## Arguments\n\n");
    }
    for (attribute, ty, mut notes) in parameters {
        notes.insert(0, attributes::words(&ty));
        if attribute.mode != Mode::Required {
            notes.push("Nullable".to_owned());
        }
        attributes::entry(&mut page, "1.", attribute, &notes, &attributes::facts(attribute, "function"));
    }
    Ok(page)
}
