-- How many requests all API tokens of an organisation together may make in a minute; without a number, as many as they like.
ALTER TABLE api_token_policies ADD COLUMN organisation_per_minute BIGINT;
