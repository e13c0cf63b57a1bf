//! The rule by which a mail is published, held or refused.

use crate::discussion::{List, MemberState, Role, Strangers, WhoAnswers, WhoPosts};

/// How much proof of its sender a mail needs (`[trust] proof`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// `From:` is believed for everybody.
    Off,
    /// Subscribers' answers that are not disproven are published; posts and commands need proof.
    Preferred,
    /// Everything needs proof.
    Required,
}

/// What is known of whether a mail comes from whom its From names, by DMARC (RFC 7489 §6.6.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// An aligned pass of SPF or DKIM: the domain of From vouches for it.
    Proven,
    /// Nothing either way: nobody was asked, nobody knew, nobody answered, or the domain wants nothing done.
    #[default]
    Unknown,
    /// Disproven, and the domain wants such mail looked at (`p=quarantine`).
    Quarantine,
    /// Disproven, and the domain wants such mail refused (`p=reject`).
    Reject,
}

/// What speaks for a mail being from whom its From names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// How much proof is asked for.
    pub wanted: Proof,
    /// What is known of the From.
    pub verdict: Verdict,
    /// Whether it was sent to an address that was given to that very reader, who alone should know it.
    pub own_token: bool,
    /// Whether it would bear the mark of the post's author, and not only a name.
    pub as_author: bool,
}

/// Who a mail says it is from, as far as the list knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// On the list.
    Member(Role, MemberState),
    /// Not on the list; with a reply token of a member's among the recipients, or without.
    Stranger {
        /// Whether the mail went to an address that was given to a reader.
        token: bool,
    },
    /// There are several authors in From, so none that can be believed.
    Several,
    /// There is no author in From, or no From at all.
    Nobody,
}

/// What a mail asks for, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To start a post.
    Post,
    /// To answer.
    Answer,
    /// To answer something in a digest, it does not say what.
    UnclearAnswer,
}

/// What becomes of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is published.
    Publish,
    /// A moderator decides.
    Hold(Why),
    /// It is refused.
    Refuse,
    /// It is refused, as the domain asks that it is not from.
    RefuseForged,
    /// It is refused for this.
    RefuseFor(Why),
}

/// Why a mail waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The sender is not proven, and this installation asks for proof.
    Unproven,
    /// It is not from whom it says, and their domain wants such mail looked at; or refused, had the server in front not
    /// taken it already.
    Disproven,
    /// Not a member.
    Stranger,
    /// Not a member; refused, had the server in front not taken it already.
    StrangerByLmtp,
    /// Not a member, but the address it was sent to was given to one.
    BorrowedToken,
    /// From names several people.
    SeveralSenders,
    /// From names nobody.
    NoSender,
    /// A member who may not start posts sent a mail that answers nothing.
    MayNotPost,
    /// A member who may not answer sent an answer.
    MayNotAnswer,
    /// Nothing of its sender was published here yet, and the list looks at first mails.
    FirstTime,
    /// It is larger than the list takes without a look.
    TooLargeForList,
    /// Files came with it, and the list takes none without a look.
    HasFiles,
    /// Its sender is banned; refused, had the server in front not taken it already.
    Banned,
    /// A digest of several posts was answered, quoting nothing, or several items.
    UnclearAnswer,
    /// Nothing but quotes is in it.
    Empty,
    /// The Message-ID is already another mail's.
    IdTaken,
    /// Sent to an address for commands or to the owner, or nothing but the wish to leave.
    Command,
    /// A member's, and something makes it look like a program's answer.
    PerhapsAutomatic,
    /// To the address at which a mail of ours comes back, and no bounce.
    NoBounce,
    /// The machine that it came from is on a DNS blocklist.
    Blocklisted,
    /// A mail server in front, whose word counts here, says that it is spam.
    MarkedSpam,
    /// It was passed on too often, and came by LMTP, where nothing is refused.
    InCircles,
    /// To a service mailbox, and no list has an owner.
    NoOwner,
    /// To a service mailbox, and enough was sent on for a day.
    TooMany,
    /// To a service mailbox, and too large to be sent on.
    TooLarge,
    /// To a service mailbox, from a program that might answer what is sent on.
    Automatic,
    /// To a service mailbox, and too many machines passed it on.
    Circles,
}

impl std::str::FromStr for Why {
    type Err = String;

