//! A list's own rules for the mail of those who may write to it.

use super::{Admission, Asked, Why};
use crate::discussion::{Attachments, FirstTime, List, Role, WhoAnswers};

/// What the rules go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// What its sender may do; `None`: not on the list.
    pub role: Option<Role>,
    /// What it asks for.
    pub asked: Asked,
    /// How many octets it has.
    pub bytes: usize,
    /// Whether files came with it that would be named.
    pub has_files: bool,
    /// Whether nothing of its sender was published on the list yet.
    pub is_first: bool,
}

/// What a list's rules say against a mail that would be published else; `None`: nothing. Moderators are free of them, for
/// they would decide about their own mail.
pub fn ruled(list: &List, mail: Measure) -> Option<Admission> {
    let rules = &list.rules;
    if mail.role == Some(Role::Moderator) {
        return None;
    }
    if mail.asked != Asked::Post && rules.who_answers == WhoAnswers::Authors && mail.role != Some(Role::Author) {
        return Some(Admission::Hold(Why::MayNotAnswer));
    }
    match rules.attachments {
        Attachments::Refuse if mail.has_files => return Some(Admission::RefuseFor(Why::HasFiles)),
        Attachments::Hold if mail.has_files => return Some(Admission::Hold(Why::HasFiles)),
        _ => {}
    }
    if rules.max_bytes.is_some_and(|most| mail.bytes as u64 > most) {
        return Some(Admission::Hold(Why::TooLargeForList));
    }
    let is_newcomer = mail.is_first && mail.role != Some(Role::Author);
    (is_newcomer && rules.first_time == FirstTime::Hold).then_some(Admission::Hold(Why::FirstTime))
}

impl Admission {
    /// The same by a list's rules: they say nothing of what is not published anyway, but come before the question what an
    /// answer means, for its answer publishes it.
    pub fn by_rules(self, ruled: Option<Self>) -> Self {
        match (self, ruled) {
            (Self::Publish | Self::Hold(Why::UnclearAnswer), Some(ruled)) => ruled,
            (other, _) => other,
        }
    }
}

impl Why {
    /// What a member is told whose mail waits for this. `None`: nothing, for a program may have sent it, or nobody knows that
    /// it is theirs, or they are asked something anyway.
    pub fn to_its_sender(self) -> Option<&'static str> {
        match self {
            Self::FirstTime => {
                Some("The first mail of everybody is looked at here; once it is accepted, yours are published at once.")
            }
            Self::MayNotPost => Some("It answers nothing, so it would start a post, which not everybody may here."),
            Self::MayNotAnswer => Some("It is an answer, and on this list only authors answer."),
            Self::TooLargeForList => Some("It is larger than what this list takes without a look."),
            Self::HasFiles => Some("Files came with it, and this list takes none without a look."),
            Self::Empty => Some("There is no word of yours in it that could be told from what is quoted."),
            _ => None,
        }
    }

    /// Whether moderators are told by mail that something waits for this. Of the mail of those whom they banned they want to
    /// hear no more.
    pub fn is_listed(self) -> bool {
        self != Self::Banned
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discussion::Rules;

    const PLAIN: Measure =
        Measure { role: Some(Role::Member), asked: Asked::Answer, bytes: 1_000, has_files: false, is_first: false };

    fn with(rules: Rules) -> List {
        List { rules, ..List::sample() }
    }

    #[test]
    fn a_list_without_rules_says_nothing() {
        let odd = Measure { bytes: 9_000_000, has_files: true, is_first: true, role: None, ..PLAIN };
        assert_eq!(ruled(&List::sample(), odd), None);
    }

    #[test]
    fn each_rule_holds_what_it_is_about_and_nothing_else() {
        let rules = Rules { who_answers: WhoAnswers::Authors, ..Rules::default() };
        assert_eq!(ruled(&with(rules), PLAIN), Some(Admission::Hold(Why::MayNotAnswer)));
        assert_eq!(ruled(&with(rules), Measure { role: Some(Role::Author), ..PLAIN }), None);
        assert_eq!(ruled(&with(rules), Measure { asked: Asked::Post, ..PLAIN }), None);
        let rules = Rules { max_bytes: Some(1_000), ..Rules::default() };
        assert_eq!(ruled(&with(rules), PLAIN), None);
        let large = Measure { bytes: 1_001, ..PLAIN };
        assert_eq!(ruled(&with(rules), large), Some(Admission::Hold(Why::TooLargeForList)));
        let files = Measure { has_files: true, ..PLAIN };
        for (attachments, says) in [
            (Attachments::Hold, Admission::Hold(Why::HasFiles)),
            (Attachments::Refuse, Admission::RefuseFor(Why::HasFiles)),
        ] {
            let rules = Rules { attachments, ..Rules::default() };
            assert_eq!((ruled(&with(rules), files), ruled(&with(rules), PLAIN)), (Some(says), None));
        }
        let rules = Rules { first_time: FirstTime::Hold, ..Rules::default() };
        let first = Measure { is_first: true, ..PLAIN };
        assert_eq!(ruled(&with(rules), first), Some(Admission::Hold(Why::FirstTime)));
        assert_eq!(ruled(&with(rules), PLAIN), None);
        assert_eq!(ruled(&with(rules), Measure { role: Some(Role::Author), ..first }), None);
    }

    #[test]
    fn a_moderator_is_free_of_every_rule() {
        let strict = Rules {
            who_answers: WhoAnswers::Authors,
            first_time: FirstTime::Hold,
            max_bytes: Some(1),
            attachments: Attachments::Refuse,
            tell_senders: true,
        };
        let odd = Measure { role: Some(Role::Moderator), has_files: true, is_first: true, ..PLAIN };
        assert_eq!(ruled(&with(strict), odd), None);
    }

    #[test]
    fn rules_come_before_a_question_and_leave_alone_what_is_not_published() {
        let first = Some(Admission::Hold(Why::FirstTime));
        for before in [Admission::Publish, Admission::Hold(Why::UnclearAnswer)] {
            assert_eq!(before.by_rules(first), Admission::Hold(Why::FirstTime));
            assert_eq!(before.by_rules(None), before);
        }
        for before in [Admission::Refuse, Admission::Hold(Why::Unproven)] {
            assert_eq!(before.by_rules(first), before);
        }
    }
}
