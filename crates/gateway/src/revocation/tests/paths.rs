//! The check itself: until when an answer holds, and what it rests on.

use std::time::Duration;

use countersign_core::{Reason, UnixTime};
use rcgen::{BasicConstraints, IsCa};

use super::forge::{Ca, DAY, Forged, Issued, NOW, crl, tlv};
use crate::{Checked, DenyList, Revocation, Source, Stale};

fn revocation(ca: &Ca, lists: &[Forged], stale: Stale) -> Revocation {
    let lists = lists.iter().map(|list| list.load(ca, "a.crl")).collect();
    Revocation::new(&ca.trust(), lists, stale, DenyList::default(), NOW).unwrap()
}

fn reason(revocation: &Revocation, who: &Issued, now: UnixTime) -> Option<Reason> {
    revocation.check(&[who.link()], now).err().map(|refusal| refusal.reason())
}

fn holds(this: i64, until: Option<i64>, fresh: bool) -> Checked {
    Checked { holds_until: until.map(UnixTime), source: Source::Crl { this_update: UnixTime(this), fresh } }
}

#[test]
fn an_answer_holds_until_it_would_be_another() {
    let ca = Ca::new("Staff CA");
    let alice = ca.issue(&[7], &[]);
    let (this, due) = (NOW.0 - DAY, NOW.0 + DAY);
    let at = |stale, now: i64| {
        let revocation = revocation(&ca, &[crl(1)], stale);
        revocation.check(&[alice.link()], UnixTime(now)).map_err(|refusal| refusal.reason())
    };
    let grace = Stale::Grace(Duration::from_secs(3_600));
    for stale in [Stale::Deny, grace, Stale::Allow] {
        assert_eq!(at(stale, NOW.0), Ok(holds(this, Some(due), true)));
        assert_eq!(at(stale, due), Ok(holds(this, Some(due), true)));
        assert_eq!(at(stale, this - 1), Err(Reason::ClientCertCrlMissing));
    }
    assert_eq!(at(Stale::Deny, due + 1), Err(Reason::ClientCertCrlStale));
    assert_eq!(at(grace, due + 1), Ok(holds(this, Some(due + 3_600), false)));
    assert_eq!(at(grace, due + 3_600), Ok(holds(this, Some(due + 3_600), false)));
    assert_eq!(at(grace, due + 3_601), Err(Reason::ClientCertCrlStale));
    assert_eq!(at(Stale::Allow, due + 1_000 * DAY), Ok(holds(this, None, false)));
    // The next list, already there, may say something else.
    let both = revocation(&ca, &[crl(1), crl(2).from(NOW.0 + 60).revoking(&[7])], Stale::Deny);
    assert_eq!(both.check(&[alice.link()], NOW).unwrap().holds_until, Some(UnixTime(NOW.0 + 59)));
    assert_eq!(reason(&both, &alice, UnixTime(NOW.0 + 59)), None);
    assert_eq!(reason(&both, &alice, UnixTime(NOW.0 + 60)), Some(Reason::ClientCertRevoked));
}

#[test]
fn without_lists_nothing_is_asked() {
    let alice = Ca::new("Staff CA").issue(&[7], &[]);
    let none = Checked { holds_until: None, source: Source::None };
    assert_eq!(Revocation::default().check(&[alice.link()], NOW), Ok(none));
}

#[test]
fn serials_are_compared_whole() {
    let ca = Ca::new("Staff CA");
    // A serial whose first bit is set bears a byte more in DER.
    let list = crl(1).revoking(&[0, 0x80, 1]).revoking(&[2, 0]);
    let revocation = revocation(&ca, &[list], Stale::Deny);
    for (serial, revoked) in
        [(&[0x80, 1][..], true), (&[2, 0], true), (&[2], false), (&[2, 0, 0], false), (&[1], false)]
    {
        let found = reason(&revocation, &ca.issue(serial, &[]), NOW);
        assert_eq!(found, revoked.then_some(Reason::ClientCertRevoked), "{serial:x?}");
    }
}

