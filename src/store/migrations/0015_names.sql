-- Names that nobody may borrow: how those look (trust::Likeness) by which readers know who writes, moderates or answers
-- for a list. What was borne once stays theirs.
CREATE TABLE borne_name (
    list_id   INTEGER NOT NULL REFERENCES list,
    likeness  TEXT NOT NULL,
    person_id INTEGER NOT NULL REFERENCES person,
    PRIMARY KEY (list_id, likeness, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX borne_name_person ON borne_name (list_id, person_id);
CREATE INDEX list_owner ON list (owner_id) WHERE owner_id IS NOT NULL;

CREATE TEMP TABLE known_name AS
    SELECT m.list_id, m.person_id, coalesce(m.pseudonym, p.name) AS name
        FROM member m JOIN person p ON p.id = m.person_id WHERE m.role <> 'member'
    UNION
    SELECT l.id, p.id, p.name FROM list l JOIN person p ON p.id = l.owner_id
    UNION
    SELECT i.list_id, i.person_id, i.author FROM item i JOIN list l ON l.id = i.list_id
        LEFT JOIN member m ON m.list_id = i.list_id AND m.person_id = i.person_id
        WHERE i.author_named AND (m.role <> 'member' OR l.owner_id = i.person_id);
-- A name has one or two likenesses.
INSERT OR IGNORE INTO borne_name SELECT list_id, likeness(name, 0), person_id FROM known_name
    WHERE likeness(name, 0) IS NOT NULL;
INSERT OR IGNORE INTO borne_name SELECT list_id, likeness(name, 1), person_id FROM known_name
    WHERE likeness(name, 1) IS NOT NULL;
DROP TABLE known_name;
