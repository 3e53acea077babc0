//! Addresses and networks. Addresses are the standard library's types, which are [`Text`] here; spellings of one IPv6
//! address (`::1`, `0:0:0:0:0:0:0:1`) mean the same.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Text;
use crate::value::display::shorten;

macro_rules! address {
    ($address:ty, $rule:literal) => {
        impl Text for $address {
            const RULE: &'static str = $rule;

            fn parse(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| format!("It must be {}, not {:?}.", $rule, shorten(text)))
            }

            fn text(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }
        }
    };
}

address!(IpAddr, "an IP address such as `192.0.2.1` or `2001:db8::1`");
address!(Ipv4Addr, "an IPv4 address such as `192.0.2.1`");
address!(Ipv6Addr, "an IPv6 address such as `2001:db8::1`");

/// A network in CIDR notation: `10.0.0.0/8`, `2001:db8::/32`.
///
/// A configuration must name the network itself: `10.1.2.3/8`, an address with host bits, is refused with the network
/// that it lies in. From a server or state it is taken as that network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    network: IpAddr,
    length: u8,
}

impl Cidr {
    /// The network that the address lies in, given how many bits name it; `None` when there are not so many bits.
    pub fn of(address: IpAddr, length: u8) -> Option<Self> {
        match address {
            IpAddr::V4(address) if length <= 32 => Some(Cidr::v4(address.octets(), length)),
            IpAddr::V6(address) if length <= 128 => Some(Cidr::v6(address.segments(), length)),
            _ => None,
        }
    }

    /// An IPv4 network; more than 32 bits count as 32.
    pub const fn v4(address: [u8; 4], length: u8) -> Self {
        let length = if length < 32 { length } else { 32 };
        let mask = if length == 0 { 0 } else { u32::MAX << (32 - length) };
        let bits = u32::from_be_bytes(address) & mask;
        Cidr { network: IpAddr::V4(Ipv4Addr::from_bits(bits)), length }
    }

    /// An IPv6 network; more than 128 bits count as 128.
    pub const fn v6(address: [u16; 8], length: u8) -> Self {
        let length = if length < 128 { length } else { 128 };
        let mask = if length == 0 { 0 } else { u128::MAX << (128 - length) };
        let [a, b, c, d, e, f, g, h] = address;
        let bits = Ipv6Addr::new(a, b, c, d, e, f, g, h).to_bits() & mask;
        Cidr { network: IpAddr::V6(Ipv6Addr::from_bits(bits)), length }
    }

    /// The first address, which names the network.
    pub fn network(&self) -> IpAddr {
        self.network
    }

    /// How many bits name the network.
    pub fn length(&self) -> u8 {
        self.length
    }

    /// Whether the address lies in this network.
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.network.is_ipv4() && Cidr::of(address, self.length) == Some(*self)
    }

    /// Whether all addresses of the other network lie in this one.
    pub fn covers(&self, other: &Cidr) -> bool {
        self.length <= other.length && self.contains(other.network)
    }
}

/// An address and how many bits name its network.
fn split(text: &str) -> Option<(IpAddr, Cidr)> {
    let (address, length) = text.split_once('/')?;
    let address = address.parse().ok()?;
    // `+8` and `08` are numbers to the standard library only.
    let plain = length == "0" || !length.starts_with(['0', '+']);
    Some((address, Cidr::of(address, length.parse().ok().filter(|_| plain)?)?))
}

impl Text for Cidr {
    const RULE: &'static str = "a network in CIDR notation such as `10.0.0.0/8` or `2001:db8::/32`";

    fn parse(text: &str) -> Result<Self, String> {
        match split(text) {
            Some((address, network)) if address == network.network => Ok(network),
            Some((_, network)) => Err(format!(
                "{:?} names an address within a network. Write the network itself, \"{network}\", or one bit for \
                 each of the address.",
                shorten(text)
            )),
            None => Err(format!("It must be {}, not {:?}.", Self::RULE, shorten(text))),
        }
    }

    fn stored(text: &str) -> Result<Self, String> {
        match split(text) {
            Some((_, network)) => Ok(network),
            None => Cidr::parse(text),
        }
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_name_themselves() {
        for text in ["10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "2001:db8::/32", "::/0", "::1/128"] {
            assert_eq!(Cidr::parse(text).map(|network| network.to_string()).as_deref(), Ok(text));
        }
        let problem = Cidr::parse("10.1.2.3/8").expect_err("host bits");
        assert!(problem.contains("\"10.0.0.0/8\""), "{problem}");
        assert_eq!(Cidr::stored("10.1.2.3/8"), Ok(Cidr::v4([10, 0, 0, 0], 8)));
        assert!(
            Cidr::parse("2001:DB8:0::/32")
                .expect("valid")
                .same(&Cidr::v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32))
        );
    }

    #[test]
    fn what_names_no_network_is_refused() {
        for text in [
            "",
            "10.0.0.0",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "10.0.0.0/08",
            "x/8",
            "10.0/8",
        ] {
            let problem = Cidr::parse(text).expect_err(text);
            assert!(problem.contains("`10.0.0.0/8`"), "{problem}");
            assert!(Cidr::stored(text).is_err(), "{text}");
        }
    }

    #[test]
    fn networks_contain_addresses_and_networks_of_their_family() {
        let ten = Cidr::v4([10, 0, 0, 0], 8);
        assert!(ten.contains(IpAddr::from([10, 255, 0, 1])) && !ten.contains(IpAddr::from([11, 0, 0, 0])));
        assert!(ten.covers(&ten) && ten.covers(&Cidr::v4([10, 1, 0, 0], 16)));
        assert!(!Cidr::v4([10, 1, 0, 0], 16).covers(&ten));
        let all = Cidr::v4([0; 4], 0);
        assert!(all.covers(&ten) && !all.contains(IpAddr::from([0_u16; 8])));
    }

    #[test]
    fn addresses_mean_the_same_in_other_spelling() {
        let read = |text| <IpAddr as Text>::parse(text).expect(text);
        assert!(read("2001:db8::1").same(&read("2001:0DB8:0:0::0001")));
        assert!(!read("::ffff:192.0.2.1").same(&read("192.0.2.1")), "another family");
        assert!(
            <Ipv4Addr as Text>::parse("192.0.2.010").is_err()
                && <Ipv6Addr as Text>::parse("1.2.3.4").is_err()
        );
    }
}
