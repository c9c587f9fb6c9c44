-- What is found by words of its name, and has a name whose words are made in another way from now on: more letters are
-- folded, scripts without spaces are found by pairs, and no word of a long name is left out. Words are made by the
-- program, so it works this list off (`search_terms.rs`).
CREATE TABLE terms_to_renew (
    kind TEXT NOT NULL,
    id   UUID NOT NULL,
    PRIMARY KEY (kind, id)
) /*sqlite WITHOUT ROWID */;

INSERT INTO terms_to_renew (kind, id)
SELECT 'person', id FROM people WHERE octet_length(name) <> length(name) OR length(name) > 48;

INSERT INTO terms_to_renew (kind, id)
SELECT 'token', id FROM tokens WHERE whole_id IS NULL AND (octet_length(name) <> length(name) OR length(name) > 48);

INSERT INTO terms_to_renew (kind, id)
SELECT 'collection', id FROM collections WHERE octet_length(title) <> length(title) OR length(title) > 48;
