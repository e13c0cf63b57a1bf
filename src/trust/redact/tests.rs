//! Addresses and tokens, in whatever form they stand in texts that others read.

use super::*;

const TOKEN: &str = "aeaaaaaaamaaaaaaaaaaal5pbjqsihkqf42a";

fn these(addresses: &[&str]) -> Hidden {
    let these = addresses.iter().map(|address| (*address).to_owned()).collect();
    Hidden { which: Which::These(these), spared: None, hosts: vec!["lists.example".to_owned()] }
}

fn every() -> Hidden {
    these(&[]).and_marked()
}

fn hiding_ellen(text: &str) -> String {
    redact(text, &these(&["ellen@example.net", "ellen.gray@example.net"]))
}

#[test]
fn a_members_address_is_shortened_and_others_stay() {
    assert_eq!(hiding_ellen("Ask Ellen.Gray@Example.net."), "Ask Ellen@….");
    assert_eq!(hiding_ellen("<ellen@example.net>, x@example.org"), "<ellen@…>, x@example.org");
    assert_eq!(hiding_ellen("mailto:ellen@example.net?subject=x"), "mailto:ellen@…?subject=x");
}

#[test]
fn addresses_without_anything_between_them_are_all_found() {
    assert_eq!(hiding_ellen("ellen@example.netEllen@example.net"), "ellen@…Ellen@…");
    assert_eq!(hiding_ellen("x@example.orgellen@example.net"), "x@example.orgellen@…");
    assert_eq!(hiding_ellen("ellen@example.netx@example.org"), "ellen@…x@example.org");
    assert_eq!(hiding_ellen("ellen@example.netEllen <x@example.org>"), "ellen@…Ellen <x@example.org>");
}

#[test]
fn an_address_in_the_senders_address_of_a_mail_that_was_passed_on_is_found() {
    for passed_on in
        ["bounce+ellen=example.net@x.example", "SRS0=ab=cd=example.net=ellen@fw.example ellen=example.net@x"]
    {
        assert!(!hiding_ellen(passed_on).contains("ellen=example.net"), "{passed_on}");
    }
}

#[test]
fn base64_ends_with_its_line_or_goes_on_in_the_next() {
    assert_eq!(hiding_ellen("ZWxsZW5AZXhhbXBsZS5uZXQ=\nx=1"), "ellen@…=\nx=1");
    assert_eq!(hiding_ellen("ZWxsZW5AZXhh\nbXBsZS5uZXQ="), "ellen@…=");
}

#[test]
fn an_address_in_odd_company_is_found() {
    for around in [
        "https://x.example/unsubscribe?email=A",
        "x=A",
        "-A",
        "|A|",
        "~A",
        "{A}",
        "写信给A",
        "Aまで",
        "A.Thanks",
        "#A",
        "ask/A",
        "mailto:%20A",
        "Ellen-A",
        "A-",
        "(A)",
        "A.",
        "'A'",
        "*A*",
        "_A_",
        "<A>;<A>",
        "a@b,A",
        "A@A",
    ] {
        for address in ["ellen@example.net", "ELLEN@Example.NET", "ellen%40example.net"] {
            let text = around.replace('A', address);
            let shown = hiding_ellen(&text).to_lowercase();
            assert!(!shown.contains(&address.to_lowercase()), "{text} -> {shown}");
            assert!(shown.contains("ellen@…"), "{text} -> {shown}");
        }
    }
}

#[test]
fn a_tokenised_address_of_ours_never_stays() {
    let shown = redact(&format!("Reply to Marina: talk+r.{TOKEN}@lists.example"), &these(&[]));
    assert_eq!(shown, "Reply to Marina: talk@…");
    for (plus, at) in [("%2B", "@"), ("%2b", "%40"), ("+", "%40")] {
        let token = TOKEN.to_uppercase();
        let link = redact(&format!("(mailto:talk{plus}R.{token}{at}lists.example?subject=Re)"), &these(&[]));
        assert_eq!(link, "(mailto:talk@…?subject=Re)", "{plus} {at}");
    }
}

