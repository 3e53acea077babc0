//! Functions without their types.

use std::marker::PhantomData;

use crate::object::function::{Function, FunctionError};
use crate::schema::{Args as _, Attr as _, Fields as _, Schema, derived};
use crate::value::{Dynamic, Type};

/// A function without its types.
pub(crate) trait AnyFunction: Send + Sync {
    fn summary(&self) -> &str;
    /// The parameters as attributes, in order; a variadic one is the last.
    fn schema(&self) -> &Schema;
    fn output(&self) -> &Type;
    /// Whether something of the result is sensitive or write-only.
    fn output_holds_secrets(&self) -> bool;
    fn call(&self, args: &Dynamic) -> Result<Dynamic, FunctionError>;
}

pub(in crate::object) struct ErasedFunction<F> {
    schema: Schema,
    output: Type,
    output_holds_secrets: bool,
    function: PhantomData<fn() -> F>,
}

impl<F: Function> ErasedFunction<F> {
    pub(in crate::object) fn new() -> Self {
        let output = derived::element::<F::Output>();
        ErasedFunction {
            schema: Schema {
                version: 0,
                description: F::Args::DESCRIPTION.to_owned(),
                deprecated: F::DEPRECATED.or(F::Args::DEPRECATED).map(str::to_owned),
                attributes: F::Args::attributes(),
            },
            output_holds_secrets: output.holds_secrets(),
            output: output.ty(),
            function: PhantomData,
        }
    }
}

impl<F: Function> AnyFunction for ErasedFunction<F> {
    fn summary(&self) -> &str {
        F::SUMMARY
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn output(&self) -> &Type {
        &self.output
    }

    fn output_holds_secrets(&self) -> bool {
        self.output_holds_secrets
    }

    fn call(&self, args: &Dynamic) -> Result<Dynamic, FunctionError> {
        let args = F::Args::from_object(args).map_err(|error| FunctionError {
            text: error.message().to_owned(),
            argument: Some(error.path().clone()),
        })?;
        Ok(F::call(args)?.to_dynamic())
    }
}
