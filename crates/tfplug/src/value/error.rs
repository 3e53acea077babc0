//! The one error of reading and writing values.

use super::{Path, Step};

/// A value that can't be read or written, where in the object, and what was expected instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", place(path))]
pub struct ValueError {
    path: Path,
    message: String,
}

impl ValueError {
    /// What is wrong with the value as a whole.
    pub fn new(message: impl Into<String>) -> Self {
        ValueError { path: Path::root(), message: message.into() }
    }

    /// Where in the object; the path of the set for anything inside of one.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was expected and what was found, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The same error as seen from the value around it. Places are put together on the way out, so that reading and
    /// writing cost nothing for them as long as all is well.
    pub(crate) fn under(mut self, step: Step) -> Self {
        self.path = std::iter::once(step).chain(self.path.into_steps()).collect();
        self
    }

    /// The same error as seen from the set around it, whose elements have no path of their own.
    pub(crate) fn under_set(mut self) -> Self {
        self.path = Path::root();
        self
    }
}

fn place(path: &Path) -> String {
    if path.is_root() { String::new() } else { format!("{path}: ") }
}
