-- Members come and go by mail, and what happens to a membership can be told.

-- The story of a membership.
CREATE TABLE member_event (
    id        INTEGER PRIMARY KEY,
    member_id INTEGER NOT NULL REFERENCES member,
    at        INTEGER NOT NULL,
    what      TEXT NOT NULL,                        -- 'joined', 'left', 'paused', 'resumed', 'changed', 'bounced', …
    how       TEXT NOT NULL,                        -- by what: 'mail', 'web', 'owner', 'bounces', 'complaint', …
    detail    TEXT NOT NULL DEFAULT ''              -- a few words; never somebody else's address
) STRICT;
CREATE INDEX member_event_member ON member_event (member_id, id);

-- Why somebody is paused: 'self', 'owner' or 'bounces'; NULL where they are not.
ALTER TABLE member ADD COLUMN paused_by TEXT CHECK (paused_by IN ('self', 'owner', 'bounces'));
UPDATE member SET paused_by = 'owner' WHERE state = 'paused';
CREATE INDEX member_resume ON member (resume_at) WHERE resume_at IS NOT NULL;

-- Whether a new member is sent the last digest at once.
ALTER TABLE list ADD COLUMN latest_on_join INTEGER NOT NULL DEFAULT 0 CHECK (latest_on_join IN (0, 1));
CREATE INDEX edition_digest ON edition (list_id, made_at) WHERE kind = 'digest';

-- What is asked may be asked of somebody who is no member, and be about more than a mail.
CREATE TABLE confirmation_of_any (
    id          INTEGER PRIMARY KEY,
    list_id     INTEGER NOT NULL REFERENCES list,
    member_id   INTEGER REFERENCES member,          -- NULL: of somebody who is no member
    kind        TEXT NOT NULL CHECK (kind IN ('question', 'receipt', 'join', 'command', 'sent', 'sender', 'address', 'left',
                    'moderation')),
    hold_id     INTEGER REFERENCES hold,            -- the mail that waits for it
    edition_id  INTEGER REFERENCES edition,         -- a question's: the digest that was answered, for its labels
    notice_id   INTEGER REFERENCES edition,         -- the mail that asked it
    address     TEXT,                               -- the address that is to be believed or to join
    name        TEXT,                               -- the name that its person gave
    words       TEXT,                               -- the commands that are to be done, one a line
    tries       INTEGER NOT NULL,                   -- answers before it that were not understood
    made_at     INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    answered_by INTEGER REFERENCES mail,            -- NULL: not yet
    told_over   INTEGER NOT NULL DEFAULT 0 CHECK (told_over IN (0, 1))
) STRICT;
INSERT INTO confirmation_of_any (id, list_id, member_id, kind, hold_id, edition_id, notice_id, tries, made_at, expires_at,
        answered_by, told_over)
    SELECT id, list_id, member_id, kind, hold_id, edition_id, notice_id, tries, made_at, expires_at, answered_by, told_over
    FROM confirmation;
CREATE TABLE confirmation_item_of_any (
    confirmation_id INTEGER NOT NULL REFERENCES confirmation_of_any,
    position        INTEGER NOT NULL,
    item_id         INTEGER NOT NULL REFERENCES item,
    PRIMARY KEY (confirmation_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO confirmation_item_of_any SELECT confirmation_id, position, item_id FROM confirmation_item;
DROP TABLE confirmation_item;
DROP TABLE confirmation;
ALTER TABLE confirmation_of_any RENAME TO confirmation;
ALTER TABLE confirmation_item_of_any RENAME TO confirmation_item;
CREATE INDEX confirmation_address ON confirmation (lower(address)) WHERE kind = 'address';
CREATE INDEX confirmation_member ON confirmation (member_id, made_at) WHERE kind = 'address';
CREATE INDEX confirmation_notice ON confirmation (notice_id);
CREATE INDEX confirmation_hold ON confirmation (hold_id) WHERE hold_id IS NOT NULL;

-- Automatic answers to people who are not proven to be members: so many by address, domain, network and in all.
CREATE TABLE answered_stranger (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    address TEXT NOT NULL,                          -- in small letters
    domain  TEXT NOT NULL,
    network TEXT NOT NULL,                          -- of the client, a /24 or a /48
    kind    TEXT NOT NULL                           -- what was asked for
) STRICT;
CREATE INDEX answered_stranger_address ON answered_stranger (address, kind, at);
CREATE INDEX answered_stranger_domain ON answered_stranger (domain, at);
CREATE INDEX answered_stranger_network ON answered_stranger (network, at);
CREATE INDEX answered_stranger_at ON answered_stranger (at);

-- Mails with commands that were taken: a copy, which comes where nobody heard that it was taken, is not taken again.
CREATE TABLE command_taken (
    list_id     INTEGER NOT NULL REFERENCES list,
    message_id  TEXT NOT NULL,
    fingerprint BLOB NOT NULL,                      -- as an item's
    at          INTEGER NOT NULL,
    PRIMARY KEY (list_id, message_id, fingerprint)
) STRICT, WITHOUT ROWID;
CREATE INDEX command_taken_at ON command_taken (at);
