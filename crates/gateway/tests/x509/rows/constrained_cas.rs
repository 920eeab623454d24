//! Constraints in other places than one CA above the leaf.

use super::{Kit, constraints::DNS_ONLY};
use crate::{
    asn1::seq,
    keys::Key,
    make::{Ca, NAME_CONSTRAINTS, directory, dn, dns, email, ip, name_constraints, uri},
    row::{Row, made},
};

pub(super) fn rows(kit: &Kit) -> Vec<Row> {
    let Kit { root, .. } = kit;
    let no = |name, shows, made, said| Row::refused(name, shows, made, "client-cert-name-constraint", said);
    let ok = Row::accepted;
    let out = "is not among";
    let strict = Ca::root("Strict Root", Key::p256(), |spec| spec.constrain(&[email("example.com")], &[]));
    let evil = |ca: &Ca| ca.leaf(|spec| spec.names(&[email("alice@evil.org")]));
    let org = root.ca("Org", Key::p256(), |spec| spec.constrain(&[email("example.com"), email("example.org")], &[]));
    let unit = org.ca("Unit", Key::p256(), |spec| spec.constrain(&[email("example.com"), email("evil.org")], &[]));
    let at = |ca: &Ca, address: &str| ca.leaf(|spec| spec.names(&[email(address)]));
    let two = |leaf: &[u8]| made(&[leaf, &unit.der, &org.der], &[root]);
    let soft = root.ca("Sub", Key::p256(), |spec| {
        spec.set(NAME_CONSTRAINTS, false, name_constraints(&[email("example.com")], &[]));
    });
    let narrow = root.ca("Narrow", Key::p256(), |spec| spec.constrain(&[directory(dn(&[("C", "DE")]))], &[]));
    let outsider = narrow.ca("Outsider", Key::p256(), |_| {});
    // Its own name is outside what it may give; so is that of its renewed self.
    let renewed = narrow.ca("Narrow", Key::p256(), |_| {});
    let german = |ca: &Ca| ca.leaf(|spec| spec.subject = dn(&[("C", "DE"), ("CN", "alice")]));
    let many = root.ca("Many", Key::p256(), |spec| {
        spec.constrain(&(0..300).map(|n| email(&format!("h{n}.example.com"))).collect::<Vec<_>>(), &[]);
    });
    let crowd =
        many.leaf(|spec| spec.names(&(0..300).map(|n| email(&format!("a@h{n}.example.com"))).collect::<Vec<_>>()));
    let every = Ca::root("Strict Root", Key::p256(), |spec| {
        let base = directory(dn(&[("O", "Example")]));
        let inside =
            [dns("example.com"), email("example.com"), uri("example.com"), ip(&[10, 0, 0, 0, 255, 0, 0, 0]), base];
        let outside =
            [dns("a.example.com"), email("root@example.com"), uri(".example.com"), ip(&[10, 9, 0, 0, 255, 255, 0, 0])];
        spec.constrain(&inside, &outside);
    });
    let every_leaf = every.leaf(|spec| {
        spec.names(&[
            dns("example.com"),
            email("alice@example.com"),
            uri("spiffe://example.com/alice"),
            ip(&[10, 1, 2, 3]),
            directory(dn(&[("O", "Example"), ("OU", "Staff")])),
        ]);
    });
    vec![
        ok(
            "constrained-anchor-every-form",
            "permitted and excluded subtrees of every form, on the anchor",
            made(&[&every_leaf], &[&every]),
        )
        .unlike_webpki(DNS_ONLY),
        no("constrained-anchor", "the anchor's own constraints bind too", made(&[&evil(&strict)], &[&strict]), out),
        ok("constrained-anchor-inside", "a name that the anchor permits", made(&[&strict.leaf(|_| {})], &[&strict]))
            .unlike_webpki(DNS_ONLY),
        ok("two-constraints-inside", "a name inside the constraints of both CAs", two(&at(&unit, "alice@example.com")))
            .unlike_webpki(DNS_ONLY),
        no("two-constraints-upper", "outside those of the upper one", two(&at(&unit, "alice@evil.org")), out),
        no("two-constraints-lower", "outside those of the lower one", two(&at(&unit, "alice@example.org")), out),
        no(
            "constraint-not-critical",
            "constraints that are not critical hold as well",
            made(&[&evil(&soft), &soft.der], &[root]),
            out,
        ),
        no(
            "ca-outside",
            "a CA whose own name its issuer may not give",
            made(&[&german(&outsider), &outsider.der, &narrow.der], &[root]),
            out,
        ),
        ok(
            "renewed-ca-outside",
            "a CA that issued itself a new key is not compared (RFC 5280 section 6.1.3)",
            made(&[&german(&renewed), &renewed.der, &narrow.der], &[root]),
        )
        .unlike_webpki(DNS_ONLY),
        ok(
            "constraints-on-a-leaf",
            "nameConstraints on the leaf bind nobody",
            made(&[&root.leaf(|spec| spec.constrain(&[email("evil.org")], &[]))], &[root]),
        ),
        no(
            "too-many-comparisons",
            "300 names below 300 subtrees",
            made(&[&crowd, &many.der], &[root]),
            "more than 50000 comparisons",
        )
        .unlike_openssl("has a greater limit"),
        Row::unloadable(
            "unreadable-constraint-on-anchor",
            "an anchor whose constraints cannot be read",
            {
                let root = Ca::root("Odd Root", Key::p256(), |spec| spec.set(NAME_CONSTRAINTS, true, seq(&[])));
                made(&[&root.leaf(|_| {})], &[&root])
            },
            "cannot be read",
        )
        .unlike_both("finds no limit in it"),
    ]
}
