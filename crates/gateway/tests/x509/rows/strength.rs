//! Keys and signatures.

use super::Kit;
use crate::{
    asn1::{bits, oid, seq},
    keys::{How, Key, Weak},
    make::Ca,
    row::{Made, Row, made},
};

pub(super) fn rows(kit: &Kit) -> Vec<Row> {
    let Kit { root, rsa, .. } = kit;
    let rsa1024 = Key::openssl(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"]);
    let rsa2048 = Key::openssl(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
    let curve = |name: &str| Key::openssl(&["-algorithm", "EC", "-pkeyopt", &format!("ec_paramgen_curve:{name}")]);
    let (p224, k256) = (curve("P-224"), curve("secp256k1"));
    let explicit =
        Key::openssl(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"]);
    let ed448 = Key::openssl(&["-algorithm", "ED448"]);
    let with = |digest: &'static str, algorithm: &'static str| How::Openssl(Weak { digest, algorithm });
    let rsa_sha256 = with("-sha256", "1.2.840.113549.1.1.11");
    let ecdsa_sha256 = with("-sha256", "1.2.840.10045.4.3.2");
    let of_key = |key: &Key| made(&[&root.leaf(|spec| spec.key = key.clone())], &[root]);
    let of_ca = |key: &Key, how: How| -> Made {
        let sub = Ca { how, ..root.ca("Sub", key.clone(), |_| {}) };
        made(&[&sub.leaf(|_| {}), &sub.der], &[root])
    };
    let of_root = |key: &Key, how: How| -> Made {
        let root = Ca::root("Other Root", key.clone(), |spec| spec.how = how);
        made(&[&root.leaf(|_| {})], &[&root])
    };
    // A root that signed itself with SHA-1, and its leaf with SHA-256.
    let old_root = {
        let root = Ca::root("Old Root", rsa2048.clone(), |spec| spec.how = with("-sha1", "1.2.840.113549.1.1.5"));
        Ca { how: rsa_sha256, ..root }
    };
    // n = 2^2047 + 1, e = 1: every message is its own signature.
    let one = {
        let mut n = vec![0, 0x80];
        n.extend([0; 254]);
        n.push(1);
        let integer = |bytes: &[u8]| crate::asn1::tlv(crate::asn1::INTEGER, bytes);
        let spki = seq(&[
            seq(&[oid("1.2.840.113549.1.1.1"), crate::asn1::tlv(5, &[])]),
            bits(&seq(&[integer(&n), integer(&[1])])),
        ]);
        Key { spki, ..rsa.clone() }
    };
    let weak = "client-cert-weak-key";
    let bad = "client-cert-bad-signature";
    let key_of_leaf = "the key of a leaf proves itself in the handshake, which is elsewhere";
    vec![
        Row::accepted("rsa-2048", "a CA and a leaf with RSA 2048", {
            let sub = root.ca("Sub", rsa.clone(), |_| {});
            made(&[&sub.leaf(|spec| spec.key = rsa.clone()), &sub.der], &[root])
        }),
        Row::accepted("rsa-pss", "signed with RSA-PSS", of_ca(rsa, How::Pss)),
        Row::accepted("p-384", "a CA with P-384", of_ca(&Key::p384(), How::Usual)),
        Row::accepted("p-521", "a CA with P-521", of_ca(&Key::p521(), How::Usual)),
        Row::accepted("ed25519", "a CA with Ed25519", of_ca(&Key::ed25519(), How::Usual)),
        Row::refused("rsa-1024-leaf", "a leaf with RSA 1024", of_key(&rsa1024), weak, "an RSA key of 1024 bits")
            .unlike_webpki(key_of_leaf),
        Row::refused("rsa-1024-ca", "a CA with RSA 1024", of_ca(&rsa1024, rsa_sha256), weak, "CN=Sub"),
        Row::unloadable(
            "rsa-1024-anchor",
            "an anchor with RSA 1024",
            of_root(&rsa1024, rsa_sha256),
            "an RSA key of 1024 bits",
        ),
        Row::refused("rsa-exponent-1", "RSA with the exponent 1", of_key(&one), weak, "malformed")
            .unlike_both(key_of_leaf),
        Row::refused("p-224-leaf", "a leaf with P-224", of_key(&p224), weak, "P-224")
            .unlike_webpki(key_of_leaf)
            .unlike_openssl("112 bits are enough for its level 2"),
        Row::refused("p-224-ca", "a CA with P-224", of_ca(&p224, ecdsa_sha256), weak, "P-224")
            .unlike_openssl("112 bits are enough for its level 2"),
        Row::unloadable("p-224-anchor", "an anchor with P-224", of_root(&p224, ecdsa_sha256), "P-224")
            .unlike_openssl("112 bits are enough for its level 2"),
        Row::refused("secp256k1-leaf", "a curve that TLS does not have", of_key(&k256), weak, "secp256k1")
            .unlike_both(key_of_leaf),
        Row::refused(
            "curve-of-its-own",
            "an EC key that brings its curve along (CVE-2020-0601)",
            of_ca(&explicit, ecdsa_sha256),
            weak,
            "EC with a curve of its own",
        ),
        Row::refused("ed448-leaf", "a leaf with Ed448", of_key(&ed448), weak, "Ed448").unlike_both(key_of_leaf),
        Row::refused(
            "sha-1-rsa",
            "signed with SHA-1 and RSA",
            of_ca(&rsa2048, with("-sha1", "1.2.840.113549.1.1.5")),
            bad,
            "SHA-1 and RSA, which is not accepted",
        ),
        Row::refused(
            "md5-rsa",
            "signed with MD5 and RSA",
            of_ca(&rsa2048, with("-md5", "1.2.840.113549.1.1.4")),
            bad,
            "MD5 and RSA, which is not accepted",
        ),
        Row::refused(
            "sha-1-ecdsa",
            "signed with SHA-1 and ECDSA",
            of_ca(&curve("P-256"), with("-sha1", "1.2.840.10045.4.1")),
            bad,
            "SHA-1 and ECDSA, which is not accepted",
        ),
        Row::refused(
            "sha-224-ecdsa",
            "signed with SHA-224 and ECDSA",
            of_ca(&curve("P-256"), with("-sha224", "1.2.840.10045.4.3.1")),
            bad,
            "SHA-224 and ECDSA",
        )
        .unlike_openssl("112 bits are enough for its level 2"),
        Row::accepted(
            "sha-1-on-the-anchor",
            "an anchor that signed itself with SHA-1: nobody relies on that signature",
            made(&[&old_root.leaf(|_| {})], &[&old_root]),
        ),
        Row::refused(
            "algorithm-of-another-key",
            "an RSA algorithm, where the CA has P-256",
            made(
                &[
                    &{
                        let sub = Ca { how: rsa_sha256, key: rsa2048.clone(), ..kit.sub.clone() };
                        sub.leaf(|_| {})
                    },
                    &kit.sub.der,
                ],
                &[root],
            ),
            bad,
            "signed with SHA-256 and RSA, while the issuer's key is P-256",
        ),
    ]
}
