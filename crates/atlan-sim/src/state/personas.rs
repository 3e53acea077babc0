//! Personas: views of a tenant's assets, to which tokens and OAuth clients are bound. The same in every tenant; no request changes
//! them.

use crate::reply::{Outcome, Refusal};

/// A persona.
#[derive(Debug)]
pub(crate) struct Persona {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) qualified_name: &'static str,
}

pub(crate) const PERSONAS: [Persona; 3] = [
    Persona {
        id: "c2b8d0a4-6f1e-4a57-9b3c-0d5e7f8a9b01",
        name: "Data Assets",
        qualified_name: "default/LzgnFM",
    },
    Persona { id: "c2b8d0a4-6f1e-4a57-9b3c-0d5e7f8a9b02", name: "Finance", qualified_name: "default/Pq7wXa" },
    Persona {
        id: "c2b8d0a4-6f1e-4a57-9b3c-0d5e7f8a9b03",
        name: "Research",
        qualified_name: "default/9sKdTe",
    },
];

/// # Errors
/// 400 that names the first persona which the tenant does not have.
pub(super) fn must_exist(qualified_names: &[String]) -> Outcome<()> {
    let exists = |name: &&String| PERSONAS.iter().any(|persona| persona.qualified_name == name.as_str());
    match qualified_names.iter().find(|name| !exists(name)) {
        Some(unknown) => Err(Refusal::bad_request(format!("persona {unknown} not found"))),
        None => Ok(()),
    }
}
