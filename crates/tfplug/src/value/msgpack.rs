//! Values as MessagePack, the form in which Terraform sends and takes them.
//!
//! Both directions are driven by the [`Type`](super::Type) from the schema, because the bytes alone don't tell a number sent as
//! text from a string, nor a set from a list. The format is that of
//! `zclconf/go-cty:cty/msgpack` and `hashicorp/terraform:docs/plugin-protocol/object-wire-format.md`: an unknown value
//! is an extension, a value of open type an array of its type and itself.
//!
//! Bytes are not trusted: nesting is limited, room is only made for what the bytes left can fill, and anything
//! unexpected is an error that says where.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub use decode::decode;
pub use encode::encode;

/// How deep values may nest. Terraform itself knows no limit, but far below this one its configurations end.
const MAX_DEPTH: usize = 512;

/// The extension that stands for an unknown value about which something is promised.
const REFINED: i8 = 12;

/// Keys of the promises about an unknown value.
mod promise {
    pub(super) const NOT_NULL: u64 = 1;
    pub(super) const PREFIX: u64 = 2;
    pub(super) const LOWER: u64 = 3;
    pub(super) const UPPER: u64 = 4;
    pub(super) const MIN_LENGTH: u64 = 5;
    pub(super) const MAX_LENGTH: u64 = 6;
}
