//! Types of fields beyond those of the standard library: text with a meaning of its own, secrets, durations.

mod duration;
mod sensitive;
mod text;

pub use duration::{Duration, parse_duration};
pub use sensitive::{Sensitive, WriteOnly};
pub use text::Text;