    /// The other way of [`Why::as_str`].
    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|why| why.as_str() == word);
        found.ok_or_else(|| format!("`{word}` is no reason to hold a mail"))
    }
}

impl Why {
    const ALL: [Self; 27] = [
        Self::Unproven,
        Self::Disproven,
        Self::Stranger,
        Self::StrangerByLmtp,
        Self::BorrowedToken,
        Self::SeveralSenders,
        Self::NoSender,
        Self::MayNotPost,
        Self::MayNotAnswer,
        Self::FirstTime,
        Self::TooLargeForList,
        Self::HasFiles,
        Self::Banned,
        Self::UnclearAnswer,
        Self::Empty,
        Self::IdTaken,
        Self::Command,
        Self::PerhapsAutomatic,
        Self::NoBounce,
        Self::Blocklisted,
        Self::MarkedSpam,
        Self::InCircles,
        Self::NoOwner,
        Self::TooMany,
        Self::TooLarge,
        Self::Automatic,
        Self::Circles,
    ];

    /// The word for it, in the store and in `--json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unproven => "unproven",
            Self::Disproven => "disproven",
            Self::Stranger => "stranger",
            Self::StrangerByLmtp => "stranger-by-lmtp",
            Self::BorrowedToken => "borrowed-token",
            Self::SeveralSenders => "several-senders",
            Self::NoSender => "no-sender",
            Self::MayNotPost => "may-not-post",
            Self::MayNotAnswer => "may-not-answer",
            Self::FirstTime => "first-time",
            Self::TooLargeForList => "too-large-for-list",
            Self::HasFiles => "has-files",
            Self::Banned => "banned",
            Self::UnclearAnswer => "unclear-answer",
            Self::Empty => "empty",
            Self::IdTaken => "id-taken",
            Self::Command => "command",
            Self::PerhapsAutomatic => "perhaps-automatic",
            Self::NoBounce => "no-bounce",
            Self::Blocklisted => "blocklisted",
            Self::MarkedSpam => "marked-spam",
            Self::InCircles => "in-circles",
            Self::NoOwner => "no-owner",
            Self::TooMany => "too-many",
            Self::TooLarge => "too-large",
            Self::Automatic => "automatic",
            Self::Circles => "circles",
        }
    }

    /// What a moderator reads.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unproven => "The sender is not proven, and this installation asks for proof ([trust] proof).",
            Self::Disproven => {
                "It is not from whom it says: nothing shows that it comes from the domain in its From, which asks that such \
                 mail be kept back (DMARC)."
            }
            Self::Stranger => "The sender is no member of the list.",
            Self::StrangerByLmtp => {
                "The sender is no member of the list; it came by LMTP, where such mail is held, lest it be sent back to a \
                 forged address."
            }
            Self::BorrowedToken => {
                "It came to a reply address that was given to a member, from an address that is not theirs."
            }
            Self::SeveralSenders => "Its From names several people, so it is not known who sent it.",
            Self::NoSender => "It has no From with an address in it, so it is not known who sent it.",
            Self::MayNotPost => "It answers nothing, and its sender may not start posts.",
            Self::MayNotAnswer => "It is an answer, and on this list only authors answer.",
            Self::FirstTime => "It is the first mail of its sender here.",
            Self::TooLargeForList => {
                "It is larger than this list takes without a look (rejoinder list set NAME --max-bytes)."
            }
            Self::HasFiles => "Files came with it, and this list takes none without a look.",
            Self::Banned => {
                "Its sender is banned; it came by LMTP, where such mail is held, lest it be sent back to a forged address."
            }
            Self::UnclearAnswer => "It answers a digest, and which of its items cannot be told for certain.",
            Self::Empty => {
                "There is no word of its sender's own in it: at most quoted text, a signature, a picture that may be a logo, or what mail programs add."
            }
            Self::IdTaken => "Its Message-ID is already that of another mail.",
            Self::Command => {
                "It is a command or for the owner, by its address or by what it says; a person has to read it."
            }
            Self::PerhapsAutomatic => {
                "It may be an automatic answer, by its subject or a header that programs set; but a member may have \
                 written it."
            }
            Self::NoBounce => {
                "It was sent to an address at which undelivered mail comes back, but is none; a person has to read it."
            }
            Self::Blocklisted => {
                "It would be published, but the machine that it came from is on a DNS blocklist ([trust] blocklists)."
            }
            Self::MarkedSpam => {
                "It would be published, but a mail server whose word counts here marked it as spam ([trust] \
                 trusted_relays)."
            }
            Self::InCircles => "It was passed on too often: it goes in circles, perhaps between two lists.",
            Self::NoOwner => {
                "It was sent to postmaster or abuse, and no list has an owner (rejoinder list set NAME --owner)."
            }
            Self::TooMany => {
                "It was sent to postmaster or abuse, and as much as the owners get in a day was sent on already."
            }
            Self::TooLarge => "It was sent to postmaster or abuse, and is too large to be sent on.",
            Self::Automatic => {
                "It was sent to postmaster or abuse by a program, as an answer or a bounce; sent on it might start a loop."
            }
            Self::Circles => "It was sent to postmaster or abuse, and goes in circles.",
        }
    }
}

