-- Uses that have no number of their own (hits of a page token without a limit) stand beside the numbered ones in the core's
-- row, so that the order by uses counts both.
ALTER TABLE tokens ADD COLUMN unnumbered_uses BIGINT NOT NULL DEFAULT 0;
UPDATE tokens SET unnumbered_uses = (SELECT p.unnumbered_hits FROM page_tokens p WHERE p.token_id = tokens.id)
WHERE id IN (SELECT p.token_id FROM page_tokens p WHERE p.unnumbered_hits > 0);
ALTER TABLE page_tokens DROP COLUMN unnumbered_hits;

/*sqlite
ALTER TABLE tokens ADD COLUMN uses_key BIGINT GENERATED ALWAYS AS (uses + unnumbered_uses) VIRTUAL;
*/
/*postgres
ALTER TABLE tokens ADD COLUMN uses_key BIGINT GENERATED ALWAYS AS (uses + unnumbered_uses) STORED;
*/

DROP INDEX tokens_active_uses;
CREATE INDEX tokens_active_uses ON tokens (family, organisation_id, uses_key, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NULL;
DROP INDEX tokens_ended_uses;
CREATE INDEX tokens_ended_uses ON tokens (family, organisation_id, uses_key, id) WHERE whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NOT NULL;
