-- A use is found by its number, by the key of its request and by its person, each time together with its token. No
-- index begins with the token: a planner that believes that tokens are used once would take such a one for all three,
-- and read every use of a token that was used a hundred thousand times. Keys are bound to the time they were made at
-- (`Random::dated_secret`), so that the index of keys grows at its end. What a use points to was locked or written by
-- its own transaction, and none of it is ever removed; `fsck` looks all the same. A code that is used up has no
-- `ended_at` from here on: it stands in no list that asks for it.
/*sqlite
ALTER TABLE uses RENAME TO uses_before;
CREATE TABLE uses (
    token_id        UUID NOT NULL,
    number          BIGINT NOT NULL CHECK (number >= 1),
    organisation_id UUID NOT NULL,
    idempotency_key BYTEA NOT NULL,
    at              TIMESTAMPTZ NOT NULL,
    person_id       UUID,
    address         TEXT,
    PRIMARY KEY (number, token_id)
) WITHOUT ROWID;
INSERT INTO uses (token_id, number, organisation_id, idempotency_key, at, person_id, address)
SELECT token_id, number, organisation_id, idempotency_key, at, person_id, address FROM uses_before ORDER BY 2, 1;
DROP TABLE uses_before;
CREATE UNIQUE INDEX uses_by_person ON uses (person_id, token_id) WHERE person_id IS NOT NULL;
*/
/*postgres
ALTER TABLE uses
    DROP CONSTRAINT uses_pkey,
    DROP CONSTRAINT uses_token_id_idempotency_key_key,
    DROP CONSTRAINT uses_token_id_fkey,
    DROP CONSTRAINT uses_person_id_fkey,
    ADD PRIMARY KEY (number, token_id);
ALTER TABLE sessions DROP CONSTRAINT sessions_person_id_fkey;
*/
CREATE UNIQUE INDEX uses_by_key ON uses (idempotency_key, token_id);

-- Somebody uses a token once, and is given one thing for it: that is what a grant is called by. Grants stand together by
-- person, which is how they are asked for.
ALTER TABLE grants RENAME TO grants_before;
CREATE TABLE grants (
    person_id       UUID NOT NULL,
    collection_id   UUID NOT NULL,
    token_id        UUID NOT NULL,
    use_number      BIGINT NOT NULL,
    organisation_id UUID NOT NULL,
    session_id      UUID,
    created_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (person_id, token_id)
) /*sqlite WITHOUT ROWID */;
INSERT INTO grants (person_id, collection_id, token_id, use_number, organisation_id, session_id, created_at)
SELECT person_id, collection_id, token_id, use_number, organisation_id, session_id, created_at
FROM grants_before ORDER BY 1, 3;
DROP TABLE grants_before;
CREATE INDEX grants_by_collection ON grants (collection_id, person_id);

-- The names that were taken while the tables of before were still there.
/*postgres
ALTER INDEX grants_pkey1 RENAME TO grants_pkey;
ALTER INDEX person_words_pkey1 RENAME TO person_words_pkey;
*/