impl Admission {
    /// The same for a mail that came by LMTP: nothing is refused for what it is. The server in front took it and would have
    /// to send it back, to an address that may be forged.
    pub fn by_lmtp(self) -> Self {
        match self {
            Self::Refuse => Self::Hold(Why::StrangerByLmtp),
            Self::RefuseForged => Self::Hold(Why::Disproven),
            Self::RefuseFor(why) => Self::Hold(why),
            other => other,
        }
    }

    /// The same for a mail that is under suspicion: nothing is published before a moderator has looked at it.
    pub fn under(self, suspicion: Option<Why>) -> Self {
        match (self, suspicion) {
            (Self::Publish, Some(why)) => Self::Hold(why),
            (other, _) => other,
        }
    }
}

impl Credentials {
    /// Where nobody is asked for proof.
    pub const NOT_WANTED: Self =
        Self { wanted: Proof::Off, verdict: Verdict::Unknown, own_token: false, as_author: false };

    /// What becomes of a mail that is proven not to be from whom it says, whatever else is in it.
    fn against(self) -> Option<Admission> {
        match (self.wanted, self.verdict) {
            (Proof::Off, _) | (_, Verdict::Proven | Verdict::Unknown) => None,
            (_, Verdict::Quarantine) => Some(Admission::Hold(Why::Disproven)),
            (_, Verdict::Reject) => Some(Admission::RefuseForged),
        }
    }

    /// Whether they are enough for this from a member in this role, or from a stranger. A reader's token says where a mail
    /// belongs, and a little of who sent it: an author's name, a moderator's or a new post is more than that carries.
    fn suffice(self, role: Option<Role>, asked: Asked) -> bool {
        if self.wanted == Proof::Off || self.verdict == Verdict::Proven {
            return true;
        }
        let is_readers_answer = role == Some(Role::Member) && !self.as_author && asked != Asked::Post;
        is_readers_answer && (self.own_token || self.wanted == Proof::Preferred)
    }
}

impl Credentials {
    /// Whether they let somebody answer who is not on the list.
    pub fn lets_answer(self, list: &List, asked: Asked) -> bool {
        let is_proven = self.wanted == Proof::Off || self.verdict == Verdict::Proven;
        is_proven && list.rules.who_answers == WhoAnswers::Proven && asked != Asked::Post
    }
}

/// Decides about a mail. `empty`: its sender wrote nothing of their own, and sent no file.
pub fn admit(list: &List, credentials: Credentials, sender: Sender, asked: Asked, empty: bool) -> Admission {
    if let Some(admission) = credentials.against() {
        return admission;
    }
    let role = match sender {
        Sender::Several => return Admission::Hold(Why::SeveralSenders),
        Sender::Nobody => return Admission::Hold(Why::NoSender),
        Sender::Member(role, state) if state != MemberState::Left => Some(role),
        Sender::Stranger { token: true } => return Admission::Hold(Why::BorrowedToken),
        Sender::Stranger { token: false } if credentials.lets_answer(list, asked) => None,
        Sender::Member(..) | Sender::Stranger { token: false } => match list.strangers {
            Strangers::Refuse => return Admission::Refuse,
            Strangers::Hold => return Admission::Hold(Why::Stranger),
            Strangers::Publish => None,
        },
    };
    if empty {
        return Admission::Hold(Why::Empty);
    }
    if !credentials.suffice(role, asked) {
        return Admission::Hold(Why::Unproven);
    }
    match asked {
        Asked::Answer => Admission::Publish,
        Asked::UnclearAnswer => Admission::Hold(Why::UnclearAnswer),
        Asked::Post if may_post(list, role) => Admission::Publish,
        Asked::Post => Admission::Hold(Why::MayNotPost),
    }
}

