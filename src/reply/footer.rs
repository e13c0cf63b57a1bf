//! What mailing lists put at the end of a mail: under a rule a name and where to unsubscribe, or, of some kinds of list, a
//! sentence that is always the same.

use super::SpanKind;
use super::line::Line;

/// Signs that the rule above one needs, those where the footer says for sure that it is one, lines it may have after
/// that, and how many such footers a mail may have.
const RULE: usize = 20;
const SHORT_RULE: usize = 2;
const LINES: usize = 14;
const FOOTERS: usize = 3;

/// Lines looked at in all, empty ones included.
const LOOK_AHEAD: usize = 40;

/// Empty lines above a footer.
const BLANK_LINES: usize = 5;

/// Bytes of a line that are looked at for how it starts, and those of the longest line of a footer.
const OPENING_BYTES: usize = 80;
const LINE_BYTES: usize = 300;

/// What footers speak of, and how they name a list or the way to leave it, as only programs do.
const LIST_WORDS: &[&str] = &[
    "mailing list",
    "mailinglist",
    "mailing-list",
    "mailman",
    "unsubscribe",
    "listinfo",
    "liste de diffusion",
    "lista de correo",
    "lista de discussão",
    "abmelden",
    "abbestellen",
    "désabonn",
    "désinscri",
    "odhlás",
    "отписа",
    "lista di discussione",
    "cancellarsi",
    "darse de baja",
    "uitschrijven",
    "afmelden",
    "wypisać",
];
const LIST_NAMES: &[&str] = &[
    "/listinfo/",
    "/mailman",
    "-unsubscribe@",
    "-request@",
    "majordomo@",
    "listserv@",
    "sympa@",
    "/sympa/",
    "/postorius/",
    "lists.",
    "@googlegroups.com",
    "groups.io",
    "-leave@",
    "/unsubscribe",
];

/// How a footer starts that needs no rule, in small letters: no person writes that.
const FIXED: &[&str] = &[
    "you received this message because you are subscribed to",
    "you are receiving this because you are subscribed to",
    "sie haben diese nachricht erhalten, weil sie in google groups",
    "vous recevez ce message, car vous êtes abonné au groupe",
    "has recibido este mensaje porque estás suscrito al grupo",
    "você recebeu essa mensagem porque está inscrito no grupo",
    "você está recebendo esta mensagem porque se inscreveu no grupo",
    "hai ricevuto questo messaggio perché sei iscritto al gruppo",
    "je hebt dit bericht ontvangen omdat je je hebt aangemeld bij de groep",
    "otrzymujesz tę wiadomość, ponieważ subskrybujesz grupę",
    "вы получили это сообщение, поскольку подписаны на группу",
    "このメールは google グループのグループ",
    "groups.io links:",
    "yahoo! groups links",
    "yahoo groups links",
    "yahoo! groups sponsor",
    "your use of yahoo! groups is subject to",
    "non-text portions of this message have been removed",
    "this sf.net email is sponsored by",
    "an html attachment was scrubbed",
    "a non-text attachment was scrubbed",
];

/// How one starts right under a rule; without the rule a person may tell somebody so.
const UNDER_RULE: &[&str] = &[
    "to unsubscribe",
    "to subscribe or unsubscribe",
    "unsubscribe: ",
    "for additional commands, e-mail:",
    "post a message: ",
    "to post to this ",
    "easy unsubscribe click here",
    "this sf.net email is",
    "to manage your subscription",
    "to change your subscription",
    "to leave this ",
    "manage your subscription",
    "list archives: ",
    "list info: ",
    "this email was sent to",
    "archives at ",
];

