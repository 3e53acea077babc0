//! The read of a data source: defaults in, one call of the handler, arguments and answer put together.
//!
//! Planning is Terraform's own here: it asks once the configuration is known, in plan or in apply.

use super::{Scope, handled, in_clear, settle, with_defaults};
use crate::diag::Diagnostics;
use crate::object::{AnyDataSource, Call, Operation, Private};
use crate::value::Dynamic;

/// Reads the object; null after an error.
pub(crate) async fn read(
    source: &dyn AnyDataSource,
    scope: Scope,
    config: Dynamic,
) -> (Dynamic, Diagnostics) {
    let attributes = &source.schema().attributes;
    let deadline = tokio::time::Instant::now() + source.timeouts().limit(Operation::Read, &config);
    let call = Call::new(scope, deadline, Private::default());
    let args = with_defaults(attributes, &config);
    let (answer, mut diagnostics) = handled(source, "read", &call, source.read(&call, &args)).await;
    let state = answer.map(|answer| settle::applied(attributes, &config, &args, &answer));
    if let Some(state) = &state {
        in_clear(source, &config, state, &mut diagnostics);
    }
    (state.unwrap_or(Dynamic::Null), diagnostics)
}
