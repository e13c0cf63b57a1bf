//! Typed numbers, so that a post's id is never taken for a member's.

macro_rules! typed {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

typed! {
    /// A list's row.
    ListId;
    /// A person's row: somebody with one or more addresses.
    PersonId;
    /// A membership's row: one person on one list. A reader is a member who gets mail.
    MemberId;
    /// A conversation's row: a post and its responses.
    PostId;
    /// The row of a post's text, of a response, or of the ghost of one.
    ItemId;
    /// The row of a mail as it came in.
    MailId;
    /// An edition: a rendering, frozen. 56 bits, derived from what it holds, so that a preview has the same one.
    EditionId;
    /// The row of a mail to go out.
    OutboxId;
    /// The row of something that a mail of ours asked somebody: what they answer is proven by its token.
    ConfirmationId;
    /// The row of a mail that waits for a decision.
    HoldId;
    /// A publication's place in its list: 1, 2, 3 … without gaps. Windows are cut by it, never by clock.
    Seq;
    /// A response's number under its post (1, 2, 3 …) or a post's number on its list. Given once, never changed.
    Number;
    /// Which state of an item's text: 1 as published, then one more for each change.
    Revision;
}

impl Seq {
    /// The place after this one.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
