//! Types of fields beyond those of the standard library: text with a meaning of its own, secrets, durations.
//!
//! | you write | what a configuration says | what means the same |
//! | --- | --- | --- |
//! | [`Duration`] | `90s`, `1h30m` | the same length: `90s`, `1m30s` |
//! | [`Timestamp`] | `2026-01-31T08:00:00Z` | the same instant: `2026-01-31T09:00:00+01:00` |
//! | [`Json`] | a JSON document | the same values: white space, order of keys, `1.0` and `1` |
//! | `std::net::IpAddr`, `Ipv4Addr`, `Ipv6Addr` | `192.0.2.1`, `2001:db8::1` | the same address |
//! | [`Cidr`] | `10.0.0.0/8` | the same network |
//! | [`Uuid`] | `f81d4fae-7dec-11d0-a765-00a0c91e6bf6` | upper and lower case |
//! | `url::Url` (feature `url`) | `https://example.com/path` | the same URL after normalisation |
//! | [`Sensitive`], [`WriteOnly`] | what is inside | what is inside |
//! | `i8` to `i64`, `u8` to `u64`, `NonZero` of those, `f32`, `f64`, [`crate::Number`] | a number in the range of the type | the same number |
//! | [`crate::Dynamic`] | a value of any type | the same value of the same type |
//! | `(A, B)`, `(A, B, C)` | a tuple, in functions | the same parts |
//!
//! Where two values mean the same, the spelling that a state holds stays, in plan, apply and read.

mod duration;
mod json;
mod network;
mod numbers;
mod open;
mod sensitive;
mod text;
mod timestamp;
mod tuple;
#[cfg(feature = "url")]
mod url;
mod uuid;

pub use duration::{Duration, parse_duration};
pub use json::Json;
pub use network::Cidr;
pub use sensitive::{Sensitive, WriteOnly};
pub use text::{Text, TextError};
pub use timestamp::Timestamp;
pub use uuid::Uuid;

pub(crate) use duration::duration_text;
