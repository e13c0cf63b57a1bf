-- The first schema. Times are Unix milliseconds, UTC. A migration that has been released is never changed.

-- Somebody with one or more addresses.
CREATE TABLE person (
    id          INTEGER PRIMARY KEY,
    name        TEXT,                               -- as they or the owner gave it; NULL: nobody did
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE address (
    id           INTEGER PRIMARY KEY,
    person_id    INTEGER NOT NULL REFERENCES person,
    address      TEXT NOT NULL,                     -- as written
    key          TEXT NOT NULL UNIQUE,              -- in small letters: what is compared
    confirmed_at INTEGER                            -- NULL: only claimed
) STRICT;
CREATE INDEX address_person ON address (person_id);

CREATE TABLE list (
    id               INTEGER PRIMARY KEY,
    name             TEXT NOT NULL,
    title            TEXT NOT NULL,
    description      TEXT NOT NULL DEFAULT '',
    footer           TEXT NOT NULL DEFAULT '',
    language         TEXT NOT NULL DEFAULT 'en',
    who_posts        TEXT NOT NULL CHECK (who_posts IN ('authors', 'members')),
    strangers        TEXT NOT NULL CHECK (strangers IN ('refuse', 'hold', 'publish')),
    delivery         TEXT NOT NULL CHECK (delivery IN ('each', 'daily', 'weekly', 'none')),
    hour             INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
    weekday          INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    time_zone        TEXT NOT NULL,
    owner_id         INTEGER REFERENCES person,
    head             INTEGER NOT NULL DEFAULT 0,    -- the last publication's sequence number
    head_at          INTEGER NOT NULL DEFAULT 0,    -- and its time, which never goes back
    last_post_number INTEGER NOT NULL DEFAULT 0,
    created_at       INTEGER NOT NULL,
    removed_at       INTEGER
) STRICT;
CREATE UNIQUE INDEX list_name ON list (name) WHERE removed_at IS NULL;

-- One person on one list. `cursor` is the last publication that the reader was sent, or joined after.
CREATE TABLE member (
    id          INTEGER PRIMARY KEY,
    list_id     INTEGER NOT NULL REFERENCES list,
    person_id   INTEGER NOT NULL REFERENCES person,
    address_id  INTEGER NOT NULL REFERENCES address, -- where this list's mail goes
    pseudonym   TEXT,
    role        TEXT NOT NULL CHECK (role IN ('member', 'author', 'moderator')),
    state       TEXT NOT NULL CHECK (state IN ('active', 'paused', 'left')),
    delivery    TEXT NOT NULL CHECK (delivery IN ('each', 'daily', 'weekly', 'none')),
    hour        INTEGER CHECK (hour BETWEEN 0 AND 23),      -- NULL: the list's
    weekday     INTEGER CHECK (weekday BETWEEN 1 AND 7),    -- NULL: the list's
    time_zone   TEXT,                                       -- NULL: the list's
    on_resume   TEXT NOT NULL DEFAULT 'catch-up' CHECK (on_resume IN ('catch-up', 'skip')),
    resume_at   INTEGER,                                    -- paused until; NULL: until told
    cursor      INTEGER NOT NULL,
    next_due    INTEGER,                                    -- when a digest falls due; NULL: never, and always so unless active
    joined_at   INTEGER NOT NULL,
    left_at     INTEGER,
    UNIQUE (list_id, person_id)
) STRICT;
CREATE INDEX member_person ON member (person_id);
CREATE INDEX member_due ON member (list_id, next_due, cursor) WHERE next_due IS NOT NULL;
-- The next batch of a group, in order of their rows: each reader once a run.
CREATE INDEX member_group ON member (list_id, cursor) WHERE next_due IS NOT NULL;
CREATE INDEX member_each ON member (list_id, cursor) WHERE delivery = 'each' AND state = 'active';

-- A mail as it came in.
CREATE TABLE mail (
    id           INTEGER PRIMARY KEY,
    received_at  INTEGER NOT NULL,
    door         TEXT NOT NULL,
    peer         TEXT NOT NULL,
    helo         TEXT NOT NULL,
    tls          INTEGER NOT NULL,
    reverse_path TEXT,                              -- NULL: <>
    recipients   TEXT NOT NULL,                     -- one a line
    message_id   TEXT NOT NULL,
    size_bytes   INTEGER NOT NULL,
    outcome      TEXT NOT NULL                      -- what became of it, a line a list
) STRICT;

-- Every octet of a mail as it was received, zstd. Apart from what is said of the mail, so that neither is written anew
-- with the other.
CREATE TABLE mail_raw (
    mail_id INTEGER PRIMARY KEY REFERENCES mail,
    raw     BLOB NOT NULL
) STRICT;

-- A post and its responses.
CREATE TABLE post (
    id           INTEGER PRIMARY KEY,
    list_id      INTEGER NOT NULL REFERENCES list,
    number       INTEGER NOT NULL,                  -- on its list, for permalinks
    title        TEXT NOT NULL,
    base_subject TEXT NOT NULL,
    root_id      INTEGER REFERENCES item,           -- set in the transaction that makes it; a ghost where the post is missing
    responses    INTEGER NOT NULL DEFAULT 0,        -- published ones
    last_number  INTEGER NOT NULL DEFAULT 0,        -- the last number given to a response
    started_at   INTEGER NOT NULL,
    merged_into  INTEGER REFERENCES post,           -- a late parent proved it to be a part of that one
    UNIQUE (list_id, number)
) STRICT;
CREATE INDEX post_subject ON post (list_id, base_subject, started_at);

-- The text of a post, a response, or the ghost of one: spoken of, not arrived.
CREATE TABLE item (
    id           INTEGER PRIMARY KEY,
    list_id      INTEGER NOT NULL REFERENCES list,
    post_id      INTEGER NOT NULL REFERENCES post,
    parent_id    INTEGER REFERENCES item,           -- NULL for a root
    state        TEXT NOT NULL CHECK (state IN ('ghost', 'published', 'removed')),
    message_id   TEXT NOT NULL,                     -- the sender's, byte-exact; a ghost's awaited one
    number       INTEGER,                           -- a response's number under its post
    seq          INTEGER,                           -- its publication
    person_id    INTEGER REFERENCES person,
    author       TEXT NOT NULL DEFAULT '',          -- the name shown
    author_named INTEGER NOT NULL DEFAULT 0,        -- 0: a friendly name of ours
    sent_at      INTEGER,                           -- its Date header
    published_at INTEGER,
    revision     INTEGER NOT NULL DEFAULT 0,        -- the current one
    placed_by    TEXT NOT NULL DEFAULT '',
    guess        INTEGER NOT NULL DEFAULT 0,
    fingerprint  BLOB,                              -- of sender and text: tells a second copy from another mail
    mail_id      INTEGER REFERENCES mail
) STRICT;
CREATE INDEX item_parent ON item (parent_id);
CREATE INDEX item_post ON item (post_id, number);
CREATE INDEX item_mail ON item (mail_id);

-- What an item says, in each of its states. Never changed, only followed by the next.
CREATE TABLE item_revision (
    item_id  INTEGER NOT NULL REFERENCES item,
    revision INTEGER NOT NULL,
    made_at  INTEGER NOT NULL,
    why      TEXT NOT NULL,                         -- 'published', 'moved', 'removed', …
    spans    TEXT NOT NULL,                         -- JSON: [[kind, text], …] in order, nothing left out
    PRIMARY KEY (item_id, revision)
) STRICT, WITHOUT ROWID;

-- Every id by which an item is known: its sender's, ours, a relay's.
CREATE TABLE message_alias (
    list_id    INTEGER NOT NULL REFERENCES list,
    message_id TEXT NOT NULL,
    item_id    INTEGER NOT NULL REFERENCES item,
    kind       TEXT NOT NULL CHECK (kind IN ('sender', 'ours', 'relay')),
    PRIMARY KEY (list_id, message_id)
) STRICT, WITHOUT ROWID;

-- Numbers that a response had before its conversation joined another: they redirect.
CREATE TABLE renumbered (
    post_id INTEGER NOT NULL REFERENCES post,
    number  INTEGER NOT NULL,
    item_id INTEGER NOT NULL REFERENCES item,
    PRIMARY KEY (post_id, number)
) STRICT, WITHOUT ROWID;

-- The list's publications in order, without gaps. Each is also the fan-out row for `each` readers until `fanned`.
CREATE TABLE publication (
    list_id      INTEGER NOT NULL REFERENCES list,
    seq          INTEGER NOT NULL,
    item_id      INTEGER NOT NULL REFERENCES item,
    published_at INTEGER NOT NULL,
    fanned       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (list_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX publication_waiting ON publication (list_id, seq) WHERE fanned = 0;

-- A mail that waits for a moderator.
CREATE TABLE hold (
    id         INTEGER PRIMARY KEY,
    list_id    INTEGER NOT NULL REFERENCES list,
    mail_id    INTEGER NOT NULL REFERENCES mail,
    message_id TEXT NOT NULL,
    sender     TEXT NOT NULL,                       -- key of the From address; empty where there was none
    name       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    reason     TEXT NOT NULL,
    fingerprint BLOB NOT NULL,                      -- as an item's
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'asked', 'accepted', 'rejected', 'expired')),
    held_at    INTEGER NOT NULL,
    decided_at INTEGER,
    item_id    INTEGER REFERENCES item              -- what it was published as
) STRICT;
CREATE INDEX hold_waiting ON hold (list_id, id) WHERE state = 'waiting';
CREATE INDEX hold_message ON hold (list_id, message_id);

-- A rendering, frozen: a digest of a window, one publication for `each` readers, a notice. The id derives from
-- `fingerprint`, so that a preview has the same one.
CREATE TABLE edition (
    id          INTEGER PRIMARY KEY,
    list_id     INTEGER NOT NULL REFERENCES list,
    kind        TEXT NOT NULL CHECK (kind IN ('digest', 'each', 'notice')),
    after_seq   INTEGER NOT NULL,
    upto_seq    INTEGER NOT NULL,
    token_key   INTEGER NOT NULL,                   -- the key that its readers' tokens are made with
    fingerprint BLOB NOT NULL,
    made_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE edition_part (
    edition_id INTEGER NOT NULL REFERENCES edition,
    part       INTEGER NOT NULL,
    subject    TEXT NOT NULL,
    body       BLOB NOT NULL,                       -- the whole mail with slots, zstd
    PRIMARY KEY (edition_id, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE edition_item (
    edition_id INTEGER NOT NULL REFERENCES edition,
    position   INTEGER NOT NULL,
    part       INTEGER NOT NULL DEFAULT 1,
    item_id    INTEGER NOT NULL REFERENCES item,
    revision   INTEGER NOT NULL,
    shown      TEXT NOT NULL CHECK (shown IN ('full', 'folded', 'root')),
    PRIMARY KEY (edition_id, position)
) STRICT, WITHOUT ROWID;

-- Mail to go out. Everything personal stands here as it was when the row was made: same row, same bytes.
CREATE TABLE outbox (
    id              INTEGER PRIMARY KEY,
    list_id         INTEGER NOT NULL REFERENCES list,
    member_id       INTEGER REFERENCES member,      -- NULL: a notice to somebody who is no member
    edition_id      INTEGER NOT NULL REFERENCES edition,
    part            INTEGER NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('digest', 'each', 'notice')),
    after_seq       INTEGER NOT NULL,
    upto_seq        INTEGER NOT NULL,
    recipient       TEXT NOT NULL,
    name            TEXT,
    schedule        TEXT NOT NULL,                  -- delivery, hour, weekday, zone, with blanks between
    dated           INTEGER NOT NULL,               -- its Date header
    state           TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'dropped')),
    queued_at       INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,     -- begun; the current one is also the lease's number
    next_attempt_at INTEGER NOT NULL,               -- while leased: when the lease ends
    leased_by       TEXT,
    ended_at        INTEGER,
    last_error      TEXT,
    CHECK (member_id IS NOT NULL OR kind = 'notice')
) STRICT;
CREATE INDEX outbox_ready ON outbox (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX outbox_member ON outbox (member_id, id);
-- The ledger: a reader gets each window of a list once, and each edition. What was given up or dropped may be made
-- anew. A digest that only makes good what was missed has an empty window: there may be several.
CREATE UNIQUE INDEX outbox_once ON outbox (member_id, list_id, kind, after_seq, upto_seq, part)
    WHERE state IN ('waiting', 'sent') AND kind <> 'notice' AND after_seq < upto_seq;
CREATE UNIQUE INDEX outbox_edition_once ON outbox (member_id, edition_id, part) WHERE state IN ('waiting', 'sent');

-- Windows whose mail was given up: folded into the reader's next digest.
CREATE TABLE missed (
    member_id INTEGER NOT NULL REFERENCES member,
    after_seq INTEGER NOT NULL,
    upto_seq  INTEGER NOT NULL,
    PRIMARY KEY (member_id, after_seq, upto_seq)
) STRICT, WITHOUT ROWID;
