-- What a token is for leads every index of a list, so that no family makes another's lists longer. It also stands with
-- the words that tokens are found by, and with what is recorded about them. The department that a token belongs to is
-- none for those of before.
ALTER TABLE tokens ADD COLUMN family TEXT NOT NULL DEFAULT 'access';
ALTER TABLE tokens ADD COLUMN department_id UUID;
ALTER TABLE audit ADD COLUMN family TEXT;
UPDATE audit SET family = 'access' WHERE token_id IS NOT NULL;
/*postgres
ALTER TABLE tokens ALTER COLUMN family DROP DEFAULT;
*/

DROP INDEX tokens_by_head;
DROP INDEX tokens_by_tail;
CREATE INDEX tokens_by_head ON tokens (family, organisation_id, hint_head) WHERE hint_head IS NOT NULL;
CREATE INDEX tokens_by_tail ON tokens (family, organisation_id, hint_tail) WHERE hint_tail IS NOT NULL;

DROP INDEX tokens_to_sweep;
CREATE INDEX tokens_to_sweep ON tokens (family, expires_at) WHERE whole_id IS NULL AND ended_at IS NULL AND expires_at IS NOT NULL;

DROP INDEX tokens_active_created;
DROP INDEX tokens_active_name;
DROP INDEX tokens_active_expires;
DROP INDEX tokens_active_uses;
DROP INDEX tokens_active_remaining;
DROP INDEX tokens_active_last_used;
CREATE INDEX tokens_active_created ON tokens (family, organisation_id, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NULL;
CREATE INDEX tokens_active_name ON tokens (family, organisation_id, name_key, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NULL;
CREATE INDEX tokens_active_expires ON tokens (family, organisation_id, expires_key, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NULL;
CREATE INDEX tokens_active_uses ON tokens (family, organisation_id, uses, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NULL;
CREATE INDEX tokens_active_remaining ON tokens (family, organisation_id, remaining_key, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NULL;
CREATE INDEX tokens_active_last_used ON tokens (family, organisation_id, last_used_key, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NULL;

DROP INDEX tokens_ended_created;
DROP INDEX tokens_ended_name;
DROP INDEX tokens_ended_expires;
DROP INDEX tokens_ended_uses;
DROP INDEX tokens_ended_remaining;
DROP INDEX tokens_ended_last_used;
CREATE INDEX tokens_ended_created ON tokens (family, organisation_id, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NOT NULL;
CREATE INDEX tokens_ended_name ON tokens (family, organisation_id, name_key, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NOT NULL;
CREATE INDEX tokens_ended_expires ON tokens (family, organisation_id, expires_key, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NOT NULL;
CREATE INDEX tokens_ended_uses ON tokens (family, organisation_id, uses, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NOT NULL;
CREATE INDEX tokens_ended_remaining ON tokens (family, organisation_id, remaining_key, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NOT NULL;
CREATE INDEX tokens_ended_last_used ON tokens (family, organisation_id, last_used_key, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NOT NULL;

DROP INDEX tokens_deleted;
CREATE INDEX tokens_deleted ON tokens (family, organisation_id, id) WHERE whole_id IS NULL AND deleted_at IS NOT NULL;

DROP INDEX tokens_suspended;
DROP INDEX tokens_revoked;
DROP INDEX tokens_starting;
CREATE INDEX tokens_suspended ON tokens (family, organisation_id, id) WHERE suspended_at IS NOT NULL;
CREATE INDEX tokens_revoked ON tokens (family, organisation_id, id) WHERE revoked_at IS NOT NULL AND whole_id IS NULL;
CREATE INDEX tokens_starting ON tokens (family, organisation_id, starts_at) WHERE starts_at IS NOT NULL;

ALTER TABLE token_words RENAME TO token_words_before;
DROP INDEX token_words_by_token;
CREATE TABLE token_words (
    family          TEXT NOT NULL,
    organisation_id UUID NOT NULL,
    word            BYTEA NOT NULL,
    token_id        UUID NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    PRIMARY KEY (family, organisation_id, word, token_id)
) /*sqlite WITHOUT ROWID */;
INSERT INTO token_words SELECT 'access', organisation_id, word, token_id FROM token_words_before ORDER BY 2, 3, 4;
DROP TABLE token_words_before;
CREATE INDEX token_words_by_token ON token_words (token_id);
/*postgres
ALTER INDEX token_words_pkey1 RENAME TO token_words_pkey;
*/

-- A person may use a token of some kinds many times. That an access token is used once by each is decided under its lock
-- and held by the grants, which are called by person and token.
DROP INDEX uses_by_person;
CREATE INDEX uses_by_person ON uses (person_id, token_id) WHERE person_id IS NOT NULL;