#[test]
fn what_only_looks_like_an_address_stays() {
    for text in [
        "\u{a0}:@",
        "\u{2003}:x@",
        "@",
        "a @ b",
        "me@",
        "@home",
        "3 @ 4 €",
        "x@@y",
        "a@.b",
        "día@",
        "",
        "100%40",
        "%4",
        "%",
    ] {
        assert_eq!(redact(text, &every()), text, "{text:?}");
    }
}

#[test]
fn a_text_that_is_a_list_of_addresses_shows_none_and_asks_for_none() {
    let text: String = (0..5000).map(|n| format!("a{n}@b.example\n")).collect();
    let hidden = Hidden::among(&[&text], &[], |_| -> Result<_, ()> { panic!("it asked") }).unwrap();
    assert_eq!(hidden.which, Which::All);
    assert!(!redact(&text, &hidden).contains("@b"));
}

#[test]
fn a_few_addresses_one_in_a_line_are_told_apart() {
    for between in ["\n", "\n> ", "\nName\n"] {
        let lines: Vec<String> = (0..100).map(|n| format!("a{n}@b.example")).collect();
        let text = lines.join(between);
        let hidden = Hidden::among(&[&text], &[], |_| Ok::<_, ()>(["a7@b.example".to_owned()].into())).unwrap();
        assert_eq!(redact(&text, &hidden), text.replace("a7@b.example", "a7@…"), "{between:?}");
    }
}

#[test]
fn every_candidate_is_asked_for_once() {
    let texts = ["write to x-ellen@example.net", "\n", "X-Ellen@example.net"];
    let hidden = Hidden::among(&texts, &[], |asked| -> Result<_, ()> {
        let mut asked = asked;
        asked.sort();
        let expected = ["ellen@example", "ellen@example.net", "x-ellen@example", "x-ellen@example.net"];
        assert_eq!(asked, expected);
        Ok(HashSet::from(["ellen@example.net".to_owned()]))
    });
    assert_eq!(redact(texts[0], &hidden.unwrap()), "write to x-ellen@…");
}

#[test]
fn an_address_is_found_however_it_is_written() {
    for written in [
        "ellen&#64;example.net",
        "ellen&#x40;example&period;net",
        "ellen&commat;example.net",
        "%65llen%40example%2Enet",
        "ellen%2540example.net",
        "e%C3%A9llen%40example.net",
        "ellen=40example.net",
        "ellen\\u0040example.net",
        "ellen\u{200b}@exam\u{ad}ple.net",
        "el=\nlen@example.net",
        "ellen@\nexample.net",
        "ellen\n@example.net",
        "ellen @ example.net",
        "ellen@ example.net",
        "\"ellen\"@example.net",
        "ellen\u{ff20}example.net",
        "ellen\u{202a}@example.net",
        "ellen@exa\n  mple.net",
        "<b>ellen</b>@example<i>.net</i>",
        "ellen at example.net",
        "ellen AT example.net",
        "ellen [at] example.net",
        "ellen[@]example.net",
        "ellen(@)example[.]net",
        "ellen\\@example\\.net",
        "ellen(at)example.net",
        "ellen (at) example (dot) net",
        "ellen at example dot net",
        "ellen_at_example.net",
        "<ellen at example.net>",
        "ZWxsZW5AZXhhbXBsZS5uZXQ=",
        "u=ZWxsZW5AZXhhbXBsZS5uZXQ&x",
        "eDp4LmVsbGVuQGV4YW1wbGUubmV0Ojp4",
        "ZWxsZW5AZXhh\nbXBsZS5uZXQ",
        "=?utf-8?q?ellen=40example.net?=",
        "=?utf-8?b?ZWxsZW5AZXhhbXBsZS5uZXQ=?=",
    ] {
        let (written, known) = match written.strip_prefix("e%C3") {
            Some(_) => (written, "eéllen@example.net"),
            None => (written, "ellen@example.net"),
        };
        let text = format!("It was said by {written}, and more.");
        let hidden = Hidden::among(&[&text], &[], |asked| -> Result<_, ()> {
            Ok(asked.into_iter().filter(|one| one == known).collect())
        });
        let shown = redact(&text, &hidden.unwrap());
        assert!(shown.contains('…') && shown.ends_with("and more."), "{text} -> {shown}");
        assert!(!shown.contains("xample") && !shown.contains("ZXhh"), "{text} -> {shown}");
    }
}

