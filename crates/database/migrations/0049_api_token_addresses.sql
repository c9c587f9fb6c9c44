-- The last addresses that an API token was used from.
CREATE TABLE api_token_addresses (
    token_id UUID NOT NULL REFERENCES tokens (id),
    address  TEXT NOT NULL,
    last_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (token_id, address)
) /*sqlite WITHOUT ROWID */;
INSERT INTO api_token_addresses (token_id, address, last_at)
SELECT a.token_id, a.last_address, k.last_used_at FROM api_tokens a JOIN tokens k ON k.id = a.token_id
WHERE a.last_address <> '' AND k.last_used_at IS NOT NULL;
