//! Example files: each is a module of its own that a reader can copy, and a page shows it as it is.

use std::cell::RefCell;
use std::path::Path;
use std::{fs, io};

use super::DocgenError;

/// The folder of all examples.
pub(super) struct Examples<'a> {
    root: &'a Path,
    /// What is missing, and what is there for nothing.
    faults: RefCell<Vec<DocgenError>>,
}

impl<'a> Examples<'a> {
    pub(super) fn new(root: &'a Path) -> Self {
        Examples { root, faults: RefCell::default() }
    }

    /// A file below the folder, if it is there.
    pub(super) fn file(&self, path: &str) -> Result<Option<String>, DocgenError> {
        let path = self.root.join(path);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(DocgenError::Read(path, error)),
        }
    }

    /// All that is wrong with the examples, as far as they have been asked for.
    pub(super) fn finish(self) -> Result<(), DocgenError> {
        let mut faults = self.faults.into_inner();
        match faults.len() {
            0 => Ok(()),
            1 => Err(faults.remove(0)),
            _ => Err(DocgenError::Several(faults)),
        }
    }

    /// The examples of one object: the first, which must be there, then those with `_` and more before the dot, by name.
    pub(super) fn usage(
        &self,
        folder: &str,
        (stem, extension): (&str, &str),
        object: &str,
    ) -> Result<Vec<String>, DocgenError> {
        let first = format!("{folder}/{stem}{extension}");
        let Some(text) = self.file(&first)? else {
            let missing = DocgenError::NoExample { object: object.to_owned(), file: self.root.join(first) };
            self.faults.borrow_mut().push(missing);
            return Ok(Vec::new());
        };
        let mut examples = vec![text];
        let further = format!("{stem}_");
        for name in self.names(folder)? {
            if name.starts_with(&further) && name.ends_with(extension) {
                examples.extend(self.file(&format!("{folder}/{name}"))?);
            }
        }
        Ok(examples)
    }

    /// Notes folders of examples that no page would show, left over from a rename, say.
    pub(super) fn none_stray(
        &self,
        folder: &str,
        is_offered: impl Fn(&str) -> bool,
    ) -> Result<(), DocgenError> {
        let strays = self.names(folder)?.into_iter().filter(|name| !is_offered(name));
        let strays = strays.map(|name| DocgenError::StrayExample(self.root.join(folder).join(name)));
        self.faults.borrow_mut().extend(strays);
        Ok(())
    }

    /// What a folder holds, sorted; nothing if there is no such folder.
    fn names(&self, folder: &str) -> Result<Vec<String>, DocgenError> {
        let path = self.root.join(folder);
        let failed = |error| DocgenError::Read(path.clone(), error);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let names: io::Result<Vec<String>> =
            entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect();
        let mut names = names.map_err(failed)?;
        names.sort();
        Ok(names)
    }
}
