-- What was shared from its public page: that it was, not by whom nor how often.
ALTER TABLE campaign_recipients ADD COLUMN shared_at TIMESTAMPTZ;
CREATE INDEX campaign_recipients_shared ON campaign_recipients (campaign_id) WHERE deleted_at IS NULL AND shared_at IS NOT NULL;