/// The text without what is hidden if this address is the one that is known.
fn hiding(known: &str, text: &str) -> String {
    let hidden = Hidden::among(&[text], &[], |asked| -> Result<_, ()> {
        Ok(asked.into_iter().filter(|one| one == known).collect())
    });
    redact(text, &hidden.unwrap())
}

#[test]
fn an_address_that_is_broken_inside_a_quote_is_found() {
    for written in [
        "> Write to Ellen Gray <ellen.gray@\n> example.net> about",
        "> to ellen.gray@example.\n> net as well",
        "> to ellen.\n> gray@example.net as well",
        "> to ellen.gray\n> @example.net as well",
        "> to ellen.gray@example\n> .net as well",
        ">> to ellen.gray@\n>> example.net\n>> Best",
        "> > to ellen.gray@ \n > > example.net\n> > Best",
        "| to ellen.gray@\n| example.net\n| Best",
        "> to ellen.gray@exa\n> mple.net as well",
        "> > to ellen.\n> > gray@\n> > example.\n> > net\n> > Best",
        "to ellen.gray@example.\nnet",
        "to ellen.gray@\nexample.net\nBest",
        "to ellen.\ngray@example.net",
        "to ellen.gray@example\n.net",
        "to ellen.gray@exa\nmple.net as well",
    ] {
        let shown = hiding("ellen.gray@example.net", written);
        let is_shown = ["gray@", "@\n", "example", ".net", "> net"].iter().any(|part| shown.contains(part));
        assert!(shown.contains("llen") && !is_shown, "{written:?} -> {shown:?}");
    }
}

#[test]
fn an_address_of_an_internationalised_domain_is_found_in_whichever_form_it_is_known() {
    let forms = ["zoe@bücher.example", "zoe@xn--bcher-kva.example"];
    for known in forms {
        for written in [
            forms[0],
            forms[1],
            "zoe@BÜCHER.example",
            "ZOE@XN--BCHER-KVA.example",
            "zoe@bu\u{308}cher.example",
            "zoe@bücher\u{3002}example",
            "https://x.example/?u=zoe%40b%C3%BCcher.example",
        ] {
            let shown = hiding(known, &format!("It is {written}, or another."));
            assert!(shown.contains("@…, or another."), "{known}: {written} -> {shown}");
        }
        let others = "zoe@bucher.example zoe@xn--bcher-.example zoe@bücher.test";
        assert_eq!(hiding(known, others), others);
    }
}

#[test]
fn what_nobody_sees_or_what_looks_like_something_else_hides_no_address() {
    let unseen =
        "\u{34f}\u{115f}\u{1160}\u{180e}\u{206a}\u{206f}\u{3164}\u{fe00}\u{fe0f}\u{ffa0}\u{e0001}\u{e0061}\u{e0100}";
    let unseen = unseen.chars().flat_map(|c| [format!("ell{c}en@example.net"), format!("ellen{c}@exa{c}mple.net")]);
    let seen = [
        "ellen@example．net",
        "ellen@example。net",
        "ellen@example｡net",
        "ellen@example․net",
        "ｅｌｌｅｎ@example.net",
        "ellen＠ｅxample．net",
        "*ellen*@example.net",
        "_ellen_@example.net",
        "ellen*@*example.net",
        "“ellen”@example.net",
        "ellen   @    example.net",
        "ellen\t@\texample.net",
        "ellen\u{a0}@\u{a0}example.net",
        "ellen -at- example.net",
        "ellen-at-example-dot-net",
        "ellen -at- example -dot- net",
        "ellen /at/ example.net",
        "ellen|at|example.net",
        "ellen@[example.net]",
        "ellen(work)@example.net",
        "mailto:ellen%CD%8F@example.net",
        "mailto:ellen@example%E3%80%82net",
        "mailto:ellen%EF%BC%A0example.net",
        "https://ellen:x@example.net/",
    ];
    for written in unseen.chain(seen.map(str::to_owned)) {
        let text = format!("It was said by {written}, and more.");
        let shown = hiding("ellen@example.net", &text);
        assert!(shown.contains("…") && shown.ends_with("and more."), "{text} -> {shown}");
        assert!(!shown.contains("xample") && !shown.contains("net"), "{text} -> {shown}");
    }
}

