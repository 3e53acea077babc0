//! What the steps of a seat need of the object that keeps it in the state. It may be a resource of its own or an entry of a map.

use tfplug::{Call, CreateCx, Cx, Private, Resource};

use crate::provider::{Atlan, Client};
use crate::resources::ById;

/// The object of one person.
pub(crate) trait Place: Send + Sync {
    /// Atlan, and the memory of this run.
    fn client(&self) -> &Client;

    /// The call of Terraform.
    fn call(&self) -> &Call;

    /// What is remembered about the object without being shown.
    fn marks(&self) -> &Private;

    /// Warns about the person.
    fn warning(&self, summary: String, detail: String);

    /// Whether the object is an entry of a list, which cannot be imported.
    fn is_entry(&self) -> bool {
        false
    }
}

/// How far a person was taken over who is not as configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Whether something was done for the person, or may have been.
    pub(crate) is_changed: bool,
    /// Whether the person can log in, as far as is known.
    pub(crate) is_enabled: bool,
}

/// An object that is being created. Each report replaces the one before.
pub(crate) trait NewPlace: Place {
    /// The person exists and belongs to this object: from now on no failure loses them.
    fn made(&self, id: &atlan::Guid);

    /// The person was there, and could not be taken over as configured. An entry of a list has them from now on; a single resource would be
    /// tainted, so it does not. Whether the person belongs to this object.
    fn made_in_part(&self, _id: &atlan::Guid, _part: Part) -> bool {
        false
    }

    /// Nobody belongs to this object.
    fn not_made(&self);

    /// An invitation was sent, and its outcome is unknown. The marks have its time.
    fn attempted(&self);
}

macro_rules! of_a_resource {
    ($($cx:ident),*) => {$(
        impl<R: Resource<Provider = Atlan>> Place for $cx<'_, R> {
            fn client(&self) -> &Client {
                &self.client
            }

            fn call(&self) -> &Call {
                self
            }

            fn marks(&self) -> &Private {
                self.private
            }

            fn warning(&self, summary: String, detail: String) {
                self.call().warning(summary, detail);
            }
        }
    )*};
}

of_a_resource!(Cx, CreateCx);

impl<R: Resource<Provider = Atlan, Id = ById>> NewPlace for CreateCx<'_, R> {
    fn made(&self, id: &atlan::Guid) {
        self.created(&ById { id: id.clone().into() });
    }

    fn not_made(&self) {
        self.not_created();
    }

    fn attempted(&self) {
        CreateCx::attempted(self);
    }
}
