//! Messages about functions.

use std::collections::BTreeMap;

use super::{Server, convert};
use crate::object::AnyFunction;
use crate::pipeline::function;
use crate::proto::tfplugin6 as tf;
use crate::schema::{Attribute, Mode};
use crate::value::Type;

impl Server {
    pub(super) fn functions(&self) -> BTreeMap<String, tf::Function> {
        self.offer
            .objects
            .functions
            .iter()
            .map(|(name, function)| (name.clone(), message(&**function)))
            .collect()
    }

    pub(super) fn call_by_name(&self, request: &tf::call_function::Request) -> tf::call_function::Response {
        let result = self.call(request);
        match result {
            Ok(result) => tf::call_function::Response { result: Some(result), error: None },
            Err((text, function_argument)) => {
                let text = convert::printable(&self.masker.apply(&text));
                // Terraform ends its own sentence after it: `Call to function "…" failed: ….`
                let text = text.strip_suffix('.').unwrap_or(&text).to_owned();
                let error = Some(tf::FunctionError { text, function_argument });
                tf::call_function::Response { result: None, error }
            }
        }
    }

    fn call(&self, request: &tf::call_function::Request) -> Result<tf::DynamicValue, (String, Option<i64>)> {
        let Some(function) = self.offer.objects.functions.get(&request.name) else {
            return Err((format!("This provider offers no function {:?}.", request.name), None));
        };
        let arguments = request.arguments.iter().enumerate().map(|(index, message)| {
            let position = i64::try_from(index).ok();
            let ty = function::parameter(&**function, index)
                .ok_or_else(|| ("There are too many arguments.".to_owned(), position))?;
            convert::value(Some(message), &ty).map_err(|error| (error.to_string(), position))
        });
        let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
        let result = function::call(&**function, &self.masker, arguments)?;
        convert::dynamic_value(&result, function.output()).map_err(|error| {
            (format!("The result cannot be written: {error}. This is a bug of the provider."), None)
        })
    }
}

fn message(function: &dyn AnyFunction) -> tf::Function {
    let (fixed, variadic) = function::parameters(function);
    let schema = function.schema();
    tf::Function {
        parameters: fixed.iter().map(|attribute| parameter(attribute, &attribute.ty())).collect(),
        variadic_parameter: variadic.map(|attribute| parameter(attribute, &function::element(attribute))),
        r#return: Some(tf::function::Return { r#type: function.output().to_json().into() }),
        summary: function.summary().to_owned(),
        description: schema.description.clone(),
        description_kind: tf::StringKind::Markdown as i32,
        deprecation_message: schema.deprecated.clone().unwrap_or_default(),
    }
}

fn parameter(attribute: &Attribute, ty: &Type) -> tf::function::Parameter {
    tf::function::Parameter {
        name: attribute.name.clone(),
        r#type: ty.to_json().into(),
        allow_null_value: attribute.mode != Mode::Required,
        allow_unknown_values: attribute.unknown,
        description: attribute.description.clone(),
        description_kind: tf::StringKind::Markdown as i32,
    }
}
