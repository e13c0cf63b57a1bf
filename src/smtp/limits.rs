//! How much a client may ask of a door. Every bound of a session is one of these.

/// The bounds of a door; [`Limits::default`] is right for a list on the open internet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of a mail, as RFC 1870 counts them; more is answered 552.
    pub message_bytes: usize,
    /// Octets of a line of a mail, without its CRLF; a longer one is answered 554. RFC 5322 §2.1.1 allows 998, but mail
    /// programs send HTML in single lines of tens of kilobytes and their authors would lose what they wrote. By LMTP a line
    /// may be as long as a mail.
    pub line_bytes: usize,
    /// Octets of a command line with its CRLF; RFC 5321 §4.5.3.1.4 asks for 512, extensions add to it.
    pub command_bytes: usize,
    /// Recipients of a mail, repeated ones counted each time; more are answered 452 (RFC 5321 §4.5.3.1.10).
    pub recipients: usize,
    /// Sessions at a time, over all clients; for one more, the longest idle one is ended with 421.
    pub sessions: usize,
    /// Sessions at a time of one address (one /64 of IPv6); for one more, its longest idle one is ended with 421.
    pub sessions_per_address: usize,
    /// Refusals (5xx) that a session bears before it is closed with 421. A mail that was taken clears the count.
    pub errors_per_session: usize,
    /// Commands that a session may give without a mail that was kept; then it is closed with 421. A recipient that was
    /// taken does not count: `recipients` bounds those.
    pub commands_per_session: usize,
    /// Octets of memory for all mails being read, of all clients together, but never less than `message_bytes`; a mail
    /// that finds none is answered 452, and the longest idle ones that hold some are ended with 421.
    pub buffered_bytes: usize,
    /// Seconds that a client has for a whole command line, for the handshake after STARTTLS, and to read what we answer.
    pub command_seconds: u64,
    /// Seconds that a client has for a whole mail, from our 354 to its final dot.
    pub data_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 25 << 20,
            line_bytes: 64 << 10,
            command_bytes: 2048,
            recipients: 1000,
            sessions: 1000,
            sessions_per_address: 200,
            errors_per_session: 10,
            commands_per_session: 1000,
            buffered_bytes: 256 << 20,
            command_seconds: 300,
            data_seconds: 600,
        }
    }
}