/// Marks the footers at the end, last first.
pub(super) fn mark(lines: &[Line<'_>], kinds: &mut [SpanKind]) {
    let mut end = lines.len();
    for _ in 0..FOOTERS {
        let Some(start) = start_before(lines, kinds, end) else { return };
        kinds[start..end].fill(SpanKind::Footer);
        end = start;
    }
}

/// Where the footer that ends here starts.
fn start_before(lines: &[Line<'_>], kinds: &[SpanKind], end: usize) -> Option<usize> {
    let mut full = 0;
    let mut opened = None;
    for at in (0..end).rev().take(LOOK_AHEAD) {
        let line = lines[at].text.trim();
        if kinds[at] != SpanKind::Said || full > LINES {
            break;
        }
        let rule = rule(line);
        if rule >= SHORT_RULE && full > 0 && Seen::in_lines(&lines[at + 1..end]).is_footer(rule) {
            return Some(at);
        }
        // Footers have one rule above and maybe one below.
        if rule >= RULE && full > 0 {
            break;
        }
        full += usize::from(rule == 0 && !line.is_empty());
        if starts_one(lines, at) || (full == 1 && rule == 0 && is_link_to_list(lines, at)) {
            opened = Some(at);
        }
    }
    let start = opened?;
    // The rule above belongs to it.
    let above = (start.saturating_sub(2)..start).rev().find(|at| !lines[*at].is_blank());
    let rule = above.filter(|at| is_rule_of_list(lines, *at) && kinds[*at] == SpanKind::Said);
    Some(rule.unwrap_or(start))
}

/// Whether a line starts a footer by its words.
fn starts_one(lines: &[Line<'_>], at: usize) -> bool {
    let above = at.checked_sub(1);
    let is_under_rule = above.is_some_and(|above| is_rule_of_list(lines, above));
    if !is_under_rule && above.is_some_and(|above| !lines[above].is_blank()) {
        return false;
    }
    let line = lines[at].text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let start = line[..line.floor_char_boundary(OPENING_BYTES)].to_lowercase();
    let starts_with = |known: &[&str]| known.iter().any(|known| start.starts_with(known));
    starts_with(FIXED) || (is_under_rule && starts_with(UNDER_RULE))
}

/// `https://lists.example/mailman/listinfo/talk`, which is all that some lists add; not where somebody points to it.
fn is_link_to_list(lines: &[Line<'_>], at: usize) -> bool {
    let line = lines[at].text.trim();
    let is_link = line.starts_with("http") && !line.contains(' ') && line.contains("/mailman/listinfo/");
    let above = lines[..at].iter().rev().take(BLANK_LINES).find(|line| !line.is_blank());
    let is_pointed_to = above.is_none_or(|line| line.text.trim_end().ends_with([':', '：']));
    is_link && !is_pointed_to && at > 0 && lines[at - 1].is_blank()
}

/// A rule, or the one with words in it that stands where an attachment was.
fn is_rule_of_list(lines: &[Line<'_>], at: usize) -> bool {
    rule_at(lines, at) > 0 || lines[at].text.starts_with("-------------- next part ------")
}

fn rule_at(lines: &[Line<'_>], at: usize) -> usize {
    rule(lines[at].text.trim())
}

/// How many signs a line of one sign has; lines of other things have none. `-~-~-` and the like count as well.
fn rule(line: &str) -> usize {
    if line.bytes().all(|b| b"_-=*~#.".contains(&b)) { line.len() } else { 0 }
}

/// What the lines of a footer say together.
#[derive(Default)]
struct Seen {
    says_list: bool,
    says_where: bool,
    /// It names a list as only programs do, or how to leave it.
    names_list: bool,
    /// A line was too long or too much of a sentence for one.
    is_long: bool,
}

impl Seen {
    fn in_lines(lines: &[Line<'_>]) -> Self {
        let mut seen = Self::default();
        for line in lines.iter().map(|line| line.text.trim()).filter(|line| rule(line) == 0) {
            let lower = line.to_lowercase();
            let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
            seen.says_list |= says(LIST_WORDS);
            seen.names_list |= says(LIST_NAMES);
            seen.says_where |= line.contains("://") || line.contains('@') || line.contains("www.");
            seen.is_long |= line.len() > LINE_BYTES;
        }
        seen
    }

    /// Whether it is the footer that the rule above announces. A rule of a few signs may be anything: then the footer has
    /// to name its list.
    fn is_footer(&self, rule: usize) -> bool {
        self.says_list && self.says_where && !self.is_long && (rule >= RULE || self.names_list)
    }
}

#[cfg(test)]
mod tests {
    use crate::reply::{SpanKind, read};

    const RULE: &str = "_______________________________________________";

    #[test]
    fn a_lists_footer_is_no_word_of_the_sender() {
        let footer = format!("{RULE}\ntalk mailing list\ntalk@lists.example\nhttps://lists.example/listinfo/talk\n");
        let reading = read(&format!("Yes.\n{footer}{footer}"));
        assert_eq!(reading.said(), "Yes.");
        assert_eq!(reading.spans[1].kind, SpanKind::Footer);
        assert_eq!(read(&format!("Yes.\n\n> quote\n{footer}")).said(), "Yes.");
    }

    #[test]
    fn lists_of_many_kinds_have_footers() {
        for footer in [
            "__\ntalk mailing list\ntalk@lists.example\nhttp://lists.example/mailman/listinfo/talk_lists.example",
            "-- \nYou received this message because you are subscribed to the Google Groups \"Bread\" group.\nTo unsubscribe \
             from this group, send an email to bread+unsubscribe@googlegroups.com.",
            "---------------------------------------------------------------------\nTo unsubscribe, e-mail: \
             dev-unsubscribe@bread.example\nFor additional commands, e-mail: dev-help@bread.example",
            "-\nTo unsubscribe from this list: send the line \"unsubscribe ovens\" in\nthe body of a message to \
             majordomo@ovens.example",
            "-=-=-=-=-=-=-=-=-=-=-=-\nGroups.io Links: You receive all messages sent to this group.\nView/Reply Online \
             (#7): https://bread.groups.io/g/main/message/7\n-=-=-=-=-=-=-=-=-=-=-=-",
            "http://lists.example/mailman/listinfo/talk",
            "-------------- next part --------------\nAn HTML attachment was scrubbed...\nURL: <http://lists.example/a.html>",
            "-------------------------------------------------------\nThis SF.net email is sponsored by: Bread\nhttp://bread.\
             example/sf\n_______________________________________________\nTalk mailing list\nTalk@lists.example\n\
             https://lists.example/lists/listinfo/talk",
            "-- \nTo UNSUBSCRIBE, email to talk-REQUEST@lists.example\nwith a subject of \"unsubscribe\". Trouble? Contact \
             master@lists.example",
            "------------------------------------\nYahoo! Groups Links\n\n<*> To visit your group on the web, go to:\n    \
             http://groups.yahoo.example/group/bread/",
        ] {
            assert_eq!(read(&format!("Yes.\n\n{footer}\n")).said(), "Yes.", "{footer}");
        }
    }

    #[test]
    fn a_line_that_somebody_drew_hides_nothing() {
        let text = format!("One.\n{RULE}\nSee https://x.org/ or ask ada@example.org.");
        assert_eq!(read(&text).said(), text);
        let text = format!("One.\n{RULE}\nI would never unsubscribe from this mailing list!");
        assert_eq!(read(&text).said(), text);
        let long = format!("One.\n{RULE}\n{}unsubscribe", "words\n".repeat(30));
        assert!(read(&long).hidden().next().is_none());
        for text in [
            "Hello,\n\nTo unsubscribe, send a mail to talk-request@lists.example.\n\nBo",
            "To unsubscribe from the newsletter I had to call them.\n\nAda",
            "The page is here:\n\nhttps://lists.example/mailman/listinfo/talk",
        ] {
            assert_eq!(read(text).said(), text);
        }
        let text = "One.\n--\nThe mailing list moved, see https://x.org/moved for how.\n\nTwo goes on here.";
        assert_eq!(read(text).said(), text);
    }
}