#[test]
fn every_link_is_asked_about() {
    let (root, sub) = (Ca::new("Root CA"), Ca::new("Sub CA"));
    let lists = |of_root: Forged, of_sub: Option<Forged>| {
        let lists = [(&root, Some(of_root)), (&sub, of_sub)];
        let lists = lists.iter().filter_map(|(ca, list)| Some(list.as_ref()?.load(ca, "a.crl"))).collect();
        Revocation::new(&root.trust(), lists, Stale::Deny, DenyList::default(), NOW).unwrap()
    };
    let (leaf, ca) = (sub.issue(&[7], &[]), root.issue_as(&[9], &[], IsCa::Ca(BasicConstraints::Unconstrained)));
    let check = |revocation: &Revocation| revocation.check(&[leaf.link(), ca.link()], NOW).map_err(|r| r.reason());
    let older = crl(1).from(NOW.0 - 2 * DAY).until(NOW.0 + 2 * DAY);
    assert_eq!(
        check(&lists(older, Some(crl(1)))),
        Ok(holds(NOW.0 - 2 * DAY, Some(NOW.0 + DAY), true)),
        "the oldest date, the nearest end"
    );
    assert_eq!(check(&lists(crl(1), Some(crl(1).revoking(&[7])))), Err(Reason::ClientCertRevoked));
    assert_eq!(check(&lists(crl(1).revoking(&[9]), Some(crl(1)))), Err(Reason::ClientCertRevoked));
    assert_eq!(check(&lists(crl(1), None)), Err(Reason::ClientCertCrlMissing));
    // A revoked CA is the news, not the list that is missing.
    assert_eq!(check(&lists(crl(1).revoking(&[9]), None)), Err(Reason::ClientCertRevoked));
    // The serial counts for its own issuer.
    assert!(check(&lists(crl(1).revoking(&[7]), Some(crl(1).revoking(&[9])))).is_ok());
}

#[test]
fn a_ca_that_may_not_sign_lists_has_none() {
    let (root, sub) = (Ca::new("Root CA"), Ca::new("Sub CA"));
    let lists = vec![crl(1).load(&sub, "a.crl")];
    let revocation = Revocation::new(&root.trust(), lists, Stale::Deny, DenyList::default(), NOW).unwrap();
    let mut leaf = sub.issue(&[7], &[]);
    for (may_sign, refused) in [(Some(true), None), (None, None), (Some(false), Some(Reason::ClientCertCrlMissing))] {
        leaf.may_sign = may_sign;
        assert_eq!(reason(&revocation, &leaf, NOW), refused);
    }
}

#[test]
fn a_partition_speaks_of_its_own() {
    let ca = Ca::new("Staff CA");
    let (one, two) = ("http://a.example/1", "http://a.example/2");
    let user = IsCa::ExplicitNoCa;
    let sub = IsCa::Ca(BasicConstraints::Unconstrained);
    let only = |field: u8| crl(1).extended("2.5.29.28", true, &tlv(0x30, &[&[field, 1, 0xff]]));
    for (list, points, is_ca, covered) in [
        (crl(1).partition(&[one]), &[&[one][..]][..], &user, true),
        (crl(1).partition(&[one]), &[&[two], &[one]], &user, true),
        (crl(1).partition(&[one]), &[&[two, one]], &user, true),
        (crl(1).partition(&[two, one]), &[&[one]], &user, true),
        (crl(1).partition(&[one]), &[&[two]], &user, false),
        (crl(1).partition(&[one]), &[], &user, false),
        (crl(1), &[&[one]], &user, true),
        (only(0x81), &[], &user, true),
        (only(0x81), &[], &sub, false),
        (only(0x82), &[], &user, false),
        (only(0x82), &[], &sub, true),
    ] {
        let who = ca.issue_as(&[7], points, *is_ca);
        let found = reason(&revocation(&ca, &[list], Stale::Deny), &who, NOW);
        assert_eq!(found, (!covered).then_some(Reason::ClientCertCrlMissing), "{points:?} {is_ca:?}");
    }
    // An outdated partition beside a full list that is current: one answer is enough, unless it is "revoked".
    let old = crl(1).from(NOW.0 - 3 * DAY).until(NOW.0 - DAY).partition(&[one]);
    let who = ca.issue(&[7], &[&[one]]);
    assert_eq!(reason(&revocation(&ca, &[old.clone(), crl(5)], Stale::Deny), &who, NOW), None);
    let found = reason(&revocation(&ca, &[old.revoking(&[7]), crl(5)], Stale::Deny), &who, NOW);
    assert_eq!(found, Some(Reason::ClientCertRevoked));
}
