//! How much of one mail is read. What is over a bound is left unread: the raw mail is kept whole elsewhere, and a mail
//! that needs more than this is not one that a person wrote.

/// Header fields kept; those after are skipped.
pub const HEADERS: usize = 1_000;

/// Bytes of a header kept, names and folds included.
pub const HEADER_BYTES: usize = 256 * 1024;

/// Longest value in which encoded words, addresses and parameters are looked for: some of these searches start over
/// at each mark that leads to nothing.
pub const DECODED_VALUE_BYTES: usize = 8 * 1024;

/// Multiparts inside multiparts. An embedded `message/rfc822` is never descended into, so it adds no depth.
pub const NESTING: usize = 16;

/// Leaves of the MIME tree.
pub const PARTS: usize = 500;

/// Bytes of body text, after decoding.
pub const TEXT_BYTES: usize = 16 * 1024 * 1024;

/// Tags read of an HTML body: a newsletter has thousands.
pub const TAGS: usize = 1_000_000;

/// Message-IDs kept of a `References` header: the first one and the last of the others. The first names the post, the
/// last the nearest relatives.
pub const REFERENCES: usize = 100;

/// Message-IDs kept of an `In-Reply-To` header.
pub const IN_REPLY_TO: usize = 20;

/// Correspondents kept of a `From` header.
pub const FROM: usize = 50;

/// Characters of a person's or file's name.
pub const NAME_CHARS: usize = 120;

/// Characters of a subject.
pub const SUBJECT_CHARS: usize = 1_000;

/// Parts of a report that are read one by one: its notice, what it says of the delivery, and the mail it is about.
pub const REPORT_PARTS: usize = 20;

/// Bytes of a part of a report that are read: a report on a thousand recipients is smaller.
pub const REPORT_PART_BYTES: usize = 512 * 1024;

/// Bytes of HTML of which the formatting is kept; of more, only the text is.
pub const RICH_SOURCE_BYTES: usize = 1024 * 1024;

/// Changes of formatting and pieces of text of which the formatting is kept.
pub const RICH_EVENTS: usize = 60_000;

/// Bytes of formatted text.
pub const RICH_BYTES: usize = 256 * 1024;

/// Tags of formatted text.
pub const RICH_TAGS: usize = 10_000;

/// Quotes and lists inside each other that formatted text shows.
pub const RICH_NESTING: usize = 8;

/// Open elements of emphasis that are told apart.
pub const RICH_INLINE: usize = 64;

/// Cells of a table that is shown as one.
pub const TABLE_CELLS: usize = 1_000;

/// Bytes of a link's address.
pub const HREF_BYTES: usize = 2_000;

/// Characters of what stands for a picture.
pub const ALT_CHARS: usize = 200;

/// Characters of a Content-ID.
pub const CONTENT_ID_CHARS: usize = 250;

/// Bytes of a picture that counts as a part of the text. A larger one is a file that came with it.
pub const INLINE_BYTES: usize = 4 * 1024 * 1024;
