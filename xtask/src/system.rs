//! What differs between operating systems, for the commands and the tests: programs, links, the file that is always
//! empty. Besides this file, only the signals of the demo ask which system this is.

use std::path::Path;
use std::{fs, io};

/// The file that is always empty, for programs that want to read a file of settings.
pub const EMPTY_FILE: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// Whether this is a file that the system can run, as far as its metadata tell.
#[must_use]
pub fn is_executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_file() && host::may_run(&metadata))
}

/// Lets everybody read and run a file.
///
/// # Errors
/// When the file does not exist or belongs to another user.
pub fn make_executable(file: &Path) -> io::Result<()> {
    host::make_executable(file)
}

/// Gives a file a second name, in another folder. Where links take a privilege, which is on Windows, it is a copy.
///
/// # Errors
/// When the name is taken or the folder cannot be written.
pub fn link(file: &Path, name: &Path) -> io::Result<()> {
    host::link(file, name)
}

/// Copies what is in a folder to a new one. The new folders can be written even if the old ones can't, as those of the Go
/// command.
///
/// # Errors
/// When the new folder exists, or a file can't be read or written.
pub fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let new = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &new)?;
        } else {
            fs::copy(entry.path(), new)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
mod host {
    use std::fs::{Metadata, Permissions, set_permissions};
    use std::io;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::Path;

    pub(super) fn may_run(metadata: &Metadata) -> bool {
        metadata.permissions().mode() & 0o111 != 0
    }

    pub(super) fn make_executable(file: &Path) -> io::Result<()> {
        set_permissions(file, Permissions::from_mode(0o755))
    }

    pub(super) fn link(file: &Path, name: &Path) -> io::Result<()> {
        symlink(file, name)
    }
}

/// A file's name alone says whether it is a program.
#[cfg(not(unix))]
mod host {
    use std::fs::{self, Metadata};
    use std::io;
    use std::path::Path;

    pub(super) fn may_run(_: &Metadata) -> bool {
        true
    }

    pub(super) fn make_executable(file: &Path) -> io::Result<()> {
        fs::metadata(file).map(|_| ())
    }

    pub(super) fn link(file: &Path, name: &Path) -> io::Result<()> {
        fs::copy(file, name).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terraform::tests::folder;

    #[test]
    fn a_copy_can_be_deleted_although_the_files_are_read_only() {
        let folder = folder("copied", &[]);
        let from = folder.join("from");
        fs::create_dir_all(from.join("a")).unwrap();
        fs::write(from.join("a/file"), "text").unwrap();
        let mut permissions = fs::metadata(from.join("a/file")).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(from.join("a/file"), permissions).unwrap();
        copy_folder(&from, &folder.join("to")).unwrap();
        assert_eq!(fs::read_to_string(folder.join("to/a/file")).unwrap(), "text");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_program_is_one_once_it_may_be_run() {
        let folder = folder("program", &[]);
        let program = folder.join("program");
        assert!(!is_executable(&program));
        fs::write(&program, "").unwrap();
        assert_eq!(is_executable(&program), cfg!(not(unix)));
        make_executable(&program).unwrap();
        link(&program, &folder.join("link")).unwrap();
        assert!(is_executable(&program) && is_executable(&folder.join("link")) && !is_executable(&folder));
        fs::remove_dir_all(folder).unwrap();
    }
}
