-- When somebody is reminded next that an API token ends; NULL: not any more. Tokens that are there are looked at once, and
-- then it is known.
ALTER TABLE api_tokens ADD COLUMN remind_at TIMESTAMPTZ;
UPDATE api_tokens SET remind_at = (
    SELECT k.created_at FROM tokens k
    WHERE k.id = api_tokens.token_id AND k.expires_at IS NOT NULL AND k.ended_at IS NULL AND k.deleted_at IS NULL);
CREATE INDEX api_tokens_to_remind ON api_tokens (remind_at) WHERE remind_at IS NOT NULL;
