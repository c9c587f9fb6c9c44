-- Whose an API token is, and where, as its lists are ordered by it: the folded names, beside the token, so that an index
-- can hold them in their order. Tokens of other families have neither.
ALTER TABLE tokens ADD COLUMN holder_key BYTEA;
ALTER TABLE tokens ADD COLUMN place_key BYTEA;
UPDATE tokens SET
    holder_key = (SELECT p.name_key FROM api_tokens a JOIN people p ON p.id = a.person_id WHERE a.token_id = tokens.id),
    place_key = COALESCE((SELECT d.name_key FROM departments d WHERE d.id = tokens.department_id), /*sqlite X'' *//*postgres ''::bytea */)
WHERE family = 'api';

CREATE INDEX tokens_active_holder ON tokens (family, organisation_id, holder_key, id) WHERE holder_key IS NOT NULL AND whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NULL;
CREATE INDEX tokens_active_place ON tokens (family, organisation_id, place_key, id) WHERE place_key IS NOT NULL AND whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NULL;
CREATE INDEX tokens_ended_holder ON tokens (family, organisation_id, holder_key, id) WHERE holder_key IS NOT NULL AND whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NOT NULL;
CREATE INDEX tokens_ended_place ON tokens (family, organisation_id, place_key, id) WHERE place_key IS NOT NULL AND whole_id IS NULL AND deleted_at IS NULL AND ended_at IS NOT NULL;
