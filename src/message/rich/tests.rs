//! What comes out of HTML, whatever goes in.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

/// A body of which everything is said.
fn whole(html: &str) -> Option<Rich> {
    let mut rich = Rich::of(&[Source::Html(html.to_owned())])?;
    let blocks = vec![Some(0); rich.text().lines().count() + 1];
    rich.keep(&blocks);
    Some(rich)
}

fn written(rich: &Rich) -> Option<String> {
    let places = HashMap::from([("loaf@x".to_owned(), 2)]);
    rich.html(1, &places).map(|blocks| blocks.concat().trim_end().to_owned())
}

fn shown(html: &str) -> String {
    let html = written(&whole(html).unwrap()).unwrap();
    check(&html);
    html
}

/// Whether it is what the gate lets through, balanced, and of few elements that are nested to a bounded depth.
fn check(html: &str) {
    assert_eq!(gate::safe(html), html, "the gate changes it");
    let mut open: Vec<&str> = Vec::new();
    for tag in html.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("no tag is left open");
        let name = tag.split(' ').next().unwrap();
        let known = ["p", "div", "h4", "h5", "h6", "pre", "blockquote", "ul", "ol", "li", "table", "tbody", "tr", "td"];
        let inline = ["th", "a", "br", "hr", "img", "strong", "em", "u", "s", "code", "sub", "sup"];
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{html}"),
            None => {
                assert!(known.contains(&name) || inline.contains(&name), "<{tag}>");
                let attributes = tag[name.len()..].split("\" ").map(|one| one.trim().split('=').next().unwrap());
                let few = ["", "href", "rel", "dir", "start", "src", "alt"];
                assert!(attributes.clone().all(|attribute| few.contains(&attribute)), "<{tag}>");
                if !["br", "hr", "img"].contains(&name) {
                    open.push(name);
                }
                assert!(open.len() <= 32, "nested too deep");
            }
        }
    }
    assert!(open.is_empty(), "{open:?} in {html}");
}

#[test]
fn emphasis_links_and_code_stay() {
    assert_eq!(
        shown(
            "<p>One <b>two <i>three</i></b> <code>x &lt; y</code>, <a href='https://bread.example/a?b&c'>here</a>.</p>"
        ),
        "<p>One <strong>two <em>three</em></strong> <code>x &lt; y</code>, \
         <a href=\"https://bread.example/a?b&amp;c\" rel=\"noopener noreferrer nofollow\">here</a>.</p>"
    );
    let styled = shown("<span style='font-weight: 700; FONT-STYLE:italic'>a</span> b");
    assert_eq!(styled, "<div><strong><em>a</em></strong> b</div>");
    assert_eq!(shown("a<br>b<br><br><br><br>c<br>"), "<div>a<br>\nb<br>\n<br>\nc</div>");
    assert_eq!(shown("<b style='font-weight:normal'>a</b>"), "<div>a</div>");
    assert_eq!(shown("a<sup>2</sup> <s>b</s>"), "<div>a<sup>2</sup> <s>b</s></div>");
}

#[test]
fn headings_lists_and_quotes_keep_their_form() {
    let html = "<h1>Bread</h1><ul><li>flour<li>salt<ol start=3><li><p>fine</p></li></ol></ul>\
                <blockquote style='border:none'>well</blockquote><hr><pre>a\n  b</pre>";
    assert_eq!(
        shown(html),
        "<h4>Bread</h4>\n<ul><li>flour</li>\n<li>salt<ol start=\"3\"><li>fine</li>\n</ol>\n</li>\n</ul>\n\
         <blockquote><div>well</div>\n</blockquote>\n<hr>\n<pre>a\n  b</pre>"
    );
    assert_eq!(shown("<div>a</div><div><br></div><div>b</div>"), "<div>a</div>\n<div><br></div>\n<div>b</div>");
    assert_eq!(shown("<h2><div>a</div></h2>b"), "<h4>a</h4>\n<div>b</div>");
    assert_eq!(shown("<div style='white-space:pre-wrap'>a\n  b</div>"), "<div>a<br>\n&nbsp; b</div>");
}

