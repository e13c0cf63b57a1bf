-- What mails of ours ask of their readers, and whether readers are told what became of what they sent.

ALTER TABLE member ADD COLUMN receipts INTEGER NOT NULL DEFAULT 0;

-- Something that was asked: its token works once.
CREATE TABLE confirmation (
    id          INTEGER PRIMARY KEY,
    list_id     INTEGER NOT NULL REFERENCES list,
    member_id   INTEGER NOT NULL REFERENCES member,
    kind        TEXT NOT NULL CHECK (kind IN ('question', 'receipt')),
    hold_id     INTEGER REFERENCES hold,            -- a question's: the mail that waits
    edition_id  INTEGER REFERENCES edition,         -- a question's: the digest that was answered, for its labels
    notice_id   INTEGER REFERENCES edition,         -- the mail that asked it
    tries       INTEGER NOT NULL,                   -- answers before it that were not understood
    made_at     INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    answered_by INTEGER REFERENCES mail             -- NULL: not yet
) STRICT;
CREATE INDEX confirmation_notice ON confirmation (notice_id);
CREATE INDEX confirmation_hold ON confirmation (hold_id) WHERE hold_id IS NOT NULL;

-- The items that a receipt is about, in order.
CREATE TABLE confirmation_item (
    confirmation_id INTEGER NOT NULL REFERENCES confirmation,
    position        INTEGER NOT NULL,
    item_id         INTEGER NOT NULL REFERENCES item,
    PRIMARY KEY (confirmation_id, position)
) STRICT, WITHOUT ROWID;

-- Automatic answers to a person: so many an hour.
CREATE TABLE told (
    id        INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person,
    at        INTEGER NOT NULL
) STRICT;
CREATE INDEX told_person ON told (person_id, at);

-- A mail whose sender was asked waits for a moderator all the same.
DROP INDEX hold_waiting;
CREATE INDEX hold_waiting ON hold (list_id, id) WHERE state IN ('waiting', 'asked');
