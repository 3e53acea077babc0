//! Why a request was never sent, if that is known. Callers and advice depend on it.

use std::fmt;

/// Why Atlan never processed a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotSentReason {
    /// The name of the tenant's host, or of the proxy, has no address.
    HostNotFound {
        /// The name.
        host: String,
    },
    /// The certificate of the server, or of an `https` proxy, was not accepted. Trying again changes nothing.
    Certificate(CertificateProblem),
    /// The request left, but the server refused its HTTP/2 stream and thereby says that it has processed none of it.
    StreamRefused,
    /// Something else: a refused connection, a time-out, no token.
    Other,
}

/// Why a server's certificate was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateProblem {
    /// No trusted authority issued it.
    UnknownIssuer,
    /// It is a certificate for an authority (`CA:TRUE`), as `openssl req -x509` makes it, and the TLS library takes none
    /// from a server.
    IsAuthority,
    /// It is for other host names.
    OtherName,
    /// It has expired, or is not valid yet.
    OutOfDate,
    /// Something else.
    Other,
}

/// Completes "… was not".
impl fmt::Display for NotSentReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HostNotFound { host } => write!(f, "sent: the host {host} was not found"),
            Self::Certificate(problem) => f.write_str(match problem {
                CertificateProblem::UnknownIssuer => "sent: the certificate of the server is not trusted",
                CertificateProblem::IsAuthority => {
                    "sent: the certificate of the server is marked as that of an authority"
                }
                CertificateProblem::OtherName => {
                    "sent: the certificate of the server is for another host name"
                }
                CertificateProblem::OutOfDate => {
                    "sent: the certificate of the server has expired or is not valid yet"
                }
                CertificateProblem::Other => "sent: the certificate of the server was not accepted",
            }),
            Self::StreamRefused => f.write_str("processed: the server refused its HTTP/2 stream"),
            Self::Other => f.write_str("sent"),
        }
    }
}
