//! Checks of addresses and networks. Text that is neither is the type's to refuse.

use std::net::IpAddr;

use super::Check;
use super::text::{prose, text};
use crate::types::{Cidr, Text as _};

/// An address or a network that lies within one of these networks.
///
/// ```
/// use tfplug::schema::checks::within;
/// use tfplug::types::Cidr;
///
/// let private = within(&[Cidr::v4([10, 0, 0, 0], 8), Cidr::v4([192, 168, 0, 0], 16)]);
/// assert!(private.test(&"10.1.0.0/16".into()).is_ok());
/// assert!(private.test(&"8.8.8.8".into()).is_err());
/// ```
pub fn within(networks: &[Cidr]) -> Check {
    let networks = networks.to_vec();
    let shown: Vec<String> = networks.iter().map(Cidr::to_string).collect();
    let rule = format!("within {}", prose(&shown, "or"));
    let words = rule.clone();
    text(rule, move |value| {
        let inside = match (value.parse::<IpAddr>(), Cidr::stored(value)) {
            (Ok(address), _) => networks.iter().any(|network| network.contains(address)),
            (_, Ok(part)) => networks.iter().any(|network| network.covers(&part)),
            _ => true,
        };
        if inside { Ok(()) } else { Err(format!("It must be {words}, not {value:?}.")) }
    })
}
