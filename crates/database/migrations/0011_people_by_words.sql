-- Everybody who redeems for the first time is somebody new, and each table and index of people costs a page for
-- each of them. So: the words of a person stand in their row as well, where whoever was found by one word is asked
-- for the others, instead of in an index by person; the words are one tree and not two on SQLite; and an address
-- is looked up in each organisation, of which there are few, instead of in an index across them. Nobody who was
-- added is ever removed, so the words need no check that their person is there.
ALTER TABLE people ADD COLUMN words BYTEA NOT NULL DEFAULT '';
/*sqlite
UPDATE people SET words = COALESCE(
    (SELECT CAST(' ' || group_concat(CAST(word AS TEXT), ' ') AS BLOB) FROM person_words WHERE person_id = people.id), '');
*/
/*postgres
UPDATE people SET words = COALESCE(
    (SELECT ' '::BYTEA || string_agg(word, ' '::BYTEA) FROM person_words WHERE person_id = people.id), '');
*/
DROP INDEX person_words_by_person;
DROP INDEX people_by_email;

ALTER TABLE person_words RENAME TO person_words_before;
CREATE TABLE person_words (
    organisation_id UUID NOT NULL,
    word            BYTEA NOT NULL,
    person_id       UUID NOT NULL,
    PRIMARY KEY (organisation_id, word, person_id)
) /*sqlite WITHOUT ROWID */;
INSERT INTO person_words SELECT organisation_id, word, person_id FROM person_words_before ORDER BY 1, 2, 3;
DROP TABLE person_words_before;

-- PostgreSQL checks a reference by locking the row it points to. The organisation's is the same for everybody who
-- redeems, and none is ever removed; the person and token of each of these rows belong to it. A grant stands beside its
-- use, whose person and token are checked.
/*postgres
ALTER TABLE people DROP CONSTRAINT people_organisation_id_fkey;
ALTER TABLE sessions DROP CONSTRAINT sessions_organisation_id_fkey;
ALTER TABLE grants DROP CONSTRAINT grants_organisation_id_fkey;
ALTER TABLE grants DROP CONSTRAINT grants_person_id_fkey;
ALTER TABLE grants DROP CONSTRAINT grants_token_id_fkey;
*/