fn may_post(list: &List, role: Option<Role>) -> bool {
    match role {
        Some(Role::Author | Role::Moderator) => true,
        Some(Role::Member) => list.who_posts == WhoPosts::Members,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> List {
        List::sample()
    }

    const MEMBER: Sender = Sender::Member(Role::Member, MemberState::Active);
    const AUTHOR: Sender = Sender::Member(Role::Author, MemberState::Active);

    #[test]
    fn members_answer_and_authors_post() {
        assert_eq!(admit(&list(), Credentials::NOT_WANTED, MEMBER, Asked::Answer, false), Admission::Publish);
        assert_eq!(admit(&list(), Credentials::NOT_WANTED, AUTHOR, Asked::Post, false), Admission::Publish);
        assert_eq!(
            admit(&list(), Credentials::NOT_WANTED, MEMBER, Asked::Post, false),
            Admission::Hold(Why::MayNotPost)
        );
        let open = List { who_posts: WhoPosts::Members, ..list() };
        assert_eq!(admit(&open, Credentials::NOT_WANTED, MEMBER, Asked::Post, false), Admission::Publish);
    }

    #[test]
    fn a_paused_member_may_answer_and_one_who_left_may_not() {
        let paused = Sender::Member(Role::Member, MemberState::Paused);
        let left = Sender::Member(Role::Author, MemberState::Left);
        assert_eq!(admit(&list(), Credentials::NOT_WANTED, paused, Asked::Answer, false), Admission::Publish);
        assert_eq!(admit(&list(), Credentials::NOT_WANTED, left, Asked::Answer, false), Admission::Refuse);
    }

    #[test]
    fn strangers_are_treated_as_the_list_says() {
        let stranger = Sender::Stranger { token: false };
        for (strangers, expected) in [
            (Strangers::Refuse, Admission::Refuse),
            (Strangers::Hold, Admission::Hold(Why::Stranger)),
            (Strangers::Publish, Admission::Publish),
        ] {
            let list = List { strangers, ..list() };
            assert_eq!(admit(&list, Credentials::NOT_WANTED, stranger, Asked::Answer, false), expected);
        }
        let open = List { strangers: Strangers::Publish, ..list() };
        assert_eq!(
            admit(&open, Credentials::NOT_WANTED, stranger, Asked::Post, false),
            Admission::Hold(Why::MayNotPost)
        );
    }

    #[test]
    fn what_comes_by_lmtp_is_held_where_it_would_be_refused_and_else_the_same() {
        assert_eq!(Admission::Refuse.by_lmtp(), Admission::Hold(Why::StrangerByLmtp));
        for other in [Admission::Publish, Admission::Hold(Why::Unproven), Admission::Hold(Why::Stranger)] {
            assert_eq!(other.by_lmtp(), other);
        }
        for why in Why::ALL {
            assert_eq!(why.as_str().parse(), Ok(why));
        }
    }

    #[test]
    fn a_suspicion_holds_what_would_be_published_and_changes_nothing_else() {
        let listed = Some(Why::Blocklisted);
        assert_eq!(Admission::Publish.under(listed), Admission::Hold(Why::Blocklisted));
        assert_eq!(Admission::Publish.under(None), Admission::Publish);
        for other in [Admission::Refuse, Admission::Hold(Why::Stranger)] {
            assert_eq!(other.under(listed), other);
        }
    }

    #[test]
    fn a_borrowed_token_and_a_second_author_are_held_even_where_strangers_are_refused() {
        let borrowed = Sender::Stranger { token: true };
        assert_eq!(
            admit(&list(), Credentials::NOT_WANTED, borrowed, Asked::Answer, false),
            Admission::Hold(Why::BorrowedToken)
        );
        let several = admit(&list(), Credentials::NOT_WANTED, Sender::Several, Asked::Answer, false);
        assert_eq!(several, Admission::Hold(Why::SeveralSenders));
    }

    #[test]
    fn a_mail_that_names_no_sender_is_held() {
        let nobody = admit(&list(), Credentials::NOT_WANTED, Sender::Nobody, Asked::Answer, false);
        assert_eq!(nobody, Admission::Hold(Why::NoSender));
    }

    /// What becomes of a mail of this sender's that asks for this, with these credentials.
    fn judged(wanted: Proof, verdict: Verdict, own_token: bool, sender: Sender, asked: Asked) -> Admission {
        let credentials = Credentials { wanted, verdict, own_token, as_author: false };
        admit(&List { who_posts: WhoPosts::Members, ..list() }, credentials, sender, asked, false)
    }

    const UNPROVEN: Admission = Admission::Hold(Why::Unproven);

    #[test]
    fn preferred_publishes_members_unproven_answers_and_holds_unproven_posts() {
        let judged = |verdict, asked| judged(Proof::Preferred, verdict, false, MEMBER, asked);
        assert_eq!(judged(Verdict::Unknown, Asked::Answer), Admission::Publish);
        assert_eq!(judged(Verdict::Unknown, Asked::Post), UNPROVEN);
        assert_eq!(judged(Verdict::Proven, Asked::Post), Admission::Publish);
        assert_eq!(judged(Verdict::Unknown, Asked::UnclearAnswer), Admission::Hold(Why::UnclearAnswer));
    }

    #[test]
    fn required_holds_unproven_answers_unless_they_came_to_the_readers_own_address() {
        let judged = |verdict, token, asked| judged(Proof::Required, verdict, token, MEMBER, asked);
        assert_eq!(judged(Verdict::Unknown, false, Asked::Answer), UNPROVEN);
        assert_eq!(judged(Verdict::Unknown, true, Asked::Answer), Admission::Publish);
        assert_eq!(judged(Verdict::Proven, false, Asked::Answer), Admission::Publish);
        assert_eq!(judged(Verdict::Unknown, true, Asked::Post), UNPROVEN);
    }

    #[test]
    fn a_token_never_proves_an_author_or_a_moderator() {
        for wanted in [Proof::Preferred, Proof::Required] {
            for role in [Role::Author, Role::Moderator] {
                let sender = Sender::Member(role, MemberState::Active);
                for token in [false, true] {
                    assert_eq!(judged(wanted, Verdict::Unknown, token, sender, Asked::Answer), UNPROVEN);
                }
                assert_eq!(judged(wanted, Verdict::Proven, false, sender, Asked::Answer), Admission::Publish);
            }
            let credentials = Credentials { wanted, verdict: Verdict::Unknown, own_token: true, as_author: true };
            assert_eq!(admit(&list(), credentials, MEMBER, Asked::Answer, false), UNPROVEN);
            let proven = Credentials { verdict: Verdict::Proven, ..credentials };
            assert_eq!(admit(&list(), proven, MEMBER, Asked::Answer, false), Admission::Publish);
        }
    }

    #[test]
    fn what_is_disproven_is_held_or_refused_whatever_token_is_there_and_believed_where_no_proof_is_wanted() {
        for wanted in [Proof::Preferred, Proof::Required] {
            for sender in [MEMBER, AUTHOR, Sender::Stranger { token: true }] {
                let quarantined = judged(wanted, Verdict::Quarantine, true, sender, Asked::Answer);
                assert_eq!(quarantined, Admission::Hold(Why::Disproven));
                let rejected = judged(wanted, Verdict::Reject, true, sender, Asked::Answer);
                assert_eq!(rejected, Admission::RefuseForged);
                assert_eq!(rejected.by_lmtp(), Admission::Hold(Why::Disproven));
            }
        }
        assert_eq!(judged(Proof::Off, Verdict::Reject, false, MEMBER, Asked::Answer), Admission::Publish);
    }

    #[test]
    fn on_an_open_list_strangers_are_published_only_if_proven() {
        let open = List { strangers: Strangers::Publish, ..list() };
        let stranger = Sender::Stranger { token: false };
        for (verdict, expected) in [(Verdict::Unknown, UNPROVEN), (Verdict::Proven, Admission::Publish)] {
            let credentials = Credentials { wanted: Proof::Preferred, verdict, ..Credentials::NOT_WANTED };
            assert_eq!(admit(&open, credentials, stranger, Asked::Answer, false), expected);
        }
    }

    #[test]
    fn a_mail_without_a_word_of_its_own_is_held() {
        assert_eq!(admit(&list(), Credentials::NOT_WANTED, MEMBER, Asked::Answer, true), Admission::Hold(Why::Empty));
    }
}
