//! HTML bodies as plain text: html5ever's tokenizer feeds a writer of lines. No tree is built and nothing recurses, so
//! that ten megabytes of `<div>` cost what ten megabytes of text cost.
//!
//! What becomes of the elements: blocks are lines and paragraphs; lists have `- ` and `1. `; a link is `text (url)`,
//! or its text alone where that is the URL; `pre` keeps its blanks; quotes are lines behind `>`; scripts, styles and
//! what is hidden (`display: none`, where senders of newsletters put preview text) are left out. What a mail program shows
//! to be its own is written as programs write it in plain text, so that one reading does for both: a signature stands
//! under `-- `, another mail without an end under `-----Original Message-----`.

mod clients;
mod feed;
mod lines;
mod page;

use super::rich::Recorder;

/// The text of an HTML body, with `\n` line ends. It may hold what entities spell, control characters included.
pub(super) fn to_text(html: &str) -> String {
    let page = std::cell::RefCell::new(page::Page::default());
    feed::feed(html, &page);
    page.into_inner().finish().0
}

/// The same text, with what was noted of its formatting, and for each line that is noted there which line of the text it
/// is, counted from 0.
pub(super) fn to_formatted(html: &str) -> (String, Recorder, Vec<usize>) {
    let page = std::cell::RefCell::new(page::Page::noting());
    feed::feed(html, &page);
    let mut page = page.into_inner();
    let noted = page.take_noted();
    let (text, lines) = page.finish();
    (text, noted, lines)
}

#[cfg(test)]
mod tests {
    use super::to_text;

    #[test]
    fn blocks_are_lines_and_paragraphs_have_a_blank_line_between() {
        assert_eq!(to_text("<p>One\n two</p><p>three<br>four</p>"), "One two\n\nthree\nfour\n");
        assert_eq!(to_text("<div>a</div><div><br></div><div>b</div>"), "a\n\nb\n");
        assert_eq!(to_text("<div>a<br></div><div>b</div>c"), "a\nb\nc\n");
        assert_eq!(to_text("<p>a<p>&nbsp;</p><p>b"), "a\n\nb\n");
        assert_eq!(to_text("a <b> b</b> <i>c</i>&amp;&eacute;&#x41;"), "a b c&éA\n");
        assert_eq!(to_text("<table><tr><td>a</td><td>b</td></tr><tr><td>c</table>d"), "a b\nc\nd\n");
    }

    #[test]
    fn lists_have_marks_and_depth() {
        let html = "<ul><li>a<li>b<ol start=3><li><p>c</p></li><li>d</li></ol></ul>after";
        assert_eq!(to_text(html), "- a\n- b\n  3. c\n  4. d\n\nafter\n");
    }

    #[test]
    fn a_link_shows_where_it_leads_unless_its_text_does() {
        assert_eq!(to_text(r#"see <a href="https://x.org/p">this page</a>."#), "see this page (https://x.org/p).\n");
        assert_eq!(to_text(r#"<a href="https://x.org/">x.org</a>"#), "x.org\n");
        assert_eq!(to_text(r#"<a href="HTTPS://y.org/">x.org</a>"#), "x.org (HTTPS://y.org/)\n");
        assert_eq!(to_text(r#"<a href="mailto:ada@x.org">Ada</a> <a href="javascript:x">b</a>"#), "Ada b\n");
        assert_eq!(to_text(r#"<a href="https://x.org/"><img src=x></a>y"#), "y\n");
    }

    #[test]
    fn pre_keeps_its_blanks() {
        assert_eq!(to_text("<pre>\na  b\n\n  c</pre>d"), "a  b\n\n  c\n\nd\n");
        assert_eq!(to_text("<div style='white-space: pre-wrap'>a  b\nc</div>"), "a  b\nc\n");
    }

    #[test]
    fn quotes_get_marks_by_depth() {
        let html = "yes<div class=gmail_quote><div>Ada wrote:<br></div><blockquote class=gmail_quote>\
                    <p>one</p><p>two</p><blockquote type=cite>deep</blockquote></blockquote></div>below";
        assert_eq!(to_text(html), "yes\nAda wrote:\n\n> one\n>\n> two\n>\n>> deep\n\nbelow\n");
    }

    #[test]
    fn an_indented_paragraph_is_no_quote() {
        let html = r#"<blockquote style="margin:0 0 0 40px;border:none;padding:0px">mine</blockquote>"#;
        assert_eq!(to_text(html), "mine\n");
    }

    #[test]
    fn scripts_styles_and_hidden_text_are_left_out() {
        let html = "<html><head><title>t</title><STYLE>p>a{}</style></head><body>\
                    <div style='Display : none !important'>preview<div>x</div></div>\
                    <script>if (a<b) '</div>'</script><span hidden>no</span>yes<!-- <p>no -->";
        assert_eq!(to_text(html), "yes\n");
    }

    #[test]
    fn an_unclosed_hidden_element_ends_with_its_parent() {
        assert_eq!(to_text("<div><span style='display:none'>no</div>yes"), "yes\n");
        assert_eq!(to_text("<p style='display:none'>no<p>yes"), "yes\n");
        assert_eq!(to_text("<ul style='display:none'><li>no</ul><p>yes<p>no list"), "yes\n\nno list\n");
    }

    #[test]
    fn a_signature_mark_keeps_its_space_and_an_emoji_its_character() {
        assert_eq!(to_text("<div>-- <br></div><div>Ada <img alt='😀' src=x></div>"), "-- \nAda 😀\n");
    }

    #[test]
    fn signs_that_begin_no_tag_are_text_and_an_end_of_nothing_is_not() {
        assert_eq!(to_text("a <- b << c <> d < 3"), "a <- b << c <> d < 3\n");
        assert_eq!(to_text("a</>b</ c>d"), "abd\n");
        assert_eq!(to_text("<pre>a\n <- b</pre>"), "a\n <- b\n");
    }

    #[test]
    fn a_closing_tag_of_something_inline_never_ends_a_quote() {
        assert_eq!(to_text("<span><blockquote>a</span>b</blockquote>c"), "> ab\n\nc\n");
    }

    #[test]
    fn rules_make_no_more_text_than_is_read() {
        let html = format!("{}{}", "<blockquote><ul><li>".repeat(20), "<hr>".repeat(300_000));
        assert!(to_text(&html).len() < crate::message::bounds::TEXT_BYTES + 1000);
    }

    #[test]
    fn hostile_shapes_cost_no_more_than_their_size() {
        let size = 200_000;
        let many_attributes: String = (0..30_000).map(|n| format!(" a{n}")).collect();
        let with_quotes: String = (0..20_000).map(|n| format!(" a{n}='>'")).collect();
        for html in [
            "<div>".repeat(size / 5),
            "<blockquote>x".repeat(size / 13),
            "<ul><li>x".repeat(size / 9),
            "</div></span>".repeat(size / 13),
            "<span><div>".repeat(size / 11) + &"</span>".repeat(size / 7),
            "<a href=x>".repeat(size / 10),
            "<style>".repeat(size / 7),
            "<!--".repeat(size / 4),
            "<".repeat(size),
            "&#1".repeat(size / 3),
            format!("<p{many_attributes}>kept"),
            format!("<p{with_quotes}>kept"),
            format!("<!-- <b{with_quotes}> --><p{many_attributes}"),
        ] {
            let text = to_text(&html);
            assert!(text.len() <= 30 * html.len());
            assert_eq!(html.ends_with("kept"), text.ends_with("kept\n"));
        }
    }
}
