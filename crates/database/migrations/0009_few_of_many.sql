-- Filters that few of very many tokens pass, each with an index of just those: a redemption touches none of
-- them but the last, which holds the codes that were used.
CREATE INDEX tokens_multi ON tokens (organisation_id, id) WHERE kind = 'access_multi';
CREATE INDEX tokens_suspended ON tokens (organisation_id, id) WHERE suspended_at IS NOT NULL;
CREATE INDEX tokens_revoked ON tokens (organisation_id, id) WHERE revoked_at IS NOT NULL AND whole_id IS NULL;
CREATE INDEX tokens_starting ON tokens (organisation_id, starts_at) WHERE starts_at IS NOT NULL;
CREATE INDEX tokens_used_parts ON tokens (whole_id, number) WHERE whole_id IS NOT NULL AND uses > 0;
