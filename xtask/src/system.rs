//! What differs between operating systems, for the commands and the tests: programs, links, the file that is always
//! empty. Besides this file, only the signals of the demo ask which system this is
//! to build at all.

use std::io;
use std::path::Path;

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