#[test]
fn a_table_that_says_something_stays_one_and_one_that_lays_out_does_not() {
    let table = "<table><tr><th>a<th>b<tr><td>1<td></table>";
    let expected =
        "<table><tbody><tr><th>a</th>\n<th>b</th>\n</tr>\n<tr><td>1</td>\n<td></td>\n</tr>\n</tbody></table>";
    assert_eq!(shown(table), expected);
    let layout = format!("<table><tr><td>{table}</td><td>c</td></tr><tr><td>d</td></tr></table>");
    assert!(
        shown(&layout).starts_with("<table><tbody><tr><th>a") && shown(&layout).ends_with("<div>c</div>\n<div>d</div>")
    );
    assert_eq!(shown("<table role=presentation><tr><td>a<td>b<tr><td>c<td>d</table>").matches("<table").count(), 0);
}

#[test]
fn the_direction_of_writing_stays() {
    assert_eq!(
        shown("<div dir=rtl>שלום<div dir=LTR>hi</div></div>x"),
        "<div dir=\"rtl\">שלום</div>\n<div dir=\"ltr\">hi</div>\n<div>x</div>"
    );
    assert_eq!(shown("<div dir=ltr>hi</div>"), "<div>hi</div>");
    assert_eq!(shown("<ul dir=rtl><li>א</ul>"), "<ul dir=\"rtl\"><li dir=\"rtl\">א</li>\n</ul>");
    assert_eq!(shown("a\u{202e}b\u{2066}c&#8238;d"), "<div>abcd</div>");
}

#[test]
fn nothing_is_fetched_from_elsewhere() {
    for (html, left) in [
        ("a<img src='https://t.example/p.gif' alt='A loaf'>", "<div>a[A loaf]</div>"),
        ("a<img src=https://t.example/p.gif>", "<div>a</div>"),
        ("a<img src=https://t.example/p.gif alt=open width=1 height=1>", "<div>a</div>"),
        ("a<img src=cid:loaf@x style='width:1px; height : 1px'>", "<div>a</div>"),
        ("a<img src='//t.example/x' alt=''>", "<div>a</div>"),
        ("a<img src=data:image/png;base64,AAAA alt=x>", "<div>a[x]</div>"),
        ("<table background=https://t.example/x><tr><td background=https://t.example/x>a</table>", "<div>a</div>"),
        ("<div style='background:url(https://t.example/x)'>a</div>", "<div>a</div>"),
        (
            "a<video poster=https://t.example/x src=https://t.example/y></video><object data=https://t.example/z>",
            "<div>a</div>",
        ),
        ("<link rel=stylesheet href=https://t.example/x>a<style>@import 'https://t.example/x'</style>", "<div>a</div>"),
        ("a<input type=image src=https://t.example/x>", "<div>a</div>"),
        ("a<img srcset='https://t.example/x 2x' src=cid:other@x alt='b'>", "<div>a[b]</div>"),
    ] {
        assert_eq!(shown(html), left, "{html}");
    }
}

#[test]
fn a_picture_that_came_with_the_mail_stands_in_its_place_by_number() {
    assert_eq!(
        shown("a<img src='cid:loaf@x' alt='The \"loaf\"'>b"),
        "<div>a<img src=\"cid:2\" alt=\"The &quot;loaf&quot;\">b</div>"
    );
    let rich = whole("a<img src='CID:loaf@x'>").unwrap();
    assert!(rich.mentions("loaf@x") && rich.shows("loaf@x") && !rich.shows("other@x"));
}

#[test]
fn nothing_runs_whatever_it_is_called() {
    for link in [
        "javascript:alert(1)",
        " jAvAsCrIpT:alert(1)",
        "java\nscript:alert(1)",
        "java&Tab;script&colon;alert(1)",
        "&#x6A;avascript:alert(1)",
        "\u{1}javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:msgbox(1)",
        "view-source:javascript:alert(1)",
        "blob:https://x.example/1",
        "file:///etc/passwd",
        "//t.example/x",
        "/x",
        "#top",
        "https:",
        "mailto:",
        "cid:loaf@x",
    ] {
        assert_eq!(shown(&format!("<a href=\"{link}\">a</a>")), "<div>a</div>", "{link}");
    }
    let long = format!("<a href='https://x.example/{}'>a</a>", "y".repeat(3000));
    assert_eq!(shown(&long), "<div>a</div>");
    let quoted = shown("<a href='https://x.example/\"onmouseover=alert(1) x=\"><script>y'>a</a>");
    assert!(!quoted.contains("\"onmouseover") && !quoted.contains("<script"), "{quoted}");
    assert_eq!(shown("<a href='mailto:a@x.example?bcc=b@y.example&body=z'>a</a>").matches("bcc").count(), 0);
}

