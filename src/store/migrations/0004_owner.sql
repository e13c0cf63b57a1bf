-- Mail for the owner, and delivery by domain.

-- What a mail's recipients are counted by while it is on its way. An address with a quoted @ is counted by itself.
ALTER TABLE outbox ADD COLUMN domain TEXT GENERATED ALWAYS AS (substr(recipient, instr(recipient, '@') + 1)) VIRTUAL;
CREATE INDEX outbox_domain ON outbox (domain, next_attempt_at) WHERE state = 'waiting';

-- A mail that waits may be of no list: one to postmaster@ or abuse@ that was not sent on.
CREATE TABLE hold_of_any (
    id         INTEGER PRIMARY KEY,
    list_id    INTEGER REFERENCES list,             -- NULL: it is about the whole system
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
INSERT INTO hold_of_any SELECT id, list_id, mail_id, message_id, sender, name, subject, reason, fingerprint, state, held_at,
    decided_at, item_id FROM hold;
DROP TABLE hold;
ALTER TABLE hold_of_any RENAME TO hold;
CREATE INDEX hold_waiting ON hold (list_id, id) WHERE state = 'waiting';
CREATE INDEX hold_message ON hold (list_id, message_id);
CREATE INDEX hold_system ON hold (held_at) WHERE list_id IS NULL;

-- Mails to postmaster@ and abuse@ that were sent on to the owners: so many a day, and so many of one sender.
CREATE TABLE forwarded (
    id      INTEGER PRIMARY KEY,
    mail_id INTEGER NOT NULL REFERENCES mail,
    sender  TEXT NOT NULL,                          -- as a hold's
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX forwarded_sender ON forwarded (sender, at);
CREATE INDEX forwarded_at ON forwarded (at);

-- Mails that were given up, in the order in which they were. A mail that is tried again by hand may come twice.
CREATE TABLE given_up (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    outbox_id INTEGER NOT NULL REFERENCES outbox,
    at        INTEGER NOT NULL
) STRICT;
CREATE INDEX given_up_at ON given_up (at);

-- The daily reports that were made: what each came to is where its owner's next one goes on.
CREATE TABLE owner_report (
    owner_id      INTEGER NOT NULL REFERENCES person,
    day           TEXT NOT NULL,                    -- the owner's, as 2026-03-02
    given_up_upto INTEGER NOT NULL,
    held_upto     INTEGER NOT NULL,
    edition_id    INTEGER REFERENCES edition,       -- NULL: there was nothing to tell
    made_at       INTEGER NOT NULL,
    PRIMARY KEY (owner_id, day)
) STRICT, WITHOUT ROWID;
