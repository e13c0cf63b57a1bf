//! Canonical forms and records. Whether others verify what is signed is tried with mail-auth, in `tests/engine`.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64;

use super::canonical::Digested;
use super::*;

/// The example of RFC 6376 §3.4.5.
#[test]
fn the_example_of_the_rfc_has_its_canonical_form() {
    let mail = b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n";
    let digested = Digested::of(mail);
    assert_eq!(String::from_utf8(digested.fields).unwrap(), "b:Y Z\r\na:X\r\n");
    assert_eq!(digested.body.as_ref(), digest(&SHA256, b" C\r\nD E\r\n").as_ref());
}

#[test]
fn empty_lines_count_inside_a_body_and_not_at_its_end() {
    let hash = |body: &str| Digested::of(format!("A: b\r\n\r\n{body}").as_bytes()).body.as_ref().to_vec();
    let of = |canonical: &str| digest(&SHA256, canonical.as_bytes()).as_ref().to_vec();
    assert_eq!(hash(""), of(""));
    assert_eq!(hash("\r\n \t\r\n"), of(""));
    assert_eq!(hash("a"), of("a\r\n"));
    assert_eq!(hash("a\r\n \r\n\r\n\tb\r\n\t\r\n"), of("a\r\n\r\n\r\n b\r\n"));
    let long = "word ".repeat(20_000);
    assert_eq!(hash(&long), of(&format!("{}\r\n", long.trim_end())));
}

#[test]
fn of_fields_with_one_name_the_last_goes_first() {
    let digested = Digested::of(b"A: 1\r\nA: 2\r\n\r\n");
    assert_eq!(digested.names[..2], ["A", "A"]);
    assert_eq!(digested.fields, b"a:2\r\na:1\r\n");
}

#[test]
fn a_record_in_a_zone_file_has_strings_of_255_octets_at_most() {
    let record = |length: usize| Record { name: "a.example".to_owned(), kind: "TXT", value: "x".repeat(length) };
    assert_eq!(record(3).zone_line(), "a.example. IN TXT \"xxx\"");
    assert!(!record(255).is_split() && record(256).is_split());
    assert_eq!(record(256).zone_line(), format!("a.example. IN TXT ( \"{}\" \"x\" )", "x".repeat(255)));
    let mx = Record { kind: "MX", value: "10 mx.example.".to_owned(), ..record(0) };
    assert_eq!(mx.zone_line(), "a.example. IN MX 10 mx.example.");
}

#[test]
fn the_key_in_a_record_is_found_however_it_is_laid_out() {
    for (record, key) in [
        ("v=DKIM1; k=rsa; p=AB CD", Some("ABCD")),
        ("p=ABCD==;t=s", Some("ABCD==")),
        (" v = DKIM1 ; p = AB\tCD ", Some("ABCD")),
        ("v=DKIM1; p=", Some("")),
        ("v=DKIM1; k=rsa", None),
        ("", None),
    ] {
        assert_eq!(key_in(record).as_deref(), key, "{record}");
    }
}

#[test]
fn a_key_that_is_too_short_or_of_another_kind_is_refused() {
    const SHORT: &str = "MIICdQIBADANBgkqhkiG9w0BAQEFAASCAl8wggJbAgEAAoGBALc1sl8ofWUQk43cXo6n1S1c/ZmglU02m7veE/GtOhHVJ5yIw7bR\
        LxhdwGWvuFUyp5PIcOgx4oki4vlSZ11f/bfR18K3Ln/7BNpqe9/0vg1XVBvTPiiCQ7HNvKam2MXFae8F0E5/euqES8vYx4YmG67k\
        4rmk/KVzeG+qklUgK2BjAgMBAAECgYA2zDbHw4KOAgFAQxN9M7HNWaz4kFFXwOefr3LjrF5cCxdH+JghTDv72766K27E/NumliM/\
        L/yD7A1baUxFX3qxSNLX618e13mB9mMc6q9+LUkfvTmYPtm//BD+UeZiBCBuNuU7WJ/IGMv1bMwnod5bdqXzlDXUntTxCYBpXnzq\
        gQJBAN9z+k0iFdStF1BJMQ4V+kpJvzmnfzCXdkjldiR9jNPzOM5GX2s1R6fuRgyp1yg9NKERzF2hxfxUglUbWIgkDaECQQDR5ST6\
        3n5HxYZZXiEmzSc7OrjgaG+xZt+hxL5utIA+WsJYZ5v+eS/tG30q/Q3pIUz8dupF2QVHN1ymjDyguQeDAkBRiHb3OA2xKWtNTzeI\
        BTrraldNCTHeoBV36coe7HS7TY8XrRPaAXng649BxaMNOq/+aYkhTQr51DguJ6k5G7ahAkBqK1w/QVfi+fjxL3nZZKBZh2SIrosA\
        0yZ/b0NcQBU2dTYk/ZOcbrRdXTA9FG964wtMEOKDnjjbQxesbvcj3TP9AkB+awrZpkJcLOWYzwP9rjHYaXvIONBKK/cwQlZYC5Eo\
        XM5+tgTKsqtztiSJNisQFc/ZgTgsdq1mEPtC+Vpm/jYq";
    let set = KeySet(2026030101);
    let short = BASE64.decode(SHORT.as_bytes()).unwrap();
    assert!(Key::from_pkcs8(set, Algorithm::Rsa, &short).is_none());
    let ed25519 = Key::make(set, Algorithm::Ed25519).unwrap().to_pkcs8().unwrap();
    assert!(Key::from_pkcs8(set, Algorithm::Rsa, &ed25519).is_none());
    assert!(Key::from_pkcs8(set, Algorithm::Ed25519, &ed25519).is_some());
}

#[test]
fn one_mail_key_and_time_make_one_signature_and_another_time_another() {
    let set = KeySet(2026030101);
    let keys = Algorithm::ALL.map(|algorithm| (set, Key::make(set, algorithm).unwrap()));
    let signer = Signer::new("lists.example", keys.into(), true);
    let sign = |at: i64| {
        let at = Timestamp::from_second(at).unwrap();
        signer.signed(set, at, b"From: a@lists.example\r\n\r\nHello\r\n".to_vec()).unwrap()
    };
    assert_eq!(sign(1_000), sign(1_000));
    assert_ne!(sign(1_000), sign(1_001));
    assert_eq!(signer.signed(KeySet::NONE, Timestamp::UNIX_EPOCH, b"as it is".to_vec()).unwrap(), b"as it is");
}

#[test]
fn a_set_is_named_for_its_day_and_comes_after_those_before() {
    let at: Timestamp = "2026-11-25T23:59:59Z".parse().unwrap();
    assert_eq!(KeySet::after(KeySet::NONE, at), KeySet(2026112501));
    assert_eq!(KeySet::after(KeySet(2026112501), at), KeySet(2026112502));
    assert_eq!(KeySet::after(KeySet(2027010101), at), KeySet(2027010102));
    assert_eq!(KeySet(2026112501).selector(Algorithm::Ed25519), "e2026112501");
}
