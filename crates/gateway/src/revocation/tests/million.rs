//! A large CA's list: bounded memory, no miss and no false hit.

use super::forge::{Ca, NOW, crl, entry};
use crate::{DenyList, Revocation, Stale};

/// Sixteen bytes, different for each.
fn serial(n: u32) -> [u8; 16] {
    // Multiplied by an odd number, different ones stay different.
    let mixed = (u128::from(n) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    // Positive, and as long as it looks.
    (mixed >> 1 & !(1 << 126) | 1 << 126).to_be_bytes()
}

#[test]
fn one_million_serials() {
    const COUNT: u32 = 1_000_000;
    let ca = Ca::new("Staff CA");
    let mut list = crl(1);
    let template = entry(&serial(0), &[]);
    let start = template.windows(16).position(|w| w == serial(0)).unwrap();
    for n in 0..COUNT {
        let mut one = template.clone();
        one[start..start + 16].copy_from_slice(&serial(n));
        list.entries.extend(one);
    }
    let der = list.signed_by(&ca);
    let read = crate::Crl::read(&der).unwrap();
    let bytes = read.revoked().bytes();
    assert_eq!(read.revoked().len(), COUNT as usize);
    assert!(bytes < 32 * COUNT as usize, "{bytes} bytes");
    drop(der);

    let lists = vec![crate::LoadedCrl { crl: read.into(), file: "a.crl".into() }];
    let revocation = Revocation::new(&ca.trust(), lists, Stale::Deny, DenyList::default(), NOW).unwrap();
    let list = &revocation.lists.values().next().unwrap()[0].crl;
    for n in 0..COUNT {
        assert!(list.get(&serial(n)).is_some(), "{n} is missed");
        assert!(list.get(&serial(n + COUNT)).is_none(), "{n} is a false hit");
    }
    for (n, revoked) in [(0, true), (COUNT - 1, true), (COUNT, false)] {
        let who = ca.issue(&serial(n), &[]);
        assert_eq!(revocation.check(&[who.link()], NOW).is_err(), revoked, "{n}");
    }
}
