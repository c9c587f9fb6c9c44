-- What the orders of the lists sort by, where "never" and "no limit" have to stand somewhere. They were expressions of
-- their indexes; SQLite compares a row with a place in an order, `(key, id) > ($3, $4)`, within an index only when the
-- key is a column, and walked from the beginning of the list to the page that was asked for.
DROP INDEX tokens_active_expires;
DROP INDEX tokens_active_remaining;
DROP INDEX tokens_active_last_used;
DROP INDEX tokens_ended_expires;
DROP INDEX tokens_ended_remaining;
DROP INDEX tokens_ended_last_used;

/*sqlite
ALTER TABLE tokens ADD COLUMN expires_key TIMESTAMPTZ
    GENERATED ALWAYS AS (COALESCE(expires_at, '9999-12-31T23:59:59+00:00')) VIRTUAL;
ALTER TABLE tokens ADD COLUMN remaining_key BIGINT
    GENERATED ALWAYS AS (COALESCE(use_limit - uses, 9223372036854775807)) VIRTUAL;
ALTER TABLE tokens ADD COLUMN last_used_key TIMESTAMPTZ
    GENERATED ALWAYS AS (COALESCE(last_used_at, '0001-01-01T00:00:00+00:00')) VIRTUAL;
*/
/*postgres
ALTER TABLE tokens
    ADD COLUMN expires_key TIMESTAMPTZ
        GENERATED ALWAYS AS (COALESCE(expires_at, '9999-12-31T23:59:59+00:00')) STORED,
    ADD COLUMN remaining_key BIGINT
        GENERATED ALWAYS AS (COALESCE(use_limit - uses, 9223372036854775807)) STORED,
    ADD COLUMN last_used_key TIMESTAMPTZ
        GENERATED ALWAYS AS (COALESCE(last_used_at, '0001-01-01T00:00:00+00:00')) STORED;
*/

CREATE INDEX tokens_active_expires ON tokens (organisation_id, expires_key, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NULL;
CREATE INDEX tokens_active_remaining ON tokens (organisation_id, remaining_key, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NULL;
CREATE INDEX tokens_active_last_used ON tokens (organisation_id, last_used_key, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NULL;
CREATE INDEX tokens_ended_expires ON tokens (organisation_id, expires_key, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NOT NULL;
CREATE INDEX tokens_ended_remaining ON tokens (organisation_id, remaining_key, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NOT NULL;
CREATE INDEX tokens_ended_last_used ON tokens (organisation_id, last_used_key, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NOT NULL;