#[test]
fn a_link_shows_where_it_leads_where_its_text_names_another_host() {
    let link = shown("<a href='https://evil.example/'>bank.exa<b>mple</b></a> x");
    assert!(link.ends_with("bank.exa<strong>mple</strong></a> (evil.example) x</div>"), "{link}");
    for picture in ["<img alt='https://bank.example/'>", "<img src=cid:loaf@x alt='bank\u{2024}example'>"] {
        let link = shown(&format!("<a href='https://bank.example@evil.example/'>{picture}</a> x"));
        assert!(link.ends_with("</a> (evil.example) x</div>"), "{link}");
    }
}

/// What has broken out of other programs' filters; each with a word that must come through as text, or none.
const ATTACKS: [&str; 34] = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<p onclick='alert(1)' id=top class=card style='position:fixed;top:0;width:expression(alert(1))'>x",
    "<div style='position:absolute;left:0;top:0;width:100%;height:100%;background:red;z-index:9'>x</div>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><a><set attributeName=href to=javascript:alert(1)></set><text>x</text></a></svg>",
    "<math><annotation-xml encoding='text/html'><img src=x onerror=alert(1)></annotation-xml></math>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'></textarea>",
    "<xmp><p title='</xmp><script>alert(1)</script>'></xmp>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<base href='https://evil.example/'><a href='x'>x</a>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<form action=https://evil.example><input name=p type=password><button formaction=javascript:alert(1)>x</form>",
    "<a href='https://x.example/' target=_top ping=https://t.example download>x</a>",
    "<!--[if mso]><img src=https://t.example/x><![endif]-->x",
    "<![if !mso]>x<![endif]>",
    "<!-- x",
    "<!-- --!> <img src=x onerror=alert(1)>",
    "<a href='x",
    "<img alt=\"",
    "<div title='x",
    "</div></div></td></tr></table></body></html><h1>x</h1>",
    "<table><td><table></td></table></table></div>x",
    "<plaintext>x",
    "<title>x</title><title>",
    "<style>x",
    "<?php x ?><p>x",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<a\0href='java\0script:alert(1)'>x</a>",
    "<p/onclick=alert(1)/style=position:fixed>x",
];

#[test]
fn known_attacks_leave_nothing_but_text_and_end_where_they_stand() {
    for attack in ATTACKS {
        let html = shown(&format!("<p>before</p>{attack}"));
        let tags: Vec<&str> = html.split('<').skip(1).filter_map(|tag| tag.split('>').next()).collect();
        for word in ["on", "style", "id", "class", "srcdoc", "target", "formaction", "ping"] {
            let named = |tag: &str| tag.split_whitespace().skip(1).any(|name| name.starts_with(word));
            assert!(!tags.iter().any(|tag| named(tag)), "{attack} -> {html}");
        }
        assert!(html.starts_with("<p>before</p>") && !html.contains("evil.example/\""), "{attack} -> {html}");
    }
}

#[test]
fn thousands_of_anything_stay_within_bounds() {
    for tag in [
        "blockquote",
        "table",
        "tr",
        "td",
        "font",
        "div",
        "b",
        "i",
        "a href=https://x.example/",
        "ul",
        "li",
        "pre",
        "span dir=rtl",
        "h1",
        "p",
    ] {
        for unit in [format!("<{tag}>"), format!("<{tag}>x"), format!("<{tag}>x</{tag}>"), format!("<{tag}><br>&nbsp;")]
        {
            let many = if ["blockquote", "table", "font"].contains(&tag) { 10_000 } else { 1_000 };
            let html = unit.repeat(many) + "end";
            if let Some(written) = whole(&html).and_then(|rich| written(&rich)) {
                check(&written);
                assert!(written.len() <= 2 * bounds::RICH_BYTES, "{unit}");
            }
        }
    }
    assert!(Rich::of(&[Source::Html("<b>x</b>".repeat(100_000))]).is_none());
}

#[test]
fn what_is_hidden_leaves_no_trace_and_each_block_stands_for_itself() {
    let html = "<div>One <b>two</b></div><div><b>A: <i>quoted</i></b></div><ul><li>three</li></ul>";
    let mut rich = Rich::of(&[Source::Html(html.to_owned())]).unwrap();
    assert_eq!(rich.text(), "One two\nA: quoted\n\n- three\n");
    rich.keep(&[Some(0), None, None, Some(1)]);
    assert_eq!(rich.texts().concat().split_whitespace().collect::<Vec<_>>(), ["One", "two", "three"]);
    let blocks = rich.html(2, &HashMap::new()).unwrap();
    assert_eq!(blocks, ["<div>One <strong>two</strong></div>\n", "<ul><li>three</li>\n</ul>\n"]);
}

