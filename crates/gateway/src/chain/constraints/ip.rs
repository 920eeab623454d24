//! IP addresses and networks.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::Stands;

/// An address of an iPAddress name.
#[derive(Debug)]
pub(super) struct Address(IpAddr);

impl Address {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let v4 = <[u8; 4]>::try_from(bytes).map(|v4| IpAddr::from(Ipv4Addr::from(v4)));
        v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(|v6| IpAddr::from(Ipv6Addr::from(v6)))).ok().map(Self)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Address and mask, of one family.
#[derive(Debug)]
pub(super) enum Network {
    V4 { base: u32, mask: u32 },
    V6 { base: u128, mask: u128 },
}

impl Network {
    /// RFC 5280 wants masks "in the style of CIDR": ones, then zeros.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (base, mask) = bytes.split_at_checked(bytes.len() / 2)?;
        if let (Ok(base), Ok(mask)) = (base.try_into(), mask.try_into()) {
            let mask = u32::from_be_bytes(mask);
            return (mask.leading_ones() + mask.trailing_zeros() == u32::BITS)
                .then(|| Self::V4 { base: u32::from_be_bytes(base), mask });
        }
        let mask = u128::from_be_bytes(mask.try_into().ok()?);
        let base = u128::from_be_bytes(base.try_into().ok()?);
        (mask.leading_ones() + mask.trailing_zeros() == u128::BITS).then_some(Self::V6 { base, mask })
    }

    /// The families are one form of name, so that an address of the other one is outside. The same
    /// IPv4 address written as IPv6 is the one case where they meet.
    pub(super) fn holds(&self, address: &Address) -> Stands {
        match (self, address.0) {
            (Self::V4 { base, mask }, IpAddr::V4(v4)) => (u32::from(v4) & mask == base & mask).into(),
            (Self::V6 { base, mask }, IpAddr::V6(v6)) => (u128::from(v6) & mask == base & mask).into(),
            (Self::V4 { base, mask }, IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
                Some(v4) if u32::from(v4) & mask == base & mask => Stands::Unclear,
                _ => Stands::Outside,
            },
            (Self::V6 { .. }, IpAddr::V4(_)) => Stands::Outside,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        use Stands::{Inside, Outside, Unclear};
        let ten = Network::read(&[10, 0, 0, 0, 255, 0, 0, 0]).unwrap();
        let all = Network::read(&[0; 8]).unwrap();
        let local = Network::read(
            &[[0xfd; 16], {
                let mut mask = [0; 16];
                mask[0] = 0xff;
                mask
            }]
            .concat(),
        )
        .unwrap();
        for (network, address, expected) in [
            (&ten, "10.255.0.1", Inside),
            (&ten, "11.0.0.1", Outside),
            (&ten, "::1", Outside),
            (&ten, "::ffff:10.0.0.1", Unclear),
            (&ten, "::ffff:11.0.0.1", Outside),
            (&all, "1.2.3.4", Inside),
            (&all, "::1", Outside),
            (&local, "fd00::1", Inside),
            (&local, "fe80::1", Outside),
            (&local, "10.0.0.1", Outside),
        ] {
            assert_eq!(network.holds(&Address(address.parse().unwrap())), expected, "{address}");
        }
    }

    #[test]
    fn no_networks() {
        for bytes in [&[10, 0, 0, 0, 255, 0, 255, 0][..], &[10, 0, 0, 0], &[0; 9], &[0; 16], &[], &[0; 33]] {
            assert!(Network::read(bytes).is_none(), "{bytes:?}");
        }
    }
}
