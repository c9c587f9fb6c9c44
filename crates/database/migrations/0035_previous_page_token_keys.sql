-- Which key made the digest of a page token's previous secret: that key stays for as long as the old link is let in.
ALTER TABLE page_tokens ADD COLUMN previous_key_id BIGINT;
CREATE INDEX page_tokens_by_previous_key ON page_tokens (previous_key_id) WHERE previous_key_id IS NOT NULL;
-- The same for replaced secrets of API tokens, which are removed some time after their grace.
CREATE INDEX api_token_secrets_by_key ON api_token_secrets (key_id);
CREATE INDEX api_token_secrets_by_grace ON api_token_secrets (opens_until);
