-- Campaigns by title, and what a list says of each: who went on from their link, and whose mail came back. A mail scanner
-- looks at a link and does not go on, so it is not counted.
ALTER TABLE campaign_recipients ADD COLUMN opened_at TIMESTAMPTZ;
UPDATE campaign_recipients SET opened_at = COALESCE(locked_at, created_at) WHERE credential_id IS NOT NULL;
CREATE INDEX campaign_recipients_opened ON campaign_recipients (campaign_id) WHERE deleted_at IS NULL AND opened_at IS NOT NULL;
CREATE INDEX mails_bounced ON mails (organisation_id, token_id) WHERE bounced_at IS NOT NULL;
CREATE INDEX campaigns_by_title ON campaigns (organisation_id, title_key, id);
