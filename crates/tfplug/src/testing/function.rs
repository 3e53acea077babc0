//! The call of a function. Terraform decides about null and unknown arguments before the provider is asked, which is not
//! configured for it.

use std::sync::Arc;

use serde_json::Value as Json;
use tonic::Request;

use super::block::named;
use super::instance::{finished, sound};
use super::message::{conforming, message};
use super::walk::{Phase, Walk};
use super::{Core, Report, config, plan, schema};
use crate::proto::tfplugin6 as tf;
use crate::proto::tfplugin6::provider_server::Provider as _;
use crate::value::{Dynamic, Path, Step, Type};

/// A function, `provider::name::function` in a configuration.
#[derive(Clone)]
pub struct Function {
    core: Core,
    name: String,
    function: Arc<schema::Function>,
}

impl Core {
    /// The function of that name.
    ///
    /// # Panics
    /// When the provider offers no such function.
    pub fn function(&self, name: &str) -> Function {
        let function = named(&self.schemas.functions, "function", name);
        Function { core: self.clone(), name: name.to_owned(), function }
    }
}

impl Function {
    /// Calls the function with positional arguments, those of a variadic parameter one after the other;
    /// [`unknown`](super::unknown) stands for what is not known yet, in the result, too.
    ///
    /// # Panics
    /// When there is an error.
    pub async fn call(&self, arguments: impl IntoIterator<Item = Json>) -> Json {
        sound("call", self.try_call(arguments).await)
    }

    /// As [`Function::call`].
    ///
    /// # Errors
    /// What Terraform or the function says, at the parameter that is to blame.
    pub async fn try_call(&self, arguments: impl IntoIterator<Item = Json>) -> Result<Json, Report> {
        let mut report = Report::default();
        let arguments: Vec<Json> = arguments.into_iter().collect();
        let result = self.called(&arguments, &mut report).await;
        finished(result, report).map(|(result, _)| plan::to_json(&result))
    }

    async fn called(&self, given: &[Json], report: &mut Report) -> Option<Dynamic> {
        let expected = self.function.parameters.len();
        if given.len() < expected {
            report.error("Not enough function arguments", format!("{expected} are expected."));
            return None;
        }
        let mut arguments = Vec::new();
        let mut is_open = false;
        for (index, given) in given.iter().enumerate() {
            let Some(parameter) = self.function.parameter(index) else {
                report.error("Too many function arguments", format!("{expected} are expected."));
                return None;
            };
            let value = match config::value(&parameter.ty, given) {
                Ok(value) => value,
                Err(problem) => {
                    return blame(&self.path(index), "Invalid function argument", problem, report);
                }
            };
            if value.is_null() && !parameter.null {
                let problem = "The argument must not be null.".to_owned();
                return blame(&self.path(index), "Invalid function argument", problem, report);
            }
            is_open |= !value.is_wholly_known() && !parameter.unknown;
            arguments.push((value, &parameter.ty));
        }
        if is_open {
            // The provider is not asked.
            return Some(Dynamic::unknown());
        }
        let walk = self.core.walk(Phase::Validate, report).await?;
        let sent = |(value, ty): &(Dynamic, &Type)| message(value, ty, report);
        let messages = arguments.iter().map(sent).collect::<Option<Vec<_>>>()?;
        let result = self.asked(&walk, messages, report).await?;
        let all_known = arguments.iter().all(|(value, _)| value.is_wholly_known());
        if all_known && !result.is_wholly_known() {
            report.error(INVALID, "All arguments are known, so the result has to be known.");
            return None;
        }
        // OpenTofu writes null as no value at all, which has to mean the same.
        let null = |(value, ty): &(Dynamic, &Type)| {
            if value.is_null() { Some(tf::DynamicValue::default()) } else { message(value, ty, report) }
        };
        let messages = arguments.iter().map(null).collect::<Option<Vec<_>>>()?;
        if self.asked(&walk, messages, report).await? != result {
            report.error("Function returned an inconsistent result", "Asked again it answered otherwise.");
            return None;
        }
        Some(result)
    }

    async fn asked(
        &self,
        walk: &Walk,
        arguments: Vec<tf::DynamicValue>,
        report: &mut Report,
    ) -> Option<Dynamic> {
        let given = arguments.len();
        let request = tf::call_function::Request { name: self.name.clone(), arguments };
        let answer = walk.server().call_function(Request::new(request)).await;
        let answer = walk.received(answer, report)?;
        if let Some(error) = answer.error {
            let summary = "Error in function call";
            let Some(index) = error.function_argument else {
                report.error(summary, error.text);
                return None;
            };
            return match usize::try_from(index).ok().filter(|index| *index < given) {
                Some(index) => blame(&self.path(index), summary, error.text, report),
                None => {
                    report.error(INVALID, format!("Its error blames argument {index}, which there is not."));
                    None
                }
            };
        }
        if answer.result.is_none() {
            // Terraform takes it for null, which is hardly what is meant.
            report.error(INVALID, "It answered with neither a result nor an error.");
            return None;
        }
        conforming(answer.result.as_ref(), &self.function.output, INVALID, report)
    }

    /// The parameter that the argument is for, and which of its arguments where it takes several.
    fn path(&self, index: usize) -> Path {
        let fixed = self.function.parameters.len();
        let Some(parameter) = self.function.parameter(index) else { return Path::root() };
        let path = Path::attribute(&parameter.name);
        if index < fixed { path } else { path.join(Step::Index(index - fixed)) }
    }
}

const INVALID: &str = "Provider returned invalid function result";

fn blame(path: &Path, summary: &str, problem: String, report: &mut Report) -> Option<Dynamic> {
    report.push(crate::diag::Diagnostic::error(summary, problem).at(path.clone()));
    None
}
