//! Which way leads to an anchor, and whether its signatures hold.

use super::Kit;
use crate::{
    asn1::{PRINTABLE, UTF8, oid, seq},
    keys::Key,
    make::{AKI, Ca, DAY, NOW, dn, rdn},
    row::{Row, made},
};

pub(super) fn rows(kit: &Kit) -> Vec<Row> {
    let Kit { root, sub, .. } = kit;
    let (below_root, below_sub) = (root.leaf(|_| {}), sub.leaf(|_| {}));
    let mut cas = vec![sub.clone()];
    for n in 2..=4 {
        let above = cas.last().unwrap();
        cas.push(above.ca(&format!("Sub {n}"), Key::p256(), |_| {}));
    }
    let deep = |depth: usize| -> Vec<Vec<u8>> {
        let leaf = cas[depth - 1].leaf(|_| {});
        std::iter::once(leaf).chain(cas[..depth].iter().rev().map(|ca| ca.der.clone())).collect()
    };
    let slices = |chain: &[Vec<u8>]| chain.iter().map(|der| der.to_vec()).collect::<Vec<_>>();
    let (three, four) = (slices(&deep(3)), slices(&deep(4)));
    let refs = |chain: &[Vec<u8>]| made(&chain.iter().map(Vec::as_slice).collect::<Vec<_>>(), &[root]);

    let stranger = Ca::root("Stranger", Key::p256(), |_| {});
    let impostor = Ca::root("Root", Key::p256(), |_| {});
    let expired_sub = root.ca("Sub", sub.key.clone(), |spec| spec.between(NOW - 20 * DAY, NOW - DAY));
    let stranger_sub = stranger.ca("Sub", sub.key.clone(), |_| {});
    let spoiled = |ca: &Ca, spoil: fn(&mut Vec<u8>)| ca.leaf(|spec| spec.spoil = Some(spoil));
    let alice_in_the_tbs = |der: &mut Vec<u8>| {
        let at = der.windows(5).position(|window| window == b"alice").unwrap();
        der[at] = b'A';
    };
    let last_byte = |der: &mut Vec<u8>| *der.last_mut().unwrap() ^= 1;
    let (key_a, key_b) = (Key::p256(), Key::p256());
    let a = Ca { name: dn(&[("O", "Example"), ("CN", "A")]), key: key_a.clone(), ..sub.clone() };
    let b = a.ca("B", key_b, |_| {});
    let a = b.ca("A", key_a, |_| {});
    let by_name = |tag: u8| seq(&[rdn("O", UTF8, b"Example"), rdn("CN", tag, b"Typed")]);
    let typed = root.ca("Typed", Key::p256(), |spec| spec.subject = by_name(PRINTABLE));
    let renewed = Key::p256();
    let rollover = Ca { key: root.key.clone(), ..root.clone() }.ca("Root", renewed.clone(), |_| {});
    let rollover = Ca { key: renewed, name: root.name.clone(), ..rollover };
    let victim = sub.leaf(|spec| spec.serial = vec![0x77]);
    let forger = Ca { key: Key::p256(), ..sub.clone() };
    let forged = forger.leaf(|spec| {
        spec.serial = vec![0x77];
        // The key identifier of the true CA.
        spec.set(AKI, false, {
            let id = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &sub.key.spki);
            seq(&[crate::asn1::tlv(0x80, &id.as_ref()[..20])])
        });
    });
    let many: Vec<Vec<u8>> = (0..24).map(|_| root.ca("Sub", Key::p256(), |_| {}).der).collect();
    let with_many: Vec<&[u8]> = std::iter::once(&*below_sub).chain(many.iter().map(Vec::as_slice)).collect();
    let flood: Vec<Vec<u8>> = (0..30).map(|n| stranger.leaf(|spec| spec.serial = vec![n + 1])).collect();
    let flooded: Vec<&[u8]> = std::iter::once(&*below_root).chain(flood.iter().map(Vec::as_slice)).collect();
    let below_person = Ca { name: dn(&[("O", "Example"), ("CN", "alice")]), key: Key::p256(), ..root.clone() };
    let person_key = below_person.key.clone();
    let person = root.leaf(|spec| spec.key = person_key);
    let by_person = below_person.leaf(|spec| spec.subject = dn(&[("CN", "mallory")]));
    let anchored_sub = Ca { ..sub.clone() };

    vec![
        Row::accepted("direct", "a leaf that the anchor issued", made(&[&below_root], &[root])),
        Row::accepted("one-intermediate", "one CA in between", made(&[&below_sub, &sub.der], &[root])),
        Row::accepted("three-intermediates", "as many CAs as `max_depth` allows", refs(&three)),
        Row::refused(
            "four-intermediates",
            "more CAs than `max_depth` allows",
            refs(&four),
            "client-cert-chain-too-long",
            "at most 3 CAs",
        )
        .unlike_both("the limit is the trust's own; it was not asked for one"),
        Row::accepted("four-intermediates-allowed", "the same with a greater `max_depth`", refs(&four).depth(4)),
        Row::refused(
            "no-intermediate",
            "the CA in between was not sent",
            made(&[&below_sub], &[root]),
            "client-cert-unknown-ca",
            "issued by CN=Sub,O=Example",
        ),
        Row::accepted(
            "wrong-order",
            "the CAs in between in another order",
            made(&[&three[0], &three[2], &three[3], &three[1]], &[root]),
        ),
        Row::accepted(
            "unrelated-sent-along",
            "a certificate that leads nowhere beside them (RFC 8446 section 4.4.2)",
            made(&[&below_sub, &stranger.der, &sub.der], &[root]),
        ),
        Row::accepted(
            "garbage-sent-along",
            "what is no certificate, beside a path that holds",
            made(&[&below_root, b"no certificate"], &[root]),
        )
        .unlike_openssl("the command does not read the file"),
        Row::refused(
            "garbage-for-a-ca",
            "what is no certificate, where a CA is missing",
            made(&[&below_sub, b"no certificate"], &[root]),
            "client-cert-malformed",
            "certificate 1 sent along",
        ),
        Row::accepted(
            "root-sent-along",
            "the anchor itself among the certificates",
            made(&[&below_sub, &sub.der, &root.der], &[root]),
        ),
        Row::refused(
            "stranger",
            "another CA",
            made(&[&stranger.leaf(|_| {})], &[root]),
            "client-cert-unknown-ca",
            "issued by CN=Stranger",
        ),
        Row::refused(
            "stranger-sent-along",
            "another CA whose root is sent along",
            made(&[&stranger.leaf(|_| {}), &stranger.der], &[root]),
            "client-cert-unknown-ca",
            "CN=Stranger",
        ),
        Row::refused(
            "impostor",
            "a CA that calls itself as the anchor does",
            made(&[&impostor.leaf(|_| {})], &[root]),
            "client-cert-bad-signature",
            "does not hold for the key of CN=Root",
        ),
        Row::accepted(
            "two-anchors-of-one-name",
            "an anchor that renewed its key, both trusted",
            made(&[&below_root], &[&impostor, root]),
        ),
        Row::accepted(
            "anchor-in-between",
            "the anchor is itself issued by another CA",
            made(&[&below_sub], &[&anchored_sub]),
        ),
        Row::accepted(
            "one-way-expired",
            "two CAs of one name and key, one expired",
            made(&[&below_sub, &expired_sub.der, &sub.der], &[root]),
        ),
        Row::accepted(
            "one-way-unknown",
            "two CAs of one name and key, one of a stranger",
            made(&[&below_sub, &stranger_sub.der, &sub.der], &[root]),
        )
        .unlike_openssl("follows the first CA that fits by name"),
        Row::refused(
            "both-ways-expired",
            "no way is left",
            made(&[&below_sub, &expired_sub.der, &stranger_sub.der], &[root]),
            "client-cert-expired",
            "CN=Sub,O=Example, a CA of CN=alice",
        ),
        Row::refused(
            "loop",
            "two CAs that issued each other",
            made(&[&a.leaf(|_| {}), &a.der, &b.der], &[root]),
            "client-cert-unknown-ca",
            "ends at",
        ),
        Row::refused(
            "self-signed",
            "a leaf that signed itself",
            made(&[&self_signed()], &[root]),
            "client-cert-unknown-ca",
            "issued by CN=alice",
        ),
        Row::refused(
            "altered",
            "the name changed after it was signed",
            made(&[&spoiled(root, alice_in_the_tbs)], &[root]),
            "client-cert-bad-signature",
            "CN=Alice",
        ),
        Row::refused(
            "signature-altered",
            "one bit of the signature flipped",
            made(&[&spoiled(root, last_byte)], &[root]),
            "client-cert-bad-signature",
            "does not hold",
        ),
        Row::refused(
            "ca-altered",
            "one bit of the CA's signature flipped",
            made(&[&below_sub, &root.ca("Sub", sub.key.clone(), |spec| spec.spoil = Some(last_byte)).der], &[root]),
            "client-cert-bad-signature",
            "a CA of CN=alice",
        ),
        Row::refused(
            "two-algorithms",
            "the signed part names another algorithm (RFC 5280 section 4.1.1.2)",
            made(&[&root.leaf(|spec| spec.outer_algorithm = Some(seq(&[oid("1.2.840.10045.4.3.3")])))], &[root]),
            "client-cert-malformed",
            "two signature algorithms",
        ),
        Row::refused(
            "forged-serial",
            "another key's certificate with the serial and key identifier of a true one (OpenBao 172)",
            made(&[&forged, &sub.der], &[root]),
            "client-cert-bad-signature",
            "does not hold",
        ),
        Row::accepted("true-serial", "the true one", made(&[&victim, &sub.der], &[root])),
        Row::refused(
            "issuer-in-another-string-type",
            "issuer and subject are alike as texts, not as bytes (RFC 5280 section 7.1 lets names be compared so)",
            made(&[&Ca { name: by_name(UTF8), ..typed.clone() }.leaf(|_| {}), &typed.der], &[root]),
            "client-cert-unknown-ca",
            "CN=Typed",
        )
        .unlike_openssl("compares names after normalising them"),
        Row::accepted(
            "renewed-key",
            "a CA that issued itself a new key",
            made(&[&rollover.leaf(|_| {}), &rollover.der], &[root]),
        ),
        Row::refused(
            "many-of-one-name",
            "two dozen CAs of the issuer's name, none with its key",
            made(&with_many, &[root]),
            "client-cert-bad-signature",
            "",
        ),
        Row::refused(
            "flood",
            "thirty certificates beside the leaf",
            made(&flooded, &[root]),
            "client-cert-chain-too-long",
            "with 30 certificates beside it",
        )
        .unlike_both("a limit of our own on what a client may send"),
        Row::refused(
            "issued-by-a-leaf",
            "a client that issues certificates",
            made(&[&by_person, &person], &[root]),
            "client-cert-wrong-usage",
            "may not issue any certificate",
        ),
        Row::refused(
            "root-as-client",
            "the anchor itself as the client's certificate",
            made(&[&root.der], &[root]),
            "client-cert-wrong-usage",
            "a CA certificate",
        ),
    ]
}

fn self_signed() -> Vec<u8> {
    let name = dn(&[("O", "Example"), ("CN", "alice")]);
    let key = Key::p256();
    let own = Ca { der: Vec::new(), name, key: key.clone(), how: crate::keys::How::Usual };
    own.leaf(|spec| spec.key = key)
}
