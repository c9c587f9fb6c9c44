//! Networks: where requests may come from.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network, such as `10.0.0.0/8`, or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    prefix: u32,
}

impl Network {
    /// Reads networks separated by commas.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, String> {
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(Self::parse)
            .collect()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let expected =
            || format!("Write addresses or networks such as 127.0.0.1, 10.0.0.0/8 or ::1, not “{text}”.");
        let (base, prefix) = text
            .split_once('/')
            .map_or((text, None), |(base, prefix)| (base, Some(prefix)));
        let base: IpAddr = base.parse().map_err(|_| expected())?;
        let whole = if base.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix
                .parse()
                .ok()
                .filter(|prefix| *prefix <= whole)
                .ok_or_else(expected)?,
            None => whole,
        };
        Ok(Self::plain(base, prefix))
    }

    /// IPv4 written as IPv6 (`::ffff:203.0.113.0/120`) is IPv4.
    fn plain(base: IpAddr, prefix: u32) -> Self {
        match (base, base.to_canonical(), prefix.checked_sub(96)) {
            (IpAddr::V6(_), four @ IpAddr::V4(_), Some(prefix)) => Self { base: four, prefix },
            _ => Self { base, prefix },
        }
    }

    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - self.prefix).unwrap_or(0);
                Ipv4Addr::to_bits(base) & mask == Ipv4Addr::to_bits(address) & mask
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - self.prefix).unwrap_or(0);
                Ipv6Addr::to_bits(base) & mask == Ipv6Addr::to_bits(address) & mask
            }
            _ => false,
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses_and_no_others() {
        let networks = Network::parse_list("10.0.0.0/8, ::1,192.168.1.7,0.0.0.0/0").expect("networks");
        let holds = |n: usize, address: &str| networks[n].contains(address.parse().expect("an address"));
        assert!(holds(0, "10.200.3.4") && holds(0, "::ffff:10.1.1.1") && !holds(0, "11.0.0.1"));
        assert!(holds(1, "::1") && !holds(1, "::2"));
        assert!(holds(2, "192.168.1.7") && !holds(2, "192.168.1.8"));
        assert!(holds(3, "8.8.8.8") && !holds(3, "::1"));
        assert!(Network::parse_list("10.0.0.0/33").is_err());
        let mapped = Network::parse_list("::ffff:203.0.113.0/120").expect("a network")[0];
        let lies_in_it = |address: &str| mapped.contains(address.parse().expect("an address"));
        assert!(lies_in_it("203.0.113.9") && lies_in_it("::ffff:203.0.113.9") && !lies_in_it("203.0.114.9"));
    }
}
