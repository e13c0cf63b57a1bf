-- Moderators decide by mail, and a list has rules of its own.

-- A list's rules.
ALTER TABLE list ADD COLUMN who_answers TEXT NOT NULL DEFAULT 'members'
    CHECK (who_answers IN ('authors', 'members', 'proven'));
ALTER TABLE list ADD COLUMN first_time TEXT NOT NULL DEFAULT 'publish' CHECK (first_time IN ('publish', 'hold'));
ALTER TABLE list ADD COLUMN max_bytes INTEGER CHECK (max_bytes > 0);           -- NULL: as the system has it
ALTER TABLE list ADD COLUMN attachments TEXT NOT NULL DEFAULT 'publish'
    CHECK (attachments IN ('publish', 'hold', 'refuse'));
ALTER TABLE list ADD COLUMN tell_senders INTEGER NOT NULL DEFAULT 0 CHECK (tell_senders IN (0, 1));
ALTER TABLE list ADD COLUMN moderators_told_at INTEGER;                         -- when they last got what waits

-- Who was published on a list that looks at first mails. Filled when a list begins to.
CREATE TABLE known_writer (
    list_id   INTEGER NOT NULL REFERENCES list,
    person_id INTEGER NOT NULL REFERENCES person,
    PRIMARY KEY (list_id, person_id)
) STRICT, WITHOUT ROWID;

-- Who may not write to a list nor join it.
CREATE TABLE ban (
    list_id INTEGER NOT NULL REFERENCES list,
    who     TEXT NOT NULL,                          -- an address, or a domain with an @ before it; in small letters
    at      INTEGER NOT NULL,
    PRIMARY KEY (list_id, who)
) STRICT, WITHOUT ROWID;

-- What a moderator is shown of a held mail: as it would be published, without members' addresses.
ALTER TABLE hold ADD COLUMN shown_name TEXT;
ALTER TABLE hold ADD COLUMN title TEXT;
ALTER TABLE hold ADD COLUMN beginning TEXT;
-- Whether its sender was told that it waits, and hears what is decided.
ALTER TABLE hold ADD COLUMN tells INTEGER NOT NULL DEFAULT 0 CHECK (tells IN (0, 1));
-- When it was first in a mail to the moderators. What waited before there were any such mails is in the first.
ALTER TABLE hold ADD COLUMN listed_at INTEGER;
-- Who decided, as others are told.
ALTER TABLE hold ADD COLUMN decided_by TEXT;
CREATE INDEX hold_unlisted ON hold (list_id, held_at) WHERE state IN ('waiting', 'asked') AND listed_at IS NULL;

-- The held mails of which a moderator was told in one mail, by the number that each has there.
CREATE TABLE moderation_hold (
    confirmation_id INTEGER NOT NULL REFERENCES confirmation,
    position        INTEGER NOT NULL,
    hold_id         INTEGER NOT NULL REFERENCES hold,
    PRIMARY KEY (confirmation_id, position)
) STRICT, WITHOUT ROWID;

-- Whether a moderator took an item away, and not its author.
ALTER TABLE item ADD COLUMN removed_by_moderator INTEGER NOT NULL DEFAULT 0 CHECK (removed_by_moderator IN (0, 1));
