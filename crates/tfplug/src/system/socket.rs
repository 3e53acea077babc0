//! The unix socket, in a folder of its own that only the user can enter and that goes away with the process.
//!
//! The folder is what keeps others out: between bind and chmod a socket has the umask's mode, and some systems don't
//! look at a socket's mode at all.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

/// Longest path of a socket, in bytes, that every system takes (macOS: 104 with the final zero).
const MAX_PATH: usize = 103;

/// The folder for those whose own temporary folder has too long a name.
const FALLBACK: &str = "/tmp";

/// How many folders named after our process id may be left over from earlier processes of that id.
const MAX_LEFTOVERS: u32 = 1000;

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SocketError {
    #[error("could not make a folder for the socket in {}", .0.display())]
    Folder(PathBuf, #[source] io::Error),
    #[error("could not listen on {}", .0.display())]
    Bind(PathBuf, #[source] io::Error),
    #[error("could not let group {0:?} use the socket")]
    Group(String, #[source] io::Error),
}

/// A listening socket. Connections queue from here on.
pub(super) struct Socket {
    listener: UnixListener,
    path: PathBuf,
    folder: Folder,
}

impl Socket {
    /// Listens in a new folder, made in `folder` or the system's temporary one; the members of `group` may connect, too. Needs a tokio runtime.
    pub(super) fn bind(folder: Option<&Path>, group: Option<&str>) -> Result<Self, SocketError> {
        let within = folder.map_or_else(std::env::temp_dir, Path::to_owned);
        let within = if is_usable(&within) { within } else { PathBuf::from(FALLBACK) };
        let folder = Folder::new(&within).map_err(|error| SocketError::Folder(within, error))?;
        let path = folder.0.join("s");
        let listener = UnixListener::bind(&path).map_err(|error| SocketError::Bind(path.clone(), error))?;
        let mode = if group.is_some() { 0o660 } else { 0o600 };
        fs::set_permissions(&path, Permissions::from_mode(mode))
            .map_err(|error| SocketError::Bind(path.clone(), error))?;
        if let Some(group) = group {
            share(&folder.0, &path, group).map_err(|error| SocketError::Group(group.to_owned(), error))?;
        }
        Ok(Self { listener, path, folder })
    }

    /// Where clients connect.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The listener, and the folder, which must be kept until the end.
    pub(super) fn split(self) -> (UnixListener, Folder) {
        (self.listener, self.folder)
    }
}

/// A folder that is removed, with the socket in it, when dropped.
pub(super) struct Folder(PathBuf);

impl Folder {
    fn new(within: &Path) -> io::Result<Self> {
        let mut attempt = 0;
        loop {
            let folder = within.join(folder_name(attempt));
            // To create is to own: what others have put there is an error, never used.
            match DirBuilder::new().mode(0o700).create(&folder) {
                Ok(()) => return Ok(Self(folder)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < MAX_LEFTOVERS => {
                    attempt += 1
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "could not remove the socket's folder");
        }
    }
}

/// A name that no living process uses but us.
fn folder_name(attempt: u32) -> String {
    format!("plugin-{}-{attempt}", std::process::id())
}

/// Whether a socket in `folder` can be bound, and told in the handshake line, whose fields end at `|` and newlines.
fn is_usable(folder: &Path) -> bool {
    let longest = folder.join(folder_name(MAX_LEFTOVERS)).join("s");
    longest.is_absolute()
        && longest.to_str().is_some_and(|path| path.len() <= MAX_PATH && !path.contains(['|', '\n', '\r']))
}

/// Lets the members of a group pass the folder and connect.
fn share(folder: &Path, socket: &Path, group: &str) -> io::Result<()> {
    let id = group_id(group, &fs::read_to_string("/etc/group").unwrap_or_default())
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such group"))?;
    chown(folder, None, Some(id))?;
    chown(socket, None, Some(id))?;
    fs::set_permissions(folder, Permissions::from_mode(0o710))
}

/// The number of a group that is given by number or by its name in a text like /etc/group. Groups from elsewhere, such
/// as a directory server, have to be given by number: the C library that knows them takes unsafe code to ask.
fn group_id(group: &str, groups: &str) -> Option<u32> {
    group.parse().ok().or_else(|| {
        let mut fields = groups
            .lines()
            .map(|line| line.split(':'))
            .find_map(|mut fields| if fields.next() == Some(group) { Some(fields) } else { None })?;
        fields.nth(1)?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[tokio::test]
    async fn socket_is_in_a_private_folder_that_goes_with_it() {
        let socket = Socket::bind(None, None).unwrap();
        let path = socket.path().to_owned();
        let folder = path.parent().unwrap().to_owned();
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        tokio::net::UnixStream::connect(&path).await.unwrap();
        drop(socket);
        assert!(!folder.exists());
    }

    #[tokio::test]
    async fn folders_left_over_are_passed_by() {
        let first = Socket::bind(None, None).unwrap();
        let second = Socket::bind(None, None).unwrap();
        assert_ne!(first.path(), second.path());
    }

    #[tokio::test]
    async fn a_group_may_pass_when_asked_for() {
        let private = Socket::bind(None, None).unwrap();
        let own = fs::metadata(private.path()).unwrap().gid();
        let socket = Socket::bind(None, Some(&own.to_string())).unwrap();
        let folder = socket.path().parent().unwrap();
        assert_eq!(fs::metadata(folder).unwrap().mode() & 0o777, 0o710);
        assert_eq!(fs::metadata(socket.path()).unwrap().mode() & 0o777, 0o660);
        assert_eq!(fs::metadata(socket.path()).unwrap().gid(), own);
    }

    #[tokio::test]
    async fn a_folder_unfit_for_the_handshake_is_replaced() {
        for folder in [format!("/{}", "long".repeat(40)), "/tmp/a|b".to_owned(), "relative".to_owned()] {
            let socket = Socket::bind(Some(Path::new(&folder)), None).unwrap();
            assert!(socket.path().starts_with(FALLBACK), "{folder}: {}", socket.path().display());
        }
    }

    #[tokio::test]
    async fn a_missing_folder_is_told_by_name() {
        let error = Socket::bind(Some(Path::new("/nowhere")), None).err().unwrap();
        assert_eq!(error.to_string(), "could not make a folder for the socket in /nowhere");
    }

    #[test]
    fn groups_are_found_by_number_and_by_name() {
        let groups = "root:x:0:\nadm:x:4:syslog,me\n";
        assert_eq!(group_id("27", groups), Some(27));
        assert_eq!(group_id("adm", groups), Some(4));
        assert_eq!(group_id("ad", groups), None);
    }
}
