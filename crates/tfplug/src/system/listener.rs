//! Where the client connects: a unix socket, or a TCP port of 127.0.0.1. Above this file nothing knows which.

use std::fmt;
use std::io::{self, IoSlice};
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tonic::transport::server::Connected;

#[cfg(unix)]
use super::socket::{Folder, Socket, SocketError};

/// Where the client wants to connect.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The folder to make the socket's folder in; none: the system's temporary one.
    pub(crate) folder: Option<PathBuf>,
    /// Name or number of a group that may connect, too.
    pub(crate) group: Option<String>,
    /// Whether it is TCP, although this system has unix sockets.
    pub(crate) tcp: bool,
    /// The TCP ports that the client allows; none: any.
    pub(crate) ports: Option<RangeInclusive<u16>>,
}

/// What the client is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// The path of a unix socket.
    #[cfg_attr(not(any(unix, test)), expect(dead_code, reason = "there are no unix sockets"))]
    Unix(PathBuf),
    /// A TCP port.
    Tcp(SocketAddr),
}

impl Address {
    /// The kind of network, as Go names it.
    pub(crate) fn network(&self) -> &'static str {
        match self {
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => path.display().fmt(f),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}

/// Why nothing listens.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListenError {
    #[cfg(unix)]
    #[error(transparent)]
    Socket(#[from] SocketError),
    #[error("could not listen on 127.0.0.1 (ports {} to {})", .0.start(), .0.end())]
    Ports(RangeInclusive<u16>, #[source] io::Error),
}

/// Connections queue from its creation on.
pub(crate) struct Listener {
    kind: Kind,
    address: Address,
    /// How many connections are open.
    open: watch::Sender<usize>,
}

enum Kind {
    #[cfg(unix)]
    Unix(tokio::net::UnixListener, #[expect(dead_code, reason = "deleted on drop")] Folder),
    Tcp(TcpListener),
}

impl Listener {
    /// Listens. Needs a tokio runtime.
    pub(crate) fn bind(place: &Place) -> Result<Self, ListenError> {
        #[cfg(unix)]
        if !place.tcp {
            let socket = Socket::bind(place.folder.as_deref(), place.group.as_deref())?;
            let address = Address::Unix(socket.path().to_owned());
            let (listener, folder) = socket.split();
            return Ok(Self { kind: Kind::Unix(listener, folder), address, open: watch::Sender::default() });
        }
        let ports = place.ports.clone().unwrap_or(0..=0);
        let listener = bind_tcp(ports.clone()).map_err(|error| ListenError::Ports(ports.clone(), error))?;
        let address = listener.local_addr().map_err(|error| ListenError::Ports(ports, error))?;
        Ok(Self { kind: Kind::Tcp(listener), address: Address::Tcp(address), open: watch::Sender::default() })
    }

    /// Where clients connect.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// How many connections are open, now and when it changes.
    pub(crate) fn connections(&self) -> watch::Receiver<usize> {
        self.open.subscribe()
    }

    /// The next connection.
    pub(crate) async fn accept(&self) -> io::Result<Stream> {
        let io: Box<dyn Io> = match &self.kind {
            #[cfg(unix)]
            Kind::Unix(listener, _) => Box::new(listener.accept().await?.0),
            Kind::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?; // an answer waits for nothing
                Box::new(stream)
            }
        };
        Ok(Stream { io, _open: Open::new(&self.open) })
    }
}

/// The first free port.
fn bind_tcp(ports: RangeInclusive<u16>) -> io::Result<TcpListener> {
    let mut result = Err(io::Error::new(io::ErrorKind::InvalidInput, "no port is allowed"));
    for port in ports {
        let bound = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        result = bound.and_then(|listener| {
            listener.set_nonblocking(true)?;
            TcpListener::from_std(listener)
        });
        if result.is_ok() {
            break;
        }
    }
    result
}

/// A connection of either kind.
pub(crate) struct Stream {
    io: Box<dyn Io>,
    _open: Open,
}

/// One connection in the count.
struct Open(watch::Sender<usize>);

impl Open {
    fn new(count: &watch::Sender<usize>) -> Self {
        count.send_modify(|open| *open += 1);
        Self(count.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

impl Connected for Stream {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(ports: Option<RangeInclusive<u16>>) -> Result<Listener, ListenError> {
        Listener::bind(&Place { tcp: true, ports, ..Place::default() })
    }

    #[tokio::test]
    async fn a_port_in_use_is_passed_by_and_none_left_is_told() {
        let first = tcp(None).unwrap();
        let Address::Tcp(address) = *first.address() else { panic!("no TCP: {:?}", first.address()) };
        assert!(address.ip().is_loopback());
        let port = address.port();
        let error = tcp(Some(port..=port)).err().unwrap();
        assert_eq!(error.to_string(), format!("could not listen on 127.0.0.1 (ports {port} to {port})"));
        let next = tcp(Some(port..=port.saturating_add(200))).unwrap();
        assert_ne!(next.address(), first.address());
        assert_eq!(next.address().network(), "tcp");
        tokio::net::TcpStream::connect(next.address().to_string()).await.unwrap();
    }
}
