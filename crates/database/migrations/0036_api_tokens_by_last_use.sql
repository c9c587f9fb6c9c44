-- When an API token was last used stands in the core's row, as of every other kind, so that its lists are ordered by it.
UPDATE tokens SET last_used_at = (SELECT a.last_used_at FROM api_tokens a WHERE a.token_id = tokens.id)
WHERE family = 'api';
ALTER TABLE api_tokens DROP COLUMN last_used_at;