#[test]
fn an_address_that_is_spread_over_more_than_is_looked_at_in_one_go_is_found() {
    for before in (32_000..32_800).step_by(29) {
        let text = format!("{} ellen{}@example.net", "x".repeat(before), "\u{200b}".repeat(230));
        let shown = hiding("ellen@example.net", &text);
        assert!(shown.ends_with("x ellen@…"), "{before}: {}", &shown[before..]);
    }
}

#[test]
fn an_address_split_over_texts_goes_from_all_of_them() {
    let shown = redact_all(&["by ", "ellen", "@", "example.net", "!"], &these(&["ellen@example.net"]));
    assert_eq!(shown, ["by ", "ellen@…", "", "", "!"]);
}

#[test]
fn where_a_name_stands_before_it_an_address_leaves_nothing() {
    for (text, shown) in [
        ("On Monday, Ellen <ellen@example.net> wrote:", "On Monday, Ellen wrote:"),
        ("Am Montag schrieb \"Gray, E.\" <mailto:ellen@example.net>:", "Am Montag schrieb \"Gray, E.\":"),
        ("From: Ellen Gray [mailto:ellen@example.net]", "From: Ellen Gray"),
        ("山田花子 <ellen@example.net> さん", "山田花子 さん"),
        ("write to <ellen@example.net>", "write to <ellen@…>"),
        ("To: <ellen@example.net>", "To: <ellen@…>"),
        ("Ellen ellen@example.net", "Ellen ellen@…"),
    ] {
        assert_eq!(hiding_ellen(text), shown);
    }
}

#[test]
fn words_that_only_sound_like_an_address_stay() {
    for text in [
        "We met at noon. Then at example.org we",
        "look at this dot net",
        "at 10.30 at home",
        "the cat at the mat.",
        "=40 %40 &#64; [at] (dot)",
    ] {
        assert_eq!(hiding_ellen(text), text);
        assert_eq!(redact(text, &every()), text);
    }
}

#[test]
fn an_address_that_may_stay_stays_and_no_other() {
    let hidden = these(&["ellen@example.net", "gray@example.net"]).sparing("Ellen.Gray@example.net");
    let hidden = Hidden {
        which: Which::These(["ellen.gray@example.net", "gray@example.net"].map(String::from).into()),
        ..hidden
    };
    let text = "ellen.gray@example.net, gray@example.net";
    assert_eq!(redact(text, &hidden), "ellen.gray@example.net, gray@…");
}

#[test]
fn a_web_address_of_ours_with_a_token_in_it_is_cut_at_the_host() {
    let hidden = these(&[]);
    for (text, shown) in [
        (format!("see https://lists.example/talk/leave/{TOKEN}."), "see https://lists.example/…"),
        (format!("<https://LISTS.example:8080/c?t={TOKEN}&x=1>"), "<https://LISTS.example/…>"),
        (
            format!("https://t.example/r?u=https%3A%2F%2Flists.example%2Fc%2F{TOKEN}"),
            "https://t.example/r?u=https%3A%2F%2Flists.example/…",
        ),
        (format!("https://lists.example/c/{}\n> {} and", &TOKEN[..20], &TOKEN[20..]), "https://lists.example/… and"),
        ("https://lists.example.org/c/x".to_owned(), "https://lists.example.org/c/x"),
        (format!("https://lists.example.org/c/{TOKEN}"), "https://lists.example.org/c/…"),
        ("https://lists.example/talk/12#7".to_owned(), "https://lists.example/talk/12#7"),
    ] {
        assert_eq!(redact(&text, &hidden), shown);
    }
}

#[test]
fn a_megabyte_of_at_signs_is_read_in_one_go() {
    let text = "a@".repeat(500_000);
    assert_eq!(redact(&text, &these(&[])), text);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic_and_hiding_nothing_changes_nothing(text in "[^+%]{0,200}") {
        proptest::prop_assert_eq!(redact(&text, &these(&[])), text);
    }

    #[test]
    fn hiding_everything_never_panics(text in "([a-z@.%+=é写-]|%40|%2B){0,200}") {
        redact(&text, &every());
    }
}