#[test]
fn a_block_that_goes_on_over_what_is_hidden_is_closed_and_opened_again() {
    let mut rich = Rich::of(&[Source::Html("<ol><li><b>a<br>q<br>c".to_owned())]).unwrap();
    rich.keep(&[Some(0), None, Some(1)]);
    let blocks = rich.html(2, &HashMap::new()).unwrap();
    blocks.iter().for_each(|block| check(block));
    assert_eq!(blocks, ["<ol><li><strong>a</strong></li>\n</ol>\n", "<ol><li><strong>c</strong></li>\n</ol>\n"]);
}

#[test]
fn what_must_not_be_shown_is_taken_out_of_every_piece() {
    let mut rich = whole("<b>ada</b>@x.example <img src=https://t.example/x alt='of ada@x.example'> <a href='mailto:ada@x.example'>ada</a>").unwrap();
    assert!(rich.texts().concat().contains("ada@x.example"));
    assert_eq!(rich.links().collect::<Vec<_>>(), ["mailto:ada@x.example"]);
    let texts = rich.texts().iter().map(|text| text.replace("@x.example", "…").replace("of ada", "of")).collect();
    rich.set_texts(texts);
    rich.keep_links(|href| !href.contains("ada"));
    assert_eq!(written(&rich).unwrap(), "<div><strong>ada</strong>… [of…] ada</div>");
}

/// Pieces that HTML is made of, good and bad.
const PIECES: &str = "</?(p|div|b|i|a|ul|ol|li|table|tr|td|th|blockquote|pre|h1|h3|span|font|center|br|hr|img|code|svg|math|style|script|title|form)>|\
    <(a href|img src|p dir|ol start|div style|span style|table role|img alt|td width|pre style)=[\"']?(https://x.example/|javascript:x|cid:loaf@x|rtl|7|font-weight:bold|display:none|white-space:pre-wrap|presentation|1|bank.example)[\"']?>|\
    [a-z ]{0,8}|&(amp|lt|gt|nbsp|quot|#60|#x3c|#0|#1);?|<!--|-->|<!|<|>|\"|'|\n|[א-ת\u{202e}\u{a0}\u{1}\u{2}]{1,3}|bank.example|a@x.example";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn whatever_comes_in_what_goes_out_is_safe(pieces in proptest::collection::vec(PIECES, 0..60), hidden in any::<u64>()) {
        let html = pieces.concat();
        let mut rich = Rich::of(&[Source::Html(html.clone())]).unwrap();
        prop_assert_eq!(rich.text(), clean::text(&html::to_text(&html)));
        let mut block = 0;
        let blocks: Vec<_> = (0..rich.text().lines().count()).map(|line| {
            let said = hidden >> (line % 64) & 1 == 1;
            block += usize::from(!said);
            said.then_some(block)
        }).collect();
        rich.keep(&blocks);
        let written = rich.html(block + 1, &HashMap::from([("loaf@x".to_owned(), 0)])).unwrap();
        prop_assert_eq!(written.len(), block + 1);
        written.iter().for_each(|html| check(html));
        let unwanted = |c: char| "\u{1}\u{2}\u{202e}".contains(c);
        prop_assert!(!written.concat().contains(unwanted));
    }

    #[test]
    fn every_word_that_is_said_is_shown_and_no_other(lines in proptest::collection::vec("[a-z]{1,9}( [a-z]{1,9}){0,3}", 1..12), tag in "(p|div|li|td|h1|blockquote|pre|center)", said in any::<u16>()) {
        let html: String = lines.iter().map(|line| format!("<{tag}>{line}</{tag}>")).collect();
        let mut rich = Rich::of(&[Source::Html(html)]).unwrap();
        let mut keep = Vec::new();
        let mut words = String::new();
        for line in rich.text().lines() {
            let is_said = said >> (keep.len() % 16) & 1 == 1;
            keep.push(is_said.then_some(0));
            if is_said {
                words.push_str(line.trim_start_matches(['>', '-', ' ']));
                words.push(' ');
            }
        }
        rich.keep(&keep);
        let html = rich.html(1, &HashMap::new()).unwrap().concat();
        let shown: Vec<String> = html.split('<').map(|piece| piece.rsplit('>').next().unwrap().trim().to_owned()).collect();
        let squeeze = |text: &str| text.split_whitespace().collect::<String>();
        prop_assert_eq!(squeeze(&shown.concat()), squeeze(&words));
    }
}
