-- What scanners ask by: the SHA-256 of a program's secret, and its first three bytes as a number. It finds nothing that
-- lets anybody in; that is the digest under the pepper.
ALTER TABLE tokens ADD COLUMN scan_bucket BIGINT;
ALTER TABLE tokens ADD COLUMN scan_digest BYTEA;
CREATE INDEX tokens_by_scan ON tokens (scan_bucket) WHERE scan_bucket IS NOT NULL;
-- Tokens from before, whose secret is still to be digested.
CREATE INDEX tokens_to_scan ON tokens (id) WHERE sealed IS NOT NULL AND scan_bucket IS NULL AND family IN ('api', 'page');
ALTER TABLE api_token_secrets ADD COLUMN scan_bucket BIGINT;
ALTER TABLE api_token_secrets ADD COLUMN scan_digest BYTEA;
CREATE INDEX api_token_secrets_by_scan ON api_token_secrets (scan_bucket) WHERE scan_bucket IS NOT NULL;
ALTER TABLE page_tokens ADD COLUMN previous_scan_bucket BIGINT;
ALTER TABLE page_tokens ADD COLUMN previous_scan_digest BYTEA;
CREATE INDEX page_tokens_by_previous_scan ON page_tokens (previous_scan_bucket) WHERE previous_scan_bucket IS NOT NULL;
ALTER TABLE mobile_access_tokens ADD COLUMN scan_bucket BIGINT;
ALTER TABLE mobile_access_tokens ADD COLUMN scan_digest BYTEA;
CREATE INDEX mobile_access_tokens_by_scan ON mobile_access_tokens (scan_bucket) WHERE scan_bucket IS NOT NULL;
