//! Which CRL of several counts.

use std::sync::Arc;

use super::forge::{Ca, DAY, Forged, NOW, crl};
use crate::{CrlCache, DenyList, Revocation, RevocationError, Stale};

fn load(ca: &Ca, lists: &[&Forged]) -> Result<Vec<String>, Vec<RevocationError>> {
    let lists = lists.iter().enumerate().map(|(n, list)| list.load(ca, &format!("{n}.crl"))).collect();
    let revocation = Revocation::new(&ca.trust(), lists, Stale::Deny, DenyList::default(), NOW)?;
    let mut numbers: Vec<String> = revocation.crls().map(|crl| crl.number.unwrap_or_default()).collect();
    numbers.sort();
    Ok(numbers)
}

#[test]
fn the_newest_of_a_scope_stays() {
    let ca = Ca::new("Staff CA");
    let (one, two) = (crl(1).from(NOW.0 - 3 * DAY), crl(2));
    assert_eq!(load(&ca, &[&one, &two]).unwrap(), ["2"]);
    assert_eq!(load(&ca, &[&two, &one]).unwrap(), ["2"]);
    assert_eq!(load(&ca, &[&two, &two]).unwrap(), ["2"]);
    // One that has not begun does not displace the one that counts.
    let later = crl(3).from(NOW.0 + 60);
    assert_eq!(load(&ca, &[&later, &two, &one]).unwrap(), ["2", "3"]);
    // Another scope is another list.
    let part = crl(1).partition(&["http://a.example/1"]);
    assert_eq!(load(&ca, &[&part, &two]).unwrap(), ["1", "2"]);
}

#[test]
fn lists_that_contradict_each_other_are_refused() {
    let ca = Ca::new("Staff CA");
    let why = |lists: &[&Forged]| load(&ca, lists).unwrap_err().iter().map(ToString::to_string).collect::<String>();
    assert!(why(&[&crl(2), &crl(2).revoking(&[1])]).contains("bear the same number and differ"));
    assert!(why(&[&crl(2).from(NOW.0 - 2 * DAY), &crl(1)]).contains("numbered against their dates"));
    let mut unnumbered = crl(1);
    unnumbered.extensions.clear();
    assert!(why(&[&unnumbered, &crl(1)]).contains("cannot be ordered"));
    // By date they can.
    let older = Forged { this_update: NOW.0 - 2 * DAY, ..unnumbered };
    assert_eq!(load(&ca, &[&older, &crl(1)]).unwrap(), ["1"]);
}

#[test]
fn numbers_are_numbers() {
    let ca = Ca::new("Staff CA");
    let number = |value: &[u8]| {
        let mut list = crl(0);
        list.extensions = vec![super::forge::extension("2.5.29.20", false, &super::forge::tlv(2, &[value]))];
        list.read(&ca).unwrap().number().cloned().unwrap()
    };
    assert!(number(&[9]) < number(&[1, 0]) && number(&[1, 0]) < number(&[1, 1]));
    assert_eq!(number(&[1, 0]).to_string(), "256");
    assert_eq!(number(&[0, 0xff]).to_string(), "255");
    assert!(number(&[1; 20]).to_string().starts_with("0x0101"));
}

#[test]
fn what_did_not_change_is_not_read_again() {
    let ca = Ca::new("Staff CA");
    let (cache, der) = (CrlCache::default(), crl(1).signed_by(&ca));
    let read = || Ok::<_, crate::CrlError>(vec![Arc::new(crate::Crl::read(&der)?)]);
    let first = cache.get(&der, read).unwrap();
    let again = cache.get(&der, || -> Result<_, crate::CrlError> { panic!("read again") }).unwrap();
    assert!(Arc::ptr_eq(&first[0], &again[0]));
    // Nobody has it any more, so it is gone.
    drop((first, again));
    let mut times = 0;
    cache
        .get(&der, || {
            times += 1;
            read()
        })
        .unwrap();
    assert_eq!(times, 1);
    // A failure is not remembered.
    assert!(cache.get(b"x", || Err(crate::CrlError::Delta)).is_err());
    assert!(cache.get(b"x", || Ok::<_, crate::CrlError>(Vec::new())).is_ok());
}
