//! The import of one object: from the text or identity that a practitioner gives to a state that a read can complete.
//!
//! The answer holds only what names the object. Terraform reads it next, and a mark in the private state tells that
//! read that there is no prior object.

use super::{Scope, failed, guard};
use crate::diag::Diagnostics;
use crate::object::{AnyResource, Call, Operation, Private, PrivateKey};
use crate::schema;
use crate::value::Dynamic;

/// Marks the read right after an import, by the name that Go's framework uses.
pub(super) const IMPORTED: PrivateKey<bool> = PrivateKey::new(".import_before_read");

/// What names the object.
pub(crate) enum Target {
    /// The text of `terraform import` or of an `import` block's `id`.
    Text(String),
    /// The object of an `import` block's `identity`.
    Identity(Dynamic),
}

/// What we answer.
pub(crate) struct Response {
    /// `None` after an error.
    pub(crate) imported: Option<Imported>,
    pub(crate) diagnostics: Diagnostics,
}

/// What was found.
pub(crate) struct Imported {
    pub(crate) state: Dynamic,
    pub(crate) identity: Dynamic,
    pub(crate) private: Vec<u8>,
}

/// Finds out which object is meant.
pub(crate) async fn import(resource: &dyn AnyResource, scope: Scope, target: Target) -> Response {
    let mut diagnostics = Diagnostics::new();
    let deadline = tokio::time::Instant::now() + resource.timeouts().limit(Operation::Read, &Dynamic::Null);
    let call = Call::new(scope, deadline, Private::default());
    let identity = match target {
        Target::Identity(identity) => Ok(identity),
        Target::Text(text) => guard(&call, resource.import(&call, &text)).await,
    };
    let imported = match identity {
        Err(error) => {
            failed(resource, "import", error, &mut diagnostics);
            None
        }
        Ok(identity) => {
            let mut state = schema::absent_object(&resource.schema().attributes);
            state.put(&identity);
            call.private.set(&IMPORTED, &true);
            Some(Imported { state, identity, private: call.private.encode() })
        }
    };
    diagnostics.extend(call.take_warnings());
    Response { imported, diagnostics }
}
